/** Computes with Node's own crypto, which is several times as fast as what runs everywhere. The rules are the same code. */
import { createDecipheriv, createHash, hash } from 'node:crypto'
import type { Bytes } from '../../log/bytes.ts'
import { type Decrypt, openWith } from '../../log/seal.ts'
import type { BundleEngine } from './engine.ts'

export const createNodeEngine = (): BundleEngine => ({
  createHash: () => createHash('sha256'),
  digest: (bytes) => toBytes(hash('sha256', bytes, 'buffer')),
  open: (envelope, entryKey) => openWith(decrypt, envelope, entryKey),
})

const TAG_BYTES = 16

const decrypt: Decrypt = (key, nonce, additionalData, body) => {
  const cipher = createDecipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(additionalData)
  cipher.setAuthTag(body.subarray(-TAG_BYTES))
  const text = cipher.update(body.subarray(0, -TAG_BYTES))
  cipher.final()
  return toBytes(text)
}

const toBytes = ({ buffer, byteOffset, length }: Buffer): Bytes =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, length)
