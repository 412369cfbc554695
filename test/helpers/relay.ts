/** A relay core for tests, on storage in memory, with a clock that the test turns and sockets that it drains. */
import type { Bytes } from '../../lib/log/bytes.ts'
import { decodeFrame, encodeStep1, encodeUpdateFrame, type Frame } from '../../lib/log/frames.ts'
import { encodeStateVector, encodeUpdate, type FeedRun } from '../../lib/log/yjs-update.ts'
import { createAuthenticate } from '../../server/auth.ts'
import { DEFAULT_LIMITS, type Limits } from '../../server/limits.ts'
import { createMetrics } from '../../server/metrics.ts'
import { createRelay, type Relay, type RelayEvent } from '../../server/relay.ts'
import type { Connection } from '../../server/session.ts'
import { createNodeSigner, createNodeVerifier, createRelayKey } from '../../server/signature.ts'
import { createMemoryStorage, type MemoryStorage } from './memory-storage.ts'
import { TEST_RELAY, type TestMember, type TestTeam, tokenFor } from './relay-team.ts'
import { createSocketPair, type SocketPair, settle } from './socket-pair.ts'

export interface TestRelay {
  readonly relay: Relay
  readonly storage: MemoryStorage
  readonly events: RelayEvent[]
  readonly relayKey: Bytes
  readonly clock: { nowMs: number }
  readonly metric: ReturnType<typeof createMetrics>['value']
}

export const createTestRelay = async (
  limits: Partial<Limits> = {},
  storage = createMemoryStorage(),
  clock = { nowMs: Date.now() },
): Promise<TestRelay> => {
  const events: RelayEvent[] = []
  const verifier = createNodeVerifier()
  const signer = createNodeSigner(await storage.secret('relay key', createRelayKey))
  const metrics = createMetrics()
  const now = () => clock.nowMs
  const relay = createRelay({
    storage,
    authenticate: createAuthenticate({ audiences: [TEST_RELAY], verifier, now, rememberedTokens: 1000 }),
    signer,
    verifier,
    now,
    chance: () => 0.5,
    limits: { ...DEFAULT_LIMITS, gatherMs: 0, ...limits },
    metrics,
    log: (event) => void events.push(event),
  })
  return { relay, storage, events, relayKey: signer.publicKey, clock, metric: metrics.value }
}

/** Brings a team's roster to the relay. */
export const postTeam = async ({ relay, clock }: TestRelay, team: TestTeam): Promise<void> => {
  const [genesis, ...later] = team.operations
  await relay.createTeam(genesis as Bytes)
  const [admin] = team.members as [TestMember]
  for (const operation of later)
    await relay.appendRoster(admin.self.team, operation, await tokenFor(admin, clock.nowMs))
}

export interface TestClient extends SocketPair {
  readonly connection: Connection
  readonly frames: () => Frame[]
  readonly sendRuns: (...runs: readonly FeedRun[]) => Promise<void>
  readonly send: (frame: Uint8Array) => Promise<void>
}

/** Opens a room as a client that has nothing yet, and takes the relay's first answers. */
export const openRoom = async (
  { relay, clock }: TestRelay,
  member: TestMember,
  room: number | 'roster' | 'head' = 0,
  {
    takesReceipts = true,
    token,
  }: { readonly takesReceipts?: boolean; readonly token?: string | undefined } = {},
): Promise<TestClient> => {
  const pair = createSocketPair()
  const given = token ?? (await tokenFor(member, clock.nowMs))
  const connection = relay.connect(
    { room: `${member.self.team}.${room}`, token: given, takesReceipts },
    pair.peer,
  )
  const send = async (frame: Uint8Array): Promise<void> => {
    connection.receive(frame)
    await settle()
  }
  await send(encodeStep1(encodeStateVector(new Map())))
  return {
    ...pair,
    connection,
    send,
    sendRuns: (...runs) => send(encodeUpdateFrame(encodeUpdate(runs))),
    frames: () =>
      pair.inbox.splice(0).map((bytes) => {
        const frame = decodeFrame(bytes)
        if (!frame.ok) throw new Error(frame.fault)
        return frame.value
      }),
  }
}
