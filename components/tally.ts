/** Goes through what a filter finds to count it, in the background: the list that is read goes first. */
import type { DaybookDatabase } from '../lib/store/database.ts'
import { type EntryFilter, searchRows } from '../lib/store/query.ts'
import type { EntryRow } from '../lib/store/row.ts'

const MOST_ROWS = 20_000
const PAUSE_MS = 8

/** Newest first, in steps; false where there are more rows than are worth counting. Rejects with the signal's reason. */
export const tally = async (
  db: DaybookDatabase,
  filter: EntryFilter,
  signal: AbortSignal,
  count: (rows: readonly EntryRow[]) => void,
): Promise<boolean> => {
  let total = 0
  for await (const { rows } of searchRows(db, filter, { signal })) {
    count(rows)
    total += rows.length
    if (total >= MOST_ROWS) return false
    await new Promise((done) => setTimeout(done, PAUSE_MS))
  }
  return true
}
