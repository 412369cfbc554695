/** Puts the relay on a port: storage, core, HTTP and WebSocket. The only file that knows sockets. */
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import { bytesToHex } from '../lib/log/bytes.ts'
import { CLOSE, RELAY_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX } from '../lib/log/frames.ts'
import { createAuthenticate } from './auth.ts'
import { createHttpHandler } from './http.ts'
import type { Limits } from './limits.ts'
import { createMetrics } from './metrics.ts'
import { createRelay, type Relay, type RelayEvent } from './relay.ts'
import type { Peer, Visit } from './session.ts'
import { createNodeSigner, createNodeVerifier, createRelayKey } from './signature.ts'
import type { RelayStorage } from './storage/storage.ts'

export interface StartEvent {
  readonly event: 'start'
  readonly address: string
  readonly port: number
  /** Signs receipts; hex. */
  readonly key: string
}

export interface StartOptions {
  readonly storage: RelayStorage
  readonly port: number
  readonly host: string
  /** How clients reach this relay, without a path: `wss://relay.example`. */
  readonly addresses: readonly string[]
  readonly createToken?: string
  readonly limits: Limits
  readonly log: (event: RelayEvent | StartEvent) => void
}

export interface RunningRelay {
  readonly address: string
  /** Stops accepting, makes durable what was taken, lets everyone go. Ends within 10 s. */
  readonly stop: () => Promise<void>
}

const HEARTBEAT_MS = 20_000
const LINGER_MS = 3_000

/** Resolves when clients may come. Rejects where the port is taken. */
export const startRelay = async (options: StartOptions): Promise<RunningRelay> => {
  const { storage, limits, log } = options
  const http = createServer({
    keepAlive: true,
    headersTimeout: limits.unauthenticatedMs,
    requestTimeout: 2 * limits.unauthenticatedMs,
  })
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject).listen(options.port, options.host, resolve)
  })
  const { port } = http.address() as AddressInfo
  const address = options.addresses[0] ?? `ws://localhost:${port}`
  const verifier = createNodeVerifier()
  const signer = createNodeSigner(await storage.secret('relay key', createRelayKey))
  const metrics = createMetrics()
  const audiences = [...options.addresses, `ws://localhost:${port}`, `ws://127.0.0.1:${port}`]
  const relay = createRelay({
    storage,
    authenticate: createAuthenticate({ audiences, verifier, now: Date.now, rememberedTokens: 100_000 }),
    signer,
    verifier,
    now: Date.now,
    chance: Math.random,
    limits,
    metrics,
    log,
  })
  const { createToken } = options
  const handle = createHttpHandler({
    relay,
    storage,
    relayKey: signer.publicKey,
    metrics,
    limits,
    createToken,
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
  http.on('upgrade', (request, socket, head) => {
    sockets.handleUpgrade(request, socket, head, (ws) => serve(relay, ws, request, log))
  })
  const heartbeat = setInterval(relay.beat, HEARTBEAT_MS)
  log({ event: 'start', address, port, key: bytesToHex(signer.publicKey) })

  return {
    address,
    stop: async () => {
      clearInterval(heartbeat)
      const closed = new Promise((resolve) => http.close(resolve))
      await relay.stop()
      const linger = setTimeout(() => {
        for (const ws of sockets.clients) ws.terminate()
      }, LINGER_MS)
      http.closeIdleConnections()
      await closed
      clearTimeout(linger)
      await storage.close()
      log({ event: 'stop' })
    },
  }
}

const serve = (relay: Relay, ws: WebSocket, request: IncomingMessage, log: StartOptions['log']): void => {
  const peer: Peer = {
    send: (frame) => ws.send(frame),
    close: (code, reason) => ws.close(code, reason),
    bufferedBytes: () => ws.bufferedAmount,
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
  const { pathname, searchParams } = new URL(url ?? '/', 'http://relay')
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const token = offered.find((name) => name.startsWith(TOKEN_SUBPROTOCOL_PREFIX))
  return {
    room: pathname.slice(1),
    token: token?.slice(TOKEN_SUBPROTOCOL_PREFIX.length) ?? searchParams.get('token') ?? undefined,
    takesReceipts: offered.includes(RELAY_SUBPROTOCOL),
  }
}

/** A browser leaves when none of its protocols is chosen, so a client that offers but a token gets that one back. */
const chooseProtocol = (offered: readonly string[]): string | false =>
  offered.find((name) => name === RELAY_SUBPROTOCOL) ??
  offered.find((name) => !name.startsWith(TOKEN_SUBPROTOCOL_PREFIX)) ??
  offered[0] ??
  false
