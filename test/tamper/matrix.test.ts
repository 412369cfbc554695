/** Nobody quietly edits the past: every attack of the matrix is found, and called what it is. Bundles have a test of their own. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { BUNDLE_TAMPERINGS } from './bundle-tamperings.ts'
import { LIMITS, protocolLimits } from './limits.ts'
import { openMatrix } from './matrix.ts'

const { attacks } = await openMatrix(false)

test('there are at least forty attacks, each tried once', () => {
  expect(attacks.length).toBeGreaterThanOrEqual(40)
  const names = attacks.map(({ attack, foundBy }) => `${foundBy}: ${attack}`)
  expect(new Set(names).size).toBe(names.length)
})

test('README says how many there are', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`tries ${attacks.length + BUNDLE_TAMPERINGS.length} attacks`)
})

/** Packed into a bundle all the same, these change nothing that it shows or counts. */
const HARMLESS: ReadonlySet<string> = new Set([
  // Shown as its author's, whatever it says.
  'say that somebody else did it',
  // An erase that doesn't count erases nothing.
  'erase the entry of another without being an admin',
  'erase an entry under the hash of another',
  // Sealed entries are counted, and why one is sealed is the maker's choice.
  'strip a body that nobody erased',
  // What was sent is from before the removal.
  'write on after being removed',
])

test.each(attacks)('$attack ($by) is found by $foundBy: $named', async ({ attack, named, run }) => {
  const { names, packed } = await run()
  expect(names).toContain(named)
  if (packed) expect(packed.some((name) => name.startsWith('holds'))).toBe(HARMLESS.has(attack))
})

test('what can’t be found is what PROTOCOL.md lists, item for item', () => {
  const items = protocolLimits()
  for (const { listedAs } of LIMITS)
    expect(
      items.filter((item) => item.startsWith(listedAs)),
      listedAs,
    ).toHaveLength(1)
  for (const item of items)
    expect(LIMITS.filter(({ listedAs }) => item.startsWith(listedAs)).length, item).toBeGreaterThan(0)
})

test.each(LIMITS.flatMap(({ attack, by, run }) => (run ? [{ attack, by, run }] : [])))(
  '$attack ($by) is found by nobody, as PROTOCOL.md says',
  async ({ run }) => {
    expect(await run()).toEqual([])
  },
)
