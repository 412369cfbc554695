import 'fake-indexeddb/auto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { queryRows } from '../../lib/store/query.ts'
import { createTeams, type Outcome } from '../../lib/sync/teams.ts'
import { foldRoster } from '../../lib/team/apply-operation.ts'
import { rename } from '../../lib/team/author.ts'
import { encodeOperation } from '../../lib/team/operation.ts'
import { DEFAULT_LIMITS } from '../../server/limits.ts'
import { type RunningRelay, startRelay } from '../../server/start.ts'
import { createMemoryStorage } from '../helpers/memory-storage.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'

let relay: RunningRelay
let storage = createMemoryStorage()
let address = ''
const undo: (() => Promise<void>)[] = []

const start = async (port = 0): Promise<void> => {
  relay = await startRelay({
    storage,
    port,
    host: '127.0.0.1',
    addresses: [],
    limits: DEFAULT_LIMITS,
    log: () => undefined,
  })
  address = relay.address.replace(/^ws/, 'http')
}

beforeEach(async () => {
  storage = createMemoryStorage()
  await start()
  undo.push(() => relay.stop())
})
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

/** One browser profile. */
const browser = (name: string, number: number) => {
  const db = openDatabase(`teams-${crypto.randomUUID()}`)
  undo.unshift(() => db.delete())
  const teams = createTeams({ db, subtle, random: randomBytes, nowMs: Date.now, fetch })
  const person = { id: `0000000${number}-0000-7000-8000-000000000000`, name, device: `${name}'s laptop` }
  return { db, teams, person }
}

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value
}

const withTeam = async () => {
  const ana = browser('Ana', 1)
  const team = must(await ana.teams.make('Acme', ana.person))
  must(await ana.teams.connect(team, address))
  return { ana, team }
}

const admitted = async (
  { ana, team }: Awaited<ReturnType<typeof withTeam>>,
  name: string,
  number: number,
) => {
  const link = must(await ana.teams.invite(team, { role: 'writer', uses: 1, days: 7, ownDevice: false }))
  const guest = browser(name, number)
  must(await guest.teams.join(link, guest.person))
  must(await ana.teams.follow(team))
  must(await guest.teams.follow(team))
  return guest
}

const timeline = async ({ db }: ReturnType<typeof browser>) =>
  (await queryRows(db, {}, { limit: 50 })).rows.map(({ actorName, action, resourceType, resourceName }) =>
    [actorName, action, resourceType, resourceName].filter(Boolean).join(' '),
  )

test('a team begins without a relay and shows its founder', async () => {
  const ana = browser('Ana', 1)
  const team = must(await ana.teams.make('Acme', ana.person))
  const row = await ana.db.teams.get(team)
  expect(row?.view.name).toBe('Acme')
  expect(row?.view.members.map(({ name, role }) => [name, role])).toEqual([['Ana', 'admin']])
  expect(await timeline(ana)).toEqual(['Ana create team Acme'])
  const invited = await ana.teams.invite(team, { role: 'writer', uses: 1, days: 7, ownDevice: false })
  expect(invited).toEqual({
    ok: false,
    reason: 'Connect the team to a relay first, so that others can reach it.',
  })
})

test('a link lets a second person in once an admin’s browser has handed over the key', async () => {
  const { ana, team } = await withTeam()
  const link = must(await ana.teams.invite(team, { role: 'writer', uses: 1, days: 7, ownDevice: false }))
  const ben = browser('Ben', 2)
  must(await ben.teams.join(link, ben.person))
  expect((await ben.db.teams.get(team))?.state).toBe('joining')
  must(await ana.teams.follow(team))
  must(await ben.teams.follow(team))
  const row = await ben.db.teams.get(team)
  expect(row?.state).toBe('active')
  expect(row?.view.members.map(({ name }) => name)).toEqual(['Ana', 'Ben'])
  expect((await timeline(ben)).sort()).toEqual((await timeline(ana)).sort())
  expect(await timeline(ben)).toContain('Ben create team member Ben')
  expect(await ben.teams.join(link, ben.person)).toMatchObject({ ok: false })
})

test('two admins who change the team at once both get their way', async () => {
  const made = await withTeam()
  const { ana, team } = made
  const ben = await admitted(made, 'Ben', 2)
  const member = (await ben.db.teams.get(team))?.self.member as string
  must(await ana.teams.changeRole(team, member, 'admin'))
  must(await ben.teams.follow(team))
  const [one, two] = await Promise.all([
    ana.teams.rename(team, 'Acme One'),
    ben.teams.invite(team, { role: 'reader', uses: 3, days: 1, ownDevice: false }),
  ])
  must(one)
  must(two)
  must(await ana.teams.follow(team))
  must(await ben.teams.follow(team))
  expect((await ana.db.teams.get(team))?.view).toEqual((await ben.db.teams.get(team))?.view)
})

test('a removed person is out at once, keeps what they had, and the key is new', async () => {
  const made = await withTeam()
  const { ana, team } = made
  const ben = await admitted(made, 'Ben', 2)
  const member = (await ben.db.teams.get(team))?.self.member as string
  must(await ana.teams.removeMember(team, member))
  expect((await ben.teams.follow(team)).ok).toBe(false)
  expect((await ben.db.teams.get(team))?.state).toBe('removed')
  expect((await ana.teams.context(team))?.roster.epochs).toHaveLength(2)
  expect((await ana.db.teams.get(team))?.view.members.find(({ id }) => id === member)?.removed).toBe(true)
})

test('who leaves is gone, and an admin’s browser rotates the key unasked', async () => {
  const made = await withTeam()
  const { ana, team } = made
  const ben = await admitted(made, 'Ben', 2)
  const member = (await ben.db.teams.get(team))?.self.member as string
  must(await ben.teams.removeMember(team, member))
  must(await ana.teams.follow(team))
  expect((await ana.teams.context(team))?.roster).toMatchObject({ rotationDue: false })
  expect((await ana.teams.context(team))?.roster.epochs).toHaveLength(2)
  expect(await ana.teams.removeMember(team, (await ana.db.teams.get(team))?.self.member as string)).toEqual({
    ok: false,
    reason: 'A team needs an admin. Make somebody else one first.',
  })
})

test('a second browser of one person is the same member', async () => {
  const made = await withTeam()
  const { team } = made
  const ben = await admitted(made, 'Ben', 2)
  const link = must(await ben.teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: true }))
  const phone = browser('Ben again', 3)
  must(await phone.teams.join(link, phone.person))
  must(await ben.teams.follow(team))
  must(await phone.teams.follow(team))
  const row = await phone.db.teams.get(team)
  expect(row?.state).toBe('active')
  expect(row?.self.member).toBe((await ben.db.teams.get(team))?.self.member)
  expect(row?.view.members).toHaveLength(2)
})

test('a relay that lost its disk gets the roster back from a member', async () => {
  const made = await withTeam()
  const { ana, team } = made
  const ben = await admitted(made, 'Ben', 2)
  const port = Number(new URL(address).port)
  await relay.stop()
  storage = createMemoryStorage()
  await start(port)
  must(await ana.teams.follow(team))
  must(await ben.teams.follow(team))
  expect(await storage.roster(team)).toHaveLength(
    (await ana.teams.context(team))?.roster.head.length as number,
  )
})

test('a relay that shows another history raises an alarm and changes nothing', async () => {
  const made = await withTeam()
  const { ana, team } = made
  await admitted(made, 'Ben', 2)
  const before = (await ana.db.teams.get(team))?.view
  const port = Number(new URL(address).port)
  const kept = (await storage.roster(team)).slice(0, 2)
  await relay.stop()
  storage = createMemoryStorage()
  await storage.createTeam(team, kept[0] as Uint8Array)
  await storage.appendRoster(team, 1, kept[1] as Uint8Array)
  await start(port)
  // Ana's other browser, restored from a backup, goes on from there.
  const context = await ana.teams.context(team)
  if (!context) throw new Error('unreachable')
  let old = (await foldRoster(kept, verifier)).roster
  const deps = { subtle, random: randomBytes, nowMs: Date.now }
  for (let index = 2; index < context.roster.head.length; index++) {
    if (!old) throw new Error('unreachable')
    const operation = encodeOperation(await rename(deps, context.self, old, context.keys, `Other ${index}`))
    await storage.appendRoster(team, index, operation)
    old = (await foldRoster([operation], verifier, old)).roster
  }
  await relay.stop()
  await start(port)
  expect(await ana.teams.follow(team)).toMatchObject({ ok: false })
  expect((await ana.db.alarms.toArray()).map(({ kind }) => kind)).toEqual(['roster rolled back'])
  expect((await ana.db.teams.get(team))?.view).toEqual(before)
})

test('without the relay nothing is lost and the reason is told', async () => {
  const { ana, team } = await withTeam()
  await relay.stop()
  const outcome = await ana.teams.rename(team, 'Other')
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining('could not be reached') })
  await start()
})

test('pasted text that is no link says what to do', async () => {
  const ana = browser('Ana', 1)
  for (const text of [
    '',
    'hello',
    'https://relay.test/',
    'https://relay.test/join#',
    'ftp://relay.test/join#a.b.c',
  ]) {
    expect(await ana.teams.join(text, ana.person)).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/link/i),
    })
  }
})
