/**
 * CSV after RFC 4180: seven columns for people, then everything else. Before, After, changes and redactions are one JSON cell
 * each. A cell that a spreadsheet would take for a formula gets a leading apostrophe; so does one that already begins with
 * apostrophes and such a sign, which makes the guard reversible. Of a text that an entry may lack,
 * absent and empty are both an empty cell.
 */
import Papa from 'papaparse'
import type { Entry } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, parseJson } from '../model/json.ts'

interface Column {
  readonly title: string
  /** Where the cell belongs in the entry. */
  readonly path: readonly string[]
  /** 'name' is a text that every entry has. */
  readonly kind: 'name' | 'text' | 'json' | 'number' | 'flag'
}

const column = (title: string, path = title, kind: Column['kind'] = 'text'): Column => ({
  title,
  path: path.split('.'),
  kind,
})

const COLUMNS: readonly Column[] = [
  column('Time', 'time', 'name'),
  column('Actor', 'actor.name', 'name'),
  column('Resource Type', 'resourceType', 'name'),
  column('Resource ID', 'resourceId', 'name'),
  column('Action', 'action', 'name'),
  column('Before', 'before', 'json'),
  column('After', 'after', 'json'),
  column('id', 'id', 'name'),
  column('actor.id', 'actor.id', 'name'),
  column('actor.email'),
  column('actor.account'),
  column('app.origin', 'app.origin', 'name'),
  column('app.name', 'app.name', 'name'),
  column('resourceName'),
  column('changes', 'changes', 'json'),
  column('evidence.grade', 'evidence.grade', 'name'),
  column('evidence.via', 'evidence.via', 'name'),
  column('evidence.method'),
  column('evidence.url'),
  column('evidence.status', 'evidence.status', 'number'),
  column('evidence.beforeFrom', 'evidence.beforeFrom', 'name'),
  column('redactions', 'redactions', 'json'),
  column('group'),
  column('reason'),
  column('reverts'),
  column('backfilled', 'backfilled', 'flag'),
  column('recordedAt'),
  column('truncated.originalBytes', 'truncated.originalBytes', 'number'),
  // Where the user's corrections gave it other names.
  column('recorded.resourceType'),
  column('recorded.resourceId'),
]

export const CSV_TITLES: readonly string[] = COLUMNS.map(({ title }) => title)

/** Without these a row is no entry. */
export const CSV_NEEDED_TITLES: readonly string[] = COLUMNS.filter(
  ({ title, kind }) => kind === 'name' || title === 'changes' || title === 'redactions',
).map(({ title }) => title)

const GUARDED = /^'*[=+\-@\t\r]/
const NEWLINE = '\r\n'

/** The rows alone, each with its line end. */
export const encodeCsvRows = (entries: readonly Entry[]): string =>
  entries.length === 0 ? '' : toCsv(entries.map((entry) => COLUMNS.map((column) => cellOf(entry, column))))

export const encodeCsvHeader = (): string => toCsv([CSV_TITLES])

export type CsvEntry =
  | { readonly ok: true; readonly entry: JsonObject }
  | { readonly ok: false; readonly reason: string }

/** An entry as far as the row tells; not checked yet. Or which cell should be JSON or a number, and is none. */
export const csvRowToEntry = (row: Readonly<Record<string, string | undefined>>): CsvEntry => {
  const entry: JsonObject = {}
  for (const { title, path, kind } of COLUMNS) {
    const cell = row[title]
    if (cell === undefined || (cell === '' && kind !== 'name')) continue
    const text = GUARDED.test(cell.slice(1)) && cell.startsWith("'") ? cell.slice(1) : cell
    const value = readCell(text, kind)
    if (value === undefined) return { ok: false, reason: `the cell “${title}” was cut or edited` }
    place(entry, path, value)
  }
  return { ok: true, entry }
}

const toCsv = (rows: readonly (readonly string[])[]): string =>
  Papa.unparse(rows as string[][], { newline: NEWLINE, escapeFormulae: GUARDED }) + NEWLINE

const cellOf = (entry: Entry, { path, kind }: Column): string => {
  let value: unknown = entry
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key]
  if (value === undefined) return ''
  return kind === 'json' ? JSON.stringify(value) : String(value)
}

const readCell = (text: string, kind: Column['kind']): Json | undefined => {
  if (kind === 'text' || kind === 'name') return text
  if (kind === 'flag') return text === 'true'
  const value = parseJson(text)
  return kind === 'number' && typeof value !== 'number' ? undefined : value
}

const place = (entry: JsonObject, path: readonly string[], value: Json) => {
  const [key, inner] = path as [string, string?]
  if (inner === undefined) {
    entry[key] = value
    return
  }
  const parent = entry[key]
  entry[key] = { ...(isJsonObject(parent) ? parent : {}), [inner]: value }
}
