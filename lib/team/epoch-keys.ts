/**
 * A team's keys. One random key per epoch; each device gets it in a lockbox (X25519 → HKDF → AES-GCM), and each epoch
 * carries the key before it, so that who has the newest has them all. PROTOCOL.md section 5.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import {
  type Bytes,
  base64urlToBytes,
  bytesToBase64url,
  bytesToHex,
  bytesToText,
  concatBytes,
  createByteReader,
  hexToBytes,
  textToBytes,
} from '../log/bytes.ts'
import { digest } from '../log/envelope.ts'
import type { DeviceKeys } from './identity.ts'
import type { KeyText, SealedText } from './operation.ts'
import { feedOf, type Roster } from './roster.ts'

export const EPOCH_KEY_BYTES = 32

/** Keys by epoch. */
export type EpochKeys = ReadonlyMap<number, Bytes>

/** What the roster says of a key without giving it away. */
export const keyHashOf = (key: Bytes): string => bytesToHex(digest(concatBytes(KEY_HASH_DOMAIN, key)))

/** `ephemeral key (32) ‖ sealed key (48)`, base64url. */
export const sealLockbox = async (subtle: SubtleCrypto, key: Bytes, recipient: KeyText): Promise<string> => {
  const ephemeral = (await subtle.generateKey('X25519', false, ['deriveBits'])) as CryptoKeyPair
  const ephemeralPublic = new Uint8Array(await subtle.exportKey('raw', ephemeral.publicKey))
  const recipientPublic = hexToBytes(recipient, 32) as Bytes
  const shared = await agree(subtle, ephemeral.privateKey, recipientPublic)
  const boxKey = lockboxKey(shared, ephemeralPublic, recipientPublic, keyHashOf(key))
  return bytesToBase64url(concatBytes(ephemeralPublic, await sealOnce(subtle, boxKey, key)))
}

/** The key whose hash is `keyHash`, or undefined where the box holds anything else. */
export const openLockbox = async (
  subtle: SubtleCrypto,
  box: string,
  keys: DeviceKeys,
  keyHash: string,
): Promise<Bytes | undefined> => {
  const reader = createByteReader(base64urlToBytes(box) ?? new Uint8Array(0))
  const ephemeralPublic = reader.take(32)
  const sealed = reader.rest()
  if (reader.failed) return undefined
  try {
    const shared = await agree(subtle, keys.agree, ephemeralPublic)
    const own = hexToBytes(keys.agreePublic, 32) as Bytes
    return await openKey(subtle, lockboxKey(shared, ephemeralPublic, own, keyHash), sealed, keyHash)
  } catch {
    return undefined
  }
}

/** The key of the epoch before, for those who have `key`. */
export const sealPrevious = async (subtle: SubtleCrypto, previous: Bytes, key: Bytes): Promise<string> =>
  bytesToBase64url(await sealOnce(subtle, derive(key, PREVIOUS_DOMAIN), previous))

/** Every epoch key that this device can open, newest first to oldest. */
export const openEpochKeys = async (
  subtle: SubtleCrypto,
  roster: Roster,
  keys: DeviceKeys,
): Promise<EpochKeys> => {
  const feed = feedOf(roster.team, keys.signPublic)
  const opened = new Map<number, Bytes>()
  for (const { epoch, keyHash, boxes } of [...roster.epochs].reverse()) {
    const after = roster.epochs[epoch]
    const afterKey = opened.get(epoch + 1)
    const sealed = after?.previous === undefined ? undefined : base64urlToBytes(after.previous)
    const box = boxes.get(feed)
    const key =
      (afterKey && sealed && (await openKey(subtle, derive(afterKey, PREVIOUS_DOMAIN), sealed, keyHash))) ??
      (box === undefined ? undefined : await openLockbox(subtle, box, keys, keyHash))
    if (key) opened.set(epoch, key)
  }
  return opened
}

/** Names are padded to 32 bytes, so that their length says little. */
export const sealText = async (
  subtle: SubtleCrypto,
  text: string,
  key: Bytes,
  random: Bytes,
): Promise<string> => {
  const bytes = textToBytes(text)
  if (bytes.length > MAX_TEXT_BYTES)
    throw new RangeError(`"text" expected at most ${MAX_TEXT_BYTES} bytes, got ${bytes.length}`)
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / 32) * 32)
  padded.set(bytes)
  padded[bytes.length] = PADDING_START
  const aes = await subtle.importKey('raw', derive(key, NAME_DOMAIN), 'AES-GCM', false, ['encrypt'])
  const nonce = random.subarray(0, 12)
  return bytesToBase64url(
    concatBytes(nonce, new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv: nonce }, aes, padded))),
  )
}

export const openText = async (
  subtle: SubtleCrypto,
  box: string,
  key: Bytes,
): Promise<string | undefined> => {
  const reader = createByteReader(base64urlToBytes(box) ?? new Uint8Array(0))
  const iv = reader.take(12)
  const sealed = reader.rest()
  if (reader.failed) return undefined
  try {
    const aes = await subtle.importKey('raw', derive(key, NAME_DOMAIN), 'AES-GCM', false, ['decrypt'])
    const padded = new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, aes, sealed))
    return bytesToText(padded.subarray(0, padded.lastIndexOf(PADDING_START)))
  } catch {
    return undefined
  }
}

/** A name out of the roster, or undefined where this device has no key for it yet. */
export const openName = async (
  subtle: SubtleCrypto,
  name: SealedText,
  roster: Roster,
  keys: EpochKeys,
): Promise<string | undefined> => {
  if ('epoch' in name) {
    const key = keys.get(name.epoch)
    return key && openText(subtle, name.box, key)
  }
  const nameKey = roster.invites.get(name.invite)?.nameKey
  const hex = nameKey && 'epoch' in nameKey ? await openName(subtle, nameKey, roster, keys) : undefined
  const key = hex === undefined ? undefined : hexToBytes(hex, EPOCH_KEY_BYTES)
  return key && openText(subtle, name.box, key)
}

const MAX_TEXT_BYTES = 512
const PADDING_START = 0x80
const KEY_HASH_DOMAIN = textToBytes('daybook/epoch-key/v1\n')
const LOCKBOX_DOMAIN = 'daybook/lockbox/v1\n'
const PREVIOUS_DOMAIN = 'daybook/previous-key/v1\n'
const NAME_DOMAIN = 'daybook/name/v1\n'

const derive = (key: Bytes, domain: string): Bytes =>
  hkdf(sha256, key, undefined, textToBytes(domain), EPOCH_KEY_BYTES) as Bytes

const lockboxKey = (shared: Bytes, ephemeral: Bytes, recipient: Bytes, keyHash: string): Bytes => {
  const salt = concatBytes(ephemeral, recipient)
  return hkdf(sha256, shared, salt, textToBytes(LOCKBOX_DOMAIN + keyHash), EPOCH_KEY_BYTES) as Bytes
}

const agree = async (subtle: SubtleCrypto, privateKey: CryptoKey, publicKey: Bytes): Promise<Bytes> => {
  const key = await subtle.importKey('raw', publicKey.slice(), 'X25519', false, [])
  return new Uint8Array(await subtle.deriveBits({ name: 'X25519', public: key }, privateKey, 256))
}

/** A zero nonce: both callers derive a key that seals one thing only. */
const sealOnce = async (subtle: SubtleCrypto, key: Bytes, plain: Bytes): Promise<Bytes> => {
  const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt'])
  return new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, aes, plain))
}

const openKey = async (
  subtle: SubtleCrypto,
  key: Bytes,
  sealed: Bytes,
  keyHash: string,
): Promise<Bytes | undefined> => {
  try {
    const aes = await subtle.importKey('raw', key, 'AES-GCM', false, ['decrypt'])
    const opened = new Uint8Array(
      await subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, aes, sealed),
    )
    return keyHashOf(opened) === keyHash ? opened : undefined
  } catch {
    return undefined
  }
}
