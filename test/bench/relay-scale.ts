/**
 * One relay over LMDB, then 1, 2 and 4 relays over three NATS servers, beside @y/websocket-server and Hocuspocus, each in a
 * process of its own. Ours check every signature and store before they show; the peers keep all in memory on one process.
 */
import { WebSocket } from 'ws'
import type { Bytes } from '../../lib/log/bytes.ts'
import { openJetStreamStorage } from '../../server/storage/jetstream.ts'
import { findNatsServer, type NatsCluster, startNatsCluster } from '../helpers/nats-cluster.ts'
import { createPen, type TestMember, type TestTeam } from '../helpers/relay-team.ts'
import { openWriter, sceneOn, type WireScene } from '../helpers/wire-client.ts'
import {
  type Filling,
  fill,
  type Kind,
  type Line,
  type Side,
  startServer,
  talkDaybook,
} from './support/relay-sides.ts'
import {
  atMost,
  type BenchOptions,
  type BenchResult,
  type BenchTopic,
  median,
  percentile,
  told,
} from './support/report.ts'

const PEERS: readonly Kind[] = ['y-websocket', 'hocuspocus']
const RELAYS = [1, 2, 4]
/** 78 sealed segments and a head that lacks one entry. */
const HISTORY = 78 * 256 + 255
const JOINERS = 150
const READERS = 1_000
const FAN_OUT = 40
const WARM_UP = 10
const WRITERS = 8
const PER_WRITE = 5
/** Of each writer, for each relay: four fresh processes compile the same code four times, and each with a quarter of the work. */
const WARM_UP_APPENDS = 200
const EMPTY = new Map<number, number>()

/** Relays over one log, or a peer. */
interface Fleet {
  readonly name: string
  readonly sides: readonly Side[]
  readonly ports: readonly number[]
  readonly stop: () => Promise<void>
}

interface Figures {
  readonly fanOutCpuUs: number
  readonly lastReaderMs: readonly number[]
  /** Of ours alone. */
  readonly receiptMs: readonly number[]
  readonly appendsPerSecond: number
  readonly appendCpuUs: number
}

export const run: BenchTopic['run'] = async (options) => {
  const figures = new Map<string, Figures>()
  const filling = await fill(0)
  try {
    for (const fleet of fleetsOf(filling)) {
      const started = await fleet()
      if (!started) {
        options.log('No nats-server: the relays over JetStream are left out (NATS_SERVER can name one).')
        continue
      }
      options.log(`Measuring ${started.name} …`)
      try {
        figures.set(started.name, await measure(started, filling, options))
      } finally {
        await started.stop()
      }
    }
  } finally {
    filling.remove()
  }
  return [...report(figures), ...(await measureJoinStorm(options)), ...(await measureIdle(options))]
}

/** Each is started when it is its turn. */
const fleetsOf = (filling: Filling): (() => Promise<Fleet | undefined>)[] => [
  async () => {
    const side = await filling.sideOf('daybook')
    return { name: 'LMDB, 1 relay', sides: [side], ports: [side.port], stop: side.stop }
  },
  ...RELAYS.map((count) => () => startOverJetStream(filling.team, count)),
  ...PEERS.map((kind) => async () => {
    const side = await filling.sideOf(kind)
    return { name: kind, sides: [side], ports: [side.port], stop: side.stop }
  }),
]

const startOverJetStream = async (team: TestTeam, count: number): Promise<Fleet | undefined> => {
  const program = findNatsServer()
  if (!program) return undefined
  const cluster = await startNatsCluster(program, 3)
  return startRelays(cluster, team, count).catch(async (error: unknown) => {
    await cluster.dispose()
    throw error
  })
}

const startRelays = async (cluster: NatsCluster, team: TestTeam, count: number): Promise<Fleet> => {
  const storage = await openJetStreamStorage({ servers: cluster.servers, replicas: 3 })
  await storage.createTeam(team.roster().team, team.operations[0] as Bytes)
  for (const [index, operation] of team.operations.entries())
    if (index > 0) await storage.appendRoster(team.roster().team, index, operation)
  await storage.close()
  const servers = await Promise.all(
    Array.from({ length: count }, () => startServer('jetstream', cluster.servers.join(','))),
  )
  return {
    name: `JetStream, ${count} ${count === 1 ? 'relay' : 'relays'}`,
    sides: servers.map((server) => ({ kind: 'daybook', ...server, ...talkDaybook(team, server.port) })),
    ports: servers.map(({ port }) => port),
    stop: async () => {
      for (const server of servers) await server.stop()
      await cluster.dispose()
    },
  }
}

const cpuOf = async ({ sides }: Fleet): Promise<number> =>
  (await Promise.all(sides.map((side) => side.cpuMs()))).reduce((sum, cpuMs) => sum + cpuMs, 0)

const measure = async (fleet: Fleet, filling: Filling, options: BenchOptions): Promise<Figures> => {
  const fanOut = await measureFanOut(fleet, filling)
  const isPeer = fleet.sides[0]?.kind !== 'daybook'
  const count = options.full ? 1_000 : 200
  const appends = isPeer
    ? await measurePeerAppends(fleet, filling, count * WRITERS)
    : await measureAppends(fleet, filling.team, count)
  return { ...fanOut, ...appends }
}

/** One entry at a time, each until the last reader has it; readers are spread over the relays. */
const measureFanOut = async (fleet: Fleet, filling: Filling) => {
  const pen = createPen(filling.team.members[0] as TestMember)
  const items = await pen.writeMany(WARM_UP + FAN_OUT, 80)
  let missing = 0
  let allHaveIt: () => void = () => undefined
  const onEntries = (count: number): void => {
    missing -= count
    if (missing === 0) allHaveIt()
  }
  const [first] = fleet.sides as [Side]
  const lines: Line[] = await openMany(0, READERS, (index) => {
    const side = fleet.sides[index % fleet.sides.length] as Side
    return side.open(EMPTY, (index % 19) + 1, onEntries)
  })
  const writer = await first.open(EMPTY)
  const lastReaderMs: number[] = []
  let before = 0
  for (const [clock, item] of items.entries()) {
    if (clock === WARM_UP) before = await cpuOf(fleet)
    missing = READERS
    const startedAt = performance.now()
    const isOver = new Promise<void>((resolve) => {
      allHaveIt = resolve
    })
    writer.send({ feed: filling.feedOf(0), clock, items: [item] })
    await isOver
    if (clock >= WARM_UP) lastReaderMs.push(performance.now() - startedAt)
  }
  const fanOutCpuUs = (((await cpuOf(fleet)) - before) * 1000) / FAN_OUT / READERS
  for (const line of [...lines, writer]) line.close()
  return { fanOutCpuUs, lastReaderMs }
}

/** Some at once, never all: a burst of handshakes is another measurement. */
const openMany = async <Opened>(
  from: number,
  upTo: number,
  open: (index: number) => Promise<Opened>,
): Promise<Opened[]> => {
  const opened: Opened[] = []
  for (let start = from; start < upTo; start += 50) {
    const some = Array.from({ length: Math.min(50, upTo - start) }, (_, index) => open(start + index))
    opened.push(...(await Promise.all(some)))
  }
  return opened
}

interface BusyWriter {
  readonly member: TestMember
  readonly scene: WireScene
  readonly rest: Bytes[]
  readonly written: Bytes[]
}

/** Several devices at once, each on its relay, five entries at a time and then their receipt. Segments are cut meanwhile. */
const measureAppends = async (fleet: Fleet, team: TestTeam, perWriter: number) => {
  const warmUp = WARM_UP_APPENDS * fleet.sides.length
  const writers: BusyWriter[] = await Promise.all(
    team.members.slice(1, 1 + WRITERS).map(async (member, index) => ({
      member,
      scene: sceneOn({ address: `http://localhost:${fleet.ports[index % fleet.ports.length]}` }, team),
      rest: await createPen(member).writeMany(warmUp + perWriter, 80),
      written: [],
    })),
  )
  const writeAll = async (count: number): Promise<number[]> =>
    (await Promise.all(writers.map((writer) => writeSome(writer, count)))).flat()
  await writeAll(warmUp)
  const before = await cpuOf(fleet)
  const startedAt = performance.now()
  const receiptMs = await writeAll(perWriter)
  const seconds = (performance.now() - startedAt) / 1000
  const appendCpuUs = (((await cpuOf(fleet)) - before) * 1000) / (perWriter * WRITERS)
  return { receiptMs, appendsPerSecond: (perWriter * WRITERS) / seconds, appendCpuUs }
}

/** Resolves with the time to each receipt. */
const writeSome = async ({ member, scene, rest, written }: BusyWriter, count: number): Promise<number[]> => {
  const receiptMs: number[] = []
  const upTo = written.length + count
  const pen = { writeMany: async (some: number) => rest.splice(0, some) }
  while (written.length < upTo) {
    const writer = await openWriter(scene, member, pen, written)
    while (!writer.ended() && written.length < upTo) {
      const sentAt = performance.now()
      await writer.write(PER_WRITE)
      if (!writer.ended()) receiptMs.push(performance.now() - sentAt)
    }
    writer.close()
  }
  // What a cut segment left over.
  const last = await openWriter(scene, member, pen, written)
  last.close()
  return receiptMs
}

/** The same number from one client, as peers do not ask who writes; one observer says when they are through. */
const measurePeerAppends = async (fleet: Fleet, filling: Filling, count: number) => {
  const [side] = fleet.sides as [Side]
  const member = filling.team.members[1] as TestMember
  const warmUp = WARM_UP_APPENDS * WRITERS
  const items = await createPen(member).writeMany(warmUp + count, 80)
  let missing = 0
  let isOver: () => void = () => undefined
  const reader = await side.open(EMPTY, 2, (came) => {
    missing -= came
    if (missing === 0) isOver()
  })
  const writer = await side.open(EMPTY)
  const write = (from: number, upTo: number): Promise<void> => {
    missing = upTo - from
    for (let clock = from; clock < upTo; clock += PER_WRITE)
      writer.send({ feed: member.self.feed, clock, items: items.slice(clock, clock + PER_WRITE) })
    return new Promise((resolve) => {
      isOver = resolve
    })
  }
  await write(0, warmUp)
  const before = await cpuOf(fleet)
  const startedAt = performance.now()
  await write(warmUp, warmUp + count)
  const seconds = (performance.now() - startedAt) / 1000
  const appendCpuUs = (((await cpuOf(fleet)) - before) * 1000) / count
  for (const line of [reader, writer]) line.close()
  return { receiptMs: [], appendsPerSecond: count / seconds, appendCpuUs }
}

/** Newcomers to a team with a history, all at once: ours get the head, peers' everything, as they have no segments. */
const measureJoinStorm = async ({ log }: BenchOptions): Promise<BenchResult[]> => {
  log(`A join storm on ${HISTORY} entries …`)
  const filling = await fill(HISTORY)
  const cpuMs = new Map<Kind, number>()
  for (const kind of ['daybook', ...PEERS] as const) {
    const side = await filling.sideOf(kind)
    const storms: number[] = []
    for (let round = 0; round < 4; round++) {
      const before = await side.cpuMs()
      const lines = await Promise.all(
        Array.from({ length: JOINERS }, (_, index) => side.open(EMPTY, index % 20)),
      )
      if (round > 0) storms.push((await side.cpuMs()) - before)
      for (const line of lines) {
        const came = line.first.reduce((sum, { items }) => sum + items.length, 0)
        if (came < (kind === 'daybook' ? 255 : HISTORY)) throw new Error(`${kind} gave ${came} entries`)
        line.close()
      }
    }
    cpuMs.set(kind, median(storms))
    await side.stop()
  }
  filling.remove()
  const own = cpuMs.get('daybook') ?? Number.NaN
  return [
    ...Array.from(cpuMs, ([kind, cpu]) => told(`join storm of ${JOINERS}, CPU, ${kind}`, cpu, 'ms')),
    ...PEERS.map((kind) =>
      atMost(`join storm beside ${kind}`, own / (cpuMs.get(kind) ?? Number.NaN), '×', 0.1),
    ),
  ]
}

const measureIdle = async ({ full, log }: BenchOptions): Promise<BenchResult[]> => {
  const count = full ? 10_000 : 1_000
  log(`${count} idle connections …`)
  const filling = await fill(255)
  const side = await filling.sideOf('daybook')
  const own = await bytesPerConnection(side, count, (index) => side.open(EMPTY, index % 20))
  await side.stop()
  filling.remove()
  const bare = await startServer('bare', '')
  const bareBytes = await bytesPerConnection(bare, count, () => openBare(bare.port))
  await bare.stop()
  return [
    told('memory of an idle connection', own / 1000, 'kB'),
    told('memory of an idle connection, ws alone', bareBytes / 1000, 'kB'),
    atMost('memory of an idle connection beyond ws', (own - bareBytes) / 1000, 'kB', 15),
  ]
}

const bytesPerConnection = async (
  server: Pick<Side, 'memoryMB'>,
  count: number,
  open: (index: number) => Promise<Pick<Line, 'close'>>,
): Promise<number> => {
  const warm = await openMany(0, 100, open)
  const before = await server.memoryMB()
  const lines = await openMany(100, 100 + count, open)
  const after = await server.memoryMB()
  for (const line of [...warm, ...lines]) line.close()
  return ((after - before) * 2 ** 20) / count
}

const openBare = async (port: number): Promise<Pick<Line, 'close'>> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { close: () => socket.terminate() }
}

const report = (figures: ReadonlyMap<string, Figures>): BenchResult[] => {
  const results: BenchResult[] = []
  for (const [name, { fanOutCpuUs, lastReaderMs, receiptMs, appendsPerSecond, appendCpuUs }] of figures) {
    results.push(told(`appends a second, ${name}`, appendsPerSecond, '/s'))
    results.push(told(`append, CPU, ${name}`, appendCpuUs, 'µs'))
    for (const percent of [50, 99]) {
      if (receiptMs.length > 0)
        results.push(told(`append to receipt, p${percent}, ${name}`, percentile(receiptMs, percent), 'ms'))
      results.push(
        told(
          `append to the last of ${READERS} readers, p${percent}, ${name}`,
          percentile(lastReaderMs, percent),
          'ms',
        ),
      )
    }
    results.push(told(`fan-out, CPU per reader, ${name}`, fanOutCpuUs, 'µs'))
  }
  const of = (name: string, figure: 'fanOutCpuUs' | 'appendCpuUs') =>
    figures.get(name)?.[figure] ?? Number.NaN
  results.push(
    atMost(
      'fan-out beside y-websocket, CPU per reader',
      of('LMDB, 1 relay', 'fanOutCpuUs') / of('y-websocket', 'fanOutCpuUs'),
      '×',
      0.9,
    ),
  )
  if (figures.has('JetStream, 4 relays'))
    results.push(
      atMost(
        'append, CPU, 4 relays against 1',
        of('JetStream, 4 relays', 'appendCpuUs') / of('JetStream, 1 relay', 'appendCpuUs'),
        '×',
        1.2,
      ),
    )
  return results
}
