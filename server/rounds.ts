/**
 * Appends go in rounds: all that waits is judged together, made durable in one write, then shown and receipted. Where another
 * relay was faster, the round is made again on what that one stored. One round at a time: who runs them sees to that.
 */
import type { Bytes } from '../lib/log/bytes.ts'
import { type FeedHead, type FeedId, headOf, type TeamId } from '../lib/log/envelope.ts'
import type { Verifier } from '../lib/log/signature.ts'
import type { Author, Submission } from './attendee.ts'
import type { Authors } from './audience.ts'
import { applyErasures, bodyOffset } from './erasure.ts'
import { createDraft, type Draft, type Refusal, type Verdict } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { AppendBatch, RelayStorage } from './storage/storage.ts'
import type { TeamMemory } from './team-memory.ts'

export interface RoundsDeps {
  readonly id: TeamId
  readonly memory: TeamMemory
  /** In the order in which they came; what is dealt with is taken out. */
  readonly waiting: Submission[]
  readonly storage: Pick<RelayStorage, 'append' | 'keepEvidence'>
  readonly verifier: Verifier
  readonly now: () => number
  readonly limits: Limits
  readonly metrics: Metrics
  /** Asked once for each submission. */
  readonly charge: (feed: FeedId, entries: number) => Refusal | undefined
  /** Takes over what other relays stored. */
  readonly takeTold: () => Promise<void>
  /** Resolves when there is more of that, after the given number of lost races. */
  readonly awaitTold: (lost: number) => Promise<void>
  /** False where the team is broken, or another relay is to append. */
  readonly mayAppend: () => boolean
  /** Takes over and shows what is durable. */
  readonly apply: (
    batch: AppendBatch,
    authors: Authors,
    heads: ReadonlyMap<FeedId, FeedHead>,
  ) => Promise<void>
}

interface Judged {
  readonly draft: Draft
  /** Of what waits, so many were judged. */
  readonly count: number
  readonly verdicts: readonly (readonly [Submission, Verdict])[]
}

const MAX_CONFLICTS = 50

/** Resolves when nothing waits, or this relay may not append any more. */
export type RunRounds = () => Promise<void>

export const createRounds = (deps: RoundsDeps): RunRounds => {
  const { id, memory, waiting, storage, verifier, now, limits, metrics } = deps
  const mayGoOn = (): boolean => waiting.length > 0 && deps.mayAppend()

  const run = async (): Promise<void> => {
    for (let lost = 0; ; ) {
      await deps.takeTold()
      if (!mayGoOn()) return
      const judged = await judge()
      if (judged === undefined || (await store(judged))) {
        lost = 0
        continue
      }
      metrics.add('conflicts_total')
      if (++lost > MAX_CONFLICTS) throw new Error('other relays were always faster')
      if (mayGoOn()) await deps.awaitTold(lost)
    }
  }

  /** Everything that waits for the open segment, as far as it fits. Undefined where nothing does. */
  const judge = async (): Promise<Judged | undefined> => {
    settleOutdated()
    if (waiting.length === 0) return undefined
    const together = await judgeWaiting(false)
    return (await together.draft.prove()) ? together : judgeWaiting(true)
  }

  const settleOutdated = (): void => {
    const { number } = memory.open()
    for (const submission of waiting.splice(0)) {
      if (submission.author.segment === number) waiting.push(submission)
      else {
        submission.author.tellSealed(number)
        submission.settled()
      }
    }
  }

  const judgeWaiting = async (eager: boolean): Promise<Judged> => {
    const { entries, bytes } = memory.head()
    const draft = createDraft(
      {
        roster: memory.roster(),
        headOf: memory.headOf,
        itemsOf: memory.open().itemsOf,
        stored: memory.stored,
        room: { entries: limits.segmentEntries - entries, bytes: limits.segmentBytes - bytes },
        empty: entries === 0,
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
    return deps.charge(submission.author.feed, entries)
  }

  /** False where another relay was faster. */
  const store = async ({ draft, count, verdicts }: Judged): Promise<boolean> => {
    const { runs, erased, awaited } = await applyErasures(draft.fresh(), {
      roster: memory.roster(),
      awaited: memory.awaited,
      stored: memory.stored,
    })
    const entries = runs.flatMap(({ envelopes, items }) =>
      envelopes.map((envelope, index) => ({
        feed: envelope.header.feed,
        seq: envelope.header.seq,
        bytes: items[index] as Bytes,
        bodyAt: bodyOffset(envelope),
      })),
    )
    const added = {
      entries: entries.length,
      bytes: entries.reduce((sum, { bytes }) => sum + bytes.length, 0),
    }
    const { version, segment, ...held } = memory.head()
    const grown = { entries: held.entries + added.entries, bytes: held.bytes + added.bytes }
    const isCut =
      draft.isFull() || grown.entries >= limits.segmentEntries || grown.bytes >= limits.segmentBytes
    if (added.entries > 0 || isCut) {
      const head = isCut
        ? { version: version + 1, segment: segment + 1, entries: 0, bytes: 0 }
        : { version: version + 1, segment, ...grown }
      const batch = { expectedVersion: version, segment, entries, head, erased, awaited }
      const startedAt = now()
      if (!(await storage.append(id, batch))) return false
      metrics.observe('flush_seconds', (now() - startedAt) / 1000)
      metrics.add('appends_total', '', added.entries)
      metrics.add('append_bytes_total', '', added.bytes)
      metrics.add('erasures_total', '', erased.length)
      const heads = new Map(runs.map(({ feed, envelopes }) => [feed, headOf(envelopes.at(-1) as never)]))
      await deps.apply(batch, authorsOf(verdicts), heads)
    }
    const [oldest] = waiting.splice(0, count)
    if (oldest) metrics.observe('fan_out_seconds', (now() - oldest.receivedAt) / 1000)
    for (const [submission, verdict] of verdicts) {
      const isPlain = verdict.ok && verdict.known.length === 0
      if (!isPlain) await answerSpecially(submission.author, verdict)
      submission.settled()
    }
    return true
  }

  const answerSpecially = async (author: Author, verdict: Verdict): Promise<void> => {
    if (verdict.ok) {
      // Sent again, because the receipt got lost or somebody else was faster.
      for (const feed of verdict.known) author.owe(feed, await memory.headOf(feed))
    } else {
      if (verdict.fork) await storage.keepEvidence(id, verdict.fork)
      author.end(verdict.code, verdict.reason)
    }
  }

  return run
}

const authorsOf = (verdicts: Judged['verdicts']): Authors => {
  const authors = new Map<FeedId, Set<Author>>()
  for (const [{ author }, verdict] of verdicts)
    for (const feed of verdict.ok ? verdict.feeds : [])
      authors.set(feed, (authors.get(feed) ?? new Set<Author>()).add(author))
  return authors
}
