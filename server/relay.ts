/**
 * The relay's core: rooms `<team>.roster` and `<team>.<n>`, each append judged, made durable, then shown and receipted.
 * Knows no sockets and cannot read entries. What it has shown to anybody, it has on disk.
 */
import { randomBytes } from 'node:crypto'
import { type Bytes, bytesEqual, bytesToBase64url, bytesToHex } from '../lib/log/bytes.ts'
import type { FeedId, TeamId } from '../lib/log/envelope.ts'
import {
  CLOSE,
  type CloseCode,
  decodeFrame,
  encodeDenied,
  encodeReceiptFrame,
  encodeRosterFrame,
  encodeSealedFrame,
  encodeStep1,
  encodeStep2,
  encodeUpdateFrame,
  HEARTBEAT_FRAME,
  ROSTER_FEED,
} from '../lib/log/frames.ts'
import { encodeReceipt, signReceipt } from '../lib/log/receipt.ts'
import type { Signer, Verifier } from '../lib/log/signature.ts'
import { decodeStateVector, encodeStateVector, encodeUpdate, runsMissingFrom } from '../lib/log/yjs-update.ts'
import { decodeOperation } from '../lib/team/operation.ts'
import { foldRoster, inviteFault, roleOf } from '../lib/team/roster.ts'
import type { Authenticate, Rights } from './auth.ts'
import { type FreshRun, judgeUpdate, type Refusal, refuse } from './guard.ts'
import { createTokenBucket, type Limits, type TokenBucket } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { RelayStorage, Span } from './storage/storage.ts'
import { createShownSegment, loadTeamState, readSegment, type TeamState } from './team-state.ts'

/** A socket, as the relay sees it. */
export interface Peer {
  readonly send: (frame: Uint8Array) => void
  readonly close: (code: number, reason: string) => void
  /** What was sent and has not left yet. */
  readonly bufferedBytes: () => number
}

export interface Visit {
  /** As it stands in the path. */
  readonly room: string
  readonly token: string | undefined
  /** The client understands messages from 110 up. */
  readonly takesReceipts: boolean
}

/** What the socket's side tells the relay. */
export interface Connection {
  readonly receive: (frame: Uint8Array) => void
  readonly leave: () => void
}

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
  readonly limits: Limits
  readonly metrics: Metrics
  readonly log: (event: RelayEvent) => void
}

export type Answer<Value> = { readonly ok: true; readonly value: Value } | Refusal

/** What a client asks before it opens a room. */
export interface TeamSummary {
  readonly segment: number
  /** Made with the storage: another disk, other segments. */
  readonly disk: string
  /** Signs receipts; hex. */
  readonly key: string
  readonly rosterLength: number
  readonly rosterHash: string
  readonly feeds: readonly { readonly feed: FeedId; readonly seq: number; readonly hash: string }[]
  /** Of the asking device's own feed; absent while nothing of it is stored. base64url. */
  readonly receipt?: string
}

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
  readonly summary: (team: TeamId, token: string | undefined) => Promise<Answer<TeamSummary>>
  /** The bytes of a sealed segment. They never change. */
  readonly sealedSegment: (team: TeamId, segment: number, token: string | undefined) => Promise<Answer<Bytes>>
  /** Every 20 s: keeps stock clients connected and forgets idle teams. */
  readonly beat: () => void
  readonly gauges: () => Readonly<Record<string, number>>
  /** Takes nothing more, waits for what is under way, and lets everyone go. */
  readonly stop: () => Promise<void>
}

interface Session {
  readonly team: TeamId
  readonly room: string
  readonly peer: Peer
  readonly takesReceipts: boolean
  readonly feed: FeedId
  /** Undefined in the roster room. */
  readonly segment: number | undefined
  /** It has asked for the state and gets what comes after. */
  live: boolean
  /** By feed, the last entry that it is to get a receipt for. */
  readonly owed: Map<FeedId, { readonly seq: number; readonly hash: Bytes }>
  readonly entryBucket: TokenBucket
  readonly byteBucket: TokenBucket
  readonly presenceBucket: TokenBucket
  readonly end: (code: CloseCode, reason: string) => void
}

export const createRelay = (deps: RelayDeps): Relay => {
  const { storage, signer, verifier, now, limits, metrics, log } = deps
  const teams = new Map<TeamId, { readonly state: Promise<TeamState | undefined>; idleSince: number }>()
  const sessionsByTeam = new Map<TeamId, Set<Session>>()
  let stopping = false

  const stateOf = async (team: TeamId): Promise<TeamState | undefined> => {
    let known = teams.get(team)
    if (!known) {
      known = { state: load(team), idleSince: now() }
      teams.set(team, known)
      known.state.then(
        (state) => state || teams.delete(team),
        () => teams.delete(team),
      )
    }
    known.idleSince = now()
    return known.state
  }

  const load = async (team: TeamId): Promise<TeamState | undefined> => {
    const operations = await storage.roster(team)
    if (operations.length === 0) return undefined
    const { roster, fault } = await foldRoster(operations, verifier)
    if (!roster || fault) throw new Error(`the roster of ${team} does not fold: ${fault}`)
    return loadTeamState(storage, team, roster)
  }

  /** Who asks, and for which team. */
  const enter = async (
    team: TeamId,
    token: string | undefined,
  ): Promise<Answer<{ readonly state: TeamState; readonly rights: Rights }>> => {
    if (stopping) return refuse(CLOSE.stopping, 'stopping')
    const state = await stateOf(team)
    if (!state) return refuse(CLOSE.notFound, 'unknown team')
    if (token === undefined) return refuse(CLOSE.badToken, 'no token')
    const rights = await deps.authenticate(token, state.roster)
    if (!rights.ok) reject(team, rights.reason)
    return rights.ok ? { ok: true, value: { state, rights: rights.value } } : rights
  }

  const enterAsMember = async (
    team: TeamId,
    token: string | undefined,
  ): Promise<Answer<{ readonly state: TeamState; readonly feed: FeedId }>> => {
    const entered = await enter(team, token)
    if (!entered.ok) return entered
    const { state, rights } = entered.value
    return rights.kind === 'member'
      ? { ok: true, value: { state, feed: rights.feed } }
      : refuse(CLOSE.notAllowed, 'not a member')
  }

  const connect = (visit: Visit, peer: Peer): Connection => {
    let session: Session | undefined
    let over = false
    let waitingBytes = 0
    const place = parseRoom(visit.room)

    const leave = (): void => {
      over = true
      if (place && session) removeSession(place.team, session)
    }
    const end = (code: CloseCode, reason: string): void => {
      if (over) return
      leave()
      metrics.add('closes_total', String(code))
      if (code !== CLOSE.stopping) {
        metrics.add('rejects_total', reason)
        log({
          event: 'close',
          code,
          reason,
          ...(place && { room: visit.room }),
          ...(session && { feed: session.feed }),
        })
      }
      peer.close(code, reason)
    }
    const enterRoom = async (): Promise<void> => {
      if (!place) return end(CLOSE.notFound, 'no such room')
      const entered = await enterAsMember(place.team, visit.token)
      if (over) return
      if (!entered.ok) return end(entered.code, entered.reason)
      const { state, feed } = entered.value
      if (place.segment !== undefined && place.segment > state.head.segment)
        return end(CLOSE.misplaced, 'segment is not open yet')
      session = {
        team: place.team,
        room: visit.room,
        peer,
        takesReceipts: visit.takesReceipts,
        feed,
        segment: place.segment,
        live: false,
        owed: new Map(),
        entryBucket: createTokenBucket(limits.entriesPerSecond, limits.entriesBurst, now),
        byteBucket: createTokenBucket(limits.bytesPerSecond, limits.bytesBurst, now),
        presenceBucket: createTokenBucket(limits.presencePerSecond, limits.presenceBurst, now),
        end,
      }
      const sessions = sessionsByTeam.get(place.team) ?? new Set()
      sessionsByTeam.set(place.team, sessions.add(session))
    }
    const handle = async (bytes: Uint8Array): Promise<void> => {
      const state = place && (await stateOf(place.team))
      if (over || !session || !state) return
      const frame = decodeFrame(bytes)
      if (!frame.ok) return end(CLOSE.badFrame, frame.fault)
      switch (frame.value.type) {
        case 'awareness':
          return passOn(session, bytes, frame.value.update.length)
        case 'queryAwareness':
          return passOn(session, bytes, bytes.length)
        case 'step1':
          return answerStep1(state, session, frame.value.vector)
        case 'update':
          return takeUpdate(state, session, frame.value.update)
        default:
          return end(CLOSE.badFrame, 'not for a relay')
      }
    }

    metrics.add('connections_total')
    let tail = enterRoom().catch((error: unknown) => fault(error))
    const fault = (error: unknown): void => {
      log({ event: 'fault', detail: error instanceof Error ? error.message : String(error) })
      end(CLOSE.storage, 'relay failed')
    }

    return {
      receive: (bytes) => {
        if (over) return
        waitingBytes += bytes.length
        if (bytes.length > limits.frameBytes) return end(CLOSE.tooLarge, 'frame too large')
        if (!session && waitingBytes > limits.unauthenticatedBytes)
          return end(CLOSE.badToken, 'too much before the token was judged')
        if (session && waitingBytes > limits.inboxBytes) return end(CLOSE.tooMany, 'too much at once')
        if (session && !session.byteBucket.take(bytes.length)) return end(CLOSE.tooMany, 'too many bytes')
        tail = tail
          .then(() => handle(bytes))
          .catch(fault)
          .then(() => {
            waitingBytes -= bytes.length
          })
      },
      leave,
    }
  }

  /** Presence goes to the others in the room as it came: ciphertext, kept nowhere. A single 0 is nobody's. */
  const passOn = (session: Session, frame: Uint8Array, bytes: number): void => {
    if (session.segment === undefined || (bytes === 1 && frame.length === HEARTBEAT_FRAME.length)) return
    if (bytes > limits.presenceBytes || !session.presenceBucket.take(1)) {
      metrics.add('presence_total', 'dropped')
      return
    }
    metrics.add('presence_total', 'passed on')
    for (const other of sessionsIn(session.team, session.segment))
      if (other !== session && other.live) send(other, frame)
  }

  const answerStep1 = async (state: TeamState, session: Session, vectorBytes: Uint8Array): Promise<void> => {
    const vector = decodeStateVector(vectorBytes)
    if (!vector.ok) return session.end(CLOSE.badFrame, `state vector: ${vector.fault}`)
    session.live = true
    // What was added between the summary and this socket was announced to others alone.
    if (session.takesReceipts) send(session, encodeRosterFrame(state.roster.head.length))
    if (session.segment === undefined) {
      const items = (await storage.roster(state.team)) as Bytes[]
      return send(
        session,
        encodeStep2(encodeUpdate(runsMissingFrom([{ feed: ROSTER_FEED, clock: 0, items }], vector.value))),
      )
    }
    const isOpen = session.segment === state.shown.segment
    const shown = isOpen
      ? state.shown
      : createShownSegment(session.segment, await readSegment(storage, state.team, session.segment))
    send(
      session,
      encodeStep2(
        vector.value.size === 0
          ? shown.whole()
          : encodeUpdate(runsMissingFrom([...shown.runs.values()], vector.value)),
      ),
    )
    if (!isOpen) return tellSealed(state, session)
    send(
      session,
      encodeStep1(
        encodeStateVector(new Map(Array.from(shown.runs, ([feed, { items }]) => [feed, items.length]))),
      ),
    )
  }

  const takeUpdate = async (state: TeamState, session: Session, update: Bytes): Promise<void> => {
    if (isEmptyUpdate(update)) return
    if (session.segment === undefined)
      return session.end(CLOSE.notAnAppend, 'the roster is not written through its room')
    const receivedAt = now()
    await state.serially(async () => {
      if (state.broken) return session.end(CLOSE.storage, 'storage failed')
      if (session.segment !== state.head.segment) {
        await state.published
        return tellSealed(state, session)
      }
      const verdict = await judgeUpdate(
        update,
        {
          roster: state.roster,
          headOf: state.headOf,
          countOf: (feed) => state.spans.get(feed)?.count ?? 0,
          stored: async (feed, seq) => {
            await state.published
            return (await storage.entries(state.team, feed, seq, 1))[0] as Bytes | undefined
          },
          room: {
            entries: limits.segmentEntries - state.head.entries,
            bytes: limits.segmentBytes - state.head.bytes,
          },
          empty: state.head.entries === 0,
        },
        verifier,
      )
      if (!verdict.ok) {
        if (verdict.fork) await storage.keepEvidence(state.team, verdict.fork)
        return session.end(verdict.code, verdict.reason)
      }
      const count = verdict.fresh.reduce((sum, { items }) => sum + items.length, 0)
      if (!session.entryBucket.take(count)) return session.end(CLOSE.tooMany, 'too many entries')
      if (count > 0 || verdict.full) admit(state, session, verdict.fresh, verdict.full, receivedAt)
      // Sent again, because the receipt got lost or somebody else was faster.
      for (const feed of verdict.known) {
        await state.published
        const { seq, hash } = await state.headOf(feed)
        oweReceipt(session, feed, seq, hash)
      }
    })
  }

  /** Moves the team on at once, and publishes when storage says that it is durable. */
  const admit = (
    state: TeamState,
    author: Session,
    fresh: readonly FreshRun[],
    full: boolean,
    receivedAt: number,
  ): void => {
    const { segment, version } = state.head
    const entries = fresh.flatMap(({ feed, items, head }) =>
      items.map((bytes, index) => ({ feed, seq: head.seq - items.length + 1 + index, bytes })),
    )
    const spans: Span[] = fresh.map(({ feed, items, head }) => {
      const known = state.spans.get(feed)
      return {
        feed,
        from: known?.from ?? head.seq - items.length + 1,
        count: (known?.count ?? 0) + items.length,
      }
    })
    const bytes = entries.reduce((sum, entry) => sum + entry.bytes.length, 0)
    const grown = { entries: state.head.entries + entries.length, bytes: state.head.bytes + bytes }
    const sealed = full || grown.entries >= limits.segmentEntries || grown.bytes >= limits.segmentBytes
    const head = sealed
      ? { version: version + 1, segment: segment + 1, entries: 0, bytes: 0 }
      : { version: version + 1, segment, ...grown }

    const stored = storage.append(state.team, { expectedVersion: version, segment, entries, spans, head })
    state.head = head
    for (const run of fresh) state.setHead(run.feed, run.head)
    if (sealed) state.spans = new Map()
    else for (const span of spans) state.spans.set(span.feed, span)

    state.published = state.published.then(async () => {
      try {
        if (!(await stored)) throw new Error('another relay has written to this team')
        metrics.add('flushes_total')
        metrics.add('flush_seconds_total', '', (now() - receivedAt) / 1000)
        metrics.add('appends_total', '', entries.length)
        metrics.add('append_bytes_total', '', bytes)
        await publish(state, author, fresh, sealed ? segment + 1 : undefined)
      } catch (error) {
        breakTeam(state, error)
      }
    })
  }

  const publish = async (
    state: TeamState,
    author: Session,
    fresh: readonly FreshRun[],
    next: number | undefined,
  ): Promise<void> => {
    state.shown.add(fresh)
    if (fresh.length > 0) {
      const frame = encodeUpdateFrame(encodeUpdate(fresh))
      for (const session of sessionsIn(state.team, author.segment)) {
        if (session !== author && session.live) send(session, frame)
      }
    }
    for (const { feed, head } of fresh) oweReceipt(author, feed, head.seq, head.hash)
    if (next === undefined) return
    for (const session of sessionsIn(state.team, author.segment)) await giveReceipts(session)
    state.shown = createShownSegment(next)
    metrics.add('seals_total')
    log({ event: 'seal', team: state.team, room: author.room })
    for (const session of sessionsIn(state.team, author.segment)) tellSealed(state, session)
  }

  /** One receipt speaks for all before it, so those of one flush become one. */
  const oweReceipt = (session: Session, feed: FeedId, seq: number, hash: Bytes): void => {
    if (!session.takesReceipts) return
    const isFirst = session.owed.size === 0
    session.owed.set(feed, { seq, hash })
    if (isFirst) setImmediate(() => void giveReceipts(session))
  }

  const giveReceipts = async (session: Session): Promise<void> => {
    const owed = [...session.owed]
    session.owed.clear()
    for (const [feed, { seq, hash }] of owed) {
      metrics.add('receipts_total')
      const receipt = await signReceipt({ team: session.team, feed, seq, hash, timeMs: now() }, signer)
      send(session, encodeReceiptFrame(encodeReceipt(receipt)))
    }
  }

  const tellSealed = (state: TeamState, session: Session): void => {
    const next = state.shown.segment
    if (session.takesReceipts) send(session, encodeSealedFrame(next))
    else send(session, encodeDenied(`sealed, next ${next}`))
  }

  /** Storage and memory disagree: everyone comes back later, to what is on disk. */
  const breakTeam = (state: TeamState, error: unknown): void => {
    state.broken = true
    teams.delete(state.team)
    log({ event: 'fault', team: state.team, detail: error instanceof Error ? error.message : String(error) })
    for (const session of [...(sessionsByTeam.get(state.team) ?? [])])
      session.end(CLOSE.storage, 'storage failed')
  }

  const createTeam = async (genesis: Bytes): Promise<Answer<TeamId>> => {
    if (stopping) return refuse(CLOSE.stopping, 'stopping')
    const { roster, fault } = await foldRoster([genesis], verifier)
    if (!roster) return reject(undefined, fault ?? 'no genesis')
    const { team } = roster
    if (await storage.createTeam(team, genesis)) {
      metrics.add('roster_operations_total')
      log({ event: 'team', team })
    }
    return { ok: true, value: team }
  }

  const appendRoster = async (
    team: TeamId,
    operation: Bytes,
    token: string | undefined,
  ): Promise<Answer<'stored' | 'conflict'>> => {
    const entered = await enter(team, token)
    if (!entered.ok) return entered
    const { state, rights } = entered.value
    const signed = decodeOperation(operation)
    if (!signed.ok) return reject(team, signed.fault)
    // A member may bring what others signed, to fill a relay again; a guest brings nothing but an entry of their own.
    if (rights.kind === 'guest') {
      if (signed.value.operation.kind !== 'join') return refuse(CLOSE.notAllowed, 'not a member')
      const fault = inviteFault(state.roster, signed.value.operation.invite, now())
      if (fault) return reject(team, fault)
    }
    return state.serially(async (): Promise<Answer<'stored' | 'conflict'>> => {
      const position = state.roster.head.length
      const { roster, fault } = await foldRoster([operation], verifier, state.roster)
      if (fault === 'stale') {
        const known = (await storage.roster(team))[signed.value.operation.index]
        return { ok: true, value: known && bytesEqual(known, operation) ? 'stored' : 'conflict' }
      }
      if (!roster || fault) return reject(team, fault ?? 'malformed')
      if (!(await storage.appendRoster(team, position, operation))) return { ok: true, value: 'conflict' }
      state.roster = roster
      metrics.add('roster_operations_total')
      log({ event: 'roster', team })
      announceRoster(state, position, operation)
      return { ok: true, value: 'stored' }
    })
  }

  const reject = (team: TeamId | undefined, reason: string): Refusal => {
    metrics.add('rejects_total', reason)
    log({ event: 'reject', reason, ...(team && { team }) })
    return refuse(CLOSE.badEntry, reason)
  }

  const announceRoster = (state: TeamState, position: number, operation: Bytes): void => {
    const update = encodeUpdateFrame(
      encodeUpdate([{ feed: ROSTER_FEED, clock: position, items: [operation] }]),
    )
    const notice = encodeRosterFrame(state.roster.head.length)
    for (const session of [...(sessionsByTeam.get(state.team) ?? [])]) {
      if (!roleOf(state.roster, session.feed)) session.end(CLOSE.notAllowed, 'removed')
      else if (session.segment === undefined && session.live) send(session, update)
      else if (session.takesReceipts) send(session, notice)
    }
  }

  const rosterFrom = async (
    team: TeamId,
    from: number,
    token: string | undefined,
  ): Promise<Answer<readonly Bytes[]>> => {
    const entered = await enter(team, token)
    return entered.ok ? { ok: true, value: ((await storage.roster(team)) as Bytes[]).slice(from) } : entered
  }

  const summary = async (team: TeamId, token: string | undefined): Promise<Answer<TeamSummary>> => {
    const entered = await enterAsMember(team, token)
    if (!entered.ok) return entered
    const { state, feed: asking } = entered.value
    await state.published
    const feeds = await Promise.all(
      [...state.roster.devices.keys()].map(async (feed) => ({ feed, head: await state.headOf(feed) })),
    )
    const own = feeds.find(({ feed, head }) => feed === asking && head.seq > 0)
    return {
      ok: true,
      value: {
        segment: state.shown.segment,
        disk: bytesToHex(await storage.secret('disk', () => randomBytes(16))),
        key: bytesToHex(signer.publicKey),
        rosterLength: state.roster.head.length,
        rosterHash: state.roster.head.hash,
        feeds: feeds
          .filter(({ head }) => head.seq > 0)
          .map(({ feed, head }) => ({ feed, seq: head.seq, hash: bytesToBase64url(head.hash) })),
        ...(own && {
          receipt: bytesToBase64url(
            encodeReceipt(
              await signReceipt(
                { team, feed: own.feed, seq: own.head.seq, hash: own.head.hash, timeMs: now() },
                signer,
              ),
            ),
          ),
        }),
      },
    }
  }

  const sealedSegment = async (
    team: TeamId,
    segment: number,
    token: string | undefined,
  ): Promise<Answer<Bytes>> => {
    const entered = await enterAsMember(team, token)
    if (!entered.ok) return entered
    if (segment >= entered.value.state.shown.segment) return refuse(CLOSE.notFound, 'segment is not sealed')
    return { ok: true, value: encodeUpdate(await readSegment(storage, team, segment)) }
  }

  const sessionsIn = (team: TeamId, segment: number | undefined): Session[] =>
    [...(sessionsByTeam.get(team) ?? [])].filter((session) => session.segment === segment)

  const removeSession = (team: TeamId, session: Session): void => {
    const sessions = sessionsByTeam.get(team)
    sessions?.delete(session)
    if (sessions?.size === 0) sessionsByTeam.delete(team)
  }

  /** A reader that does not keep up is let go; its state vector brings it back. */
  const send = (session: Session, frame: Uint8Array): void => {
    if (session.peer.bufferedBytes() > limits.bufferedBytes) {
      session.end(CLOSE.tooSlow, 'too slow')
      return
    }
    metrics.add('frames_sent_total')
    session.peer.send(frame)
  }

  const beat = (): void => {
    for (const sessions of sessionsByTeam.values())
      for (const session of sessions) send(session, HEARTBEAT_FRAME)
    for (const [team, { idleSince }] of teams)
      if (!sessionsByTeam.has(team) && now() - idleSince > limits.idleTeamMs) teams.delete(team)
  }

  const stop = async (): Promise<void> => {
    stopping = true
    for (const { state } of [...teams.values()]) {
      const loaded = await state.catch(() => undefined)
      await loaded?.serially(async () => loaded.published)
    }
    for (const sessions of [...sessionsByTeam.values()])
      for (const session of [...sessions]) {
        await giveReceipts(session)
        session.end(CLOSE.stopping, 'stopping')
      }
  }

  return {
    connect,
    createTeam,
    appendRoster,
    rosterFrom,
    summary,
    sealedSegment,
    beat,
    gauges: () => ({
      open_connections: [...sessionsByTeam.values()].reduce((sum, { size }) => sum + size, 0),
      loaded_teams: teams.size,
    }),
    stop,
  }
}

/** `<team>.roster` or `<team>.<n>`. */
const parseRoom = (
  room: string,
): { readonly team: TeamId; readonly segment: number | undefined } | undefined => {
  const [, team, name] = /^([0-9a-f]{32})\.(roster|0|[1-9]\d{0,14})$/.exec(room) ?? []
  if (!team || !name) return undefined
  return { team, segment: name === 'roster' ? undefined : Number(name) }
}

/** Nothing added, nothing deleted: how a client that lacks nothing answers. */
const isEmptyUpdate = (update: Uint8Array): boolean =>
  update.length === 2 && update[0] === 0 && update[1] === 0
