/** The three relays of the comparison, filled and running, and one way to talk to each of them over its own wire. */
import { type ChildProcess, fork } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import { type Bytes, concatBytes } from '../../../lib/log/bytes.ts'
import {
  digest,
  encodeEnvelope,
  encodeHeader,
  type FeedHead,
  type Header,
  headOf,
} from '../../../lib/log/envelope.ts'
import {
  decodeFrame,
  encodeStep1,
  encodeUpdateFrame,
  HEAD_ROOM,
  RELAY_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../../../lib/log/frames.ts'
import {
  decodeUpdate,
  encodeStateVector,
  encodeUpdate,
  type FeedRun,
  type StateVector,
} from '../../../lib/log/yjs-update.ts'
import { createRelayHttp } from '../../../lib/sync/relay-http.ts'
import { openLmdbStorage } from '../../../server/storage/lmdb.ts'
import type { RelayStorage } from '../../../server/storage/storage.ts'
import {
  createPen,
  createTestTeam,
  type Pen,
  type TestMember,
  type TestTeam,
  tokenFor,
} from '../../helpers/relay-team.ts'

export type Kind = 'daybook' | 'y-websocket' | 'hocuspocus' | 'floor'
export type ServerKind = Kind | 'jetstream' | 'bare'
export const FEEDS = 20
export const SEGMENT = 256
const BODY_BYTES = 80

export interface Line {
  /** Entries that came, without the first answer's. */
  readonly received: () => number
  readonly first: readonly FeedRun[]
  readonly send: (run: FeedRun) => void
  readonly isSealed: () => boolean
  readonly close: () => void
}

export interface Side {
  readonly kind: Kind
  /** Resolves with the first answer. The state vector is of the live document: all of it, or the open segment. */
  readonly open: (vector: StateVector, member?: number, onEntries?: (count: number) => void) => Promise<Line>
  /** Everything, as a newcomer who wants all of the history. Returns how many entries came. */
  readonly fetchAll: () => Promise<number>
  readonly port: number
  /** CPU time so far. */
  readonly cpuMs: () => Promise<number>
  /** After a collection. */
  readonly memoryMB: () => Promise<number>
  readonly stop: () => Promise<void>
}

export interface Filling {
  readonly team: TestTeam
  readonly feedOf: (member: number) => number
  readonly sideOf: (kind: Kind) => Promise<Side>
  /** The writer's next entries. Each side gets the same. */
  readonly writerPen: () => Pen
  readonly remove: () => void
}

/** `size` entries of 20 devices, the same bytes for every side. */
export const fill = async (size: number): Promise<Filling> => {
  const team = await createTestTeam(Array.from({ length: FEEDS - 1 }, () => 'writer' as const))
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'))
  const body = crypto.getRandomValues(new Uint8Array(BODY_BYTES))
  const feeds = team.members.map(({ self }) => ({
    feed: self.feed,
    items: [] as Bytes[],
    head: undefined as FeedHead | undefined,
  }))
  const bodyHash = digest(body)
  const order: { readonly feed: number; readonly seq: number; readonly bytes: Bytes }[] = []
  for (let index = 0; index < size; index++) {
    const place = feeds[index % FEEDS] as (typeof feeds)[number]
    const header: Header = {
      kind: 'entry',
      team: team.roster().team,
      feed: place.feed,
      seq: (place.head?.seq ?? 0) + 1,
      prev: place.head?.hash ?? new Uint8Array(32),
      clock: { ms: 1_700_000_000_000 + index, counter: 0 },
      epoch: 1,
      keyCommit: new Uint8Array(32),
      nonce: new Uint8Array(12),
      seen: [],
      bodyHash,
    }
    const headerBytes = encodeHeader(header)
    // Unsigned: what is on a relay's disk was judged when it came.
    const envelope = { header, headerBytes, hash: digest(headerBytes), signature: new Uint8Array(64), body }
    const bytes = encodeEnvelope(envelope)
    place.items.push(bytes)
    place.head = headOf(envelope)
    order.push({ feed: place.feed, seq: header.seq, bytes })
  }
  const file = join(folder, 'document')
  writeFileSync(file, encodeUpdate(feeds.map(({ feed, items }) => ({ feed, clock: 0, items }))))
  const storage = openLmdbStorage(join(folder, 'relay'))
  await fillStorage(storage, team, order)
  await storage.close()
  cpSync(join(folder, 'relay'), join(folder, 'floor'), { recursive: true })
  const newest = feeds.slice(0, 10).map(({ feed, items }) => ({ feed, clock: 0, items: items.slice(-1) }))
  writeFileSync(join(folder, 'floor/floor-answer'), encodeUpdate(newest))

  const sideOf = async (kind: Kind): Promise<Side> => {
    const paths = {
      daybook: join(folder, 'relay'),
      floor: join(folder, 'floor'),
      'y-websocket': file,
      hocuspocus: file,
    }
    const server = await startServer(kind, paths[kind])
    const talk = kind === 'daybook' ? talkDaybook(team, server.port) : talkPeer(kind, server.port)
    return { kind, ...server, ...talk }
  }
  const writer = team.members[0] as TestMember
  return {
    team,
    feedOf: (member) => (team.members[member] as TestMember).self.feed,
    sideOf,
    writerPen: () => createPen(writer, feeds[0]?.head),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

export const startServer = async (
  kind: ServerKind,
  path: string,
): Promise<Pick<Side, 'cpuMs' | 'memoryMB' | 'stop'> & { readonly port: number }> => {
  const child = fork(join(import.meta.dirname, 'relay-server.ts'), [kind, path], {
    execArgv: ['--expose-gc', '--no-warnings'],
  })
  const { port } = await answerOf<{ port: number }>(child)
  const ask = (question: string): Promise<number> => {
    child.send(question)
    return answerOf<number>(child)
  }
  return {
    port,
    cpuMs: () => ask('cpu'),
    memoryMB: () => ask('memory'),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      }),
  }
}

const fillStorage = async (
  storage: RelayStorage,
  team: TestTeam,
  order: readonly { readonly feed: number; readonly seq: number; readonly bytes: Bytes }[],
): Promise<void> => {
  const id = team.roster().team
  await storage.createTeam(id, team.operations[0] as Bytes)
  for (const [index, operation] of team.operations.entries())
    if (index > 0) await storage.appendRoster(id, index, operation)
  const writes: Promise<boolean>[] = []
  for (let start = 0, version = 0; start < order.length; start += SEGMENT, version++) {
    const entries = order.slice(start, start + SEGMENT)
    const isFull = entries.length === SEGMENT
    writes.push(
      storage.append(id, {
        expectedVersion: version,
        segment: version,
        entries: entries.map((entry) => ({ ...entry, bodyAt: entry.bytes.length - BODY_BYTES })),
        erased: [],
        awaited: [],
        head: isFull
          ? { version: version + 1, segment: version + 1, entries: 0, bytes: 0 }
          : { version: version + 1, segment: version, entries: entries.length, bytes: entries.length * 300 },
      }),
    )
  }
  if ((await Promise.all(writes)).includes(false)) throw new Error('the storage was not filled')
}

export const talkDaybook = (team: TestTeam, port: number): Pick<Side, 'open' | 'fetchAll'> => {
  const address = `http://localhost:${port}`
  const http = createRelayHttp(address, fetch)
  const id = team.roster().team
  const token = (member: number) =>
    tokenFor(team.members[member] as TestMember, Date.now(), { audience: address })
  const summaryOf = async (member: number) => {
    const summary = await http.summary(id, await token(member))
    if (!summary.ok) throw new Error(summary.reason)
    return summary.value
  }
  const open: Side['open'] = async (vector, member = 0, onEntries) => {
    const protocols = [RELAY_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + (await token(member))]
    const url = `ws://localhost:${port}/${id}.${HEAD_ROOM}`
    return openLine(url, protocols, vector, (frame) => frame, [], 0, onEntries)
  }
  return {
    open,
    fetchAll: async () => {
      const { segment } = await summaryOf(0)
      let count = 0
      for (let n = 0; n < segment; n++) {
        const sealed = await http.segment(id, n, await token(0))
        const runs = sealed.ok ? decodeUpdate(sealed.value) : undefined
        if (!runs?.ok) throw new Error(`segment ${n} did not come`)
        count += runs.value.reduce((sum, { items }) => sum + items.length, 0)
      }
      const line = await open(new Map())
      line.close()
      return count + line.first.reduce((sum, { items }) => sum + items.length, 0)
    },
  }
}

const talkPeer = (kind: Kind, port: number): Pick<Side, 'open' | 'fetchAll'> => {
  const isHocuspocus = kind === 'hocuspocus'
  const named = encoding.encode((encoder) => encoding.writeVarString(encoder, 'room'))
  const wrap = isHocuspocus ? (frame: Uint8Array) => concatBytes(named, frame) : (frame: Uint8Array) => frame
  const auth = encoding.encode((encoder) => {
    encoding.writeVarString(encoder, 'room')
    encoding.writeVarUint(encoder, 2)
    encoding.writeVarUint(encoder, 0)
    encoding.writeVarString(encoder, 'token')
  })
  const open: Side['open'] = (vector, _, onEntries) =>
    openLine(
      `ws://localhost:${port}/${isHocuspocus ? '' : 'room'}`,
      [],
      vector,
      wrap,
      isHocuspocus ? [auth] : [],
      isHocuspocus ? named.length : 0,
      onEntries,
    )
  return {
    open,
    fetchAll: async () => {
      const line = await open(new Map())
      line.close()
      return line.first.reduce((sum, { items }) => sum + items.length, 0)
    },
  }
}

/** `skip`: bytes in front of each frame from the server. */
const openLine = async (
  url: string,
  protocols: readonly string[],
  vector: StateVector,
  wrap: (frame: Uint8Array) => Uint8Array,
  before: readonly Uint8Array[],
  skip: number,
  onEntries?: (count: number) => void,
): Promise<Line> => {
  const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false })
  let received = 0
  let sealed = false
  let first: readonly FeedRun[] | undefined
  const askFor = (lacking: StateVector) => socket.send(wrap(encodeStep1(encodeStateVector(lacking))))
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', (code, reason) => reject(new Error(`closed with ${code} ${reason}`)))
    socket.on('message', (data: Buffer) => {
      const frame = decodeFrame(new Uint8Array(data).subarray(skip))
      if (!frame.ok) return
      if (frame.value.type === 'sealed') sealed = true
      // A vector is of one segment, so ours asks for the rest once it knows which is open.
      if (frame.value.type === 'summary') askFor(vector)
      if (frame.value.type !== 'update') return
      const runs = decodeUpdate(frame.value.update)
      if (!runs.ok) return reject(new Error(runs.fault))
      if (first) {
        const count = runs.value.reduce((sum, { items }) => sum + items.length, 0)
        received += count
        onEntries?.(count)
      } else {
        first = runs.value
        resolve()
      }
    })
    socket.once('open', () => {
      for (const frame of before) socket.send(frame)
      if (!protocols.includes(RELAY_SUBPROTOCOL)) askFor(vector)
    })
  })
  return {
    received: () => received,
    first: first ?? [],
    send: (run) => socket.send(wrap(encodeUpdateFrame(encodeUpdate([run])))),
    isSealed: () => sealed,
    close: () => socket.terminate(),
  }
}

const answerOf = <Message>(child: ChildProcess): Promise<Message> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`the server ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message as Message)
    })
  })
