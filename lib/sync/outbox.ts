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

export interface Outbox {
  /** Seals up to `limit` entries that may go. Returns how many; 0 where this device can't or nothing is due. */
  readonly sealDue: (context: TeamContext, limit: number) => Promise<number>
  /** When the next held entry may go, Unix milliseconds. */
  readonly nextDueMs: (team: string) => Promise<number | undefined>
  readonly isEmpty: (team: string) => Promise<boolean>
}

export const createOutbox = ({ db, subtle, nowMs, random }: OutboxDeps): Outbox => {
  const rowsOf = (team: string) => db.outbox.where('[team+entry]').between([team, ''], [team, '\uffff'])

  const sealDue = async (context: TeamContext, limit: number): Promise<number> => {
    const { row, roster, keys, self } = context
    const { epoch } = currentEpoch(roster)
    const epochKey = keys.get(epoch)
    const role = roleOf(roster, self.feed)
    if (!epochKey || role === undefined || role === 'reader') return 0
    const due = (await rowsOf(row.team)
      .filter(({ notBefore }) => notBefore <= nowMs())
      .limit(limit)
      .toArray()) as OutboxRow[]
    const wish = due.find(({ erase }) => erase)
    if (wish) return sealWish(context, wish)
    if (due.length === 0) return 0
    const ids = due.map(({ entry }) => entry)
    const bodies = await db.bodies.bulkGet(ids)
    // Gone, or in the log already: sealed before this profile was copied or restored.
    const sealed = new Set((await db.envelopes.where('entry').anyOf(ids).toArray()).map(({ entry }) => entry))
    const gone = due.filter(({ entry }, index) => !bodies[index] || sealed.has(entry))
    const entries = due.flatMap(({ backfilled }, index): Entry[] => {
      const entry = bodies[index]
      if (!entry || sealed.has(entry.id)) return []
      return [backfilled ? fitting({ ...entry, backfilled, recordedAt: entry.time }) : entry]
    })
    if (gone.length > 0) await db.outbox.bulkDelete(gone.map(({ entry }) => [row.team, entry]))
    if (entries.length === 0) return 0
    return (await writerFor(context, epochKey, entriesStorage(db, row.team, entries)).append(entries)).length
  }

  const writerFor = ({ row, self, roster }: TeamContext, epochKey: Bytes, storage: FeedStorage) =>
    createFeedWriter({
      subtle,
      signer: signerOf(subtle, self.keys),
      team: row.team,
      feed: self.feed,
      storage,
      context: async () => ({
        epoch: currentEpoch(roster).epoch,
        epochKey,
        ...(await seenOf(db, row.team, self.feed, roster.head)),
      }),
      nowMs,
      random,
    })

  /** Carried out here in the transaction that stores it. */
  const sealWish = async (context: TeamContext, wish: OutboxRow): Promise<number> => {
    const epochKey = context.keys.get(currentEpoch(context.roster).epoch) as Bytes
    const { team } = context.row
    const storage = feedStorage(db, team, {
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
    })
    await writerFor(context, epochKey, storage).erase(wish.erase ?? [])
    return 1
  }

  return {
    sealDue,
    nextDueMs: async (team) => {
      const rows = await rowsOf(team).toArray()
      return rows.length === 0 ? undefined : Math.min(...rows.map(({ notBefore }) => notBefore))
    },
    isEmpty: async (team) => (await rowsOf(team).count()) === 0,
  }
}

interface Putting {
  readonly tables: readonly Table[]
  readonly put: (envelopes: readonly Envelope[]) => Promise<void>
}

const entriesStorage = (db: DaybookDatabase, team: string, entries: readonly Entry[]): FeedStorage =>
  feedStorage(db, team, {
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
const feedStorage = (db: DaybookDatabase, team: string, { tables, put }: Putting): FeedStorage => ({
  head: async (feed) => rowToHead(await db.heads.get([team, feed])),
  append: (feed, expected, envelopes) =>
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
        })
      }
      await rememberSeen(db, team, envelopes[0]?.header.seen ?? [])
      return true
    }),
})

export class DiscardedMeanwhile extends Error {}

const rowToHead = (row: HeadRow | undefined): FeedHead =>
  row && row.seq > 0
    ? { seq: row.seq, hash: row.hash, clock: { ms: row.clockMs, counter: row.clockCounter } }
    : EMPTY_HEAD

/** Which heads the author had that their feed has not named yet. */
const seenOf = async (
  db: DaybookDatabase,
  team: string,
  own: number,
  roster: { readonly length: number; readonly hash: string },
) => {
  const heads = await db.heads.where('[team+feed]').between([team, 0], [team, Infinity]).toArray()
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
