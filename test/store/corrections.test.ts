import 'fake-indexeddb/auto'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import {
  type CaptureRule,
  callType,
  correctEntry,
  idField,
  ignoreField,
  notAChange,
} from '../../lib/model/rules.ts'
import { correctRows } from '../../lib/store/corrections.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries, entriesByIds, entryById } from '../../lib/store/entries.ts'
import { facets, shownCount } from '../../lib/store/facets.ts'
import { type EntryFilter, eachEntryBatch, queryRows } from '../../lib/store/query.ts'
import { rewriteCount } from '../../lib/store/rewrites.ts'
import { putRule, removeRule, rules } from '../../lib/store/rules.ts'
import { arbitraryEntries, makeEntry } from '../helpers/entries.ts'

const opened: ReturnType<typeof openDatabase>[] = []
const freshDatabase = () => {
  const db = openDatabase(`corrections-${crypto.randomUUID()}`)
  opened.push(db)
  return db
}
type Database = ReturnType<typeof openDatabase>
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

let added = 0
const correct = async (db: Database, app: string, rule: CaptureRule) => {
  added += 1
  await putRule(db, { id: `rule-${added}`, app, addedAt: added, rule })
  await correctRows(db)
}
const found = async (db: Database, filter: EntryFilter) =>
  (await queryRows(db, filter, { limit: 1000 })).rows.map(({ id }) => id)
const countOf = async (db: Database, type: string) =>
  (await facets(db)).find(({ kind, value }) => kind === 'resourceType' && value === type)?.count

const ORIGIN = 'https://console.acme.dev'
const WIDGET = { resourceType: 'widget', resourceId: '7', after: { code: 'w-7', size: 1 } } as const

test('a type that was corrected is found, counted and exported under its new name, with the recorded one kept', async () => {
  const db = freshDatabase()
  const entry = makeEntry(1, WIDGET)
  await appendEntries(db, [makeEntry(0), entry])
  await correct(db, ORIGIN, callType(entry, 'gauge'))
  expect(await found(db, { resourceType: ['gauge'] })).toEqual([entry.id])
  expect(await found(db, { resourceType: ['widget'] })).toEqual([])
  expect(await found(db, { text: 'gauge' })).toEqual([entry.id])
  expect([await countOf(db, 'gauge'), await countOf(db, 'widget')]).toEqual([1, undefined])
  const exported = []
  for await (const batch of eachEntryBatch(db, { resourceType: ['gauge'] }, 10)) exported.push(...batch)
  expect(exported).toEqual([{ ...entry, resourceType: 'gauge', recorded: { resourceType: 'widget' } }])
  expect(await entryById(db, entry.id)).toEqual(entry)
})

test('a corrected id joins the history of its resource', async () => {
  const db = freshDatabase()
  const entry = makeEntry(1, WIDGET)
  await appendEntries(db, [entry, makeEntry(2, { ...WIDGET, resourceId: 'w-7' })])
  await correct(db, ORIGIN, idField(entry, '/code'))
  expect(await found(db, { resourceId: 'w-7' })).toHaveLength(2)
})

test('what is no change is left out and not counted, and shown when it is asked for', async () => {
  const db = freshDatabase()
  const entry = makeEntry(1, WIDGET)
  await appendEntries(db, [entry])
  await correct(db, ORIGIN, notAChange(entry))
  expect(await found(db, {})).toEqual([])
  expect(await found(db, { muted: true })).toEqual([entry.id])
  expect(await countOf(db, 'widget')).toBeUndefined()
  const [app] = (await facets(db)).filter(({ kind }) => kind === 'app')
  expect(app && [shownCount(app, {}), shownCount(app, { muted: true })]).toEqual([0, 1])
})

test('an ignored field is gone from the changes, and with the last of them the entry', async () => {
  const db = freshDatabase()
  const noise = { pointer: '/version', op: 'replace', before: 1, after: 2 } as const
  const both = makeEntry(1, { changes: [...makeEntry(1).changes, noise] })
  const alone = makeEntry(2, { changes: [noise] })
  await appendEntries(db, [both, alone])
  await correct(db, ORIGIN, ignoreField(both, '/version'))
  expect(await found(db, {})).toEqual([both.id])
  expect(await found(db, { field: 'version' })).toEqual([])
  expect((await entriesByIds(db, [both.id]))[0]?.changes).toEqual(makeEntry(1).changes)
})

test('what arrives later is shown by the rules too, a teammate’s entry included', async () => {
  const db = freshDatabase()
  await correct(db, ORIGIN, callType(makeEntry(0, WIDGET), 'gauge'))
  const later = makeEntry(3, { ...WIDGET, actor: { id: 'bo', name: 'Bo' } })
  await appendEntries(db, [later])
  expect(await found(db, { resourceType: ['gauge'] })).toEqual([later.id])
})

test('a correction that is taken back leaves everything as it was', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(0), makeEntry(1, WIDGET)])
  const before = await Promise.all([db.rows.toArray(), facets(db)])
  await correct(db, ORIGIN, callType(makeEntry(1, WIDGET), 'gauge'))
  await correct(db, ORIGIN, notAChange(makeEntry(0)))
  for (const { id } of await rules(db)) await removeRule(db, id)
  await correctRows(db)
  expect(await Promise.all([db.rows.toArray(), facets(db)])).toEqual(before)
})

test('what is said anew of the same thing takes the place of what was said', async () => {
  const db = freshDatabase()
  await appendEntries(db, [makeEntry(1, WIDGET)])
  await correct(db, ORIGIN, callType(makeEntry(1, WIDGET), 'gauge'))
  await correct(db, ORIGIN, callType(makeEntry(1, WIDGET), 'meter'))
  expect(await rules(db)).toHaveLength(1)
  expect([await countOf(db, 'gauge'), await countOf(db, 'meter')]).toEqual([undefined, 1])
})

test('stopped half-way it goes on, and open lists are told at the start and at the end', async () => {
  const db = freshDatabase()
  const entries = Array.from({ length: 1_200 }, (_, index) => makeEntry(index, WIDGET))
  await appendEntries(db, entries)
  await putRule(db, { id: 'r', app: ORIGIN, addedAt: 1, rule: callType(entries[0] as Entry, 'gauge') })
  const transaction = db.transaction.bind(db)
  let steps = 0
  const stopping = Object.assign(Object.create(db), {
    transaction: (...input: Parameters<typeof db.transaction>) => {
      steps += 1
      if (steps > 1) throw new Error('stopped')
      return transaction(...input)
    },
  })
  await expect(correctRows(stopping)).rejects.toThrow('stopped')
  expect(await found(db, { resourceType: ['gauge'] })).toHaveLength(500)
  const told = await rewriteCount(db)
  expect(told).toBeGreaterThan(0)
  await correctRows(db)
  expect(await db.rows.where('[resourceType+order]').between(['gauge', ''], ['gauge', '~']).count()).toBe(
    1_200,
  )
  expect(await rewriteCount(db)).toBeGreaterThan(told)
  expect(await countOf(db, 'gauge')).toBe(1_200)
})

test('rows made anew and rows made at once are the same, for any entries and rules', async () => {
  const rule = (entry: Entry): fc.Arbitrary<CaptureRule> =>
    fc.constantFrom(
      callType(entry, 'setting'),
      callType(entry, 'gauge'),
      idField(entry, '/sessionTimeout'),
      notAChange(entry),
      ignoreField(entry, entry.changes[0]?.pointer ?? '/mode'),
    )
  await fc.assert(
    fc.asyncProperty(
      arbitraryEntries(25)
        .filter(({ length }) => length > 0)
        .chain((entries) =>
          fc.tuple(
            fc.constant(entries),
            fc.array(
              fc.constantFrom(...entries).chain((entry) => fc.tuple(fc.constant(entry), rule(entry))),
              {
                maxLength: 5,
              },
            ),
          ),
        ),
      async ([entries, said]) => {
        const [early, late] = [freshDatabase(), freshDatabase()]
        await appendEntries(late, entries)
        for (const [index, [entry, rule]] of said.entries())
          for (const db of [early, late])
            await putRule(db, { id: `r${index}`, app: entry.app.origin, addedAt: index, rule })
        await appendEntries(early, entries)
        await correctRows(late)
        expect(await late.rows.toArray()).toEqual(await early.rows.toArray())
        const named = async (db: Database) => (await facets(db)).map(({ latest: _, ...facet }) => facet)
        expect(await named(late)).toEqual(await named(early))
        const kept = entries.filter(
          ({ app, evidence }) => app.name !== 'Daybook' && evidence.grade !== 'rejected',
        )
        const shown = []
        for (const entry of kept) {
          const own = (await rules(late)).filter(({ app }) => app === entry.app.origin)
          const { isMuted } = correctEntry(
            entry,
            own.map(({ rule }) => rule as unknown as CaptureRule),
          )
          if (!isMuted) shown.push(entry.id)
        }
        expect((await found(late, {})).toSorted()).toEqual(shown.toSorted())
        await early.delete()
        await late.delete()
      },
    ),
    { numRuns: 40 },
  )
})
