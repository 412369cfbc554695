/** Ed25519 and SHA-256 by Node's own crypto, without WebCrypto's detour through another thread. Same meaning of "valid". */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { type Bytes, bytesToBase64url } from '../lib/log/bytes.ts'
import { isCanonicalSignature, isSoundPublicKey, type Signer, type Verifier } from '../lib/log/signature.ts'

/** SHA-256. A copy that is no Buffer, whose `slice` would be a view. */
export const nodeDigest = (bytes: Uint8Array): Bytes => new Uint8Array(hash('sha256', bytes, 'buffer'))

export const createNodeVerifier = (rememberedKeys = 10_000): Verifier => {
  const keys = new Map<string, KeyObject | undefined>()
  const keyOf = (publicKey: Bytes): KeyObject | undefined => {
    const name = String.fromCharCode(...publicKey)
    if (keys.has(name)) return keys.get(name)
    const oldest = keys.keys().next()
    if (keys.size >= rememberedKeys && !oldest.done) keys.delete(oldest.value)
    const key = isSoundPublicKey(publicKey)
      ? createPublicKey({
          key: { kty: 'OKP', crv: 'Ed25519', x: bytesToBase64url(publicKey) },
          format: 'jwk',
        })
      : undefined
    keys.set(name, key)
    return key
  }
  return {
    verify: async (publicKey, message, signature) => {
      const key = isCanonicalSignature(signature) && keyOf(publicKey)
      return key ? verify(null, message, key, signature) : false
    },
  }
}

/** A new key as PKCS #8. */
export const createRelayKey = (): Uint8Array =>
  generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' })

export const createNodeSigner = (pkcs8: Uint8Array): Signer => {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' })
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' })
  return {
    publicKey: new Uint8Array(Buffer.from(x as string, 'base64url')),
    sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
  }
}
