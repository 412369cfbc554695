import { expect, test } from 'vitest'
import { toEntryDiff } from '../../lib/diff/entry-diff.ts'
import { makeEntry } from '../helpers/entries.ts'

test('a secret that another took the place of is told, though both sides show the same mark', () => {
  const secret = { $redacted: 'token' }
  const diff = toEntryDiff(
    makeEntry(0, {
      before: { secret, name: 'Orders' },
      after: { secret, name: 'Orders' },
      changes: [
        { pointer: '/secret', label: 'Signing secret', op: 'replace', before: secret, after: secret },
      ],
    }),
  )
  expect(diff.groups.flatMap(({ items }) => items.map(({ kind, label }) => [kind, label]))).toEqual([
    ['secret', 'Signing secret'],
  ])
})
