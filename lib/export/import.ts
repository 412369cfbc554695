/**
 * Reads Daybook's own exports back: JSON, JSONL, CSV and evidence bundles, recognised by content. Each entry is checked; one
 * bad entry doesn't hold up the others, but is counted and named by its line. All but JSON stream, so their size doesn't matter.
 * A bundle is verified on the way: of one whose integrity doesn't hold nothing is opened.
 */
import type { Entry } from '../model/entry.ts'
import { isJsonObject, parseJson } from '../model/json.ts'
import type { BundleReport } from './bundle/verdict.ts'
import { CSV_NEEDED_TITLES, csvRowToEntry } from './csv.ts'
import { checkEntry } from './entry-schema.ts'
import type { ExportFormat, ExportKind } from './format-names.ts'
import { csvRowsOf, encodingOf, ImportFault, linesOf, wholeText } from './import-text.ts'

export interface ImportProblem {
  /** Counted from 1: a line of JSONL, a row of CSV, an entry of JSON. */
  readonly line: number
  readonly reason: string
}

export interface ImportSummary {
  readonly format: ExportKind
  readonly entries: number
  /** Entries that could not be read; `problems` names the first of them. */
  readonly skipped: number
  readonly problems: readonly ImportProblem[]
  /** What is wrong with the file as a whole: it holds fewer entries than it says. */
  readonly warning?: string
  /** Of a bundle. */
  readonly report?: BundleReport
}

export type ImportOutcome =
  | { readonly ok: true; readonly summary: ImportSummary }
  /** `reason` is a sentence for a person. */
  | { readonly ok: false; readonly reason: string; readonly report?: BundleReport }

export interface ImportTask {
  /** Awaited before more is read. */
  readonly onEntries: (entries: readonly Entry[]) => Promise<void>
  readonly onProgress?: ((part: { readonly entries: number; readonly share: number }) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const BATCH = 500
const MAX_PROBLEMS = 20
/** JSON is parsed as one text, which browsers limit. */
const MAX_JSON_BYTES = 256 * 2 ** 20

/** Rejects when the signal aborts, and when `onEntries` does. */
export const importFile = async (file: Blob, task: ImportTask): Promise<ImportOutcome> => {
  try {
    const start = await startOf(file)
    if (start === ZIP_MARK) return await importBundle(file, task)
    const collector = createCollector(task)
    const format = recogniseFormat(start)
    if (format === undefined) return { ok: false, reason: refusalOf(start) }
    const warning = await READERS[format](file, collector, task.signal)
    await collector.flush()
    const { entries, skipped, problems } = collector
    if (entries + skipped > 0 && entries === 0)
      return {
        ok: false,
        reason: `No entry could be read. The first fault, in line ${problems[0]?.line}: ${problems[0]?.reason}.`,
      }
    return {
      ok: true,
      summary: {
        format,
        entries,
        skipped,
        problems: [...problems],
        ...(warning !== undefined && { warning }),
      },
    }
  } catch (error) {
    if (error instanceof ImportFault) return { ok: false, reason: error.message }
    throw error
  }
}

/** The first two bytes of every zip. */
const ZIP_MARK = 'PK'

const importBundle = async (
  file: Blob,
  { onEntries, onProgress, signal }: ImportTask,
): Promise<ImportOutcome> => {
  const { verifyBundle } = await import('./bundle/verify-bundle.ts')
  let entries = 0
  const outcome = await verifyBundle(file, {
    subtle: crypto.subtle,
    signal,
    onEntries: async (some) => {
      await onEntries(some)
      entries += some.length
    },
    onProgress: (checked, of) => onProgress?.({ entries: checked, share: of > 0 ? checked / of : 0 }),
  })
  if (outcome.kind === 'no bundle') return { ok: false, reason: outcome.reason }
  const { report } = outcome
  if (!report.integrity.holds)
    return { ok: false, reason: 'The bundle was changed or damaged, so nothing of it is shown.', report }
  return { ok: true, summary: { format: 'bundle', entries, skipped: 0, problems: [], report } }
}

const startOf = async (file: Blob): Promise<string> => {
  const bytes = new Uint8Array(await file.slice(0, 4096).arrayBuffer())
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return ZIP_MARK
  return new TextDecoder(encodingOf(bytes)).decode(bytes)
}

const recogniseFormat = (start: string): ExportFormat | undefined => {
  const text = start.trimStart()
  if (/^\{\s*"(manifest|entries)"\s*:/.test(text)) return 'json'
  if (text.startsWith('{')) return 'jsonl'
  const [header = ''] = text.split(/[\r\n]/, 1)
  return header.includes('Time') && header.includes('Resource Type') ? 'csv' : undefined
}

const refusalOf = (start: string): string => {
  if (start.trim() === '') return 'The file is empty.'
  return 'This is no Daybook export. Daybook reads the JSON, JSONL and CSV files and the bundles that “Export Logs” writes.'
}

interface Collector {
  readonly add: (value: unknown, line: number, share: number) => Promise<void>
  /** Counts what is no entry, and names the first of it. */
  readonly refuse: (line: number, reason: string) => void
  readonly flush: () => Promise<void>
  readonly entries: number
  readonly skipped: number
  readonly problems: readonly ImportProblem[]
}

const createCollector = ({ onEntries, onProgress, signal }: ImportTask): Collector => {
  let batch: Entry[] = []
  let lastShare = 0
  const found = { entries: 0, skipped: 0, problems: [] as ImportProblem[] }
  const flush = async () => {
    signal?.throwIfAborted()
    if (batch.length > 0) await onEntries(batch)
    batch = []
    onProgress?.({ entries: found.entries, share: lastShare })
  }
  const refuse = (line: number, reason: string): void => {
    found.skipped += 1
    if (found.problems.length < MAX_PROBLEMS) found.problems.push({ line, reason })
  }
  return {
    add: async (value, line, share) => {
      lastShare = share
      const checked = checkEntry(value)
      if (checked.ok) {
        found.entries += 1
        batch.push(checked.entry)
      } else refuse(line, checked.reason)
      if (batch.length >= BATCH) await flush()
    },
    refuse,
    flush,
    get entries() {
      return found.entries
    },
    get skipped() {
      return found.skipped
    },
    get problems() {
      return found.problems
    },
  }
}

type Reader = (
  file: Blob,
  collector: Collector,
  signal: AbortSignal | undefined,
) => Promise<string | undefined>

const readJson: Reader = async (file, collector) => {
  if (file.size > MAX_JSON_BYTES)
    throw new ImportFault(
      'This JSON file is too large to be read at once. Export it as JSONL, which has no limit.',
    )
  const value = parseJson(await wholeText(file))
  if (!isJsonObject(value) || !Array.isArray(value.entries))
    throw new ImportFault('The file is cut or was edited: it is not valid JSON with a list of entries.')
  const { manifest, entries } = value
  for (const [index, entry] of entries.entries())
    await collector.add(entry, index + 1, index / entries.length)
  const stated = isJsonObject(manifest) ? manifest.count : undefined
  return typeof stated === 'number' && stated !== entries.length
    ? `The manifest says ${stated} entries, but the file has ${entries.length}: entries were added or taken out after the export.`
    : undefined
}

const readJsonl: Reader = async (file, collector, signal) => {
  let line = 0
  for await (const { value: text, share } of linesOf(file, signal)) {
    line += 1
    if (text.trim() !== '') await collector.add(parseJson(text), line, share)
  }
  return undefined
}

const readCsv: Reader = async (file, collector, signal) => {
  let titles: readonly string[] | undefined
  let row = 0
  for await (const { value: rows, share } of csvRowsOf(file, signal)) {
    for (const cells of rows) {
      row += 1
      if (!titles) {
        titles = cells.map((title) => title.trim())
        const missing = CSV_NEEDED_TITLES.filter((title) => !titles?.includes(title))
        if (missing.length > 0)
          throw new ImportFault(
            `This CSV lacks the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}. Daybook reads CSV files as it writes them.`,
          )
        continue
      }
      const record: Record<string, string | undefined> = Object.fromEntries(
        titles.map((title, index) => [title, cells[index]]),
      )
      const read = csvRowToEntry(record)
      if (read.ok) await collector.add(read.entry, row, share)
      else collector.refuse(row, read.reason)
    }
  }
  return undefined
}

const READERS: Readonly<Record<ExportFormat, Reader>> = { json: readJson, jsonl: readJsonl, csv: readCsv }
