/**
 * The signed wish that entries' bodies go. Its body is plain, so that a relay can act on it: the entries' headers by
 * feed, number and hash. Chain and signatures stay; the row says who erased it and when. Who may erase: PROTOCOL.md rule E6.
 */
import { type Bytes, concatBytes, createByteReader, type Decoded, decoded, faulty, uint64 } from './bytes.ts'
import { digest, type Envelope, type FeedId, type Header } from './envelope.ts'
import { NONCE_BYTES, type OpenHeader, signEnvelope } from './seal.ts'
import type { Signer } from './signature.ts'

export interface EraseTarget {
  readonly feed: FeedId
  readonly seq: number
  /** SHA-256 of the target's header. */
  readonly hash: Bytes
}

export const MAX_ERASE_TARGETS = 1000

export const sealErase = (
  targets: readonly EraseTarget[],
  header: Omit<OpenHeader, 'nonce'>,
  signer: Signer,
): Promise<Envelope> => {
  if (targets.length === 0 || targets.length > MAX_ERASE_TARGETS) {
    throw new RangeError(`"targets" expected 1 to ${MAX_ERASE_TARGETS}, got ${targets.length}`)
  }
  const body = concatBytes(
    ...targets.map(({ feed, seq, hash }) => concatBytes(uint64(feed), uint64(seq), hash)),
  )
  const whole: Header = {
    ...header,
    kind: 'erase',
    nonce: new Uint8Array(NONCE_BYTES),
    keyCommit: new Uint8Array(32),
    bodyHash: digest(body),
  }
  return signEnvelope(whole, body, signer)
}

export const decodeErase = (
  envelope: Envelope,
): Decoded<readonly EraseTarget[], 'no erase' | 'malformed'> => {
  const { header, body } = envelope
  if (header.kind !== 'erase') return faulty('no erase')
  if (body.length === 0 || body.length % 48 !== 0 || body.length / 48 > MAX_ERASE_TARGETS)
    return faulty('malformed')
  if (header.nonce.some(Boolean) || header.keyCommit.some(Boolean)) return faulty('malformed')
  const reader = createByteReader(body)
  const targets: EraseTarget[] = []
  while (!reader.atEnd && !reader.failed) {
    targets.push({ feed: reader.uint64(), seq: reader.uint64(), hash: reader.take(32) })
  }
  return reader.failed || targets.some(({ feed, seq }) => feed === 0 || seq === 0)
    ? faulty('malformed')
    : decoded(targets)
}
