import { ed25519 } from '@noble/curves/ed25519.js'
import { sha512 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { type Bytes, bytesToHex, concatBytes, hexToBytes } from '../../lib/log/bytes.ts'
import { createSignerFromSeed, isCanonicalSignature, isSoundPublicKey } from '../../lib/log/signature.ts'
import { isSoundAgreeKey } from '../../lib/team/apply-operation.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'

const { Point } = ed25519
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const P = 2n ** 255n - 19n
const MESSAGE = new TextEncoder().encode('who changed this?')
/** Of order 8. */
const TORSION = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05')

const littleEndian = (value: bigint): Bytes =>
  Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n))
const toNumber = (bytes: Uint8Array): bigint =>
  bytes.reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
const challenge = (r: Uint8Array, a: Uint8Array): bigint => toNumber(sha512(concatBytes(r, a, MESSAGE))) % L
const encode = (point: typeof TORSION): Bytes => new Uint8Array(point.toBytes())
const pointsOfSmallOrder = Array.from({ length: 8 }, (_, n) =>
  n === 0 ? Point.ZERO : TORSION.multiplyUnsafe(BigInt(n)),
)

/** Signs with a secret scalar, its public point shifted by `shiftA`, its commitment by `shiftR`. */
const forge = (secret: bigint, shiftA = Point.ZERO, shiftR = Point.ZERO, nonce = 12345n) => {
  const a = encode(Point.BASE.multiply(secret).add(shiftA))
  const r = encode((nonce === 0n ? Point.ZERO : Point.BASE.multiply(nonce)).add(shiftR))
  const s = (nonce + challenge(r, a) * secret) % L
  return { key: a, signature: concatBytes(r, littleEndian(s)) }
}

describe('[S1] [S2] one meaning of a valid signature', () => {
  test('the forger makes honest signatures when nothing is shifted', async () => {
    const { key, signature } = forge(777n)
    expect(await verifier.verify(key, MESSAGE, signature)).toBe(true)
    const signer = await createSignerFromSeed(subtle, randomBytes(32))
    expect(await verifier.verify(signer.publicKey, MESSAGE, await signer.sign(MESSAGE))).toBe(true)
    expect(await verifier.verify(signer.publicKey, MESSAGE, signature)).toBe(false)
  })

  test('keys of small order are refused, in every encoding', async () => {
    for (const point of pointsOfSmallOrder) {
      const canonical = encode(point)
      const y = toNumber(canonical) & ((1n << 255n) - 1n)
      const sign = canonical[31] as number & 0x80
      const encodings = [canonical, littleEndian(y + ((canonical[31] as number) >= 0x80 ? 0n : 1n << 255n))]
      if (y < 19n) encodings.push(littleEndian(y + P), littleEndian(y + P + (BigInt(sign) << 248n)))
      for (const key of encodings) {
        expect(isSoundPublicKey(key), bytesToHex(key)).toBe(false)
        // R = [S]B - [k]A with S = 0 satisfies the equation for some messages with any such key.
        for (const r of pointsOfSmallOrder) {
          const signature = concatBytes(encode(r), new Uint8Array(32))
          expect(await verifier.verify(key, MESSAGE, signature)).toBe(false)
        }
      }
    }
  })

  test('keys with a part of small order are refused, although some engines take what they sign', async () => {
    for (let nonce = 1n; nonce < 40n; nonce++) {
      const { key, signature } = forge(777n, TORSION, Point.ZERO, nonce)
      expect(isSoundPublicKey(key)).toBe(false)
      expect(await verifier.verify(key, MESSAGE, signature)).toBe(false)
    }
  })

  test('commitments with a part of small order, or of small order, are refused', async () => {
    for (const shift of pointsOfSmallOrder.slice(1)) {
      const mixed = forge(777n, Point.ZERO, shift)
      expect(await verifier.verify(mixed.key, MESSAGE, mixed.signature)).toBe(false)
      const small = forge(777n, Point.ZERO, shift, 0n)
      expect(isCanonicalSignature(small.signature)).toBe(false)
    }
    // R = identity satisfies even the strict equation: a signer with nonce 0 gives the key away.
    const identity = forge(777n, Point.ZERO, Point.ZERO, 0n)
    expect(await verifier.verify(identity.key, MESSAGE, identity.signature)).toBe(false)
  })

  test('S + L is another signature for the same text and is refused', async () => {
    const { key, signature } = forge(777n)
    const s = toNumber(signature.subarray(32))
    for (const shifted of [s + L, s + 2n * L, L, L - 1n + L]) {
      if (shifted >= 1n << 256n) continue
      const other = concatBytes(signature.subarray(0, 32), littleEndian(shifted))
      expect(isCanonicalSignature(other)).toBe(false)
      expect(await verifier.verify(key, MESSAGE, other)).toBe(false)
    }
    expect(isCanonicalSignature(concatBytes(signature.subarray(0, 32), littleEndian(L - 1n)))).toBe(true)
  })

  test('encodings that are not canonical and points off the curve are refused', () => {
    for (const y of [P, P + 1n, P + 2n, P + 18n, (1n << 255n) - 1n]) {
      expect(isSoundPublicKey(littleEndian(y))).toBe(false)
      expect(isSoundPublicKey(littleEndian(y + (1n << 255n)))).toBe(false)
      expect(isCanonicalSignature(concatBytes(littleEndian(y), littleEndian(1n)))).toBe(false)
    }
    // x = 0 with a sign.
    expect(isSoundPublicKey(littleEndian(1n + (1n << 255n)))).toBe(false)
    expect(isSoundPublicKey(littleEndian(2n))).toBe(false)
    expect(isSoundPublicKey(new Uint8Array(31))).toBe(false)
    expect(isSoundPublicKey(new Uint8Array(33))).toBe(false)
  })

  test('a key that was refused once stays refused', async () => {
    const { key, signature } = forge(777n, TORSION)
    expect(await verifier.verify(key, MESSAGE, signature)).toBe(false)
    expect(await verifier.verify(key, MESSAGE, signature)).toBe(false)
    expect(await verifier.verify(key, MESSAGE, signature.subarray(0, 63))).toBe(false)
  })
})

test('[S4] agreement keys that give everyone the same secret, or have two encodings, are refused', () => {
  const small = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'cdeb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b880',
  ]
  for (const key of small) expect(isSoundAgreeKey(hexToBytes(key, 32) as Bytes), key).toBe(false)
  expect(isSoundAgreeKey(littleEndian(9n))).toBe(true)
  expect(isSoundAgreeKey(littleEndian(9n + P - 9n + 3n))).toBe(false)
  expect(isSoundAgreeKey(new Uint8Array(31))).toBe(false)
})
