import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Difference, differences, isSame } from '../../lib/capture/compare.ts'
import { isJsonObject, type Json } from '../../lib/model/json.ts'

const told = (before: Json, after: Json, whole = true): string[] =>
  differences(before, after, { whole }).map(
    ({ op, keys, before: was, after: is }) =>
      `${op} /${keys.join('/')} ${JSON.stringify(was) ?? ''}→${JSON.stringify(is) ?? ''}`,
  )

describe('lists', () => {
  test('are aligned by the ids of their elements', () => {
    const before = [
      { id: 1, n: 'a' },
      { id: 2, n: 'b' },
      { id: 3, n: 'c' },
    ]
    expect(
      told(before, [
        { id: 0, n: 'new' },
        { id: 1, n: 'a' },
        { id: 3, n: 'C' },
      ]),
    ).toEqual(['remove /1 {"id":2,"n":"b"}→', 'add /0 →{"id":0,"n":"new"}', 'replace /2/n "c"→"C"'])
  })
  test('of scalars are one leaf, and their order means nothing', () => {
    expect(told({ tags: ['a', 'b'] }, { tags: ['b', 'a'] })).toEqual([])
    expect(told({ tags: ['a', 'b'] }, { tags: ['b', 'c'] })).toEqual(['replace /tags ["a","b"]→["b","c"]'])
  })
  test('without ids pair what is equal first', () => {
    expect(told([{ t: 'set', to: 'EU' }, { t: 'del' }], [{ t: 'set', to: 'US' }, { t: 'del' }])).toEqual([
      'replace /0/to "EU"→"US"',
    ])
    expect(told([{ t: 'b' }], [{ t: 'a' }, { t: 'b' }])).toEqual(['add /0 →{"t":"a"}'])
  })
  test('of names and values lack nothing when a part of them is sent', () => {
    expect(
      told(
        [
          { key: 'a', value: 1 },
          { key: 'b', value: 2 },
        ],
        [{ key: 'b', value: 3 }],
      ),
    ).toEqual(['replace /0/value 2→3'])
  })
})

describe('values that are read and written under different shapes are equal', () => {
  test.each<[Json, Json]>([
    [true, 'true'],
    [20, '20'],
    [null, ''],
    [['a'], 'a'],
    [{ id: 5, name: 'Ana' }, 5],
    [{ raw: 'Hi', rendered: '<p>Hi</p>' }, 'Hi'],
    ['a\r\nb', 'a\nb'],
    ['2026-01-05T09:00:00Z', '2026-01-05T09:00:00.000Z'],
    [
      [{ id: 1 }, { id: 2 }],
      [1, 2],
    ],
    [['a', 'b'], 'a,b'],
  ])('%j and %j', (read, written) => {
    expect(told({ field: read }, { field: written })).toEqual([])
  })
})

describe('what servers change by themselves', () => {
  test('is no difference', () => {
    const before = {
      name: 'a',
      updated_at: '2026-01-01',
      version: 3,
      etag: 'W/"1"',
      rev: 'abc123',
      lastSeenAt: null,
    }
    expect(
      told(before, {
        ...before,
        updated_at: '2026-01-02',
        version: 4,
        etag: 'W/"2"',
        rev: 'abc124',
        lastSeenAt: 5,
      }),
    ).toEqual([])
  })
  test('is not confused with names alike', () => {
    expect(
      told(
        { token_lifetime: 30, updates: 'auto', last_name: 'Lee' },
        { token_lifetime: 60, updates: 'off', last_name: 'Li' },
      ),
    ).toHaveLength(3)
  })
})

/** A map of names: there, what is missing is gone. */
const plainObject = fc.dictionary(fc.stringMatching(/^k[b-y]{2,4}$/), fc.stringMatching(/^[b-y]{1,6}$/), {
  minKeys: 1,
  maxKeys: 4,
})
const items = fc.uniqueArray(fc.record({ id: fc.integer({ min: 1, max: 12 }), body: plainObject }), {
  selector: ({ id }) => id,
  maxLength: 8,
})

test('applied to the before, differences of aligned lists give the after', () => {
  fc.assert(
    fc.property(items, items, (before, after) => {
      // The order of what stays means nothing: compared as it is in the after.
      const applied = apply(before as Json, differences(before as Json, after as Json, { whole: true }))
      const byId = (list: Json): Json[] =>
        (Array.isArray(list) ? list : []).toSorted(
          (a, b) => Number(isJsonObject(a) && a.id) - Number(isJsonObject(b) && b.id),
        )
      expect(byId(applied)).toEqual(byId(after as Json))
    }),
  )
})

test('equal states have no differences, and sameness goes both ways', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      expect(differences(a as Json, structuredClone(a) as Json, { whole: true })).toEqual([])
      expect(isSame(a as Json, b as Json)).toBe(isSame(b as Json, a as Json))
    }),
  )
})

/** Elements go by their index in the before, come and change under their id. */
const apply = (before: Json, changes: readonly Difference[]): Json => {
  if (!Array.isArray(before)) return before
  const gone = new Set(
    changes.filter(({ op, keys }) => op === 'remove' && keys.length === 1).map(({ keys }) => Number(keys[0])),
  )
  const list = structuredClone(before.filter((_, index) => !gone.has(index)))
  for (const { op, keys, after, item } of changes) {
    if (keys.length === 1) {
      if (op === 'add' && after !== undefined) list.push(structuredClone(after))
      continue
    }
    let node: Json | undefined = list.find((one) => isJsonObject(one) && String(one.id) === item?.id)
    for (const key of keys.slice(1, -1)) node = isJsonObject(node) ? node[key] : undefined
    if (!isJsonObject(node)) continue
    const last = keys.at(-1) ?? ''
    if (op === 'remove') delete node[last]
    else if (after !== undefined) node[last] = after
  }
  return list
}
