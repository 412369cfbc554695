import 'fake-indexeddb/auto'
import { afterEach, expect, test } from 'vitest'
import { startRetention } from '../../entrypoints/background/retention.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { updatePreferences } from '../../lib/store/settings.ts'
import { makeEntry, START_MS } from '../helpers/entries.ts'
import { until } from '../helpers/sync-world.ts'

const DAY_MS = 86_400_000
type Alarms = Parameters<typeof startRetention>[0]['alarms']

const openWorld = async () => {
  const db = openDatabase(`retention-${crypto.randomUUID()}`)
  const set = new Set<string>()
  const listeners: ((alarm: { name: string }) => void)[] = []
  const alarms = {
    get: async (name: string) => (set.has(name) ? { name } : undefined),
    create: async (name: string) => void set.add(name),
    clear: async (name: string) => set.delete(name),
    onAlarm: { addListener: (listener: (alarm: { name: string }) => void) => void listeners.push(listener) },
  } as unknown as Alarms
  const world = { nowMs: START_MS }
  await appendEntries(
    db,
    [0, 10, 20].map((day) => makeEntry(day, { time: new Date(START_MS + day * DAY_MS).toISOString() })),
  )
  return {
    db,
    set,
    start: () => startRetention({ db, alarms, now: () => world.nowMs }),
    days: (days: number) => {
      world.nowMs = START_MS + days * DAY_MS
    },
    ring: () => {
      for (const listener of listeners) listener({ name: [...set][0] ?? '' })
    },
  }
}

let world: Awaited<ReturnType<typeof openWorld>>
afterEach(() => world.db.delete())

test('entries that are kept for ever stay, and nothing wakes the background', async () => {
  world = await openWorld()
  world.days(10_000)
  await world.start()
  expect([await world.db.bodies.count(), world.set.size]).toEqual([3, 0])
})

test('what is older than it is to be kept goes when the background starts', async () => {
  world = await openWorld()
  await updatePreferences(world.db, { retentionDays: 30 })
  world.days(45)
  await world.start()
  expect(await world.db.bodies.count()).toBe(1)
  expect(await world.db.rows.count()).toBe(1)
})

test('what becomes too old while the browser runs goes by and by', async () => {
  world = await openWorld()
  await updatePreferences(world.db, { retentionDays: 30 })
  world.days(25)
  await world.start()
  expect(await world.db.bodies.count()).toBe(3)
  world.days(35)
  world.ring()
  await until('the oldest is gone', async () => (await world.db.bodies.count()) === 2)
})
