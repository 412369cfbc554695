import { expect, test } from 'vitest'
import type { Bytes } from '../../lib/log/bytes.ts'
import { CLOSE, encodeUpdateFrame, type Frame } from '../../lib/log/frames.ts'
import { decodeReceipt } from '../../lib/log/receipt.ts'
import { decodeUpdate, encodeUpdate } from '../../lib/log/yjs-update.ts'
import type { Limits } from '../../server/limits.ts'
import { createTestRelay, openRoom, postTeam } from '../helpers/relay.ts'
import { createPen, createTestTeam, type TestMember } from '../helpers/relay-team.ts'
import { createSharedStorage } from '../helpers/shared-storage.ts'
import { settle } from '../helpers/socket-pair.ts'

/** Two relays over one storage; Ana is at the first, which has appended an entry of hers, Bo at the second. */
const twoRelays = async (limits: Partial<Limits> = {}) => {
  const shared = createSharedStorage()
  const clock = { nowMs: Date.now() }
  const one = await createTestRelay(limits, shared.join('one'), clock)
  const two = await createTestRelay(limits, shared.join('two'), clock)
  const team = await createTestTeam(['writer'], () => clock.nowMs)
  await postTeam(one, team)
  const [ana, bo] = team.members as [TestMember, TestMember]
  const anaRoom = await openRoom(one, ana)
  const boRoom = await openRoom(two, bo)
  const [pen, boPen] = [createPen(ana), createPen(bo)]
  await anaRoom.sendRuns(run(ana, 0, await pen.write()))
  for (const room of [anaRoom, boRoom]) room.frames()
  return { shared, clock, one, two, ana, bo, anaRoom, boRoom, pen, boPen }
}

const run = (member: TestMember, clock: number, ...items: Bytes[]) => ({
  feed: member.self.feed,
  clock,
  items,
})

const receiptsOf = (frames: readonly Frame[]): number[] =>
  frames.flatMap((frame) => {
    const receipt = frame.type === 'receipt' ? decodeReceipt(frame.receipt) : undefined
    return receipt?.ok ? [receipt.value.seq] : []
  })

const itemsOf = (frames: readonly Frame[]): Bytes[] =>
  frames.flatMap((frame) => {
    const runs = frame.type === 'update' ? decodeUpdate(frame.update) : undefined
    return runs?.ok ? runs.value.flatMap(({ items }) => items) : []
  })

test('a relay hands over what its sockets sent to the one that appended just now', async () => {
  const { shared, bo, anaRoom, boRoom, boPen } = await twoRelays()
  const entries = await boPen.writeMany(2)
  await boRoom.sendRuns(run(bo, 0, ...entries))
  await settle()
  expect(shared.appendedBy).toEqual(['one', 'one'])
  expect(receiptsOf(boRoom.frames())).toEqual([2])
  expect(itemsOf(anaRoom.frames())).toEqual(entries)
})

test('a relay appends by itself when the others have been quiet for a second', async () => {
  const { shared, clock, bo, anaRoom, boRoom, boPen } = await twoRelays()
  clock.nowMs += 1_000
  const entry = await boPen.write()
  await boRoom.sendRuns(run(bo, 0, entry))
  expect(shared.appendedBy).toEqual(['one', 'two'])
  expect(receiptsOf(boRoom.frames())).toEqual([1])
  expect(itemsOf(anaRoom.frames())).toEqual([entry])
})

test('a relay appends by itself, and in order, what nobody takes over', async () => {
  const { shared, bo, boRoom, boPen } = await twoRelays()
  shared.silence('one')
  const [first, second] = (await boPen.writeMany(2)) as [Bytes, Bytes]
  boRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(bo, 0, first)])))
  await new Promise((resolve) => setImmediate(resolve))
  await boRoom.sendRuns(run(bo, 1, second))
  await settle()
  expect(boRoom.closed()).toBeUndefined()
  expect(new Set(shared.appendedBy.slice(1))).toEqual(new Set(['two']))
  expect(receiptsOf(boRoom.frames()).at(-1)).toBe(2)
})

test('who sent something bad hears it from their own relay', async () => {
  const { bo, boRoom, boPen } = await twoRelays()
  await boRoom.sendRuns(run(bo, 0, await boPen.write({ prev: new Uint8Array(32).fill(7) })))
  await settle()
  expect(boRoom.closed()).toEqual({ code: CLOSE.badEntry, reason: 'wrong chain' })
})

test('what was handed over and fills the segment has its receipt before "sealed"', async () => {
  const { bo, anaRoom, boRoom, boPen } = await twoRelays({ segmentEntries: 3 })
  await boRoom.sendRuns(run(bo, 0, ...(await boPen.writeMany(2))))
  await settle()
  const types = boRoom.frames().map(({ type }) => type)
  expect(types.filter((type) => type !== 'update')).toEqual(['receipt', 'sealed'])
  expect(anaRoom.frames().map(({ type }) => type)).toEqual(['update', 'sealed'])
})

test('a relay hears what is stored while it reads the team', async () => {
  const { shared, clock, ana, bo, anaRoom, pen } = await twoRelays()
  const storage = shared.join('three')
  const entry = await pen.write()
  const three = await createTestRelay(
    {},
    {
      ...storage,
      openSegment: async (team) => {
        const found = await storage.openSegment(team)
        await anaRoom.sendRuns(run(ana, 1, entry))
        return found
      },
    },
    clock,
  )
  const room = await openRoom(three, bo)
  for (let turns = 0; turns < 4; turns++) await settle()
  expect(itemsOf(room.frames()).at(-1)).toEqual(entry)
  expect(room.closed()).toBeUndefined()
})

test('writers at both relays lose nothing, and hardly ever race', async () => {
  const { shared, ana, bo, anaRoom, boRoom, pen, boPen, one, two } = await twoRelays()
  for (let round = 0; round < 20; round++) {
    anaRoom.connection.receive(encodeUpdateFrame(encodeUpdate([run(ana, 1 + round, await pen.write())])))
    await boRoom.sendRuns(run(bo, round, await boPen.write()))
    await settle()
  }
  expect([receiptsOf(anaRoom.frames()).at(-1), receiptsOf(boRoom.frames()).at(-1)]).toEqual([21, 20])
  expect([anaRoom.closed(), boRoom.closed()]).toEqual([undefined, undefined])
  const conflicts = await Promise.all([one, two].map(({ metric }) => metric('conflicts_total')))
  expect(conflicts.reduce((sum, count) => sum + count)).toBeLessThan(3)
  expect(shared.appendedBy.length).toBeLessThanOrEqual(41)
})
