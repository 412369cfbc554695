/** What pages foresaw: stored when they fall silent or go, never twice, never while an answer may come. */
import { expect, test } from 'vitest'
import { createWills, LAST_WORDS_MS, SILENT_MS, type Will } from '../../entrypoints/background/wills.ts'

const ORIGIN = 'https://app.test'

const world = () => {
  const items = new Map<string, unknown>()
  const stored: unknown[] = []
  const tabs = new Map<number, 'loading' | 'complete'>([[1, 'complete']])
  let nowMs = 0
  const open = () =>
    createWills({
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
      now: () => nowMs,
      store: async (origin, drafts) => {
        stored.push(...drafts.map((draft) => `${origin} ${draft}`))
      },
      stateOf: async (tabId) => tabs.get(tabId) ?? 'gone',
    })
  const will = (id: string, more: Partial<Will> = {}): Will => ({
    id,
    origin: ORIGIN,
    tabId: 1,
    frameId: 0,
    isWaiting: false,
    at: nowMs,
    draft: id,
    ...more,
  })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { wills: open(), open, will, pass, stored, tabs, items }
}

test('stores what a silent page foresaw, once, and keeps nothing of it', async () => {
  const { wills, will, pass, stored, items } = world()
  await wills.add([will('a')])
  expect(await wills.sweep()).toBe(SILENT_MS)
  expect(stored).toEqual([])
  pass(SILENT_MS)
  expect(await wills.sweep()).toBeUndefined()
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} a`])
  expect([...items.keys()]).toEqual(['wills'])
})

test('stores the last that was said, and nothing that was stored or came to nothing', async () => {
  const { wills, will, pass, stored } = world()
  await wills.add([will('a', { draft: 'first' }), will('b'), will('c')])
  await wills.add([will('a', { draft: 'second' })])
  await wills.drop(ORIGIN, ['b'])
  await wills.drop('https://other.test', ['c'])
  pass(SILENT_MS)
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} c`, `${ORIGIN} second`])
})

test('waits while the tab loads, which may be the answer', async () => {
  const { wills, will, pass, stored, tabs } = world()
  tabs.set(1, 'loading')
  await wills.add([will('a')])
  pass(SILENT_MS * 5)
  expect(await wills.sweep()).toBeGreaterThan(0)
  expect(stored).toEqual([])
  tabs.set(1, 'complete')
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} a`])
})

test('waits for an answer as long as its page is there', async () => {
  const { wills, will, pass, stored } = world()
  await wills.add([will('a', { isWaiting: true })])
  pass(SILENT_MS * 10)
  expect(await wills.sweep()).toBeUndefined()
  expect(stored).toEqual([])
  expect(await wills.gone(1, 0)).toBe(true)
  pass(LAST_WORDS_MS)
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} a`])
})

test('gives the last words of a tab that closed a moment to arrive', async () => {
  const { wills, will, pass, stored } = world()
  await wills.add([will('a'), will('b', { isWaiting: true }), will('c', { tabId: 2 })])
  await wills.gone(1)
  expect(await wills.sweep()).toBe(LAST_WORDS_MS)
  await wills.drop(ORIGIN, ['a'])
  pass(LAST_WORDS_MS)
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} b`])
})

test('stores what arrives after its tab is gone', async () => {
  const { wills, will, pass, stored, tabs } = world()
  tabs.delete(1)
  await wills.gone(1)
  await wills.add([will('a', { isWaiting: true })])
  pass(await wills.sweep().then((ms) => ms ?? 0))
  await wills.sweep()
  expect(stored).toEqual([`${ORIGIN} a`])
})

test('a worker that was stopped goes on where it was', async () => {
  const { wills, open, will, pass, stored } = world()
  await wills.add([will('a'), will('b')])
  await wills.drop(ORIGIN, ['b'])
  pass(SILENT_MS)
  await open().sweep()
  expect(stored).toEqual([`${ORIGIN} a`])
})

test('more than it may hold is stored, not dropped', async () => {
  const { wills, will, stored } = world()
  await wills.add(Array.from({ length: 400 }, (_, index) => will(String(index))))
  expect(stored).toHaveLength(100)
  expect(stored[0]).toBe(`${ORIGIN} 0`)
})

test('keeps nothing of an app that is forgotten, in a worker that knew of it and in a new one', async () => {
  const { wills, open, will, pass, stored, items } = world()
  await wills.add([will('a', { draft: 'typed here' }), will('b', { origin: 'https://other.test' })])
  await wills.forgetApp(ORIGIN)
  expect(JSON.stringify([...items])).not.toContain('typed here')
  await wills.add([will('c', { draft: 'typed again' })])
  await open().forgetApp(ORIGIN)
  expect(JSON.stringify([...items])).not.toContain('typed again')
  pass(SILENT_MS)
  await open().sweep()
  expect(stored).toEqual(['https://other.test b'])
})
