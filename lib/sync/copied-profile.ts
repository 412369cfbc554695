/**
 * A profile that was copied, or restored from a backup: another history of its feed is out there. PROTOCOL.md rule C4. It writes
 * nothing more in that feed; what only it has goes back to the outbox, to be written again by a new device of the same member.
 */
import { decodeEnvelope, type TeamId } from '../log/envelope.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { HeadRow } from '../store/log-tables.ts'
import { putSetting } from '../store/settings.ts'
import { raiseAlarm } from './alarms.ts'
import type { TeamContext } from './team-context.ts'
import type { Outcome, Teams } from './teams.ts'

/** Where the feed that goes on elsewhere is named. */
export const copiedKey = (team: TeamId): string => `copied feed of ${team}`

/** Forked: what others don't know of the feed is taken out of it. The feed as others know it stays. */
export const leaveFeed = async (
  db: DaybookDatabase,
  { row: { team }, self }: TeamContext,
  isForked: boolean,
  nowMs: number,
): Promise<void> => {
  const own = [team, self.feed] as const
  await db.transaction('rw', [db.envelopes, db.heads, db.outbox, db.segments, db.settings], async () => {
    const head = await db.heads.get([...own])
    const from = (head?.storedSeq ?? 0) + 1
    if (isForked && head) {
      const only = db.envelopes.where('[team+feed+seq]').between([...own, from], [...own, Infinity])
      const rows = await only.toArray()
      await db.outbox.bulkPut(rows.flatMap(({ entry }) => (entry ? [{ team, entry, notBefore: nowMs }] : [])))
      await only.delete()
      await rewind(db, head, from - 1)
      // What they hold of this feed was passed over.
      await db.segments.where('[team+segment]').between([team, 0], [team, Infinity]).delete()
    }
    await putSetting(db, copiedKey(team), self.feed)
  })
  await raiseAlarm(db, {
    team,
    kind: 'copied profile',
    time: nowMs,
    feed: self.feed,
    detail: 'Its part of the log goes on elsewhere.',
    evidence: [],
    acknowledged: false,
  })
}

const rewind = async (db: DaybookDatabase, head: HeadRow, seq: number): Promise<void> => {
  const row = await db.envelopes.get([head.team, head.feed, seq])
  const last = row && decodeEnvelope(row.bytes)
  if (!last?.ok) return db.heads.delete([head.team, head.feed])
  const { hash, header } = last.value
  const { ms: clockMs, counter: clockCounter } = header.clock
  const wholeSeq = Math.min(seq, head.wholeSeq ?? 0)
  await db.heads.put({ ...head, seq, hash, clockMs, clockCounter, wholeSeq })
}

/** `copied`: what stands under `copiedKey`. Nothing is written in a feed that goes on elsewhere. */
export const succeedCopied = async (
  db: DaybookDatabase,
  teams: Pick<Teams, 'succeed'>,
  { row: { team }, self }: TeamContext,
  copied: number,
): Promise<Outcome> => {
  const outcome: Outcome = copied === self.feed ? await teams.succeed(team) : { ok: true, value: undefined }
  if (outcome.ok) await db.settings.delete(copiedKey(team))
  return outcome
}
