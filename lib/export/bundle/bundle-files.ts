/**
 * The files of a bundle as its manifest lists them: there, no others, and each with the size and SHA-256 that were signed.
 * Files of lines are read as they unpack; a hash is compared when all of its file was read.
 */
import { type Bytes, bytesToHex, concatBytes } from '../../log/bytes.ts'
import type { Findings } from './findings.ts'
import {
  type BundleManifest,
  ENTRIES_FILE,
  feedFile,
  MANIFEST_FILE,
  RECEIPTS_FILE,
  ROSTER_FILE,
  SIGNATURE_FILE,
  TYPE_FILE,
} from './format.ts'
import { ZipFault, type ZipFile } from './zip-reader.ts'

export interface Hasher {
  readonly update: (bytes: Uint8Array) => unknown
  readonly digest: () => Uint8Array
}

export interface BundleFilesTask {
  readonly files: ReadonlyMap<string, ZipFile>
  readonly manifest: BundleManifest
  readonly findings: Findings
  readonly createHash: () => Hasher
  readonly signal?: AbortSignal | undefined
}

export interface BundleFiles {
  /** Says which files are missing, and which nobody signed for. */
  readonly checkNames: () => void
  /** Lines without their ends, batch by batch. Ends where the file ends, or where it is no longer what was signed. */
  readonly lines: (name: string) => AsyncGenerator<readonly Uint8Array[]>
  /** Reads what nobody has asked for, so that every hash is compared. */
  readonly readRest: () => Promise<void>
}

const LINE_FEED = 0x0a
const MAX_LINE_BYTES = 2 ** 20

export const openBundleFiles = ({
  files,
  manifest,
  findings: { integrity, completeness },
  createHash,
  signal,
}: BundleFilesTask): BundleFiles => {
  const compared = new Set<string>()

  const checkNames = (): void => {
    const own = new Set([TYPE_FILE, MANIFEST_FILE, SIGNATURE_FILE])
    const isListed = (name: string) => Object.hasOwn(manifest.files, name)
    const needed = [
      ROSTER_FILE,
      ENTRIES_FILE,
      RECEIPTS_FILE,
      ...manifest.feeds.map(({ feed }) => feedFile(feed)),
    ]
    const foreign = [...files.keys(), ...needed].filter(
      (name) => files.has(name) && !own.has(name) && !isListed(name),
    )
    for (const name of new Set(foreign))
      integrity.add({ name: 'foreign file', detail: `“${name}” is not in the signed list of files.` })
    for (const name of new Set([...needed, ...Object.keys(manifest.files)]))
      if (!files.has(name)) completeness.add({ name: 'missing file', detail: `“${name}” is not in the zip.` })
  }

  async function* lines(name: string): AsyncGenerator<readonly Uint8Array[]> {
    const file = files.get(name)
    const stated = manifest.files[name]
    compared.add(name)
    if (!file || !stated) return
    const hash = createHash()
    let rest: Uint8Array = new Uint8Array(0)
    let bytes = 0
    try {
      for await (const chunk of file.read()) {
        signal?.throwIfAborted()
        hash.update(chunk)
        bytes += chunk.length
        const whole = rest.length === 0 ? chunk : concatBytes(rest, chunk)
        const batch: Uint8Array[] = []
        let start = 0
        for (let end = whole.indexOf(LINE_FEED); end !== -1; end = whole.indexOf(LINE_FEED, start)) {
          batch.push(whole.subarray(start, end))
          start = end + 1
        }
        rest = whole.slice(start)
        if (batch.length > 0) yield batch
        if (rest.length > MAX_LINE_BYTES || bytes > stated.bytes) break
      }
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error
      integrity.add({ name: 'damaged zip', detail: error.message })
      return
    }
    if (rest.length > 0)
      integrity.add({ name: 'file changed', detail: `“${name}” ends in the middle of a line.` })
    if (bytes !== stated.bytes || bytesToHex(hash.digest()) !== stated.sha256)
      integrity.add({
        name: 'file changed',
        detail: `“${name}” is not the file whose SHA-256 the manifest was signed with.`,
      })
  }

  return {
    checkNames,
    lines,
    readRest: async () => {
      for (const name of Object.keys(manifest.files)) if (!compared.has(name)) await drain(lines(name))
    },
  }
}

/** Undefined for a file that isn't there, is larger than `limit`, or can't be unpacked. */
export const readWhole = async (file: ZipFile | undefined, limit: number): Promise<Bytes | undefined> => {
  if (!file || file.bytes > limit) return undefined
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of file.read()) chunks.push(chunk)
  } catch (error) {
    if (error instanceof ZipFault) return undefined
    throw error
  }
  return concatBytes(...chunks)
}

/** Lines one by one. `lost`: they don't fit the log any more, so that comparing on would only repeat the fault. */
export interface LineQueue {
  readonly next: () => Promise<Uint8Array | undefined>
  readonly skip: (count: number) => Promise<void>
  readonly lose: () => void
  /** Reads to the end, so that the file's hash is compared. */
  readonly drain: () => Promise<void>
  readonly isLost: boolean
}

export const createLineQueue = (batches: AsyncGenerator<readonly Uint8Array[]>): LineQueue => {
  let batch: readonly Uint8Array[] = []
  let at = 0
  let isLost = false
  const next = async (): Promise<Uint8Array | undefined> => {
    while (at >= batch.length) {
      const more = await batches.next()
      if (more.done) return undefined
      batch = more.value
      at = 0
    }
    return batch[at++]
  }
  return {
    next,
    skip: async (count) => {
      for (let skipped = 0; skipped < count && !isLost; skipped++) if (!(await next())) return
    },
    lose: () => {
      isLost = true
    },
    drain: () => drain(batches),
    get isLost() {
      return isLost
    },
  }
}

const drain = async (batches: AsyncGenerator<unknown>): Promise<void> => {
  for (;;) if ((await batches.next()).done) return
}
