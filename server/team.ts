/**
 * One team while somebody is connected: its roster, its feeds' heads and the open segment, bounded by roster and segment,
 * never by the history. Appends go in rounds: all that waits is judged together, made durable together, then shown and
 * receipted. So memory never runs ahead of what is on disk, and can be thrown away at any time.
 */
import { type Bytes, bytesEqual } from '../lib/log/bytes.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type FeedHead,
  type FeedId,
  headOf,
  type TeamId,
} from '../lib/log/envelope.ts'
import {
  CLOSE,
  type CloseCode,
  encodeRosterFrame,
  encodeUpdateFrame,
  ROSTER_FEED,
} from '../lib/log/frames.ts'
import type { Verifier } from '../lib/log/signature.ts'
import { encodeUpdate, type FeedRun } from '../lib/log/yjs-update.ts'
import type { SignedOperation } from '../lib/team/operation.ts'
import { foldRoster, type Roster, roleOf } from '../lib/team/roster.ts'
import { applyErasures, awaitedKey, bodyOffset } from './erasure.ts'
import { createDraft, type Draft, type Refusal, refuse, type Verdict } from './guard.ts'
import { createTokenBucket, type Limits, type TokenBucket } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { createOpenSegment, type OpenSegment } from './open-segment.ts'
import type { AppendBatch, RelayStorage, SegmentRun, TeamHead } from './storage/storage.ts'

/** A socket in one of the team's rooms, as the team sees it. */
export interface Attendee {
  readonly feed: FeedId
  /** Undefined in the roster's room. */
  readonly segment: number | undefined
  /** It has asked for the state and gets what comes after. */
  readonly isLive: () => boolean
  readonly takesReceipts: boolean
  readonly send: (frame: Uint8Array) => void
  /** A receipt for this entry, and so for all before it. */
  readonly owe: (feed: FeedId, head: FeedHead) => void
  readonly giveReceipts: () => Promise<void>
  readonly tellSealed: (next: number) => void
  readonly end: (code: CloseCode, reason: string) => void
}

export interface Team {
  readonly id: TeamId
  readonly roster: () => Roster
  readonly head: () => TeamHead
  readonly open: () => OpenSegment
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  readonly attendees: Set<Attendee>
  /** Judges, stores, shows; `settled` is called once the update is dealt with, well or badly. */
  readonly submit: (author: Attendee, update: Bytes, settled: () => void) => void
  /** False where the device sends more than it may. */
  readonly takeBytes: (feed: FeedId, bytes: number) => boolean
  readonly appendRoster: (
    operation: SignedOperation,
    bytes: Bytes,
  ) => Promise<'stored' | 'conflict' | Refusal>
  /** Presence: to everyone in the room but `from`, stored nowhere. */
  readonly passOn: (segment: number, frame: Uint8Array, from?: Attendee) => void
  /** Resolves when all that any relay has stored so far is known here. */
  readonly catchUp: () => Promise<void>
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>
  /** Stops listening to other relays. */
  readonly leave: () => void
}

export interface TeamDeps {
  readonly storage: RelayStorage
  readonly verifier: Verifier
  readonly now: () => number
  readonly chance: () => number
  readonly limits: Limits
  readonly metrics: Metrics
  readonly sealed: (team: TeamId, segment: number) => void
  /** Memory and storage disagree, or storage failed: this team is of no use any more. */
  readonly broken: (team: TeamId, error: unknown) => void
}

interface Submission {
  readonly author: Attendee
  readonly update: Bytes
  readonly receivedAt: number
  readonly settled: () => void
  charged: boolean
}

/** A change that another relay stored, or this one; told by the storage. */
type Told =
  | { readonly kind: 'append'; readonly batch: AppendBatch }
  | { readonly kind: 'roster'; readonly position: number; readonly operation: Uint8Array }

const MAX_CONFLICTS = 50
const PEER_WAIT_MS = 10_000
const CONFLICT_PAUSE_MS = 5

/** Undefined where there is no such team. */
export const loadTeam = async (id: TeamId, deps: TeamDeps): Promise<Team | undefined> => {
  const { storage, verifier, now, limits, metrics } = deps
  const attendees = new Set<Attendee>()
  const told: Told[] = []
  const waiting: Submission[] = []
  let isBroken = false
  let wakeUp: () => void = () => undefined
  let isRoundDue = false
  let tail: Promise<unknown> = Promise.resolve()

  /** One after the other. A task that throws does not stop the next. */
  const serially = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const result = tail.then(task)
    tail = result.catch(() => undefined)
    return result
  }

  const breakDown = (error: unknown): void => {
    if (isBroken) return
    isBroken = true
    stopFollowing()
    wakeUp()
    for (const { settled } of waiting.splice(0)) settled()
    deps.broken(id, error)
    for (const attendee of [...attendees]) attendee.end(CLOSE.storage, 'storage failed')
  }

  // Listens before it reads, so that nothing falls between.
  const hear = (change: Told): void => {
    told.push(change)
    wakeUp()
    void serially(takeTold).catch(breakDown)
  }
  const stopFollowing =
    (await storage.peers?.follow(id, {
      appended: (batch) => hear({ kind: 'append', batch }),
      rosterGrew: (position, operation) => hear({ kind: 'roster', position, operation }),
      presence: (segment, frame) => showPresence(segment, frame),
      lost: () => breakDown(new Error('the storage stopped telling what others store')),
    })) ?? (() => undefined)

  const operations = await storage.roster(id)
  if (operations.length === 0) {
    stopFollowing()
    return undefined
  }
  const folded = await foldRoster(operations, verifier)
  if (!folded.roster || folded.fault) {
    stopFollowing()
    throw new Error(`the roster of ${id} does not fold: ${folded.fault}`)
  }
  let roster = folded.roster
  const loaded = await storage.openSegment(id)
  let head = loaded.head
  let open = createOpenSegment(head.segment, loaded.runs)
  const heads = new Map<FeedId, FeedHead>()
  const awaited = new Map<string, Uint8Array>()
  for (const { feed, seq, hash } of await storage.awaitedErasures(id))
    awaited.set(awaitedKey(feed, seq), hash)
  const buckets = new Map<FeedId, { readonly entries: TokenBucket; readonly bytes: TokenBucket }>()
  const teamBucket = createTokenBucket(limits.teamEntriesPerSecond, limits.teamEntriesBurst, now)

  const headOfFeed = async (feed: FeedId): Promise<FeedHead> => {
    const known = heads.get(feed)
    if (known) return known
    const last = await storage.lastEntry(id, feed)
    const envelope = last && decodeEnvelope(last)
    const found = envelope?.ok ? headOf(envelope.value) : EMPTY_HEAD
    heads.set(feed, found)
    return found
  }

  const stored = async (feed: FeedId, seq: number): Promise<Bytes | undefined> =>
    (await storage.entry(id, feed, seq)) as Bytes | undefined

  // Appends

  const submit: Team['submit'] = (author, update, settled) => {
    if (isBroken) {
      settled()
      return author.end(CLOSE.storage, 'storage failed')
    }
    waiting.push({ author, update, receivedAt: now(), settled, charged: false })
    if (isRoundDue) return
    isRoundDue = true
    // What came in the same turn of the loop is judged together.
    setImmediate(() => {
      isRoundDue = false
      void serially(runRounds).catch(breakDown)
    })
  }

  const runRounds = async (): Promise<void> => {
    while (waiting.length > 0 && !isBroken) await runRound()
  }

  const runRound = async (): Promise<void> => {
    for (let conflicts = 0; ; conflicts++) {
      await takeTold()
      if (isBroken || waiting.length === 0) return
      const draft = await judge()
      if (draft === undefined) continue
      const done = await store(draft)
      if (done || isBroken) return
      metrics.add('conflicts_total')
      if (conflicts === MAX_CONFLICTS) throw new Error('other relays were always faster')
      await hearMore()
      // Who lost waits longer each time, and brings more at once: relays that write to one team don't collide for ever.
      await pause(deps.chance() * Math.min(conflicts, 8) * CONFLICT_PAUSE_MS)
    }
  }

  interface Judged {
    readonly draft: Draft
    /** Of what waits, so many were judged. */
    readonly count: number
    readonly verdicts: readonly (readonly [Submission, Verdict])[]
  }

  /** Everything that waits for the open segment, as far as it fits. Undefined where nothing does. */
  const judge = async (): Promise<Judged | undefined> => {
    settleOutdated()
    if (waiting.length === 0) return undefined
    const together = await judgeWaiting(false)
    return (await together.draft.prove()) ? together : judgeWaiting(true)
  }

  const settleOutdated = (): void => {
    for (const submission of waiting.splice(0)) {
      if (submission.author.segment === open.number) waiting.push(submission)
      else {
        submission.author.tellSealed(open.number)
        submission.settled()
      }
    }
  }

  const judgeWaiting = async (eager: boolean): Promise<Judged> => {
    const draft = createDraft(
      {
        roster,
        headOf: headOfFeed,
        itemsOf: open.itemsOf,
        stored,
        room: { entries: limits.segmentEntries - head.entries, bytes: limits.segmentBytes - head.bytes },
        empty: head.entries === 0,
      },
      verifier,
      eager,
    )
    const verdicts: [Submission, Verdict][] = []
    for (const submission of [...waiting]) {
      if (draft.isFull()) break
      verdicts.push([
        submission,
        await draft.add(submission.update, (entries) => charge(submission, entries)),
      ])
    }
    return { draft, count: verdicts.length, verdicts }
  }

  const charge = (submission: Submission, entries: number): Refusal | undefined => {
    if (submission.charged || entries === 0) return undefined
    submission.charged = true
    if (!bucketsOf(submission.author.feed).entries.take(entries))
      return refuse(CLOSE.tooMany, 'too many entries')
    return teamBucket.take(entries) ? undefined : refuse(CLOSE.tooMany, 'too many entries of the team')
  }

  const bucketsOf = (feed: FeedId) => {
    const known = buckets.get(feed) ?? {
      entries: createTokenBucket(limits.entriesPerSecond, limits.entriesBurst, now),
      bytes: createTokenBucket(limits.bytesPerSecond, limits.bytesBurst, now),
    }
    buckets.set(feed, known)
    return known
  }

  /** False where another relay was faster. */
  const store = async ({ draft, count, verdicts }: Judged): Promise<boolean> => {
    const { runs, erased, awaited: toCome } = await applyErasures(draft.fresh(), { roster, awaited, stored })
    const entries = runs.flatMap(({ envelopes, items }) =>
      envelopes.map((envelope, index) => ({
        feed: envelope.header.feed,
        seq: envelope.header.seq,
        bytes: items[index] as Bytes,
        bodyAt: bodyOffset(envelope),
      })),
    )
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0)
    const grown = { entries: head.entries + entries.length, bytes: head.bytes + bytes }
    const isCut =
      draft.isFull() || grown.entries >= limits.segmentEntries || grown.bytes >= limits.segmentBytes
    if (entries.length > 0 || isCut) {
      const { version, segment } = head
      const next = isCut
        ? { version: version + 1, segment: segment + 1, entries: 0, bytes: 0 }
        : { version: version + 1, segment, ...grown }
      const batch = { expectedVersion: version, segment, entries, head: next, erased, awaited: toCome }
      const startedAt = now()
      if (!(await storage.append(id, batch))) return false
      metrics.observe('flush_seconds', (now() - startedAt) / 1000)
      metrics.add('appends_total', '', entries.length)
      metrics.add('append_bytes_total', '', bytes)
      metrics.add('erasures_total', '', erased.length)
      const authors = new Map<FeedId, Set<Attendee>>()
      for (const [{ author }, verdict] of verdicts)
        for (const feed of verdict.ok ? verdict.feeds : [])
          authors.set(feed, (authors.get(feed) ?? new Set()).add(author))
      for (const { feed, envelopes } of runs) heads.set(feed, headOf(envelopes.at(-1) as never))
      await apply(batch, authors)
    }
    waiting.splice(0, count)
    for (const [submission, verdict] of verdicts) await answer(submission, verdict)
    return true
  }

  const answer = async (submission: Submission, verdict: Verdict): Promise<void> => {
    const { author } = submission
    if (verdict.ok) {
      metrics.observe('fan_out_seconds', (now() - submission.receivedAt) / 1000)
      // Sent again, because the receipt got lost or somebody else was faster.
      for (const feed of verdict.known) author.owe(feed, await headOfFeed(feed))
    } else {
      if (verdict.fork) await storage.keepEvidence(id, verdict.fork)
      author.end(verdict.code, verdict.reason)
    }
    submission.settled()
  }

  /** Takes over what is durable now, and shows it to everyone who does not have it from their own pen. */
  const apply = async (batch: AppendBatch, authors: ReadonlyMap<FeedId, Set<Attendee>>): Promise<void> => {
    const { segment } = batch
    const added = open.add(toRuns(batch))
    for (const { feed, seq, bytes } of batch.erased) open.erase(feed, seq, bytes as Bytes)
    for (const { feed, seq, hash } of batch.awaited) awaited.set(awaitedKey(feed, seq), hash)
    head = batch.head
    show(segment, added, authors)
    for (const [feed, feedAuthors] of authors)
      for (const author of feedAuthors) author.owe(feed, await headOfFeed(feed))
    if (head.segment === segment) return
    open = createOpenSegment(head.segment, [])
    metrics.add('seals_total')
    deps.sealed(id, segment)
    for (const attendee of inSegment(segment)) {
      await attendee.giveReceipts()
      attendee.tellSealed(head.segment)
    }
  }

  const show = (
    segment: number,
    added: readonly FeedRun[],
    authors: ReadonlyMap<FeedId, Set<Attendee>>,
  ): void => {
    if (added.length === 0) return
    const everything = encodeUpdateFrame(encodeUpdate(added))
    for (const attendee of inSegment(segment)) {
      if (!attendee.isLive()) continue
      const isOwn = ({ feed }: FeedRun) => authors.get(feed)?.size === 1 && authors.get(feed)?.has(attendee)
      if (authors.size === 0 || !added.some(isOwn)) attendee.send(everything)
      else {
        const others = added.filter((run) => !isOwn(run))
        if (others.length > 0) attendee.send(encodeUpdateFrame(encodeUpdate(others)))
      }
    }
  }

  // The roster

  const appendRoster: Team['appendRoster'] = (signed, bytes) =>
    serially(async () => {
      await takeTold()
      const position = roster.head.length
      const { roster: next, fault } = await foldRoster([bytes], verifier, roster)
      if (fault === 'stale') {
        const known = (await storage.roster(id))[signed.operation.index]
        return known && bytesEqual(known, bytes) ? 'stored' : 'conflict'
      }
      if (!next || fault) return refuse(CLOSE.badEntry, fault ?? 'malformed')
      if (!(await storage.appendRoster(id, position, bytes))) return 'conflict'
      metrics.add('roster_operations_total')
      takeRoster(next, position, bytes)
      return 'stored'
    })

  const takeRoster = (next: Roster, position: number, operation: Bytes): void => {
    roster = next
    const update = encodeUpdateFrame(
      encodeUpdate([{ feed: ROSTER_FEED, clock: position, items: [operation] }]),
    )
    const notice = encodeRosterFrame(roster.head.length)
    for (const attendee of [...attendees]) {
      if (!roleOf(roster, attendee.feed)) attendee.end(CLOSE.notAllowed, 'removed')
      else if (attendee.segment === undefined && attendee.isLive()) attendee.send(update)
      else if (attendee.takesReceipts) attendee.send(notice)
    }
  }

  // Other relays

  const takeTold = async (): Promise<void> => {
    for (let change = told.shift(); change && !isBroken; change = told.shift()) {
      if (change.kind === 'append') await takeBatch(change.batch)
      else await takeOperation(change.position, change.operation as Bytes)
    }
  }

  const takeBatch = async (batch: AppendBatch): Promise<void> => {
    if (batch.head.version <= head.version) return
    if (batch.expectedVersion !== head.version)
      return breakDown(new Error('an append of another relay was missed'))
    for (const { feed, bytes } of batch.entries) {
      const envelope = decodeEnvelope(bytes)
      if (!envelope.ok)
        return breakDown(new Error(`another relay stored what is no entry: ${envelope.fault}`))
      heads.set(feed, headOf(envelope.value))
    }
    await apply(batch, new Map())
  }

  const takeOperation = async (position: number, operation: Bytes): Promise<void> => {
    if (position < roster.head.length) return
    const { roster: next, fault } = await foldRoster([operation], verifier, roster)
    if (!next || fault) return breakDown(new Error(`an operation of another relay does not fold: ${fault}`))
    takeRoster(next, position, operation)
  }

  /** Resolves when another relay's change came; rejects where none does. */
  const hearMore = (): Promise<void> =>
    told.length > 0 || isBroken
      ? Promise.resolve()
      : new Promise((resolve, reject) => {
          const timer = setTimeout(
            () => reject(new Error('nothing was heard of what another relay stored')),
            PEER_WAIT_MS,
          )
          wakeUp = () => {
            clearTimeout(timer)
            resolve()
          }
        })

  const catchUp = async (): Promise<void> => {
    if (!storage.peers) return
    const { version, rosterLength } = await storage.peers.position(id)
    if (version <= head.version && rosterLength <= roster.head.length) return
    await serially(async () => {
      for (;;) {
        await takeTold()
        if (isBroken || (version <= head.version && rosterLength <= roster.head.length)) return
        await hearMore()
      }
    })
  }

  const showPresence = (segment: number, frame: Uint8Array, from?: Attendee): void => {
    for (const attendee of inSegment(segment))
      if (attendee !== from && attendee.isLive()) attendee.send(frame)
  }

  const inSegment = (segment: number | undefined): Attendee[] =>
    [...attendees].filter((attendee) => attendee.segment === segment)

  return {
    id,
    roster: () => roster,
    head: () => head,
    open: () => open,
    headOf: headOfFeed,
    attendees,
    submit,
    takeBytes: (feed, bytes) => bucketsOf(feed).bytes.take(bytes),
    appendRoster,
    passOn: (segment, frame, from) => {
      showPresence(segment, frame, from)
      storage.peers?.passOn(id, segment, frame)
    },
    catchUp,
    idle: async () => {
      await new Promise((resolve) => setImmediate(resolve))
      await serially(runRounds)
    },
    leave: stopFollowing,
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** The entries of a batch, feed by feed. */
const toRuns = ({ entries }: AppendBatch): SegmentRun[] => {
  const runs = new Map<FeedId, { feed: FeedId; from: number; items: Uint8Array[] }>()
  for (const { feed, seq, bytes } of entries) {
    const run = runs.get(feed)
    if (run) run.items.push(bytes)
    else runs.set(feed, { feed, from: seq, items: [bytes] })
  }
  return [...runs.values()]
}
