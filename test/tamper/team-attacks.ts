/** What needs whole browsers and a relay: a copied profile, a relay that forgets. The name is the alarm that a person reads. */
import { createOutbox } from '../../lib/sync/outbox.ts'
import { makeEntry } from '../helpers/entries.ts'
import { type Browser, createWorld, gatherTeam, until, type World } from '../helpers/sync-world.ts'
import { randomBytes, subtle } from '../helpers/team.ts'
import type { Attack } from './attack.ts'

const played = (
  attack: string,
  by: Attack['by'],
  named: string,
  play: (world: World, browsers: readonly [Browser, Browser], team: string) => Promise<Browser>,
): Attack => ({
  attack,
  by,
  foundBy: 'a teammate’s browser',
  named,
  run: async () => {
    const world = await createWorld({ segmentEntries: 6 })
    try {
      const { team, browsers } = await gatherTeam(world, ['Ana', 'Bo'])
      const finder = await play(world, browsers as unknown as readonly [Browser, Browser], team)
      const alarms = async () => (await finder.db.alarms.toArray()).map(({ kind }) => kind as string)
      await until(`an alarm is raised: ${attack}`, async () => (await alarms()).length > 0)
      return { names: await alarms() }
    } finally {
      await world.close()
    }
  },
})

const isStored = async ({ db }: Browser, team: string): Promise<boolean> => {
  const own = (await db.teams.get(team))?.self.feed as number
  const head = await db.heads.get([team, own])
  return head !== undefined && head.storedSeq === head.seq
}

/** As a profile's folder would be copied: what the log needs, as it stands. It is offline at first. */
const copyOf = async (browser: Browser, world: World): Promise<Browser> => {
  const copy = await world.addBrowser('Ana, copied')
  for (const table of ['teams', 'operations', 'apps', 'envelopes', 'heads', 'rows', 'bodies'] as const)
    await copy.db.table(table).bulkPut(await browser.db.table(table).toArray())
  copy.setOnline(false)
  return copy
}

const writeOn = async (copy: Browser, team: string): Promise<Browser> => {
  await copy.record(makeEntry(2))
  const context = await copy.teams.context(team)
  if (!context) throw new Error('no context')
  await createOutbox({ db: copy.db, subtle, nowMs: Date.now, random: randomBytes }).sealDue(context, 10)
  copy.setOnline(true)
  copy.sync().watch()
  return copy
}

export const TEAM_ATTACKS: readonly Attack[] = [
  played(
    'write on with a copied browser profile',
    'a copied browser',
    'copied profile',
    async (world, [ana], team) => {
      const copy = await copyOf(ana, world)
      await ana.record(makeEntry(1))
      await until('Ana is stored', () => isStored(ana, team))
      return writeOn(copy, team)
    },
  ),
  played(
    'write on with a profile that was restored from a backup',
    'a copied browser',
    'copied profile',
    async (world, [ana], team) => {
      await ana.record(makeEntry(1))
      await until('Ana is stored', () => isStored(ana, team))
      const restored = await copyOf(ana, world)
      await ana.record(makeEntry(3))
      await until('Ana is stored', () => isStored(ana, team))
      return writeOn(restored, team)
    },
  ),
  played('confirm entries and not keep them', 'the relay', 'relay lost data', async (world, [ana], team) => {
    await ana.record(makeEntry(1), makeEntry(2))
    await until('Ana is stored', () => isStored(ana, team))
    await world.restartRelay(true)
    ana.sync().watch()
    return ana
  }),
]
