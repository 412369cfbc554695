import 'fake-indexeddb/auto'
import { expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { firstLook } from '../../lib/store/first-look.ts'
import { queryRows } from '../../lib/store/query.ts'
import { DEFAULT_PREFERENCES, putProfile, updatePreferences } from '../../lib/store/settings.ts'
import { makeEntry } from '../helpers/entries.ts'
import { tellStory } from '../helpers/story.ts'

const NOW_MS = Date.UTC(2026, 10, 22, 12)
const HIDDEN = [
  makeEntry(1, { evidence: { grade: 'rejected', via: 'fetch', beforeFrom: 'unknown' } }),
  makeEntry(2, { app: { origin: 'chrome-extension://abc', name: 'Daybook' } }),
]
const startOfDay = () => Date.UTC(2026, 10, 22)

test('makes no database where there is none', async () => {
  expect(await firstLook({ origin: undefined, limit: 10, startOfDay })).toBeUndefined()
  expect(await indexedDB.databases()).toEqual([])
})

test('shows the rows that the query engine shows, and the settings that the database holds', async () => {
  const db = openDatabase()
  const story = [...tellStory(NOW_MS), ...HIDDEN]
  const origin = story[0]?.app.origin ?? ''
  await appendEntries(db, story)
  await putProfile(db, { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev' })
  await updatePreferences(db, { timeZone: 'utc' })
  await db.apps.put({ origin, name: 'Console', state: 'paused', addedAt: 0 })

  for (const app of [origin, undefined]) {
    const filter = app === undefined ? {} : { app: [app] }
    const look = await firstLook({ origin: app, limit: 500, startOfDay })
    expect(look?.rows).toEqual((await queryRows(db, filter, { limit: 500 })).rows)
    expect(look).toMatchObject({
      origin: app,
      profile: { name: 'Maya Okafor' },
      preferences: { ...DEFAULT_PREFERENCES, timeZone: 'utc' },
      isWhole: true,
    })
  }
  const look = await firstLook({ origin, limit: 3, startOfDay })
  expect(look).toMatchObject({ app: { state: 'paused' }, isWhole: false })
  expect(look?.today).toBe(
    story.filter(({ app, time }) => app.origin === origin && Date.parse(time) >= startOfDay()).length,
  )
})
