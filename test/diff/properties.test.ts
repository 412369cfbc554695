import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import { canonicalJson, type Json, valueAt } from '../../lib/model/json.ts'

/** Few keys and values, so that two random documents share parts, with ids, hostile keys and duplicates among them. */
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, 30, 'a', 'ab/~c', 'hello world', '', '__proto__'),
    fc.string(),
    fc.array(tie('value'), { maxLength: 8 }),
    fc.array(fc.record({ id: fc.integer({ min: 1, max: 9 }), value: tie('value') }), { maxLength: 8 }),
    fc
      .uniqueArray(
        fc.tuple(
          fc.constantFrom(
            'id',
            'name',
            'timeout',
            'timeout_seconds',
            '__proto__',
            'constructor',
            '',
            '0',
            'a/b~',
          ),
          tie('value'),
        ),
        { selector: ([key]) => key, maxLength: 6 },
      )
      .map((members) => Object.fromEntries(members)),
  ),
})).value

/** A document and what a few edits make of it, so that most of it stays. */
const edited = fc.tuple(json, json, fc.array(fc.nat(), { maxLength: 6 })).map(([before, donor, seeds]) => {
  let after = before
  for (const seed of seeds) after = edit(after, donor, seed)
  return [before, after] as const
})

const edit = (value: Json, donor: Json, seed: number): Json => {
  if (seed % 5 === 0 || typeof value !== 'object' || value === null) return donor
  if (Array.isArray(value)) {
    const at = seed % (value.length + 1)
    if (seed % 4 === 1) return value.toSpliced(at, 0, donor)
    if (seed % 4 === 2) return value.toSpliced(at, 1)
    if (seed % 4 === 3) return [...value.slice(at), ...value.slice(0, at)]
    return value.map((item, index) => (index === at ? edit(item, donor, seed >> 1) : item))
  }
  const keys = Object.keys(value)
  const key = keys[seed % (keys.length || 1)]
  if (key === undefined) return { donor }
  if (seed % 3 === 1)
    return Object.fromEntries(Object.entries(value).map(([name, v]) => [name === key ? `${key}s` : name, v]))
  return Object.fromEntries(
    Object.entries(value).map(([name, v]) => [name, name === key ? edit(v, donor, seed >> 1) : v]),
  )
}

const text = (value: Json | undefined) => (value === undefined ? undefined : canonicalJson(value))

test('applying the differences to before gives after', { timeout: 120_000 }, () => {
  const holds = ([before, after]: readonly [Json, Json]) => {
    expect(text(applyDifferences(before, differencesBetween(before, after)))).toBe(text(after))
  }
  fc.assert(fc.property(fc.tuple(json, json), holds), { numRuns: 1_000 })
  fc.assert(fc.property(edited, holds), { numRuns: 2_000 })
})

test('a value has no differences with itself, however its keys are ordered', () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(differencesBetween(value, JSON.parse(canonicalJson(value)))).toEqual([])
    }),
  )
})

test('pointers lead to the values that a difference names', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(edited, ([before, after]) => {
      for (const difference of differencesBetween(before, after)) {
        if (difference.op !== 'remove')
          expect(text(valueAt(after, difference.pointer))).toBe(text(difference.after))
        if (difference.op !== 'add')
          expect(text(valueAt(before, difference.from ?? '?'))).toBe(text(difference.before))
      }
    }),
    { numRuns: 1_000 },
  )
})
