/**
 * What does not add up in a team's log, beyond a single entry: heads that teammates have seen and the relay does not show,
 * two histories, bodies that are missing though nobody erased them, entries after a removal. PROTOCOL.md section 4.
 * A gap is told only when all that the relay has is here and ten minutes have passed: it may just be on its way.
 */
import { bytesEqual, hexToBytes } from '../log/bytes.ts'
import { decodeEnvelope, type Envelope, isErased, type SeenHead } from '../log/envelope.ts'
import { ROSTER_FEED } from '../log/frames.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { entryTables } from '../store/entries.ts'
import { eraseEntries } from '../store/erase.ts'
import type { AlarmKind, ClaimRow } from '../store/log-tables.ts'
import { putSetting, setting } from '../store/settings.ts'
import { decodeOperation } from '../team/operation.ts'
import { mayCount } from '../team/roster.ts'
import { raiseAlarm } from './alarms.ts'
import type { TeamContext } from './team-context.ts'

export interface Suspicions {
  /** What these say of other feeds, and that a body is missing. After they are stored. */
  readonly note: (context: TeamContext, run: readonly Envelope[]) => Promise<void>
  /** When all that the relay shows is here. */
  readonly settle: (context: TeamContext) => Promise<void>
  /** Takes out of the lists what the roster doesn't let count any more. The envelopes stay. */
  readonly excludeAfterCuts: (context: TeamContext) => Promise<void>
}

const PATIENCE_MS = 10 * 60_000
/** Of what was named of a feed that is missing here, so many are kept. */
const MAX_EARLIER = 64

export const createSuspicions = (db: DaybookDatabase, nowMs: () => number): Suspicions => {
  const raise = (
    { row: { team } }: TeamContext,
    kind: AlarmKind,
    feed: number,
    seq: number,
    detail: string,
  ): Promise<void> =>
    raiseAlarm(db, { team, kind, time: nowMs(), feed, seq, detail, evidence: [], acknowledged: false })

  /** The hash at this place; undefined where nothing of it is here. */
  const hashAt = async ({ row: { team } }: TeamContext, feed: number, seq: number) => {
    if (feed === ROSTER_FEED) {
      const operation = await db.operations.get([team, seq - 1])
      const signed = operation && decodeOperation(operation.bytes)
      return signed?.ok ? hexToBytes(signed.value.hash, 32) : undefined
    }
    const row = await db.envelopes.get([team, feed, seq])
    const envelope = row && decodeEnvelope(row.bytes)
    return envelope?.ok ? envelope.value.hash : undefined
  }

  const noteSeen = async (context: TeamContext, byFeed: number, { feed, seq, hash }: SeenHead) => {
    const { team } = context.row
    if (feed === context.self.feed) return
    const known = await hashAt(context, feed, seq)
    if (known) {
      if (!bytesEqual(known, hash)) await raiseSplit(context, byFeed, feed, seq)
      return
    }
    const claim = await db.claims.get([team, feed])
    const said = { seq, hash, byFeed }
    if (!claim) return void (await db.claims.put({ team, feed, ...said, sinceMs: nowMs() }))
    const same = [claim, ...(claim.earlier ?? [])].find((one) => one.seq === seq)
    if (same && !bytesEqual(same.hash, hash)) await raiseSplit(context, byFeed, feed, seq)
    if (same) return
    const isLatest = seq > claim.seq
    const { seq: before, hash: hashBefore, byFeed: byBefore } = claim
    const other = isLatest ? { seq: before, hash: hashBefore, byFeed: byBefore } : said
    const earlier = [other, ...(claim.earlier ?? [])].slice(0, MAX_EARLIER)
    await db.claims.put({ ...claim, ...(isLatest && said), earlier })
  }

  const raiseSplit = (context: TeamContext, byFeed: number, feed: number, seq: number): Promise<void> =>
    feed === ROSTER_FEED
      ? raise(
          context,
          'roster rolled back',
          feed,
          seq,
          'A teammate’s browser was shown another list of members.',
        )
      : raise(
          context,
          'fork',
          feed,
          seq,
          `Another browser of the team (${byFeed}) was shown another entry at this place.`,
        )

  const settleClaim = async (context: TeamContext, claim: ClaimRow): Promise<void> => {
    const { team, feed, seq, hash, byFeed, sinceMs } = claim
    const device = context.roster.devices.get(feed)
    const known = await hashAt(context, feed, seq)
    const isOver = known !== undefined || (device?.cut !== undefined && seq > device.cut.seq)
    if (known && !bytesEqual(known, hash)) await raiseSplit(context, byFeed, feed, seq)
    for (const one of claim.earlier ?? []) {
      const own = await hashAt(context, feed, one.seq)
      if (own && !bytesEqual(own, one.hash)) await raiseSplit(context, one.byFeed, feed, one.seq)
    }
    if (isOver) {
      await db.claims.delete([team, feed])
      await db.alarms
        .where('team')
        .equals(team)
        .filter((alarm) => alarm.kind === 'withheld' && alarm.feed === feed && (alarm.seq ?? 0) <= seq)
        .delete()
      return
    }
    if (nowMs() - sinceMs < PATIENCE_MS) return
    await raise(
      context,
      'withheld',
      feed,
      seq,
      'The relay does not show entries that a teammate’s browser has named.',
    )
  }

  return {
    note: async (context, run) => {
      const bodiless = run.filter((envelope) => envelope.header.kind === 'entry' && isErased(envelope))
      if (bodiless.length > 0) {
        const key = bodilessKey(context.row.team)
        const places = bodiless.map(({ header }) => [header.feed, header.seq] as const)
        await db.transaction('rw', db.settings, async () => {
          await putSetting(db, key, [...((await setting<Place[]>(db, key)) ?? []), ...places])
        })
      }
      for (const { header } of run) for (const seen of header.seen) await noteSeen(context, header.feed, seen)
    },
    settle: async (context) => {
      const { team } = context.row
      for (const claim of await db.claims.where('[team+feed]').between([team, 0], [team, Infinity]).toArray())
        await settleClaim(context, claim)
      const key = bodilessKey(team)
      const places = (await setting<Place[]>(db, key)) ?? []
      if (places.length === 0) return
      for (const [feed, seq] of places) {
        if (await db.erasures.get([team, feed, seq])) continue
        await raise(context, 'withheld', feed, seq, 'What an entry says is missing, though nobody erased it.')
      }
      await db.settings.delete(key)
    },
    excludeAfterCuts: async (context) => {
      const { row, roster, self } = context
      const { team } = row
      for (const { feed, cut } of roster.devices.values()) {
        if (!cut || feed === self.feed) continue
        const late = await db.envelopes
          .where('[team+feed+seq]')
          .between([team, feed, cut.seq], [team, feed, Infinity])
          .filter(({ entry }) => entry !== undefined)
          .toArray()
        const out = late.filter(({ bytes }) => {
          const envelope = decodeEnvelope(bytes)
          return !envelope.ok || !mayCount(roster, envelope.value.header, envelope.value.hash).ok
        })
        if (out.length === 0) continue
        await db.transaction('rw', [...entryTables(db), db.settings, db.envelopes], async () => {
          await eraseEntries(
            db,
            out.flatMap(({ entry }) => entry ?? []),
          )
          await db.envelopes.bulkPut(out.map(({ entry: _out, ...rest }) => rest))
        })
        const first = out[0]?.seq ?? cut.seq
        await raise(
          context,
          'after removal',
          feed,
          first,
          `${out.length === 1 ? 'One entry' : `${out.length} entries`} had arrived here before the removal did.`,
        )
      }
    },
  }
}

type Place = readonly [feed: number, seq: number]

const bodilessKey = (team: string): string => `bodies missing in ${team}`
