/**
 * One socket in one room: who it is, what it may send, what it is owed. A frame that is not the protocol ends this
 * socket with a numbered code and a reason, and nothing else. Knows no storage.
 */
import type { Bytes } from '../lib/log/bytes.ts'
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
  HEAD_ROOM,
  HEARTBEAT_FRAME,
} from '../lib/log/frames.ts'
import { decodeStateVector, type StateVector } from '../lib/log/yjs-update.ts'
import type { Attendee, Stored } from './attendee.ts'
import type { Refusal } from './guard.ts'
import { createTokenBucket, type Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Team } from './team.ts'

/** A socket, as the relay sees it. */
export interface Peer {
  /** In one go. */
  readonly send: (...frames: readonly Uint8Array[]) => void
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

export interface Session extends Connection {
  readonly enteredAt: number
  /** Its token was judged, and was good. */
  readonly isIn: () => boolean
  readonly bufferedBytes: () => number
  readonly beat: () => void
  readonly end: (code: CloseCode, reason: string) => void
  readonly giveReceipts: () => Promise<void>
}

export interface Room {
  readonly team: TeamId
  /** Undefined for the roster's; `head` for the segment that is open when somebody comes. */
  readonly segment: number | typeof HEAD_ROOM | undefined
}

export interface SessionDeps {
  readonly room: Room | undefined
  readonly enter: (
    room: Room,
    token: string | undefined,
  ) => Promise<{ readonly ok: true; readonly team: Team; readonly feed: FeedId } | Refusal>
  /** What a member is told first who comes to the head, whichever segment that is: as a frame. */
  readonly welcome: (
    team: Team,
    feed: FeedId,
  ) => Promise<{ readonly segment: number; readonly frame: Uint8Array }>
  /** What a newcomer to a room that is not the open segment gets, as a frame. */
  readonly answerFromStorage: (team: Team, segment: number | undefined, vector: StateVector) => Promise<Bytes>
  readonly now: () => number
  readonly limits: Limits
  readonly metrics: Metrics
  readonly ended: (session: Session, code: CloseCode, reason: string, feed: FeedId | undefined) => void
  readonly left: (session: Session) => void
  readonly fault: (error: unknown) => void
}

export const createSession = (visit: Visit, peer: Peer, deps: SessionDeps): Session => {
  const { room, limits, metrics, now } = deps
  const inbox: Uint8Array[] = []
  const owed = new Map<FeedId, Stored>()
  const presence = createTokenBucket(limits.presencePerSecond, limits.presenceBurst, now)
  let place: { readonly team: Team; readonly attendee: Attendee; readonly leave: () => void } | undefined
  let isOver = false
  let isLive = false
  let isPumping = true
  let waitingBytes = 0

  const leave = (): void => {
    if (isOver) return
    isOver = true
    inbox.length = 0
    place?.leave()
    deps.left(session)
  }

  const end = (code: CloseCode, reason: string): void => {
    if (isOver) return
    const feed = place?.attendee.feed
    leave()
    deps.ended(session, code, reason, feed)
    peer.close(code, reason)
  }

  const fault = (error: unknown): void => {
    deps.fault(error)
    end(CLOSE.storage, 'relay failed')
  }

  /** A reader that does not keep up is let go; its state vector brings it back. */
  const send = (...frames: readonly Uint8Array[]): void => {
    if (isOver) return
    if (peer.bufferedBytes() > limits.bufferedBytes) {
      end(CLOSE.tooSlow, 'too slow')
      return
    }
    metrics.add('frames_sent_total', '', frames.length)
    peer.send(...frames)
  }

  const enter = async (): Promise<void> => {
    if (!room) return end(CLOSE.notFound, 'no such room')
    const entered = await deps.enter(room, visit.token)
    if (isOver) return
    if (!entered.ok) return end(entered.code, entered.reason)
    const { team, feed } = entered
    const isForHead = room.segment === HEAD_ROOM
    const welcome = isForHead && visit.takesReceipts ? await deps.welcome(team, feed) : undefined
    if (isOver) return
    const open = team.head().segment
    const segment = room.segment === HEAD_ROOM ? (welcome?.segment ?? open) : room.segment
    if (segment !== undefined && segment > open) return end(CLOSE.misplaced, 'segment is not open yet')
    const attendee: Attendee = {
      feed,
      segment,
      takesReceipts: visit.takesReceipts,
      isLive: () => isLive,
      send,
      owe,
      giveReceipts,
      tellSealed,
      end,
    }
    place = { team, attendee, leave: team.admit(attendee) }
    if (welcome) send(welcome.frame)
    await pump(place)
  }

  const receive = (frame: Uint8Array): void => {
    if (isOver) return
    waitingBytes += frame.length
    const excess = excessOf(frame.length)
    if (excess) {
      end(...excess)
      return
    }
    inbox.push(frame)
    if (place && !isPumping) pump(place).catch(fault)
  }

  const excessOf = (bytes: number): readonly [CloseCode, string] | undefined => {
    if (bytes > limits.frameBytes) return [CLOSE.tooLarge, 'frame too large']
    if (!place && waitingBytes > limits.unauthenticatedBytes)
      return [CLOSE.badToken, 'too much before the token was judged']
    if (waitingBytes > limits.inboxBytes) return [CLOSE.tooMany, 'too much at once']
    return place && !place.team.takeBytes(place.attendee.feed, bytes)
      ? [CLOSE.tooMany, 'too many bytes']
      : undefined
  }

  /** Frames one after the other. Updates are handed over without waiting, so that those of one turn are judged together. */
  const pump = async ({ team, attendee }: NonNullable<typeof place>): Promise<void> => {
    isPumping = true
    for (let frame = inbox.shift(); frame && !isOver; frame = inbox.shift()) {
      const { length } = frame
      const handled = (): void => {
        waitingBytes -= length
      }
      const decoded = decodeFrame(frame)
      if (!decoded.ok) return end(CLOSE.badFrame, decoded.fault)
      switch (decoded.value.type) {
        case 'update':
          takeUpdate(team, attendee, decoded.value.update, handled)
          break
        case 'step1':
          await answerStep1(team, attendee, decoded.value.vector)
          handled()
          break
        case 'awareness':
          passOn(team, attendee, frame, decoded.value.update.length)
          handled()
          break
        case 'queryAwareness':
          passOn(team, attendee, frame, frame.length)
          handled()
          break
        default:
          return end(CLOSE.badFrame, 'not for a relay')
      }
    }
    isPumping = false
  }

  const takeUpdate = (team: Team, attendee: Attendee, update: Bytes, handled: () => void): void => {
    if (isEmptyUpdate(update)) handled()
    else if (attendee.segment === undefined)
      end(CLOSE.notAnAppend, 'the roster is not written through its room')
    else team.submit(attendee, update, handled)
  }

  const answerStep1 = async (team: Team, { segment }: Attendee, bytes: Uint8Array): Promise<void> => {
    const vector = decodeStateVector(bytes)
    if (!vector.ok) return end(CLOSE.badFrame, `state vector: ${vector.fault}`)
    isLive = true
    // What was added between the summary and this socket was announced to others alone.
    const roster = visit.takesReceipts ? [encodeRosterFrame(team.roster().head.length)] : []
    const open = team.open()
    if (segment === open.number) return send(...roster, open.answer(vector.value), encodeStep1(open.vector()))
    send(...roster, await deps.answerFromStorage(team, segment, vector.value))
    if (segment !== undefined) tellSealed(team.open().number)
  }

  /** Presence goes to the others in the room as it came: ciphertext, kept nowhere. A single 0 is nobody's. */
  const passOn = (team: Team, attendee: Attendee, frame: Uint8Array, bytes: number): void => {
    if (attendee.segment === undefined || (bytes === 1 && frame.length === HEARTBEAT_FRAME.length)) return
    if (bytes > limits.presenceBytes || !presence.take(1)) {
      metrics.add('presence_total', 'dropped')
      return
    }
    metrics.add('presence_total', 'passed on')
    team.passOn(attendee.segment, frame, attendee)
  }

  /** One receipt speaks for all before it, so those of one turn become one. */
  const owe = (feed: FeedId, entry: Stored): void => {
    if (!visit.takesReceipts || isOver) return
    const isFirst = owed.size === 0
    owed.set(feed, entry)
    if (isFirst) setImmediate(() => void giveReceipts().catch(fault))
  }

  const giveReceipts = async (): Promise<void> => {
    if (!place) return
    const due = [...owed]
    owed.clear()
    for (const [feed, entry] of due) {
      metrics.add('receipts_total')
      send(encodeReceiptFrame(await place.team.receipt(feed, entry)))
    }
  }

  const tellSealed = (next: number): void =>
    send(visit.takesReceipts ? encodeSealedFrame(next) : encodeDenied(`sealed, next ${next}`))

  const session: Session = {
    enteredAt: now(),
    isIn: () => place !== undefined,
    bufferedBytes: peer.bufferedBytes,
    beat: () => {
      if (place) send(HEARTBEAT_FRAME)
    },
    receive,
    leave,
    end,
    giveReceipts,
  }
  // Not before the caller has the session.
  queueMicrotask(() => enter().catch(fault))
  return session
}

/** Nothing added, nothing deleted: how a client that lacks nothing answers. */
const isEmptyUpdate = (update: Uint8Array): boolean =>
  update.length === 2 && update[0] === 0 && update[1] === 0
