/** [B5] What headers say of other feeds, against what a bundle has of them. */
import { expect, test } from 'vitest'
import { createClaims } from '../../../lib/export/bundle/claims.ts'
import { createFindings } from '../../../lib/export/bundle/findings.ts'
import type { SignedOperation } from '../../../lib/team/operation.ts'
import type { Roster } from '../../../lib/team/roster.ts'

const roster = { devices: new Map() } as unknown as Roster
const hash = (fill: number) => new Uint8Array(32).fill(fill)

/** Device 9 says of device 5 that its second entry is `hash(2)`, and later that its eighth is `hash(8)`. */
const faultsOf = (...stretches: readonly (readonly [seq: number, fill: number][])[]) => {
  const claims = createClaims()
  const findings = createFindings()
  claims.begin(5)
  for (const stretch of stretches)
    for (const [index, [seq, fill]] of stretch.entries())
      claims.have({ feed: 5, seq, hash: hash(fill) }, index === 0)
  claims.byDevice({ feed: 5, seq: 2, hash: hash(2) }, 9, 1)
  claims.byDevice({ feed: 5, seq: 8, hash: hash(8) }, 9, 4)
  claims.check(roster, [], findings)
  return [findings.integrity, findings.completeness].flatMap((one) =>
    one.verdict().faults.map(({ name, seq }) => `${name} ${seq}`),
  )
}
const run = (from: number, to: number, fills: (seq: number) => number = (seq) => seq) =>
  Array.from({ length: to - from + 1 }, (_, index): [number, number] => [from + index, fills(from + index)])

test('a feed that has what was said of it is whole', () => {
  expect(faultsOf(run(1, 8))).toEqual([])
})

test('a beginning that was rewritten is a fork, also where the end is left off', () => {
  expect(faultsOf(run(1, 2, (seq) => seq + 100))).toEqual(['fork 2', 'missing tail 8'])
})

test('a beginning that was rewritten is a fork, also where a gap keeps it apart from the true end', () => {
  expect(
    faultsOf(
      run(1, 3, (seq) => seq + 100),
      run(6, 8),
    ),
  ).toEqual(['fork 2'])
})

test('a roster that was another to somebody is told', () => {
  const claims = createClaims()
  const findings = createFindings()
  claims.byDevice({ feed: 0, seq: 1, hash: hash(1) }, 9, 1)
  const shown = { hash: '02'.repeat(32) } as SignedOperation
  claims.check(roster, [shown], findings)
  expect(findings.integrity.verdict().faults.map(({ name }) => name)).toEqual(['another roster'])
})
