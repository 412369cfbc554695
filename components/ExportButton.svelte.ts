/** An export from the click to the file: counts, asks, writes, tells, can be cancelled. One at a time per page. */
import { browser } from 'wxt/browser'
import { type BundleOffer, bundleOffer, type TeamChoice } from '../lib/export/bundle/offer.ts'
import type { ExportProgress, ExportSink } from '../lib/export/export.ts'
import { type ExportReport, exportToDraft } from '../lib/export/export-draft.ts'
import { exportFileName } from '../lib/export/file-name.ts'
import { EXPORT_FORMATS, type ExportFormat, type ExportKind } from '../lib/export/format-names.ts'
import { createBlobSink, openFileSink } from '../lib/export/sinks.ts'
import { isJsonObject, parseJson } from '../lib/model/json.ts'
import { createUuid } from '../lib/model/uuid.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { type EntryFilter, eachEntryBatch, searchRows } from '../lib/store/query.ts'
import { preferences, profile, updatePreferences } from '../lib/store/settings.ts'
import { ask } from './ask.ts'

export type PageKind = 'popup' | 'panel' | 'review'

export type ExportPhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'running'; readonly progress: ExportProgress }
  | { readonly kind: 'asking'; readonly progress: ExportProgress }
  | {
      readonly kind: 'done'
      readonly rows: number
      readonly fileName: string
      /** Of a bundle: entries that match and are in no team's log. */
      readonly leftOut: number
    }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly why: 'disk full' | 'too large' | 'unknown' }

/** How many entries an export would have; not `isWhole` while it is still counting. */
export interface ExportCount {
  readonly rows: number
  readonly isWhole: boolean
  readonly from: string | null
  readonly to: string | null
}

/** What a person chose: a format, or a bundle of a team's log. */
export type ExportChoice = ExportFormat | { readonly bundle: TeamChoice }

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
  /** Whose bundles can be made of what is filtered; undefined until it is known. */
  offer = $state.raw<BundleOffer>()
  readonly #deps: Deps
  #controller: AbortController | undefined
  #suggestedName = ''
  #savedName: string | undefined
  #answerAsk: ((sink: Promise<ExportSink | undefined>) => void) | undefined

  constructor(deps: Deps) {
    this.#deps = deps
    const handed = deps.kind === 'review' ? handedOver(deps.address) : undefined
    if (handed) void this.run(handed.choice, handed.filter)
  }

  get isBusy(): boolean {
    return this.phase.kind === 'running' || this.phase.kind === 'asking'
  }

  readonly runLast = async (): Promise<void> => this.run((await preferences(this.#deps.db)).exportFormat)

  readonly run = async (choice: ExportChoice, filter = copyOf(this.#deps.filter())): Promise<void> => {
    if (this.isBusy) return
    const { db, kind } = this.#deps
    const controller = new AbortController()
    this.#controller = controller
    this.phase = { kind: 'running', progress: NO_PROGRESS }
    try {
      if (typeof choice === 'string') await updatePreferences(db, { exportFormat: choice })
      if (
        kind === 'popup' &&
        (typeof choice !== 'string' || (await isLargerThan(db, filter, MAX_POPUP_ROWS)))
      )
        return await handOver(choice, filter)
      if (typeof choice === 'string') await this.#write(choice, filter, controller.signal)
      else await this.#writeBundle(choice.bundle, filter, controller.signal)
    } catch (error) {
      const name = error instanceof Error || error instanceof DOMException ? error.name : ''
      this.phase = controller.signal.aborted
        ? { kind: 'cancelled' }
        : { kind: 'failed', why: FAILURES[name] ?? 'unknown' }
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
    this.#answerAsk?.(openFileSink(handle))
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

  /** Whose bundles can be made of what is filtered. */
  readonly askOffer = async (): Promise<void> => {
    this.offer = await bundleOffer(this.#deps.db, copyOf(this.#deps.filter()))
  }

  readonly #write = async (format: ExportFormat, filter: EntryFilter, signal: AbortSignal): Promise<void> => {
    const { db } = this.#deps
    // Loaded when something is exported: the popup opens without it.
    const [{ exportEntries }, { FORMAT_ENCODERS }] = await Promise.all([
      import('../lib/export/export.ts'),
      import('../lib/export/formats.ts'),
    ])
    const by = await profile(db)
    const team = (await bundleOffer(db, filter)).whole?.name
    const { sink, onProgress, finish } = await this.#open(
      format,
      FORMAT_ENCODERS[format].mimeType,
      filter,
      team,
    )
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
      onProgress,
    })
    await finish(result, 0)
  }

  readonly #writeBundle = async (
    { team, name }: TeamChoice,
    filter: EntryFilter,
    signal: AbortSignal,
  ): Promise<void> => {
    const { db } = this.#deps
    const { writeBundle } = await import('../lib/export/bundle/write-bundle.ts')
    const { sink, onProgress, finish } = await this.#open('bundle', 'application/zip', filter, name)
    const result = await writeBundle({
      db,
      subtle: crypto.subtle,
      team,
      filter,
      sink,
      appVersion: browser.runtime.getManifest().version,
      nowMs: () => Date.now(),
      signal,
      onProgress,
    })
    await finish(result, result.leftOut)
  }

  /** Where the bytes go, who hears of them, and what is done when they are all there. */
  readonly #open = async (
    kind: ExportKind,
    mimeType: string,
    filter: EntryFilter,
    team: string | undefined,
  ) => {
    const { db } = this.#deps
    const oldest = (await db.rows.orderBy('order').last())?.time ?? null
    this.#savedName = undefined
    let newest: string | null = null
    const askForFile = () => {
      this.#suggestedName = exportFileName({ team, from: filter.from ?? oldest, to: newest }, kind)
      if (this.phase.kind === 'running') this.phase = { kind: 'asking', progress: this.phase.progress }
      return new Promise<ExportSink | undefined>((resolve) => {
        this.#answerAsk = resolve
      }).finally(() => {
        this.#answerAsk = undefined
        if (this.phase.kind === 'asking') this.phase = { kind: 'running', progress: this.phase.progress }
      })
    }
    const sink = createBlobSink({ mimeType, ...(savePicker() && { askForFile }) })
    return {
      sink,
      onProgress: (progress: ExportProgress) => {
        newest ??= progress.to
        this.phase = { kind: 'running', progress }
      },
      finish: async ({ rows, bytes, from, to }: ExportProgress, leftOut: number) => {
        const fileName = this.#savedName ?? exportFileName({ team, from, to }, kind)
        if (this.#savedName === undefined) download(sink.blob(), fileName)
        this.phase = { kind: 'done', rows, fileName, leftOut }
        await tellOfExport({ format: kind, rows, bytes, from, to, fileName, filter })
      },
    }
  }
}

/** By the names of errors. */
const FAILURES: Readonly<Record<string, 'disk full' | 'too large'>> = {
  QuotaExceededError: 'disk full',
  BundleTooLarge: 'too large',
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

const handOver = async (choice: ExportChoice, filter: EntryFilter): Promise<void> => {
  const address = new URLSearchParams({ export: JSON.stringify(choice), filter: JSON.stringify(filter) })
  await browser.tabs.create({ url: browser.runtime.getURL(`/review.html?${address}`) })
  window.close()
}

const handedOver = (search: string): { choice: ExportChoice; filter: EntryFilter } | undefined => {
  const address = new URLSearchParams(search)
  const choice = parseJson(address.get('export') ?? '')
  const filter = parseJson(address.get('filter') ?? '')
  if (!isJsonObject(filter)) return undefined
  if (isJsonObject(choice) && isJsonObject(choice.bundle)) {
    const { team, name } = choice.bundle
    return { choice: { bundle: { team: String(team), name: String(name) } }, filter: filter as EntryFilter }
  }
  const format = EXPORT_FORMATS.find((known) => known === choice)
  return format && { choice: format, filter: filter as EntryFilter }
}

/** The background writes it. The file is saved either way. */
const tellOfExport = async (report: ExportReport): Promise<void> => {
  const id = createUuid(Date.now(), crypto.getRandomValues(new Uint8Array(10)))
  const draft = exportToDraft(report, { id, time: new Date().toISOString() })
  await ask({ type: 'own-draft', draft }).catch(() => undefined)
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
