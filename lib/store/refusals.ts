/** Records that the background refused, with the reason, so that nothing is dropped unseen. Holds no recorded value. */
import type { DaybookDatabase } from './database.ts'

export interface Refusal {
  readonly id?: number
  /** Unix time in milliseconds. */
  readonly at: number
  readonly origin?: string
  /** For a person: "the record was larger than 64 KiB". */
  readonly reason: string
}

export const MAX_REFUSALS = 200

/** Newest first. */
export const refusals = (db: DaybookDatabase): Promise<Refusal[]> => db.refusals.reverse().toArray()

/** Forgets the oldest beyond `MAX_REFUSALS`. */
export const addRefusals = (db: DaybookDatabase, added: readonly Refusal[]): Promise<void> =>
  db.transaction('rw', db.refusals, async () => {
    await db.refusals.bulkAdd(added.slice(-MAX_REFUSALS))
    const surplus = (await db.refusals.count()) - MAX_REFUSALS
    if (surplus > 0) await db.refusals.bulkDelete(await db.refusals.limit(surplus).primaryKeys())
  })
