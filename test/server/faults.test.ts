/** What machines do to a relay. After each fault every receipt's entry is there once, and clients came back by themselves. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { Bytes } from '../../lib/log/bytes.ts'
import { CLOSE, encodeAwarenessFrame, encodeStep1, encodeUpdateFrame } from '../../lib/log/frames.ts'
import { encodeStateVector, encodeUpdate } from '../../lib/log/yjs-update.ts'
import { findNatsServer, type NatsCluster, startNatsCluster } from '../helpers/nats-cluster.ts'
import { createTestRelay, openRoom, postTeam } from '../helpers/relay.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { createPen, createTestTeam, type TestMember } from '../helpers/relay-team.ts'
import {
  everything,
  expectNothingLost,
  foundOn,
  type Load,
  openWriter,
  pause,
  sceneOn,
  startLoad,
  until,
  WIRE_ADDRESS,
  type WireScene,
} from '../helpers/wire-client.ts'

const isSlow = process.env.SLOW !== undefined
const times = (short: number, long: number): number => (isSlow ? long : short)
vi.setConfig({ testTimeout: isSlow ? 1_800_000 : 240_000, hookTimeout: 120_000 })

const ends: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const startRelay = async (...settings: string[]): Promise<RelayProcess> => {
  const relay = await startRelayProcess(['--address', WIRE_ADDRESS, '--segment-entries', '40', ...settings])
  ends.push(relay.dispose)
  return relay
}

/** Goes on once a few more receipts came. */
const progress = (load: Load, more = 3): Promise<void> => {
  const before = load.receipts.size
  return until(() => load.receipts.size > before + more)
}

describe('LMDB', () => {
  // In the slow tests in five parts, so that each can be run alone.
  test.each(isSlow ? [1, 2, 3, 4, 5] : [1])(
    'a relay that is killed under load loses nothing that it gave a receipt for, part %i',
    async () => {
      const relay = await startRelay()
      const scene = await foundOn(relay)
      const load = startLoad([scene])
      for (let kill = 0; kill < times(5, 100); kill++) {
        await progress(load)
        await pause(Math.random() * 20)
        await relay.kill()
        await relay.start()
      }
      await progress(load)
      await load.stop()
      await expectNothingLost(scene, load.receipts)
      for (const name of readdirSync(relay.folder)) {
        const bytes = readFileSync(join(relay.folder, name)).toString('latin1')
        for (const word of ['Acme', 'Laptop', 'Member 1']) expect(bytes.includes(word)).toBe(false)
      }
    },
  )
})

/** A file system of its own, of 24 MB; undefined where we may not mount one. */
const smallDisk = (): string | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-small-'))
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder]).status === 0) return folder
  rmSync(folder, { recursive: true })
  return undefined
}

describe('a disk that is full', () => {
  test('costs no receipt, and the relay goes on once there is room', async (context) => {
    const disk = smallDisk()
    if (!disk) return context.skip('mounting a small file system needs root')
    ends.push(async () => {
      spawnSync('umount', ['-l', disk])
      rmSync(disk, { recursive: true, force: true })
    })
    const relay = await startRelayProcess(['--address', WIRE_ADDRESS], join(disk, 'data'))
    ends.push(relay.dispose)
    const isReady = async (): Promise<boolean> => (await fetch(`${relay.operations}/readyz`)).ok
    const scene = await foundOn(relay)
    const load = startLoad([scene])
    await progress(load)
    expect(await isReady()).toBe(true)

    const ballast = join(disk, 'ballast')
    fillUp(ballast)
    expect(await isReady()).toBe(false)
    await until(() => relay.log.some(({ event }) => event === 'fault'))

    rmSync(ballast)
    await progress(load)
    await load.stop()
    expect(await isReady()).toBe(true)
    await expectNothingLost(scene, load.receipts)
    await relay.kill()
    await relay.start()
    await expectNothingLost(scene, load.receipts)
  })
})

/** Writes until nothing more fits. */
const fillUp = (file: string): void => {
  for (const size of [1 << 20, 1 << 12, 1])
    try {
      for (;;) writeFileSync(file, new Uint8Array(size), { flag: 'a' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
}

const hostileFrames = ({ self: { feed } }: TestMember, count: number, seed: number): Uint8Array[] =>
  fc.sample(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(
          fc.constantFrom(0, 1, 2, 3, 110, 111),
          fc.constantFrom(0, 1, 2),
          fc.uint8Array({ maxLength: 90 }),
        )
        .map(([type, subtype, body]) => Uint8Array.of(type, subtype, body.length, ...body)),
      fc
        .uint8Array({ minLength: 1, maxLength: 400 })
        .map((item) => encodeUpdateFrame(encodeUpdate([{ feed, clock: 0, items: [item.slice()] }]))),
    ),
    { numRuns: count, seed },
  )

describe('a live relay', () => {
  const open = async ({ relay, token }: WireScene, member: TestMember): Promise<WebSocket> => {
    const url = `${relay.address.replace('http', 'ws')}/${member.self.team}.0`
    const socket = new WebSocket(url, ['daybook.v1', `daybook.token.${await token(member)}`])
    socket.on('error', () => undefined)
    await new Promise((resolve) => socket.once('open', resolve))
    return socket
  }
  const metric = async ({ operations }: RelayProcess, name: string): Promise<number> => {
    const text = await (await fetch(`${operations}/metrics`)).text()
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length) ?? 0,
    )
  }

  test('takes hostile frames while others write, and does not grow', async () => {
    const relay = await startRelay('--bytes-per-second', '1000000000', '--segment-entries', '100000')
    const scene = await foundOn(relay)
    const load = startLoad([scene])
    const seed = Date.now()
    const megabytes: number[] = []
    let attacker = await open(scene, scene.bo)
    for (const [index, frame] of hostileFrames(scene.bo, times(200, 10_000), seed).entries()) {
      if (attacker.readyState !== WebSocket.OPEN) attacker = await open(scene, scene.bo)
      await new Promise((resolve) => attacker.send(frame, resolve))
      if (index % 1_000 !== 0) continue
      await progress(load, 1)
      megabytes.push((await metric(relay, 'process_resident_memory_bytes')) / 2 ** 20)
    }
    attacker.terminate()
    await progress(load)
    await load.stop()
    await expectNothingLost(scene, load.receipts)
    expect(relay.log.filter(({ event }) => event === 'fault')).toEqual([])
    // What the first thousand needed counts as the start.
    expect((megabytes.at(-1) ?? 0) - (megabytes[1] ?? megabytes[0] ?? 0)).toBeLessThan(64)
  })

  test('lets a socket go that does not read, holds little for it, and gives it all when it comes back', async () => {
    const limit = 300_000
    const relay = await startRelay(
      ...['--buffered-bytes', String(limit), '--segment-entries', '100000', '--segment-bytes', '1000000000'],
    )
    const scene = await foundOn(relay)
    const reader = await open(scene, scene.bo)
    const ended = new Promise<number>((resolve) => reader.once('close', resolve))
    reader.send(encodeStep1(encodeStateVector(new Map())))
    await new Promise((resolve) => reader.once('message', resolve))
    reader.pause()
    const pen = createPen(scene.ana)
    const receipts = new Map<number, Bytes>()
    const writer = await openWriter(
      scene,
      scene.ana,
      { writeMany: (count) => pen.writeMany(count, 60_000) },
      [],
      receipts,
    )
    let mostBuffered = 0
    // More than the kernel's own buffers take.
    for (let round = 0; (await metric(relay, 'daybook_closes_total{code="1013"}')) === 0; round++) {
      expect(round).toBeLessThan(100)
      await writer.write(5)
      mostBuffered = Math.max(mostBuffered, await metric(relay, 'daybook_buffered_bytes'))
    }
    expect(writer.ended()).toBe(false)
    expect(mostBuffered).toBeLessThan(limit + 2 * 5 * 61_000)
    reader.resume()
    expect(await ended).toBe(CLOSE.tooSlow)
    const again = await everything(scene)
    expect(again.size).toBe(pen.head().seq)
    writer.close()
    await expectNothingLost(scene, receipts)
  })
})

const program = findNatsServer()

describe.skipIf(!program)(
  program ? 'JetStream' : 'JetStream (skipped: no nats-server, see NATS_SERVER)',
  () => {
    const startTwo = async () => {
      const cluster = await startNatsCluster(program as string, 3)
      ends.push(cluster.dispose)
      const settings = ['--store', 'jetstream', '--nats', cluster.servers.join(',')]
      const relays = [await startRelay(...settings), await startRelay(...settings)] as const
      const scene = await foundOn(relays[0])
      const scenes = [scene, sceneOn(relays[1], scene.team)] as const
      return { cluster, relays, scenes, load: startLoad(scenes) }
    }
    type Two = Awaited<ReturnType<typeof startTwo>>

    const finish = async ({ scenes, load }: Two): Promise<void> => {
      await progress(load)
      await load.stop()
      for (const scene of scenes) await expectNothingLost(scene, load.receipts)
    }

    const withLeader = async (
      { cluster, load }: Two,
      fault: (cluster: NatsCluster, leader: number) => Promise<void>,
    ): Promise<void> => {
      await progress(load)
      await fault(cluster, await cluster.leaderOf('DAYBOOK_LOG'))
      await cluster.ready()
    }

    test('leaders and relays that are killed lose nothing that has a receipt', async () => {
      const two = await startTwo()
      for (let kill = 0; kill < times(1, 20); kill++)
        await withLeader(two, async (cluster, leader) => {
          await cluster.kill(leader)
          await progress(two.load)
          await cluster.start(leader)
        })
      for (let kill = 0; kill < times(2, 50); kill++) {
        await progress(two.load)
        const relay = two.relays[kill % 2] as RelayProcess
        await relay.kill()
        await relay.start()
      }
      await finish(two)
    })

    test.runIf(isSlow)('a node that is cut off and comes back loses nothing that has a receipt', async () => {
      const two = await startTwo()
      for (let cut = 0; cut < times(1, 10); cut++)
        await withLeader(two, async (cluster, leader) => {
          const goOn = cluster.freeze(leader)
          await progress(two.load)
          goOn()
        })
      await finish(two)
    })
  },
)

describe('a relay under attack', () => {
  const scene = async () => {
    const world = await createTestRelay()
    const team = await createTestTeam(['writer'], () => world.clock.nowMs)
    await postTeam(world, team)
    const [ana, bo] = team.members as [TestMember, TestMember]
    return { world, ana, bo, pen: createPen(ana) }
  }

  test('goes on when its clock is set back', async () => {
    const { world, ana, pen } = await scene()
    const room = await openRoom(world, ana)
    for (const [clock, stepMs] of [0, -3_600_000, -3_600_000].entries()) {
      world.clock.nowMs += stepMs
      await room.sendRuns({ feed: ana.self.feed, clock, items: [await pen.write()] })
      world.relay.beat()
      world.relay.sweep()
    }
    expect(room.closed()).toBeUndefined()
    expect(await world.metric('appends_total')).toBe(3)
  })

  test('takes thousands of hostile frames without a word to the others', async () => {
    const { world, ana, bo, pen } = await scene()
    const room = await openRoom(world, ana)
    const count = times(1_000, 10_000)
    const seed = Date.now()
    const frames = hostileFrames(bo, count, seed)
    let attacker = await openRoom(world, bo)
    for (const [index, frame] of frames.entries()) {
      world.clock.nowMs += 100
      await attacker.send(frame.slice())
      if (attacker.closed()) attacker = await openRoom(world, bo)
      else attacker.frames()
      if (index % 250 !== 0) continue
      await room.sendRuns({ feed: ana.self.feed, clock: pen.head().seq, items: [await pen.write()] })
      expect([seed, index, room.closed()]).toEqual([seed, index, undefined])
    }
    expect(await world.metric('appends_total')).toBe(count / 250)
    expect(world.relay.gauges().open_connections).toBeLessThanOrEqual(2)
    expect(world.storage.everything()).toHaveLength(4 + count / 250)
  })

  test('holds a flood to its limits and lets the others in', async () => {
    const { world, ana, bo, pen } = await scene()
    const room = await openRoom(world, ana)
    const flood = createPen(bo)
    const attacker = await openRoom(world, bo)
    const large = encodeAwarenessFrame(new Uint8Array(900_000))
    for (let count = 0; count < 50; count++) attacker.connection.receive(large)
    expect(attacker.closed()?.code).toBe(CLOSE.tooMany)
    await room.sendRuns({ feed: ana.self.feed, clock: 0, items: [await pen.write()] })
    expect(room.closed()).toBeUndefined()
    world.clock.nowMs += 10_000
    const second = await openRoom(world, bo)
    await second.sendRuns({ feed: bo.self.feed, clock: 0, items: [await flood.write()] })
    expect(second.closed()).toBeUndefined()
    expect(await world.metric('appends_total')).toBe(2)
  })
})
