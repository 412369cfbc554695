import { afterEach, expect, test, vi } from 'vitest'
import { decodeEnvelope, EMPTY_HEAD, isErased } from '../../lib/log/envelope.ts'
import { verifyRun } from '../../lib/log/run.ts'
import { eraseApp } from '../../lib/store/erase.ts'
import { createTeamCommands } from '../../lib/sync/team-commands.ts'
import { publicKeyOf } from '../../lib/sync/team-context.ts'
import { makeEntry, makeId } from '../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../helpers/sync-world.ts'
import { randomBytes, verifier } from '../helpers/team.ts'

vi.setConfig({ testTimeout: 120_000 })

let world: World
afterEach(() => world.close())

const SECRET = 'Zwetschgendatschi'
const secretEntry = (index: number) =>
  makeEntry(index, {
    resourceName: `${SECRET} flag`,
    changes: [{ pointer: '/name', op: 'replace', before: 'x', after: SECRET }],
    after: { name: SECRET },
  })
const idsOf = async (browser: Browser) => (await browser.entries()).map(({ id }) => id)
const hasEntry = (browser: Browser, index: number) => async () =>
  (await idsOf(browser)).includes(makeId(index))
const command = (browser: Browser) =>
  createTeamCommands({
    db: browser.db,
    teams: browser.teams,
    nowMs: Date.now,
    random: randomBytes,
    shareOlder: async () => 0,
    discard: async () => false,
    wake: () => void browser.sync().wake(),
  })
const erase = (browser: Browser, index: number) =>
  command(browser)({ type: 'team-erase', entry: makeId(index) })
const tombstones = async ({ db }: Browser) =>
  (await db.bodies.toArray()).filter(
    ({ resourceType, action }) => resourceType === 'entry' && action === 'delete',
  )
const alarmsOf = async ({ db }: Browser) => (await db.alarms.toArray()).map(({ kind }) => kind)

/** Everything that the database holds, as text. */
const dump = async ({ db }: Browser): Promise<string> => {
  const tables = await Promise.all(db.tables.map((table) => table.toArray()))
  return JSON.stringify(tables, (_, value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  )
}

/** Every stored feed still verifies from its first entry. Returns how many envelopes have no body. */
const expectChains = async ({ db, teams }: Browser, team: string): Promise<number> => {
  const context = await teams.context(team)
  if (!context) throw new Error('no team')
  let erased = 0
  for (const feed of context.roster.devices.keys()) {
    const rows = await db.envelopes
      .where('[team+feed+seq]')
      .between([team, feed, 0], [team, feed, Infinity])
      .toArray()
    if (rows.length === 0) continue
    const run = rows.map(({ bytes }) => {
      const envelope = decodeEnvelope(bytes)
      if (!envelope.ok) throw new Error(envelope.fault)
      return envelope.value
    })
    const key = publicKeyOf(context.roster, feed)
    if (!key) throw new Error('no key')
    expect(await verifyRun(run, { team, feed, head: EMPTY_HEAD }, key, verifier)).toMatchObject({ ok: true })
    erased += run.filter(isErased).length
  }
  return erased
}

test('[E6] an author erases an entry: its content is gone everywhere, who did it stays', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  bo.sync().watch()
  cy.sync().watch()
  await bo.record(secretEntry(1), makeEntry(2))
  for (const browser of [ana, bo, cy]) {
    browser.sync().watch()
    await until('all have both', hasEntry(browser, 2))
    expect(await dump(browser)).toContain(SECRET)
  }
  cy.setOnline(false)
  expect(await erase(bo, 1)).toEqual({ ok: true })
  for (const browser of [ana, bo]) {
    await until('the entry is gone', async () => !(await hasEntry(browser, 1)()))
  }
  expect(await hasEntry(cy, 1)()).toBe(true)
  cy.setOnline(true)
  await until('and from who was offline', async () => !(await hasEntry(cy, 1)()))
  for (const browser of [ana, bo, cy]) {
    expect(await dump(browser)).not.toContain(SECRET)
    expect(await tombstones(browser)).toMatchObject([
      { actor: { name: 'Bo' }, resourceType: 'entry', action: 'delete', resourceName: 'entry 1 of Bo' },
    ])
    expect(await expectChains(browser, team)).toBe(1)
    expect(await hasEntry(browser, 2)()).toBe(true)
    expect(await alarmsOf(browser)).toEqual([])
  }
})

test('[E6] an admin erases a member’s entry; a newcomer who meets the erase first never reads it', async () => {
  world = await createWorld({ segmentEntries: 3 })
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  for (const browser of browsers) browser.sync().watch()
  await bo.record(secretEntry(1), ...[2, 3, 4, 5, 6, 7].map((index) => makeEntry(index)))
  await until('Ana has all', hasEntry(ana, 7))
  expect(await erase(ana, 1)).toEqual({ ok: true })
  await until('gone at Bo', async () => !(await hasEntry(bo, 1)()))
  const cy = await world.addBrowser('Cy')
  const link = await ana.teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: false })
  if (!link.ok) throw new Error(link.reason)
  await cy.teams.join(link.value, { id: crypto.randomUUID(), name: 'Cy', device: 'Phone' })
  await ana.teams.follow(team)
  cy.sync().watch()
  await until('Cy has the rest', async () => (await idsOf(cy)).length === 6)
  await until('Cy reads who erased it', async () => (await tombstones(cy)).length === 1)
  expect(await tombstones(cy)).toEqual(await tombstones(bo))
  expect(await dump(cy)).not.toContain(SECRET)
  expect(await hasEntry(cy, 1)()).toBe(false)
  await expectChains(cy, team)
})

test('[E6] who is neither author nor admin erases nothing, and is found out', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  for (const browser of browsers) browser.sync().watch()
  await ana.record(secretEntry(1))
  for (const browser of browsers) await until('all have it', hasEntry(browser, 1))
  expect(await erase(bo, 1)).toMatchObject({ ok: false, reason: expect.stringContaining('Only its author') })
  // A browser that does it all the same.
  const [target] = await bo.db.envelopes.where('entry').equals(makeId(1)).toArray()
  const envelope = target && decodeEnvelope(target.bytes)
  if (!target || !envelope?.ok) throw new Error('not there')
  const wish = { feed: target.feed, seq: target.seq, hash: envelope.value.hash }
  await bo.db.outbox.put({ team, entry: 'erase x', notBefore: 0, erase: [wish] })
  await bo.sync().wake()
  await until('Cy heard of it', async () => (await alarmsOf(cy)).length > 0)
  await until('Ana heard of it', async () => (await alarmsOf(ana)).length > 0)
  for (const browser of [ana, cy]) {
    expect(await hasEntry(browser, 1)()).toBe(true)
    expect(await dump(browser)).toContain(SECRET)
    expect(await alarmsOf(browser)).toEqual(['erase refused'])
    expect(await tombstones(browser)).toEqual([])
  }
})

test('what a person erases here alone is gone from this machine, sealed or not, and stays with the others', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  for (const browser of browsers) browser.sync().watch()
  await ana.record(secretEntry(1))
  await until('Bo has it', hasEntry(bo, 1))
  await eraseApp(bo.db, 'https://console.acme.dev')
  expect(await dump(bo)).not.toContain(SECRET)
  expect(await expectChains(bo, team)).toBe(1)
  await bo.restart()
  bo.sync().watch()
  await ana.record(makeEntry(2))
  await until('Bo goes on', hasEntry(bo, 2))
  expect(await hasEntry(bo, 1)()).toBe(false)
  expect(await hasEntry(ana, 1)()).toBe(true)
  expect(await alarmsOf(bo)).toEqual([])
  // A relay that lost its disk must not get the forgotten body's header from Bo: Ana still has it whole.
  ana.setOnline(false)
  await world.restartRelay(true)
  await until('Bo filled in what he has', async () => (await bo.db.syncs.toArray())[0]?.connection === 'on')
  ana.setOnline(true)
  const cy = await world.addBrowser('Cy')
  const link = await ana.teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: false })
  if (!link.ok) throw new Error(link.reason)
  await cy.teams.join(link.value, { id: crypto.randomUUID(), name: 'Cy', device: 'Phone' })
  await ana.teams.follow(team)
  cy.sync().watch()
  await until('Cy has both', async () => (await idsOf(cy)).length === 2)
})
