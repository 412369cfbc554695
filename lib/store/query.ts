/**
 * Answers a filter newest first, page by page, and can be stopped at any moment. It never counts and never skips:
 * each read starts at a key. It reads the shortest index that a test of the filter allows; of two long ones it reads the
 * keys alone and intersects them. `match.ts` has the last word on each row.
 */
import type { ShownEntry } from '../model/rules.ts'
import type { DaybookDatabase } from './database.ts'
import { entriesByIds } from './entries.ts'
import { facets } from './facets.ts'
import { type EntryFilter, matchesEntry, matchesRow, namesActor, namesApp, requiredWords } from './match.ts'
import { type EntryRow, MORE_TERMS, orderOfTime, orderToTime } from './row.ts'
import { intersectKeys, isLarger, isSmaller, type KeyStream, unionKeys } from './streams.ts'
import { textToWords } from './words.ts'

export type { EntryFilter, EntryTests } from './match.ts'

/** Where a page ended; give it back to get the next. */
export type Cursor = string

export interface RowPage {
  /** Newest first. */
  readonly rows: EntryRow[]
  /** Absent at the end; for a page of newer entries, at the top. */
  readonly next?: Cursor
}

export interface PageOptions {
  readonly limit: number
  readonly after?: Cursor | undefined
  /** Instead of `after`: the entries next above it, which are newer. */
  readonly before?: Cursor | undefined
  readonly signal?: AbortSignal | undefined
  /** Told, while a long search goes on, what it has found and the time it has come back to (RFC 3339). */
  readonly onStep?: (step: { rows: EntryRow[]; searchedTo: string }) => void
}

/** One page, either way. Rejects with the signal's reason when it is aborted. */
export const queryRows = async (
  db: DaybookDatabase,
  filter: EntryFilter,
  { limit, after, before, signal, onStep }: PageOptions,
): Promise<RowPage> => {
  const rows: EntryRow[] = []
  for await (const step of searchRows(db, filter, { after, before, signal, firstBatch: limit + 1 })) {
    rows.push(...step.rows)
    if (rows.length > limit) break
    onStep?.({ rows: rows.slice(), searchedTo: orderToTime(step.searchedTo) })
  }
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  if (before !== undefined) page.reverse()
  return { rows: page, ...(rows.length > limit && last && { next: last.order }) }
}

export interface SearchStep {
  readonly rows: EntryRow[]
  /** All entries down to this order have been looked at. */
  readonly searchedTo: Cursor
}

/** All rows of a filter as they are found, newest first, or upwards from `before`; steps without rows tell how far the search is. */
export async function* searchRows(
  db: DaybookDatabase,
  filter: EntryFilter,
  {
    after,
    before,
    signal,
    firstBatch = FIRST_BATCH,
  }: Pick<PageOptions, 'after' | 'before' | 'signal'> & { firstBatch?: number } = {},
): AsyncGenerator<SearchStep> {
  const range = rangeOf(filter, { after, before })
  for await (const batch of candidates(db, filter, range, firstBatch)) {
    signal?.throwIfAborted()
    const searchedTo = batch.at(-1)?.order
    if (searchedTo !== undefined) yield { rows: await passing(db, batch, filter), searchedTo }
    signal?.throwIfAborted()
  }
}

/** For live queries, before they call one of the above: what generators read is not seen by them, so they would not ask again. */
export const watchResourceId = (db: DaybookDatabase, id: string): Promise<unknown> =>
  db.rows.where('[resourceId+order]').between([id, ''], [id, LAST]).limit(1).primaryKeys()

/** Those of `rows` that pass the filter, its dates included: for rows that come from elsewhere than a query. */
export const passingRows = (
  db: DaybookDatabase,
  rows: readonly EntryRow[],
  filter: EntryFilter,
): Promise<EntryRow[]> => {
  const { above, below } = rangeOf(filter)
  return passing(
    db,
    rows.filter(({ order }) => order > above && order < below),
    filter,
  )
}

/** Full entries as they are shown, newest first, for export. */
export async function* eachEntryBatch(
  db: DaybookDatabase,
  filter: EntryFilter,
  batchSize: number,
  after?: Cursor,
): AsyncGenerator<ShownEntry[]> {
  do {
    const page: RowPage = await queryRows(db, filter, { limit: batchSize, after })
    const entries = await entriesByIds(
      db,
      page.rows.map(({ id }) => id),
    )
    if (entries.length > 0) yield entries
    after = page.next
  } while (after !== undefined)
}

/** Orders that lie inside, both ends excluded, and from which end they are read. */
interface OrderRange {
  readonly above: string
  readonly below: string
  readonly isUpwards: boolean
}

/** An index read at one value: rows in the order of the list. */
interface Source {
  readonly index: string
  readonly at: (order: string) => string | string[]
}

const FIRST_BATCH = 64
const LARGEST_BATCH = 2048
/** A test with at most this many entries is read whole, with no further thought. */
const FEW = 256
/** Beyond this many words a beginning is too short to be looked up. */
const MAX_WORDS_OF_PREFIX = 24
const LAST = '\uffff'

const rangeOf = (
  filter: EntryFilter,
  { after, before }: Pick<PageOptions, 'after' | 'before'> = {},
): OrderRange => {
  // '~' sorts after every id, so it closes the millisecond.
  const to = filter.to === undefined ? '' : `${orderOfTime(Date.parse(filter.to))}~`
  const from = filter.from === undefined ? LAST : `${orderOfTime(Date.parse(filter.from))}~`
  return {
    above: after !== undefined && after > to ? after : to,
    below: before !== undefined && before < from ? before : from,
    isUpwards: before !== undefined,
  }
}
/** What is left of the range once it is read up to `order`. */
const restOf = (range: OrderRange, order: string): OrderRange =>
  range.isUpwards ? { ...range, below: order } : { ...range, above: order }

async function* candidates(
  db: DaybookDatabase,
  filter: EntryFilter,
  range: OrderRange,
  firstBatch: number,
): AsyncGenerator<EntryRow[]> {
  if (range.above >= range.below) return
  const tests = await sourcesOf(db, filter)
  const [only, ...others] = tests
  if (!only) yield* readRows(db, { index: 'order', at: (order) => order }, range, firstBatch)
  else if (others.length === 0 && only.length === 1) yield* readRows(db, only[0] as Source, range, firstBatch)
  else yield* readByKeys(db, tests, range, firstBatch)
}

/** For each test that indexes can answer, the sources that hold all its entries between them. */
const sourcesOf = async (db: DaybookDatabase, filter: EntryFilter): Promise<Source[][]> => {
  const tests: Source[][] = []
  const oneOf = (index: string, values: readonly string[] | undefined) => {
    if (values && values.length > 0)
      tests.push([...new Set(values)].map((value) => valueSource(index, value)))
  }
  oneOf('resourceId', filter.resourceId === undefined ? [] : [filter.resourceId])
  oneOf('actorId', filter.actor)
  oneOf('resourceType', filter.resourceType)
  oneOf('app', filter.app)
  oneOf('action', filter.action)
  for (const word of requiredWords(filter)) {
    const sources = await wordSources(db, word)
    if (sources) tests.push(sources)
  }
  return tests
}

const valueSource = (index: string, value: string): Source => ({
  index: `[${index}+order]`,
  at: (order) => [value, order],
})
const termSource = (term: string): Source => ({ index: 'terms', at: (order) => `${term} ${order}` })

/** Entries that may have a word beginning so; undefined where there are too many such words. */
const wordSources = async (db: DaybookDatabase, word: string): Promise<Source[] | undefined> => {
  const terms: string[] = []
  for (let from = word; ; ) {
    const [found] = (await db.rows
      .where('terms')
      .between(from, word + LAST)
      .limit(1)
      .keys()) as string[]
    if (found === undefined) break
    const term = found.slice(0, found.indexOf(' '))
    terms.push(term)
    if (terms.length > MAX_WORDS_OF_PREFIX) return undefined
    from = `${term}!` // '!' follows the space: past all orders of this term
  }
  const named = (await facets(db)).flatMap(({ kind, value, label, email }) => {
    if (kind === 'actor' && namesActor(word, { name: label, ...(email !== undefined && { email }) }))
      return [valueSource('actorId', value)]
    if (kind === 'app' && namesApp(word, { origin: value, name: label })) return [valueSource('app', value)]
    if (kind === 'resourceType' && [...textToWords(label)].some((part) => part.startsWith(word)))
      return [valueSource('resourceType', value)]
    return []
  })
  return [...[...terms, MORE_TERMS].map(termSource), ...named]
}

async function* readRows(
  db: DaybookDatabase,
  source: Source,
  range: OrderRange,
  firstBatch: number,
): AsyncGenerator<EntryRow[]> {
  let rest = range
  for (let size = firstBatch; ; size = Math.min(size * 2, LARGEST_BATCH)) {
    const rows = await sourceIn(db, source, rest).limit(size).toArray()
    if (rows.length > 0) yield rows
    const last = rows.at(-1)
    if (!last || rows.length < size) return
    rest = restOf(rest, last.order)
  }
}

async function* readByKeys(
  db: DaybookDatabase,
  tests: readonly Source[][],
  range: OrderRange,
  firstBatch: number,
): AsyncGenerator<EntryRow[]> {
  const comesFirst = range.isUpwards ? isLarger : isSmaller
  const opened = await Promise.all(
    tests.map(async (sources) => {
      const heads = await Promise.all(
        sources.map(async (source) => ({
          source,
          keys: await sourceIn(db, source, range).limit(FEW).primaryKeys(),
        })),
      )
      const few = heads.every(({ keys }) => keys.length < FEW)
      return { heads, size: few ? heads.reduce((size, { keys }) => size + keys.length, 0) : LARGEST_BATCH }
    }),
  )
  opened.sort((a, b) => a.size - b.size)
  const streams = opened.map(({ heads }) =>
    unionKeys(
      heads.map(({ source, keys }) => sourceKeys(db, source, keys, range)),
      comesFirst,
    ),
  )
  const [shortest, second] = streams
  if (!shortest) return
  const isLong = (opened[0]?.size ?? 0) > FEW
  const keys = isLong && second ? intersectKeys(shortest, second, comesFirst) : shortest
  for await (const orders of inBatches(keys, firstBatch)) {
    yield (await db.rows.bulkGet(orders)).filter((row) => row !== undefined)
  }
}

/** `head` are its first keys, already read. */
async function* sourceKeys(
  db: DaybookDatabase,
  source: Source,
  head: string[],
  range: OrderRange,
): KeyStream {
  if (head.length > 0) yield head
  let last = head.length < FEW ? undefined : head.at(-1)
  for (let size = FEW * 2; last !== undefined; size = Math.min(size * 2, LARGEST_BATCH)) {
    const keys: string[] = await sourceIn(db, source, restOf(range, last)).limit(size).primaryKeys()
    if (keys.length > 0) yield keys
    last = keys.length < size ? undefined : keys.at(-1)
  }
}

const sourceIn = (db: DaybookDatabase, { index, at }: Source, { above, below, isUpwards }: OrderRange) => {
  const found = db.rows.where(index).between(at(above), at(below), false, false)
  return isUpwards ? found.reverse() : found
}

async function* inBatches(keys: KeyStream, firstSize: number): AsyncGenerator<string[]> {
  let size = firstSize
  let batch: string[] = []
  for await (const some of keys) {
    for (const key of some) {
      batch.push(key)
      if (batch.length < size) continue
      yield batch
      batch = []
      size = Math.min(size * 2, LARGEST_BATCH)
    }
  }
  if (batch.length > 0) yield batch
}

const passing = async (
  db: DaybookDatabase,
  rows: readonly EntryRow[],
  filter: EntryFilter,
): Promise<EntryRow[]> => {
  const verdicts = rows.map((row) => ({ row, verdict: matchesRow(row, filter) }))
  const doubtful = verdicts.filter(({ verdict }) => verdict === 'maybe').map(({ row }) => row.id)
  const proven = new Set<string>()
  if (doubtful.length > 0) {
    for (const entry of await entriesByIds(db, doubtful))
      if (matchesEntry(entry, filter)) proven.add(entry.id)
  }
  return verdicts
    .filter(({ row, verdict }) => verdict === true || (verdict === 'maybe' && proven.has(row.id)))
    .map(({ row }) => row)
}
