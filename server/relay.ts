/**
 * The relay's core: which teams are loaded, who may come in, and what HTTP asks. Rooms are `<team>.roster`, `<team>.<n>`
 * and `<team>.head`. Knows no sockets and cannot read entries. What it has shown to anybody, it has on disk.
 */
import { type Bytes, bytesToBase64url } from '../lib/log/bytes.ts'
import type { FeedId, TeamId } from '../lib/log/envelope.ts'
import {
  CLOSE,
  type CloseCode,
  encodeStep2,
  encodeSummaryFrame,
  HEAD_ROOM,
  ROSTER_FEED,
} from '../lib/log/frames.ts'
import type { Signer, Verifier } from '../lib/log/signature.ts'
import { encodeUpdate, runsMissingFrom } from '../lib/log/yjs-update.ts'
import { foldRoster } from '../lib/team/apply-operation.ts'
import { decodeOperation, type SignedOperation } from '../lib/team/operation.ts'
import { inviteFault } from '../lib/team/roster.ts'
import type { Authenticate, Rights } from './auth.ts'
import { type Refusal, refuse } from './guard.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import { type Connection, createSession, type Peer, type Room, type Session, type Visit } from './session.ts'
import type { RelayStorage, SegmentRun } from './storage/storage.ts'
import { createSummarize, receiptOf, type TeamSummary } from './summary.ts'
import { loadTeam, type Team } from './team.ts'

/** One line of the relay's log: never content, never a token. */
export interface RelayEvent {
  readonly event: 'close' | 'reject' | 'team' | 'roster' | 'seal' | 'fault' | 'stop'
  readonly team?: TeamId
  readonly room?: string
  readonly feed?: FeedId
  readonly code?: number
  readonly reason?: string
  readonly detail?: string
}

export interface RelayDeps {
  readonly storage: RelayStorage
  readonly authenticate: Authenticate
  /** Signs receipts. */
  readonly signer: Signer
  readonly verifier: Verifier
  readonly now: () => number
  /** 0 to 1: spreads the clients of a relay that stops. */
  readonly chance: () => number
  readonly limits: Limits
  readonly metrics: Metrics
  /** Who has it may create teams; anybody may where there is none. */
  readonly createToken?: string | undefined
  readonly log: (event: RelayEvent) => void
}

export type Answer<Value> = { readonly ok: true; readonly value: Value } | Refusal

/** As HTTP tells it: with a receipt of the asking device's own feed, base64url; absent while nothing of it is stored. */
export type OwnSummary = TeamSummary & { readonly receipt?: string }

export interface Relay {
  readonly connect: (visit: Visit, peer: Peer) => Connection
  readonly createTeam: (genesis: Bytes) => Promise<Answer<TeamId>>
  /** `conflict` where the roster has moved on: the operation is to be made again. */
  readonly appendRoster: (
    team: TeamId,
    operation: Bytes,
    token: string | undefined,
  ) => Promise<Answer<'stored' | 'conflict'>>
  readonly rosterFrom: (
    team: TeamId,
    from: number,
    token: string | undefined,
  ) => Promise<Answer<readonly Bytes[]>>
  readonly summary: (team: TeamId, token: string | undefined) => Promise<Answer<OwnSummary>>
  /** The bytes of a sealed segment. They never change, but by erasure. */
  readonly sealedSegment: (team: TeamId, segment: number, token: string | undefined) => Promise<Answer<Bytes>>
  /** Every 20 s: keeps stock clients connected and forgets idle teams. */
  readonly beat: () => void
  /** Every second: lets go who did not come in in time. */
  readonly sweep: () => void
  readonly gauges: () => RelayGauges
  /** Takes nothing more, waits for what is under way, and lets everyone go. */
  readonly stop: () => Promise<void>
}

export interface RelayGauges {
  readonly open_connections: number
  readonly loaded_teams: number
  readonly buffered_bytes: number
  /** Of all loaded teams. */
  readonly head_entries: number
  readonly head_bytes: number
}

interface LoadedTeam {
  readonly loading: Promise<Team | undefined>
  team?: Team
  idleSince: number
}

/** How long after its genesis a team's history may be brought by those whom it has yet to make members. */
const FILLING_MS = 10 * 60_000

/** Over so many seconds the clients of a relay that stops are asked to come back. */
const RETRY_SPREAD_S = 10

export const createRelay = (deps: RelayDeps): Relay => {
  const { storage, signer, verifier, now, limits, metrics, log } = deps
  const teams = new Map<TeamId, LoadedTeam>()
  const sessions = new Set<Session>()
  /** Teams that were just made here, until when any operation that its author signed is welcome from anybody. */
  const fillableUntil = new Map<TeamId, number>()
  const summarize = createSummarize({
    storage,
    relayKey: signer.publicKey,
    createToken: deps.createToken,
  })
  let isStopping = false

  const teamOf = async (id: TeamId): Promise<Team | undefined> => {
    let known = teams.get(id)
    if (!known) {
      const loading = loadTeam(id, {
        storage,
        signer,
        verifier,
        now,
        chance: deps.chance,
        limits,
        metrics,
        sealed: (team, segment) => log({ event: 'seal', team, room: `${team}.${segment}` }),
        broken: (team, error) => {
          teams.delete(team)
          log({ event: 'fault', team, detail: detailOf(error) })
        },
      })
      const made: LoadedTeam = { loading, idleSince: now() }
      teams.set(id, made)
      loading.then(
        (team) => {
          if (team) made.team = team
          else teams.delete(id)
        },
        () => teams.delete(id),
      )
      known = made
    }
    known.idleSince = now()
    return known.loading
  }

  /** Who asks, and for which team. */
  const enter = async (
    id: TeamId,
    token: string | undefined,
  ): Promise<Answer<{ readonly team: Team; readonly rights: Rights }>> => {
    if (isStopping) return refuse(CLOSE.stopping, 'stopping')
    const team = await teamOf(id)
    if (!team) return refuse(CLOSE.notFound, 'unknown team')
    if (token === undefined) return refuse(CLOSE.badToken, 'no token')
    await team.catchUp()
    const rights = await deps.authenticate(token, team.roster())
    if (!rights.ok) return reject(id, rights)
    return { ok: true, value: { team, rights: rights.value } }
  }

  const enterAsMember = async (
    id: TeamId,
    token: string | undefined,
  ): Promise<{ readonly ok: true; readonly team: Team; readonly feed: FeedId } | Refusal> => {
    const entered = await enter(id, token)
    if (!entered.ok) return entered
    const { team, rights } = entered.value
    return rights.kind === 'member'
      ? { ok: true, team, feed: rights.feed }
      : refuse(CLOSE.notAllowed, 'not a member')
  }

  const connect = (visit: Visit, peer: Peer): Connection => {
    metrics.add('connections_total')
    const session = createSession(visit, peer, {
      room: parseRoom(visit.room),
      enter: (room, token) => enterAsMember(room.team, token),
      welcome,
      answerFromStorage,
      now,
      limits,
      metrics,
      ended: (_, code, reason, feed) => ended(visit, code, reason, feed),
      left: (gone) => sessions.delete(gone),
      fault: (error) => log({ event: 'fault', detail: detailOf(error) }),
    })
    sessions.add(session)
    return session
  }

  const ended = (visit: Visit, code: CloseCode, reason: string, feed: FeedId | undefined): void => {
    metrics.add('closes_total', String(code))
    if (code === CLOSE.stopping) return
    metrics.add('rejects_total', reason)
    log({
      event: 'close',
      code,
      reason,
      ...(parseRoom(visit.room) && { room: visit.room }),
      ...(feed !== undefined && { feed }),
    })
  }

  const welcome = async (team: Team, feed: FeedId) => {
    const receipt = await receiptOf(team, feed)
    const { value, json } = await summarize(team)
    return { segment: value.segment, frame: encodeSummaryFrame(json, receipt ?? NO_RECEIPT) }
  }

  const answerFromStorage = async (
    team: Team,
    segment: number | undefined,
    vector: ReadonlyMap<number, number>,
  ): Promise<Bytes> => {
    const runs =
      segment === undefined
        ? [{ feed: ROSTER_FEED, clock: 0, items: (await storage.roster(team.id)) as Bytes[] }]
        : (await storage.segment(team.id, segment)).map(toFeedRun)
    return encodeStep2(encodeUpdate(runsMissingFrom(runs, vector)))
  }

  const createTeam = async (genesis: Bytes): Promise<Answer<TeamId>> => {
    if (isStopping) return refuse(CLOSE.stopping, 'stopping')
    const { roster, fault } = await foldRoster([genesis], verifier)
    if (!roster) return reject(undefined, refuse(CLOSE.badEntry, fault ?? 'no genesis'))
    const { team } = roster
    if (await storage.createTeam(team, genesis)) {
      fillableUntil.set(team, now() + FILLING_MS)
      metrics.add('roster_operations_total')
      log({ event: 'team', team })
    }
    return { ok: true, value: team }
  }

  const appendRoster: Relay['appendRoster'] = async (id, operation, token) => {
    const signed = decodeOperation(operation)
    const entered = await enter(id, token)
    // On an empty disk a member is none yet, until the operation that made them one is brought: by them, who else.
    if (
      !entered.ok &&
      signed.ok &&
      entered.reason === 'not a member' &&
      (fillableUntil.get(id) ?? 0) > now()
    ) {
      const team = await teamOf(id)
      if (team) return appendSigned(team, signed.value, operation)
    }
    if (!entered.ok) return entered
    const { team, rights } = entered.value
    if (!signed.ok) return reject(id, refuse(CLOSE.badEntry, signed.fault))
    // A member may bring what others signed, to fill a relay again; a guest brings nothing but an entry of their own.
    if (rights.kind === 'guest') {
      if (signed.value.operation.kind !== 'join') return refuse(CLOSE.notAllowed, 'not a member')
      const fault = inviteFault(team.roster(), signed.value.operation.invite, now())
      if (fault) return reject(id, refuse(CLOSE.badEntry, fault))
    }
    return appendSigned(team, signed.value, operation)
  }

  const appendSigned = async (
    team: Team,
    signed: SignedOperation,
    operation: Bytes,
  ): Promise<Answer<'stored' | 'conflict'>> => {
    const outcome = await team.appendRoster(signed, operation)
    if (typeof outcome !== 'string') return reject(team.id, outcome)
    log({ event: 'roster', team: team.id, reason: outcome })
    return { ok: true, value: outcome }
  }

  const reject = (team: TeamId | undefined, refusal: Refusal): Refusal => {
    metrics.add('rejects_total', refusal.reason)
    log({ event: 'reject', reason: refusal.reason, ...(team && { team }) })
    return refusal
  }

  const rosterFrom: Relay['rosterFrom'] = async (id, from, token) => {
    const entered = await enter(id, token)
    return entered.ok ? { ok: true, value: ((await storage.roster(id)) as Bytes[]).slice(from) } : entered
  }

  const summary: Relay['summary'] = async (id, token) => {
    const entered = await enterAsMember(id, token)
    if (!entered.ok) return entered
    const receipt = await receiptOf(entered.team, entered.feed)
    const { value } = await summarize(entered.team)
    return { ok: true, value: { ...value, ...(receipt && { receipt: bytesToBase64url(receipt) }) } }
  }

  const sealedSegment: Relay['sealedSegment'] = async (id, segment, token) => {
    const entered = await enterAsMember(id, token)
    if (!entered.ok) return entered
    if (segment >= entered.team.open().number) return refuse(CLOSE.notFound, 'segment is not sealed')
    return { ok: true, value: encodeUpdate((await storage.segment(id, segment)).map(toFeedRun)) }
  }

  const beat = (): void => {
    for (const session of [...sessions]) session.beat()
    for (const [id, until] of fillableUntil) if (until <= now()) fillableUntil.delete(id)
    for (const [id, { team, idleSince }] of teams)
      if (team && team.attendance() === 0 && now() - idleSince > limits.idleTeamMs) {
        teams.delete(id)
        team.leave()
      }
  }

  const sweep = (): void => {
    for (const session of [...sessions])
      if (!session.isIn() && now() - session.enteredAt > limits.unauthenticatedMs)
        session.end(CLOSE.storage, 'not let in in time')
  }

  const stop = async (): Promise<void> => {
    isStopping = true
    for (const { loading } of [...teams.values()]) {
      const team = await loading.catch(() => undefined)
      await team?.idle().catch(() => undefined)
      team?.leave()
    }
    for (const session of [...sessions]) {
      await session.giveReceipts()
      session.end(CLOSE.stopping, `stopping, retry in ${Math.ceil(deps.chance() * RETRY_SPREAD_S)} s`)
    }
  }

  const gauges = (): RelayGauges => {
    const loaded = [...teams.values()].flatMap(({ team }) => (team ? [team.head()] : []))
    return {
      open_connections: sessions.size,
      loaded_teams: teams.size,
      buffered_bytes: [...sessions].reduce((sum, session) => sum + session.bufferedBytes(), 0),
      head_entries: loaded.reduce((sum, { entries }) => sum + entries, 0),
      head_bytes: loaded.reduce((sum, { bytes }) => sum + bytes, 0),
    }
  }

  return { connect, createTeam, appendRoster, rosterFrom, summary, sealedSegment, beat, sweep, gauges, stop }
}

const NO_RECEIPT = new Uint8Array(0)

const toFeedRun = ({ feed, items }: SegmentRun) => ({ feed, clock: 0, items: items as Bytes[] })

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** `<team>.roster`, `<team>.<n>` or `<team>.head`. */
const parseRoom = (room: string): Room | undefined => {
  const [, team, name] = /^([0-9a-f]{32})\.(roster|head|0|[1-9]\d{0,14})$/.exec(room) ?? []
  if (!team || !name) return undefined
  if (name === HEAD_ROOM) return { team, segment: HEAD_ROOM }
  return { team, segment: name === 'roster' ? undefined : Number(name) }
}
