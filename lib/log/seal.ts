/**
 * Seals an entry into an envelope's body and opens it again. PROTOCOL.md section 2.
 * Every entry has a key of its own, derived from the team's epoch key; it can be disclosed alone. The header commits to
 * that key, because AES-GCM by itself lets an author make one ciphertext open to two texts.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { type Entry, MAX_ENTRY_BYTES } from '../model/entry.ts'
import { parseJson } from '../model/json.ts'
import {
  type Bytes,
  bytesEqual,
  bytesToText,
  concatBytes,
  createByteReader,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
  uint64,
} from './bytes.ts'
import { entryFromJson } from './entry-schema.ts'
import { digest, type Envelope, encodeHeader, type Header, isErased, signedBytes } from './envelope.ts'
import type { Signer } from './signature.ts'

export const KEY_BYTES = 32
export const NONCE_BYTES = 12
const TAG_BYTES = 16
/** A draft's limit and room for what the background adds: actor, app, times. */
export const MAX_TEXT_BYTES = MAX_ENTRY_BYTES + 4096

/** A header as its author starts it: what sealing adds is left out. */
export type OpenHeader = Omit<Header, 'kind' | 'keyCommit' | 'bodyHash'>

/** Throws for an entry that readers would refuse (above `MAX_TEXT_BYTES`, not of its type): it should not have been stored. */
export const sealEntry = async (
  subtle: SubtleCrypto,
  entry: Entry,
  header: OpenHeader,
  epochKey: Bytes,
  signer: Signer,
): Promise<Envelope> => {
  const text = textToBytes(JSON.stringify(entry))
  if (text.length > MAX_TEXT_BYTES) {
    throw new RangeError(`"entry" expected at most ${MAX_TEXT_BYTES} bytes, got ${text.length}`)
  }
  if (!entryFromJson(JSON.parse(JSON.stringify(entry))))
    throw new TypeError(`"entry" is no entry: ${entry.id}`)
  const { contentKey, keyCommit } = keysOfEntry(entryKeyOf(epochKey, header))
  const open: Header = { ...header, kind: 'entry', keyCommit, bodyHash: new Uint8Array(32) }
  const key = await subtle.importKey('raw', contentKey, 'AES-GCM', false, ['encrypt'])
  const params = { name: 'AES-GCM', iv: header.nonce, additionalData: additionalData(encodeHeader(open)) }
  const body = new Uint8Array(await subtle.encrypt(params, key, pad(text)))
  return signEnvelope({ ...open, bodyHash: digest(body) }, body, signer)
}

/** Hashes and signs a header whose body is ready. */
export const signEnvelope = async (header: Header, body: Bytes, signer: Signer): Promise<Envelope> => {
  const headerBytes = encodeHeader(header)
  const signature = await signer.sign(signedBytes(headerBytes))
  return { header, headerBytes, hash: digest(headerBytes), signature, body }
}

export type OpenFault =
  | 'erased'
  | 'no entry'
  | 'key does not fit'
  | 'cannot be opened'
  | 'no valid entry inside'

/** Opens with the key of the envelope's epoch. */
export const openEntry = (
  subtle: SubtleCrypto,
  envelope: Envelope,
  epochKey: Bytes,
): Promise<Decoded<Entry, OpenFault>> =>
  openWithEntryKey(subtle, envelope, entryKeyOf(epochKey, envelope.header))

/** Opens with the entry's own key, as an auditor does to whom it was disclosed. */
export const openWithEntryKey = (
  subtle: SubtleCrypto,
  envelope: Envelope,
  entryKey: Bytes,
): Promise<Decoded<Entry, OpenFault>> => openWith(webDecrypt(subtle), envelope, entryKey)

/** AES-256-GCM; the tag is the end of `body`. Throws, or rejects, where it doesn't fit. */
export type Decrypt = (key: Bytes, nonce: Bytes, additionalData: Bytes, body: Bytes) => Bytes | Promise<Bytes>

const webDecrypt =
  (subtle: SubtleCrypto): Decrypt =>
  async (contentKey, iv, additionalData, body) => {
    const key = await subtle.importKey('raw', contentKey, 'AES-GCM', false, ['decrypt'])
    return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData }, key, body))
  }

/** Opens by another AES than WebCrypto's, which is slow for many small bodies. */
export const openWith = async (
  decrypt: Decrypt,
  envelope: Envelope,
  entryKey: Bytes,
): Promise<Decoded<Entry, OpenFault>> => {
  const { header, headerBytes, body } = envelope
  if (header.kind !== 'entry') return faulty('no entry')
  if (isErased(envelope)) return faulty('erased')
  const { contentKey, keyCommit } = keysOfEntry(entryKey)
  if (!bytesEqual(keyCommit, header.keyCommit)) return faulty('key does not fit')
  let padded: Bytes
  try {
    padded = await decrypt(contentKey, header.nonce, additionalData(headerBytes), body)
  } catch {
    return faulty('cannot be opened')
  }
  const text = unpad(padded)
  const json = text && text.length <= MAX_TEXT_BYTES ? bytesToText(text) : undefined
  const entry = json === undefined ? undefined : entryFromJson(parseJson(json))
  return entry ? decoded(entry) : faulty('no valid entry inside')
}

/** HKDF-SHA256(epoch key, salt = team ‖ feed, info = domain ‖ seq ‖ nonce). */
export const entryKeyOf = (
  epochKey: Bytes,
  { team, feed, seq, nonce }: Pick<Header, 'team' | 'feed' | 'seq' | 'nonce'>,
): Bytes => {
  const salt = concatBytes(hexToBytes(team, 16) ?? new Uint8Array(16), uint64(feed))
  return hkdf(sha256, epochKey, salt, concatBytes(ENTRY_KEY_DOMAIN, uint64(seq), nonce), KEY_BYTES) as Bytes
}

const ENTRY_KEY_DOMAIN = textToBytes('daybook/entry-key/v1\n')
const CONTENT_DOMAIN = textToBytes('daybook/content/v1\n')
const BODY_DOMAIN = textToBytes('daybook/body/v1\n')

const keysOfEntry = (entryKey: Bytes): { readonly contentKey: Bytes; readonly keyCommit: Bytes } => {
  const both = hkdf(sha256, entryKey, undefined, CONTENT_DOMAIN, 2 * KEY_BYTES) as Bytes
  return { contentKey: both.slice(0, KEY_BYTES), keyCommit: both.slice(KEY_BYTES) }
}

/** The header without the hash of the body, which is not known before the body is sealed. */
const additionalData = (headerBytes: Bytes): Bytes =>
  concatBytes(BODY_DOMAIN, headerBytes.subarray(0, headerBytes.length - 32))

/** `length (4 bytes) ‖ text ‖ zeros`, to a Padmé length: at most 12 % more, and sizes tell O(log log n) bits. */
const pad = (text: Bytes): Bytes => {
  const padded = new Uint8Array(padmeLength(text.length + 4))
  new DataView(padded.buffer).setUint32(0, text.length)
  padded.set(text, 4)
  return padded
}

const unpad = (padded: Bytes): Bytes | undefined => {
  const reader = createByteReader(padded)
  const text = reader.take(reader.uint32())
  const zeros = reader.rest()
  return reader.failed || zeros.some((byte) => byte !== 0) ? undefined : text
}

/** Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", section 4. */
const padmeLength = (length: number): number => {
  const exponent = Math.floor(Math.log2(length))
  const sizeBits = Math.floor(Math.log2(exponent)) + 1
  const mask = 2 ** (exponent - sizeBits) - 1
  return Math.ceil(length / (mask + 1)) * (mask + 1)
}

/** The largest body that `sealEntry` makes. */
export const MAX_BODY_BYTES = padmeLength(MAX_TEXT_BYTES + 4) + TAG_BYTES
