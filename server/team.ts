/**
 * One team while somebody is connected: joins what it holds in memory, the rounds in which it grows, the sockets in its rooms
 * and the other relays over the same storage. One thing at a time changes it.
 */
import { type Bytes, bytesEqual } from '../lib/log/bytes.ts'
import type { FeedHead, FeedId, TeamId } from '../lib/log/envelope.ts'
import { CLOSE } from '../lib/log/frames.ts'
import { encodeReceipt, signReceipt } from '../lib/log/receipt.ts'
import type { Signer, Verifier } from '../lib/log/signature.ts'
import { foldRoster } from '../lib/team/apply-operation.ts'
import type { SignedOperation } from '../lib/team/operation.ts'
import type { Roster } from '../lib/team/roster.ts'
import type { Attendee, Stored, Submission } from './attendee.ts'
import { type Authors, createAudience } from './audience.ts'
import { type Refusal, refuse } from './guard.ts'
import { createHandingOver, HANDED_BYTES } from './handing-over.ts'
import { createTeamRates, type Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { OpenSegment } from './open-segment.ts'
import { createRounds } from './rounds.ts'
import type { AppendBatch, Peers, RelayStorage, TeamHead } from './storage/storage.ts'
import { loadTeamMemory } from './team-memory.ts'

export interface Team {
  readonly id: TeamId
  readonly roster: () => Roster
  readonly head: () => TeamHead
  readonly open: () => OpenSegment
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  readonly attendance: () => number
  /** Returns what takes it out again. */
  readonly admit: (attendee: Attendee) => () => void
  /** Judges, stores, shows; `settled` is called once the update is dealt with, well or badly. */
  readonly submit: (author: Attendee, update: Bytes, settled: () => void) => void
  /** False where the device sends more than it may. */
  readonly takeBytes: (feed: FeedId, bytes: number) => boolean
  /** Signed once for each entry, encoded. */
  readonly receipt: (feed: FeedId, entry: Stored) => Promise<Bytes>
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
  /** Signs receipts. */
  readonly signer: Signer
  readonly verifier: Verifier
  readonly now: () => number
  readonly chance: () => number
  readonly limits: Limits
  readonly metrics: Metrics
  readonly sealed: (team: TeamId, segment: number) => void
  /** Memory and storage disagree, or storage failed: this team is of no use any more. */
  readonly broken: (team: TeamId, error: unknown) => void
}

/** What another relay stored, or this one; told by the storage. */
type Told =
  | { readonly kind: 'append'; readonly batch: AppendBatch }
  | { readonly kind: 'roster'; readonly position: number; readonly operation: Uint8Array }

const PEER_WAIT_MS = 10_000
const CONFLICT_PAUSE_MS = 5
/** After so many refusals this relay appends what was refused, whoever leads. */
const MAX_REFUSALS = 2

/** Undefined where there is no such team. */
export const loadTeam = async (id: TeamId, deps: TeamDeps): Promise<Team | undefined> => {
  const { storage, verifier, now, limits, metrics } = deps
  const { peers } = storage
  const audience = createAudience()
  const rates = createTeamRates(limits, now)
  const told: Told[] = []
  const waiting: Submission[] = []
  let isBroken = false
  let isTurnDue = false
  /** Another relay has been asked to append. */
  let asking: Promise<void> | undefined
  let wakeUp: () => void = () => undefined
  let stopFollowing: () => void = () => undefined
  // What is heard while the team is read waits until it is read.
  const loaded = Promise.withResolvers<void>()
  let tail: Promise<unknown> = loaded.promise

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
    audience.dismiss(CLOSE.storage, 'storage failed')
  }

  // Listens before it reads, so that nothing falls between.
  const hear = (change: Told): void => {
    told.push(change)
    wakeUp()
    void serially(() => takeTold()).catch(breakDown)
  }
  const handing = createHandingOver({
    now,
    ask: (relay, question) => peers?.ask(id, relay, question) ?? Promise.reject(new Error('no other relays')),
  })
  stopFollowing =
    (await peers?.follow(id, {
      appended: (batch) => hear({ kind: 'append', batch }),
      rosterGrew: (position, operation) => hear({ kind: 'roster', position, operation }),
      rang: handing.heard,
      asked: (question) => handing.take(question, takeHanded),
      presence: audience.showPresence,
      lost: () => breakDown(new Error('the storage stopped telling what others store')),
    })) ?? (() => undefined)
  const found = await loadTeamMemory(id, storage, verifier).catch((error: unknown) => {
    stopFollowing()
    throw error
  })
  if (!found) {
    stopFollowing()
    return undefined
  }
  const memory = found

  // Appends

  const submit: Team['submit'] = (author, update, settled) => {
    if (isBroken) {
      settled()
      return author.end(CLOSE.storage, 'storage failed')
    }
    enqueue({ author, update, receivedAt: now(), settled, isHandedOver: false, charged: false, refusals: 0 })
  }

  const takeHanded = (submission: Submission): void => {
    if (isBroken || asking || leader() !== undefined) submission.settled()
    else enqueue(submission)
  }

  const enqueue = (...submissions: readonly Submission[]): void => {
    waiting.push(...submissions)
    takeTurn()
  }

  /** What comes within a moment is judged together. */
  const takeTurn = (): void => {
    if (isTurnDue || waiting.length === 0) return
    isTurnDue = true
    const turn = (): void => {
      isTurnDue = false
      void serially(appendWaiting).catch(breakDown)
    }
    if (limits.gatherMs > 0) setTimeout(turn, limits.gatherMs)
    else setImmediate(turn)
  }

  /** The relay that is to append; undefined where that is this one. */
  const leader = (): string | undefined =>
    waiting.some(({ refusals }) => refusals >= MAX_REFUSALS) ? undefined : handing.leader()

  /** Here, or by the relay that appends anyway; never both at once, so that a feed's entries keep their order. */
  const appendWaiting = async (): Promise<void> => {
    if (asking) return
    await runRounds()
    const other = leader()
    if (other === undefined || isBroken || waiting.length === 0) return
    asking = askFor(other).finally(() => {
      asking = undefined
      takeTurn()
    })
  }

  const askFor = async (other: string): Promise<void> => {
    const handed: Submission[] = []
    let bytes = 0
    for (const submission of waiting.splice(0)) {
      bytes += submission.update.length
      // Whoever handed it over to this relay asks the right one next.
      if (submission.isHandedOver) submission.settled()
      else if (bytes <= HANDED_BYTES) handed.push(submission)
      else waiting.push(submission)
    }
    if (handed.length === 0) {
      const [first] = waiting
      if (first) first.refusals = MAX_REFUSALS
      return
    }
    const left = await handing.handOver(other, handed)
    waiting.unshift(...left)
    if (isBroken) for (const { settled } of waiting.splice(0)) settled()
  }

  /** Takes over what is durable now, and shows it. */
  const apply = async (
    batch: AppendBatch,
    authors: Authors,
    heads?: ReadonlyMap<FeedId, FeedHead>,
  ): Promise<void> => {
    const { segment } = batch
    const added = memory.take(batch, heads)
    audience.show(segment, added, authors)
    for (const [feed, feedAuthors] of authors)
      for (const author of feedAuthors) author.owe(feed, await memory.headOf(feed))
    const next = memory.head().segment
    if (next === segment) return
    metrics.add('seals_total')
    deps.sealed(id, segment)
    // Who is owed a receipt by another relay's answer has it before they move on.
    await asking
    await audience.tellSealed(segment, next)
  }

  const runRounds = createRounds({
    id,
    memory,
    waiting,
    storage,
    verifier,
    now,
    limits,
    metrics,
    charge: rates.takeEntries,
    takeTold: () => takeTold(),
    awaitTold: async (lost) => {
      await hearMore()
      // Who lost waits longer each time, and brings more at once.
      await pause(deps.chance() * Math.min(lost - 1, 8) * CONFLICT_PAUSE_MS)
    },
    mayAppend: () => !isBroken && leader() === undefined,
    apply: (batch, authors, heads) => {
      handing.appended()
      return apply(batch, authors, heads)
    },
  })

  const receipts = new Map<FeedId, { readonly hash: Bytes; readonly bytes: Bytes }>()

  /** Asked for again, it is the same receipt, with the time of the first. */
  const receipt: Team['receipt'] = async (feed, { seq, hash }) => {
    const known = receipts.get(feed)
    if (known && bytesEqual(known.hash, hash)) return known.bytes
    const bytes = encodeReceipt(await signReceipt({ team: id, feed, seq, hash, timeMs: now() }, deps.signer))
    receipts.set(feed, { hash, bytes })
    return bytes
  }

  // The roster

  const appendRoster: Team['appendRoster'] = (signed, bytes) =>
    serially(async () => {
      await takeTold()
      const roster = memory.roster()
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
    memory.setRoster(next)
    audience.showRoster(next, position, operation)
  }

  // Other relays

  const takeTold = async (): Promise<void> => {
    for (let change = told.shift(); change && !isBroken; change = told.shift()) {
      if (change.kind === 'append') await takeBatch(change.batch)
      else await takeOperation(change.position, change.operation as Bytes)
    }
  }

  const takeBatch = async (batch: AppendBatch): Promise<void> => {
    const { version } = memory.head()
    if (batch.head.version <= version) return
    if (batch.expectedVersion !== version)
      return breakDown(new Error('an append of another relay was missed'))
    await apply(batch, new Map())
  }

  const takeOperation = async (position: number, operation: Bytes): Promise<void> => {
    const roster = memory.roster()
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

  let catching: Promise<void> | undefined
  let catchingNext: Promise<void> | undefined

  /** Who asks while somebody does gets the next answer, with all others who do: theirs may be older than what is asked for. */
  const catchUp = (): Promise<void> => {
    if (!peers) return Promise.resolve()
    if (catching) {
      const again = () => {
        catchingNext = undefined
        return catchUp()
      }
      catchingNext ??= catching.then(again, again)
      return catchingNext
    }
    catching = catchUpNow(peers).finally(() => {
      catching = undefined
    })
    return catching
  }

  const catchUpNow = async ({ position }: Peers): Promise<void> => {
    const { version, rosterLength } = await position(id)
    const isCurrent = (): boolean =>
      version <= memory.head().version && rosterLength <= memory.roster().head.length
    if (isCurrent()) return
    await serially(async () => {
      for (;;) {
        await takeTold()
        if (isBroken || isCurrent()) return
        await hearMore()
      }
    })
  }

  loaded.resolve()
  return {
    id,
    roster: memory.roster,
    head: memory.head,
    open: memory.open,
    headOf: memory.headOf,
    attendance: audience.size,
    admit: audience.admit,
    submit,
    takeBytes: rates.takeBytes,
    receipt,
    appendRoster,
    passOn: (segment, frame, from) => {
      audience.showPresence(segment, frame, from)
      peers?.passOn(id, segment, frame)
    },
    catchUp,
    idle: async () => {
      do {
        await new Promise((resolve) => setImmediate(resolve))
        await asking
        await serially(appendWaiting)
      } while (waiting.length > 0 || asking)
    },
    leave: stopFollowing,
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
