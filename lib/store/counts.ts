/** What the head of a page says of the log without reading any entry: how many, and whether something came. */
import type { DaybookDatabase } from './database.ts'
import { orderOfTime } from './row.ts'

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
