/** A client of the wire alone, against real relays: writes a feed, collects receipts, reads everything back. */
import { WebSocket } from 'ws'
import { type Bytes, hexToBytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope } from '../../lib/log/envelope.ts'
import {
  decodeFrame,
  encodeStep1,
  encodeUpdateFrame,
  HEAD_ROOM,
  RELAY_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../../lib/log/frames.ts'
import { decodeReceipt, verifyReceipt } from '../../lib/log/receipt.ts'
import { decodeUpdate, encodeStateVector, encodeUpdate } from '../../lib/log/yjs-update.ts'
import { createRelayHttp } from '../../lib/sync/relay-http.ts'
import { parseSummary } from '../../lib/sync/summary.ts'
import type { RelayProcess } from './relay-process.ts'
import {
  createPen,
  createTestTeam,
  type Pen,
  type TestMember,
  type TestTeam,
  tokenFor,
} from './relay-team.ts'
import { verifier } from './team.ts'

/** What every relay of a test is started with, so that a token is good for all of them. */
export const WIRE_ADDRESS = 'https://relay.test'

export interface WireScene {
  readonly relay: Pick<RelayProcess, 'address'>
  readonly team: TestTeam
  readonly ana: TestMember
  readonly bo: TestMember
  readonly http: ReturnType<typeof createRelayHttp>
  readonly token: (member: TestMember) => Promise<string>
}

/** Makes a team of two on a relay that was started with `--address WIRE_ADDRESS`. */
export const foundOn = async (relay: WireScene['relay']): Promise<WireScene> => {
  const team = await createTestTeam(['writer'])
  const scene = sceneOn(relay, team)
  const [genesis, ...later] = team.operations
  await scene.http.createTeam(genesis as Bytes)
  for (const operation of later) {
    const outcome = await scene.http.appendOperation(
      scene.ana.self.team,
      operation,
      await scene.token(scene.ana),
    )
    if (!outcome.ok || outcome.value !== 'stored') throw new Error('the roster was not stored')
  }
  return scene
}

/** The same team, met at another relay. */
export const sceneOn = (relay: WireScene['relay'], team: TestTeam): WireScene => {
  const [ana, bo] = team.members as [TestMember, TestMember]
  return {
    relay,
    team,
    ana,
    bo,
    http: createRelayHttp(relay.address, fetch),
    token: (member) => tokenFor(member, Date.now(), { audience: WIRE_ADDRESS }),
  }
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export const until = async (isSo: () => boolean, limitMs = 90_000) => {
  for (const end = Date.now() + limitMs; !isSo(); await pause(5))
    if (Date.now() > end) throw new Error('never became true')
}

/** One who writes without end, to whichever relay answers. */
export interface Load {
  readonly receipts: ReadonlyMap<number, Bytes>
  readonly stop: () => Promise<void>
}

export const startLoad = (scenes: readonly WireScene[]): Load => {
  const { ana } = scenes[0] as WireScene
  const pen = createPen(ana)
  const written: Bytes[] = []
  const receipts = new Map<number, Bytes>()
  let isOver = false
  const run = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const writer = await openWriter(
        scenes[turn % scenes.length] as WireScene,
        ana,
        pen,
        written,
        receipts,
      ).catch(() => undefined)
      while (writer && !isOver && !writer.ended()) await writer.write(3)
      writer?.close()
      if (!isOver) await pause(10)
    }
  }
  const running = run()
  return {
    receipts,
    stop: () => {
      isOver = true
      return running
    },
  }
}

/** Every receipt's entry is there once, and nothing is there twice. */
export const expectNothingLost = async (
  scene: WireScene,
  receipts: ReadonlyMap<number, Bytes>,
): Promise<void> => {
  const stored = await everything(scene)
  for (const [seq, hash] of receipts) {
    const [found] = stored.get(seq) ?? []
    if (!found || Buffer.compare(found, hash) !== 0) throw new Error(`entry ${seq} has a receipt and is lost`)
  }
  for (const [seq, hashes] of stored)
    if (hashes.length !== 1) throw new Error(`entry ${seq} is there ${hashes.length} times`)
}

export interface Writer {
  readonly entries: Bytes[]
  /** Writes so many and waits for their receipt; rejects when the connection ends. */
  readonly write: (count: number) => Promise<void>
  readonly ended: () => boolean
  readonly close: () => void
}

/** Asks where the relay stands, sends what it lacks, and goes on from there. */
export const openWriter = async (
  scene: WireScene,
  member: TestMember,
  pen: Pick<Pen, 'writeMany'>,
  entries: Bytes[] = [],
  receipts = new Map<number, Bytes>(),
): Promise<Writer> => {
  const { team, feed } = member.self
  let stored = 0
  let relayKey: Bytes | undefined
  let clock = 0
  let ended = false
  const socket = new WebSocket(`${scene.relay.address.replace('http', 'ws')}/${team}.${HEAD_ROOM}`, [
    RELAY_SUBPROTOCOL,
    TOKEN_SUBPROTOCOL_PREFIX + (await scene.token(member)),
  ])
  socket.binaryType = 'nodebuffer'
  socket.on('error', () => undefined)
  let wakeUp: () => void = () => undefined
  const event = () => new Promise<void>((resolve) => (wakeUp = resolve))
  socket.on('close', () => {
    ended = true
    wakeUp()
  })
  let isSynced = false
  socket.on('message', (data: Buffer) => {
    const frame = decodeFrame(new Uint8Array(data))
    if (!frame.ok) throw new Error(frame.fault)
    if (frame.value.type === 'summary') {
      const summary = parseSummary(JSON.parse(new TextDecoder().decode(frame.value.json)))
      relayKey = hexToBytes(summary?.key ?? '', 32)
      stored = summary?.seqByFeed.get(feed) ?? 0
    }
    if (frame.value.type === 'update' && !isSynced) {
      isSynced = true
      const runs = decodeUpdate(frame.value.update)
      if (runs.ok) clock = runs.value.find((run) => run.feed === feed)?.items.length ?? 0
    }
    if (frame.value.type === 'receipt') {
      const receipt = decodeReceipt(frame.value.receipt)
      if (!receipt.ok) throw new Error(receipt.fault)
      stored = receipt.value.seq
      receipts.set(stored, receipt.value.hash)
      void verifyReceipt(receipt.value, relayKey as Bytes, verifier).then((isValid) => {
        if (!isValid) throw new Error('a receipt does not verify')
      })
    }
    if (frame.value.type === 'sealed') ended = true
    wakeUp()
  })
  socket.once('open', () => socket.send(encodeStep1(encodeStateVector(new Map()))))
  while (!isSynced && !ended) await event()
  if (!relayKey) throw new Error('the relay said nothing of the team')

  const waitFor = async (seq: number) => {
    while (stored < seq && !ended) await event()
  }
  const send = (items: Bytes[]) => {
    socket.send(encodeUpdateFrame(encodeUpdate([{ feed, clock, items }])))
    clock += items.length
  }
  const unsent = entries.slice(stored)
  if (unsent.length > 0 && !ended) {
    send(unsent)
    await waitFor(entries.length)
  }
  return {
    entries,
    write: async (count) => {
      const items = await pen.writeMany(count)
      entries.push(...items)
      if (ended) return
      send(items)
      await waitFor(entries.length)
    },
    ended: () => ended,
    close: () => socket.terminate(),
  }
}

/** Hashes of every entry of the admin's feed that the relay has, by number. */
export const everything = async (scene: WireScene) => {
  const { http, ana, token } = scene
  const found = new Map<number, Bytes[]>()
  const summary = await http.summary(ana.self.team, await token(ana))
  if (!summary.ok) throw new Error(summary.reason)
  const add = (update: Bytes) => {
    const runs = decodeUpdate(update)
    if (!runs.ok) throw new Error(runs.fault)
    for (const item of runs.value.flatMap(({ items }) => items)) {
      const envelope = decodeEnvelope(item)
      if (!envelope.ok) throw new Error(envelope.fault)
      const { seq } = envelope.value.header
      found.set(seq, [...(found.get(seq) ?? []), envelope.value.hash])
    }
  }
  for (let segment = 0; segment < summary.value.segment; segment++) {
    const sealed = await http.segment(ana.self.team, segment, await token(ana))
    if (!sealed.ok) throw new Error(sealed.reason)
    add(sealed.value)
  }
  add(await readOpenSegment(scene, summary.value.segment))
  return found
}

/** What the relay answers to who has nothing. */
const readOpenSegment = async ({ relay, ana, token }: WireScene, segment: number): Promise<Bytes> => {
  const socket = new WebSocket(`${relay.address.replace('http', 'ws')}/${ana.self.team}.${segment}`, [
    `daybook.token.${await token(ana)}`,
  ])
  socket.once('open', () => socket.send(encodeStep1(encodeStateVector(new Map()))))
  const data = await new Promise<Buffer>((resolve) => socket.once('message', resolve))
  socket.terminate()
  const frame = decodeFrame(new Uint8Array(data))
  if (!frame.ok || frame.value.type !== 'update') throw new Error('no step 2')
  return frame.value.update
}
