/**
 * Reads Daybook's own exports back: JSON, JSONL, CSV and evidence bundles, recognised by content. Each entry is checked; one
 * bad entry doesn't hold up the others, but is counted and named by its line. All but JSON stream, so their size doesn't matter.
 * A bundle is verified on the way: of one whose integrity doesn't hold nothing is opened.
 */
import Papa from 'papaparse'
import type { Entry } from '../model/entry.ts'
import { isJsonObject, parseJson } from '../model/json.ts'
import type { BundleReport } from './bundle/verdict.ts'
import { CSV_TITLES, csvRowToEntry } from './csv.ts'
import { checkEntry } from './entry-schema.ts'
import type { ExportFormat, ExportKind } from './format-names.ts'

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
/** A line longer than this is no entry, and must not fill the memory. */
const MAX_LINE_LENGTH = 4 * 2 ** 20

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

/** Ends an import with a sentence for a person; never leaves this file. */
class ImportFault extends Error {}

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
      onProgress?.({ entries, share: 0 })
    },
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

/** By the mark at the start; UTF-8 without one. */
const encodingOf = (bytes: Uint8Array): string => {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8'
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
  return {
    add: async (value, line, share) => {
      lastShare = share
      const checked = checkEntry(value)
      if (checked.ok) {
        found.entries += 1
        batch.push(checked.entry)
      } else {
        found.skipped += 1
        if (found.problems.length < MAX_PROBLEMS) found.problems.push({ line, reason: checked.reason })
      }
      if (batch.length >= BATCH) await flush()
    },
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
  const text = new TextDecoder(encodingOf(new Uint8Array(await file.slice(0, 2).arrayBuffer()))).decode(
    await file.arrayBuffer(),
  )
  const value = parseJson(text)
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
  for await (const { text, share } of linesOf(file, signal)) {
    line += 1
    if (text.trim() !== '') await collector.add(parseJson(text), line, share)
  }
  return undefined
}

const readCsv: Reader = async (file, collector, signal) => {
  let titles: readonly string[] | undefined
  let row = 0
  for await (const { rows, share } of csvRowsOf(file, signal)) {
    for (const cells of rows) {
      row += 1
      if (!titles) {
        titles = cells.map((title) => title.trim())
        const missing = REQUIRED_TITLES.filter((title) => !titles?.includes(title))
        if (missing.length > 0)
          throw new ImportFault(
            `This CSV lacks the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}. Daybook reads CSV files as it writes them.`,
          )
        continue
      }
      const record: Record<string, string | undefined> = Object.fromEntries(
        titles.map((title, index) => [title, cells[index]]),
      )
      await collector.add(csvRowToEntry(record), row, share)
    }
  }
  return undefined
}

const READERS: Readonly<Record<ExportFormat, Reader>> = { json: readJson, jsonl: readJsonl, csv: readCsv }

const REQUIRED_TITLES = CSV_TITLES.filter((title) =>
  [
    'Time',
    'Actor',
    'Resource Type',
    'Resource ID',
    'Action',
    'id',
    'actor.id',
    'app.origin',
    'app.name',
  ].includes(title),
)

/** Decoded text as it comes, with the share of the file that has been read. */
async function* textOf(
  file: Blob,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ text: string; share: number }> {
  const encoding = encodingOf(new Uint8Array(await file.slice(0, 2).arrayBuffer()))
  const decoder = new TextDecoder(encoding, { fatal: true })
  let bytes = 0
  const reader = file.stream().getReader()
  try {
    for (;;) {
      signal?.throwIfAborted()
      const { done, value } = await reader.read()
      bytes += value?.length ?? 0
      yield { text: decode(decoder, value, !done), share: bytes / file.size }
      if (done) return
    }
  } finally {
    await reader.cancel()
  }
}

const decode = (decoder: TextDecoder, bytes: Uint8Array | undefined, stream: boolean): string => {
  try {
    return decoder.decode(bytes, { stream })
  } catch {
    throw new ImportFault(
      'The file is not in UTF-8. If a spreadsheet saved it, save it again as “CSV UTF-8”.',
    )
  }
}

async function* linesOf(
  file: Blob,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ text: string; share: number }> {
  let rest = ''
  for await (const { text, share } of textOf(file, signal)) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield { text: line, share }
    if (rest.length > MAX_LINE_LENGTH) throw new ImportFault('A line is too long to be an entry.')
  }
  if (rest !== '') yield { text: rest, share: 1 }
}

/** Whole rows. Separator and line end are what the header uses: spreadsheets of some countries write `;`. */
async function* csvRowsOf(
  file: Blob,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ rows: string[][]; share: number }> {
  let rest = ''
  let dialect: CsvDialect | undefined
  const parse = (text: string) =>
    Papa.parse<string[]>(text, { ...(dialect ?? dialectOf(text)), skipEmptyLines: true }).data
  for await (const { text, share } of textOf(file, signal)) {
    rest += text
    if (rest.includes('\n')) dialect ??= dialectOf(rest)
    const cut = lastRowEnd(rest)
    if (rest.length - cut > MAX_LINE_LENGTH) throw new ImportFault('A row is too long to be an entry.')
    if (cut === 0) continue
    yield { rows: parse(rest.slice(0, cut)), share }
    rest = rest.slice(cut)
  }
  if (rest.trim() !== '') yield { rows: parse(rest), share: 1 }
}

interface CsvDialect {
  readonly delimiter: string
  readonly newline: '\r\n' | '\n'
}

const dialectOf = (text: string): CsvDialect => {
  const [header = ''] = text.split('\n', 1)
  return {
    delimiter: [',', ';', '\t'].find((mark) => header.split(mark).length > 5) ?? ',',
    newline: header.endsWith('\r') ? '\r\n' : '\n',
  }
}

/** Past the last line end that is not inside quotes. */
const lastRowEnd = (text: string): number => {
  let end = 0
  let isQuoted = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === QUOTE) isQuoted = !isQuoted
    else if (code === LINE_FEED && !isQuoted) end = index + 1
  }
  return end
}

const QUOTE = 34
const LINE_FEED = 10
