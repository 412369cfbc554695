import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type Bytes, bytesToBase64url, bytesToText } from '../../lib/log/bytes.ts'
import { decodeEnvelope, encodeEnvelope } from '../../lib/log/envelope.ts'
import {
  CLOSE,
  encodeAwarenessFrame,
  encodeStep1,
  encodeStep2,
  encodeUpdateFrame,
  type Frame,
  HEARTBEAT_FRAME,
} from '../../lib/log/frames.ts'
import { decodeReceipt, verifyReceipt } from '../../lib/log/receipt.ts'
import { decodeUpdate, encodeStateVector, encodeUpdate } from '../../lib/log/yjs-update.ts'
import { removeMember, rename } from '../../lib/team/author.ts'
import { encodeOperation } from '../../lib/team/operation.ts'
import { createNodeVerifier } from '../../server/signature.ts'
import { createTestRelay, openRoom, postTeam, type TestClient, type TestRelay } from '../helpers/relay.ts'
import {
  createPen,
  createTestTeam,
  type Pen,
  type TestMember,
  type TestTeam,
  tokenFor,
} from '../helpers/relay-team.ts'
import { createSocketPair, settle } from '../helpers/socket-pair.ts'
import { randomBytes, subtle } from '../helpers/team.ts'

/** A relay with a team of two, Ana (admin) and Bo, each in the open room. */
const twoPeers = async (limits = {}) => {
  const world = await createTestRelay(limits)
  const team = await createTestTeam(['writer'], () => world.clock.nowMs)
  await postTeam(world, team)
  const [ana, bo] = team.members as [TestMember, TestMember]
  const anaRoom = await openRoom(world, ana)
  const boRoom = await openRoom(world, bo)
  anaRoom.frames()
  boRoom.frames()
  return { world, team, ana, bo, anaRoom, boRoom, pen: createPen(ana), boPen: createPen(bo) }
}

const renameTeam = (world: TestRelay, team: TestTeam, admin: TestMember, name = 'Renamed') =>
  rename(
    { subtle, random: randomBytes, nowMs: () => world.clock.nowMs },
    admin.self,
    team.roster(),
    team.keys(),
    name,
  )

const run = (member: TestMember, clock: number, ...items: Bytes[]) => ({
  feed: member.self.feed,
  clock,
  items,
})

const receiptsOf = (frames: readonly Frame[]) =>
  frames.flatMap((frame) => {
    const receipt = frame.type === 'receipt' ? decodeReceipt(frame.receipt) : undefined
    return receipt?.ok ? [receipt.value] : []
  })

const itemsOf = (frames: readonly Frame[]): Bytes[] =>
  frames.flatMap((frame) => {
    const runs = frame.type === 'update' ? decodeUpdate(frame.update) : undefined
    return runs?.ok ? runs.value.flatMap(({ items }) => items) : []
  })

describe('a room', () => {
  test('passes an entry on to the others and gives its author a receipt', async () => {
    const { world, ana, anaRoom, boRoom, pen } = await twoPeers()
    const entry = await pen.write()
    await anaRoom.sendRuns(run(ana, 0, entry))
    expect(itemsOf(boRoom.frames())).toEqual([entry])
    const [receipt, ...more] = receiptsOf(anaRoom.frames())
    expect(more).toEqual([])
    expect(receipt).toMatchObject({ team: ana.self.team, feed: ana.self.feed, seq: 1, hash: pen.head().hash })
    expect(receipt && (await verifyReceipt(receipt, world.relayKey, createNodeVerifier()))).toBe(true)
  })

  test('shows and receipts nothing that is not stored, and sends everyone away', async () => {
    const { world, ana, anaRoom, boRoom, pen } = await twoPeers()
    world.storage.fail(true)
    await anaRoom.sendRuns(run(ana, 0, await pen.write()))
    expect([...anaRoom.frames(), ...boRoom.frames()]).toEqual([])
    expect(anaRoom.closed()?.code).toBe(CLOSE.storage)
    expect(boRoom.closed()?.code).toBe(CLOSE.storage)
    world.storage.fail(false)
    const again = await openRoom(world, ana)
    await again.sendRuns(run(ana, 0, await createPen(ana).write()))
    expect(receiptsOf(again.frames())).toHaveLength(1)
  })

  test('gives a newcomer the whole segment and a returning client what it lacks', async () => {
    const { world, ana, bo, anaRoom, pen } = await twoPeers()
    const entries = await pen.writeMany(5)
    await anaRoom.sendRuns(run(ana, 0, ...entries))
    const room = await openRoom(world, bo)
    expect(itemsOf(room.frames())).toEqual(entries)
    await room.send(encodeStep1(encodeStateVector(new Map([[ana.self.feed, 3]]))))
    expect(itemsOf(room.frames())).toEqual(entries.slice(3))
  })

  test('answers an entry that it has with a receipt once more, and an empty answer with nothing', async () => {
    const { world, ana, anaRoom, boRoom, pen } = await twoPeers()
    const entry = await pen.write()
    await anaRoom.sendRuns(run(ana, 0, entry))
    boRoom.frames()
    await boRoom.sendRuns(run(ana, 0, entry))
    await boRoom.send(encodeStep2(encodeUpdate([])))
    expect(boRoom.closed()).toBeUndefined()
    expect(receiptsOf(boRoom.frames())).toMatchObject([{ feed: ana.self.feed, seq: 1 }])
    expect(await world.metric('appends_total')).toBe(1)
  })

  test('makes durable in one go, under one receipt, what comes within a moment', async () => {
    const { world, ana, anaRoom, boRoom, pen } = await twoPeers({ gatherMs: 1_000 })
    const entries = await pen.writeMany(3)
    for (const [clock, entry] of entries.entries()) await anaRoom.sendRuns(run(ana, clock, entry))
    expect([...anaRoom.frames(), ...boRoom.frames()]).toEqual([])
    await world.relay.stop()
    expect((await world.storage.openSegment(ana.self.team)).head).toMatchObject({ version: 1, entries: 3 })
    expect(itemsOf(boRoom.frames())).toEqual(entries)
    expect(receiptsOf(anaRoom.frames()).map(({ seq }) => seq)).toEqual([3])
  })

  test('gives for one entry one receipt, whoever asks and whenever', async () => {
    const { world, ana, anaRoom, boRoom, pen } = await twoPeers()
    const entry = await pen.write()
    await anaRoom.sendRuns(run(ana, 0, entry))
    world.clock.nowMs += 60_000
    await boRoom.sendRuns(run(ana, 0, entry))
    expect(receiptsOf(boRoom.frames())).toEqual(receiptsOf(anaRoom.frames()))
    const next = await pen.write()
    await boRoom.sendRuns(run(ana, 1, next))
    expect(receiptsOf(boRoom.frames())).toMatchObject([{ seq: 2, timeMs: world.clock.nowMs }])
  })

  test('takes what a member brings of another feed', async () => {
    const { ana, boRoom, anaRoom, pen } = await twoPeers()
    const entry = await pen.write()
    await boRoom.sendRuns(run(ana, 0, entry))
    expect(itemsOf(anaRoom.frames())).toEqual([entry])
  })

  test('is cut when it is full: the rest goes to the next, and each entry is in one', async () => {
    const { world, ana, bo, anaRoom, boRoom, pen } = await twoPeers({ segmentEntries: 3 })
    const entries = await pen.writeMany(5)
    await anaRoom.sendRuns(run(ana, 0, ...entries))
    const told = anaRoom.frames()
    expect(receiptsOf(told).map(({ seq }) => seq)).toEqual([3])
    expect(told.at(-1)).toEqual({ type: 'sealed', next: 1 })
    expect(boRoom.frames().map(({ type }) => type)).toEqual(['update', 'sealed'])

    await anaRoom.sendRuns(run(ana, 3, ...entries.slice(3)))
    expect(anaRoom.frames()).toEqual([{ type: 'sealed', next: 1 }])

    const next = await openRoom(world, ana, 1)
    await next.sendRuns(run(ana, 0, ...entries.slice(3)))
    expect(receiptsOf(next.frames()).map(({ seq }) => seq)).toEqual([5])
    const sealed = await world.relay.sealedSegment(ana.self.team, 0, await tokenFor(bo, world.clock.nowMs))
    expect(sealed).toEqual({ ok: true, value: encodeUpdate([run(ana, 0, ...entries.slice(0, 3))]) })
    const open = await world.relay.sealedSegment(ana.self.team, 1, await tokenFor(bo, world.clock.nowMs))
    expect(open).toMatchObject({ ok: false, code: CLOSE.notFound })
  })

  test('is entered as the head, whichever it is, after a word on what the relay has', async () => {
    const { world, ana, bo, anaRoom, pen } = await twoPeers({ segmentEntries: 3 })
    const entries = await pen.writeMany(6)
    await anaRoom.sendRuns(run(ana, 0, ...entries.slice(0, 3)))
    await (await openRoom(world, ana, 1)).sendRuns(run(ana, 0, entries[3] as Bytes))
    const head = await openRoom(world, ana, 'head')
    const [summary, ...answer] = head.frames()
    const asked = await world.relay.summary(ana.self.team, await tokenFor(ana, world.clock.nowMs))
    if (summary?.type !== 'summary' || !asked.ok) throw new Error('no summary')
    const { receipt, ...common } = asked.value
    expect(JSON.parse(bytesToText(summary.json) ?? '')).toEqual(common)
    expect(common).toMatchObject({ segment: 1, feeds: [{ feed: ana.self.feed, seq: 4 }] })
    expect(bytesToBase64url(summary.receipt)).toBe(receipt)
    expect(answer.map(({ type }) => type)).toEqual(['roster', 'update', 'step1'])
    expect(itemsOf(answer)).toEqual([entries[3]])

    const stock = await openRoom(world, bo, 'head', { takesReceipts: false })
    expect(stock.frames().map(({ type }) => type)).toEqual(['update', 'step1'])
    await head.sendRuns(run(ana, 1, ...entries.slice(4)))
    const told = head.frames()
    expect(receiptsOf(told).map(({ seq }) => seq)).toEqual([6])
    expect(told.at(-1)).toEqual({ type: 'sealed', next: 2 })
    expect(stock.frames().map(({ type }) => type)).toEqual(['update', 'denied'])
    const newcomer = (await openRoom(world, bo, 'head')).frames()
    expect(newcomer[0]).toMatchObject({ type: 'summary', receipt: new Uint8Array(0) })
  })

  test('is cut by bytes too, and one large entry always fits into an empty one', async () => {
    const { world, ana, anaRoom, pen } = await twoPeers({ segmentBytes: 10_000 })
    await anaRoom.sendRuns(run(ana, 0, await pen.write({}, 60_000)))
    expect(anaRoom.frames().map(({ type }) => type)).toEqual(['receipt', 'sealed'])
    const next = await openRoom(world, ana, 1)
    await next.sendRuns(run(ana, 0, await pen.write({}, 4_000), await pen.write({}, 8_000)))
    expect(receiptsOf(next.frames()).map(({ seq }) => seq)).toEqual([2])
  })

  test('says "sealed" to a stock client in the only words it knows', async () => {
    const { world, ana, bo, anaRoom, pen, boPen } = await twoPeers({ segmentEntries: 1 })
    const stock = await openRoom(world, bo, 0, { takesReceipts: false })
    stock.frames()
    await anaRoom.sendRuns(run(ana, 0, await pen.write()))
    await stock.sendRuns(run(bo, 0, await boPen.write()))
    expect(stock.frames().map(({ type }) => type)).toEqual(['update', 'denied', 'denied'])
    expect(stock.closed()).toBeUndefined()
  })

  test('keeps stock clients connected by a heartbeat', async () => {
    const { world, anaRoom } = await twoPeers()
    world.relay.beat()
    expect(anaRoom.frames()).toEqual([{ type: 'awareness', update: Uint8Array.of(0) }])
  })

  test('passes presence on to the others as it came, and drops what is too much', async () => {
    const { world, anaRoom, boRoom } = await twoPeers()
    const frame = encodeAwarenessFrame(Uint8Array.of(1, 9, 1, 4, 34, 97, 98, 34))
    await anaRoom.send(frame)
    expect(boRoom.inbox.splice(0)).toEqual([frame])
    expect(anaRoom.frames()).toEqual([])
    await anaRoom.send(encodeAwarenessFrame(new Uint8Array(2000)))
    await anaRoom.send(HEARTBEAT_FRAME)
    expect(boRoom.frames()).toEqual([])
    for (let count = 0; count < 20; count++) await anaRoom.send(frame)
    expect(boRoom.frames()).toHaveLength(9)
    expect(anaRoom.closed()).toBeUndefined()
    expect(await world.metric('presence_total', 'dropped')).toBe(12)
    expect(world.storage.everything().some((bytes) => bytes.length === frame.length)).toBe(false)
  })

  test('lets a reader go that does not keep up', async () => {
    const { ana, anaRoom, boRoom, pen } = await twoPeers()
    boRoom.setBuffered(10 * 1024 * 1024)
    await anaRoom.sendRuns(run(ana, 0, await pen.write()))
    expect(boRoom.closed()).toEqual({ code: CLOSE.tooSlow, reason: 'too slow' })
    expect(receiptsOf(anaRoom.frames())).toHaveLength(1)
  })

  test('has nothing in memory of a team that nobody is connected to', async () => {
    const { world, anaRoom, boRoom } = await twoPeers()
    anaRoom.connection.leave()
    boRoom.connection.leave()
    expect(world.relay.gauges()).toMatchObject({ open_connections: 0, loaded_teams: 1 })
    world.clock.nowMs += 61_000
    world.relay.beat()
    expect(world.relay.gauges()).toMatchObject({ open_connections: 0, loaded_teams: 0 })
  })

  test('stops after what is under way is stored', async () => {
    const { world, ana, anaRoom, pen } = await twoPeers()
    anaRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(ana, 0, await pen.write())])))
    await settle()
    await world.relay.stop()
    expect(receiptsOf(anaRoom.frames())).toHaveLength(1)
    expect(anaRoom.closed()).toEqual({ code: CLOSE.stopping, reason: 'stopping, retry in 5 s' })
    const late = await openRoom(world, ana)
    expect(late.closed()?.code).toBe(CLOSE.stopping)
  })
})

describe('an erase', () => {
  const targetOf = (pen: Pen, member: TestMember) => ({
    feed: member.self.feed,
    seq: pen.head().seq,
    hash: pen.head().hash,
  })
  const wholeOf = async (world: TestRelay, member: TestMember, room = 0) =>
    itemsOf((await openRoom(world, member, room)).frames())

  test('by its author takes the body and leaves header, signature and chain', async () => {
    const { world, ana, bo, anaRoom, boRoom, boPen } = await twoPeers()
    const entry = await boPen.write()
    const target = targetOf(boPen, bo)
    await boRoom.sendRuns(run(bo, 0, entry))
    await boRoom.sendRuns(run(bo, 1, await boPen.erase([target])))
    expect(receiptsOf(boRoom.frames()).map(({ seq }) => seq)).toEqual([1, 2])
    expect(itemsOf(anaRoom.frames())).toHaveLength(2)
    const [left] = await wholeOf(world, ana)
    const envelope = decodeEnvelope(left as Bytes)
    expect(envelope.ok && envelope.value).toMatchObject({ hash: target.hash, body: new Uint8Array(0) })
    expect(entry.subarray(0, left?.length)).toEqual(left)
    expect(world.storage.everything().some((bytes) => bytes.length === entry.length)).toBe(false)
    // The author's own copy of it is no other entry.
    await boRoom.sendRuns(run(bo, 0, entry))
    expect(boRoom.closed()).toBeUndefined()
    await boRoom.sendRuns(run(bo, 2, await boPen.write()))
    expect(boRoom.closed()).toBeUndefined()
  })

  test('by an admin reaches into sealed segments; by another member it changes nothing', async () => {
    const { world, ana, bo, anaRoom, boRoom, pen, boPen } = await twoPeers({ segmentEntries: 2 })
    const entries = [await boPen.write(), await boPen.write()]
    const target = targetOf(boPen, bo)
    await boRoom.sendRuns(run(bo, 0, ...entries))
    const anaNext = await openRoom(world, ana, 1)
    const anaEntry = await pen.write()
    await anaNext.sendRuns(run(ana, 0, anaEntry))
    const boNext = await openRoom(world, bo, 1)
    await boNext.sendRuns(run(bo, 0, await boPen.erase([targetOf(pen, ana)])))
    const last = await openRoom(world, ana, 2)
    await last.sendRuns(run(ana, 0, await pen.erase([target])))
    expect([anaRoom, boRoom, anaNext, boNext, last].map((room) => room.closed())).toEqual(Array(5))
    expect((await wholeOf(world, bo, 1)).some((bytes) => bytes.length === anaEntry.length)).toBe(true)
    const sealed = await world.relay.sealedSegment(ana.self.team, 0, await tokenFor(bo, world.clock.nowMs))
    const runs = sealed.ok ? decodeUpdate(sealed.value) : undefined
    const items = runs?.ok ? runs.value.flatMap(({ items }) => items) : []
    expect(items[0]).toEqual(entries[0])
    expect(items[1]).toEqual(entries[1]?.subarray(0, items[1]?.length))
    expect((items[1] as Bytes).length).toBeLessThan((entries[1] as Bytes).length)
  })

  test('that comes before its target strips it when it comes', async () => {
    const { world, ana, bo, anaRoom, boRoom, pen, boPen } = await twoPeers()
    const entry = await boPen.write()
    await anaRoom.sendRuns(run(ana, 0, await pen.erase([targetOf(boPen, bo)])))
    await boRoom.sendRuns(run(bo, 0, entry))
    expect(boRoom.closed()).toBeUndefined()
    const shown = itemsOf(anaRoom.frames())
    expect(shown).toEqual([entry.subarray(0, shown[0]?.length)])
    expect(shown[0]?.length).toBeLessThan(entry.length)
    expect(world.storage.everything().some((bytes) => bytes.length === entry.length)).toBe(false)
  })

  test('that names another header than the entry at its place takes nothing, before or after it', async () => {
    const { world, ana, bo, anaRoom, boRoom, pen, boPen } = await twoPeers()
    const entry = await boPen.write()
    const other = { ...targetOf(boPen, bo), hash: new Uint8Array(32).fill(7) }
    await anaRoom.sendRuns(run(ana, 0, await pen.erase([other])))
    await boRoom.sendRuns(run(bo, 0, entry))
    await boRoom.sendRuns(run(bo, 1, await boPen.erase([other])))
    expect([anaRoom, boRoom].map((room) => room.closed())).toEqual([undefined, undefined])
    expect(await wholeOf(world, ana)).toContainEqual(entry)
  })

  test('that is malformed is refused', async () => {
    const { bo, boRoom, boPen } = await twoPeers()
    await boRoom.sendRuns(run(bo, 0, await boPen.write({ kind: 'erase' })))
    expect(boRoom.closed()).toEqual({ code: CLOSE.badEntry, reason: 'malformed erase' })
  })
})

describe('a round of appends', () => {
  test('judges what comes together by its last signature', async () => {
    const { ana, bo, anaRoom, boRoom, pen, boPen } = await twoPeers()
    const entries = await pen.writeMany(3)
    const unsigned = spoil(entries[1] as Bytes, 1)
    for (const [clock, entry] of [entries[0], unsigned, entries[2]].entries())
      anaRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(ana, clock, entry as Bytes)])))
    await boRoom.sendRuns(run(bo, 0, await boPen.write()))
    expect(anaRoom.closed()).toBeUndefined()
    expect(receiptsOf(anaRoom.frames()).map(({ seq }) => seq)).toEqual([3])
    expect(itemsOf(boRoom.frames())).toHaveLength(3)
  })

  test('takes the good ones where one has a bad signature, and lets its sender go', async () => {
    const { ana, bo, anaRoom, boRoom, pen, boPen } = await twoPeers()
    const [first, second] = await pen.writeMany(2)
    anaRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(ana, 0, first as Bytes)])))
    anaRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(ana, 1, spoil(second as Bytes, 1))])))
    await boRoom.sendRuns(run(bo, 0, await boPen.write()))
    expect(anaRoom.closed()).toEqual({ code: CLOSE.badEntry, reason: 'bad signature' })
    expect(boRoom.closed()).toBeUndefined()
    expect(itemsOf(boRoom.frames())).toEqual([first])
  })
})

describe('the roster', () => {
  test('is shown in its room, live, and announced in the others', async () => {
    const { world, team, ana, bo, boRoom } = await twoPeers()
    const room = await openRoom(world, bo, 'roster')
    expect(itemsOf(room.frames())).toEqual(team.operations)
    const operation = team.follow(await renameTeam(world, team, ana))
    await world.relay.appendRoster(ana.self.team, operation, await tokenFor(ana, world.clock.nowMs))
    expect(itemsOf(room.frames())).toEqual([operation])
    expect(boRoom.frames()).toEqual([{ type: 'roster', length: team.operations.length }])
  })

  test('a removed member is let go at once, and what they wrote after the cut is refused', async () => {
    const { world, team, ana, bo, anaRoom, boRoom, boPen } = await twoPeers()
    const counted = await boPen.write()
    await boRoom.sendRuns(run(bo, 0, counted))
    const cut = boPen.head()
    const late = await boPen.write()
    const heads = new Map([[bo.self.feed, cut]])
    const deps = { subtle, random: randomBytes, nowMs: () => world.clock.nowMs }
    for (const operation of await removeMember(
      deps,
      ana.self,
      team.roster(),
      team.keys(),
      bo.self.member,
      heads,
    )) {
      const bytes = team.follow(operation)
      const token = await tokenFor(ana, world.clock.nowMs)
      expect(await world.relay.appendRoster(ana.self.team, bytes, token)).toEqual({
        ok: true,
        value: 'stored',
      })
    }
    expect(boRoom.closed()).toEqual({ code: CLOSE.notAllowed, reason: 'removed' })
    expect((await openRoom(world, bo)).closed()).toEqual({ code: CLOSE.notAllowed, reason: 'removed' })
    await anaRoom.sendRuns(run(bo, 1, late))
    expect(anaRoom.closed()).toEqual({ code: CLOSE.notAllowed, reason: 'after the cut' })
  })

  test('takes the same operation again, and answers a stale one with a conflict', async () => {
    const { world, team, ana } = await twoPeers()
    const token = () => tokenFor(ana, world.clock.nowMs)
    const last = team.operations.at(-1) as Bytes
    expect(await world.relay.appendRoster(ana.self.team, last, await token())).toEqual({
      ok: true,
      value: 'stored',
    })
    const stale = encodeOperation(await renameTeam(world, team, ana))
    const operation = team.follow(await renameTeam(world, team, ana, 'Faster'))
    await world.relay.appendRoster(ana.self.team, operation, await token())
    expect(await world.relay.appendRoster(ana.self.team, stale, await token())).toEqual({
      ok: true,
      value: 'conflict',
    })
  })
})

/** Hostile input: what is sent, and what the relay answers. Each leaves the room and the other client untouched. */
describe('bad input', () => {
  type Scene = Awaited<ReturnType<typeof twoPeers>>
  type Attack = (scene: Scene) => Promise<TestClient>

  const sent =
    (make: (scene: Scene) => Promise<Uint8Array> | Uint8Array): Attack =>
    async (scene) => {
      await scene.boRoom.send(await make(scene))
      return scene.boRoom
    }
  const update = (make: (scene: Scene) => Promise<Uint8Array> | Uint8Array): Attack =>
    sent(async (scene) => encodeUpdateFrame(await make(scene)))
  const entry = (make: (pen: Pen, scene: Scene) => Promise<Bytes>, clock = 0): Attack =>
    update(async (scene) => encodeUpdate([run(scene.bo, clock, await make(scene.boPen, scene))]))
  const yjs = (change: (doc: Y.Doc, name: string) => void): Attack =>
    update(({ bo }) => {
      const doc = new Y.Doc()
      doc.clientID = bo.self.feed
      change(doc, `f:${bo.self.feed}`)
      return Y.encodeStateAsUpdate(doc)
    })
  const visit = (
    make: (scene: Scene) => Promise<string | undefined>,
    room: number | 'roster' = 0,
  ): Attack => {
    return async (scene) => {
      const token = await make(scene)
      return openRoom(scene.world, scene.bo, room, { token: token ?? '' })
    }
  }

  const attacks: [string, number, string | RegExp, Attack][] = [
    ['an empty frame', 4400, 'malformed', sent(() => new Uint8Array())],
    ['a truncated frame', 4400, 'malformed', sent(() => Uint8Array.of(0, 2, 9, 1))],
    ['two messages in a frame', 4400, 'trailing bytes', sent(() => Uint8Array.of(1, 1, 0, 1, 1, 0))],
    ['a message of an unknown type', 4400, 'unknown type', sent(() => Uint8Array.of(50))],
    ['a message that only relays send', 4400, 'not for a relay', sent(() => Uint8Array.of(111, 1))],
    [
      'a state vector that is none',
      4400,
      'state vector: malformed',
      sent(() => encodeStep1(Uint8Array.of(5))),
    ],
    ['a frame over the limit', 4413, 'frame too large', sent(() => new Uint8Array(1024 * 1024 + 1))],
    [
      'an entry over the limit',
      4413,
      'entry too large',
      update(({ bo }) => encodeUpdate([run(bo, 0, new Uint8Array(80_000))])),
    ],
    ['a truncated update', 4422, 'malformed', update(() => Uint8Array.of(1, 1))],
    [
      'a delete',
      4422,
      /foreign struct|deletes/,
      yjs((doc, name) => {
        doc.getArray(name).push([new Uint8Array(3)])
        doc.getArray(name).delete(0, 1)
      }),
    ],
    ['a bare delete', 4422, 'deletes', update(() => Uint8Array.of(0, 1, 5, 1, 0, 1))],
    [
      'an insert in front',
      4422,
      /foreign/,
      yjs((doc, name) => {
        doc.getArray(name).push([new Uint8Array(3)])
        doc.getArray(name).insert(0, [new Uint8Array(3)])
      }),
    ],
    ['a map', 4422, /foreign/, yjs((doc, name) => void doc.getMap(name).set('a', new Uint8Array(3)))],
    ['a text', 4422, 'foreign struct', yjs((doc, name) => doc.getText(name).insert(0, 'hello'))],
    ['a plain value', 4422, 'foreign struct', yjs((doc, name) => doc.getArray(name).push([1]))],
    ['a foreign array', 4422, 'foreign array', yjs((doc) => doc.getArray('f:1').push([new Uint8Array(3)]))],
    [
      'an append to the roster',
      4422,
      /roster/,
      async (scene) => {
        const room = await openRoom(scene.world, scene.bo, 'roster')
        await room.sendRuns({ feed: 0, clock: 9, items: [new Uint8Array(3)] })
        return room
      },
    ],
    ['bytes that are no entry', 4423, 'malformed', entry(async () => new Uint8Array(400).fill(1) as Bytes)],
    [
      'a feed that the roster does not know',
      4423,
      'unknown feed',
      update(async ({ boPen }) => encodeUpdate([{ feed: 77, clock: 0, items: [await boPen.write()] }])),
    ],
    ['the entry of another feed', 4423, 'wrong feed', entry((_, { pen }) => pen.write())],
    ['a gap in the room', 4423, 'gap', entry((pen) => pen.write(), 1)],
    ['a gap in the feed', 4423, 'gap', entry(async (pen) => (await pen.writeMany(2))[1] as Bytes)],
    ['a wrong chain', 4423, 'wrong chain', entry((pen) => pen.write({ prev: new Uint8Array(32).fill(7) }))],
    ['another team', 4423, 'wrong team', entry((pen) => pen.write({ team: 'ab'.repeat(16) }))],
    [
      'a body that does not fit its hash',
      4423,
      /body/,
      entry((pen) => pen.write({ bodyHash: new Uint8Array(32) })),
    ],
    ['an epoch that was never made', 4403, 'unknown epoch', entry((pen) => pen.write({ epoch: 9 }))],
    ['a bad signature', 4423, 'bad signature', entry(async (pen) => spoil(await pen.write(), 1))],
    ['a signature of small order', 4423, 'bad signature', entry(async (pen) => spoil(await pen.write(), 64))],
    [
      'another entry in the same place',
      4409,
      'fork',
      async (scene) => {
        await scene.boRoom.sendRuns(run(scene.bo, 0, await scene.boPen.write()))
        await scene.boRoom.sendRuns(run(scene.bo, 0, await createPen(scene.bo).write()))
        return scene.boRoom
      },
    ],
    [
      'an entry at a place of its own',
      4509,
      /earlier segment|not at its place/,
      async (scene) => {
        const first = await scene.boPen.write()
        await scene.boRoom.sendRuns(run(scene.bo, 0, first))
        await scene.boRoom.sendRuns(run(scene.bo, 1, first))
        return scene.boRoom
      },
    ],
    ['no token', 4401, 'token: malformed', visit(async () => '')],
    ['a token that is none', 4401, 'token: malformed', visit(async () => 'hello.world')],
    [
      'an expired token',
      4401,
      'token: expired',
      visit(({ bo, world }) => tokenFor(bo, world.clock.nowMs - 121_000)),
    ],
    [
      'a token from the future',
      4401,
      'token: from the future',
      visit(({ bo, world }) => tokenFor(bo, world.clock.nowMs + 61_000)),
    ],
    [
      'a token for another relay',
      4401,
      'token: wrong audience',
      visit(({ bo, world }) => tokenFor(bo, world.clock.nowMs, { audience: 'https://elsewhere.test' })),
    ],
    [
      'a token for another team',
      4401,
      'token: wrong team',
      visit(({ bo, world }) => tokenFor(bo, world.clock.nowMs, { team: 'ab'.repeat(16) })),
    ],
    [
      'a token signed by somebody else',
      4401,
      'token: bad signature',
      visit(async ({ ana, bo, world }) =>
        tokenFor(
          { self: bo.self, signer: { ...ana.signer, publicKey: bo.signer.publicKey } },
          world.clock.nowMs,
        ),
      ),
    ],
    [
      'a token used twice',
      4401,
      'token: replayed',
      async (scene) => {
        const token = await tokenFor(scene.bo, scene.world.clock.nowMs)
        await openRoom(scene.world, scene.bo, 0, { token })
        return openRoom(scene.world, scene.bo, 0, { token })
      },
    ],
    [
      'somebody who is no member',
      4403,
      'not a member',
      async ({ world, bo }) => {
        const [stranger] = (await createTestTeam([])).members as [TestMember]
        const token = await tokenFor(stranger, world.clock.nowMs, { team: bo.self.team })
        return openRoom(world, bo, 0, { token })
      },
    ],
    [
      'an unknown team',
      4404,
      'unknown team',
      async ({ world }) => {
        const [stranger] = (await createTestTeam([])).members as [TestMember]
        return openRoom(world, stranger)
      },
    ],
    ['a segment to come', 4509, /not open/, async ({ world, bo }) => openRoom(world, bo, 7)],
    [
      'more entries than allowed',
      4529,
      'too many entries',
      async (scene) => {
        await scene.boRoom.sendRuns(run(scene.bo, 0, ...(await scene.boPen.writeMany(21))))
        return scene.boRoom
      },
    ],
  ]

  test.each(attacks)('%s is answered with %i', async (_, code, reason, attack) => {
    const scene = await twoPeers({ entriesPerSecond: 10, entriesBurst: 20 })
    const attacker = await attack(scene)
    expect(attacker.closed()).toEqual({ code, reason: expect.stringMatching(reason) })
    expect(scene.world.events.at(-1)).toMatchObject({
      event: 'close',
      code,
      reason: attacker.closed()?.reason,
    })

    const { ana, anaRoom, pen } = scene
    anaRoom.frames()
    await anaRoom.sendRuns(run(ana, 0, await pen.write(pen.head().seq > 0 ? { ...FIRST } : {})))
    expect(anaRoom.closed()).toBeUndefined()
    expect(receiptsOf(anaRoom.frames())).toHaveLength(1)
  })

  test('keeps the other version of a fork as evidence', async () => {
    const { world, bo, boRoom, boPen } = await twoPeers()
    await boRoom.sendRuns(run(bo, 0, await boPen.write()))
    const other = await createPen(bo).write()
    await boRoom.sendRuns(run(bo, 0, other))
    expect(await world.storage.evidence(bo.self.team)).toEqual([{ feed: bo.self.feed, seq: 1, bytes: other }])
  })

  test('too much before the token was judged ends the socket', async () => {
    const { world, bo } = await twoPeers()
    const pair = createSocketPair()
    const connection = world.relay.connect(
      { room: `${bo.self.team}.0`, token: 'x', takesReceipts: true },
      pair.peer,
    )
    connection.receive(new Uint8Array(20_000))
    expect(pair.closed()).toMatchObject({ code: CLOSE.badToken })
  })
})

/** What makes an entry the first of its feed again. */
const FIRST = { seq: 1, prev: new Uint8Array(32) }

/** Spoils the first `count` bytes of an entry's signature: 1 makes it wrong, 64 leaves a point of small order. */
const spoil = (entry: Bytes, count: number): Bytes => {
  const envelope = decodeEnvelope(entry)
  if (!envelope.ok) throw new Error(envelope.fault)
  const { headerBytes, signature, body } = envelope.value
  const spoiled = signature.slice()
  if (count === 64) spoiled.fill(0)
  else spoiled[0] = (spoiled[0] as number) ^ 1
  return encodeEnvelope({ headerBytes, signature: spoiled, body })
}
