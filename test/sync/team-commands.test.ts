import 'fake-indexeddb/auto'
import { afterEach, expect, test } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { sharedStates } from '../../lib/store/log-tables.ts'
import { putProfile } from '../../lib/store/settings.ts'
import { discardEntry, recordEntries, shareOlderEntries } from '../../lib/sync/outbox.ts'
import { createTeamCommands } from '../../lib/sync/team-commands.ts'
import { createTeams } from '../../lib/sync/teams.ts'
import { makeEntry } from '../helpers/entries.ts'
import { randomBytes, subtle } from '../helpers/team.ts'

const undo: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0)) await step()
})

const NOW = Date.UTC(2026, 5, 1)
const entryAt = (number: number, ms: number) => ({ ...makeEntry(number), time: new Date(ms).toISOString() })

const browser = async () => {
  const db = openDatabase(`commands-${crypto.randomUUID()}`)
  undo.push(() => db.delete())
  const nowMs = () => NOW
  const teams = createTeams({ db, subtle, random: randomBytes, nowMs, fetch })
  const command = createTeamCommands({
    db,
    teams,
    nowMs,
    random: randomBytes,
    shareOlder: (origin, team) => shareOlderEntries(db, origin, team, NOW),
    discard: (entry) => discardEntry(db, entry),
    wake: () => undefined,
  })
  await putProfile(db, { id: crypto.randomUUID(), name: 'Ana', email: 'ana@acme.test' })
  const { origin } = makeEntry(0).app
  await db.apps.put({ origin, name: 'Acme', state: 'recording', addedAt: 0 })
  const made = await command({ type: 'team-make', name: 'Acme', device: 'Laptop' })
  if (!made.ok) throw new Error(made.reason)
  const queued = async () => (await db.outbox.toArray()).map(({ entry }) => entry).sort()
  return { db, command, origin, team: made.value as string, queued }
}

test('who has not said who they are can’t make a team', async () => {
  const { db, command } = await browser()
  await db.settings.delete('profile')
  const answer = await command({ type: 'team-make', name: 'Other', device: 'Laptop' })
  expect(answer).toMatchObject({ ok: false, reason: expect.stringContaining('who you are') })
})

test('what was changed before an app was shared stays private, even where it is recorded after', async () => {
  const { db, command, origin, team, queued } = await browser()
  const [stored, late, fresh] = [entryAt(0, NOW - 9_000), entryAt(1, NOW - 500), entryAt(2, NOW + 500)]
  await recordEntries(db, [stored], NOW)
  expect(await command({ type: 'team-share-app', origin, team, older: false, holdMs: 0 })).toEqual({
    ok: true,
  })
  await recordEntries(db, [late, fresh], NOW + 1_000)
  expect(await queued()).toEqual([fresh.id])
})

test('the past is shared on request, and what is still on its way with it', async () => {
  const { db, command, origin, team, queued } = await browser()
  const [stored, late] = [entryAt(0, NOW - 9_000), entryAt(1, NOW - 500)]
  await recordEntries(db, [stored], NOW)
  await command({ type: 'team-share-app', origin, team, older: true, holdMs: 0 })
  await recordEntries(db, [late], NOW + 1_000)
  expect(await queued()).toEqual([stored.id, late.id].sort())
})

test('a held entry can be taken back, and an app made private again', async () => {
  const { db, command, origin, team, queued } = await browser()
  await command({ type: 'team-share-app', origin, team, older: false, holdMs: 30_000 })
  const entry = entryAt(0, NOW + 1)
  await recordEntries(db, [entry], NOW)
  expect((await db.outbox.toArray())[0]?.notBefore).toBe(NOW + 30_000)
  expect(await command({ type: 'team-discard', entry: entry.id })).toEqual({ ok: true })
  expect(await command({ type: 'team-discard', entry: entry.id })).toMatchObject({ ok: false })
  await command({ type: 'team-share-app', origin, older: false, holdMs: 0 })
  await recordEntries(db, [entryAt(1, NOW + 2)], NOW)
  expect(await queued()).toEqual([])
})

test('what somebody kept private is marked so, and does not go along when the past is shared', async () => {
  const { db, command, origin, team, queued } = await browser()
  await command({ type: 'team-share-app', origin, team, older: false, holdMs: 30_000 })
  const [kept, other] = [entryAt(0, NOW + 1), entryAt(1, NOW + 2)]
  await recordEntries(db, [kept, other], NOW)
  await command({ type: 'team-discard', entry: kept.id })
  expect(await sharedStates(db, [kept.id, other.id])).toEqual(
    new Map([
      [kept.id, 'kept'],
      [other.id, 'waiting'],
    ]),
  )
  await command({ type: 'team-share-app', origin, older: false, holdMs: 0 })
  expect(await queued()).toEqual([])
  await command({ type: 'team-share-app', origin, team, older: true, holdMs: 0 })
  expect(await queued()).toEqual([other.id])
})

test('what still waits of an app goes to nobody once the app is private again', async () => {
  const { db, command, origin, team, queued } = await browser()
  await command({ type: 'team-share-app', origin, team, older: false, holdMs: 30_000 })
  const elsewhere = { ...entryAt(1, NOW + 2), app: { origin: 'https://other.acme.dev', name: 'Other' } }
  await db.apps.put({ origin: elsewhere.app.origin, name: 'Other', state: 'recording', addedAt: 0, team })
  await recordEntries(db, [entryAt(0, NOW + 1), elsewhere], NOW)
  await command({ type: 'team-share-app', origin, older: false, holdMs: 0 })
  expect(await queued()).toEqual([elsewhere.id])
})

test('a team of one can be forgotten with its keys, and the entries stay', async () => {
  const { db, command, origin, team } = await browser()
  await command({ type: 'team-share-app', origin, team, older: false, holdMs: 0 })
  await recordEntries(db, [entryAt(0, NOW + 1)], NOW)
  const rows = await db.rows.count()
  expect(await command({ type: 'team-forget', team })).toEqual({ ok: true })
  expect(await db.teams.count()).toBe(0)
  expect(await db.operations.count()).toBe(0)
  expect((await db.apps.get(origin))?.team).toBeUndefined()
  expect(await db.rows.count()).toBe(rows)
})
