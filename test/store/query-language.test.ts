import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Facet } from '../../lib/store/facets.ts'
import {
  completeQuery,
  formatQuery,
  parseQuery,
  QUERY_KEYS,
  queryToFilter,
  replaceTerm,
  toggleTerm,
} from '../../lib/store/query-language.ts'

const facet = (kind: Facet['kind'], value: string, label: string, part: Partial<Facet> = {}): Facet => ({
  kind,
  value,
  label,
  count: 1,
  latest: '2026-11-01T00:00:00.000Z',
  ...part,
})
const facets = [
  facet('app', 'https://console.acme.dev', 'Acme Console', { count: 5 }),
  facet('app', 'https://grafana.test', 'Grafana'),
  facet('actor', 'u1', 'Ana Lima', { email: 'ana@acme.dev' }),
  facet('actor', 'u2', 'Anabel Roy'),
  facet('resourceType', 'feature flag', 'feature flag'),
]
const context = {
  facets,
  nowMs: Date.UTC(2026, 10, 22),
  dayToMs: (date: string) => Date.parse(`${date}T00:00:00Z`),
}
const filterOf = (query: string) => queryToFilter(query, context).filter

test('resolves names to what is stored', () => {
  expect(filterOf('actor:ana app:graf type:"feature flag" action:del')).toEqual({
    actor: ['u1', 'u2'],
    app: ['https://grafana.test'],
    resourceType: ['feature flag'],
    action: ['delete'],
  })
  expect(filterOf('actor:ana@acme.dev')).toEqual({ actor: ['u1'] })
})

test('reads words, fields, old and new values, and what is left out', () => {
  expect(filterOf('dark field:timeout before:30 "after lunch" -app:grafana -noise')).toEqual({
    text: 'dark after lunch',
    field: 'timeout',
    before: '30',
    not: [{ app: ['https://grafana.test'] }, { text: 'noise' }],
  })
})

test('reads days, moments and spans; a day ends at its end', () => {
  expect(filterOf('from:2026-11-01 to:2026-11-02')).toEqual({
    from: '2026-11-01T00:00:00.000Z',
    to: '2026-11-03T00:00:00.000Z',
  })
  expect(filterOf('from:7d')).toEqual({ from: '2026-11-15T00:00:00.000Z' })
})

test('shows refused changes when they are asked for', () => {
  expect(filterOf('proof:rejected')).toEqual({ grade: ['rejected'], rejected: true })
})

test('says what it can not resolve, and finds nothing for it', () => {
  expect(queryToFilter('actor:zoe from:soon', context)).toEqual({
    filter: { actor: ['zoe'] },
    problems: [
      { kind: 'unknownValue', key: 'actor', value: 'zoe' },
      { kind: 'unknownDate', value: 'soon' },
    ],
  })
})

test('takes an unknown key as words', () => {
  expect(filterOf('http://x.test/a')).toEqual({ text: 'http://x.test/a' })
})

test('what is formatted reads back as the same terms', () => {
  const value = fc
    .string({ minLength: 1, maxLength: 12 })
    .map((text) => text.replace(/["\s]+/g, ' ').trim() || 'x')
  const term = fc.record(
    { key: fc.constantFrom(...QUERY_KEYS), value, isNegated: fc.boolean() },
    { requiredKeys: ['value', 'isNegated'] },
  )
  fc.assert(
    fc.property(fc.array(term, { maxLength: 6 }), (terms) => {
      expect(parseQuery(formatQuery(terms))).toEqual(terms)
    }),
  )
})

test('toggles a term and replaces those of a key', () => {
  const term = { key: 'app' as const, value: 'grafana.test', isNegated: false }
  expect(toggleTerm('dark', term)).toBe('dark app:grafana.test')
  expect(toggleTerm('app:Grafana.test dark', term)).toBe('dark')
  expect(replaceTerm('from:7d dark from:1d', 'from', '2026-11-01')).toBe('dark from:2026-11-01')
})

test('completes keys, and values by name, most frequent first', () => {
  expect(completeQuery('dark act', 8, facets).completions.map(({ insert }) => insert)).toEqual([
    'actor:',
    'action:',
  ])
  expect(completeQuery('app:', 4, facets).completions.map(({ insert }) => insert)).toEqual([
    'app:console.acme.dev',
    'app:grafana.test',
  ])
  expect(completeQuery('-type:fea', 9, facets)).toMatchObject({
    from: 0,
    to: 9,
    completions: [{ insert: '-type:"feature flag"' }],
  })
  const rows = [
    { resourceId: 'security', first: { label: 'Session timeout', pointer: '/sessionTimeout' } },
    { resourceId: 'hooks', first: { pointer: '/hooks/0/url' } },
    { resourceId: 'hooks' },
  ]
  const ofRows = (query: string) =>
    completeQuery(query, query.length, facets, 8, rows).completions.map(({ insert }) => insert)
  expect(ofRows('field:')).toEqual(['field:"Session timeout"', 'field:url'])
  expect(ofRows('-field:time')).toEqual(['-field:"Session timeout"'])
  expect(ofRows('id:')).toEqual(['id:hooks', 'id:security'])
  expect(completeQuery('ana', 3, facets).completions.map(({ insert }) => insert)).toContain(
    'actor:ana@acme.dev',
  )
})
