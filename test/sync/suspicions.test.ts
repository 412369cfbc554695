import { afterEach, expect, test, vi } from 'vitest'
import { decodeEnvelope, type Envelope, type SeenHead } from '../../lib/log/envelope.ts'
import { createVerifier } from '../../lib/log/signature.ts'
import { createArrivals } from '../../lib/sync/arrivals.ts'
import { createOutbox, recordEntries } from '../../lib/sync/outbox.ts'
import { createSuspicions } from '../../lib/sync/suspicions.ts'
import type { TeamContext } from '../../lib/sync/team-context.ts'
import { makeEntry, makeId } from '../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../helpers/sync-world.ts'
import { randomBytes, subtle } from '../helpers/team.ts'

vi.setConfig({ testTimeout: 60_000 })

let world: World
afterEach(() => world.close())

const alarmsOf = async ({ db }: Browser) => (await db.alarms.toArray()).map(({ kind }) => kind)
const hasEntry = (browser: Browser, index: number) => async () =>
  (await browser.entries()).some(({ id }) => id === makeId(index))

/** Ana and Bo with an entry of Ana's, and Bo's view of it under a clock of the test's. */
const twoWithAnEntry = async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo'])
  const [ana, bo] = browsers as [Browser, Browser]
  bo.sync().watch()
  await ana.record(makeEntry(1))
  await until('Bo has it', hasEntry(bo, 1))
  // It would settle, too, by another clock.
  await bo.sync().stop()
  const context = (await bo.teams.context(team)) as TeamContext
  const [row] = await bo.db.envelopes.where('entry').equals(makeId(1)).toArray()
  const envelope = row && decodeEnvelope(row.bytes)
  if (!envelope?.ok) throw new Error('no envelope')
  let nowMs = 1_000_000
  return {
    bo,
    context,
    envelope: envelope.value,
    suspicions: createSuspicions(bo.db, () => nowMs),
    pass: (ms: number) => {
      nowMs += ms
    },
    /** An entry of somebody who has seen these heads. */
    seeing: (...seen: SeenHead[]): Envelope => ({
      ...envelope.value,
      header: { ...envelope.value.header, seen },
    }),
  }
}

test('entries that a teammate has seen and the relay does not show are told after ten minutes, not before', async () => {
  const { bo, context, envelope, suspicions, pass, seeing } = await twoWithAnEntry()
  const { feed, seq } = envelope.header
  await suspicions.note(context, [seeing({ feed, seq: seq + 1, hash: new Uint8Array(32).fill(7) })])
  await suspicions.settle(context)
  pass(599_000)
  await suspicions.settle(context)
  expect(await alarmsOf(bo)).toEqual([])
  pass(2_000)
  await suspicions.settle(context)
  await suspicions.settle(context)
  expect(await bo.db.alarms.toArray()).toMatchObject([{ kind: 'withheld', feed, seq: seq + 1 }])
})

test('two teammates who name two histories of a device show the fork before anything of it is here', async () => {
  const { bo, context, envelope, suspicions, seeing } = await twoWithAnEntry()
  const { feed, seq } = envelope.header
  const named = (fill: number) => seeing({ feed, seq: seq + 1, hash: new Uint8Array(32).fill(fill) })
  await suspicions.note(context, [named(7)])
  await suspicions.note(context, [named(7)])
  expect(await alarmsOf(bo)).toEqual([])
  await suspicions.note(context, [named(8)])
  expect(await alarmsOf(bo)).toEqual(['fork'])
})

test('what arrives after all takes its alarm back', async () => {
  const { bo, context, envelope, suspicions, pass } = await twoWithAnEntry()
  const { team, feed, seq } = envelope.header
  const row = await bo.db.envelopes.get([team, feed, seq])
  await bo.db.envelopes.delete([team, feed, seq])
  await bo.db.claims.put({ team, feed, seq, hash: envelope.hash, byFeed: 9, sinceMs: 0 })
  pass(0)
  await suspicions.settle(context)
  expect(await alarmsOf(bo)).toEqual(['withheld'])
  if (row) await bo.db.envelopes.put(row)
  await suspicions.settle(context)
  expect(await alarmsOf(bo)).toEqual([])
  expect(await bo.db.claims.count()).toBe(0)
})

test('two teammates who were shown different entries at one place find out, and so for the roster', async () => {
  const { bo, context, envelope, suspicions, seeing } = await twoWithAnEntry()
  const { feed, seq } = envelope.header
  const other = new Uint8Array(32).fill(7)
  await suspicions.note(context, [
    seeing({ feed: 0, seq: 1, hash: other }, { feed, seq, hash: envelope.hash }),
  ])
  expect(await alarmsOf(bo)).toEqual(['roster rolled back'])
  await suspicions.note(context, [seeing({ feed, seq, hash: other })])
  expect(await alarmsOf(bo)).toEqual(['roster rolled back', 'fork'])
})

test('a body that is missing is told unless somebody erased it', async () => {
  const { bo, context, envelope, suspicions } = await twoWithAnEntry()
  const { team, feed, seq } = envelope.header
  await bo.db.erasures.put({ team, feed, seq, hash: envelope.hash, byFeed: feed, bySeq: 2 })
  await suspicions.note(context, [{ ...envelope, body: new Uint8Array(0) }])
  await suspicions.settle(context)
  expect(await alarmsOf(bo)).toEqual([])
  await bo.db.erasures.clear()
  await suspicions.note(context, [{ ...envelope, body: new Uint8Array(0) }])
  await suspicions.settle(context)
  await until('it is told', async () => (await alarmsOf(bo)).join() === 'withheld')
})

test('[X1] what had arrived before its author’s removal did, and lies beyond the cut, is taken out with a word', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  bo.sync().watch()
  await cy.record(makeEntry(1))
  await until('Bo has it', hasEntry(bo, 1))
  const member = (await cy.teams.context(team))?.self.member ?? ''
  // Ana has not looked in since: her removal of Cy names no entry of his.
  expect(await ana.teams.removeMember(team, member)).toMatchObject({ ok: true })
  await until('it is out at Bo’s', async () => !(await hasEntry(bo, 1)()))
  expect(await bo.db.alarms.toArray()).toMatchObject([
    { kind: 'after removal', seq: 1, detail: expect.stringContaining('One entry') },
  ])
  await bo.restart()
  bo.sync().watch()
  await ana.record(makeEntry(2))
  await until('Bo goes on', hasEntry(bo, 2))
  expect(await hasEntry(bo, 1)()).toBe(false)
  expect(await hasEntry(cy, 1)()).toBe(true)
})

test('[X1] what comes in one run across its author’s cut is kept up to the cut, and nothing of it after', async () => {
  world = await createWorld()
  const { browsers, team } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  await bo.sync().stop()
  ana.sync().watch()
  await cy.record(makeEntry(1), makeEntry(2))
  await until('Ana has both', async () => (await hasEntry(ana, 1)()) && (await hasEntry(ana, 2)()))
  await cy.sync().stop()
  await recordEntries(cy.db, [makeEntry(3)], Date.now())
  const author = (await cy.teams.context(team)) as TeamContext
  const sealing = { db: cy.db, subtle, nowMs: Date.now, random: randomBytes }
  expect(await createOutbox(sealing).sealDue(author, 10)).toHaveLength(1)
  expect(await ana.teams.removeMember(team, author.self.member)).toMatchObject({ ok: true })
  expect(await bo.teams.follow(team)).toMatchObject({ ok: true })

  const verifier = createVerifier(subtle)
  const suspicions = createSuspicions(bo.db, Date.now)
  const arrivals = createArrivals({ db: bo.db, subtle, verifier, suspicions, nowMs: Date.now })
  const items = (await cy.db.envelopes.orderBy('[team+feed+seq]').toArray()).map(({ bytes }) => bytes)
  const run = { feed: author.self.feed, clock: 0, items }
  expect(items).toHaveLength(3)
  expect(await arrivals.take((await bo.teams.context(team)) as TeamContext, [run])).toBe('taken')
  expect((await bo.entries()).map(({ id }) => id)).toEqual([makeId(1), makeId(2)])
  expect(await bo.db.envelopes.count()).toBe(2)
  expect(await alarmsOf(bo)).toEqual([])
})
