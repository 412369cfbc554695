/**
 * A relay's signed word that a feed is durably stored up to one header. PROTOCOL.md section 6.
 * Chained headers make one receipt speak for everything before it. It proves what the relay said, not what it kept.
 */
import {
  type Bytes,
  bytesToHex,
  concatBytes,
  createByteReader,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
  uint64,
} from './bytes.ts'
import { type FeedId, SIGNATURE_BYTES, type TeamId } from './envelope.ts'
import type { Signer, Verifier } from './signature.ts'

export interface Receipt {
  readonly team: TeamId
  readonly feed: FeedId
  readonly seq: number
  /** SHA-256 of the header with that `seq`. */
  readonly hash: Bytes
  /** The relay's own clock, Unix time in milliseconds. */
  readonly timeMs: number
}

export interface SignedReceipt extends Receipt {
  readonly signature: Bytes
}

/** 137 bytes. */
export const encodeReceipt = (receipt: SignedReceipt): Bytes =>
  concatBytes(receiptBody(receipt), receipt.signature)

export const decodeReceipt = (bytes: Uint8Array): Decoded<SignedReceipt, 'malformed' | 'unknown version'> => {
  const reader = createByteReader(bytes)
  if (reader.byte() !== VERSION) return faulty(reader.failed ? 'malformed' : 'unknown version')
  const team = bytesToHex(reader.take(16))
  const feed = reader.uint64()
  const seq = reader.uint64()
  const hash = reader.take(32)
  const timeMs = reader.uint64()
  const signature = reader.take(SIGNATURE_BYTES)
  return reader.failed || !reader.atEnd
    ? faulty('malformed')
    : decoded({ team, feed, seq, hash, timeMs, signature })
}

export const signReceipt = async (receipt: Receipt, relay: Signer): Promise<SignedReceipt> => ({
  ...receipt,
  signature: await relay.sign(concatBytes(SIGNATURE_DOMAIN, receiptBody(receipt))),
})

export const verifyReceipt = (
  receipt: SignedReceipt,
  relayKey: Bytes,
  verifier: Verifier,
): Promise<boolean> =>
  verifier.verify(relayKey, concatBytes(SIGNATURE_DOMAIN, receiptBody(receipt)), receipt.signature)

const VERSION = 1
const SIGNATURE_DOMAIN = textToBytes('daybook/receipt/v1\n')

const receiptBody = ({ team, feed, seq, hash, timeMs }: Receipt): Bytes => {
  const teamBytes = hexToBytes(team, 16)
  if (!teamBytes) throw new TypeError(`"team" expected 32 hex digits, got ${team}`)
  return concatBytes(Uint8Array.of(VERSION), teamBytes, uint64(feed), uint64(seq), hash, uint64(timeMs))
}
