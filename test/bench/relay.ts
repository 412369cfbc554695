/**
 * The relay beside @y/websocket-server and Hocuspocus, each in a process of its own, with the same 300-byte entries of
 * 20 devices. Ours proves every entry and flushes it to disk before it shows it; the peers keep all in memory and ask nobody
 * who they are. The floor is what that proof costs without any of our code: bare sockets, Ed25519, LMDB. Counted as ours: moving on to the next segment amid appends, and for a reconnect a signed token and the word on what
 * the relay has. Processor time is that of all threads, with compiling and collecting as they come: of a server that has run for some
 * seconds, as relays do, and of the first round after its start beside it.
 */
import type { StateVector } from '../../lib/log/yjs-update.ts'
import type { Pen } from '../helpers/relay-team.ts'
import { FEEDS, type Filling, fill, type Kind, type Line, SEGMENT, type Side } from './support/relay-sides.ts'
import { atMost, type BenchResult, type BenchTopic, median, told } from './support/report.ts'

const KINDS: readonly Kind[] = ['daybook', 'floor', 'y-websocket', 'hocuspocus']
const PEERS: readonly Kind[] = ['y-websocket', 'hocuspocus']
const ROUNDS = 5
/** Rounds that every side serves first: until then each runs code that its engine has yet to compile well. */
const WARM_UP_ROUNDS = { reconnect: 40, append: 10, fanOut: 2 }
const APPENDS = 400
const WINDOW = 20
const RECONNECTS = 20
const OBSERVERS = 100
const FAN_OUT = 60
const EMPTY: StateVector = new Map()

interface Figures {
  readonly appendCpuUs: number
  readonly firstAppendCpuUs: number
  readonly appendWallUs: number
  readonly reconnectCpuMs: number
  readonly firstReconnectCpuMs: number
  readonly reconnectWallMs: number
  readonly joinCpuMs: number
  readonly fanOutCpuUs: number
  readonly memoryMB: number
}

export const run: BenchTopic['run'] = async ({ full, log }) => {
  const small = halfOpen(4_000)
  const large = halfOpen(full ? 1_000_000 : 200_000)
  const figures = new Map<string, Figures>()
  const empty = new Map<Kind, number>()
  for (const size of [0, small, large]) {
    log(`Filling ${size} entries …`)
    const filling = await fill(size)
    // Next to each other, so that the machine's moods hit all alike.
    for (const kind of KINDS) {
      if (size === large && PEERS.includes(kind) && full) continue
      log(`Measuring ${kind} at ${size} …`)
      const side = await filling.sideOf(kind)
      if (size === 0) empty.set(kind, await idleMemory(side))
      else figures.set(`${kind} ${size}`, await measure(side, filling, size, empty.get(kind) ?? 0))
      await side.stop()
    }
    filling.remove()
  }
  return report(figures, small, large)
}

/** About so many, with an open segment that is half full: a fuller one costs more to come to, whatever is before it. */
const halfOpen = (about: number): number => Math.round(about / SEGMENT) * SEGMENT + SEGMENT / 2

const idleMemory = async (side: Side): Promise<number> => {
  const line = await side.open(EMPTY)
  line.close()
  return side.memoryMB()
}

const measure = async (side: Side, filling: Filling, size: number, emptyMB: number): Promise<Figures> => {
  const memoryMB = (await idleMemory(side)) - emptyMB
  const reconnect = await rounds(WARM_UP_ROUNDS.reconnect, () => measureReconnects(side, filling, size))
  const pen = filling.writerPen()
  const append = await rounds(WARM_UP_ROUNDS.append, () =>
    measureAppends(side, filling, size, pen, APPENDS, 1),
  )
  const fanOut = await rounds(WARM_UP_ROUNDS.fanOut, () =>
    measureAppends(side, filling, size, pen, FAN_OUT, OBSERVERS),
  )
  const before = await side.cpuMs()
  const count = side.kind === 'floor' ? size : await side.fetchAll()
  if (count < size) throw new Error(`${side.kind} gave ${count} of ${size} entries`)
  return {
    appendCpuUs: (append.cpuMs / APPENDS) * 1000,
    firstAppendCpuUs: (append.firstCpuMs / APPENDS) * 1000,
    appendWallUs: (append.wallMs / APPENDS) * 1000,
    reconnectCpuMs: reconnect.cpuMs / RECONNECTS,
    firstReconnectCpuMs: reconnect.firstCpuMs / RECONNECTS,
    reconnectWallMs: reconnect.wallMs / RECONNECTS,
    joinCpuMs: side.kind === 'floor' ? Number.NaN : (await side.cpuMs()) - before,
    fanOutCpuUs: (fanOut.cpuMs / FAN_OUT / OBSERVERS) * 1000,
    memoryMB,
  }
}

interface Cost {
  readonly cpuMs: number
  readonly wallMs: number
}

const rounds = async (
  warmUp: number,
  measureOnce: () => Promise<Cost>,
): Promise<Cost & { firstCpuMs: number }> => {
  const { cpuMs: firstCpuMs } = await measureOnce()
  for (let round = 1; round < warmUp; round++) await measureOnce()
  const costs: Cost[] = []
  for (let round = 0; round < ROUNDS; round++) costs.push(await measureOnce())
  return {
    cpuMs: median(costs.map(({ cpuMs }) => cpuMs)),
    wallMs: median(costs.map(({ wallMs }) => wallMs)),
    firstCpuMs,
  }
}

const timed = async (side: Side, work: () => Promise<void>): Promise<Cost> => {
  const before = await side.cpuMs()
  const start = performance.now()
  await work()
  const wallMs = performance.now() - start
  return { cpuMs: (await side.cpuMs()) - before, wallMs }
}

/** What a client has that lacks nothing. */
const wholeVector = async (
  side: Side,
  filling: Filling,
  size: number,
  pen?: Pen,
): Promise<Map<number, number>> => {
  if (side.kind === 'daybook') {
    const line = await side.open(EMPTY)
    line.close()
    return new Map(line.first.map(({ feed, items }) => [feed, items.length]))
  }
  const vector = new Map<number, number>()
  for (let member = 0; member < FEEDS; member++)
    vector.set(filling.feedOf(member), Math.ceil((size - member) / FEEDS))
  if (pen) vector.set(filling.feedOf(0), pen.head().seq)
  return vector
}

const measureReconnects = async (side: Side, filling: Filling, size: number): Promise<Cost> => {
  const vector = await wholeVector(side, filling, size)
  for (const feed of [...vector.keys()].slice(0, 10)) vector.set(feed, (vector.get(feed) ?? 0) - 1)
  return timed(side, async () => {
    for (let count = 0; count < RECONNECTS; count++) {
      const line = await side.open(vector, count % FEEDS)
      line.close()
      const came = line.first.reduce((sum, { items }) => sum + items.length, 0)
      if (came !== 10) throw new Error(`${side.kind} gave ${came} of 10 entries`)
    }
  })
}

/** Entries one by one, 20 under way, until every observer has them. Ours changes segments meanwhile, which is counted. */
const measureAppends = async (
  side: Side,
  filling: Filling,
  size: number,
  pen: Pen,
  count: number,
  observers: number,
): Promise<Cost> => {
  const feed = filling.feedOf(0)
  let vector = await wholeVector(side, filling, size, pen)
  const items = await pen.writeMany(count, 80)
  const openAll = async (): Promise<{ readonly writer: Line; readonly readers: Line[] }> => ({
    writer: await side.open(vector),
    readers: await Promise.all(
      Array.from({ length: observers }, (_, index) => side.open(vector, (index % (FEEDS - 1)) + 1)),
    ),
  })
  let lines = await openAll()
  const closeAll = (): void => {
    for (const line of [lines.writer, ...lines.readers]) line.close()
  }
  const cost = await timed(side, async () => {
    let clock = vector.get(feed) ?? 0
    let done = 0
    let inThisRoom = 0
    while (done < count) {
      const sent = Math.min(WINDOW, count - done)
      for (let index = 0; index < sent; index++)
        lines.writer.send({ feed, clock: clock + index, items: items.slice(done + index, done + index + 1) })
      const wanted = inThisRoom + sent
      while (lines.readers.some((line) => line.received() < wanted) && !lines.writer.isSealed()) await turn()
      if (!lines.writer.isSealed()) {
        done += sent
        clock += sent
        inThisRoom = wanted
        continue
      }
      // What did not fit goes into the next segment.
      while (new Set(lines.readers.map((line) => line.received())).size > 1) await turn()
      done += (lines.readers[0]?.received() ?? 0) - inThisRoom
      closeAll()
      vector = new Map()
      lines = await openAll()
      clock = lines.writer.first.find((run) => run.feed === feed)?.items.length ?? 0
      inThisRoom = 0
    }
  })
  closeAll()
  return cost
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const report = (figures: ReadonlyMap<string, Figures>, small: number, large: number): BenchResult[] => {
  const of = (kind: Kind, size: number, figure: keyof Figures): number =>
    figures.get(`${kind} ${size}`)?.[figure] ?? Number.NaN
  const rows: [keyof Figures, string, string][] = [
    ['appendCpuUs', 'append, CPU', 'µs'],
    ['firstAppendCpuUs', `append, CPU, the first ${APPENDS}`, 'µs'],
    ['appendWallUs', 'append, wall', 'µs'],
    ['reconnectCpuMs', 'reconnect, 10 missing, CPU', 'ms'],
    ['firstReconnectCpuMs', `reconnect, 10 missing, CPU, the first ${RECONNECTS}`, 'ms'],
    ['reconnectWallMs', 'reconnect, 10 missing, wall', 'ms'],
    ['joinCpuMs', 'fetch all of the history, CPU', 'ms'],
    ['fanOutCpuUs', `fan-out to ${OBSERVERS}, CPU per observer`, 'µs'],
    ['memoryMB', 'memory for an idle team', 'MB'],
  ]
  const measured = rows.flatMap(([figure, name, unit]) =>
    [small, large].flatMap((size) =>
      KINDS.filter((kind) => !Number.isNaN(of(kind, size, figure))).map((kind) =>
        told(`${name}, ${Math.floor(size / 1000)} k, ${kind}`, of(kind, size, figure), unit),
      ),
    ),
  )
  const ratio = (figure: keyof Figures, size: number, peer: Kind) =>
    of('daybook', size, figure) / of(peer, size, figure)
  const growth = (figure: keyof Figures) => of('daybook', large, figure) / of('daybook', small, figure)
  const floor = [small, large].flatMap((size) =>
    figures.has(`y-websocket ${size}`)
      ? [
          told(
            `append, ${Math.floor(size / 1000)} k, floor beside y-websocket`,
            of('floor', size, 'appendCpuUs') / of('y-websocket', size, 'appendCpuUs'),
            '×',
          ),
          told(
            `reconnect, ${Math.floor(size / 1000)} k, floor beside y-websocket`,
            of('floor', size, 'reconnectCpuMs') / of('y-websocket', size, 'reconnectCpuMs'),
            '×',
          ),
        ]
      : [],
  )
  const goals = [
    atMost(
      'append, signed and durable, beside y-websocket, small',
      ratio('appendCpuUs', small, 'y-websocket'),
      '×',
      1.5,
    ),
    atMost('append, own cost, large against small', growth('appendCpuUs'), '×', 1.2),
    atMost('reconnect, own cost, large against small', growth('reconnectCpuMs'), '×', 1.2),
    atMost('memory for an idle large team', of('daybook', large, 'memoryMB'), 'MB', 2),
  ]
  if (figures.has(`y-websocket ${large}`))
    goals.push(
      atMost(
        'append, signed and durable, beside y-websocket, large',
        ratio('appendCpuUs', large, 'y-websocket'),
        '×',
        1,
      ),
      atMost('reconnect beside y-websocket, large', ratio('reconnectCpuMs', large, 'y-websocket'), '×', 0.35),
      atMost('reconnect beside hocuspocus, large', ratio('reconnectCpuMs', large, 'hocuspocus'), '×', 0.35),
    )
  return [...measured, ...floor, ...goals]
}
