import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { changedMeanwhile } from '../../lib/store/meanwhile.ts'
import { makeEntry, START_MS } from '../helpers/entries.ts'

test('a teammate’s change of the field being edited is told, by its label or its key, while it is fresh', async () => {
  const db = openDatabase(`meanwhile-${crypto.randomUUID()}`)
  const bo = { id: 'bo', name: 'Bo Roy' }
  const theirs = makeEntry(60, { actor: bo })
  await appendEntries(db, [
    makeEntry(0),
    theirs,
    makeEntry(70),
    makeEntry(80, { actor: bo, resourceId: 'other' }),
  ])
  const resource = { app: theirs.app.origin, type: 'setting', id: 'security', name: 'Security' }
  const ask = (field: { label?: string; name?: string }, minutes = 2) =>
    changedMeanwhile(db, resource, field, { you: 'ana', nowMs: START_MS + minutes * 60_000 })
  expect(await ask({ label: 'Session timeout *' })).toMatchObject({ actor: bo, entryId: theirs.id })
  expect(await ask({ name: 'session_timeout' })).toMatchObject({ change: { after: 15 } })
  expect(await ask({ label: 'Timeout' })).toBeUndefined()
  expect(await ask({ label: 'Session timeout' }, 15)).toBeUndefined()
  await db.delete()
})
