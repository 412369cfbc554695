/**
 * A statement of SQL that a database console runs, as what it does to a row. Reads the plain ones (one table, one row by an equality); all
 * others say only that the table's rows changed. Knows no dialect beyond quotes.
 */
import type { JsonObject } from '../model/json.ts'
import type { Finding, Outcome } from './finding.ts'

/** The statement among the fields that were sent: by its field's name, and by its first word. */
export const statementIn = (fields: readonly (readonly [string, unknown])[]): string | undefined => {
  for (const [name, value] of fields)
    if (
      /^(?:sql|sql_?query|query|statement|stmt)(?:\[\])?$/i.test(name) &&
      typeof value === 'string' &&
      WRITES.test(value)
    )
      return value
  return undefined
}

/** One statement, or several of a script. */
export const decodeStatement = (text: string, outcome: Outcome): Finding[] =>
  statementsOf(text)
    .slice(0, 100)
    .flatMap((one) => decodeOne(one, outcome))

/** What stands between semicolons; those in quotes are text. */
const statementsOf = (text: string): string[] =>
  text.match(/(?:'(?:[^']|'')*'|"[^"]*"|`[^`]*`|[^;'"`]|['"`])+/g)?.filter((one) => one.trim() !== '') ?? []

const decodeOne = (text: string, outcome: Outcome): Finding[] => {
  const statement = text.trim().replace(/;\s*$/, '')
  const [, verb = '', rest = ''] = WRITES.exec(statement) ?? []
  const table = nameAt(rest)
  if (table === undefined) return []
  switch (verb.toLowerCase().split(/\s+/)[0]) {
    case 'delete':
      return [{ action: 'delete', type: table, extent: 'whole', outcome, ...idIn(rest) }]
    case 'update': {
      const after = assignments(/\bset\b([\s\S]*?)(?:\bwhere\b|$)/i.exec(rest)?.[1] ?? '')
      return [{ action: 'update', type: table, extent: 'partial', outcome, after, ...idIn(rest) }]
    }
    case 'insert':
    case 'replace':
      return [{ action: 'create', type: table, extent: 'whole', outcome, after: inserted(rest) }]
    default:
      return [
        {
          action: /^create/i.test(verb) ? 'create' : /^drop/i.test(verb) ? 'delete' : 'update',
          type: /^\w+\s+(\w+)/.exec(verb)?.[1]?.toLowerCase() ?? 'table',
          id: table,
          extent: 'partial',
          outcome,
          ...(!/^drop/i.test(verb) && { after: { statement } }),
        },
      ]
  }
}

const WRITES =
  /^\s*(delete\s+from|update|insert\s+(?:ignore\s+)?into|replace\s+into|(?:create|drop|alter)\s+(?:table|view|database|index|user)(?:\s+if\s+(?:not\s+)?exists)?)\s+([\s\S]{1,20000})$/i

const NAME = /^\s*((?:[`"[]?[\w$-]+[`"\]]?\s*\.\s*)*[`"[]?[\w$-]+[`"\]]?)/

const nameAt = (text: string): string | undefined =>
  NAME.exec(text)?.[1]
    ?.split('.')
    .at(-1)
    ?.replace(/[`"[\]\s]/g, '')

/** `WHERE plan.id = 3`, and only that. */
const idIn = (rest: string): { id?: string } => {
  const where = /\bwhere\b([\s\S]*)$/i.exec(rest)?.[1]
  const id = where === undefined ? undefined : idOfCondition(where)
  return id === undefined ? {} : { id }
}

/** The value of an equality: `` `plan`.`id` = 3 ``. */
export const idOfCondition = (text: string): string | undefined => {
  const [, quoted, bare] =
    /^\s*\(?\s*[`"[\]\w.$ -]+?\s*=\s*(?:'([^']{1,200})'|([\w-]{1,200}))\s*\)?\s*(?:limit\s+1\s*)?$/i.exec(
      text,
    ) ?? []
  return quoted ?? bare
}

const VALUE = String.raw`'(?:[^']|'')*'|[^,()]+(?:\([^)]*\))?`

const assignments = (text: string): JsonObject =>
  Object.fromEntries(
    [...text.matchAll(new RegExp(String.raw`([\w.\x60"$[\]-]+)\s*=\s*(${VALUE})`, 'g'))].map(
      ([, name = '', value = '']) => [nameAt(name) ?? name, plain(value)],
    ),
  )

const inserted = (rest: string): JsonObject => {
  const [, names = '', values = ''] = /\(([^()]*)\)\s*values\s*\(([\s\S]*?)\)\s*(?:$|,)/i.exec(rest) ?? []
  const keys = names.split(',').map((name) => nameAt(name))
  const list = [...values.matchAll(new RegExp(VALUE, 'g'))].map(([value]) => plain(value))
  return Object.fromEntries(
    keys.flatMap((key, index) =>
      key === undefined || list[index] === undefined ? [] : [[key, list[index] as string]],
    ),
  )
}

const plain = (value: string): string =>
  value
    .trim()
    .replace(/^'([\s\S]*)'$/, '$1')
    .replaceAll("''", "'")
