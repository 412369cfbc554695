/** Nobody quietly edits the past: every attack of the matrix is found, and called what it is. Bundles have a test of their own. */
import { expect, test } from 'vitest'
import { openMatrix } from './matrix.ts'

const { attacks } = await openMatrix(false)

test('there are at least forty attacks, each tried once', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(40)
  const names = attacks.map(({ attack, foundBy }) => `${foundBy}: ${attack}`)
  expect(new Set(names).size).toBe(names.length)
})

test.each(attacks)('$attack ($by) is found by $foundBy: $named', async ({ named, run }) => {
  expect(await run()).toContain(named)
})
