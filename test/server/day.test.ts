/** A simulated day: 200 devices that come and go, with the time injected. Behind SLOW; a short form runs always. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createTestRelay, openRoom, postTeam } from '../helpers/relay.ts'
import { createPen, createTestTeam, type Pen, type TestMember } from '../helpers/relay-team.ts'

const isSlow = process.env.SLOW !== undefined
const DEVICES = isSlow ? 200 : 6
const HOURS = isSlow ? 24 : 4
const SEGMENT_ENTRIES = 64
const HOUR_MS = 3_600_000
const BEAT_MS = 20_000

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

test('a day of many devices leaves nothing in memory, seals as configured, and its metrics add up', {
  timeout: 900_000,
}, async () => {
  const world = await createTestRelay({ segmentEntries: SEGMENT_ENTRIES })
  const team = await createTestTeam(
    Array.from({ length: DEVICES - 1 }, () => 'writer' as const),
    () => world.clock.nowMs,
  )
  await postTeam(world, team)
  const pens = new Map<TestMember, Pen>(team.members.map((member) => [member, createPen(member)]))
  const { team: id } = team.roster()
  let written = 0
  const heapMB: number[] = []

  for (let hour = 0; hour < HOURS; hour++) {
    for (const member of team.members) {
      world.clock.nowMs += HOUR_MS / DEVICES
      const { head } = await world.storage.openSegment(id)
      const room = await openRoom(world, member, head.segment)
      const [own] = (await world.storage.openSegment(id)).runs.filter(({ feed }) => feed === member.self.feed)
      const clock = own?.items.length ?? 0
      const items = [await (pens.get(member) as Pen).write()]
      await room.sendRuns({ feed: member.self.feed, clock, items })
      expect(room.closed()).toBeUndefined()
      written += 1
      room.connection.leave()
    }
    for (let beats = 0; beats < 10; beats++) {
      world.clock.nowMs += BEAT_MS
      world.relay.beat()
    }
    expect(world.relay.gauges()).toMatchObject({ open_connections: 0, loaded_teams: 0, buffered_bytes: 0 })
    collectGarbage()
    heapMB.push(process.memoryUsage().heapUsed / 2 ** 20)
  }

  expect(await world.metric('appends_total')).toBe(written)
  expect(await world.metric('receipts_total')).toBe(written)
  expect(await world.metric('seals_total')).toBe(Math.floor(written / SEGMENT_ENTRIES))
  expect(await world.metric('rejects_total', 'too slow')).toBe(0)
  const { head } = await world.storage.openSegment(id)
  expect(head).toMatchObject({
    segment: Math.floor(written / SEGMENT_ENTRIES),
    entries: written % SEGMENT_ENTRIES,
  })
  // What grows is the storage, which is in memory here: a few hundred bytes an entry.
  expect((heapMB.at(-1) ?? 0) - (heapMB[1] ?? 0)).toBeLessThan(40)
})
