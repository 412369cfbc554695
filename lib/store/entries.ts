/** Writing entries, once each, and reading them whole. The log never edits: nothing here changes an entry. */
import type { Table } from 'dexie'
import type { Entry } from '../model/entry.ts'
import { correctEntry, type ShownEntry } from '../model/rules.ts'
import { correctedRow, rulesByApp } from './corrections.ts'
import { latestArrival } from './counts.ts'
import type { DaybookDatabase } from './database.ts'
import { countFacets } from './facets.ts'
import { type EntryRow, orderOf } from './row.ts'

/** What a transaction has to hold that writes entries. */
export const entryTables = (db: DaybookDatabase): Table[] => [db.rows, db.bodies, db.facets, db.rules]

/** Stores what isn't stored yet, in one strict transaction: when this resolves, all of it is on disk. */
export const appendEntries = async (db: DaybookDatabase, entries: readonly Entry[]): Promise<void> => {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  if (byId.size === 0) return
  await db.transaction('rw', entryTables(db), async () => {
    const ids = [...byId.keys()]
    const known = await db.bodies.where('id').anyOf(ids).primaryKeys()
    for (const id of known) byId.delete(id)
    if (byId.size === 0) return
    let arrival = await latestArrival(db)
    const byApp = await rulesByApp(db)
    const rows = [...byId.values()].map((entry) => {
      arrival += 1
      return correctedRow(entry, arrival, byApp)
    })
    await db.bodies.bulkAdd([...byId.values()])
    await db.rows.bulkAdd(rows)
    await countFacets(db, rows, 1)
  })
}

/** Puts the entry in place of the one of its id and time, in a transaction that holds `entryTables`: what was sent differs in when, not in what. */
export const replaceEntry = async (db: DaybookDatabase, entry: Entry): Promise<void> => {
  const row = await db.rows.get(orderOf(entry.time, entry.id))
  if (row) await db.rows.put(correctedRow(entry, row.arrival, await rulesByApp(db)))
  await db.bodies.put(entry)
}

/** As it was recorded. */
export const entryById = (db: DaybookDatabase, id: string): Promise<Entry | undefined> => db.bodies.get(id)

export const rowById = async (db: DaybookDatabase, id: string): Promise<EntryRow | undefined> => {
  const entry = await entryById(db, id)
  return entry && db.rows.get(orderOf(entry.time, entry.id))
}

/** As they are shown, in the order of `ids`; those that are gone are left out. */
export const entriesByIds = async (db: DaybookDatabase, ids: readonly string[]): Promise<ShownEntry[]> => {
  const byApp = await rulesByApp(db)
  return (await db.bodies.bulkGet([...ids])).flatMap((entry) =>
    entry ? [correctEntry(entry, byApp.get(entry.app.origin) ?? []).shown] : [],
  )
}
