/**
 * The way of an entry into its team's log: recorded with an outbox row in one transaction, sealed into this device's
 * feed when it is about to be sent. Until then it can be discarded, and nothing of it has left the machine.
 */
import type { Table } from 'dexie'
import { type Bytes, bytesEqual, hexToBytes } from '../log/bytes.ts'
import { CLOCK_ZERO, compareClocks } from '../log/clock.ts'
import {
  bodyOffset,
  EMPTY_HEAD,
  type Envelope,
  encodeEnvelope,
  type FeedHead,
  headOf,
  MAX_SEEN,
  type SeenHead,
} from '../log/envelope.ts'
import { createFeedWriter, type FeedStorage } from '../log/feed.ts'
import { ROSTER_FEED } from '../log/frames.ts'
import { type Entry, MAX_ENTRY_BYTES } from '../model/entry.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { appendEntries, entryTables, replaceEntry } from '../store/entries.ts'
import { type HeadRow, keepPrivate, keptPrivate, type OutboxRow } from '../store/log-tables.ts'
import { signerOf } from '../team/identity.ts'
import { currentEpoch, roleOf } from '../team/roster.ts'
import { carryOutErase, erasingTables } from './erasures.ts'
import type { TeamContext } from './team-context.ts'

/** Stores entries, and where their app is shared, that they are to be sent: both or neither. */
export const recordEntries = (db: DaybookDatabase, entries: readonly Entry[], nowMs: number): Promise<void> =>
  db.transaction('rw', [...entryTables(db), db.apps, db.outbox], async () => {
    const known = new Set(
      await db.bodies
        .where('id')
        .anyOf(entries.map(({ id }) => id))
        .primaryKeys(),
    )
    await appendEntries(db, entries)
    const apps = await db.apps.bulkGet([...new Set(entries.map(({ app }) => app.origin))])
    const byOrigin = new Map(apps.flatMap((app) => (app ? [[app.origin, app]] : [])))
    const rows = entries.flatMap(({ id, app, time }): OutboxRow[] => {
      const { team, holdMs, sharedAt = 0 } = byOrigin.get(app.origin) ?? {}
      return team === undefined || known.has(id) || Date.parse(time) < sharedAt
        ? []
        : [{ team, entry: id, notBefore: nowMs + (holdMs ?? 0) }]
    })
    await db.outbox.bulkPut(rows)
  })

/** Puts an app's older entries up for sharing, as backfilled. Returns how many. */
export const shareOlderEntries = (
  db: DaybookDatabase,
  origin: string,
  team: string,
  nowMs: number,
): Promise<number> =>
  db.transaction('rw', [db.rows, db.envelopes, db.outbox, db.settings], async () => {
    const kept = await keptPrivate(db)
    const rows = await db.rows.where('[app+order]').between([origin, ''], [origin, '\uffff']).toArray()
    const ids = rows.map(({ id }) => id)
    const shared = new Set((await db.envelopes.where('entry').anyOf(ids).toArray()).map(({ entry }) => entry))
    const queued = new Set((await db.outbox.where('entry').anyOf(ids).toArray()).map(({ entry }) => entry))
    const older = ids.filter((id) => !shared.has(id) && !queued.has(id) && !kept.has(id))
    await db.outbox.bulkPut(
      older.map((entry) => ({ team, entry, notBefore: nowMs, backfilled: true as const })),
    )
    return older.length
  })

/** Takes an entry back before it was sealed: it stays private for good. False where that is too late, as others may have it. */
export const discardEntry = (db: DaybookDatabase, id: string): Promise<boolean> =>
  db.transaction('rw', db.outbox, db.settings, async () => {
    const taken = await db.outbox.where('entry').equals(id).delete()
    if (taken > 0) await keepPrivate(db, [id])
    return taken > 0
  })

/** What waits of an app that is not shared any more goes to nobody. Inside a transaction over outbox and bodies. */
export const withdrawWaiting = async (db: DaybookDatabase, origin: string): Promise<void> => {
  const waiting = await db.outbox.filter(({ erase }) => erase === undefined).toArray()
  const entries = await db.bodies.bulkGet(waiting.map(({ entry }) => entry))
  const gone = waiting.filter((_, index) => entries[index]?.app.origin === origin)
  await db.outbox.bulkDelete(gone.map(({ team, entry }): [string, string] => [team, entry]))
}

export interface OutboxDeps {
  readonly db: DaybookDatabase
  readonly subtle: SubtleCrypto
  readonly nowMs: () => number
  readonly random: (length: number) => Bytes
}

/** What waits to be sealed, and how far each feed goes here: as it was at one moment. */
export interface Standing {
  readonly waiting: readonly OutboxRow[]
  readonly heads: readonly HeadRow[]
}

export interface Outbox {
  readonly standing: (team: string) => Promise<Standing>
  /**
   * Seals up to `limit` entries that may go, in order. None where this device can't or nothing is due. What changed since
   * `standing` was read costs another attempt, never an entry.
   */
  readonly sealDue: (context: TeamContext, limit: number, standing?: Standing) => Promise<readonly Envelope[]>
}

/** When the next held entry may go, Unix milliseconds. */
export const nextDueMs = ({ waiting }: Standing): number | undefined =>
  waiting.length === 0 ? undefined : Math.min(...waiting.map(({ notBefore }) => notBefore))

export const createOutbox = ({ db, subtle, nowMs, random }: OutboxDeps): Outbox => {
  const readStanding = (team: string): Promise<Standing> =>
    db.transaction('r', db.outbox, db.heads, async () => {
      const [waiting, heads] = await Promise.all([
        db.outbox.where('[team+entry]').between([team, ''], [team, '\uffff']).toArray(),
        headsOf(db, team),
      ])
      return { waiting, heads }
    })

  const sealDue: Outbox['sealDue'] = async (context, limit, known) => {
    const { row, roster, keys, self } = context
    const { epoch } = currentEpoch(roster)
    const epochKey = keys.get(epoch)
    const role = roleOf(roster, self.feed)
    if (!epochKey || role === undefined || role === 'reader') return []
    const { waiting, heads } = known ?? (await readStanding(row.team))
    const due = waiting.filter(({ notBefore }) => notBefore <= nowMs()).slice(0, limit)
    const wish = due.find(({ erase }) => erase)
    if (wish) return [await sealWish(context, wish, heads)]
    if (due.length === 0) return []
    const ids = due.map(({ entry }) => entry)
    const [bodies, inLog] = await db.transaction('r', db.bodies, db.envelopes, () =>
      Promise.all([db.bodies.bulkGet(ids), db.envelopes.where('entry').anyOf(ids).keys()]),
    )
    // Gone, or in the log already: sealed before this profile was copied or restored.
    const sealed = new Set(inLog)
    const gone = due.filter(({ entry }, index) => !bodies[index] || sealed.has(entry))
    const entries = due.flatMap(({ backfilled }, index): Entry[] => {
      const entry = bodies[index]
      if (!entry || sealed.has(entry.id)) return []
      return [backfilled ? fitting({ ...entry, backfilled, recordedAt: entry.time }) : entry]
    })
    if (gone.length > 0) await db.outbox.bulkDelete(gone.map(({ entry }) => [row.team, entry]))
    if (entries.length === 0) return []
    return writerFor(context, epochKey, entriesPutting(db, row.team, entries), heads).append(entries)
  }

  /** `read`: the heads for the first attempt; each later one reads them anew. */
  const writerFor = (
    { row, self, roster }: TeamContext,
    epochKey: Bytes,
    putting: Putting,
    read: readonly HeadRow[],
  ) => {
    let heads = read
    let isRead = true
    return createFeedWriter({
      subtle,
      signer: signerOf(subtle, self.keys),
      team: row.team,
      feed: self.feed,
      storage: {
        head: async (feed) => {
          if (!isRead) heads = await headsOf(db, row.team)
          isRead = false
          return rowToHead(heads.find((head) => head.feed === feed))
        },
        append: appendTo(db, row.team, putting),
      },
      context: async () => ({
        epoch: currentEpoch(roster).epoch,
        epochKey,
        ...seenOf(heads, self.feed, roster.head),
      }),
      nowMs,
      random,
    })
  }

  /** Carried out here in the transaction that stores it. */
  const sealWish = (context: TeamContext, wish: OutboxRow, heads: readonly HeadRow[]): Promise<Envelope> => {
    const epochKey = context.keys.get(currentEpoch(context.roster).epoch) as Bytes
    const { team } = context.row
    const putting: Putting = {
      tables: erasingTables(db),
      put: async ([envelope]) => {
        if (!envelope) return
        const { feed, seq } = envelope.header
        await db.envelopes.add({
          team,
          feed,
          seq,
          bytes: encodeEnvelope(envelope),
          bodyAt: bodyOffset(envelope),
        })
        await db.outbox.delete([team, wish.entry])
        await carryOutErase(db, context, envelope, nowMs())
      },
    }
    return writerFor(context, epochKey, putting, heads).erase(wish.erase ?? [])
  }

  return { standing: readStanding, sealDue }
}

interface Putting {
  readonly tables: readonly Table[]
  readonly put: (envelopes: readonly Envelope[]) => Promise<void>
}

const entriesPutting = (db: DaybookDatabase, team: string, entries: readonly Entry[]): Putting => ({
  tables: [...entryTables(db), db.envelopes],
  put: async (envelopes) => {
    const keys = entries.map(({ id }): [string, string] => [team, id])
    // Discarded while it was being sealed: made anew without it.
    if ((await db.outbox.bulkGet(keys)).some((row) => row === undefined)) throw new DiscardedMeanwhile()
    await db.envelopes.bulkAdd(
      envelopes.map((envelope, index) => ({
        team,
        feed: envelope.header.feed,
        seq: envelope.header.seq,
        bytes: encodeEnvelope(envelope),
        bodyAt: bodyOffset(envelope),
        entry: (entries[index] as Entry).id,
      })),
    )
    await db.outbox.bulkDelete(keys)
    // What is shown here is what teammates see: that it was shared later than recorded.
    for (const entry of entries.filter(({ backfilled }) => backfilled)) await replaceEntry(db, entry)
  },
})

/** Envelopes, the feed's head and the emptied outbox: one durable transaction, if the head has not moved meanwhile. */
const appendTo =
  (db: DaybookDatabase, team: string, { tables, put }: Putting): FeedStorage['append'] =>
  (feed, expected, envelopes) =>
    db.transaction('rw', [...tables, db.heads, db.outbox], async () => {
      const known = await db.heads.get([team, feed])
      const head = rowToHead(known)
      if (head.seq !== expected.seq || !bytesEqual(head.hash, expected.hash)) return false
      await put(envelopes)
      const last = envelopes.at(-1)
      if (last) {
        const { seq, hash, clock } = headOf(last)
        await db.heads.put({
          ...known,
          team,
          feed,
          seq,
          hash,
          clockMs: clock.ms,
          clockCounter: clock.counter,
          ...((known?.wholeSeq ?? 0) === head.seq && { wholeSeq: seq }),
        })
      }
      await rememberSeen(db, team, envelopes[0]?.header.seen ?? [])
      return true
    })

export class DiscardedMeanwhile extends Error {}

const rowToHead = (row: HeadRow | undefined): FeedHead =>
  row && row.seq > 0
    ? { seq: row.seq, hash: row.hash, clock: { ms: row.clockMs, counter: row.clockCounter } }
    : EMPTY_HEAD

/** The roster's row too: feed 0 says what of it was named. */
const headsOf = (db: DaybookDatabase, team: string): Promise<HeadRow[]> =>
  db.heads.where('[team+feed]').between([team, 0], [team, Infinity]).toArray()

/** Which heads the author had that their feed has not named yet. */
const seenOf = (
  heads: readonly HeadRow[],
  own: number,
  roster: { readonly length: number; readonly hash: string },
) => {
  const rosterHead = { feed: ROSTER_FEED, seq: roster.length, hash: hexToBytes(roster.hash, 32) as Bytes }
  const named = new Map(heads.map(({ feed, seenSeq }) => [feed, seenSeq ?? 0]))
  const clocks = heads.map(({ clockMs, clockCounter }) => ({ ms: clockMs, counter: clockCounter }))
  return {
    seen: [rosterHead, ...heads.filter(({ feed }) => feed !== ROSTER_FEED && feed !== own)]
      .filter(({ feed, seq }) => seq > (named.get(feed) ?? 0))
      .slice(0, MAX_SEEN)
      .map(({ feed, seq, hash }) => ({ feed, seq, hash })),
    clock: clocks.reduce((a, b) => (compareClocks(a, b) < 0 ? b : a), CLOCK_ZERO),
  }
}

const rememberSeen = async (db: DaybookDatabase, team: string, seen: readonly SeenHead[]): Promise<void> => {
  for (const { feed, seq, hash } of seen) {
    const known = await db.heads.get([team, feed])
    await db.heads.put(
      known
        ? { ...known, seenSeq: seq }
        : { team, feed, seq, hash, clockMs: 0, clockCounter: 0, seenSeq: seq },
    )
  }
}

/** The two added words may push an entry over the limit; its whole values go then, its changes stay. */
const fitting = (entry: Entry): Entry => {
  const bytes = new TextEncoder().encode(JSON.stringify(entry)).length
  if (bytes <= MAX_ENTRY_BYTES) return entry
  const { before: _before, after: _after, ...rest } = entry
  return { ...rest, truncated: entry.truncated ?? { originalBytes: bytes } }
}
