import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runArchive } from '../../../lib/export/archive/archive.ts'
import { openArchiveFolder } from '../../../lib/export/archive/archive-folder.ts'
import { checkEntry } from '../../../lib/export/entry-schema.ts'
import type { Entry } from '../../../lib/model/entry.ts'
import { parseInviteLink } from '../../../lib/team/invite.ts'
import { makeEntry } from '../../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../../helpers/sync-world.ts'
import { randomBytes, subtle } from '../../helpers/team.ts'

let world: World
let folder: string
let team: string
let ana: Browser
let bo: Browser
let invite: string
const running: AbortController[] = []

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daybook-archive-'))
  world = await createWorld({ segmentEntries: 6 })
  const gathered = await gatherTeam(world, ['Ana', 'Bo'])
  team = gathered.team
  ;[ana, bo] = gathered.browsers as [Browser, Browser]
  for (const { sync } of [ana, bo]) sync().watch()
  const made = await ana.teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: false })
  if (!made.ok) throw new Error(made.reason)
  invite = made.value
})
afterEach(async () => {
  for (const controller of running.splice(0)) controller.abort()
  await world.close()
  rmSync(folder, { recursive: true, force: true })
})

const said: string[] = []
const archive = (options: { readonly once?: boolean; readonly format?: 'jsonl' | 'cloudevents' } = {}) => {
  const controller = new AbortController()
  running.push(controller)
  const link = parseInviteLink(invite, Date.now())
  if (!link.ok) throw new Error(link.fault)
  const ended = runArchive(
    {
      ...world.network(),
      folder: openArchiveFolder(folder),
      subtle,
      nowMs: Date.now,
      random: randomBytes,
      pause: () => new Promise((resolve) => setTimeout(resolve, 20)),
      signal: controller.signal,
      say: (text) => void said.push(text),
    },
    { invite: link.value, name: 'Archive', format: options.format ?? 'jsonl', once: options.once ?? true },
  )
  return { ended, stop: () => controller.abort() }
}
/** An admin's browser hands over the key whenever somebody waits for it. */
const letIn = async (ended: Promise<void>): Promise<void> => {
  let isOver = false
  void ended
    .finally(() => {
      isOver = true
    })
    .catch(() => undefined)
  while (!isOver) {
    await ana.teams.follow(team)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return ended
}

const dayFiles = () =>
  readdirSync(folder)
    .filter((name) => /^\d/.test(name))
    .sort()
const archived = (): Entry[] =>
  dayFiles().flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry])),
  )
const idsOf = (entries: readonly Entry[]) => entries.map(({ id }) => id).sort()
const entriesFrom = (start: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => makeEntry(start + index))
const allStored = (count: number) =>
  until('both have all', async () =>
    (await Promise.all([ana, bo].map(async (one) => (await one.entries()).length))).every((n) => n === count),
  )

test('writes every entry of the team once, over sealed segments and the open one', async () => {
  await ana.record(...entriesFrom(0, 15))
  await bo.record(...entriesFrom(100, 8))
  await allStored(23)
  await letIn(archive().ended)
  expect(idsOf(archived())).toEqual(idsOf(await ana.entries()))
  expect(archived().every((entry) => checkEntry(entry).ok)).toBe(true)
  expect(new Set(archived().map(({ actor }) => actor.name))).toEqual(new Set(['Ana', 'Bo']))
})

test('goes on where it stopped: no gap, no double, whatever a crash left behind', async () => {
  await ana.record(...entriesFrom(0, 5))
  await allStored(5)
  await letIn(archive().ended)
  const state = readFileSync(join(folder, 'archive.json'))
  const [day = ''] = dayFiles()
  await bo.record(...entriesFrom(100, 9))
  await allStored(14)
  await archive().ended
  expect(archived()).toHaveLength(14)
  // The process died after its lines were written and before it said so, in the middle of a line, and past midnight.
  writeFileSync(join(folder, 'archive.json'), state)
  appendFileSync(join(folder, day), '{"time":"2026-')
  writeFileSync(join(folder, '2999-01-01.jsonl'), `${JSON.stringify(makeEntry(7))}\n`)
  await archive().ended
  expect(idsOf(archived())).toEqual(idsOf(await ana.entries()))
})

test('writes entries as they come', async () => {
  const { ended, stop } = archive({ once: false })
  void letIn(ended)
  await ana.record(...entriesFrom(0, 3))
  await until('the first are written', () => archived().length === 3)
  await bo.record(...entriesFrom(100, 10))
  await until('all are written', () => archived().length === 13)
  await allStored(13)
  stop()
  await ended
  expect(idsOf(archived())).toEqual(idsOf(await ana.entries()))
  expect(statSync(join(folder, 'archive.json')).mode & 0o077).toBe(0)
})

test('a new day of arrival is a new file', async () => {
  const store = openArchiveFolder(folder)
  await store.load()
  const state = {
    version: 1,
    team,
    relay: 'http://relay.test',
    format: 'jsonl',
    disk: '',
    segment: 0,
    heads: {},
  } as const
  const device = { sign: '', agree: '', signPublic: '', agreePublic: '' }
  const roster = { length: 0, hash: '' }
  await store.commit({ ...state, device, roster }, '1\n', '2026-11-22')
  await store.commit({ ...state, device, roster }, '2\n', '2026-11-23')
  await store.commit({ ...state, device, roster }, '3\n', '2026-11-23')
  expect(dayFiles().map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual([
    ['2026-11-22.jsonl', '1\n'],
    ['2026-11-23.jsonl', '2\n3\n'],
  ])
  appendFileSync(join(folder, '2026-11-23.jsonl'), '4')
  expect((await openArchiveFolder(folder).load())?.day).toEqual({ name: '2026-11-23.jsonl', bytes: 4 })
  expect(readFileSync(join(folder, '2026-11-23.jsonl'), 'utf8')).toBe('2\n3\n')
})

test('writes CloudEvents where it is asked to', async () => {
  await ana.record(makeEntry(1))
  await allStored(1)
  await letIn(archive({ format: 'cloudevents' }).ended)
  expect(archived()).toMatchObject([
    { specversion: '1.0', id: makeEntry(1).id, data: { id: makeEntry(1).id } },
  ])
})

test('a used invite is refused in words, and nothing is written', async () => {
  await letIn(archive().ended)
  rmSync(folder, { recursive: true })
  folder = mkdtempSync(join(tmpdir(), 'daybook-archive-'))
  await expect(archive().ended).rejects.toThrow('This invite was used')
  expect(dayFiles()).toEqual([])
})

test('ends when it is removed from the team, and keeps what it has', async () => {
  await ana.record(...entriesFrom(0, 2))
  await allStored(2)
  await letIn(archive().ended)
  const context = await ana.teams.context(team)
  const own = [...(context?.roster.members.values() ?? [])].find(({ role }) => role === 'reader')
  const removed = await ana.teams.removeMember(team, own?.id ?? '')
  expect(removed.ok).toBe(true)
  await expect(archive().ended).rejects.toThrow('removed from the team')
  expect(archived()).toHaveLength(2)
})
