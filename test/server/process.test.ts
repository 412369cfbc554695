import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Bytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope } from '../../lib/log/envelope.ts'
import { decodeFrame, encodeStep1, encodeUpdateFrame } from '../../lib/log/frames.ts'
import { decodeReceipt, verifyReceipt } from '../../lib/log/receipt.ts'
import { decodeUpdate, encodeStateVector, encodeUpdate } from '../../lib/log/yjs-update.ts'
import { createRelayHttp } from '../../lib/sync/relay-http.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { createPen, createTestTeam, type Pen, type TestMember, tokenFor } from '../helpers/relay-team.ts'
import { verifier } from '../helpers/team.ts'

const isSlow = process.env.SLOW !== undefined
vi.setConfig({ testTimeout: 120_000 })

const relays: RelayProcess[] = []
afterEach(async () => {
  for (const relay of relays.splice(0)) await relay.dispose()
})

const startWithTeam = async (...settings: string[]) => {
  const relay = await startRelayProcess(settings)
  relays.push(relay)
  const team = await createTestTeam(['writer'])
  const [ana, bo] = team.members as [TestMember, TestMember]
  const http = createRelayHttp(relay.address, fetch)
  const token = (member: TestMember) => tokenFor(member, Date.now(), { audience: relay.address })
  const [genesis, ...later] = team.operations
  await http.createTeam(genesis as Bytes)
  for (const operation of later)
    expect(await http.appendOperation(ana.self.team, operation, await token(ana))).toEqual({
      ok: true,
      value: 'stored',
    })
  return { relay, team, ana, bo, http, token }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const until = async (isSo: () => boolean, limitMs = 90_000) => {
  for (const end = Date.now() + limitMs; !isSo(); await pause(5))
    if (Date.now() > end) throw new Error('never became true')
}

describe('the process', () => {
  test('says how it is, keeps its key, and stops on SIGTERM', async () => {
    const { relay, http } = await startWithTeam()
    const get = async (path: string) => (await fetch(relay.operations + path)).text()
    expect(await get('/healthz')).toBe('ok\n')
    expect(await get('/readyz')).toBe('ready\n')
    expect(await get('/metrics')).toContain('daybook_roster_operations_total 4\n')
    const key = await http.key()
    expect(await relay.stop()).toBe(0)
    expect(relay.log.at(-1)).toMatchObject({ event: 'stop' })
    await relay.start()
    expect(await http.key()).toEqual(key)
  })

  test('creates teams only for who has the create token, where there is one', async () => {
    const relay = await startRelayProcess(['--create-token', 'let-me'])
    relays.push(relay)
    const { operations } = await createTestTeam([])
    const post = (headers: Record<string, string>) =>
      fetch(`${relay.address}/v1/teams`, { method: 'POST', body: operations[0] as Bytes, headers })
    expect((await post({})).status).toBe(401)
    expect((await post({ authorization: 'Bearer let-her' })).status).toBe(401)
    expect((await post({ authorization: 'Bearer let-me' })).status).toBe(201)
  })

  test('closes what is no protocol and lives on', async () => {
    const { relay, bo, token } = await startWithTeam()
    const socket = new WebSocket(`${relay.address.replace('http', 'ws')}/${bo.self.team}.0`, [
      `daybook.token.${await token(bo)}`,
    ])
    const closed = new Promise<number>((resolve) => socket.once('close', resolve))
    await new Promise((resolve) => socket.once('open', resolve))
    socket.send('hello')
    expect(await closed).toBe(4400)
    const answers = await Promise.all(
      ['/v1/none', '/v1/teams', '/%', `/v1/${bo.self.team}/0/1`].map(
        async (path) => (await fetch(relay.address + path)).status,
      ),
    )
    expect(answers).toEqual([404, 404, 404, 404])
    expect((await fetch(`${relay.operations}/healthz`)).status).toBe(200)
  })
})

describe('a stock y-websocket client', () => {
  const join = async ({ relay, bo, token }: Awaited<ReturnType<typeof startWithTeam>>, inQuery: boolean) => {
    const doc = new Y.Doc()
    const given = await token(bo)
    const provider = new WebsocketProvider(relay.address.replace('http', 'ws'), `${bo.self.team}.0`, doc, {
      ...(inQuery ? { params: { token: given } } : { protocols: [`daybook.token.${given}`] }),
      WebSocketPolyfill: WebSocket as unknown as typeof globalThis.WebSocket,
      disableBc: true,
    })
    let drops = 0
    provider.on('connection-close', () => {
      drops += 1
    })
    return { doc, provider, drops: () => drops }
  }

  test.each([
    ['query', true],
    ['subprotocol', false],
  ])('joins with a token in the %s, reads and follows', async (_, inQuery) => {
    const scene = await startWithTeam()
    const writer = await openWriter(scene, scene.ana, createPen(scene.ana))
    await writer.write(3)
    const { doc, provider } = await join(scene, inQuery)
    const array = doc.getArray<Uint8Array>(`f:${scene.ana.self.feed}`)
    await until(() => array.length === 3)
    await writer.write(2)
    await until(() => array.length === 5)
    expect(array.toArray().map((bytes) => new Uint8Array(bytes))).toEqual(writer.entries)
    expect(provider.synced).toBe(true)
    provider.destroy()
    writer.close()
  })

  test.runIf(isSlow)('stays connected for two minutes', { timeout: 180_000 }, async () => {
    const scene = await startWithTeam()
    const { provider, drops } = await join(scene, true)
    await until(() => provider.synced)
    await pause(120_000)
    expect(drops()).toBe(0)
    expect(provider.synced).toBe(true)
    provider.destroy()
  })
})

test('loses no receipted entry and doubles none when it is killed under load', {
  timeout: 400_000,
}, async () => {
  const kills = isSlow ? 100 : 30
  const scene = await startWithTeam('--segment-entries', '40')
  const pen = createPen(scene.ana)
  let over = false
  const receipts = new Map<number, Bytes>()
  const written: Bytes[] = []
  const load = (async () => {
    while (!over) {
      try {
        const writer = await openWriter(scene, scene.ana, pen, written, receipts)
        while (!over && !writer.ended()) await writer.write(3)
        writer.close()
      } catch {
        await pause(10)
      }
    }
  })()
  for (let count = 0; count < kills; count++) {
    const before = receipts.size
    await until(() => receipts.size > before + 3)
    await pause(Math.random() * 20)
    await scene.relay.kill()
    await scene.relay.start()
  }
  over = true
  await load
  const stored = await everything(scene)
  for (const [seq, hash] of receipts) expect(stored.get(seq)).toEqual([hash])
  for (const [seq, hashes] of stored) expect([seq, hashes.length]).toEqual([seq, 1])
  expect(receipts.size).toBeGreaterThan(kills * 3)
  await expectNoPlaintext(scene.relay.folder)
})

interface Writer {
  readonly entries: Bytes[]
  /** Writes so many and waits for their receipt; rejects when the connection ends. */
  readonly write: (count: number) => Promise<void>
  readonly ended: () => boolean
  readonly close: () => void
}

/** A client of the wire alone: asks where the relay stands and goes on from there. */
const openWriter = async (
  scene: {
    relay: RelayProcess
    http: ReturnType<typeof createRelayHttp>
    token: (member: TestMember) => Promise<string>
  },
  member: TestMember,
  pen: Pen,
  entries: Bytes[] = [],
  receipts = new Map<number, Bytes>(),
): Promise<Writer> => {
  const { team, feed } = member.self
  const summary = await scene.http.summary(team, await scene.token(member))
  if (!summary.ok) throw new Error(summary.reason)
  const { segment, key } = summary.value
  let stored = summary.value.seqByFeed.get(feed) ?? 0
  let clock = 0
  let ended = false
  const relayKey = Uint8Array.from(Buffer.from(key, 'hex')) as Bytes
  const socket = new WebSocket(`${scene.relay.address.replace('http', 'ws')}/${team}.${segment}`, [
    'daybook.v1',
    `daybook.token.${await scene.token(member)}`,
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
      void verifyReceipt(receipt.value, relayKey, verifier).then((isValid) => expect(isValid).toBe(true))
    }
    if (frame.value.type === 'sealed') ended = true
    wakeUp()
  })
  socket.once('open', () => socket.send(encodeStep1(encodeStateVector(new Map()))))
  while (!isSynced && !ended) await event()

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

/** Every entry of the admin's feed that the relay has, by number. */
const everything = async (scene: Awaited<ReturnType<typeof startWithTeam>>) => {
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
const readOpenSegment = async (
  { relay, ana, token }: Awaited<ReturnType<typeof startWithTeam>>,
  segment: number,
): Promise<Bytes> => {
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

const expectNoPlaintext = async (folder: string): Promise<void> => {
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name)).toString('latin1')
    for (const word of ['Acme', 'Laptop', 'Member 1']) expect(bytes.includes(word)).toBe(false)
  }
}
