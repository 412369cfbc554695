/** The three formats: what stands before the entries, how entries are written, what stands after them. */
import type { Entry } from '../model/entry.ts'
import type { EntryFilter } from '../store/query.ts'
import { encodeCsvHeader, encodeCsvRows } from './csv.ts'
import type { ExportFormat } from './format-names.ts'
import { entryToExport } from './shape.ts'

/** What an exported file says of itself. Only JSON has room for it. */
export interface ExportManifest {
  readonly app: 'Daybook'
  readonly version: string
  /** Of the entries' shape. */
  readonly schema: 1
  /** RFC 3339 UTC, as all times in it. */
  readonly generatedAt: string
  readonly generatedBy?: { readonly name: string; readonly email?: string }
  readonly filter: EntryFilter
  readonly order: 'newest first'
  readonly count: number
  /** Times of the oldest and the newest entry in the file; null when it has none. */
  readonly from: string | null
  readonly to: string | null
}

export interface FormatEncoder {
  readonly mimeType: string
  /** As many bytes for any count and times, so that it can be written again in place when they are known. */
  readonly head: (manifest: ExportManifest) => string
  readonly entries: (entries: readonly Entry[], isFirst: boolean) => string
  readonly tail: string
}

export const FORMAT_ENCODERS: Readonly<Record<ExportFormat, FormatEncoder>> = {
  csv: {
    mimeType: 'text/csv;charset=utf-8',
    head: encodeCsvHeader,
    entries: encodeCsvRows,
    tail: '',
  },
  json: {
    mimeType: 'application/json',
    head: (manifest) => {
      const head = (known: ExportManifest) => `{"manifest":${JSON.stringify(known)},`
      const longest = head({
        ...manifest,
        count: Number.MAX_SAFE_INTEGER,
        from: LONGEST_TIME,
        to: LONGEST_TIME,
      })
      return `${head(manifest).padEnd(longest.length)}\n"entries":[`
    },
    entries: (entries, isFirst) =>
      entries
        .map(
          (entry, index) => `${isFirst && index === 0 ? '\n' : ',\n'}${JSON.stringify(entryToExport(entry))}`,
        )
        .join(''),
    tail: '\n]}\n',
  },
  jsonl: {
    mimeType: 'application/x-ndjson',
    head: () => '',
    entries: (entries) => entries.map((entry) => `${JSON.stringify(entryToExport(entry))}\n`).join(''),
    tail: '',
  },
}

const LONGEST_TIME = new Date(0).toISOString()
