import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { sharedStates } from '../../lib/store/log-tables.ts'
import { discardEntry, shareOlderEntries } from '../../lib/sync/outbox.ts'
import { makeEntry, makeId } from '../helpers/entries.ts'
import {
  type Browser,
  createWorld,
  gatherTeam,
  until,
  WORLD_RELAY,
  type World,
} from '../helpers/sync-world.ts'

vi.setConfig({ testTimeout: 180_000 })

let world: World
afterEach(() => world.close())

const idsOf = async (browser: Browser) => (await browser.entries()).map(({ id }) => id)
const allHave = (browsers: readonly Browser[], count: number) => async () =>
  (await Promise.all(browsers.map(idsOf))).every((ids) => ids.length === count)
const entriesFrom = (start: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => makeEntry(start + index))
const stateOf = async ({ db }: Browser, index: number) =>
  (await sharedStates(db, [makeId(index)])).get(makeId(index))
const alarmsOf = async ({ db }: Browser) => (await db.alarms.toArray()).map(({ kind }) => kind)
const rowOf = async ({ db }: Browser) => (await db.syncs.toArray())[0]

describe('a team', () => {
  test('sees what one of them records, under the true name, and its author learns that it is stored', async () => {
    world = await createWorld()
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    bo.sync().watch()
    await ana.record(makeEntry(1, { actor: { id: 'x', name: 'Somebody else', account: 'ana@acme' } }))
    await until('Bo has the entry', allHave([bo], 1))
    const [entry] = await bo.entries()
    expect(entry).toMatchObject({
      actor: { name: 'Ana', account: 'ana@acme' },
      changes: makeEntry(1).changes,
    })
    await until('Ana has the receipt', async () => (await stateOf(ana, 1)) === 'stored')
    expect(await stateOf(bo, 1)).toBe('stored')
  })

  test('is asleep when nobody looks and nothing waits', async () => {
    world = await createWorld()
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana] = browsers as [Browser]
    await ana.record(makeEntry(1))
    await until('Ana is stored', async () => (await stateOf(ana, 1)) === 'stored')
    await until('everyone has left', () => world.relay().sockets.size === 0)
    await until('it shows', async () => {
      const row = await rowOf(ana)
      return row?.connection === 'off' && row.unsent === 0
    })
    const close = ana.sync().watch()
    await until('Ana looks', async () => (await rowOf(ana))?.connection === 'on')
    close()
    await until('Ana left again', () => world.relay().sockets.size === 0)
  })

  test('is equal again after weeks offline, over many segments', async () => {
    world = await createWorld({ segmentEntries: 8 })
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
    const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
    ana.setOnline(false)
    bo.setOnline(false)
    await ana.record(...entriesFrom(0, 50))
    await bo.record(...entriesFrom(100, 50))
    expect(await stateOf(ana, 3)).toBe('waiting')
    ana.setOnline(true)
    bo.setOnline(true)
    for (const { sync } of browsers) sync().watch()
    await until('all are equal', allHave([ana, bo, cy], 100))
    expect(await idsOf(ana)).toEqual(await idsOf(bo))
    await until(
      'all is stored',
      async () => (await stateOf(ana, 49)) === 'stored' && (await stateOf(bo, 149)) === 'stored',
    )
    expect(await alarmsOf(cy)).toEqual([])
  })

  test('a newcomer gets the open segment first and the older ones behind it', async () => {
    world = await createWorld({ segmentEntries: 5 })
    const { browsers, team } = await gatherTeam(world, ['Ana'])
    const [ana] = browsers as [Browser]
    await ana.record(...entriesFrom(0, 23))
    await until('all is stored', async () => (await stateOf(ana, 22)) === 'stored')
    const bo = await world.addBrowser('Bo')
    const link = await ana.teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: false })
    if (!link.ok) throw new Error(link.reason)
    await bo.teams.join(link.value, { id: crypto.randomUUID(), name: 'Bo', device: 'Phone' })
    bo.sync().watch()
    await until('the segments are here', async () => (await bo.db.segments.count()) === 4)
    expect(await idsOf(bo)).toEqual([])
    await ana.sync().lookIn()
    await until('Bo reads everything', allHave([bo], 23))
  })

  test('hands a newcomer the key even where that happens just before their socket opens', async () => {
    world = await createWorld()
    const { browsers, team } = await gatherTeam(world, ['Ana'])
    const [ana] = browsers as [Browser]
    const bo = await world.addBrowser('Bo')
    const link = await ana.teams.invite(team, { role: 'writer', uses: 1, days: 1, ownDevice: false })
    if (!link.ok) throw new Error(link.reason)
    await bo.teams.join(link.value, { id: crypto.randomUUID(), name: 'Bo', device: 'Phone' })
    world.beforeNextSocket(async () => void (await ana.teams.follow(team)))
    bo.sync().watch()
    await until('Bo has the key', async () => (await bo.db.teams.get(team))?.state === 'active')
  })

  test('works with clocks that are ten minutes off, and says so', async () => {
    world = await createWorld()
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'], (index) => index * 600_000 - 600_000)
    for (const { sync } of browsers) sync().watch()
    for (const [index, browser] of browsers.entries()) await browser.record(makeEntry(index))
    await until('all have all', allHave(browsers, 3))
    const offs = await Promise.all(browsers.map(async (browser) => (await rowOf(browser))?.clockOffMs))
    expect(offs).toEqual([600_000, undefined, -600_000])
  })

  test('is made anew by any member on an empty disk, also where creating teams needs a token', async () => {
    world = await createWorld({}, Math.random, 'sesame')
    const ana = await world.addBrowser('Ana')
    const person = (name: string) => ({ id: crypto.randomUUID(), name, device: 'Laptop' })
    const made = await ana.teams.make('Acme', person('Ana'))
    if (!made.ok) throw new Error(made.reason)
    expect(await ana.teams.connect(made.value, WORLD_RELAY)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('create token'),
    })
    expect(await ana.teams.connect(made.value, `${WORLD_RELAY}#sesame`)).toMatchObject({ ok: true })
    const link = await ana.teams.invite(made.value, { role: 'writer', uses: 1, days: 1, ownDevice: false })
    if (!link.ok) throw new Error(link.reason)
    const bo = await world.addBrowser('Bo')
    await bo.teams.join(link.value, person('Bo'))
    await ana.teams.follow(made.value)
    const origin = 'https://console.acme.dev'
    await bo.db.apps.put({ origin, name: 'Acme', state: 'recording', addedAt: 0, team: made.value })
    bo.sync().watch()
    await until('Bo is there', async () => (await rowOf(bo))?.connection === 'on')
    await world.restartRelay(true)
    await bo.record(makeEntry(1))
    ana.sync().watch()
    await until('Ana has it', allHave([ana], 1))
    expect(await stateOf(bo, 1)).not.toBe('private')
  })

  test('goes on after the relay was killed again and again', async () => {
    world = await createWorld({ segmentEntries: 6 })
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    for (const { sync } of browsers) sync().watch()
    for (let round = 0; round < 8; round++) {
      await Promise.all([
        ana.record(...entriesFrom(round * 4, 4)),
        bo.record(...entriesFrom(1000 + round * 4, 4)),
      ])
      await world.restartRelay()
    }
    await until('both have all', allHave([ana, bo], 64))
    expect(await alarmsOf(ana)).toEqual([])
  })

  test('fills a relay again that lost its disk, and says so', async () => {
    world = await createWorld({ segmentEntries: 6 })
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
    const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
    await ana.record(...entriesFrom(0, 10))
    await bo.record(...entriesFrom(100, 10))
    for (const { sync } of [ana, bo]) sync().watch()
    await until('both have all', allHave([ana, bo], 20))
    await until(
      'all is stored',
      async () => (await stateOf(ana, 9)) === 'stored' && (await stateOf(bo, 109)) === 'stored',
    )
    await world.restartRelay(true)
    await ana.record(makeEntry(50))
    cy.sync().watch()
    await until('Cy has what the relay had lost', allHave([ana, bo, cy], 21))
    await until(
      'all is stored again',
      async () => (await stateOf(ana, 50)) === 'stored' && (await stateOf(bo, 109)) === 'stored',
    )
    // Who came back first saw the loss; to the other it may have been mended already.
    expect(new Set([...(await alarmsOf(ana)), ...(await alarmsOf(bo))])).toEqual(new Set(['relay lost data']))
  })

  test('finds what fell through before a segment was left', async () => {
    world = await createWorld({ segmentEntries: 6 })
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    for (const { sync } of browsers) sync().watch()
    await ana.record(...entriesFrom(0, 20))
    await until('Bo has all', allHave([bo], 20))
    const feed = (await ana.db.teams.toArray())[0]?.self.feed ?? 0
    const lost = await bo.db.envelopes
      .where('[team+feed+seq]')
      .between([team, feed, 4], [team, feed, 5], true, true)
    await lost.delete()
    await bo.db.heads.update([team, feed], { wholeSeq: 3 })
    await bo.restart()
    await until('Bo has all again', async () => (await bo.db.envelopes.count()) === 20)
  })

  test('loses nothing when workers die at any moment', async () => {
    world = await createWorld({ segmentEntries: 7 })
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    for (let round = 0; round < 10; round++) {
      await ana.record(...entriesFrom(round * 3, 3))
      await bo.record(...entriesFrom(500 + round * 3, 3))
      await (round % 2 ? ana : bo).restart()
    }
    for (const { sync } of browsers) sync().watch()
    await until('both have all', allHave([ana, bo], 60))
    expect(await ana.db.outbox.count()).toBe(0)
    expect([...(await alarmsOf(ana)), ...(await alarmsOf(bo))]).toEqual([])
  })

  test('shares what was recorded before, marked with when that was', async () => {
    world = await createWorld()
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    await appendEntries(ana.db, entriesFrom(0, 3))
    expect(await stateOf(ana, 0)).toBe('private')
    await shareOlderEntries(ana.db, makeEntry(0).app.origin, team, Date.now())
    await ana.sync().wake()
    bo.sync().watch()
    await until('Bo has them', allHave([bo], 3))
    expect((await bo.entries())[0]).toMatchObject({ backfilled: true, recordedAt: makeEntry(0).time })
    expect((await ana.entries())[0]).toMatchObject({ backfilled: true, recordedAt: makeEntry(0).time })
  })

  test('a held entry waits, and one that was taken back never leaves the machine', async () => {
    world = await createWorld()
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    const app = await ana.db.apps.get('https://console.acme.dev')
    if (app) await ana.db.apps.put({ ...app, holdMs: 3_000 })
    for (const { sync } of browsers) sync().watch()
    await ana.record(makeEntry(1), makeEntry(2))
    await until('Ana is connected', async () => (await rowOf(ana))?.connection === 'on')
    expect(await stateOf(ana, 1)).toBe('waiting')
    expect(await discardEntry(ana.db, makeId(1))).toBe(true)
    await ana.db.outbox
      .where('team')
      .equals(team)
      .modify({ notBefore: 0 })
      .catch(() => undefined)
    await ana.db.outbox.put({ team, entry: makeId(2), notBefore: 0 })
    await ana.sync().wake()
    await until('Bo has the other', allHave([bo], 1))
    expect(await idsOf(bo)).toEqual([makeId(2)])
    expect(await stateOf(ana, 1)).toBe('kept')
    expect(await discardEntry(ana.db, makeId(2))).toBe(false)
  })

  test('lets a removed member go, who keeps what they had', async () => {
    world = await createWorld()
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    for (const { sync } of browsers) sync().watch()
    await ana.record(makeEntry(1))
    await until('Bo has it', allHave([bo], 1))
    const member = (await bo.db.teams.get(team))?.self.member as string
    expect(await ana.teams.removeMember(team, member)).toMatchObject({ ok: true })
    await until('Bo knows', async () => (await bo.db.teams.get(team))?.state === 'removed')
    await bo.record(makeEntry(2))
    await ana.record(makeEntry(3))
    await until('Ana is stored', async () => (await stateOf(ana, 3)) === 'stored')
    expect(await idsOf(ana)).not.toContain(makeId(2))
    expect(await idsOf(bo)).not.toContain(makeId(3))
  })

  test('who is refused asks over HTTP alone until the answer is another', async () => {
    world = await createWorld()
    const { browsers } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    ana.sync().watch()
    const { token } = bo.teams
    Object.assign(bo.teams, { token: async () => 'no.token' })
    await bo.record(makeEntry(1))
    const refused = (by: 'close' | 'reject') =>
      world.relay().events.filter(({ event, reason }) => event === by && reason === 'token: malformed')
    await until('Bo has asked again and again', () => refused('reject').length > 3)
    expect(refused('close')).toHaveLength(1)
    Object.assign(bo.teams, { token })
    await until('Ana has the entry', allHave([ana], 1))
  })

  test('a copied profile writes on as a new device, without a fork and without a loss', async () => {
    world = await createWorld()
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    const copy = await world.addBrowser('Ana, copied')
    await copy.db.teams.bulkPut(await ana.db.teams.toArray())
    await copy.db.operations.bulkPut(await ana.db.operations.toArray())
    await copy.db.apps.bulkPut(await ana.db.apps.toArray())
    // Both write while neither sees the other.
    copy.setOnline(false)
    await ana.record(makeEntry(1))
    await until('Ana is stored', async () => (await stateOf(ana, 1)) === 'stored')
    await bo.sync().lookIn()
    await copy.record(makeEntry(2))
    const context = await copy.teams.context(team)
    if (!context) throw new Error('no context')
    const { createOutbox } = await import('../../lib/sync/outbox.ts')
    const { randomBytes, subtle } = await import('../helpers/team.ts')
    await createOutbox({ db: copy.db, subtle, nowMs: Date.now, random: randomBytes }).sealDue(context, 10)
    copy.setOnline(true)
    copy.sync().watch()
    bo.sync().watch()
    await until('the copy notices', async () => (await alarmsOf(copy)).includes('copied profile'))
    await until('nothing of either is lost', allHave([bo, copy], 2))
    ana.sync().watch()
    await until('Ana has it too', allHave([ana], 2))
    expect((await copy.teams.context(team))?.self.feed).not.toBe(context.self.feed)
    expect((await copy.teams.context(team))?.self.member).toBe(context.self.member)
    await ana.record(makeEntry(3))
    await copy.record(makeEntry(4))
    await until('both write on', allHave([ana, bo, copy], 4))
    expect(await alarmsOf(bo)).toEqual([])
    expect(await alarmsOf(ana)).toEqual([])
    expect(await alarmsOf(copy)).toEqual(['copied profile'])
  })

  test('a profile restored from an old backup takes back what it wrote, and writes on as a new device', async () => {
    world = await createWorld({ segmentEntries: 4 })
    const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    bo.sync().watch()
    const backup = await world.addBrowser('Ana, restored')
    for (const table of ['teams', 'operations', 'apps'] as const)
      await backup.db.table(table).bulkPut(await ana.db.table(table).toArray())
    await ana.record(...entriesFrom(0, 6))
    await until('Ana is stored', async () => (await stateOf(ana, 5)) === 'stored')
    ana.setOnline(false)
    await backup.record(makeEntry(10))
    backup.sync().watch()
    await until('both have all', allHave([bo, backup], 7))
    expect(await alarmsOf(backup)).toEqual(['copied profile'])
    expect(await alarmsOf(bo)).toEqual([])
    expect((await backup.teams.context(team))?.self.feed).not.toBe((await ana.teams.context(team))?.self.feed)
  })

  test('shows the relay and the network no word of what was changed, by whom, or in which app', async () => {
    world = await createWorld({ segmentEntries: 4 })
    const { browsers } = await gatherTeam(world, ['Ana Lima', 'Bo'])
    const [ana, bo] = browsers as [Browser, Browser]
    bo.sync().watch()
    await ana.record(...entriesFrom(0, 10))
    await until('Bo has them', allHave([bo], 10))
    const seen = [...world.traffic, ...world.relay().storage.everything()].map((bytes) =>
      Buffer.from(bytes).toString('latin1'),
    )
    const words = [
      'Ana Lima',
      'ana@acme.dev',
      'console.acme',
      'Acme',
      'security',
      'Session timeout',
      'sessionTimeout',
      'Laptop',
      makeId(3),
    ]
    for (const word of words) expect(seen.filter((text) => text.includes(word))).toEqual([])
    expect(seen.length).toBeGreaterThan(30)
  })
})
