/**
 * What came from a relay, judged before it becomes a row: decoded, chained, signed, allowed by the roster, opened, and
 * put down in one durable transaction. Trusts nobody: a relay's word counts for nothing here. Order of arrival is free:
 * segments may come newest first, and where two stretches of a feed meet, their hashes must.
 */
import { type Bytes, bytesEqual } from '../log/bytes.ts'
import { CLOCK_ZERO } from '../log/clock.ts'
import {
  bodyOffset,
  decodeEnvelope,
  digest,
  type Envelope,
  encodeEnvelope,
  type FeedId,
  isErased,
  type TeamId,
} from '../log/envelope.ts'
import { checkChain, verifyEnvelope } from '../log/run.ts'
import { openEntry } from '../log/seal.ts'
import type { Verifier } from '../log/signature.ts'
import type { FeedRun } from '../log/yjs-update.ts'
import type { Entry } from '../model/entry.ts'
import { createUuid } from '../model/uuid.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { appendEntries, entryTables } from '../store/entries.ts'
import type { AlarmRow, EnvelopeRow, HeadRow } from '../store/log-tables.ts'
import { putSetting, setting } from '../store/settings.ts'
import { mayCount } from '../team/roster.ts'
import { memberToActorId } from '../team/timeline.ts'
import { raiseAlarm } from './alarms.ts'
import { carryOutErase, erasingTables, withoutErased } from './erasures.ts'
import type { Suspicions } from './suspicions.ts'
import { publicKeyOf, type TeamContext } from './team-context.ts'

export interface ArrivalsDeps {
  readonly db: DaybookDatabase
  readonly subtle: SubtleCrypto
  readonly verifier: Verifier
  readonly suspicions: Suspicions
  readonly nowMs: () => number
}

/**
 * `roster behind`: something names a device or an epoch that this roster does not know yet. Ask again after it grew.
 * `own history`: this device's own feed goes on elsewhere (`longer`), or otherwise than here (`forked`).
 */
export type Taken = 'taken' | 'roster behind' | 'own history longer' | 'own history forked'

export interface Arrivals {
  /** Runs as they stand in an update; what is known already is skipped. `fromRelay`: what comes is stored there. */
  readonly take: (context: TeamContext, runs: readonly FeedRun[]) => Promise<Taken>
  /** Opens what came before the key for it did. `openedUpTo`: what is set under `openedKey`, where that was read. */
  readonly openWaiting: (context: TeamContext, openedUpTo?: string) => Promise<void>
}

export const createArrivals = (deps: ArrivalsDeps): Arrivals => {
  const { db, verifier, suspicions } = deps

  const takeRun = async (
    context: TeamContext,
    { feed, items }: FeedRun,
    head: HeadRow | undefined,
  ): Promise<Taken> => {
    const team = context.row.team
    const last = decodeEnvelope(items.at(-1) as Bytes)
    if (last.ok && (isWholeUpTo(head, last.value) || (await hasUpTo(db, last.value, items.length)))) {
      const { seq } = last.value.header
      if (feed !== context.self.feed && (head?.storedSeq ?? 0) < seq) await markStored(db, team, feed, seq)
      return 'taken'
    }
    const publicKey = publicKeyOf(context.roster, feed)
    if (!publicKey) return 'roster behind'

    const envelopes: Envelope[] = []
    for (const item of items) {
      const envelope = decodeEnvelope(item)
      if (!envelope.ok) {
        await raise(context, 'bad signature', feed, undefined, `An entry is damaged (${envelope.fault}).`, [
          item,
        ])
        return 'taken'
      }
      envelopes.push(envelope.value)
    }
    // In a room a feed stands in order; one that doesn't could hide where two histories meet.
    const displaced = envelopes.find(
      ({ header }, index) => index > 0 && header.seq !== (envelopes[index - 1]?.header.seq ?? 0) + 1,
    )
    if (displaced) {
      const { seq } = displaced.header
      await raise(context, 'bad signature', feed, seq, 'Entries are not in order.', bytesOf(envelopes))
      return 'taken'
    }
    const known = await rowsOf(db, team, feed, envelopes)
    const isOwn = feed === context.self.feed
    const fork = await findForkWith(context, envelopes, known, publicKey)
    if (fork) return isOwn ? 'own history forked' : 'taken'

    const fresh = envelopes.filter(({ header }) => !known.has(header.seq))
    for (const run of contiguous(fresh)) {
      const taken = await takeFresh(context, run, known, publicKey)
      if (taken !== 'taken') return taken
    }
    return isOwn && fresh.length > 0 ? 'own history longer' : 'taken'
  }

  /** A stretch of one feed that this machine has nothing of. */
  const takeFresh = async (
    context: TeamContext,
    came: readonly Envelope[],
    known: ReadonlyMap<number, Envelope>,
    publicKey: Bytes,
  ): Promise<Taken> => {
    const first = came[0] as Envelope
    const { team, feed, seq, prev } = first.header
    const before = known.get(seq - 1)
    const head = { seq: seq - 1, hash: prev, clock: before?.header.clock ?? CLOCK_ZERO }
    const chain = checkChain(came, { team: context.row.team, feed: first.header.feed, head })
    if (team !== context.row.team || !chain.ok) {
      const fault = chain.ok ? 'wrong team' : chain.fault
      await raise(context, 'bad signature', feed, seq, `Entries are not in order (${fault}).`, bytesOf(came))
      return 'taken'
    }
    const run: Envelope[] = []
    for (const envelope of came) {
      const counts = mayCount(context.roster, envelope.header, envelope.hash)
      if (!counts.ok && counts.fault === 'unknown epoch') return 'roster behind'
      // From its device's cut on, nothing was ever valid, and that is no news. What was before the cut is.
      if (!counts.ok) break
      run.push(envelope)
    }
    const last = run.at(-1)
    if (!last) return 'taken'
    if (!(await verifyEnvelope(last, publicKey, verifier))) {
      await raise(context, 'bad signature', feed, last.header.seq, 'A signature does not fit.', bytesOf(run))
      return 'taken'
    }
    const opened = await openAll(context, await withoutErased(db, context, run))
    await db.transaction('rw', [...erasingTables(db), db.heads], async () => {
      await db.envelopes.bulkPut(opened.map(({ row }) => row))
      if (opened.some(({ row }) => waitsForKey(context, row.bytes))) await db.settings.delete(openedKey(team))
      await moveHead(db, last, feed === context.self.feed)
      await appendEntries(
        db,
        opened.flatMap(({ entry }) => entry ?? []),
      )
      for (const envelope of run)
        if (envelope.header.kind === 'erase') await carryOutErase(db, context, envelope, deps.nowMs())
    })
    await suspicions.note(context, run)
    return 'taken'
  }

  /** True where an envelope contradicts what this machine has. Both are kept; nothing of it is shown. */
  const findForkWith = async (
    context: TeamContext,
    envelopes: readonly Envelope[],
    known: ReadonlyMap<number, Envelope>,
    publicKey: Bytes,
  ): Promise<boolean> => {
    for (const [index, envelope] of envelopes.entries()) {
      const { feed, seq, prev } = envelope.header
      const own = known.get(seq)
      const before = index === 0 ? known.get(seq - 1) : undefined
      const after = index === envelopes.length - 1 ? known.get(seq + 1) : undefined
      const other =
        own && !bytesEqual(own.hash, envelope.hash)
          ? own
          : before && !bytesEqual(before.hash, prev)
            ? before
            : after && !bytesEqual(after.header.prev, envelope.hash)
              ? after
              : undefined
      if (!other) continue
      // Proven only by its author's hand: a relay must not be able to accuse a member.
      const proof = [envelope, envelopes.at(-1) as Envelope]
      const signed = await Promise.all(proof.map((one) => verifyEnvelope(one, publicKey, verifier)))
      if (signed.some(Boolean) && feed === context.self.feed) return true
      if (signed.some(Boolean))
        await raise(context, 'fork', feed, seq, 'A device wrote two histories.', bytesOf([other, ...proof]))
      else await raise(context, 'bad signature', feed, seq, 'A signature does not fit.', bytesOf([envelope]))
      return true
    }
    return false
  }

  const openAll = async (
    context: TeamContext,
    run: readonly Envelope[],
  ): Promise<{ readonly row: EnvelopeRow; readonly entry?: Entry }[]> => {
    const made: { readonly row: EnvelopeRow; readonly entry?: Entry }[] = []
    for (const envelope of run) {
      const { team, feed, seq } = envelope.header
      const bytes = bytesOf([envelope])[0] as Bytes
      const entry = await open(context, envelope)
      const row = { team, feed, seq, bytes, bodyAt: bodyOffset(envelope) }
      made.push(entry ? { row: { ...row, entry: entry.id }, entry } : { row })
    }
    return made
  }

  /** The entry under its true author's name; undefined where it was erased, is no entry, or waits for a key. */
  const open = async (context: TeamContext, envelope: Envelope): Promise<Entry | undefined> => {
    const { team, feed, seq, epoch } = envelope.header
    const key = context.keys.get(epoch)
    if (!key) return undefined
    const opened = await openEntry(deps.subtle, envelope, key)
    if (!opened.ok) {
      if (opened.fault !== 'erased' && opened.fault !== 'no entry')
        await raise(context, 'unreadable', feed, seq, `Fault: ${opened.fault}.`, bytesOf([envelope]))
      return undefined
    }
    const entry = opened.value
    const member = context.roster.devices.get(feed)?.member ?? ''
    const view = context.row.view.members.find(({ id }) => id === member)
    const actor = { ...entry.actor, id: memberToActorId(member), name: view?.name || entry.actor.name }
    const id = await freeId(context, entry.id, team, feed, seq, envelope)
    return { ...entry, id, actor }
  }

  /** An id that another feed used before is not this one's to take. */
  const freeId = async (
    context: TeamContext,
    id: string,
    team: TeamId,
    feed: FeedId,
    seq: number,
    envelope: Envelope,
  ): Promise<string> => {
    const users = await db.envelopes.where('entry').equals(id).toArray()
    const isOwn = context.roster.devices.get(feed)?.member === context.self.member
    const taken =
      users.some((user) => user.team !== team || user.feed !== feed || user.seq !== seq) ||
      (users.length === 0 && !isOwn && (await db.bodies.where('id').equals(id).count()) > 0)
    if (!taken) return id
    await raise(context, 'id used twice', feed, seq, 'An entry came under an id that was taken.', [])
    return createUuid(envelope.header.clock.ms, digest(envelope.hash))
  }

  const raise = async (
    { row: { team } }: TeamContext,
    kind: AlarmRow['kind'],
    feed: FeedId,
    seq: number | undefined,
    detail: string,
    evidence: readonly Bytes[],
  ): Promise<void> =>
    raiseAlarm(db, {
      team,
      kind,
      time: deps.nowMs(),
      feed,
      ...(seq !== undefined && { seq }),
      detail,
      evidence,
      acknowledged: false,
    })

  return {
    take: async (context, runs) => {
      let outcome: Taken = 'taken'
      const { team } = context.row
      const heads = await db.heads.bulkGet(runs.map(({ feed }): [string, number] => [team, feed]))
      for (const [index, run] of runs.entries()) {
        const taken = await takeRun(context, run, heads[index])
        if (taken !== 'taken' && outcome !== 'own history forked') outcome = taken
      }
      return outcome
    },
    openWaiting: async (context, openedUpTo) => {
      const { team } = context.row
      const { hash } = context.roster.head
      // Keys and lifted cuts come with the roster alone, so the log is gone through once for each that is new.
      if ((openedUpTo ?? (await setting<string>(db, openedKey(team)))) === hash) return
      const rows = await db.envelopes
        .where('[team+feed+seq]')
        .between([team, 0, 0], [team, Infinity, Infinity])
        .filter(({ entry }) => entry === undefined)
        .toArray()
      for (const row of rows) {
        const envelope = decodeEnvelope(row.bytes)
        const counts = envelope.ok && mayCount(context.roster, envelope.value.header, envelope.value.hash).ok
        const entry = counts ? await open(context, envelope.value) : undefined
        if (!entry) continue
        await db.transaction('rw', [...entryTables(db), db.envelopes], async () => {
          await db.envelopes.put({ ...row, entry: entry.id })
          await appendEntries(db, [entry])
        })
      }
      const isWaiting = rows.some((row) => waitsForKey(context, row.bytes))
      if (!isWaiting) await putSetting(db, openedKey(team), hash)
    },
  }
}

/** Under which roster all was opened that could be. */
export const openedKey = (team: TeamId): string => `opened up to in ${team}`

const waitsForKey = ({ keys }: TeamContext, bytes: Bytes): boolean => {
  const envelope = decodeEnvelope(bytes)
  if (!envelope.ok || envelope.value.header.kind !== 'entry' || isErased(envelope.value)) return false
  return !keys.has(envelope.value.header.epoch)
}

const bytesOf = (envelopes: readonly Envelope[]): Bytes[] =>
  envelopes.map((envelope) => encodeEnvelope(envelope))

/** This envelope is the last here, and nothing before it is missing. */
const isWholeUpTo = (head: HeadRow | undefined, { header, hash }: Envelope): boolean =>
  head !== undefined &&
  head.seq === header.seq &&
  bytesEqual(head.hash, hash) &&
  (head.wholeSeq ?? 0) >= header.seq

/** This envelope and so many up to it: the chain makes them the same. */
const hasUpTo = async (db: DaybookDatabase, { header, hash }: Envelope, amount: number): Promise<boolean> => {
  const { team, feed, seq } = header
  const row = await db.envelopes.get([team, feed, seq])
  const known = row && decodeEnvelope(row.bytes)
  if (!known?.ok || !bytesEqual(known.value.hash, hash)) return false
  const run = db.envelopes
    .where('[team+feed+seq]')
    .between([team, feed, seq - amount + 1], [team, feed, seq], true, true)
  return (await run.count()) === amount
}

/** What this machine has of these places and of the two beside them. */
const rowsOf = async (
  db: DaybookDatabase,
  team: TeamId,
  feed: FeedId,
  envelopes: readonly Envelope[],
): Promise<ReadonlyMap<number, Envelope>> => {
  const first = (envelopes[0] as Envelope).header.seq
  const last = (envelopes.at(-1) as Envelope).header.seq
  const rows = await db.envelopes
    .where('[team+feed+seq]')
    .between([team, feed, first - 1], [team, feed, last + 1], true, true)
    .toArray()
  return new Map(
    rows.flatMap(({ seq, bytes }) => {
      const envelope = decodeEnvelope(bytes)
      return envelope.ok ? [[seq, envelope.value]] : []
    }),
  )
}

const contiguous = (envelopes: readonly Envelope[]): Envelope[][] => {
  const runs: Envelope[][] = []
  for (const envelope of envelopes) {
    const run = runs.at(-1)
    if (run && (run.at(-1) as Envelope).header.seq + 1 === envelope.header.seq) run.push(envelope)
    else runs.push([envelope])
  }
  return runs
}

/** Inside a transaction. A teammate's entries came from the relay, so it has them; of the own feed only receipts tell. */
const moveHead = async (db: DaybookDatabase, { header, hash }: Envelope, isOwn: boolean): Promise<void> => {
  const { team, feed, seq, clock } = header
  const known = await db.heads.get([team, feed])
  const storedSeq = Math.max(known?.storedSeq ?? 0, isOwn ? 0 : seq)
  if (known && known.seq >= seq) await db.heads.put({ ...known, storedSeq })
  else {
    const at = { seq, hash, clockMs: clock.ms, clockCounter: clock.counter }
    await db.heads.put({ ...known, team, feed, ...at, storedSeq })
  }
}

const markStored = async (db: DaybookDatabase, team: TeamId, feed: FeedId, seq: number): Promise<void> => {
  const known = await db.heads.get([team, feed])
  if (known && (known.storedSeq ?? 0) < seq)
    await db.heads.put({ ...known, storedSeq: Math.min(seq, known.seq) })
}
