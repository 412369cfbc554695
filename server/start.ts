/** Puts the relay on its ports: storage, core, HTTP and WebSocket. The only file that knows sockets. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { bytesToHex } from '../lib/log/bytes.ts'
import { CLOSE, RELAY_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../lib/log/frames.ts'
import { createAuthenticate } from './auth.ts'
import { createHttpHandler } from './http.ts'
import type { Limits } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { createOperationsServer } from './operations.ts'
import { createRelay, type Relay, type RelayEvent } from './relay.ts'
import type { Peer, Visit } from './session.ts'
import { createNodeSigner, createNodeVerifier, createRelayKey } from './signature.ts'
import type { RelayStorage } from './storage/storage.ts'

export interface StartEvent {
  readonly event: 'start'
  readonly address: string
  readonly port: number
  readonly operationsPort: number | undefined
  /** Signs receipts; hex. */
  readonly key: string
}

export interface StartOptions {
  readonly storage: RelayStorage
  readonly port: number
  readonly host: string
  /** Health and metrics; nowhere where there is none. */
  readonly operationsPort?: number
  readonly operationsHost?: string
  /** How clients reach this relay, without a path: `wss://relay.example`. */
  readonly addresses: readonly string[]
  readonly createToken?: string
  /** The relay stands behind a proxy of ours: the last `X-Forwarded-For` is the client's address. */
  readonly trustProxy?: boolean
  readonly limits: Limits
  readonly log: (event: RelayEvent | StartEvent) => void
}

export interface RunningRelay {
  readonly address: string
  readonly port: number
  /** Stops accepting, makes durable what was taken, lets everyone go. Ends within 10 s. */
  readonly stop: () => Promise<void>
}

const HEARTBEAT_MS = 20_000
const SWEEP_MS = 1_000
const LINGER_MS = 3_000
/** For what is under way when the storage does not answer any more. */
const STOP_MS = 6_000

/** Resolves when clients may come. Rejects where a port is taken. */
export const startRelay = async (options: StartOptions): Promise<RunningRelay> => {
  const { storage, limits, log } = options
  const http = createServer({
    keepAlive: true,
    headersTimeout: limits.unauthenticatedMs,
    requestTimeout: 2 * limits.unauthenticatedMs,
    connectionsCheckingInterval: SWEEP_MS,
  })
  const verifier = createNodeVerifier()
  const signer = createNodeSigner(await storage.secret('relay key', createRelayKey))
  // Nothing is awaited from here until requests are answered: who comes back at once would wait for ever.
  const port = await listen(http, options.port, options.host)
  const address = options.addresses[0] ?? `ws://localhost:${port}`
  const metrics = createMetrics({ ofProcess: options.operationsPort !== undefined })
  const audiences = [...options.addresses, `ws://localhost:${port}`, `ws://127.0.0.1:${port}`]
  const relay = createRelay({
    storage,
    authenticate: createAuthenticate({
      audiences,
      verifier,
      now: Date.now,
      rememberedTokens: 100_000,
      ...(storage.peers && { claim: storage.peers.claim }),
    }),
    signer,
    verifier,
    now: Date.now,
    chance: Math.random,
    limits,
    metrics,
    createToken: options.createToken || undefined,
    log,
  })
  const handle = createHttpHandler({
    relay,
    relayKey: signer.publicKey,
    metrics,
    limits,
    createToken: options.createToken || undefined,
    log,
  })
  http.on('request', (request, response) => void handle(request, response))

  const sockets = new WebSocketServer({
    noServer: true,
    // Above the relay's own limit, so that what is somewhat too large gets the relay's own answer.
    maxPayload: 4 * limits.frameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => chooseProtocol([...offered]),
  })
  const framed = createFramer()
  const crowd = createCrowd(limits.connectionsPerAddress)
  http.on('upgrade', (request, socket, head) => {
    const release = crowd.admit(addressOf(request, options.trustProxy === true))
    if (!release) {
      metrics.add('rejects_total', 'too many connections')
      socket.end('HTTP/1.1 429 Too Many Requests\r\nretry-after: 10\r\nconnection: close\r\n\r\n')
      return
    }
    socket.once('close', release)
    // What a newcomer is told first leaves with the answer to the handshake.
    socket.cork()
    setImmediate(() => socket.uncork())
    sockets.handleUpgrade(request, socket, head, (ws) => serve({ relay, ws, socket, request, framed, log }))
  })

  let isStopping = false
  const operations =
    options.operationsPort === undefined
      ? undefined
      : createOperationsServer({ relay, storage, metrics, isStopping: () => isStopping })
  const operationsPort =
    operations &&
    (await listen(operations, options.operationsPort ?? 0, options.operationsHost ?? '127.0.0.1'))
  const heartbeat = setInterval(relay.beat, HEARTBEAT_MS)
  const sweep = setInterval(relay.sweep, SWEEP_MS)
  log({ event: 'start', address, port, operationsPort, key: bytesToHex(signer.publicKey) })

  return {
    address,
    port,
    stop: async () => {
      isStopping = true
      clearInterval(heartbeat)
      clearInterval(sweep)
      const closed = new Promise((resolve) => http.close(resolve))
      await withinMs(STOP_MS, relay.stop())
      const linger = setTimeout(() => {
        for (const ws of sockets.clients) ws.terminate()
        http.closeAllConnections()
      }, LINGER_MS)
      http.closeIdleConnections()
      await closed
      clearTimeout(linger)
      operations?.closeAllConnections()
      operations?.close()
      await withinMs(1_000, storage.close())
      log({ event: 'stop' })
    },
  }
}

const listen = async (server: Server, port: number, host: string): Promise<number> => {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve)
  })
  return (server.address() as AddressInfo).port
}

/** Goes on after `ms`, whether the work is done or not. */
const withinMs = async (ms: number, work: Promise<void>): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([work, new Promise((resolve) => (timer = setTimeout(resolve, ms)))])
  clearTimeout(timer)
}

/** Counts sockets by address. */
const createCrowd = (limit: number) => {
  const countByAddress = new Map<string, number>()
  return {
    /** What is to be called when the socket is closed; undefined where there are too many. */
    admit: (address: string): (() => void) | undefined => {
      const count = countByAddress.get(address) ?? 0
      if (count >= limit) return undefined
      countByAddress.set(address, count + 1)
      return () => {
        const left = (countByAddress.get(address) ?? 1) - 1
        if (left > 0) countByAddress.set(address, left)
        else countByAddress.delete(address)
      }
    },
  }
}

/** What a client says about itself counts only where a proxy of ours has said it. */
const addressOf = ({ headers, socket }: IncomingMessage, trustProxy: boolean): string => {
  const forwarded = trustProxy ? [headers['x-forwarded-for'] ?? []].flat().join(',') : ''
  return forwarded.split(',').at(-1)?.trim() || (socket.remoteAddress ?? 'unknown')
}

/**
 * One WebSocket frame from one server to any number of clients: made once, written with one system call each. `ws` writes whole
 * frames too, so that its own (pings, closes) go between.
 */
const createFramer = () => {
  const known = new WeakMap<Uint8Array, Buffer>()
  let last: { readonly payload: Uint8Array; readonly frame: Buffer } | undefined
  return (payload: Uint8Array): Buffer => {
    if (last?.payload === payload) return last.frame
    const frame = known.get(payload) ?? toWebSocketFrame(payload)
    known.set(payload, frame)
    last = { payload, frame }
    return frame
  }
}

/** RFC 6455, section 5.2: final, binary, unmasked. */
const toWebSocketFrame = (payload: Uint8Array): Buffer => {
  const { length } = payload
  const extra = length < 126 ? 0 : length < 65_536 ? 2 : 8
  const frame = Buffer.allocUnsafe(2 + extra + length)
  frame[0] = 0x82
  frame[1] = extra === 0 ? length : extra === 2 ? 126 : 127
  if (extra === 2) frame.writeUInt16BE(length, 2)
  if (extra === 8) frame.writeBigUInt64BE(BigInt(length), 2)
  frame.set(payload, 2 + extra)
  return frame
}

interface Served {
  readonly relay: Relay
  readonly ws: WebSocket
  readonly socket: Duplex
  readonly request: IncomingMessage
  readonly framed: (payload: Uint8Array) => Buffer
  readonly log: StartOptions['log']
}

const serve = ({ relay, ws, socket, request, framed, log }: Served): void => {
  const peer: Peer = {
    send: (...frames) => {
      if (ws.readyState !== ws.OPEN) return
      if (frames.length > 1) socket.cork()
      for (const frame of frames) socket.write(framed(frame))
      if (frames.length > 1) socket.uncork()
    },
    close: (code, reason) => ws.close(code, reason),
    bufferedBytes: () => socket.writableLength,
  }
  const connection = relay.connect(visitOf(request), peer)
  ws.on('message', (data, isBinary) => {
    // Copied: a view would keep alive the whole chunk that it was read in.
    if (isBinary) connection.receive(new Uint8Array(data as Buffer))
    else connection.receive(new Uint8Array())
  })
  // ws closes by itself on what is no WebSocket, or far too large.
  ws.on('error', (error) => {
    log({ event: 'close', code: CLOSE.badFrame, reason: 'not a WebSocket', detail: error.message })
    connection.leave()
  })
  ws.on('close', connection.leave)
}

const visitOf = ({ url, headers }: IncomingMessage): Visit => {
  // A room's name needs no escapes: a path that has some names no room.
  const [path = '', query = ''] = (url ?? '/').split('?', 2)
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const token = offered.find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  return {
    room: path.slice(1),
    token:
      token?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? new URLSearchParams(query).get('token') ?? undefined,
    takesReceipts: offered.includes(RELAY_SUBPROTOCOL),
  }
}

/** A browser leaves when none of its protocols is chosen, so a client that offers but a token gets that one back. */
const chooseProtocol = (offered: readonly string[]): string | false =>
  offered.find((name) => name === RELAY_SUBPROTOCOL) ??
  offered.find((name) => !name.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) ??
  offered[0] ??
  false
