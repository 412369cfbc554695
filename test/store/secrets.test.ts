import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { sameSecretsBefore } from '../../lib/store/secrets.ts'
import { makeEntry } from '../helpers/entries.ts'

const withToken = (index: number, fingerprint: string, resourceId = 'hook') =>
  makeEntry(index, { resourceId, redactions: [{ pointer: '/token', reason: 'token', fingerprint }] })

test('a secret that was put back is told with the time when it was there last', async () => {
  const db = openDatabase('same-secrets')
  const entries = [
    withToken(1, 'aaaa'),
    withToken(2, 'aaaa'),
    withToken(3, 'bbbb'),
    withToken(4, 'aaaa', 'another hook'),
    withToken(5, 'aaaa'),
  ]
  await appendEntries(db, entries)
  const [, second, third, , last] = entries
  expect(last && (await sameSecretsBefore(db, last))).toEqual(new Map([['/token', second?.time]]))
  expect(third && (await sameSecretsBefore(db, third))).toEqual(new Map())
})
