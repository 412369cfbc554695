import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries, entryById } from '../../lib/store/entries.ts'
import { eraseApp, eraseBefore, wipe } from '../../lib/store/erase.ts'
import { entryCount, facets, shownCount } from '../../lib/store/facets.ts'
import { queryRows } from '../../lib/store/query.ts'
import { addRefusals, MAX_REFUSALS, refusals } from '../../lib/store/refusals.ts'
import { entryToRow, excerptPair, MAX_TERMS, orderOf } from '../../lib/store/row.ts'
import { preferences, updatePreferences } from '../../lib/store/settings.ts'
import { arbitraryEntries, arbitraryEntry, makeEntry, START_MS } from '../helpers/entries.ts'

const opened: ReturnType<typeof openDatabase>[] = []
const freshDatabase = () => {
  const db = openDatabase(`entries-${crypto.randomUUID()}`)
  opened.push(db)
  return db
}
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

test('stores an entry once, however often it is sent', async () => {
  const db = freshDatabase()
  const entry = makeEntry(0)
  await appendEntries(db, [entry, entry])
  await Promise.all([appendEntries(db, [entry, makeEntry(1)]), appendEntries(db, [entry])])
  expect(await db.rows.count()).toBe(2)
  expect(await entryById(db, entry.id)).toEqual(entry)
  expect(entryCount(await facets(db))).toBe(2)
})

test('keeps the first of two different entries with one id', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(0)])
  await appendEntries(db, [
    makeEntry(0, { resourceId: 'forged', time: new Date(START_MS + 5000).toISOString() }),
  ])
  expect((await queryRows(db, {}, { limit: 9 })).rows.map(({ resourceId }) => resourceId)).toEqual([
    'security',
  ])
})

test('numbers entries by arrival, whatever their time', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(5)])
  await appendEntries(db, [makeEntry(2), makeEntry(9)])
  expect((await db.rows.orderBy('arrival').toArray()).map(({ arrival, id }) => [arrival, id])).toEqual(
    [5, 2, 9].map((index, place) => [place + 1, makeEntry(index).id]),
  )
})

test('orders rows by time and then by id, newest first', () => {
  fc.assert(
    fc.property(arbitraryEntry(3), arbitraryEntry(4), (a, b) => {
      const isNewer = a.time > b.time || (a.time === b.time && a.id > b.id)
      expect(orderOf(a.time, a.id) < orderOf(b.time, b.id)).toBe(isNewer)
    }),
  )
})

test('indexes at most twelve terms of an entry', () => {
  fc.assert(
    fc.property(arbitraryEntry(0), (entry) => {
      expect(entryToRow(entry, 1).terms.length).toBeLessThanOrEqual(MAX_TERMS)
    }),
  )
})

test('a row shows a secret as dots and finds no word of its mark', () => {
  const secret = { $redacted: 'token' }
  const row = entryToRow(
    makeEntry(0, { changes: [{ pointer: '/key', op: 'replace', before: secret, after: secret }] }),
    1,
  )
  expect(row.first).toMatchObject({ before: '•••', after: '•••' })
  expect(row.words).not.toContain('token')
})

test('excerpts keep the place where two long texts part', () => {
  const start = 'be brief and polite to everybody who asks '.repeat(8)
  const [before, after] = excerptPair(`${start}and honest. ${start}`, `${start}and kind. ${start}`)
  expect(before).toContain('and honest')
  expect(after).toContain('and kind')
  expect(after?.length).toBeLessThan(130)
})

test('facet counts are those of the stored rows after writing and erasing, and of what a click on them shows', async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryEntries(25), fc.integer({ min: 0, max: 31 }), async (entries, minute) => {
      const db = freshDatabase()
      await appendEntries(db, entries)
      const cut = START_MS + minute * 60_000
      await eraseBefore(db, cut)
      await eraseApp(db, 'https://grafana.test')
      const kept = entries.filter(
        (entry) => Date.parse(entry.time) >= cut && entry.app.origin !== 'https://grafana.test',
      )
      expect(await db.rows.count()).toBe(kept.length)
      expect(await db.bodies.count()).toBe(kept.length)
      const counts = Object.fromEntries(
        (await facets(db)).map(({ kind, value, count }) => [`${kind} ${value}`, count]),
      )
      const expected: Record<string, number> = {}
      for (const entry of kept) {
        const isOwn = entry.app.name === 'Daybook'
        for (const key of [
          `app ${entry.app.origin}`,
          ...(isOwn
            ? []
            : [`actor ${entry.actor.id}`, `resourceType ${entry.resourceType}`, `action ${entry.action}`]),
        ])
          expected[key] = (expected[key] ?? 0) + 1
      }
      expect(counts).toEqual(expected)
      for (const facet of await facets(db))
        for (const rejected of [false, true]) {
          const { rows } = await queryRows(db, { [facet.kind]: [facet.value], rejected }, { limit: 100 })
          expect(rows.length, `${facet.kind} ${facet.value}`).toBe(shownCount(facet, { rejected }))
        }
      await db.delete()
    }),
    { numRuns: 30 },
  )
})

test('wiping leaves nothing behind', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(0)])
  await updatePreferences(db, { theme: 'dark' })
  await wipe(db)
  for (const table of db.tables) expect(await table.count()).toBe(0)
  expect((await preferences(db)).theme).toBe('system')
})

test('keeps the latest refusals only', async () => {
  const db = freshDatabase()
  for (let batch = 0; batch < 5; batch += 1)
    await addRefusals(
      db,
      Array.from({ length: 60 }, (_, index) => ({ at: batch * 60 + index, reason: 'too large' })),
    )
  const kept = await refusals(db)
  expect(kept).toHaveLength(MAX_REFUSALS)
  expect(kept[0]?.at).toBe(299)
})
