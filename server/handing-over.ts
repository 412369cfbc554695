/**
 * Relays that append to one team at once would take each other's place again and again. So while several have something to
 * append, the one that appended last does it for all, and the others hand over what their sockets sent. That saves work and
 * decides nothing: who gets no answer appends by itself, and the storage compares versions as ever.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { Bytes } from '../lib/log/bytes.ts'
import type { FeedId } from '../lib/log/envelope.ts'
import type { CloseCode } from '../lib/log/frames.ts'
import type { Stored, Submission } from './attendee.ts'

export interface HandingOver {
  /** The relay that appends at the moment; undefined where this one may. */
  readonly leader: () => string | undefined
  /** Another relay has appended. */
  readonly heard: (relay: string) => void
  /** This one has. */
  readonly appended: () => void
  /** Asks the leader to append these. Resolves with those that it did not deal with. */
  readonly handOver: (leader: string, submissions: readonly Submission[]) => Promise<readonly Submission[]>
  /** What another relay hands over goes to `submit`; resolves with the answer for it. */
  readonly take: (question: Uint8Array, submit: (submission: Submission) => void) => Promise<Uint8Array>
}

export interface HandingOverDeps {
  readonly now: () => number
  /** Rejects where that relay is not there or says nothing for a while. */
  readonly ask: (relay: string, question: Uint8Array) => Promise<Uint8Array>
}

/** What fits into one question. */
export const HANDED_BYTES = 600_000

/** Who has not appended for so long has nothing to append: then there is nobody to get in the way of. */
const LEAD_MS = 1_000

/** What became of one update. Nothing at all where the other relay could not say. */
interface Outcome {
  readonly owed: Map<FeedId, Stored>
  sealed?: number
  ended?: { readonly code: CloseCode; readonly reason: string }
}

export const createHandingOver = ({ now, ask }: HandingOverDeps): HandingOver => {
  let last: { readonly relay: string; readonly at: number } | undefined

  return {
    leader: () => (last && Math.abs(now() - last.at) < LEAD_MS ? last.relay : undefined),
    heard: (relay) => {
      last = { relay, at: now() }
    },
    appended: () => {
      last = undefined
    },

    handOver: async (leader, submissions) => {
      const answer = await ask(leader, encodeQuestion(submissions)).catch(() => undefined)
      const outcomes = answer ? decodeAnswer(answer) : []
      if (!answer) last = undefined
      return submissions.filter((submission, index) => !settle(submission, outcomes[index]))
    },

    take: async (question, submit) => {
      const outcomes = decodeQuestion(question).map(
        ({ feed, segment, update }) =>
          new Promise<Outcome>((resolve) => {
            const outcome: Outcome = { owed: new Map() }
            submit({
              author: {
                feed,
                segment,
                owe: (feed, entry) => void outcome.owed.set(feed, entry),
                tellSealed: (next) => {
                  outcome.sealed = next
                },
                end: (code, reason) => {
                  outcome.ended = { code, reason }
                },
              },
              update,
              receivedAt: now(),
              settled: () => resolve(outcome),
              isHandedOver: true,
              charged: false,
              refusals: 0,
            })
          }),
      )
      return encodeAnswer(await Promise.all(outcomes))
    },
  }
}

/** False where there is no outcome. */
const settle = (submission: Submission, outcome: Outcome | undefined): boolean => {
  const { author, settled } = submission
  if (!outcome || (outcome.owed.size === 0 && outcome.sealed === undefined && !outcome.ended)) {
    submission.refusals += 1
    return false
  }
  for (const [feed, entry] of outcome.owed) author.owe(feed, entry)
  if (outcome.sealed !== undefined) author.tellSealed(outcome.sealed)
  if (outcome.ended) author.end(outcome.ended.code, outcome.ended.reason)
  settled()
  return true
}

// Relays alone write these: what does not decode is a fault, not an attack.

const encodeQuestion = (submissions: readonly Submission[]): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, submissions.length)
    for (const { author, update } of submissions) {
      encoding.writeVarUint(encoder, author.feed)
      encoding.writeVarUint(encoder, author.segment ?? 0)
      encoding.writeVarUint8Array(encoder, update)
    }
  })

const decodeQuestion = (question: Uint8Array) => {
  const decoder = decoding.createDecoder(question)
  return Array.from({ length: decoding.readVarUint(decoder) }, () => ({
    feed: decoding.readVarUint(decoder),
    segment: decoding.readVarUint(decoder),
    update: decoding.readVarUint8Array(decoder).slice() as Bytes,
  }))
}

/** A segment and a close code that are not told are 0: no segment follows on none, and no code is 0. */
const encodeAnswer = (outcomes: readonly Outcome[]): Uint8Array =>
  encoding.encode((encoder) => {
    for (const { owed, sealed, ended } of outcomes) {
      encoding.writeVarUint(encoder, owed.size)
      for (const [feed, { seq, hash }] of owed) {
        encoding.writeVarUint(encoder, feed)
        encoding.writeVarUint(encoder, seq)
        encoding.writeUint8Array(encoder, hash)
      }
      encoding.writeVarUint(encoder, sealed ?? 0)
      encoding.writeVarUint(encoder, ended?.code ?? 0)
      encoding.writeVarString(encoder, ended?.reason ?? '')
    }
  })

const decodeAnswer = (answer: Uint8Array): Outcome[] => {
  const decoder = decoding.createDecoder(answer)
  const number = () => decoding.readVarUint(decoder)
  const outcomes: Outcome[] = []
  while (decoding.hasContent(decoder)) {
    const stored = () => ({ seq: number(), hash: decoding.readUint8Array(decoder, 32).slice() as Bytes })
    const owed = new Map(Array.from({ length: number() }, () => [number(), stored()] as const))
    const [sealed, code, reason] = [number(), number() as CloseCode, decoding.readVarString(decoder)]
    outcomes.push({ owed, ...(sealed > 0 && { sealed }), ...(reason && { ended: { code, reason } }) })
  }
  return outcomes
}
