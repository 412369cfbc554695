/** Real deletions on this machine: one app, what is older than a date, everything. In steps, so that none blocks long. */
import type { DaybookDatabase } from './database.ts'
import { countFacets } from './facets.ts'
import { noteRewritten } from './rewrites.ts'
import { type EntryRow, orderOfTime } from './row.ts'

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

const eraseInSteps = async (db: DaybookDatabase, nextRows: () => Promise<EntryRow[]>): Promise<number> => {
  let erased = 0
  for (;;) {
    const count = await db.transaction('rw', [db.rows, db.bodies, db.facets, db.settings], async () => {
      const rows = await nextRows()
      await db.bodies.bulkDelete(rows.map(({ id }) => id))
      await db.rows.bulkDelete(rows.map(({ order }) => order))
      await countFacets(db, rows, -1)
      await noteRewritten(db, rows.length)
      return rows.length
    })
    erased += count
    if (count < STEP) return erased
  }
}
