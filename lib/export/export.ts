/**
 * Writes entries to a sink, batch by batch. Memory holds one batch. It ends whole or not at all: on a fault or a cancel the
 * sink is told to throw away what it has, and the caller gets the reason.
 */
import type { Entry } from '../model/entry.ts'
import type { ExportFormat } from './format-names.ts'
import { type ExportManifest, FORMAT_ENCODERS } from './formats.ts'

/** Takes an export's bytes in order. `restart` overwrites the first bytes with as many others. */
export interface ExportSink {
  readonly write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>
  readonly restart: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>
  /** Only now does the file stand under its name. */
  readonly close: () => Promise<void>
  readonly abort: () => Promise<void>
}

export interface ExportProgress {
  readonly rows: number
  readonly bytes: number
  readonly rowsPerSecond: number
  /** Times of the oldest and the newest entry so far; null when there was none. */
  readonly from: string | null
  readonly to: string | null
}

export interface ExportTask {
  readonly format: ExportFormat
  /** Entries newest first. */
  readonly batches: AsyncIterable<readonly Entry[]>
  readonly sink: ExportSink
  readonly manifest: Omit<ExportManifest, 'count' | 'from' | 'to'>
  /** Milliseconds, from any start. */
  readonly now: () => number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined
}

/** Rejects with the signal's reason when it was cancelled, and with the sink's or the source's error. */
export const exportEntries = async (task: ExportTask): Promise<ExportProgress> => {
  const { batches, sink, manifest, now, signal, onProgress } = task
  const format = FORMAT_ENCODERS[task.format]
  const startedAt = now()
  let result: ExportProgress = { rows: 0, bytes: 0, rowsPerSecond: 0, from: null, to: null }
  const head = () => format.head({ ...manifest, count: result.rows, from: result.from, to: result.to })
  const write = async (text: string) => {
    const bytes = UTF8.encode(text)
    if (bytes.length > 0) await sink.write(bytes)
    result = { ...result, bytes: result.bytes + bytes.length }
  }
  try {
    const provisionalHead = head()
    await write(provisionalHead)
    for await (const batch of batches) {
      signal?.throwIfAborted()
      await write(format.entries(batch, result.rows === 0))
      const rows = result.rows + batch.length
      const rowsPerSecond = Math.round((rows * 1000) / Math.max(now() - startedAt, 1))
      result = { ...result, rows, rowsPerSecond, ...widenWindow(result, batch) }
      onProgress?.(result)
    }
    signal?.throwIfAborted()
    await write(format.tail)
    if (head() !== provisionalHead) await sink.restart(UTF8.encode(head()))
    await sink.close()
    return result
  } catch (error) {
    await sink.abort()
    throw error
  }
}

const UTF8 = new TextEncoder()

const widenWindow = (
  window: { readonly from: string | null; readonly to: string | null },
  batch: readonly Entry[],
): { from: string | null; to: string | null } => {
  let { from, to } = window
  for (const { time } of batch) {
    if (from === null || time < from) from = time
    if (to === null || time > to) to = time
  }
  return { from, to }
}
