/** What a page leaves for the next one goes with its tab, and with its app when the app is forgotten. */
import { expect, test } from 'vitest'
import { createVisits } from '../../entrypoints/background/visits.ts'

const world = () => {
  const items = new Map<string, unknown>()
  const visits = createVisits({
    area: {
      get: async (keys) =>
        Object.fromEntries([keys].flat().flatMap((key) => (items.has(key) ? [[key, items.get(key)]] : []))),
      set: async (added) => {
        for (const [key, value] of Object.entries(added)) items.set(key, structuredClone(value))
      },
      remove: async (keys) => {
        for (const key of keys) items.delete(key)
      },
    },
  })
  return { visits, kept: () => JSON.stringify([...items]) }
}

const NOWHERE = { name: '', openerTabId: undefined }

test('Forgetting an app forgets what its pages left, in every tab and for every frame, and nothing of others', async () => {
  const { visits, kept } = world()
  const forgotten = 'https://app.test'
  const other = { tabId: 1, frameId: 0, origin: 'https://app.test:8443' }
  await visits.remember({ tabId: 1, frameId: 0, origin: forgotten }, 'plaintext one')
  await visits.remember({ tabId: 2, frameId: 7, origin: forgotten }, 'plaintext two', 'details')
  await visits.remember(other, 'of another')
  await visits.forgetApp(forgotten)
  expect(kept()).not.toContain('plaintext')
  expect(kept()).not.toContain(`${forgotten}"`)
  expect(await visits.recall(other, NOWHERE)).toBe('of another')
})

test('A closed tab takes with it what its pages left', async () => {
  const { visits, kept } = world()
  await visits.remember({ tabId: 1, frameId: 0, origin: 'https://app.test' }, 'plaintext')
  await visits.forgetTab(1)
  expect(kept()).not.toContain('plaintext')
})
