/**
 * A team whose bundle has all that one can have: three people, one of them removed, an erased entry, receipts, entries that stay
 * sealed. For tests that tamper with it.
 */
import type { Bytes } from '../../lib/log/bytes.ts'
import { bodyOffset, decodeEnvelope, type Envelope, encodeEnvelope } from '../../lib/log/envelope.ts'
import { createFeedWriter } from '../../lib/log/feed.ts'
import type { Entry } from '../../lib/model/entry.ts'
import type { TeamContext } from '../../lib/sync/team-context.ts'
import { signerOf } from '../../lib/team/identity.ts'
import { makeBundle } from './bundle.ts'
import { makeEntry } from './entries.ts'
import { type Browser, createWorld, gatherTeam, until } from './sync-world.ts'
import { randomBytes, subtle } from './team.ts'

export interface BundleWorld {
  readonly team: string
  readonly zip: Uint8Array<ArrayBuffer>
  readonly ana: Browser
  readonly bo: Browser
  readonly cy: Browser
  readonly contextOf: (browser: Browser) => Promise<TeamContext>
  readonly close: () => Promise<void>
}

const entriesFrom = (start: number, count: number): Entry[] =>
  Array.from({ length: count }, (_, index) =>
    makeEntry(start + index, { resourceType: index % 3 === 0 ? 'webhook' : 'setting' }),
  )

/** The bundle is Ana's, of the settings: webhooks stay sealed. */
export const bundleWorld = async (): Promise<BundleWorld> => {
  const world = await createWorld({ segmentEntries: 8 })
  const { team, browsers } = await gatherTeam(world, ['Ana', 'Bo', 'Cy'])
  const [ana, bo, cy] = browsers as [Browser, Browser, Browser]
  for (const { sync } of browsers) sync().watch()
  const allHave = (count: number) => async () =>
    (await Promise.all(browsers.map(async (one) => (await one.entries()).length))).every((n) => n === count)
  await ana.record(...entriesFrom(0, 6))
  await bo.record(...entriesFrom(100, 6))
  await cy.record(...entriesFrom(200, 3))
  await until('all have all', allHave(15))
  await ana.record(...entriesFrom(10, 3))
  await bo.record(...entriesFrom(110, 3))
  await until('all have all', allHave(21))
  await until('Ana has a receipt for her last', async () => {
    const heads = await ana.db.heads.toArray()
    return heads.some(({ receipt, seq, storedSeq }) => receipt && seq === 9 && storedSeq === 9)
  })
  const contextOf = async (browser: Browser): Promise<TeamContext> => {
    const context = await browser.teams.context(team)
    if (!context) throw new Error('no such team')
    return context
  }
  await eraseOwn(ana, await contextOf(ana), 2)
  const removed = await ana.teams.removeMember(team, (await contextOf(cy)).self.member)
  if (!removed.ok) throw new Error(removed.reason)
  await ana.record(...entriesFrom(20, 2))
  await until('Ana is stored', async () =>
    (await ana.db.heads.toArray()).some(({ seq, storedSeq }) => seq === 12 && storedSeq === 12),
  )
  const { zip } = await makeBundle(ana.db, team, { resourceType: ['setting'] })
  return { team, zip, ana, bo, cy, contextOf, close: world.close }
}

/** Writes an erase into the browser's own feed, and drops the body as a client does. */
const eraseOwn = async ({ db, sync }: Browser, context: TeamContext, seq: number): Promise<void> => {
  const { self, roster, keys } = context
  const { team } = self
  const at: [string, number, number] = [team, self.feed, seq]
  const row = await db.envelopes.get(at)
  const target = row && decodeEnvelope(row.bytes)
  if (!row || !target?.ok) throw new Error(`no entry ${seq}`)
  const epoch = roster.epochs.length
  const writer = createFeedWriter({
    subtle,
    signer: signerOf(subtle, self.keys),
    team,
    feed: self.feed,
    random: randomBytes,
    nowMs: Date.now,
    context: async () => ({
      epoch,
      epochKey: keys.get(epoch) as Bytes,
      seen: [],
      clock: { ms: 0, counter: 0 },
    }),
    storage: {
      head: async () => {
        const head = await db.heads.get([team, self.feed])
        if (!head) throw new Error('no head')
        return { seq: head.seq, hash: head.hash, clock: { ms: head.clockMs, counter: head.clockCounter } }
      },
      append: async (feed, _expected, envelopes) => {
        const [erase] = envelopes as [Envelope]
        const { seq: number, clock } = erase.header
        await db.envelopes.put({
          team,
          feed,
          seq: number,
          bytes: encodeEnvelope(erase),
          bodyAt: bodyOffset(erase),
        })
        const head = await db.heads.get([team, feed])
        const moved = { seq: number, hash: erase.hash, clockMs: clock.ms, clockCounter: clock.counter }
        await db.heads.put({ ...head, team, feed, ...moved })
        return true
      },
    },
  })
  await writer.erase([{ feed: self.feed, seq, hash: target.value.hash }])
  await db.envelopes.put({ ...row, bytes: encodeEnvelope({ ...target.value, body: new Uint8Array(0) }) })
  await sync().wake()
}
