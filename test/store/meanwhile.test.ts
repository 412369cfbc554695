import 'fake-indexeddb/auto'
import { liveQuery } from 'dexie'
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

test('who edits on is told of a later change of the same field, too', async () => {
  const db = openDatabase(`meanwhile-${crypto.randomUUID()}`)
  const [first, later] = [60, 90].map((second) => makeEntry(second, { actor: { id: 'bo', name: 'Bo Roy' } }))
  if (!first || !later) throw new Error('two entries were made')
  await appendEntries(db, [first])
  const resource = { app: first.app.origin, type: 'setting', id: 'security', name: 'Security' }
  const asked = liveQuery(() =>
    changedMeanwhile(db, resource, { name: 'sessionTimeout' }, { you: 'ana', nowMs: START_MS + 120_000 }),
  )
  const told: (string | undefined)[] = []
  const subscription = asked.subscribe((change) => told.push(change?.entryId))
  await expect.poll(() => told).toEqual([first.id])
  await appendEntries(db, [later])
  await expect.poll(() => told.at(-1)).toBe(later.id)
  subscription.unsubscribe()
  await db.delete()
})
