/** Writes a zip to a sink, one file after the other, and keeps the size and the SHA-256 of each. Memory holds one chunk. */
import { sha256 } from '@noble/hashes/sha2.js'
import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'
import { bytesToHex, textToBytes } from '../../log/bytes.ts'
import type { ExportSink } from '../export.ts'

export interface WrittenFile {
  readonly bytes: number
  readonly sha256: string
}

export interface ZipWriter {
  readonly file: (name: string, texts: Iterable<string> | AsyncIterable<string>) => Promise<WrittenFile>
  /** As it is, without compression. */
  readonly stored: (name: string, text: string) => Promise<void>
  /** How much has been written. */
  readonly bytes: () => number
  /** Rejects where the zip grew past what its format can hold. */
  readonly close: () => Promise<void>
}

/** Hex of hashes packs to little more than a half at any level; the low one is the fast one. */
const LEVEL = 2
/** Small texts are joined before they are packed. */
const CHUNK_LENGTH = 64 * 1024
const MAX_ZIP_BYTES = 2 ** 32 - 2 ** 20

export const createZipWriter = (sink: ExportSink, madeAt: Date): ZipWriter => {
  let ready: Uint8Array[] = []
  let written = 0
  const zip = new Zip((error, chunk) => {
    if (error) throw error
    ready.push(chunk)
  })
  const flush = async (): Promise<void> => {
    const chunks = ready
    ready = []
    for (const chunk of chunks) {
      written += chunk.length
      await sink.write(chunk as Uint8Array<ArrayBuffer>)
    }
    if (written > MAX_ZIP_BYTES) throw new BundleTooLarge()
  }

  return {
    file: async (name, texts) => {
      const hash = sha256.create()
      let bytes = 0
      const packed = new ZipDeflate(name, { level: LEVEL })
      packed.mtime = madeAt
      zip.add(packed)
      let waiting = ''
      const push = async (): Promise<void> => {
        const chunk = textToBytes(waiting)
        waiting = ''
        bytes += chunk.length
        if (bytes > MAX_ZIP_BYTES) throw new BundleTooLarge()
        hash.update(chunk)
        packed.push(chunk)
        await flush()
      }
      for await (const text of texts) {
        waiting += text
        if (waiting.length >= CHUNK_LENGTH) await push()
      }
      await push()
      packed.push(new Uint8Array(0), true)
      await flush()
      return { bytes, sha256: bytesToHex(hash.digest()) }
    },
    stored: async (name, text) => {
      const plain = new ZipPassThrough(name)
      plain.mtime = madeAt
      zip.add(plain)
      plain.push(textToBytes(text), true)
      await flush()
    },
    bytes: () => written,
    close: async () => {
      zip.end()
      await flush()
    },
  }
}

/** A zip without extensions ends at 4 GiB. */
export class BundleTooLarge extends Error {
  override readonly name = 'BundleTooLarge'
}
