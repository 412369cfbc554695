/** Writing entries, once each, and reading them whole. The log never edits: nothing here changes an entry. */
import type { Entry } from '../model/entry.ts'
import type { DaybookDatabase } from './database.ts'
import { countFacets } from './facets.ts'
import { entryToRow, orderOfTime } from './row.ts'

/** Stores what isn't stored yet, in one strict transaction: when this resolves, all of it is on disk. */
export const appendEntries = async (db: DaybookDatabase, entries: readonly Entry[]): Promise<void> => {
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  if (byId.size === 0) return
  await db.transaction('rw', [db.rows, db.bodies, db.facets], async () => {
    const ids = [...byId.keys()]
    const known = await db.bodies.where('id').anyOf(ids).primaryKeys()
    for (const id of known) byId.delete(id)
    if (byId.size === 0) return
    let arrival = await latestArrival(db)
    const rows = [...byId.values()].map((entry) => {
      arrival += 1
      return entryToRow(entry, arrival)
    })
    await db.bodies.bulkAdd([...byId.values()])
    await db.rows.bulkAdd(rows)
    await countFacets(db, rows, 1)
  })
}

export const entryById = (db: DaybookDatabase, id: string): Promise<Entry | undefined> => db.bodies.get(id)

/** In the order of `ids`; those that are gone are left out. */
export const entriesByIds = async (db: DaybookDatabase, ids: readonly string[]): Promise<Entry[]> =>
  (await db.bodies.bulkGet([...ids])).filter((entry) => entry !== undefined)

/** The arrival number of the entry that came last; 0 when there is none. */
export const latestArrival = async (db: DaybookDatabase): Promise<number> =>
  (await db.rows.orderBy('arrival').last())?.arrival ?? 0

/** How many entries of an app have a time since then, counted up to `most`. */
export const countSince = (
  db: DaybookDatabase,
  origin: string,
  timeMs: number,
  most = 1000,
): Promise<number> =>
  db.rows
    .where('[app+order]')
    .between([origin, ''], [origin, `${orderOfTime(timeMs)}~`])
    .limit(most)
    .count()
