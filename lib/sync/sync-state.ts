/** How the exchange with a team's relay stands, put down for the pages wherever it changed. */
import type { DaybookDatabase } from '../store/database.ts'
import type { SyncRow } from '../store/log-tables.ts'
import type { Standing } from './outbox.ts'

export type Shown = Pick<SyncRow, 'team' | 'connection' | 'reason' | 'backfill'> & {
  /** How far the relay's clock is ahead of this machine's. */
  readonly clockOffsetMs: number
  /** Undefined while not in a room in which all was said. */
  readonly syncedMs: number | undefined
}

export interface SyncState {
  readonly show: (shown: Shown, standing: Standing, ownFeed: number) => Promise<void>
}

export const createSyncState = (db: DaybookDatabase): SyncState => {
  let last = ''
  return {
    show: async ({ clockOffsetMs, syncedMs, ...shown }, { waiting, heads }, ownFeed) => {
      const own = heads.find(({ feed }) => feed === ownFeed)
      const row: SyncRow = {
        ...shown,
        ...clockFault(clockOffsetMs),
        unsent: waiting.length + Math.max(0, (own?.seq ?? 0) - (own?.storedSeq ?? 0)),
      }
      if (JSON.stringify(row) === last) return
      last = JSON.stringify(row)
      await db.transaction('rw', db.syncs, async () => {
        const lastSyncedMs = syncedMs ?? (await db.syncs.get(row.team))?.lastSyncedMs
        await db.syncs.put({ ...row, ...(lastSyncedMs !== undefined && { lastSyncedMs }) })
      })
    },
  }
}

/** Told from a minute on, where the relay begins to refuse. */
const clockFault = (offsetMs: number): Pick<SyncRow, 'clockOffMs'> =>
  Math.abs(offsetMs) < 60_000 ? {} : { clockOffMs: Math.round(offsetMs / 60_000) * 60_000 }
