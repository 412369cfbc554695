/**
 * What may be brought to a teammate's browser by a relay that lies, or by members together with it: real envelopes under real
 * keys, taken by the code that runs in the background. The name is the alarm; what is silently never shown says why.
 */
import Dexie from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { Bytes } from '../../lib/log/bytes.ts'
import { CLOCK_ZERO, tick } from '../../lib/log/clock.ts'
import {
  EMPTY_HEAD,
  type Envelope,
  encodeEnvelope,
  type FeedHead,
  type FeedId,
  type Header,
  headOf,
} from '../../lib/log/envelope.ts'
import { sealErase } from '../../lib/log/erase.ts'
import { entryKeyOf, openWithEntryKey, sealEntry, signEnvelope } from '../../lib/log/seal.ts'
import type { Entry } from '../../lib/model/entry.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { migrate } from '../../lib/store/migrations.ts'
import { createArrivals, type Taken } from '../../lib/sync/arrivals.ts'
import { createSuspicions } from '../../lib/sync/suspicions.ts'
import { rowOf, type TeamContext } from '../../lib/sync/team-context.ts'
import { removeMember } from '../../lib/team/author.ts'
import { mayCount } from '../../lib/team/roster.ts'
import { memberToActorId } from '../../lib/team/timeline.ts'
import { makeEntry } from '../helpers/entries.ts'
import { createTestTeam, type TestMember } from '../helpers/relay-team.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'
import type { Attack, Limit } from './attack.ts'
import { faultsWhenPacked } from './packed.ts'

/** Writes one member's feed as their browser does. */
const createAuthor = (member: TestMember, epochKey: Bytes, start: FeedHead = EMPTY_HEAD) => {
  const { self, signer } = member
  let head = start
  const next = (change: Partial<Header>) => ({
    team: self.team,
    feed: self.feed,
    seq: head.seq + 1,
    prev: head.hash,
    clock: tick(head.seq === 0 ? CLOCK_ZERO : head.clock, Date.now()),
    epoch: 1,
    nonce: randomBytes(12),
    seen: [],
    ...change,
  })
  const keep = (envelope: Envelope): Envelope => {
    head = headOf(envelope)
    return envelope
  }
  return {
    head: () => head,
    write: async (entry: Entry, change: Partial<Header> = {}, by = signer): Promise<Envelope> =>
      keep(await sealEntry(subtle, entry, next(change), epochKey, by)),
    erase: async ({ header, hash }: Envelope): Promise<Envelope> =>
      keep(await sealErase([{ feed: header.feed, seq: header.seq, hash }], next({}), signer)),
  }
}

const openLab = async () => {
  const team = await createTestTeam(['writer', 'writer', 'reader'])
  const [ana, bo, cy, reader] = team.members as [TestMember, TestMember, TestMember, TestMember]
  const db = new Dexie(`tamper ${crypto.randomUUID()}`, {
    indexedDB: new IDBFactory(),
    IDBKeyRange,
    cache: 'disabled',
  }) as DaybookDatabase
  migrate(db)
  await db.open()
  const epochKey = team.keys().get(1) as Bytes
  let aheadMs = 0
  const nowMs = () => Date.now() + aheadMs
  const suspicions = createSuspicions(db, nowMs)
  const arrivals = createArrivals({ db, subtle, verifier, suspicions, nowMs })
  const context = (): TeamContext => ({
    row: rowOf(ana.self, undefined, 'active'),
    self: ana.self,
    roster: team.roster(),
    keys: team.keys(),
  })
  const brought = new Map<FeedId, readonly Bytes[]>()
  await db.teams.put(context().row)
  await db.operations.bulkPut(team.operations.map((bytes, index) => ({ team: ana.self.team, index, bytes })))
  return {
    team,
    ana,
    bo,
    cy,
    reader,
    db,
    context,
    epochKey,
    author: createAuthor(bo, epochKey),
    other: createAuthor(cy, epochKey),
    /** Brings envelopes, or bytes, to Ana's browser as Bo's unless said otherwise. */
    bring: (envelopes: readonly (Envelope | Bytes)[], feed = bo.self.feed) => {
      const items = envelopes.map((item) => (item instanceof Uint8Array ? item : encodeEnvelope(item)))
      brought.set(feed, [...(brought.get(feed) ?? []), ...items])
      return arrivals.take(context(), [{ feed, clock: 0, items }])
    },
    brought,
    /** A quarter of an hour later, with all that the relay shows here. */
    settle: async (): Promise<readonly string[]> => {
      aheadMs += 15 * 60_000
      await suspicions.excludeAfterCuts(context())
      await suspicions.settle(context())
      return []
    },
    shown: async () => (await db.bodies.toArray()).filter(({ app }) => app.origin.startsWith('http')),
  }
}
type Lab = Awaited<ReturnType<typeof openLab>>

/** `act` does it and gives further names, for what raises no alarm. */
const brought = (
  attack: string,
  by: Attack['by'],
  named: string,
  act: (lab: Lab) => Promise<readonly string[] | Taken>,
): Attack => ({
  attack,
  by,
  foundBy: 'a teammate’s browser',
  named,
  run: async () => {
    const lab = await openLab()
    const said = await act(lab)
    const names = [...(await alarmsIn(lab)), ...(typeof said === 'string' ? [said] : said)]
    const packed = lab.brought.size > 0 ? await packedIn(lab) : undefined
    lab.db.close()
    return { names, ...(packed && { packed }) }
  },
})

const alarmsIn = async ({ db }: Lab): Promise<string[]> => (await db.alarms.toArray()).map(({ kind }) => kind)

const packedIn = ({ team, ana, brought }: Lab): Promise<readonly string[]> =>
  faultsWhenPacked({
    maker: ana,
    roster: team.roster(),
    operations: team.operations,
    keys: team.keys(),
    brought,
  })

/** Ana removes Bo, and knows his feed up to `head`. */
const removeBo = async ({ team, ana, bo }: Lab, head: FeedHead): Promise<void> => {
  const deps = { subtle, random: randomBytes, nowMs: Date.now }
  const heads = new Map([[bo.self.feed, head]])
  const removal = await removeMember(deps, ana.self, team.roster(), team.keys(), bo.self.member, heads)
  for (const operation of removal) team.follow(operation)
}

/** Why an envelope never counts, where it isn't shown. */
const refusalOf = async (lab: Lab, { header, hash }: Envelope): Promise<readonly string[]> => {
  const counts = mayCount(lab.context().roster, header, hash)
  const isShown = (await lab.shown()).some(({ id }) => id === makeEntry(header.seq).id)
  return counts.ok || isShown ? [] : [counts.fault]
}

const flipped = (envelope: Envelope, at: number): Bytes => {
  const bytes = encodeEnvelope(envelope)
  const index = at < 0 ? bytes.length + at : at
  bytes[index] = (bytes[index] as number) ^ 1
  return bytes
}

export const LOG_ATTACKS: readonly Attack[] = [
  brought('edit a stored body', 'the relay', 'bad signature', async ({ author, bring }) =>
    bring([flipped(await author.write(makeEntry(1)), -1)]),
  ),
  brought('edit a stored header', 'the relay', 'bad signature', async ({ author, bring }) =>
    bring([flipped(await author.write(makeEntry(1)), 80)]),
  ),
  brought('rewrite the time in a header', 'the relay', 'bad signature', async ({ author, bring }) =>
    bring([flipped(await author.write(makeEntry(1)), 71)]),
  ),
  brought('forge an entry in a member’s name', 'the relay', 'bad signature', async ({ author, bring, cy }) =>
    bring([await author.write(makeEntry(1), {}, cy.signer)]),
  ),
  brought('swap two entries', 'the relay', 'bad signature', async ({ author, bring }) => {
    const [first, second] = [await author.write(makeEntry(1)), await author.write(makeEntry(2))]
    return bring([second, first])
  }),
  brought('leave an entry out', 'the relay', 'bad signature', async ({ author, bring }) => {
    const first = await author.write(makeEntry(1))
    await author.write(makeEntry(2))
    return bring([first, await author.write(makeEntry(3))])
  }),
  brought('drop a feed’s last entries', 'the relay', 'withheld', async (lab) => {
    const { author, other, bring, cy, settle } = lab
    const first = await author.write(makeEntry(1))
    await author.write(makeEntry(2))
    await author.write(makeEntry(3))
    const { seq, hash } = author.head()
    await bring(
      [await other.write(makeEntry(4), { seen: [{ feed: lab.bo.self.feed, seq, hash }] })],
      cy.self.feed,
    )
    await bring([first])
    return settle()
  }),
  brought(
    'put a foreign entry between two',
    'the relay',
    'bad signature',
    async ({ author, bring, bo, epochKey }) => {
      const first = await author.write(makeEntry(1))
      const foreign = await createAuthor(bo, epochKey).write(makeEntry(9))
      return bring([
        first,
        { ...foreign, header: { ...foreign.header, seq: 2 } },
        await author.write(makeEntry(3)),
      ])
    },
  ),
  brought('replay an entry of another team', 'the relay', 'bad signature', async ({ author, bring }) =>
    bring([await author.write(makeEntry(1), { team: 'ab'.repeat(16) })]),
  ),
  brought(
    'replay an entry in another device’s feed',
    'the relay',
    'bad signature',
    async ({ author, bring, cy }) => bring([await author.write(makeEntry(1))], cy.self.feed),
  ),
  brought(
    'show two histories of one device',
    'a copied browser',
    'fork',
    async ({ author, bring, bo, epochKey }) => {
      await bring([await author.write(makeEntry(1))])
      return bring([await createAuthor(bo, epochKey).write(makeEntry(2))])
    },
  ),
  brought(
    'rewrite the past and sign it anew',
    'a member',
    'fork',
    async ({ author, bring, bo, epochKey }) => {
      await bring([await author.write(makeEntry(1)), await author.write(makeEntry(2))])
      const again = createAuthor(bo, epochKey)
      return bring([
        await again.write(makeEntry(5)),
        await again.write(makeEntry(6)),
        await again.write(makeEntry(7)),
      ])
    },
  ),
  brought(
    'continue another history than the one shown',
    'the relay',
    'fork',
    async ({ author, bring, bo, epochKey }) => {
      await bring([await author.write(makeEntry(1))])
      const split = createAuthor(bo, epochKey)
      await split.write(makeEntry(5))
      return bring([await split.write(makeEntry(6))])
    },
  ),
  brought('let a clock go back inside a feed', 'a member', 'bad signature', async ({ author, bring }) => {
    const first = await author.write(makeEntry(1))
    return bring([first, await author.write(makeEntry(2), { clock: { ms: 5, counter: 0 } })])
  }),
  brought('seal two texts under one ciphertext', 'a member', 'unreadable', async ({ author, bring, bo }) => {
    const { header, body } = await author.write(makeEntry(1))
    return bring([await signEnvelope({ ...header, keyCommit: randomBytes(32) }, body, bo.signer)])
  }),
  brought(
    'hand an auditor a key that opens another text',
    'a member',
    'key does not fit',
    async ({ author, epochKey }) => {
      const envelope = await author.write(makeEntry(1))
      const wrong = entryKeyOf(epochKey, { ...envelope.header, seq: 2 })
      const opened = await openWithEntryKey(subtle, envelope, wrong)
      return opened.ok ? [] : [opened.fault]
    },
  ),
  brought('seal what is no entry', 'a member', 'unreadable', async ({ bring, bo }) => {
    const { header, body } = await createAuthor(bo, randomBytes(32)).write(makeEntry(1))
    return bring([await signEnvelope(header, body, bo.signer)])
  }),
  brought(
    'write under the id of another’s entry',
    'a member',
    'id used twice',
    async ({ author, other, bring, cy }) => {
      await bring([await author.write(makeEntry(1))])
      return bring([await other.write(makeEntry(1, { after: { sessionTimeout: 999 } }))], cy.self.feed)
    },
  ),
  brought(
    'say that somebody else did it',
    'a member',
    'shown as its author’s',
    async ({ author, bring, bo, ana, shown }) => {
      const actor = { id: memberToActorId(ana.self.member), name: 'Ana' }
      await bring([await author.write(makeEntry(1, { actor }))])
      const [entry] = await shown()
      return entry?.actor.id === memberToActorId(bo.self.member) ? ['shown as its author’s'] : []
    },
  ),
  brought(
    'erase the entry of another without being an admin',
    'a member',
    'erase refused',
    async ({ author, other, bring, cy }) => {
      const target = await author.write(makeEntry(1))
      await bring([target])
      return bring([await other.erase(target)], cy.self.feed)
    },
  ),
  brought(
    'erase an entry under the hash of another',
    'a member',
    'shown all the same',
    async ({ author, bring, shown }) => {
      const target = await author.write(makeEntry(1))
      await bring([target, await author.erase({ ...target, hash: randomBytes(32) })])
      return (await shown()).length > 0 ? ['shown all the same'] : []
    },
  ),
  brought(
    'erase an entry before it comes, under the hash of another',
    'a member',
    'shown all the same',
    async ({ author, bring, bo, shown }) => {
      const target = await author.write(makeEntry(1))
      const erase = await author.erase({ ...target, hash: randomBytes(32) })
      await bring([erase])
      await bring([target], bo.self.feed)
      return (await shown()).length > 0 ? ['shown all the same'] : []
    },
  ),
  brought('write as a reader', 'a member', 'after the cut', async (lab) => {
    const { bring, reader, epochKey } = lab
    const envelope = await createAuthor(reader, epochKey).write(makeEntry(1))
    await bring([envelope], reader.self.feed)
    return refusalOf(lab, envelope)
  }),
  brought('back-date an entry after the removal', 'an ex-member', 'after the cut', async (lab) => {
    const { author, bring } = lab
    await bring([await author.write(makeEntry(1))])
    await removeBo(lab, author.head())
    const late = await author.write(makeEntry(2))
    await bring([late])
    return refusalOf(lab, late)
  }),
  brought(
    'write under the team’s old key after the removal',
    'an ex-member',
    'after the cut',
    async (lab) => {
      const { author, bring, team } = lab
      await bring([await author.write(makeEntry(1))])
      await removeBo(lab, author.head())
      const late = await author.write(makeEntry(2), { epoch: team.roster().epochs.length - 1 })
      await bring([late])
      return refusalOf(lab, late)
    },
  ),
  brought(
    'continue another history than the one shown, its end first',
    'the relay',
    'fork',
    async ({ author, bring, bo, epochKey }) => {
      await author.write(makeEntry(1))
      await bring([await author.write(makeEntry(2))])
      return bring([await createAuthor(bo, epochKey).write(makeEntry(3))])
    },
  ),
  brought(
    'accuse a member of a second history that they never signed',
    'the relay',
    'bad signature',
    async ({ author, bring, bo, cy, epochKey }) => {
      await bring([await author.write(makeEntry(1))])
      return bring([await createAuthor(bo, epochKey).write(makeEntry(2), {}, cy.signer)])
    },
  ),
  brought('replace the last entry before the removal', 'an ex-member', 'fork', async (lab) => {
    const { author, bring, bo, epochKey } = lab
    await bring([await author.write(makeEntry(1))])
    await removeBo(lab, author.head())
    return bring([await createAuthor(bo, epochKey).write(makeEntry(2))])
  }),
  brought('use a key that the roster doesn’t name', 'a member', 'roster behind', async ({ author, bring }) =>
    bring([await author.write(makeEntry(1), { epoch: 7 })]),
  ),
  brought(
    'bring the feed of a device that never joined',
    'a stranger',
    'roster behind',
    async ({ author, bring }) => bring([await author.write(makeEntry(1))], 4242),
  ),
  brought('withhold an entry that a teammate has', 'the relay', 'withheld', async (lab) => {
    const { author, other, bring, cy, settle } = lab
    await bring([await author.write(makeEntry(1))])
    await author.write(makeEntry(2))
    const { seq, hash } = author.head()
    const seen = [{ feed: lab.bo.self.feed, seq, hash }]
    await bring([await other.write(makeEntry(3), { seen })], cy.self.feed)
    return settle()
  }),
  brought(
    'show two members two histories',
    'the relay',
    'fork',
    async ({ author, other, bring, bo, cy, epochKey }) => {
      await bring([await author.write(makeEntry(1))])
      const { hash } = await createAuthor(bo, epochKey).write(makeEntry(2))
      return bring(
        [await other.write(makeEntry(3), { seen: [{ feed: bo.self.feed, seq: 1, hash }] })],
        cy.self.feed,
      )
    },
  ),
  brought('show another history than the one that a teammate has named', 'the relay', 'fork', async (lab) => {
    const { author, other, bring, bo, cy, epochKey, settle } = lab
    const named = await createAuthor(bo, epochKey).write(makeEntry(2))
    const seen = [{ feed: bo.self.feed, seq: 1, hash: named.hash }]
    await bring([await other.write(makeEntry(3), { seen })], cy.self.feed)
    await bring([await author.write(makeEntry(1))])
    return settle()
  }),
  brought(
    'show another history than the one named, with what was named later held back',
    'the relay',
    'fork',
    async ({ author, other, bring, bo, cy, epochKey, settle }) => {
      const named = await createAuthor(bo, epochKey).write(makeEntry(2))
      const seen = (seq: number, hash: Bytes) => ({ seen: [{ feed: bo.self.feed, seq, hash }] })
      const envelopes = [
        await other.write(makeEntry(3), seen(1, named.hash)),
        await other.write(makeEntry(4), seen(9, randomBytes(32))),
      ]
      await bring(envelopes, cy.self.feed)
      await bring([await author.write(makeEntry(1))])
      return settle()
    },
  ),
  brought('show two members two rosters', 'the relay', 'roster rolled back', async ({ other, bring, cy }) =>
    bring(
      [await other.write(makeEntry(3), { seen: [{ feed: 0, seq: 2, hash: randomBytes(32) }] })],
      cy.self.feed,
    ),
  ),
  brought('strip a body that nobody erased', 'the relay', 'withheld', async ({ author, bring, settle }) => {
    await bring([{ ...(await author.write(makeEntry(1))), body: new Uint8Array(0) }])
    return settle()
  }),
  brought('slip entries in while the removal is under way', 'an ex-member', 'after removal', async (lab) => {
    const { author, bring, settle } = lab
    await bring([await author.write(makeEntry(1))])
    const known = author.head()
    await bring([await author.write(makeEntry(2))])
    await removeBo(lab, known)
    return settle()
  }),
]

/** Plays it, and gives the alarms. */
const unnoticed = (
  attack: string,
  by: Attack['by'],
  listedAs: string,
  act: (lab: Lab) => Promise<unknown>,
): Limit => ({
  attack,
  by,
  listedAs,
  run: async () => {
    const lab = await openLab()
    await act(lab)
    await lab.settle()
    const alarms = await alarmsIn(lab)
    lab.db.close()
    return alarms
  },
})

export const LOG_LIMITS: readonly Limit[] = [
  unnoticed(
    'keep an own change out of the log',
    'a member',
    'A device that never writes an entry down suppresses it',
    async ({ author, bring }) => bring([await author.write(makeEntry(1))]),
  ),
  unnoticed(
    'drop own last entries that nobody else has received, together with the relay',
    'a member',
    'A device that never writes an entry down suppresses it',
    async ({ author, bring }) => {
      await bring([await author.write(makeEntry(1))])
      await author.write(makeEntry(2))
    },
  ),
  unnoticed(
    'hold entries back from one member to whom nobody writes who had them',
    'the relay',
    'A relay may hold entries back from one member',
    async ({ author, bring }) => {
      await bring([await author.write(makeEntry(1))])
      await author.write(makeEntry(2))
    },
  ),
  unnoticed(
    'write a time that is a little wrong',
    'a member',
    "A clock is its author's word",
    async ({ author, bring }) =>
      bring([await author.write(makeEntry(1), { clock: { ms: Date.now() - 3_600_000, counter: 0 } })]),
  ),
]
