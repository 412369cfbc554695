import 'fake-indexeddb/auto'
import { afterEach, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { eachEntryBatch, queryRows, searchRows } from '../../lib/store/query.ts'
import { makeEntry } from '../helpers/entries.ts'

const opened: ReturnType<typeof openDatabase>[] = []
const freshDatabase = () => {
  const db = openDatabase(`query-${crypto.randomUUID()}`)
  opened.push(db)
  return db
}
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

const ids = (entries: readonly { id: string }[]) => entries.map(({ id }) => id)

test('pages through all entries newest first, each once', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 250 }, (_, index) => makeEntry(index))
  await appendEntries(db, entries)
  const seen: string[] = []
  let after: string | undefined
  do {
    const page = await queryRows(db, {}, { limit: 40, after })
    seen.push(...ids(page.rows))
    after = page.next
  } while (after)
  expect(seen).toEqual(ids(entries).reverse())
})

test('ends without a cursor when the last page is exactly full', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(0), makeEntry(1)])
  expect((await queryRows(db, {}, { limit: 2 })).next).toBeUndefined()
  expect((await queryRows(db, {}, { limit: 1 })).next).toBeDefined()
})

test('finds a rare pair of two common values by their keys', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 1200 }, (_, index) => {
    const isRare = index === 17 || index === 801
    const isFirstHalf = index % 2 === 0
    return makeEntry(index, {
      actor: { id: isFirstHalf || isRare ? 'ana' : 'bo', name: 'Someone' },
      resourceType: isFirstHalf && !isRare ? 'flag' : 'setting',
    })
  })
  await appendEntries(db, entries)
  const { rows } = await queryRows(db, { actor: ['ana'], resourceType: ['setting'] }, { limit: 10 })
  expect(ids(rows)).toEqual([entries[801]?.id, entries[17]?.id])
})

test('finds a word that did not fit into the index', async () => {
  const db = freshDatabase()
  const prose = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ')
  const entry = makeEntry(1, {
    changes: [{ pointer: '/prompt', op: 'replace', before: '', after: `${prose} zebra` }],
  })
  await appendEntries(db, [makeEntry(0), entry, makeEntry(2)])
  expect(ids((await queryRows(db, { text: 'zeb' }, { limit: 10 })).rows)).toEqual([entry.id])
})

test('stops when it is told to', async () => {
  const db = freshDatabase()
  await appendEntries(
    db,
    Array.from({ length: 400 }, (_, index) => makeEntry(index)),
  )
  const stop = new AbortController()
  const steps: number[] = []
  const search = async () => {
    for await (const step of searchRows(db, {}, { signal: stop.signal })) {
      steps.push(step.rows.length)
      stop.abort(new Error('stopped'))
    }
  }
  await expect(search()).rejects.toThrow('stopped')
  expect(steps).toHaveLength(1)
})

test('gives whole entries in batches', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 25 }, (_, index) => makeEntry(index))
  await appendEntries(db, entries)
  const batches: Entry[][] = []
  for await (const batch of eachEntryBatch(db, { app: ['https://console.acme.dev'] }, 10)) batches.push(batch)
  expect(batches.map(({ length }) => length)).toEqual([10, 10, 5])
  expect(batches.flat()).toEqual(entries.toReversed())
})
