/** What a device may try at the relay. Each is sent by a real client of the relay's core; the name is why it is let go. */
import * as Y from 'yjs'
import type { Bytes } from '../../lib/log/bytes.ts'
import type { FeedId } from '../../lib/log/envelope.ts'
import { encodeUpdateFrame } from '../../lib/log/frames.ts'
import { encodeUpdate } from '../../lib/log/yjs-update.ts'
import { removeMember } from '../../lib/team/author.ts'
import { createTestRelay, openRoom, postTeam, type TestClient } from '../helpers/relay.ts'
import { createPen, createTestTeam, type TestMember, tokenFor } from '../helpers/relay-team.ts'
import { randomBytes, subtle } from '../helpers/team.ts'
import type { Attack } from './attack.ts'
import { faultsWhenPacked } from './packed.ts'

const openScene = async () => {
  const world = await createTestRelay()
  const nowMs = () => world.clock.nowMs
  const team = await createTestTeam(['writer', 'writer', 'reader'], nowMs)
  await postTeam(world, team)
  const [ana, bo, cy, reader] = team.members as [TestMember, TestMember, TestMember, TestMember]
  const sent = new Map<FeedId, readonly Bytes[]>()
  /** A room of which the scene keeps what was sent to it. */
  const enter = async (member: TestMember): Promise<TestClient> => {
    const room = await openRoom(world, member)
    const sendRuns: TestClient['sendRuns'] = (...runs) => {
      for (const { feed, items } of runs) sent.set(feed, [...(sent.get(feed) ?? []), ...items])
      return room.sendRuns(...runs)
    }
    return { ...room, sendRuns }
  }
  const room = await enter(bo)
  return {
    world,
    nowMs,
    team,
    ana,
    bo,
    cy,
    reader,
    enter,
    room,
    sent,
    pen: createPen(bo),
    cyPen: createPen(cy),
  }
}
type Scene = Awaited<ReturnType<typeof openScene>>

const atRelay = (
  attack: string,
  by: Attack['by'],
  named: string,
  act: (scene: Scene) => Promise<TestClient>,
): Attack => ({
  attack,
  by,
  foundBy: 'the relay',
  named,
  run: async () => {
    const scene = await openScene()
    const reason = (await act(scene)).closed()?.reason
    const { team, ana, sent } = scene
    const packing = { maker: ana, roster: team.roster(), operations: team.operations, keys: new Map() }
    const packed = sent.size > 0 ? await faultsWhenPacked({ ...packing, brought: sent }) : undefined
    return { names: reason === undefined ? [] : [reason], ...(packed && { packed }) }
  },
})

const appended = (
  attack: string,
  by: Attack['by'],
  named: string,
  write: (scene: Scene) => Promise<Bytes>,
): Attack =>
  atRelay(attack, by, named, async (scene) => {
    await scene.room.sendRuns({ feed: scene.bo.self.feed, clock: 0, items: [await write(scene)] })
    return scene.room
  })

const entered = (
  attack: string,
  by: Attack['by'],
  named: string,
  token: (scene: Scene) => Promise<string>,
): Attack =>
  atRelay(attack, by, named, async (scene) =>
    openRoom(scene.world, scene.bo, 0, { token: await token(scene) }),
  )

const removeBo = async ({ world, nowMs, team, ana, bo, pen }: Scene): Promise<void> => {
  const deps = { subtle, random: randomBytes, nowMs }
  const heads = new Map([[bo.self.feed, pen.head()]])
  for (const operation of await removeMember(
    deps,
    ana.self,
    team.roster(),
    team.keys(),
    bo.self.member,
    heads,
  ))
    await world.relay.appendRoster(ana.self.team, team.follow(operation), await tokenFor(ana, nowMs()))
}

const spoil = (bytes: Bytes, fromEnd: number): Bytes => {
  const spoilt = bytes.slice()
  const at = spoilt.length - fromEnd
  spoilt[at] = (spoilt[at] as number) ^ 1
  return spoilt
}

export const RELAY_ATTACKS: readonly Attack[] = [
  appended('append to the feed of another device', 'a member', 'wrong feed', ({ cyPen }) => cyPen.write()),
  appended('append with a changed signature', 'a member', 'bad signature', async ({ pen }) =>
    spoil(await pen.write(), 161),
  ),
  appended('append with a changed body', 'a member', 'body does not match its hash', async ({ pen }) =>
    spoil(await pen.write(), 1),
  ),
  appended(
    'leave an own entry out',
    'a member',
    'gap',
    async ({ pen }) => (await pen.writeMany(2))[1] as Bytes,
  ),
  appended('continue another history', 'a member', 'wrong chain', ({ pen }) =>
    pen.write({ prev: new Uint8Array(32).fill(7) }),
  ),
  appended('replay an entry of another team', 'a member', 'wrong team', ({ pen }) =>
    pen.write({ team: 'ab'.repeat(16) }),
  ),
  appended('write under a key that was never made', 'a member', 'unknown epoch', ({ pen }) =>
    pen.write({ epoch: 9 }),
  ),
  atRelay('write two entries in one place', 'a copied browser', 'fork', async ({ room, bo, pen }) => {
    const { feed } = bo.self
    await room.sendRuns({ feed, clock: 0, items: [await pen.write()] })
    await room.sendRuns({ feed, clock: 0, items: [await createPen(bo).write()] })
    return room
  }),
  atRelay('set the clock back', 'a member', 'clock went back', async ({ room, bo, pen }) => {
    const items = [await pen.write(), await pen.write({ clock: { ms: 1, counter: 0 } })]
    await room.sendRuns({ feed: bo.self.feed, clock: 0, items })
    return room
  }),
  atRelay(
    'store an entry a second time',
    'a member',
    'entry is stored in an earlier segment',
    async ({ room, bo, pen }) => {
      const item = await pen.write()
      await room.sendRuns({ feed: bo.self.feed, clock: 0, items: [item] })
      await room.sendRuns({ feed: bo.self.feed, clock: 1, items: [item] })
      return room
    },
  ),
  atRelay('delete an entry as Yjs deletes', 'a member', 'deletes', async ({ room }) => {
    await room.send(encodeUpdateFrame(Uint8Array.of(0, 1, 5, 1, 0, 1)))
    return room
  }),
  atRelay('insert an entry before others', 'a member', 'foreign struct', async ({ room, bo, pen }) => {
    const doc = new Y.Doc()
    doc.clientID = bo.self.feed
    const feed = doc.getArray(`f:${bo.self.feed}`)
    feed.push([await pen.write()])
    feed.push([await pen.write()])
    feed.insert(1, [await pen.write()])
    await room.send(encodeUpdateFrame(Y.encodeStateAsUpdate(doc)))
    return room
  }),
  atRelay('write as a reader', 'a member', 'after the cut', async ({ enter, reader }) => {
    const room = await enter(reader)
    await room.sendRuns({ feed: reader.self.feed, clock: 0, items: [await createPen(reader).write()] })
    return room
  }),
  atRelay('write under a device that never joined', 'a stranger', 'unknown feed', async ({ room, pen }) => {
    const update = encodeUpdate([{ feed: 77, clock: 0, items: [await pen.write()] }])
    await room.send(encodeUpdateFrame(update))
    return room
  }),
  atRelay('write on after being removed', 'an ex-member', 'removed', async (scene) => {
    await scene.room.sendRuns({ feed: scene.bo.self.feed, clock: 0, items: [await scene.pen.write()] })
    await removeBo(scene)
    return openRoom(scene.world, scene.bo)
  }),
  atRelay(
    'have a friend bring what was back-dated after the removal',
    'an ex-member',
    'after the cut',
    async (scene) => {
      const { enter, bo, cy, pen } = scene
      await scene.room.sendRuns({ feed: bo.self.feed, clock: 0, items: [await pen.write()] })
      await removeBo(scene)
      const late = await pen.write()
      const room = await enter(cy)
      await room.sendRuns({ feed: bo.self.feed, clock: 1, items: [late] })
      return room
    },
  ),
  entered('enter with an old token', 'whoever has the file', 'token: expired', ({ bo, nowMs }) =>
    tokenFor(bo, nowMs() - 121_000),
  ),
  entered(
    'enter with a token made for another relay',
    'the relay',
    'token: wrong audience',
    ({ bo, nowMs }) => tokenFor(bo, nowMs(), { audience: 'https://elsewhere.test' }),
  ),
  entered('enter with a token for another team', 'a member', 'token: wrong team', ({ bo, nowMs }) =>
    tokenFor(bo, nowMs(), { team: 'ab'.repeat(16) }),
  ),
  entered('enter under another’s name', 'a member', 'token: bad signature', ({ ana, bo, nowMs }) =>
    tokenFor({ self: bo.self, signer: { ...ana.signer, publicKey: bo.signer.publicKey } }, nowMs()),
  ),
  atRelay('use a token that was overheard', 'a stranger', 'token: replayed', async ({ world, bo, nowMs }) => {
    const token = await tokenFor(bo, nowMs())
    await openRoom(world, bo, 0, { token })
    return openRoom(world, bo, 0, { token })
  }),
  entered('enter a team that one is not in', 'a stranger', 'not a member', async ({ bo, nowMs }) => {
    const [stranger] = (await createTestTeam([])).members as [TestMember]
    return tokenFor(stranger, nowMs(), { team: bo.self.team })
  }),
]
