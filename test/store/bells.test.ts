import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { countUnseen, ringBells, seeEntry, seeView, unseenBells } from '../../lib/store/bells.ts'
import { type DaybookDatabase, openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import type { TeamRow } from '../../lib/store/log-tables.ts'
import { putProfile, updatePreferences } from '../../lib/store/settings.ts'
import { putView } from '../../lib/store/views.ts'
import { makeEntry, START_MS } from '../helpers/entries.ts'

let db: DaybookDatabase
beforeEach(async () => {
  db = openDatabase(`bells-${crypto.randomUUID()}`)
  await putProfile(db, { id: 'you', name: 'You', email: '' })
})
afterEach(() => db.delete())

const context = { nowMs: START_MS, dayToMs: (day: string) => Date.parse(`${day}T00:00:00Z`) }
const ring = async () =>
  (await ringBells(db, context)).map(({ view, rows }) => [view.name, rows.map(({ id }) => id)])
const watch = (name: string, query: string, isOn = true) =>
  putView(db, { id: name, name, query, addedAt: 0, ...(isOn && { bell: true }) })
const bo = { id: 'bo', name: 'Bo Roy' }
const you = { id: 'you', name: 'You' }

test('rings once for what arrives in a watched view, and stays unseen until it is looked at', async () => {
  await appendEntries(db, [makeEntry(0)])
  await watch('Security', 'id:security')
  await watch('Not watched', 'id:security', false)
  expect(await ring()).toEqual([])
  const [first, second, other] = [makeEntry(1), makeEntry(2), makeEntry(3, { resourceId: 'billing' })]
  await appendEntries(db, [first, second, other])
  expect(await ring()).toEqual([['Security', [second.id, first.id]]])
  expect(await ring()).toEqual([])
  expect(countUnseen(await unseenBells(db))).toBe(2)
  expect(await seeEntry(db, first.id)).toBe(true)
  expect(await seeEntry(db, first.id)).toBe(false)
  expect(countUnseen(await unseenBells(db))).toBe(1)
  await seeView(db, 'Security')
  expect(await unseenBells(db)).toEqual([])
})

test('own changes ring only where that was asked for', async () => {
  await watch('All', 'field:timeout')
  await ring()
  await appendEntries(db, [makeEntry(1, { actor: you })])
  expect(await ring()).toEqual([])
  await updatePreferences(db, { bellOwn: true })
  const own = makeEntry(2, { actor: you })
  await appendEntries(db, [own])
  expect(await ring()).toEqual([['All', [own.id]]])
})

test('what a team had before this browser joined it does not ring, however much it is; what comes after does', async () => {
  await watch('Security', 'id:security')
  await ring()
  const team = 'a1'.repeat(16)
  const count = 2_500
  const device = {
    feed: 7,
    name: 'Laptop',
    addedMs: START_MS + count * 1000,
    removed: false,
    waits: false,
  }
  const own = { id: 'you', name: 'You', role: 'writer', joinedMs: 0, removed: false, devices: [device] }
  await db.teams.put({
    team,
    self: { feed: 7, member: 'you', signPublic: '', agreePublic: '' },
    state: 'active',
    links: {},
    view: { name: 'Ops', members: [own], invites: [] },
  } as unknown as TeamRow)
  const history = Array.from({ length: count }, (_, index) => makeEntry(index, { actor: bo }))
  const [late, news] = [makeEntry(3_000, { actor: bo, backfilled: true }), makeEntry(3_001, { actor: bo })]
  const arrived = [...history, late, news]
  await appendEntries(db, arrived)
  await db.envelopes.bulkAdd(
    arrived.map(({ id }, seq) => ({ team, feed: 9, seq, bytes: new Uint8Array(), bodyAt: 0, entry: id })),
  )
  expect(await ring()).toEqual([['Security', [news.id]]])
})

test('an entry in two watched views counts once; what lists hide rings for nobody', async () => {
  await watch('By Bo', 'actor:bo')
  await watch('Security', 'id:security')
  await ring()
  const refused = { grade: 'rejected', via: 'fetch', beforeFrom: 'read' } as const
  await appendEntries(db, [makeEntry(1, { actor: bo }), makeEntry(2, { actor: bo, evidence: refused })])
  expect(await ring()).toHaveLength(2)
  expect(countUnseen(await unseenBells(db))).toBe(1)
})
