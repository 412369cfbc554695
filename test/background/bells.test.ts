/** What a person is told of what arrives: the number on the icon, and a notification where it is allowed, which opens the view. */
import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WxtBrowser } from 'wxt/browser'
import { type Bells, startBells } from '../../entrypoints/background/bells.ts'
import { seeView } from '../../lib/store/bells.ts'
import { type DaybookDatabase, openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { putProfile } from '../../lib/store/settings.ts'
import { putView } from '../../lib/store/views.ts'
import { makeEntry } from '../helpers/entries.ts'
import { until } from '../helpers/sync-world.ts'

let db: DaybookDatabase
let bells: Bells
let isAllowed: boolean
let badge: string
let told: { readonly id: string; readonly title: string; readonly message: string }[]
let opened: string[]
let click: (id: string) => void

const browser = {
  action: {
    setBadgeBackgroundColor: async () => undefined,
    setBadgeText: async ({ text }: { text: string }) => {
      badge = text
    },
  },
  tabs: {
    query: async () => [],
    create: async ({ url }: { url: string }) => opened.push(url),
  },
  permissions: { contains: async () => isAllowed },
  runtime: { getURL: (path: string) => `extension:/${path}` },
  notifications: {
    create: async (id: string, { title, message }: { title: string; message: string }) =>
      told.push({ id, title, message }),
    clear: async () => true,
    onClicked: {
      addListener: (listener: (id: string) => void) => {
        click = listener
      },
    },
  },
} as unknown as WxtBrowser

beforeEach(async () => {
  db = openDatabase(`bells-${crypto.randomUUID()}`)
  ;[isAllowed, badge, told, opened] = [true, '', [], []]
  await putProfile(db, { id: 'you', name: 'You', email: '' })
  await putView(db, { id: 'v', name: 'Security', query: 'id:security', addedAt: 0, bell: true })
  bells = startBells(db, browser)
  // From here on what arrives is new.
  await until('it has looked', async () => (await db.settings.get('bells up to')) !== undefined)
})
afterEach(() => db.delete())

const arrive = (index: number) =>
  appendEntries(db, [makeEntry(index, { actor: { id: 'bo', name: 'Bo Roy' }, resourceName: 'Security' })])

test('a notification says what happened, and a click on it opens the view', async () => {
  await arrive(1)
  await until('it is told', async () => told.length === 1)
  expect(told[0]?.title).toBe('1 new in Security')
  expect(told[0]?.message).toMatch(/^Bo Roy set Session timeout .* → .* · Security · /)
  expect(badge).toBe('1')
  click(told[0]?.id ?? '')
  await until('it is opened', async () => opened.length === 1)
  expect(opened[0]).toMatch(/review\.html\?q=id%3Asecurity$/)
})

test('without the permission only the number says it, and looking takes it away', async () => {
  isAllowed = false
  await arrive(1)
  await arrive(2)
  await until('both are counted', async () => badge === '2')
  expect(told).toEqual([])
  await seeView(db, 'v')
  await bells.seen()
  expect(badge).toBe('')
})
