import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { facets } from '../../lib/store/facets.ts'
import {
  type EntryFilter,
  type EntryTests,
  eachEntryBatch,
  queryRows,
  searchRows,
} from '../../lib/store/query.ts'
import { queryToFilter } from '../../lib/store/query-language.ts'
import { arbitraryEntries, makeEntry, START_MS } from '../helpers/entries.ts'

const opened: ReturnType<typeof openDatabase>[] = []
const freshDatabase = () => {
  const db = openDatabase(`query-${crypto.randomUUID()}`)
  opened.push(db)
  return db
}
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id)

test('pages through all entries newest first, each once', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 250 }, (_, index) => makeEntry(index))
  await appendEntries(db, entries)
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await queryRows(db, {}, { limit: 40, after })
    seen.push(...ids(page.rows))
    after = page.next
  } while (after)
  expect(seen).toEqual(ids(entries).reverse())
})

test('ends without a cursor when the last page is exactly full', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(0), makeEntry(1)])
  expect((await queryRows(db, {}, { limit: 2 })).next).toBeUndefined()
  expect((await queryRows(db, {}, { limit: 1 })).next).toBeDefined()
})

test('finds a rare pair of two common values by their keys', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 1200 }, (_, index) => {
    const isRare = index === 17 || index === 801
    const isFirstHalf = index % 2 === 0
    return makeEntry(index, {
      actor: { id: isFirstHalf || isRare ? 'ana' : 'bo', name: 'Someone' },
      resourceType: isFirstHalf && !isRare ? 'flag' : 'setting',
    })
  })
  await appendEntries(db, entries)
  const { rows } = await queryRows(db, { actor: ['ana'], resourceType: ['setting'] }, { limit: 10 })
  expect(ids(rows)).toEqual([entries[801]?.id, entries[17]?.id])
})

test('finds a word that did not fit into the index', async () => {
  const db = freshDatabase()
  const prose = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ')
  const entry = makeEntry(1, {
    changes: [{ pointer: '/prompt', op: 'replace', before: '', after: `${prose} zebra` }],
  })
  await appendEntries(db, [makeEntry(0), entry, makeEntry(2)])
  expect(ids((await queryRows(db, { text: 'zeb' }, { limit: 10 })).rows)).toEqual([entry.id])
})

test('stops when it is told to', async () => {
  const db = freshDatabase()
  await appendEntries(
    db,
    Array.from({ length: 400 }, (_, index) => makeEntry(index)),
  )
  const stop = new AbortController()
  const steps: number[] = []
  const search = async () => {
    for await (const step of searchRows(db, {}, { signal: stop.signal })) {
      steps.push(step.rows.length)
      stop.abort(new Error('stopped'))
    }
  }
  await expect(search()).rejects.toThrow('stopped')
  expect(steps).toHaveLength(1)
})

test('gives whole entries in batches', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 25 }, (_, index) => makeEntry(index))
  await appendEntries(db, entries)
  const batches: Entry[][] = []
  for await (const batch of eachEntryBatch(db, { app: ['https://console.acme.dev'] }, 10)) batches.push(batch)
  expect(batches.map(({ length }) => length)).toEqual([10, 10, 5])
  expect(batches.flat()).toEqual(entries.toReversed())
})

describe('on random entries and filters', () => {
  const needle = fc.constantFrom(
    'session',
    'time',
    'dark',
    'acme',
    'ana',
    '30',
    'é',
    'mode url',
    'set',
    'zzz',
  )
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

  test('the engine gives what a plain filter gives, page by page', async () => {
    await fc.assert(
      fc.asyncProperty(
        arbitraryEntries(40),
        fc.array(filters, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 15 }),
        async (entries, asked, limit) => {
          const db = freshDatabase()
          await appendEntries(db, entries)
          for (const filter of asked) {
            const found: string[] = []
            let after: string | undefined
            do {
              const page = await queryRows(db, filter, { limit, after })
              found.push(...ids(page.rows))
              after = page.next
            } while (after)
            expect(found).toEqual(
              ids(entries.filter((entry) => plainlyMatches(entry, filter)).toSorted(newestFirst)),
            )
          }
          await db.delete()
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('on random entries and queries as a person types them', () => {
  const word = fc.constantFrom('session', 'dark', 'acme', 'ana', '30', 'mode url', 'zzz', 'true', 'an')
  const term = fc.oneof(
    fc.tuple(fc.constant('app'), fc.constantFrom('acme', 'grafana.test', 'console.acme.dev')),
    fc.tuple(fc.constant('actor'), fc.constantFrom('ana', 'bo', 'cy@billing.test', 'session')),
    fc.tuple(fc.constant('type'), fc.constantFrom('setting', 'feature flag', 'session')),
    fc.tuple(fc.constant('id'), fc.constantFrom('security', '42')),
    fc.tuple(fc.constant('action'), fc.constantFrom('create', 'up', 'delete')),
    fc.tuple(fc.constant('proof'), fc.constantFrom('accepted', 'rejected', 'sent', 'readBack')),
    fc.tuple(fc.constantFrom('field', 'before', 'after', ''), word),
    fc.tuple(fc.constant('show'), fc.constantFrom('refused', 'muted')),
  )
  const query = fc.array(fc.tuple(term, fc.boolean()), { minLength: 1, maxLength: 4 })

  test('the engine finds what each term, taken by its word, leaves', async () => {
    await fc.assert(
      fc.asyncProperty(
        // Names that only Daybook's own entries have are not offered, so they are not resolved either.
        arbitraryEntries(30).map((all) => all.filter(({ app }) => app.name !== 'Daybook')),
        fc.array(query, { minLength: 1, maxLength: 6 }),
        async (entries, asked) => {
          const db = freshDatabase()
          await appendEntries(db, entries)
          const known = await facets(db)
          for (const terms of asked) {
            const text = terms
              .map(([[key, value], isNegated]) => `${isNegated ? '-' : ''}${key ? `${key}:` : ''}"${value}"`)
              .join(' ')
            const { filter } = queryToFilter(text, { facets: known, nowMs: START_MS, dayToMs: Date.parse })
            const { rows } = await queryRows(db, filter, { limit: 100 })
            const expected = entries.filter((entry) => plainlyAsked(entry, terms)).toSorted(newestFirst)
            expect(ids(rows), text).toEqual(ids(expected))
          }
          await db.delete()
        },
      ),
      { numRuns: 40 },
    )
  })
})

type Asked = readonly [term: readonly [key: string, value: string], isNegated: boolean]

/** What a query means, read off the terms: any of the values of a key, all of the words, none of what is negated. */
const plainlyAsked = (entry: Entry, terms: readonly Asked[]): boolean => {
  const wanted = (key: string) =>
    terms.flatMap(([[name, value], isNegated]) => (name === key && !isNegated ? [value] : []))
  const isRejected = entry.evidence.grade === 'rejected'
  if (isRejected && !wanted('show').includes('refused') && !wanted('proof').includes('rejected')) return false
  const names = ['app', 'actor', 'type', 'action', 'proof'] as const
  for (const key of names)
    if (wanted(key).length > 0 && !wanted(key).some((name) => named(entry, key, name))) return false
  const id = wanted('id').at(-1)
  if (id !== undefined && entry.resourceId !== id) return false
  const joined = (key: string) => wanted(key).join(' ')
  const words = { text: joined(''), field: joined('field'), before: joined('before'), after: joined('after') }
  if (!plainTests(entry, words).every(Boolean)) return false
  return !terms.some(([[key, value], isNegated]) => {
    if (!isNegated || key === 'show') return false
    if (names.some((name) => name === key)) return named(entry, key as (typeof names)[number], value)
    if (key === 'id') return entry.resourceId === value
    return plainTests(entry, { [key || 'text']: value }).every(Boolean)
  })
}

/** Exactly so, else by how its words begin: as long as nothing in the log is called exactly so. */
const named = (entry: Entry, key: 'app' | 'actor' | 'type' | 'action' | 'proof', name: string): boolean => {
  const starts = (text: string) => split(name).every((a) => split(text).some((b) => b.startsWith(a)))
  if (key === 'action') return entry.action.startsWith(name)
  if (key === 'proof') return entry.evidence.grade.toLowerCase().startsWith(name.toLowerCase())
  if (key === 'type') return name === 'setting' ? entry.resourceType === name : starts(entry.resourceType)
  if (key === 'actor') {
    if (['ana', 'bo'].includes(name)) return entry.actor.id === name
    return starts(`${entry.actor.name} ${entry.actor.email ?? ''} ${entry.actor.id}`)
  }
  return starts(`${entry.app.name} ${entry.app.origin}`)
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
