/**
 * The query engine against a model that says each filter and each query again in plain words: random entries, corrections and
 * questions. Every operator with and without its negation, pages of any size, facets and saved views.
 */
import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import type { CaptureRule } from '../../lib/model/rules.ts'
import { correctRows } from '../../lib/store/corrections.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { type Facet, facets } from '../../lib/store/facets.ts'
import { type EntryFilter, type EntryTests, queryRows, type RowPage } from '../../lib/store/query.ts'
import {
  completeQuery,
  facetName,
  QUERY_KEYS,
  type QueryKey,
  queryToFilter,
  toggleTerm,
} from '../../lib/store/query-language.ts'
import { orderOf } from '../../lib/store/row.ts'
import { putRule } from '../../lib/store/rules.ts'
import { putView, views } from '../../lib/store/views.ts'
import { arbitraryEntries, START_MS } from '../helpers/entries.ts'

type Database = ReturnType<typeof openDatabase>
const opened: Database[] = []
const freshDatabase = () => {
  const db = openDatabase(`query-model-${crypto.randomUUID()}`)
  opened.push(db)
  return db
}
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id)

/** All pages of a filter. */
const foundBy = async (db: Database, filter: EntryFilter, limit: number): Promise<string[]> => {
  const found: string[] = []
  let after: string | undefined
  do {
    const page = await queryRows(db, filter, { limit, after })
    found.push(...ids(page.rows))
    after = page.next
  } while (after !== undefined)
  return found
}

const needle = fc.constantFrom('session', 'time', 'dark', 'acme', 'ana', '30', 'é', 'mode url', 'set', 'zzz')
const tests: fc.Arbitrary<EntryTests> = fc.record(
  {
    app: fc.subarray(['https://console.acme.dev', 'https://grafana.test', 'chrome-extension://daybook']),
    actor: fc.subarray(['ana', 'bo', 'cy']),
    resourceType: fc.subarray(['setting', 'feature flag', 'session token']),
    resourceId: fc.constantFrom('security', '42', 'none'),
    action: fc.subarray(['create', 'update', 'delete'] as const),
    grade: fc.subarray(['accepted', 'rejected', 'sent'] as const),
    text: needle,
    field: needle,
    before: needle,
    after: needle,
  },
  { requiredKeys: [] },
)
const moment = fc
  .integer({ min: -1, max: 31 })
  .map((minute) => new Date(START_MS + minute * 60_000).toISOString())
const filters: fc.Arbitrary<EntryFilter> = fc
  .tuple(
    tests,
    fc.record(
      {
        from: moment,
        to: moment,
        rejected: fc.boolean(),
        own: fc.boolean(),
        not: fc.array(tests, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([some, rest]) => ({ ...some, ...rest }))

/** All pages of a filter above an entry, from there to the newest. */
const foundAbove = async (
  db: Database,
  filter: EntryFilter,
  limit: number,
  order: string,
): Promise<string[]> => {
  const found: string[] = []
  let before: string | undefined = order
  do {
    const page: RowPage = await queryRows(db, filter, { limit, before })
    found.unshift(...ids(page.rows))
    before = page.next
  } while (before !== undefined)
  return found
}

test('a filter gives what a plain filter gives, page by page, downwards and from the middle upwards', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryEntries(40),
      fc.array(filters, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 15 }),
      fc.nat(39),
      async (entries, asked, limit, at) => {
        const db = freshDatabase()
        await appendEntries(db, entries)
        const sorted = entries.toSorted(newestFirst)
        const middle = sorted[at % Math.max(sorted.length, 1)]
        for (const filter of asked) {
          const expected = sorted.filter((entry) => plainlyMatches(entry, filter))
          expect(await foundBy(db, filter, limit)).toEqual(ids(expected))
          if (!middle) continue
          expect(await foundAbove(db, filter, limit, orderOf(middle.time, middle.id))).toEqual(
            ids(expected.filter((entry) => newestFirst(entry, middle) < 0)),
          )
        }
        await db.delete()
      },
    ),
    { numRuns: 60 },
  )
})

// What a person types

const CONSOLE = 'https://console.acme.dev'
/** Entries without an address are ruled by rules without an origin. */
const RENAME: CaptureRule = { kind: 'call-type', origin: '', from: 'session token', to: 'pass key' }
const MUTE: CaptureRule = { kind: 'not-a-change', origin: '', shape: 'fetch  delete setting' }

/** An entry as the corrections want it seen, said again without the store's code. */
interface Seen {
  readonly entry: Entry
  readonly isOwn: boolean
  readonly isMuted: boolean
}
const seenBy = (rules: readonly CaptureRule[], entry: Entry): Seen => {
  const isRuled = entry.app.origin === CONSOLE
  const isRenamed = isRuled && rules.includes(RENAME) && entry.resourceType === 'session token'
  return {
    entry: isRenamed ? { ...entry, resourceType: 'pass key' } : entry,
    isOwn: entry.app.name === 'Daybook',
    isMuted: isRuled && rules.includes(MUTE) && entry.action === 'delete' && entry.resourceType === 'setting',
  }
}

const MOMENTS = ['2026-11-01', '2026-10-31', '2026-11-01T08:15:00Z', '2h', '1d', '1w'] as const
const NOW_MS = START_MS + 20 * 60_000 + 2 * 3_600_000
const word = fc.constantFrom('session', 'dark', 'acme', 'ana', '30', 'mode url', 'zzz', 'true', 'an')
const VALUES: Record<QueryKey, fc.Arbitrary<string>> = {
  app: fc.constantFrom('acme', 'grafana.test', 'console.acme.dev'),
  actor: fc.constantFrom('ana', 'bo', 'cy@billing.test', 'session'),
  type: fc.constantFrom('setting', 'feature flag', 'session', 'pass', 'pass key', 'session token'),
  id: fc.constantFrom('security', '42'),
  action: fc.constantFrom('create', 'up', 'delete'),
  proof: fc.constantFrom('accepted', 'rejected', 'sent', 'readBack'),
  field: word,
  before: word,
  after: word,
  from: fc.constantFrom(...MOMENTS),
  to: fc.constantFrom(...MOMENTS),
  show: fc.constantFrom('refused', 'muted', 'own'),
}
interface Asked {
  readonly key: QueryKey | ''
  readonly value: string
  readonly isNegated: boolean
}
const asked = fc
  .constantFrom(...QUERY_KEYS, '' as const)
  .chain((key) =>
    fc.record({ key: fc.constant(key), value: key === '' ? word : VALUES[key], isNegated: fc.boolean() }),
  )
const typed = (terms: readonly Asked[]) =>
  terms
    .map(({ key, value, isNegated }) => `${isNegated ? '-' : ''}${key === '' ? '' : `${key}:`}"${value}"`)
    .join(' ')
const meaning = (text: string, known: readonly Facet[]) =>
  queryToFilter(text, { facets: known, nowMs: NOW_MS, dayToMs: Date.parse }).filter

test('a query gives what each of its terms, taken by its word, leaves; typed, saved or clicked', async () => {
  await fc.assert(
    fc.asyncProperty(
      arbitraryEntries(30),
      fc.subarray([RENAME, MUTE]),
      fc.boolean(),
      fc.array(fc.array(asked, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 12 }),
      async (entries, rules, isRuledBefore, queries, limit) => {
        const db = freshDatabase()
        if (!isRuledBefore) await appendEntries(db, entries)
        for (const [index, rule] of rules.entries())
          await putRule(db, { id: `rule-${index}`, app: CONSOLE, addedAt: index, rule })
        if (isRuledBefore) await appendEntries(db, entries)
        await correctRows(db)
        const seen = entries.map((entry) => seenBy(rules, entry))
        const known = await facets(db)

        for (const [index, terms] of queries.entries()) {
          const text = typed(terms)
          await putView(db, { id: `view-${index}`, name: text, query: text, addedAt: index })
          const expected = ids(plainlyFound(seen, terms))
          expect(await foundBy(db, meaning(text, known), limit), text).toEqual(expected)
          const saved = (await views(db)).find(({ id }) => id === `view-${index}`)
          expect(meaning(saved?.query ?? '', known), text).toEqual(meaning(text, known))
        }
        await expectFacets(db, seen, known)
        await db.delete()
      },
    ),
    { numRuns: 60 },
  )
})

/** Each facet counts what it names, a click on it gives those, and its name is offered while it is typed. */
const expectFacets = async (db: Database, seen: readonly Seen[], known: readonly Facet[]) => {
  const keys = { app: 'app', actor: 'actor', resourceType: 'type', action: 'action' } as const
  for (const facet of known) {
    const named = seen.filter((one) => facetValue(one.entry, facet.kind) === facet.value)
    const counted = named.filter(({ isOwn, isMuted }) => facet.kind === 'app' || !(isOwn || isMuted))
    expect(facet.count, facet.value).toBe(counted.length)

    const term = { key: keys[facet.kind], value: facetName(facet), isNegated: false }
    const clicked = toggleTerm('show:refused', term)
    const shown = named.filter(({ isOwn, isMuted }) => !isMuted && (!isOwn || facet.kind === 'app'))
    expect(await foundBy(db, meaning(clicked, known), 100), clicked).toEqual(ids(inOrder(shown)))
    expect(toggleTerm(clicked, term)).toBe('show:refused')

    const begun = `${term.key}:${facetName(facet).slice(0, 3).trim()}`
    const offered = completeQuery(begun, begun.length, known).completions
    expect(
      offered.map(({ label }) => label),
      begun,
    ).toContain(facet.label)
  }
}

const facetValue = (entry: Entry, kind: Facet['kind']): string => {
  if (kind === 'app') return entry.app.origin
  if (kind === 'actor') return entry.actor.id
  return kind === 'action' ? entry.action : entry.resourceType
}

const inOrder = (seen: readonly Seen[]): Entry[] => seen.map(({ entry }) => entry).toSorted(newestFirst)

/** What a query means, read off the terms: any of the values of a key, all of the words, none of what is negated. */
const plainlyFound = (seen: readonly Seen[], terms: readonly Asked[]): Entry[] => {
  const wanted = (key: Asked['key']) =>
    terms.flatMap((term) => (term.key === key && !term.isNegated ? [term.value] : []))
  const shows = wanted('show')
  const showsRefused = shows.includes('refused') || wanted('proof').includes('rejected')
  const [from, to] = [wanted('from').at(-1), wanted('to').at(-1)]
  const joined = (key: Asked['key']) => wanted(key).join(' ')
  const words = { text: joined(''), field: joined('field'), before: joined('before'), after: joined('after') }
  const isNamed = (entry: Entry, key: NamedKey, name: string) => named(seen, entry, key, name)

  const passes = ({ entry, isOwn, isMuted }: Seen): boolean => {
    if (entry.evidence.grade === 'rejected' && !showsRefused) return false
    if (isMuted && !shows.includes('muted')) return false
    const namesApp = wanted('app').some((name) => isNamed(entry, 'app', name))
    if (isOwn && !shows.includes('own') && !namesApp) return false
    for (const key of NAMED_KEYS)
      if (wanted(key).length > 0 && !wanted(key).some((name) => isNamed(entry, key, name))) return false
    const id = wanted('id').at(-1)
    if (id !== undefined && entry.resourceId !== id) return false
    const timeMs = Date.parse(entry.time)
    if (from !== undefined && timeMs < plainMoment(from, 0)) return false
    if (to !== undefined && timeMs >= plainMoment(to, 86_400_000)) return false
    if (!plainTests(entry, words).every(Boolean)) return false
    return !terms.some(({ key, value, isNegated }) => {
      if (!isNegated || key === 'show' || key === 'from' || key === 'to') return false
      const name = NAMED_KEYS.find((one) => one === key)
      if (name) return isNamed(entry, name, value)
      if (key === 'id') return entry.resourceId === value
      return plainTests(entry, { [key || 'text']: value }).every(Boolean)
    })
  }
  return inOrder(seen.filter(passes))
}

/** `dayMs`: how much of a day that is named belongs to the span. */
const plainMoment = (text: string, dayMs: number): number => {
  const hours = { '2h': 2, '1d': 24, '1w': 168 }[text]
  if (hours !== undefined) return NOW_MS - hours * 3_600_000
  return Date.parse(text) + (text.includes('T') ? 0 : dayMs)
}

const NAMED_KEYS = ['app', 'actor', 'type', 'action', 'proof'] as const
type NamedKey = (typeof NAMED_KEYS)[number]

/** Of what the log is known to hold: what is called exactly so, else what has words that begin so. What is hidden is not known. */
const named = (seen: readonly Seen[], entry: Entry, key: NamedKey, name: string): boolean => {
  if (key === 'action') return entry.action.startsWith(name)
  if (key === 'proof') return entry.evidence.grade.toLowerCase().startsWith(name.toLowerCase())
  const namesOf = (one: Entry): string[] => {
    if (key === 'type') return [one.resourceType]
    if (key === 'app') return [one.app.origin.replace(/^https?:../, ''), one.app.origin]
    return [one.actor.email ?? one.actor.name, one.actor.id]
  }
  const wordsOf = (one: Entry): string =>
    key === 'app' ? `${one.app.name} ${one.app.origin}` : `${one.actor.name} ${namesOf(one).join(' ')}`
  const isCalled = (one: Entry) => namesOf(one).some((own) => own.toLowerCase() === name)
  const begins = (one: Entry) =>
    split(name).every((asked) =>
      split(key === 'type' ? one.resourceType : wordsOf(one)).some((own) => own.startsWith(asked)),
    )
  const known = seen.filter(({ isOwn, isMuted }) => key === 'app' || !(isOwn || isMuted))
  const called = known.filter((one) => isCalled(one.entry))
  const meant = called.length > 0 ? called : known.filter((one) => begins(one.entry))
  const kind = key === 'type' ? 'resourceType' : key
  const values = meant.length > 0 ? meant.map((one) => facetValue(one.entry, kind)) : [name]
  return values.includes(facetValue(entry, kind))
}

const newestFirst = (a: Entry, b: Entry) => Date.parse(b.time) - Date.parse(a.time) || (a.id < b.id ? 1 : -1)

/** The meaning of a filter, said again without any of the engine's code. */
const plainlyMatches = (entry: Entry, filter: EntryFilter): boolean => {
  if (filter.from && entry.time < filter.from) return false
  if (filter.to && entry.time >= filter.to) return false
  if (!filter.rejected && entry.evidence.grade === 'rejected') return false
  const isOwn = entry.app.name === 'Daybook'
  if (isOwn && !filter.own && !filter.app?.includes(entry.app.origin)) return false
  const passed = plainTests(entry, filter)
  const left = (filter.not ?? []).map((not) => plainTests(entry, not))
  return passed.every(Boolean) && !left.some((tests) => tests.length > 0 && tests.every(Boolean))
}

const plainTests = (entry: Entry, tests: EntryTests): boolean[] => {
  const passed: boolean[] = []
  const among = (wanted: readonly string[] | undefined, value: string) => {
    if (wanted?.length) passed.push(wanted.includes(value))
  }
  among(tests.app, entry.app.origin)
  among(tests.actor, entry.actor.id)
  among(tests.resourceType, entry.resourceType)
  among(tests.resourceId === undefined ? [] : [tests.resourceId], entry.resourceId)
  among(tests.action, entry.action)
  among(tests.grade, entry.evidence.grade)
  const starts = (asked: string, text: string) =>
    split(asked).every((a) => split(text).some((b) => b.startsWith(a)))
  const has = (asked: string, text: string) => split(asked).every((a) => split(text).includes(a))
  if (tests.text) {
    const all = [
      ...[entry.actor.name, entry.actor.email, entry.app.name, entry.app.origin.replace(/^https?:../, '')],
      ...[entry.resourceType, entry.resourceId, entry.resourceName],
      ...entry.changes.flatMap((change) => [
        change.label,
        change.pointer,
        plainText(change.before),
        plainText(change.after),
      ]),
    ]
    passed.push(starts(tests.text, all.join(' ')))
  }
  if (tests.field || tests.before || tests.after) {
    passed.push(
      entry.changes.some(
        (change) =>
          starts(tests.field ?? '', `${change.label ?? ''} ${change.pointer}`) &&
          has(tests.before ?? '', plainText(change.before)) &&
          has(tests.after ?? '', plainText(change.after)),
      ),
    )
  }
  return passed
}

const plainText = (value: unknown): string =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value)
const split = (text: string): string[] =>
  text
    .replace(/([a-zé0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-zé0-9]+/)
    .filter((word) => word !== '')
