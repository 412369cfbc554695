import { expect, test } from 'vitest'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import { compareTexts } from '../../lib/diff/text.ts'
import type { Json } from '../../lib/model/json.ts'

const nested = (depth: number, inner: Json): Json => {
  let value = inner
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

test('nesting of 10,000 levels is compared without overflow', () => {
  expect(differencesBetween(nested(10_000, 1), nested(10_000, 1))).toEqual([])
  const [difference, ...rest] = differencesBetween(nested(10_000, 1), nested(10_000, 2))
  expect(rest).toEqual([])
  expect(difference?.op).toBe('replace')
})

test('a __proto__ key neither changes a prototype nor gets lost', () => {
  const before = JSON.parse('{"__proto__":{"polluted":false},"a":1}')
  const after = JSON.parse('{"__proto__":{"polluted":true},"b":{"__proto__":1}}')
  const result = applyDifferences(before, differencesBetween(before, after))
  expect(JSON.stringify(result)).toBe(JSON.stringify(after))
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
})

test('unknown is no value: it differs from null', () => {
  expect(differencesBetween(undefined, null)).toEqual([{ op: 'add', pointer: '', after: null }])
  expect(differencesBetween(null, undefined)).toEqual([{ op: 'remove', pointer: '', from: '', before: null }])
  expect(differencesBetween(undefined, undefined)).toEqual([])
})

const shuffled = (list: readonly Json[]): Json[] =>
  list
    .map((item, index) => ({ item, rank: (index * 7919) % list.length }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)

test.each([
  [
    'edited here and there',
    (list: Json[]) =>
      list.map((item, index) => (index % 50 === 0 ? { ...(item as object), on: 'edited' } : item)),
  ],
  ['with a new head', (list: Json[]) => [{ id: 'new' }, ...list]],
  ['shuffled', shuffled],
  ['of other things', (list: Json[]) => list.map((_, index) => ({ id: `other-${index}`, on: true }))],
])('a list of 2,000 items %s is told whole', (_name, edit) => {
  const list: Json[] = Array.from({ length: 2_000 }, (_, index) => ({
    id: index,
    label: `Rule ${index}`,
    on: index % 2 === 0,
    match: { path: `/api/${index}`, methods: ['GET', 'POST'] },
  }))
  const edited = edit(list)
  expect(applyDifferences(list, differencesBetween(list, edited))).toEqual(edited)
})

test('huge texts that share nothing are told as they are', () => {
  const before = Array.from({ length: 50_000 }, (_, index) => `line ${index} of the one text`).join('\n')
  const after = Array.from({ length: 50_000 }, (_, index) => `row ${index} in another text`).join('\n')
  expect(compareTexts(before, after)).toHaveLength(100_000)
  expect(compareTexts('x'.repeat(5_000_000), 'y'.repeat(5_000_000))).toHaveLength(2)
})
