/**
 * The query as text: `actor:ana field:timeout before:30 -app:grafana "two words"`. The text is the state: facets, URL and saved
 * views all read and write it. Names are resolved by the facets, so that `actor:ana` means Ana's id.
 */
import type { Action, Grade } from '../model/entry.ts'
import { pointerToKeys } from '../model/json.ts'
import type { Facet, FacetKind } from './facets.ts'
import type { EntryFilter, EntryTests } from './match.ts'
import { beginAll, textToWords } from './words.ts'

export const QUERY_KEYS = [
  'app',
  'actor',
  'type',
  'id',
  'action',
  'field',
  'before',
  'after',
  'from',
  'to',
  'proof',
  'show',
] as const
export type QueryKey = (typeof QUERY_KEYS)[number]

export interface QueryTerm {
  /** Absent for words. */
  readonly key?: QueryKey
  readonly value: string
  readonly isNegated: boolean
}

export type QueryProblem =
  | { readonly kind: 'unknownDate'; readonly value: string }
  | { readonly kind: 'unknownValue'; readonly key: QueryKey; readonly value: string }

export interface QueryContext {
  readonly facets: readonly Facet[]
  readonly nowMs: number
  /** Midnight of the day `date` (a `YYYY-MM-DD`), in the zone of the reader; NaN where it is none. */
  readonly dayToMs: (date: string) => number
}

export const parseQuery = (query: string): QueryTerm[] =>
  [...query.matchAll(/(-?)(?:([a-z]+):)?(?:"([^"]*)"?|(\S+))/gi)].flatMap(
    ([whole, minus, key, quoted, plain]) => {
      const known = QUERY_KEYS.find((name) => name === key?.toLowerCase())
      const value = (quoted ?? plain ?? '').trim()
      if (key !== undefined && !known)
        return [{ value: whole.replaceAll('"', '').replace(/^-/, ''), isNegated: minus === '-' }]
      // A key whose value is still to be typed says nothing yet.
      if (value === '' || (key === undefined && isBareKey(value))) return []
      return [{ ...(known && { key: known }), value, isNegated: minus === '-' }]
    },
  )

const isBareKey = (word: string): boolean => QUERY_KEYS.some((key) => `${key}:` === word.toLowerCase())

export const formatQuery = (terms: readonly QueryTerm[]): string => terms.map(formatTerm).join(' ')

export const formatTerm = ({ key, value, isNegated }: QueryTerm): string => {
  const text = value.replaceAll('"', '')
  const quoted = /\s|^-|:/.test(text) || text === '' ? `"${text}"` : text
  return `${isNegated ? '-' : ''}${key ? `${key}:` : ''}${quoted}`
}

/** All entries of one resource. */
export const resourceToQuery = (resource: {
  readonly app: string
  readonly type: string
  readonly id: string
}): string =>
  formatQuery([
    { key: 'app', value: resource.app.replace(/^https?:\/\//, ''), isNegated: false },
    { key: 'type', value: resource.type, isNegated: false },
    { key: 'id', value: resource.id, isNegated: false },
  ])

/** Adds the term, or takes it away where it is there already. */
export const toggleTerm = (query: string, term: QueryTerm): string => {
  const terms = parseQuery(query)
  const others = terms.filter((other) => formatTerm(other).toLowerCase() !== formatTerm(term).toLowerCase())
  return formatQuery(others.length < terms.length ? others : [...terms, term])
}

/** Puts the term in place of all others of its key, or takes them all away. */
export const replaceTerm = (query: string, key: QueryKey, value: string | undefined): string =>
  formatQuery([
    ...parseQuery(query).filter((term) => term.key !== key),
    ...(value === undefined ? [] : [{ key, value, isNegated: false }]),
  ])

export const queryToFilter = (
  query: string,
  context: QueryContext,
): { readonly filter: EntryFilter; readonly problems: readonly QueryProblem[] } => {
  const problems: QueryProblem[] = []
  const terms = parseQuery(query)
  const wanted = terms.filter((term) => !term.isNegated)
  const values = (key: QueryKey | undefined) =>
    wanted.filter((term) => term.key === key).map(({ value }) => value)
  const resolve = (key: QueryKey, named: readonly string[]) =>
    named.flatMap((value) => {
      const found = valuesNamed(key, value, context.facets)
      if (found.length === 0) problems.push({ kind: 'unknownValue', key, value })
      return found.length === 0 ? [value] : found
    })
  const moment = (key: 'from' | 'to'): string | undefined => {
    const value = values(key).at(-1)
    if (value === undefined) return undefined
    const timeMs = textToMs(value, key, context)
    if (Number.isNaN(timeMs)) problems.push({ kind: 'unknownDate', value })
    return Number.isNaN(timeMs) ? undefined : new Date(timeMs).toISOString()
  }
  const grades = resolve('proof', values('proof')) as Grade[]
  const id = values('id').at(-1)
  const not = terms
    .filter((term) => term.isNegated)
    .map((term) => negatedTests(term, (key) => resolve(key, [term.value])))
  const filter = withoutEmpty({
    app: resolve('app', values('app')),
    actor: resolve('actor', values('actor')),
    resourceType: resolve('type', values('type')),
    resourceId: id,
    action: resolve('action', values('action')) as Action[],
    grade: grades,
    text: values(undefined).join(' '),
    field: values('field').join(' '),
    before: values('before').join(' '),
    after: values('after').join(' '),
    from: moment('from'),
    to: moment('to'),
    not,
    rejected: grades.includes('rejected') || values('show').includes('refused') || undefined,
    own: values('show').includes('own') || undefined,
    muted: values('show').includes('muted') || undefined,
  })
  return { filter, problems }
}

const negatedTests = (
  { key, value }: QueryTerm,
  resolve: (key: QueryKey) => readonly string[],
): EntryTests => {
  switch (key) {
    case 'app':
      return { app: resolve(key) }
    case 'actor':
      return { actor: resolve(key) }
    case 'type':
      return { resourceType: resolve(key) }
    case 'action':
      return { action: resolve(key) as Action[] }
    case 'proof':
      return { grade: resolve(key) as Grade[] }
    case 'id':
      return { resourceId: value }
    case 'field':
      return { field: value }
    case 'before':
      return { before: value }
    case 'after':
      return { after: value }
    case 'from':
    case 'to':
    case 'show':
      return {}
    case undefined:
      return { text: value }
  }
}

const KIND_BY_KEY: Partial<Record<QueryKey, FacetKind>> = { app: 'app', actor: 'actor', type: 'resourceType' }
const ACTIONS: readonly Action[] = ['create', 'update', 'delete']
/** What is hidden unless it is asked for. */
const SHOWN: readonly string[] = ['refused', 'own', 'muted']
const GRADES: readonly Grade[] = ['accepted', 'readBack', 'sent', 'edited', 'rejected']

/** The stored values that a person means by `name`: the one that is written so, else those whose words begin so. */
const valuesNamed = (key: QueryKey, name: string, facets: readonly Facet[]): string[] => {
  const asked = name.toLowerCase()
  if (key === 'action') return ACTIONS.filter((action) => action.startsWith(asked))
  if (key === 'proof') return GRADES.filter((grade) => grade.toLowerCase().startsWith(asked))
  const ofKind = facets.filter(({ kind }) => kind === KIND_BY_KEY[key])
  const exact = ofKind.filter(
    (facet) => facetName(facet).toLowerCase() === asked || facet.value.toLowerCase() === asked,
  )
  if (exact.length > 0) return exact.map(({ value }) => value)
  const words = textToWords(name)
  if (words.size === 0) return []
  return ofKind
    .filter(({ value, label, email }) => beginAll(words, textToWords(`${label} ${email ?? ''} ${value}`)))
    .map(({ value }) => value)
}

/** How a facet's value is written in a query: apps by host, others as they are. */
export const facetName = ({ kind, value, label, email }: Facet): string => {
  if (kind === 'app') return value.replace(/^https?:\/\//, '')
  return kind === 'actor' ? (email ?? label) : value
}

const DAY_MS = 24 * 60 * 60_000

/** `to` a day means to its end. */
const textToMs = (text: string, key: 'from' | 'to', { nowMs, dayToMs }: QueryContext): number => {
  const span = /^(\d{1,4})([hdw])$/.exec(text)
  if (span)
    return nowMs - Number(span[1]) * { h: DAY_MS / 24, d: DAY_MS, w: 7 * DAY_MS }[span[2] as 'h' | 'd' | 'w']
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return dayToMs(text) + (key === 'to' ? DAY_MS : 0)
  return /^\d{4}-\d{2}-\d{2}T/.test(text) ? Date.parse(text) : Number.NaN
}

const withoutEmpty = <Value extends object>(
  value: {
    [Key in keyof Value]: Value[Key] | undefined
  },
): { [Key in keyof Value]?: Exclude<Value[Key], undefined> } =>
  Object.fromEntries(
    Object.entries(value).filter(
      ([, part]) => part !== undefined && part !== '' && !(Array.isArray(part) && part.length === 0),
    ),
  ) as { [Key in keyof Value]?: Exclude<Value[Key], undefined> }

export interface Completion {
  /** What takes the place of the word at the caret. */
  readonly insert: string
  /** What it is. */
  readonly label: string
  readonly key: QueryKey
  readonly count?: number
}

/** Rows that are at hand: their fields, values and ids are offered too, as examples of what the log holds. */
export type CompletionRows = readonly {
  readonly resourceId: string
  readonly first?: {
    readonly label?: string
    readonly pointer: string
    readonly before?: string
    readonly after?: string
  }
}[]

/** What could stand where the caret is; `from` and `to` are the ends of the word that it takes the place of. */
export const completeQuery = (
  query: string,
  caret: number,
  facets: readonly Facet[],
  maxCount = 8,
  rows: CompletionRows = [],
): { readonly from: number; readonly to: number; readonly completions: readonly Completion[] } => {
  const head = query.slice(0, caret)
  const typed = /(?:-?[a-z]+:"[^"]*|\S+)$/i.exec(head)?.[0] ?? ''
  const from = caret - typed.length
  const to = caret + (/^\S*/.exec(query.slice(caret))?.[0].length ?? 0)
  const [, minus = '', key, value = ''] = /^(-?)(?:([a-z]+):)?"?(.*)$/i.exec(typed) ?? []
  const known = QUERY_KEYS.find((name) => name === key?.toLowerCase())
  const asked = value.toLowerCase()
  const ofKey = (name: QueryKey): Completion[] =>
    candidates(name, facets, rows)
      .filter(({ label, insert }) => fits(asked, label, insert))
      .map((candidate) => ({
        ...candidate,
        insert: formatTerm({ key: name, value: candidate.insert, isNegated: minus === '-' }),
        key: name,
      }))
  if (known) return { from, to, completions: ofKey(known).slice(0, maxCount) }
  if (key !== undefined) return { from, to, completions: [] }
  const keys = QUERY_KEYS.filter((name) => name.startsWith(asked)).map(
    (name): Completion => ({ insert: `${minus}${name}:`, label: `${name}:`, key: name }),
  )
  const values = asked === '' ? [] : (['actor', 'app', 'type', 'action'] as const).flatMap(ofKey)
  return {
    from,
    to,
    completions: [...values, ...keys].slice(0, Math.max(maxCount, asked === '' ? keys.length : 0)),
  }
}

const fits = (asked: string, label: string, written: string): boolean =>
  written.toLowerCase().startsWith(asked) || [...textToWords(label)].some((word) => word.startsWith(asked))

const candidates = (
  key: QueryKey,
  facets: readonly Facet[],
  rows: CompletionRows,
): Omit<Completion, 'key'>[] => {
  if (key === 'field')
    return mostFrequent(rows.map(({ first }) => first && (first.label ?? lastKey(first.pointer))))
  if (key === 'id') return mostFrequent(rows.map(({ resourceId }) => resourceId))
  if (key === 'before' || key === 'after')
    return mostFrequent(rows.map(({ first }) => wholeValue(first?.[key])))
  if (key === 'action') return ACTIONS.map((action) => ({ insert: action, label: action }))
  if (key === 'proof') return GRADES.map((grade) => ({ insert: grade, label: grade }))
  if (key === 'show') return SHOWN.map((name) => ({ insert: name, label: name }))
  const kind = KIND_BY_KEY[key]
  return facets
    .filter((facet) => facet.kind === kind)
    .toSorted((a, b) => b.count - a.count)
    .map((facet) => ({ insert: facetName(facet), label: facet.label, count: facet.count }))
}

/** Without counts: the rows at hand are a part of what there is. */
const mostFrequent = (names: readonly (string | undefined)[]): Omit<Completion, 'key'>[] => {
  const counts = new Map<string, number>()
  for (const name of names) if (name) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].toSorted(([, a], [, b]) => b - a).map(([name]) => ({ insert: name, label: name }))
}

const MAX_VALUE = 40

/** A value that a line holds in full, and of which there is something to search for. */
const wholeValue = (value: string | undefined): string | undefined =>
  value !== undefined && value.length <= MAX_VALUE && textToWords(value).size > 0 ? value : undefined

const lastKey = (pointer: string): string =>
  pointerToKeys(pointer).findLast((key) => !/^\d+$/.test(key)) ?? ''
