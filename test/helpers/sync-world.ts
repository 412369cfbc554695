/** Browsers of a team and a relay in one process: real databases, real crypto, a network that does what the test says. */

import Dexie from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { Entry } from '../../lib/model/entry.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { migrate } from '../../lib/store/migrations.ts'
import { recordEntries } from '../../lib/sync/outbox.ts'
import { createSync, type Sync } from '../../lib/sync/sync.ts'
import { createTeams, type Teams } from '../../lib/sync/teams.ts'
import { createAuthenticate } from '../../server/auth.ts'
import { createHttpHandler } from '../../server/http.ts'
import { DEFAULT_LIMITS, type Limits } from '../../server/limits.ts'
import { createMetrics } from '../../server/metrics.ts'
import { createRelay, type RelayEvent } from '../../server/relay.ts'
import type { Connection } from '../../server/session.ts'
import { createNodeSigner, createNodeVerifier, createRelayKey } from '../../server/signature.ts'
import { createMemoryStorage, type MemoryStorage } from './memory-storage.ts'
import { randomBytes, subtle } from './team.ts'

export const WORLD_RELAY = 'http://relay.test'
/** Another name of it, as after a move. */
export const MOVED_RELAY = 'http://moved.test'

/** What the network does to a frame on its way. */
export type Fate = 'pass' | 'twice' | 'late' | 'cut'

export interface World {
  readonly relay: () => WorldRelay
  /** The process dies without a word and comes back on the same disk, or on an empty one. */
  readonly restartRelay: (onEmptyDisk?: boolean) => Promise<void>
  readonly setOnline: (isOnline: boolean) => void
  /** Asked for each frame, both ways. */
  readonly setFate: (fate: () => Fate) => void
  /** Runs before a browser's next socket opens. */
  readonly beforeNextSocket: (work: () => Promise<void>) => void
  /** Everything that crossed the network, both ways. */
  readonly traffic: Uint8Array[]
  /** For clients that are no browser. */
  readonly network: () => { readonly fetch: typeof fetch; readonly WebSocket: typeof WebSocket }
  readonly addBrowser: (name: string, skewMs?: number) => Promise<Browser>
  readonly close: () => Promise<void>
}

/**
 * Each y-websocket provider listens for the end of its process, which in life is one browser's. A room and the one before it: who
 * leaves rooms open is still warned of.
 */
const LISTENERS_OF_BROWSER = 2

interface WorldRelay {
  readonly core: ReturnType<typeof createRelay>
  readonly handle: ReturnType<typeof createHttpHandler>
  readonly storage: MemoryStorage
  readonly sockets: Set<{ readonly drop: () => void }>
  readonly events: RelayEvent[]
}

export interface Browser {
  readonly name: string
  readonly db: DaybookDatabase
  readonly teams: Teams
  readonly sync: () => Sync
  readonly record: (...entries: readonly Entry[]) => Promise<void>
  /** The worker dies: all that is not in the database is gone. */
  readonly restart: () => Promise<void>
  readonly setOnline: (isOnline: boolean) => void
  readonly entries: () => Promise<Entry[]>
}

export const createWorld = async (
  limits: Partial<Limits> = {},
  chance = Math.random,
  createToken?: string,
): Promise<World> => {
  const traffic: Uint8Array[] = []
  const browsers: Browser[] = []
  let isOnline = true
  let fate: () => Fate = () => 'pass'
  let beforeSocket: (() => Promise<void>) | undefined
  let running = await startWorldRelay(createMemoryStorage(), limits, createToken)

  const restartRelay = async (onEmptyDisk = false): Promise<void> => {
    const { sockets, storage } = running
    running = await startWorldRelay(onEmptyDisk ? createMemoryStorage() : storage, limits, createToken)
    for (const socket of [...sockets]) socket.drop()
  }

  const fetchFor = (isReachable: () => boolean): typeof fetch => {
    return async (input, init) => {
      if (!isOnline || !isReachable()) throw new TypeError('Failed to fetch')
      const url = new URL(String(input))
      const body = init?.body as Uint8Array | undefined
      if (body) traffic.push(body)
      const reply = await callHandler(running.handle, {
        method: init?.method ?? 'GET',
        url: url.pathname + url.search,
        headers: Object.fromEntries(
          Object.entries((init?.headers ?? {}) as Record<string, string>).map(([key, value]) => [
            key.toLowerCase(),
            value,
          ]),
        ),
        body,
      })
      if (!isOnline || !isReachable()) throw new TypeError('Failed to fetch')
      traffic.push(reply.body)
      return new Response(reply.body as BodyInit, { status: reply.status })
    }
  }

  const addBrowser = async (name: string, skewMs = 0): Promise<Browser> => {
    const db = new Dexie(`browser ${name}`, {
      indexedDB: new IDBFactory(),
      IDBKeyRange,
      cache: 'disabled',
    }) as DaybookDatabase
    migrate(db)
    await db.open()
    let reachable = true
    const own = new Set<{ readonly drop: () => void }>()
    const nowMs = () => Date.now() + skewMs
    const fetcher = fetchFor(() => reachable)
    const makeTeams = () => createTeams({ db, subtle, random: randomBytes, nowMs, fetch: fetcher })
    let teams = makeTeams()
    const start = (): Sync =>
      createSync({
        db,
        teams,
        subtle,
        fetch: fetcher,
        WebSocket: createSocketClass({
          relay: () => running,
          isReachable: () => isOnline && reachable,
          fate: () => fate(),
          beforeOpen: async () => {
            const work = beforeSocket
            beforeSocket = undefined
            await work?.()
          },
          traffic,
          own,
        }),
        nowMs,
        random: randomBytes,
        chance,
        // Backing off costs little here; the time in which a relay must answer leaves room for a busy machine.
        after: (ms, callback) => {
          const timer = setTimeout(callback, ms === 25_000 ? 4_000 : ms / 100)
          return () => clearTimeout(timer)
        },
      })
    let sync = start()
    const browser: Browser = {
      name,
      db,
      get teams() {
        return teams
      },
      sync: () => sync,
      record: async (...entries) => {
        await recordEntries(db, entries, nowMs())
        await sync.wake()
      },
      restart: async () => {
        const old = sync
        teams = makeTeams()
        sync = start()
        await old.stop()
        await sync.lookIn()
      },
      setOnline: (next) => {
        reachable = next
        if (!next) for (const socket of [...own]) socket.drop()
      },
      entries: async () =>
        (await db.bodies.orderBy('id').toArray()).filter(({ app }) => app.origin.startsWith('http')),
    }
    browsers.push(browser)
    process.setMaxListeners(process.getMaxListeners() + LISTENERS_OF_BROWSER)
    return browser
  }

  return {
    relay: () => running,
    restartRelay,
    setOnline: (next) => {
      isOnline = next
      if (!next) for (const socket of [...running.sockets]) socket.drop()
    },
    setFate: (next) => {
      fate = next
    },
    beforeNextSocket: (work) => {
      beforeSocket = work
    },
    traffic,
    network: () => ({
      fetch: fetchFor(() => true),
      WebSocket: createSocketClass({
        relay: () => running,
        isReachable: () => isOnline,
        fate: () => fate(),
        traffic,
        own: new Set(),
        beforeOpen: async () => undefined,
      }),
    }),
    addBrowser,
    close: async () => {
      for (const browser of browsers) {
        await browser.sync().stop()
        browser.db.close()
        process.setMaxListeners(process.getMaxListeners() - LISTENERS_OF_BROWSER)
      }
    },
  }
}

/** Ana founds a team on the relay, everyone else joins it by invite, and all share one app. */
export const gatherTeam = async (
  world: World,
  names: readonly string[],
  skewMs: (index: number) => number = () => 0,
): Promise<{ readonly team: string; readonly browsers: Browser[] }> => {
  const browsers = await Promise.all(names.map((name, index) => world.addBrowser(name, skewMs(index))))
  const [ana, ...others] = browsers as [Browser, ...Browser[]]
  const person = (name: string) => ({ id: crypto.randomUUID(), name, device: 'Laptop' })
  const team = expectOk(await ana.teams.make('Acme', person(ana.name)))
  expectOk(await ana.teams.connect(team, WORLD_RELAY))
  const request = { role: 'writer', uses: 20, days: 7, ownDevice: false } as const
  for (const browser of others) {
    const link = expectOk(await ana.teams.invite(team, request))
    expectOk(await browser.teams.join(link, person(browser.name)))
  }
  expectOk(await ana.teams.follow(team))
  for (const { db, sync } of browsers) {
    await db.apps.put({
      origin: 'https://console.acme.dev',
      name: 'Acme Console',
      state: 'recording',
      addedAt: 0,
      team,
    })
    await sync().lookIn()
  }
  return { team, browsers }
}

const expectOk = <Value>(
  outcome: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string },
): Value => {
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value
}

/** Waits until `isSo`, as long as something may still be under way. Rejects with `what` after `limitMs`. */
export const until = async (
  what: string,
  isSo: () => Promise<boolean> | boolean,
  limitMs = 60_000,
): Promise<void> => {
  const end = Date.now() + limitMs
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`never became true: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

const startWorldRelay = async (
  storage: MemoryStorage,
  limits: Partial<Limits>,
  createToken?: string,
): Promise<WorldRelay> => {
  const verifier = createNodeVerifier()
  const signer = createNodeSigner(await storage.secret('relay key', createRelayKey))
  const metrics = createMetrics()
  const events: RelayEvent[] = []
  const all = { ...DEFAULT_LIMITS, gatherMs: 0, ...limits }
  const core = createRelay({
    storage,
    authenticate: createAuthenticate({
      audiences: [WORLD_RELAY, MOVED_RELAY],
      verifier,
      now: Date.now,
      rememberedTokens: 10_000,
    }),
    signer,
    verifier,
    now: Date.now,
    chance: Math.random,
    limits: all,
    metrics,
    createToken,
    log: (event) => void events.push(event),
  })
  const handle = createHttpHandler({
    relay: core,
    relayKey: signer.publicKey,
    metrics,
    limits: all,
    createToken,
    log: (event) => void events.push(event),
  })
  return { core, handle, storage, sockets: new Set(), events }
}

interface Call {
  readonly method: string
  readonly url: string
  readonly headers: Record<string, string>
  readonly body: Uint8Array | undefined
}

/** Calls Node's HTTP handler without a network. */
const callHandler = (
  handle: WorldRelay['handle'],
  call: Call,
): Promise<{ status: number; body: Uint8Array }> =>
  new Promise((resolve, reject) => {
    let status = 0
    const request = {
      ...call,
      async *[Symbol.asyncIterator]() {
        if (call.body) yield Buffer.from(call.body)
      },
    }
    const response = {
      writeHead: (code: number) => {
        status = code
      },
      end: (body?: Uint8Array | string) =>
        resolve({
          status,
          body: typeof body === 'string' ? new TextEncoder().encode(body) : (body ?? new Uint8Array()),
        }),
    }
    handle(request as never, response as never).catch(reject)
  })

interface Network {
  readonly relay: () => WorldRelay
  readonly isReachable: () => boolean
  readonly fate: () => Fate
  readonly beforeOpen: () => Promise<void>
  readonly traffic: Uint8Array[]
  readonly own: Set<{ readonly drop: () => void }>
}

/** A WebSocket whose other end is the relay's core. Frames are delivered in tasks of their own, as a network does. */
const createSocketClass = (network: Network): typeof WebSocket => {
  class WorldSocket {
    readonly CONNECTING = 0
    readonly OPEN = 1
    readonly CLOSING = 2
    readonly CLOSED = 3
    binaryType = 'arraybuffer'
    readyState = 0
    onopen: ((event: unknown) => void) | null = null
    onmessage: ((event: { data: ArrayBuffer }) => void) | null = null
    onclose: ((event: { code: number; reason: string }) => void) | null = null
    onerror: ((event: unknown) => void) | null = null
    #connection: Connection | undefined
    readonly #handle = { drop: () => this.#end(1006, '') }
    readonly #relay = network.relay()

    constructor(url: string, protocols: readonly string[]) {
      setImmediate(async () => {
        await network.beforeOpen()
        if (this.readyState !== 0) return
        if (!network.isReachable() || this.#relay !== network.relay()) return this.#end(1006, '')
        this.readyState = 1
        this.#relay.sockets.add(this.#handle)
        network.own.add(this.#handle)
        const token = protocols
          .find((name) => name.startsWith('daybook.token.'))
          ?.slice('daybook.token.'.length)
        this.#connection = this.#relay.core.connect(
          { room: new URL(url).pathname.slice(1), token, takesReceipts: protocols.includes('daybook.v1') },
          {
            send: (...frames) => {
              for (const frame of frames)
                this.#deliver(frame, (bytes) =>
                  this.onmessage?.({ data: bytes.slice().buffer as ArrayBuffer }),
                )
            },
            close: (code, reason) => setImmediate(() => this.#end(code, reason)),
            bufferedBytes: () => 0,
          },
        )
        this.onopen?.({})
      })
    }

    send(frame: Uint8Array) {
      if (this.readyState === 1) this.#deliver(frame, (bytes) => this.#connection?.receive(bytes.slice()))
    }

    close() {
      this.#end(1000, '')
    }

    #deliver(frame: Uint8Array, receive: (bytes: Uint8Array) => void) {
      network.traffic.push(frame)
      const pass = () => {
        if (this.readyState === 1) receive(frame)
      }
      switch (network.fate()) {
        case 'cut':
          setImmediate(() => this.#end(1006, ''))
          return
        case 'twice':
          setImmediate(pass)
          break
        case 'late':
          setTimeout(pass, 3)
          return
        case 'pass':
      }
      setImmediate(pass)
    }

    #end(code: number, reason: string) {
      if (this.readyState === 3) return
      this.readyState = 3
      this.#connection?.leave()
      this.#relay.sockets.delete(this.#handle)
      network.own.delete(this.#handle)
      this.onclose?.({ code, reason })
    }
  }
  return WorldSocket as unknown as typeof WebSocket
}
