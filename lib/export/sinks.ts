/** Where exports go: into a Blob that is downloaded when whole, or straight into a file that the person chose. */
import type { ExportSink } from './export.ts'

export interface BlobSink extends ExportSink {
  /** Once closed. */
  readonly blob: () => Blob
}

/** Past this size a person is asked where to save. */
export const LARGE_EXPORT_BYTES = 50 * 1000 * 1000

/** Bytes are handed to the browser, which keeps large Blobs on disk, in chunks of this size. */
const CHUNK_BYTES = 4 * 1024 * 1024

export interface BlobSinkOptions {
  readonly mimeType: string
  readonly limitBytes?: number
  /**
   * Asked once, when the limit is passed: a sink that takes over, or undefined to go on here. Rejecting it cancels the export.
   */
  readonly askForFile?: (() => Promise<ExportSink | undefined>) | undefined
}

export const createBlobSink = ({
  mimeType,
  limitBytes = LARGE_EXPORT_BYTES,
  askForFile,
}: BlobSinkOptions): BlobSink => {
  let chunks: Blob[] = []
  let open: Uint8Array<ArrayBuffer>[] = []
  let openBytes = 0
  let totalBytes = 0
  let isAsked = false
  let file: ExportSink | undefined

  const seal = () => {
    if (openBytes > 0) chunks.push(new Blob(open))
    open = []
    openBytes = 0
  }
  const moveTo = async (target: ExportSink) => {
    seal()
    for (const chunk of chunks) await target.write(new Uint8Array(await chunk.arrayBuffer()))
    chunks = []
  }
  return {
    write: async (bytes) => {
      if (file) return file.write(bytes)
      open.push(bytes)
      openBytes += bytes.length
      totalBytes += bytes.length
      if (openBytes >= CHUNK_BYTES) seal()
      if (totalBytes <= limitBytes || isAsked || !askForFile) return
      isAsked = true
      file = await askForFile()
      if (file) await moveTo(file)
    },
    restart: async (bytes) => {
      if (file) return file.restart(bytes)
      seal()
      const rest = new Blob(chunks).slice(bytes.length)
      chunks = [new Blob([bytes]), rest]
    },
    close: async () => (file ? file.close() : seal()),
    abort: async () => {
      chunks = []
      open = []
      await file?.abort()
    },
    blob: () => new Blob(chunks, { type: mimeType }),
  }
}

/**
 * Into a file that a person chose. The browser writes beside it and puts it in place on close; choosing it made it, empty, so
 * where nothing comes of it that goes too.
 */
export const openFileSink = async (handle: FileSystemFileHandle): Promise<ExportSink> => {
  const stream = await handle.createWritable()
  return {
    write: (bytes) => stream.write(bytes),
    restart: (data) => stream.write({ type: 'write', position: 0, data }),
    close: () => stream.close(),
    abort: async () => {
      await stream.abort().catch(() => undefined)
      await removeEmpty(handle).catch(() => undefined)
    },
  }
}

/** Chromium can remove a file by its handle; where a browser can't, an empty one stays. */
const removeEmpty = async (handle: FileSystemFileHandle & { readonly remove?: () => Promise<void> }) => {
  if ((await handle.getFile()).size === 0) await handle.remove?.()
}
