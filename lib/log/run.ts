/**
 * Judges a run: consecutive envelopes of one feed. PROTOCOL.md section 4.
 * A run is valid by its chain and its last signature: each header names the one before by hash, so the last
 * signature speaks for them all. Knows whose key signs only as the caller tells it.
 */
import { type Bytes, bytesEqual, type Decoded, decoded, faulty } from './bytes.ts'
import { compareClocks } from './clock.ts'
import { type Envelope, type FeedHead, type FeedId, headOf, signedBytes, type TeamId } from './envelope.ts'
import type { Verifier } from './signature.ts'

export type ChainFault =
  | 'empty run'
  | 'wrong team'
  | 'wrong feed'
  | 'gap'
  | 'already have'
  | 'wrong chain'
  | 'clock went back'
export type RunFault = ChainFault | 'bad signature'

export interface RunPlace {
  readonly team: TeamId
  readonly feed: FeedId
  /** What the run must continue; `EMPTY_HEAD` for a feed's first run. */
  readonly head: FeedHead
}

/** The head after the run. Cheap: no signature is checked. */
export const checkChain = (run: readonly Envelope[], place: RunPlace): Decoded<FeedHead, ChainFault> => {
  let head = place.head
  if (run.length === 0) return faulty('empty run')
  for (const envelope of run) {
    const { team, feed, seq, prev, clock } = envelope.header
    if (team !== place.team) return faulty('wrong team')
    if (feed !== place.feed) return faulty('wrong feed')
    if (seq <= head.seq) return faulty('already have')
    if (seq > head.seq + 1) return faulty('gap')
    if (!bytesEqual(prev, head.hash)) return faulty('wrong chain')
    if (head.seq > 0 && compareClocks(clock, head.clock) <= 0) return faulty('clock went back')
    head = headOf(envelope)
  }
  return decoded(head)
}

/** The head after a run that continues `place.head` and whose last envelope `publicKey` signed. */
export const verifyRun = async (
  run: readonly Envelope[],
  place: RunPlace,
  publicKey: Bytes,
  verifier: Verifier,
): Promise<Decoded<FeedHead, RunFault>> => {
  const chain = checkChain(run, place)
  if (!chain.ok) return chain
  const last = run[run.length - 1] as Envelope
  return (await verifyEnvelope(last, publicKey, verifier)) ? chain : faulty('bad signature')
}

export const verifyEnvelope = (envelope: Envelope, publicKey: Bytes, verifier: Verifier): Promise<boolean> =>
  verifier.verify(publicKey, signedBytes(envelope.headerBytes), envelope.signature)

/** One place in a feed, two headers: proof against the feed's device, once both signatures are found valid. */
export interface Fork {
  readonly feed: FeedId
  readonly seq: number
  readonly first: Envelope
  readonly second: Envelope
}

/** The fork that two envelopes make, if they do. Equal headers with different bodies are none: one was erased. */
export const findFork = (first: Envelope, second: Envelope): Fork | undefined =>
  first.header.team === second.header.team &&
  first.header.feed === second.header.feed &&
  first.header.seq === second.header.seq &&
  !bytesEqual(first.hash, second.hash)
    ? { feed: first.header.feed, seq: first.header.seq, first, second }
    : undefined
