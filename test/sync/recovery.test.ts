/** The recovery kit of README's "Team": what was lost, and the way back. Copied and restored profiles are in sync.test.ts. */
import { afterEach, expect, test, vi } from 'vitest'
import { makeEntry, makeId } from '../helpers/entries.ts'
import {
  type Browser,
  createWorld,
  gatherTeam,
  MOVED_RELAY,
  until,
  WORLD_RELAY,
  type World,
} from '../helpers/sync-world.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: World
afterEach(() => world.close())

const hasEntry = (browser: Browser, index: number) => async () =>
  (await browser.entries()).some(({ id }) => id === makeId(index))
const selfOf = async (browser: Browser, team: string) => {
  const context = await browser.teams.context(team)
  if (!context) throw new Error('no team')
  return context.self
}
const expectOk = (outcome: { readonly ok: boolean; readonly reason?: string }): void =>
  expect(outcome).toMatchObject({ ok: true })

test('a lost device: its owner removes it from another, the key is new, and it gets nothing any more', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  const link = await bo.teams.invite(team, { role: 'writer', uses: 1, days: 1, ownDevice: true })
  if (!link.ok) throw new Error(link.reason)
  const phone = await world.addBrowser('Bo’s phone')
  expectOk(await phone.teams.join(link.value, { id: crypto.randomUUID(), name: 'Bo', device: 'Phone' }))
  expectOk(await bo.teams.follow(team))
  phone.sync().watch()
  await until('the phone is in', async () => (await phone.db.teams.get(team))?.state === 'active')
  expectOk(await phone.teams.removeDevice(team, (await selfOf(bo, team)).feed))
  bo.sync().watch()
  await until('the lost one is out', async () => (await bo.db.teams.get(team))?.state === 'removed')
  // An admin's browser makes the new key without being asked.
  ana.sync().watch()
  await until('the key is new', async () => (await ana.teams.context(team))?.roster.epochs.length === 2)
  await ana.record(makeEntry(1))
  await until('the phone reads on', hasEntry(phone, 1))
  expect(await hasEntry(bo, 1)()).toBe(false)
})

test('a lost admin: another admin removes them and the team goes on', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  expectOk(await ana.teams.changeRole(team, (await selfOf(bo, team)).member, 'admin'))
  ana.setOnline(false)
  expectOk(await bo.teams.follow(team))
  expectOk(await bo.teams.removeMember(team, (await selfOf(ana, team)).member))
  const link = await bo.teams.invite(team, { role: 'writer', uses: 1, days: 1, ownDevice: false })
  expectOk(link)
  for (const { sync } of [bo, cy]) sync().watch()
  await bo.record(makeEntry(1))
  await until('Cy reads on', hasEntry(cy, 1))
})

test('a moved relay: members hear of it at the old one and go along', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  bo.sync().watch()
  expectOk(await ana.teams.connect(team, MOVED_RELAY))
  await until('Bo went along', async () => (await bo.db.teams.get(team))?.relay === MOVED_RELAY)
  await ana.record(makeEntry(1))
  await until('Bo has it', hasEntry(bo, 1))
})

test('a new relay after the old one is gone: an admin connects it, and whoever is told its address comes along', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  await ana.record(makeEntry(1))
  ana.sync().watch()
  await until('Bo has it', async () => {
    await bo.sync().lookIn()
    return hasEntry(bo, 1)()
  })
  await world.restartRelay(true)
  expectOk(await ana.teams.connect(team, MOVED_RELAY))
  expect((await bo.db.teams.get(team))?.relay).toBe(WORLD_RELAY)
  expectOk(await bo.teams.connect(team, MOVED_RELAY))
  bo.sync().watch()
  await bo.record(makeEntry(2))
  await until('Ana has what Bo writes', hasEntry(ana, 2))
  expect((await bo.db.alarms.toArray()).map(({ kind }) => kind)).toEqual([])
})
