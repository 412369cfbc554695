/** An export from the click to the file: counts, asks, writes, tells, can be cancelled. One at a time per page. */
import { browser } from 'wxt/browser'
import type { ExportProgress, ExportSink } from '../lib/export/export.ts'
import { type ExportReport, exportToDraft } from '../lib/export/export-draft.ts'
import { exportFileName } from '../lib/export/file-name.ts'
import type { ExportFormat } from '../lib/export/format-names.ts'
import { createBlobSink, createFileSink } from '../lib/export/sinks.ts'
import type { ViewMessage } from '../lib/messages/messages.ts'
import { createUuid } from '../lib/model/uuid.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { type EntryFilter, eachEntryBatch, searchRows } from '../lib/store/query.ts'
import { preferences, profile, updatePreferences } from '../lib/store/settings.ts'

export type PageKind = 'popup' | 'panel' | 'review'

export type ExportPhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: ExportProgress }
  | { readonly kind: 'asking'; readonly progress: ExportProgress }
  | { readonly kind: 'done'; readonly rows: number; readonly fileName: string }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly isDiskFull: boolean }

/** How many entries an export would have; not `isWhole` while it is still counting. */
export interface ExportCount {
  readonly rows: number
  readonly isWhole: boolean
  readonly from: string | null
  readonly to: string | null
}

/** A popup dies when it loses focus, so more than this is handed to the review page. */
const MAX_POPUP_ROWS = 5000
const BATCH_ROWS = 500
const NO_PROGRESS: ExportProgress = { rows: 0, bytes: 0, rowsPerSecond: 0, from: null, to: null }

interface Deps {
  readonly db: DaybookDatabase
  readonly filter: () => EntryFilter
  readonly kind: PageKind
  /** The query part of the page's address when it was opened. */
  readonly address: string
}

export class ExportState {
  phase = $state.raw<ExportPhase>({ kind: 'idle' })
  count = $state.raw<ExportCount>({ rows: 0, isWhole: false, from: null, to: null })
  readonly #deps: Deps
  #controller: AbortController | undefined
  #suggestedName = ''
  #savedName: string | undefined
  #answerAsk: ((sink: Promise<ExportSink | undefined>) => void) | undefined

  constructor(deps: Deps) {
    this.#deps = deps
    const handed = deps.kind === 'review' ? handedOver(deps.address) : undefined
    if (handed) void this.run(handed.format, handed.filter)
  }

  get isBusy(): boolean {
    return this.phase.kind === 'running' || this.phase.kind === 'asking'
  }

  readonly runLast = async (): Promise<void> => this.run((await preferences(this.#deps.db)).exportFormat)

  readonly run = async (format: ExportFormat, filter = copyOf(this.#deps.filter())): Promise<void> => {
    if (this.isBusy) return
    const { db, kind } = this.#deps
    const controller = new AbortController()
    this.#controller = controller
    this.phase = { kind: 'running', progress: NO_PROGRESS }
    try {
      await updatePreferences(db, { exportFormat: format })
      if (kind === 'popup' && (await isLargerThan(db, filter, MAX_POPUP_ROWS)))
        return await handOver(format, filter)
      await this.#write(format, filter, controller.signal)
    } catch (error) {
      this.phase = controller.signal.aborted
        ? { kind: 'cancelled' }
        : { kind: 'failed', isDiskFull: error instanceof DOMException && error.name === 'QuotaExceededError' }
    }
  }

  readonly cancel = (): void => {
    this.#controller?.abort()
    this.#answerAsk?.(Promise.reject(new DOMException('cancelled', 'AbortError')))
  }

  readonly dismiss = (): void => {
    if (!this.isBusy) this.phase = { kind: 'idle' }
  }

  /** Has to be called in a click: the browser's dialog needs one. */
  readonly chooseFile = async (): Promise<void> => {
    const suggestedName = this.#suggestedName
    const showSaveFilePicker = savePicker()
    if (!showSaveFilePicker) return
    let handle: FileSystemFileHandle
    try {
      handle = await showSaveFilePicker({ suggestedName })
    } catch {
      // Closed without a choice: the question stays.
      return
    }
    this.#savedName = handle.name
    this.#answerAsk?.(handle.createWritable().then(createFileSink))
  }

  readonly goToDownloads = (): void => this.#answerAsk?.(Promise.resolve(undefined))

  /** Counts what would be exported, as far as the signal lets it. */
  readonly countRows = async (signal: AbortSignal): Promise<void> => {
    const { db, filter } = this.#deps
    let count: ExportCount = { rows: 0, isWhole: false, from: null, to: null }
    this.count = count
    try {
      for await (const { rows } of searchRows(db, copyOf(filter()), { signal })) {
        count = {
          ...count,
          rows: count.rows + rows.length,
          from: rows.at(-1)?.time ?? count.from,
          to: count.to ?? rows[0]?.time ?? null,
        }
        this.count = count
      }
      this.count = { ...count, isWhole: true }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  readonly #write = async (format: ExportFormat, filter: EntryFilter, signal: AbortSignal): Promise<void> => {
    const { db } = this.#deps
    // Loaded when something is exported: the popup opens without it.
    const [{ exportEntries }, { FORMAT_ENCODERS }] = await Promise.all([
      import('../lib/export/export.ts'),
      import('../lib/export/formats.ts'),
    ])
    const { mimeType } = FORMAT_ENCODERS[format]
    const by = await profile(db)
    const oldest = (await db.rows.orderBy('order').last())?.time ?? null
    this.#savedName = undefined
    let newest: string | null = null
    const askForFile = () => {
      this.#suggestedName = exportFileName({ from: filter.from ?? oldest, to: newest }, format)
      if (this.phase.kind === 'running') this.phase = { kind: 'asking', progress: this.phase.progress }
      return new Promise<ExportSink | undefined>((resolve) => {
        this.#answerAsk = resolve
      }).finally(() => {
        this.#answerAsk = undefined
        if (this.phase.kind === 'asking') this.phase = { kind: 'running', progress: this.phase.progress }
      })
    }
    const sink = createBlobSink({ mimeType, ...(savePicker() && { askForFile }) })
    const result = await exportEntries({
      format,
      batches: eachEntryBatch(db, filter, BATCH_ROWS),
      sink,
      manifest: {
        app: 'Daybook',
        version: browser.runtime.getManifest().version,
        schema: 1,
        generatedAt: new Date().toISOString(),
        ...(by && { generatedBy: { name: by.name, ...(by.email && { email: by.email }) } }),
        filter,
        order: 'newest first',
      },
      now: () => performance.now(),
      signal,
      onProgress: (progress) => {
        newest ??= progress.to
        this.phase = { kind: 'running', progress }
      },
    })
    const { rows, bytes, from, to } = result
    const fileName = this.#savedName ?? exportFileName({ from, to }, format)
    if (this.#savedName === undefined) download(sink.blob(), fileName)
    this.phase = { kind: 'done', rows, fileName }
    await tellOfExport({ format, rows, bytes, from, to, fileName, filter })
  }
}

/** A filter that a page holds may be a proxy; stores and messages take plain objects. */
const copyOf = (filter: EntryFilter): EntryFilter => JSON.parse(JSON.stringify(filter))

const isLargerThan = async (db: DaybookDatabase, filter: EntryFilter, limit: number): Promise<boolean> => {
  let seen = 0
  for await (const { rows } of searchRows(db, filter)) {
    seen += rows.length
    if (seen > limit) return true
  }
  return false
}

const handOver = async (format: ExportFormat, filter: EntryFilter): Promise<void> => {
  const address = new URLSearchParams({ export: format, filter: JSON.stringify(filter) })
  await browser.tabs.create({ url: browser.runtime.getURL(`/review.html?${address}`) })
  window.close()
}

const handedOver = (search: string): { format: ExportFormat; filter: EntryFilter } | undefined => {
  const address = new URLSearchParams(search)
  const format = address.get('export')
  if (format !== 'csv' && format !== 'json' && format !== 'jsonl') return undefined
  try {
    return { format, filter: JSON.parse(address.get('filter') ?? '{}') }
  } catch {
    return undefined
  }
}

/** The background writes it; where it was stopped at that moment, it is asked once more. The file is saved either way. */
const tellOfExport = async (report: ExportReport): Promise<void> => {
  const id = createUuid(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
  const draft = exportToDraft(report, { id, time: new Date().toISOString() })
  const message: ViewMessage = { type: 'own-draft', draft }
  const isStored = async () => {
    const answer: unknown = await browser.runtime.sendMessage(message).catch(() => undefined)
    return answer !== undefined && answer !== null
  }
  if (!(await isStored())) await isStored()
}

const download = (blob: Blob, fileName: string): void => {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The browser reads the Blob after the click; a minute is ample.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

type SavePicker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>

/** Chromium has it; Firefox downloads in chunks. */
const savePicker = (): SavePicker | undefined =>
  (window as { showSaveFilePicker?: SavePicker }).showSaveFilePicker?.bind(window)
