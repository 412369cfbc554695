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
      await until(`an alarm is raised: ${attack}`, async () => (await alarms()).length > 0, 20_000)
      return await alarms()
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

export const TEAM_ATTACKS: readonly Attack[] = [
  played(
    'write on with a copied browser profile',
    'a copied browser',
    'copied profile',
    async (world, [ana], team) => {
      const copy = await world.addBrowser('Ana, copied')
      for (const table of ['teams', 'operations', 'apps'] as const)
        await copy.db.table(table).bulkPut(await ana.db.table(table).toArray())
      copy.setOnline(false)
      await ana.record(makeEntry(1))
      await until('Ana is stored', () => isStored(ana, team))
      await copy.record(makeEntry(2))
      const context = await copy.teams.context(team)
      if (!context) throw new Error('no context')
      await createOutbox({ db: copy.db, subtle, nowMs: Date.now, random: randomBytes }).sealDue(context, 10)
      copy.setOnline(true)
      copy.sync().watch()
      return copy
    },
  ),
  played('forget entries that were receipted', 'the relay', 'relay lost data', async (world, [ana], team) => {
    await ana.record(makeEntry(1), makeEntry(2))
    await until('Ana is stored', () => isStored(ana, team))
    await world.restartRelay(true)
    ana.sync().watch()
    return ana
  }),
]
