/** What a check computes with. This one runs in every page and in Node; `node-engine.ts` is faster there. */
import { sha256 } from '@noble/hashes/sha2.js'
import type { Bytes, Decoded } from '../../log/bytes.ts'
import { digest, type Envelope } from '../../log/envelope.ts'
import { type OpenFault, openWithEntryKey } from '../../log/seal.ts'
import type { Entry } from '../../model/entry.ts'
import type { Hasher } from './bundle-files.ts'

export interface BundleEngine {
  /** SHA-256, piece by piece and at once. */
  readonly createHash: () => Hasher
  readonly digest: (bytes: Uint8Array) => Bytes
  readonly open: (envelope: Envelope, entryKey: Bytes) => Promise<Decoded<Entry, OpenFault>>
}

export const createPortableEngine = (subtle: SubtleCrypto): BundleEngine => ({
  createHash: () => sha256.create(),
  digest,
  open: (envelope, entryKey) => openWithEntryKey(subtle, envelope, entryKey),
})
