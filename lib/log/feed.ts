/**
 * Writes one device's feed: entries in, sealed and signed envelopes out, in order and without a fork.
 * Sealing is asynchronous and cannot happen inside a storage transaction, so the head is compared again when the
 * envelopes are put down; where another context was faster, they are made anew. Nothing is sent before it is stored.
 */
import type { Entry } from '../model/entry.ts'
import type { Bytes } from './bytes.ts'
import { type Clock, tick, witness } from './clock.ts'
import { type Envelope, type FeedHead, type FeedId, headOf, type SeenHead, type TeamId } from './envelope.ts'
import { type EraseTarget, sealErase } from './erase.ts'
import { NONCE_BYTES, type OpenHeader, sealEntry } from './seal.ts'
import type { Signer } from './signature.ts'

export interface FeedStorage {
  /** `EMPTY_HEAD` for a feed that has not begun. */
  readonly head: (feed: FeedId) => Promise<FeedHead>
  /** Puts envelopes, outbox rows and the new head down in one durable transaction, if the head is still `expected`. */
  readonly append: (feed: FeedId, expected: FeedHead, envelopes: readonly Envelope[]) => Promise<boolean>
}

/** What the next envelope needs to know of the team; asked for anew on every append. */
export interface FeedContext {
  readonly epoch: number
  readonly epochKey: Bytes
  /** Heads of other feeds that are new since this feed last named them. */
  readonly seen: readonly SeenHead[]
  /** The latest clock seen in any feed. */
  readonly clock: Clock
}

export interface FeedWriterDeps {
  readonly subtle: SubtleCrypto
  readonly signer: Signer
  readonly team: TeamId
  readonly feed: FeedId
  readonly storage: FeedStorage
  readonly context: () => Promise<FeedContext>
  readonly nowMs: () => number
  readonly random: (length: number) => Bytes
}

export interface FeedWriter {
  /** Resolves when the entries are stored, each with its envelope, in the given order. */
  readonly append: (entries: readonly Entry[]) => Promise<readonly Envelope[]>
  readonly erase: (targets: readonly EraseTarget[]) => Promise<Envelope>
}

const MAX_ATTEMPTS = 10

export const createFeedWriter = (deps: FeedWriterDeps): FeedWriter => {
  const { subtle, signer, team, feed, storage, nowMs, random } = deps
  let queue: Promise<unknown> = Promise.resolve()

  type Seal = (header: Omit<OpenHeader, 'nonce'>, context: FeedContext) => Promise<Envelope>

  const write = async (seals: readonly Seal[]): Promise<readonly Envelope[]> => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const start = await storage.head(feed)
      const context = await deps.context()
      const envelopes: Envelope[] = []
      let head = start
      let clock = witness(head.clock, context.clock, nowMs())
      for (const [index, seal] of seals.entries()) {
        clock = tick(clock, nowMs())
        const envelope = await seal(
          {
            team,
            feed,
            seq: head.seq + 1,
            prev: head.hash,
            clock,
            epoch: context.epoch,
            seen: index === 0 ? context.seen : [],
          },
          context,
        )
        envelopes.push(envelope)
        head = headOf(envelope)
      }
      if (envelopes.length === 0 || (await storage.append(feed, start, envelopes))) return envelopes
    }
    throw new Error(`feed ${feed}: its head moved ${MAX_ATTEMPTS} times while an entry was being sealed`)
  }

  /** One at a time: a second append would be sealed on a head that the first is about to move. */
  const inTurn = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const done = queue.then(work, work)
    queue = done.catch(() => undefined)
    return done
  }

  return {
    append: (entries) =>
      inTurn(() =>
        write(
          entries.map(
            (entry): Seal =>
              (header, { epochKey }) =>
                sealEntry(subtle, entry, { ...header, nonce: random(NONCE_BYTES) }, epochKey, signer),
          ),
        ),
      ),
    erase: (targets) =>
      inTurn(async () => {
        const [envelope] = await write([(header) => sealErase(targets, header, signer)])
        return envelope as Envelope
      }),
  }
}
