/** Real deletions on this machine: one app, what is older than a date, everything. In steps, so that none blocks long. */
import type { DaybookDatabase } from './database.ts'
import { entryTables } from './entries.ts'
import { countFacets } from './facets.ts'
import { noteRewritten } from './rewrites.ts'
import { type EntryRow, orderOf, orderOfTime } from './row.ts'

const STEP = 500

/** Erases the entries of an app. The list of recorded apps is not touched. Returns how many were erased. */
export const eraseApp = (db: DaybookDatabase, origin: string): Promise<number> =>
  eraseInSteps(db, () =>
    db.rows.where('[app+order]').between([origin, ''], [origin, '\uffff']).limit(STEP).toArray(),
  )

/** Erases entries from before `time` (Unix milliseconds). Returns how many were erased. */
export const eraseBefore = (db: DaybookDatabase, timeMs: number): Promise<number> =>
  eraseInSteps(db, () =>
    db.rows
      .where('order')
      .above(`${orderOfTime(timeMs)}~`)
      .limit(STEP)
      .toArray(),
  )

/** Everything: entries, apps, settings, profile. The database is then as on the first day. */
export const wipe = async (db: DaybookDatabase): Promise<void> => {
  await db.transaction('rw', db.tables, async () => {
    for (const table of db.tables) await table.clear()
  })
}

/** The rows, bodies and counts of these entries. What is sealed of them is the caller's to strip, in the same transaction. */
export const eraseEntries = (db: DaybookDatabase, ids: readonly string[]): Promise<void> =>
  db.transaction('rw', [...entryTables(db), db.settings], async () => {
    const bodies = await db.bodies.bulkGet([...ids])
    const rows = await db.rows.bulkGet(
      bodies.flatMap((entry) => (entry ? [orderOf(entry.time, entry.id)] : [])),
    )
    await eraseRows(
      db,
      rows.filter((row) => row !== undefined),
    )
  })

const eraseRows = async (db: DaybookDatabase, rows: readonly EntryRow[]): Promise<void> => {
  await db.bodies.bulkDelete(rows.map(({ id }) => id))
  await db.rows.bulkDelete(rows.map(({ order }) => order))
  await countFacets(db, rows, -1)
  await noteRewritten(db, rows.length)
}

/** The team's key is on this machine, so what is sealed goes too. Headers and signatures stay: the chain still verifies. */
const forgetSealed = async (db: DaybookDatabase, rows: readonly EntryRow[]): Promise<void> => {
  const envelopes = await db.envelopes
    .where('entry')
    .anyOf(rows.map(({ id }) => id))
    .toArray()
  await db.envelopes.bulkPut(
    envelopes.map(({ entry: _entry, ...row }) => ({ ...row, bytes: row.bytes.slice(0, row.bodyAt) })),
  )
}

const eraseInSteps = async (db: DaybookDatabase, nextRows: () => Promise<EntryRow[]>): Promise<number> => {
  let erased = 0
  for (;;) {
    const tables = [db.rows, db.bodies, db.facets, db.settings, db.envelopes]
    const count = await db.transaction('rw', tables, async () => {
      const rows = await nextRows()
      await eraseRows(db, rows)
      await forgetSealed(db, rows)
      return rows.length
    })
    erased += count
    if (count < STEP) return erased
  }
}
