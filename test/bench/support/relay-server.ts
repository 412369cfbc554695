/**
 * One relay of the comparison in a process of its own: `daybook FOLDER`, `jetstream SERVER,SERVER,SERVER`, a peer with its
 * document in memory, `y-websocket FILE` and `hocuspocus FILE`, sockets and nothing else, `bare`, or what the guarantees cost whoever
 * gives them, `floor FOLDER`. Says its CPU time so far, or its memory.
 */
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { join } from 'node:path'
import { open } from 'lmdb'
import { type WebSocket, WebSocketServer } from 'ws'
import * as Y from 'yjs'
import { encodeReceiptFrame, encodeStep2 } from '../../../lib/log/frames.ts'
import { DEFAULT_LIMITS } from '../../../server/limits.ts'
import { startRelay } from '../../../server/start.ts'
import { openLmdbStorage } from '../../../server/storage/lmdb.ts'
import type { RelayStorage } from '../../../server/storage/storage.ts'
import { WIRE_ADDRESS } from '../../helpers/wire-client.ts'

const startDaybook = async (folder: string): Promise<number> => startOn(openLmdbStorage(folder))

const startJetStream = async (servers: string): Promise<number> => {
  const { openJetStreamStorage } = await import('../../../server/storage/jetstream.ts')
  return startOn(await openJetStreamStorage({ servers: servers.split(','), replicas: 3 }))
}

const startOn = async (storage: RelayStorage): Promise<number> => {
  const relay = await startRelay({
    storage,
    port: 0,
    host: '127.0.0.1',
    addresses: [WIRE_ADDRESS],
    limits: {
      ...DEFAULT_LIMITS,
      entriesPerSecond: 1e6,
      entriesBurst: 1e6,
      bytesPerSecond: 1e9,
      bytesBurst: 1e9,
      teamEntriesPerSecond: 1e6,
      teamEntriesBurst: 1e6,
      connectionsPerAddress: 1e6,
    },
    log: () => undefined,
  })
  return relay.port
}

const startYWebsocket = async (file: string): Promise<number> => {
  const { docs, getYDoc, setupWSConnection } = await import('@y/websocket-server/utils')
  Y.applyUpdate(getYDoc('room'), readFileSync(file))
  if (docs.size !== 1) throw new Error('the document is not there')
  const http = createServer()
  new WebSocketServer({ server: http }).on('connection', setupWSConnection)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return (http.address() as AddressInfo).port
}

const startHocuspocus = async (file: string): Promise<number> => {
  const { Server } = await import('@hocuspocus/server')
  const server = new Server({
    quiet: true,
    stopOnSignals: false,
    unloadImmediately: false,
    onLoadDocument: async ({ document }) => Y.applyUpdate(document, readFileSync(file)),
  })
  // Keeps the document loaded, as the other peer does.
  await server.hocuspocus.openDirectConnection('room')
  await new Promise<void>((resolve) => server.httpServer.listen(0, '127.0.0.1', resolve))
  return (server.httpServer.address() as AddressInfo).port
}

const startBare = async (): Promise<number> => {
  const http = createServer()
  new WebSocketServer({ server: http, perMessageDeflate: false })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return (http.address() as AddressInfo).port
}

/**
 * What a relay owes to its guarantees and none of our code: sockets, one signature checked when somebody comes; then for all that
 * comes within 3 ms one signature checked, one LMDB write flushed, one receipt signed, and every frame passed on as it came. Reads no frame.
 */
const startFloor = async (folder: string): Promise<number> => {
  const root = open({ path: join(folder, 'relay.mdb'), maxDbs: 8, encoding: 'binary' })
  const entries = root.openDB<Uint8Array, [string, number, number]>({ name: 'floor', encoding: 'binary' })
  const answer = encodeStep2(readFileSync(join(folder, 'floor-answer')))
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const message = randomBytes(190)
  const signature = sign(null, message, privateKey)
  const isSigned = (): boolean => verify(null, message, publicKey, signature)
  const sockets = new Map<WebSocket, Socket>()
  let waiting: { readonly author: WebSocket; readonly frame: Buffer }[] = []
  let seq = 0

  const round = async (): Promise<void> => {
    const taken = waiting
    waiting = []
    if (!isSigned()) throw new Error('a good signature was refused')
    for (const { frame } of taken) void entries.put(['team', 1, ++seq], frame)
    await root.committed
    await root.flushed
    const receipt = encodeReceiptFrame(
      Buffer.concat([message.subarray(0, 73), sign(null, message, privateKey)]),
    )
    for (const author of new Set(taken.map(({ author }) => author))) author.send(receipt)
    for (const [socket, wire] of sockets) {
      wire.cork()
      for (const { author, frame } of taken) if (author !== socket) socket.send(frame)
      wire.uncork()
    }
  }

  const http = createServer()
  new WebSocketServer({ server: http, perMessageDeflate: false }).on('connection', (socket, request) => {
    if (!isSigned()) throw new Error('a good signature was refused')
    sockets.set(socket, request.socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('message', (data) => {
      const frame = data as Buffer
      if (frame[1] === 0) return socket.send(answer)
      if (waiting.length === 0) setTimeout(() => void round(), DEFAULT_LIMITS.gatherMs)
      waiting.push({ author: socket, frame })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  return (http.address() as AddressInfo).port
}

const [kind = '', path = ''] = process.argv.slice(2)
const start = {
  daybook: startDaybook,
  jetstream: startJetStream,
  'y-websocket': startYWebsocket,
  hocuspocus: startHocuspocus,
  bare: startBare,
  floor: startFloor,
}[kind]
if (!start)
  throw new Error(`"kind" expected daybook, jetstream, y-websocket, hocuspocus, bare or floor, got ${kind}`)
const port = await start(path)

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** On the heap and beside it, after a collection: so never asked for while CPU time is measured. */
const memoryMB = (): number => {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

process.on('message', (question) => {
  process.send?.(question === 'memory' ? memoryMB() : cpuMs())
})
// A bench that is stopped leaves nobody behind.
process.once('disconnect', () => process.exit())
process.send?.({ port })
