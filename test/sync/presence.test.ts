import { afterEach, expect, test, vi } from 'vitest'
import type { Present } from '../../lib/messages/presence.ts'
import { updatePreferences } from '../../lib/store/settings.ts'
import { openPresenceState, sealPresence } from '../../lib/sync/presence.ts'
import type { TeamContext } from '../../lib/sync/team-context.ts'
import { makeEntry } from '../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../helpers/sync-world.ts'
import { randomBytes, subtle } from '../helpers/team.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: World
afterEach(() => world.close())

const ORIGIN = 'https://console.acme.dev'
const looking = { origin: ORIGIN, resourceType: 'flag', resourceId: 'dark-mode', field: 'Rollout' }

/** A panel that is open in a browser. */
const openPanel = async (browser: Browser, isOn = true) => {
  await updatePreferences(browser.db, { presence: isOn })
  let present: readonly Present[] = []
  const stopWatching = browser.sync().watch()
  const panel = browser.sync().presence.open((heard) => {
    present = heard
  })
  return {
    look: panel.look,
    names: () => present.map(({ name }) => name),
    present: () => present,
    close: () => {
      panel.close()
      stopWatching()
    },
  }
}

test('[N1] says what is in view to teammates who look too, and takes it back', async () => {
  world = await createWorld()
  const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  const anaPanel = await openPanel(ana)
  anaPanel.look(looking)
  const boPanel = await openPanel(bo)
  boPanel.look({ origin: ORIGIN })
  await until('Bo sees Ana, who was there before', () => boPanel.names().includes('Ana'))
  expect(boPanel.present()).toMatchObject([{ name: 'Ana', looking }])
  await until('Ana sees Bo', () => anaPanel.names().includes('Bo'))
  anaPanel.look(undefined)
  await until('Ana is gone', () => boPanel.names().length === 0)
  anaPanel.look(looking)
  await until('Ana is back', () => boPanel.names().length === 1)
  anaPanel.close()
  await until('Ana closed the panel', () => boPanel.names().length === 0)
  boPanel.close()
  const sent = Buffer.concat(world.traffic)
  for (const word of ['dark-mode', 'Rollout', ORIGIN]) expect(sent.includes(word), word).toBe(false)
})

test('[N1] who opens a panel while connected sees at once who was there before', async () => {
  world = await createWorld()
  const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  bo.sync().watch()
  const anaPanel = await openPanel(ana)
  anaPanel.look(looking)
  await ana.record(makeEntry(1))
  await until('Bo hears of Ana', async () => (await bo.entries()).length === 1)
  const boPanel = await openPanel(bo)
  boPanel.look({ origin: ORIGIN })
  await until('Bo sees Ana', () => boPanel.names().includes('Ana'), 20_000)
})

test('[N1] nothing is said of a private app, nor by and to those who did not switch it on', async () => {
  world = await createWorld()
  const { browsers } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  const anaPanel = await openPanel(ana)
  anaPanel.look({ ...looking, origin: 'https://private.test' })
  const boPanel = await openPanel(bo, false)
  boPanel.look(looking)
  const cyPanel = await openPanel(cy)
  cyPanel.look(looking)
  await until('Ana sees Cy alone', () => anaPanel.names().join() === 'Cy')
  expect(boPanel.names()).toEqual([])
  expect(cyPanel.names()).toEqual([])
})

test('[N2] what is stale, damaged or under another feed is nobody’s', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  expect(await bo.teams.follow(team)).toMatchObject({ ok: true })
  const anas = (await ana.teams.context(team)) as TeamContext
  const bos = (await bo.teams.context(team)) as TeamContext
  const sealed = await sealPresence(subtle, anas, looking, 1_000_000, randomBytes(12))
  if (!sealed) throw new Error('Ana has no key')
  const open = (state: unknown, nowMs = 1_000_000) => openPresenceState(subtle, bos, state, nowMs)
  expect(await open(sealed)).toMatchObject({ name: 'Ana', looking })
  expect(await open(sealed, 1_000_000 + 301_000)).toBeUndefined()
  expect(await open(sealed, 1_000_000 - 301_000)).toBeUndefined()
  expect(await open({ ...sealed, feed: bos.self.feed })).toBeUndefined()
  expect(await open({ ...sealed, feed: 7 })).toBeUndefined()
  expect(await open({ ...sealed, epoch: 9 })).toBeUndefined()
  expect(await open({ ...sealed, box: `A${sealed.box.slice(1)}` })).toBeUndefined()
  for (const state of [null, 1, 'x', [], {}, { feed: 1 }, { ...sealed, box: '' }]) {
    expect(await open(state)).toBeUndefined()
  }
})
