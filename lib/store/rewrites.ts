/** Rows that were there are gone or say something else: open lists notice by this count and start again. */
import type { DaybookDatabase } from './database.ts'
import { putSetting, setting } from './settings.ts'

export const rewriteCount = async (db: DaybookDatabase): Promise<number> =>
  (await setting<number>(db, 'rewrites')) ?? 0

/** In the transaction that erases or corrects the rows. */
export const noteRewritten = async (db: DaybookDatabase, rows: number): Promise<void> => {
  if (rows > 0) await putSetting(db, 'rewrites', (await rewriteCount(db)) + rows)
}
