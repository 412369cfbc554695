/**
 * Tells a relay what the others over the same JetStream store, each thing once and in order. A doorbell on core NATS brings
 * every record, so that nobody has to ask; doorbells are not kept and may overtake each other, so who lacks one for too long
 * reads on from the stream.
 */
import type { Msg } from '@nats-io/transport-node'
import {
  type Bodies,
  decodeBell,
  decodeBodies,
  decodeNumbered,
  decodeRecord,
  encodeBell,
  type LogRecord,
  toBatch,
} from './record.ts'
import type { PeerListener, Peers } from './storage.ts'
import type { Streams } from './streams.ts'
import type { Subjects } from './subjects.ts'

export interface Followers {
  readonly follow: Peers['follow']
  /** This relay has stored a record: it is not told, the others are. */
  readonly stored: (team: string, stored: Stored) => void
  /** This relay has stored an operation of the roster. */
  readonly rosterGrew: (team: string, length: number) => void
  /** There is so much, told or not: looks, unless a doorbell brings it soon. */
  readonly expectMore: (
    team: string,
    seen: { readonly version?: number; readonly rosterLength?: number },
  ) => void
}

export interface FollowersDeps {
  readonly streams: Streams
  readonly subject: Subjects
  /** This relay's name among the others. */
  readonly self: string
  /** Where a team stands now; asked when somebody begins to follow it. */
  readonly position: (team: string) => Promise<{ readonly seq: number; readonly version: number }>
  readonly rosterLength: (team: string) => Promise<number>
  /** Another relay's record is about to be told. */
  readonly moved: (team: string, record: LogRecord, seq: number) => void
  readonly bodiesOf: (team: string, record: LogRecord) => Promise<Bodies | undefined>
}

interface Stored {
  readonly record: LogRecord
  readonly seq: number
  readonly bytes: Uint8Array
  readonly bodies: Uint8Array
}

interface Early {
  readonly record: LogRecord
  readonly seq: number
  readonly bodies: Bodies
}

interface Follower {
  readonly on: PeerListener
  /** Of the last record that was told, or stored by this relay itself. */
  seq: number
  version: number
  rosterLength: number
  /** Records whose predecessor was not told yet, by its version. */
  readonly early: Map<number, Early>
  /** There is so much at least, as somebody has seen. */
  readonly expected: { version: number; rosterLength: number }
  looking: Promise<void> | undefined
  lookDue: NodeJS.Timeout | undefined
}

const LOOK_EVERY_MS = 2_000
/** A doorbell is a millisecond or two behind what it tells. */
const LOOK_SOON_MS = 30
/** NATS takes 1 MB; a doorbell above this says only that there is something. */
const BELL_BYTES = 600_000
const NOTHING = new Uint8Array(0)

export const createFollowers = (deps: FollowersDeps): Followers => {
  const { streams, subject, self } = deps
  const { connection, last, next, all } = streams
  const followers = new Map<string, Set<Follower>>()

  const hearBell = (team: string, follower: Follower, data: Uint8Array): void => {
    const bell = decodeBell(data)
    if (bell.record.length === 0) return void look(team, follower)
    if (bell.seq >= follower.seq) follower.on.rang(bell.relay)
    if (bell.seq <= follower.seq) return
    const record = decodeRecord(bell.record)
    follower.early.set(record.expectedVersion, { record, seq: bell.seq, bodies: decodeBodies(bell.bodies) })
    tellEarly(team, follower)
    if (follower.early.size > 0) lookSoon(team, follower)
  }

  const tellEarly = (team: string, follower: Follower): void => {
    const { early } = follower
    for (let due = early.get(follower.version); due; due = early.get(follower.version))
      tell(team, follower, due.record, due.seq, due.bodies)
    for (const version of early.keys()) if (version < follower.version) early.delete(version)
  }

  const tell = (
    team: string,
    follower: Follower,
    record: LogRecord,
    seq: number,
    bodies: Bodies | undefined,
  ): void => {
    follower.seq = seq
    follower.version = record.head.version
    deps.moved(team, record, seq)
    follower.on.appended(toBatch(record, bodies))
  }

  const lookSoon = (team: string, follower: Follower): void => {
    follower.lookDue ??= setTimeout(() => {
      follower.lookDue = undefined
      // Most of the time a doorbell has brought it by now.
      if (follower.early.size > 0 || isBehind(follower)) void look(team, follower)
    }, LOOK_SOON_MS)
  }

  const isBehind = ({ version, rosterLength, expected }: Follower): boolean =>
    version < expected.version || rosterLength < expected.rosterLength

  const look = (team: string, follower: Follower): Promise<void> => {
    follower.looking ??= Promise.all([lookForRecords(team, follower), lookForOperations(team, follower)])
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        follower.looking = undefined
      })
    return follower.looking
  }

  /** Reads on from where the follower stands, as long as no doorbell was faster. */
  const lookForRecords = async (team: string, follower: Follower): Promise<void> => {
    for (;;) {
      const message = await next('log', subject.log(team, '*'), follower.seq + 1)
      if (!message) return
      const record = decodeRecord(message.data)
      // At its place there was one already.
      if (record.expectedVersion < follower.version) {
        follower.seq = message.seq
        continue
      }
      const bodies = await deps.bodiesOf(team, record)
      if (record.expectedVersion === follower.version) tell(team, follower, record, message.seq, bodies)
      tellEarly(team, follower)
      // A record that does not follow on what was told: whoever listens notices, and starts afresh.
      if (message.seq > follower.seq) return follower.on.lost()
    }
  }

  const lookForOperations = async (team: string, follower: Follower): Promise<void> => {
    const newest = await last('log', subject.roster(team))
    if (!newest || decodeNumbered(newest.data).number < follower.rosterLength) return
    for (const { data } of await all('log', subject.roster(team))) {
      const { number: position, bytes } = decodeNumbered(data)
      if (position < follower.rosterLength) continue
      follower.rosterLength = position + 1
      follower.on.rosterGrew(position, bytes)
    }
  }

  const follow: Peers['follow'] = async (team, on) => {
    const follower: Follower = {
      on,
      ...(await deps.position(team)),
      rosterLength: await deps.rosterLength(team),
      early: new Map(),
      expected: { version: 0, rosterLength: 0 },
      looking: undefined,
      lookDue: undefined,
    }
    const listening = followers.get(team) ?? new Set()
    followers.set(team, listening.add(follower))
    // What throws in a callback would end the connection, and with it every team's.
    const subscribe = (name: string, hear: (message: Msg) => void) =>
      connection.subscribe(name, {
        callback: (error, message) => {
          try {
            if (!error) hear(message)
          } catch {
            on.lost()
          }
        },
      })
    const subscriptions = [
      subscribe(subject.bell(team), ({ data }) => hearBell(team, follower, data)),
      subscribe(subject.presence(team), ({ data }) => {
        const { number, bytes } = decodeNumbered(data)
        on.presence(number, bytes)
      }),
      subscribe(subject.question(team, self), (message) => {
        on.asked(message.data).then((answer) => message.respond(answer), on.lost)
      }),
    ]
    const timer = setInterval(() => void look(team, follower), LOOK_EVERY_MS)
    return () => {
      clearInterval(timer)
      clearTimeout(follower.lookDue)
      for (const subscription of subscriptions) subscription.unsubscribe()
      listening.delete(follower)
      if (listening.size === 0) followers.delete(team)
    }
  }

  return {
    follow,

    stored: (team, { record, seq, bytes, bodies }) => {
      for (const follower of followers.get(team) ?? []) {
        follower.version = record.head.version
        follower.seq = seq
        tellEarly(team, follower)
      }
      const told =
        bytes.length + bodies.length <= BELL_BYTES
          ? { record: bytes, bodies }
          : { record: NOTHING, bodies: NOTHING }
      connection.publish(subject.bell(team), encodeBell({ relay: self, seq, ...told }))
    },

    rosterGrew: (team, length) => {
      for (const follower of followers.get(team) ?? []) follower.rosterLength = length
      connection.publish(
        subject.bell(team),
        encodeBell({ relay: self, seq: 0, record: NOTHING, bodies: NOTHING }),
      )
    },

    expectMore: (team, { version, rosterLength }) => {
      for (const follower of followers.get(team) ?? []) {
        const { expected } = follower
        expected.version = Math.max(expected.version, version ?? 0)
        expected.rosterLength = Math.max(expected.rosterLength, rosterLength ?? 0)
        if (isBehind(follower)) lookSoon(team, follower)
      }
    },
  }
}
