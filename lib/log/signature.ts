/**
 * Ed25519 with one meaning of "valid" on every engine. PROTOCOL.md section 1.
 * WebCrypto engines agree on honest signatures and differ at the edges (small-order and mixed-order keys, encodings that
 * are not canonical), and two members must never disagree about an entry. So the edges are refused here, before an
 * engine sees them, and keys are admitted only from the prime-order group.
 */
import { ed25519 } from '@noble/curves/ed25519.js'
import { type Bytes, bytesToHex, concatBytes, hexToBytes } from './bytes.ts'

/** Signs with one key. The key never leaves WebCrypto. */
export interface Signer {
  /** 32 bytes. */
  readonly publicKey: Bytes
  /** 64 bytes. */
  readonly sign: (message: Bytes) => Promise<Bytes>
}

export interface Verifier {
  /** False for any key, signature or message that is not exactly right; never throws. */
  readonly verify: (publicKey: Bytes, message: Bytes, signature: Bytes) => Promise<boolean>
}

export const createSigner = (subtle: SubtleCrypto, privateKey: CryptoKey, publicKey: Bytes): Signer => ({
  publicKey,
  sign: async (message) => new Uint8Array(await subtle.sign('Ed25519', privateKey, message)),
})

/** For keys that must come out the same again, such as an invite's. `seed` is 32 secret bytes. */
export const createSignerFromSeed = async (subtle: SubtleCrypto, seed: Bytes): Promise<Signer> => {
  const privateKey = await subtle.importKey('pkcs8', concatBytes(PKCS8_ED25519, seed), 'Ed25519', false, [
    'sign',
  ])
  return createSigner(subtle, privateKey, ed25519.getPublicKey(seed) as Bytes)
}

/** RFC 8410, section 7: what stands before the 32 bytes of an Ed25519 private key. */
const PKCS8_ED25519 = hexToBytes('302e020100300506032b657004220420', 16) as Bytes

/** Remembers the last `rememberedKeys` keys that it judged, so that a feed's key is imported once. */
export const createVerifier = (subtle: SubtleCrypto, rememberedKeys = 256): Verifier => {
  const keys = new Map<string, Promise<CryptoKey | undefined>>()

  const importKey = (publicKey: Bytes): Promise<CryptoKey | undefined> => {
    const name = bytesToHex(publicKey)
    const known = keys.get(name)
    if (known) return known
    const oldest = keys.keys().next()
    if (keys.size >= rememberedKeys && !oldest.done) keys.delete(oldest.value)
    const key = isSoundPublicKey(publicKey)
      ? subtle.importKey('raw', publicKey.slice(), 'Ed25519', false, ['verify']).catch(() => undefined)
      : Promise.resolve(undefined)
    keys.set(name, key)
    return key
  }

  return {
    verify: async (publicKey, message, signature) => {
      if (!isCanonicalSignature(signature)) return false
      const key = await importKey(publicKey)
      return key !== undefined && (await subtle.verify('Ed25519', key, signature, message).catch(() => false))
    },
  }
}

/** True for the one encoding of a point of prime order. About a millisecond: done once per key, not per signature. */
export const isSoundPublicKey = (publicKey: Uint8Array): boolean => {
  if (publicKey.length !== 32 || !isCanonicalPoint(publicKey)) return false
  try {
    const point = ed25519.Point.fromBytes(publicKey as Bytes, false)
    return !point.isSmallOrder() && point.isTorsionFree()
  } catch {
    return false
  }
}

/** S below the group order, R the one encoding of a point that is not of small order. */
export const isCanonicalSignature = (signature: Uint8Array): boolean => {
  if (signature.length !== 64) return false
  const r = signature.subarray(0, 32)
  return (
    isBelow(signature.subarray(32), GROUP_ORDER) &&
    isCanonicalPoint(r) &&
    !(SMALL_ORDER_BEGINNINGS.has(r[0] as number) && SMALL_ORDER_POINTS.has(bytesToHex(r)))
  )
}

/** y below p, and no negative zero for x. Whether the point is on the curve is left to the engine. */
const isCanonicalPoint = (encoded: Uint8Array): boolean => {
  const y = encoded.slice()
  const last = y[31] as number
  y[31] = last & 0x7f
  if (!isBelow(y, FIELD_PRIME)) return false
  return last < 0x80 || !X_IS_ZERO.has(bytesToHex(y))
}

/** Both are little-endian, of 32 bytes. */
const isBelow = (value: Uint8Array, bound: Uint8Array): boolean => {
  for (let index = 31; index >= 0; index--) {
    const a = value[index] as number
    const b = bound[index] as number
    if (a !== b) return a < b
  }
  return false
}

const littleEndian = (value: bigint): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n))

/** RFC 8032, section 5.1. */
const FIELD_PRIME = littleEndian(2n ** 255n - 19n)
const GROUP_ORDER = littleEndian(2n ** 252n + 27742317777372353535851937790883648493n)
const ONE = bytesToHex(littleEndian(1n))
const MINUS_ONE = bytesToHex(littleEndian(2n ** 255n - 20n))
const X_IS_ZERO: ReadonlySet<string> = new Set([ONE, MINUS_ONE])
/** The eight points of small order in their canonical encodings. */
const SMALL_ORDER_POINTS: ReadonlySet<string> = new Set([
  ONE,
  MINUS_ONE,
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
])
/** Their first bytes: most signatures are told from them by one. */
const SMALL_ORDER_BEGINNINGS: ReadonlySet<number> = new Set(
  Array.from(SMALL_ORDER_POINTS, (point) => Number.parseInt(point.slice(0, 2), 16)),
)
