/**
 * Whether something is missing below the last entry of a feed that is here. Each segment that was left or fetched counts
 * as being here; should one have lost entries on the way, they show as a gap once everything has come. Costs what is new.
 */
import type { DaybookDatabase } from '../store/database.ts'
import { putSetting, setting } from '../store/settings.ts'

/** Remembers how far each feed is whole. */
export const hasGaps = async (db: DaybookDatabase, team: string): Promise<boolean> => {
  const heads = await db.heads.where('[team+feed]').between([team, 1], [team, Infinity]).toArray()
  let isGapped = false
  for (const { feed, seq, wholeSeq = 0 } of heads) {
    if (seq <= wholeSeq) continue
    const range = db.envelopes
      .where('[team+feed+seq]')
      .between([team, feed, wholeSeq + 1], [team, feed, seq], true, true)
    if ((await range.count()) === seq - wholeSeq) await db.heads.update([team, feed], { wholeSeq: seq })
    else isGapped = true
  }
  return isGapped
}

/** All that the relay has was gone through, and it was not there: not worth it again for a day. */
export const noteVainSearch = (db: DaybookDatabase, team: string, nowMs: number): Promise<void> =>
  putSetting(db, vainKey(team), nowMs)

export const wasSearchedInVain = async (db: DaybookDatabase, team: string, nowMs: number): Promise<boolean> =>
  nowMs - ((await setting<number>(db, vainKey(team))) ?? 0) < DAY_MS

const DAY_MS = 24 * 3_600_000
const vainKey = (team: string): string => `gaps searched in vain in ${team}`
