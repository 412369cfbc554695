/**
 * One sealed entry on the wire: `header ‖ signature ‖ body`. PROTOCOL.md section 2.
 * The signature and the chain cover the header alone, and the header names the body by its hash: a body can go and
 * everything still verifies. Knows the bytes; knows no keys and no storage. What it decodes is well-formed, not yet true.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import {
  type Bytes,
  bytesEqual,
  bytesToHex,
  concatBytes,
  createByteReader,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
  writeUint64,
} from './bytes.ts'
import { CLOCK_ZERO, type Clock } from './clock.ts'

/** 32 lower-case hex digits: the first 16 bytes of the SHA-256 of the team's genesis. */
export type TeamId = string
/** 1 to 2^53 - 1; a device's feed in one team, and its Yjs client id. 0 is the team's roster. */
export type FeedId = number

/** `entry`: an encrypted body. `erase`: a plain body that names the entries whose bodies shall go. */
export type EnvelopeKind = 'entry' | 'erase'

/** The last header of a feed that someone had. */
export interface SeenHead {
  readonly feed: FeedId
  readonly seq: number
  readonly hash: Bytes
}

export interface Header {
  readonly kind: EnvelopeKind
  readonly team: TeamId
  readonly feed: FeedId
  /** 1 for a feed's first envelope, then one more each. */
  readonly seq: number
  /** SHA-256 of the feed's previous header; 32 zero bytes for the first. */
  readonly prev: Bytes
  /** Later than that of the feed's previous header. */
  readonly clock: Clock
  /** Which of the team's keys the body is sealed under; fixed when it was written. */
  readonly epoch: number
  /** 32 bytes that only one entry key fits. */
  readonly keyCommit: Bytes
  /** 12 bytes. */
  readonly nonce: Bytes
  /** Heads of other feeds (0: the roster) that the author had, in ascending order of feed; only what is new since the feed's last. */
  readonly seen: readonly SeenHead[]
  readonly bodyHash: Bytes
}

export interface Envelope {
  readonly header: Header
  readonly headerBytes: Bytes
  /** SHA-256 of `headerBytes`: what the next header's `prev` names. */
  readonly hash: Bytes
  readonly signature: Bytes
  /** Empty where it was erased. */
  readonly body: Bytes
}

/** Where a feed stands: what the next header must link to. */
export interface FeedHead {
  readonly seq: number
  readonly hash: Bytes
  readonly clock: Clock
}
export const EMPTY_HEAD: FeedHead = { seq: 0, hash: new Uint8Array(32), clock: CLOCK_ZERO }

export const MAX_ENVELOPE_BYTES = 76 * 1024
export const MAX_SEEN = 64
export const SIGNATURE_BYTES = 64

const VERSION = 1
const KINDS: readonly EnvelopeKind[] = ['entry', 'erase']
/** Everything but `seen`. */
const FIXED_BYTES = 1 + 1 + 16 + 8 + 8 + 32 + 8 + 4 + 32 + 12 + 1 + 32
const SEEN_BYTES = 8 + 8 + 32
const SIGNATURE_DOMAIN = textToBytes('daybook/envelope/v1\n')

export type EnvelopeFault =
  | 'too large'
  | 'malformed'
  | 'unknown version'
  | 'unknown kind'
  | 'seen out of order'
  | 'body does not match its hash'

/** `hash`: a faster SHA-256 where there is one. */
export const decodeEnvelope = (
  bytes: Uint8Array,
  hash: (bytes: Uint8Array) => Bytes = digest,
): Decoded<Envelope, EnvelopeFault> => {
  if (bytes.length > MAX_ENVELOPE_BYTES) return faulty('too large')
  const reader = createByteReader(bytes)
  const header = readHeader(reader)
  if (!header.ok) return header
  const headerBytes = (bytes as Bytes).subarray(0, reader.offset)
  const signature = reader.take(SIGNATURE_BYTES)
  const body = reader.rest()
  if (reader.failed) return faulty('malformed')
  if (body.length > 0 && !bytesEqual(hash(body), header.value.bodyHash))
    return faulty('body does not match its hash')
  return decoded({ header: header.value, headerBytes, hash: hash(headerBytes), signature, body })
}

export const encodeEnvelope = ({ headerBytes, signature, body }: Omit<Envelope, 'header' | 'hash'>): Bytes =>
  concatBytes(headerBytes, signature, body)

/** The same envelope without its body; chain and signature are untouched. */
export const withoutBody = (envelope: Envelope): Envelope => ({ ...envelope, body: new Uint8Array(0) })

/** Where an encoded envelope's body begins. */
export const bodyOffset = ({ headerBytes }: Envelope): number => headerBytes.length + SIGNATURE_BYTES

export const isErased = (envelope: Envelope): boolean => envelope.body.length === 0

/** Throws on a header that no decoder would take: a programmer's error. */
export const encodeHeader = (header: Header): Bytes => {
  const team = hexToBytes(header.team, 16)
  if (!team) throw new TypeError(`"team" expected 32 hex digits, got ${header.team}`)
  if (header.seen.length > MAX_SEEN)
    throw new RangeError(`"seen" expected at most ${MAX_SEEN}, got ${header.seen.length}`)
  const bytes = new Uint8Array(FIXED_BYTES + header.seen.length * SEEN_BYTES)
  const view = new DataView(bytes.buffer)
  let offset = 0
  const put = (part: Uint8Array): void => {
    bytes.set(part, offset)
    offset += part.length
  }
  const putUint64 = (value: number): void => {
    writeUint64(bytes, offset, value)
    offset += 8
  }
  put(Uint8Array.of(VERSION, KINDS.indexOf(header.kind)))
  put(team)
  putUint64(header.feed)
  putUint64(header.seq)
  put(header.prev)
  view.setUint16(offset, Math.floor(header.clock.ms / 2 ** 32))
  view.setUint32(offset + 2, header.clock.ms >>> 0)
  view.setUint16(offset + 6, header.clock.counter)
  offset += 8
  view.setUint32(offset, header.epoch)
  offset += 4
  put(header.keyCommit)
  put(header.nonce)
  put(Uint8Array.of(header.seen.length))
  for (const { feed, seq, hash } of header.seen) {
    putUint64(feed)
    putUint64(seq)
    put(hash)
  }
  put(header.bodyHash)
  const check = readHeader(createByteReader(bytes))
  if (offset !== bytes.length || !check.ok)
    throw new TypeError(`"header" is no header: ${check.ok ? 'a field has the wrong length' : check.fault}`)
  return bytes
}

/** What is signed: the header alone, under a domain of its own. */
export const signedBytes = (headerBytes: Bytes): Bytes => concatBytes(SIGNATURE_DOMAIN, headerBytes)

/** The head of a feed whose last envelope is this one. */
export const headOf = ({ header, hash }: Envelope): FeedHead => ({
  seq: header.seq,
  hash,
  clock: header.clock,
})

export const digest = (bytes: Uint8Array): Bytes => sha256(bytes) as Bytes

const readHeader = (reader: ReturnType<typeof createByteReader>): Decoded<Header, EnvelopeFault> => {
  const version = reader.byte()
  if (reader.failed) return faulty('malformed')
  if (version !== VERSION) return faulty('unknown version')
  const kind = KINDS[reader.byte()]
  if (reader.failed) return faulty('malformed')
  if (!kind) return faulty('unknown kind')
  const team = bytesToHex(reader.take(16))
  const feed = reader.uint64()
  const seq = reader.uint64()
  const prev = reader.take(32)
  const clock = { ms: reader.uint16() * 2 ** 32 + reader.uint32(), counter: reader.uint16() }
  const epoch = reader.uint32()
  const keyCommit = reader.take(32)
  const nonce = reader.take(12)
  const seen: SeenHead[] = []
  const count = reader.byte()
  if (count > MAX_SEEN) return faulty('malformed')
  for (let index = 0; index < count; index++) {
    const head = { feed: reader.uint64(), seq: reader.uint64(), hash: reader.take(32) }
    if (reader.failed || head.seq === 0) return faulty('malformed')
    if (head.feed === feed || head.feed <= (seen.at(-1)?.feed ?? -1)) return faulty('seen out of order')
    seen.push(head)
  }
  const bodyHash = reader.take(32)
  if (reader.failed || feed === 0 || seq === 0) return faulty('malformed')
  return decoded({ kind, team, feed, seq, prev, clock, epoch, keyCommit, nonce, seen, bodyHash })
}
