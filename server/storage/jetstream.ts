/**
 * The storage port on NATS JetStream, for any number of relays at once. The stream `log` may neither be deleted from nor
 * purged: it holds rosters and, append by append, entries' headers and signatures. `bodies` holds what an erase takes
 * away. An append counts once its record is in `log`; the expected last sequence of its subject, one a segment, makes one
 * order of all relays' appends. What is in memory here is a cache of that.
 */
import { createHash, randomUUID } from 'node:crypto'
import {
  type Bodies,
  decodeBell,
  decodeBodies,
  decodeNumbered,
  decodeRecord,
  encodeBell,
  encodeBodies,
  encodeNumbered,
  encodeRecord,
  type LogRecord,
  type Tails,
  toBatch,
  toBodies,
  toRecord,
  toRuns,
} from './record.ts'
import {
  type AppendBatch,
  EMPTY_HEAD,
  type PeerListener,
  type Peers,
  type RelayStorage,
  type SegmentRun,
  type TeamHead,
} from './storage.ts'
import { openStreams, type StreamOptions } from './streams.ts'

/** Doorbells are not stored and can be missed. */
const LOOK_EVERY_MS = 2_000
/** How long another relay is waited for. */
const ASK_MS = 2_000
/** NATS takes 1 MB; a doorbell above this says only that there is something. */
const BELL_BYTES = 600_000
const NOTHING = new Uint8Array(0)

/** Where a team's next append goes. */
interface Cursor {
  readonly head: TeamHead
  /** Sequence of the last record in the open segment; 0 for none. */
  readonly lastSeq: number
  readonly tails: Tails
}

const START: Cursor = { head: EMPTY_HEAD, lastSeq: 0, tails: new Map() }

interface Follower {
  readonly on: PeerListener
  /** What was told, or stored by this relay itself. */
  seq: number
  version: number
  rosterLength: number
  looking: Promise<void> | undefined
}

export const openJetStreamStorage = async (
  options: Omit<StreamOptions, 'prefix'> & { readonly prefix?: string },
): Promise<RelayStorage> => {
  const prefix = options.prefix ?? 'daybook'
  const streams = await openStreams({ ...options, prefix })
  const { connection, write, writeAfter, last, next, all } = streams
  const cursors = new Map<string, Cursor>()
  const followers = new Map<string, Set<Follower>>()
  const subject = createSubjects(prefix)
  const self = randomUUID()

  /** Undefined where there is something already. */
  const writeFirst = (name: string, data: Uint8Array): Promise<number | undefined> =>
    writeAfter(name, data, { after: 0, id: hashOf(name) })

  // Reading

  const recordsOf = async (team: string, segment: number) =>
    (await all('log', subject.log(team, segment))).map(({ seq, data }) => ({
      seq,
      record: decodeRecord(data),
    }))

  const bodiesOf = async (team: string, segment: number): Promise<Map<number, Bodies>> => {
    const found = new Map<number, Bodies>()
    for (const { seq, data } of await all('bodies', subject.bodies(team, segment))) {
      const bodies = decodeBodies(data)
      found.set(bodies.of || seq, bodies)
    }
    return found
  }

  const runsOf = async (team: string, segment: number): Promise<readonly SegmentRun[]> => {
    const records = await recordsOf(team, segment)
    return records.length === 0
      ? []
      : toRuns(
          records.map(({ record }) => record),
          await bodiesOf(team, segment),
        )
  }

  const rosterLength = async (team: string): Promise<number> => {
    const newest = await last('log', subject.roster(team))
    return newest ? decodeNumbered(newest.data).number + 1 : 0
  }

  /** One question where nothing has changed. */
  const currentCursor = async (team: string): Promise<Cursor> => {
    const known = cursors.get(team)
    if (known) {
      const newest = await last('log', subject.log(team, known.head.segment))
      if ((newest?.seq ?? 0) === known.lastSeq) return known
    }
    return (await readCursor(team)).cursor
  }

  /** From the newest segment that has a record. */
  const readCursor = async (team: string) => {
    const newest = await last('log', subject.log(team, '*'))
    let cursor = START
    let records: Awaited<ReturnType<typeof recordsOf>> = []
    if (newest) {
      records = await recordsOf(team, decodeRecord(newest.data).segment)
      for (const { seq, record } of records) cursor = moveOn(cursor, record, seq)
    }
    cursors.set(team, cursor)
    return { cursor, records }
  }

  const stretchBefore = async (team: string, segment: number): Promise<Tails> => {
    const first = await next('log', subject.log(team, segment), 1)
    return first ? decodeRecord(first.data).tails : new Map()
  }

  /** By halving: each segment's first record says where every feed stood before it. */
  const segmentOf = async (team: string, feed: number, seq: number): Promise<number | undefined> => {
    const tail = (await currentCursor(team)).tails.get(feed)
    if (!tail || seq > tail.seq) return undefined
    let [low, high] = [0, tail.segment]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const before = (await stretchBefore(team, middle)).get(feed)?.seq ?? 0
      if (before < seq) low = middle
      else high = middle - 1
    }
    return low
  }

  const entry: RelayStorage['entry'] = async (team, feed, seq) => {
    const segment = await segmentOf(team, feed, seq)
    if (segment === undefined) return undefined
    const run = (await runsOf(team, segment)).find((found) => found.feed === feed)
    return run?.items[seq - run.from]
  }

  // Writing

  const append = async (team: string, batch: AppendBatch): Promise<boolean> => {
    const known = cursors.get(team)
    const cursor = known?.head.version === batch.expectedVersion ? known : await currentCursor(team)
    if (cursor.head.version !== batch.expectedVersion) return tooLate(team)

    const bodies = toBodies(batch)
    const bodiesBytes = encodeBodies(bodies)
    const bodiesSeq =
      bodies.items.length > 0 ? await write(subject.bodies(team, batch.segment), bodiesBytes) : 0
    for (const { feed, seq, hash } of batch.awaited) await writeFirst(subject.awaited(team, feed, seq), hash)
    const record = toRecord(batch, bodiesSeq, cursor.lastSeq === 0 ? cursor.tails : new Map())
    const bytes = encodeRecord(record)
    const seq = await writeAfter(subject.log(team, batch.segment), bytes, {
      after: cursor.lastSeq,
      id: `${team}.log.${record.head.version}`,
    })
    if (seq === undefined) {
      cursors.delete(team)
      if (bodiesSeq) await streams.erase('bodies', bodiesSeq)
      return tooLate(team)
    }
    cursors.set(team, moveOn(cursor, record, seq))
    for (const follower of followers.get(team) ?? []) {
      follower.version = record.head.version
      follower.seq = Math.max(follower.seq, seq)
    }
    await eraseBodies(team, record)
    ring(team, seq, bytes, bodiesBytes)
    return true
  }

  const tooLate = (team: string): false => {
    for (const follower of followers.get(team) ?? []) void look(team, follower)
    return false
  }

  /** An erase that is stored is carried out, if need be by another relay: doing it again changes nothing. */
  const eraseBodies = async (team: string, { erased }: LogRecord): Promise<void> => {
    for (const { feed, seq } of erased) {
      const segment = await segmentOf(team, feed, seq)
      if (segment !== undefined) while (!(await eraseBody(team, segment, feed, seq)));
    }
  }

  /** Puts the message's other bodies in a new one and overwrites the old. False where another relay wrote meanwhile. */
  const eraseBody = async (team: string, segment: number, feed: number, seq: number): Promise<boolean> => {
    const isIt = (item: { readonly feed: number; readonly seq: number }) =>
      item.feed === feed && item.seq === seq
    const messages = await all('bodies', subject.bodies(team, segment))
    for (const { seq: old, data } of messages) {
      const { of, items } = decodeBodies(data)
      if (!items.some(isIt)) continue
      const rest = { of: of || old, items: items.filter((item) => !isIt(item)) }
      const newest = messages.at(-1)?.seq ?? 0
      const replaced = await writeAfter(subject.bodies(team, segment), encodeBodies(rest), {
        after: newest,
        id: `${team}.erase.${newest}`,
      })
      if (replaced === undefined) return false
      await streams.erase('bodies', old)
      return eraseBody(team, segment, feed, seq)
    }
    return true
  }

  // Other relays

  /** The doorbell brings what was stored, so that nobody has to ask. Who misses one looks. */
  const ring = (team: string, seq: number, record: Uint8Array, bodies: Uint8Array): void => {
    const fits = record.length + bodies.length <= BELL_BYTES
    const told = fits ? { record, bodies } : { record: NOTHING, bodies: NOTHING }
    connection.publish(subject.bell(team), encodeBell({ relay: self, seq, ...told }))
  }

  const hearBell = (team: string, follower: Follower, data: Uint8Array): void => {
    const bell = decodeBell(data)
    if (bell.record.length > 0 && bell.seq >= follower.seq) follower.on.rang(bell.relay)
    if (bell.seq <= follower.seq) return
    const record = bell.record.length > 0 && !follower.looking ? decodeRecord(bell.record) : undefined
    if (record?.expectedVersion === follower.version)
      tell(team, follower, record, bell.seq, decodeBodies(bell.bodies))
    else void look(team, follower)
  }

  const tell = (
    team: string,
    follower: Follower,
    record: LogRecord,
    seq: number,
    bodies: Bodies | undefined,
  ): void => {
    follower.seq = Math.max(follower.seq, seq)
    follower.version = record.head.version
    const cursor = cursors.get(team)
    if (cursor?.head.version === record.expectedVersion) cursors.set(team, moveOn(cursor, record, seq))
    follower.on.appended(toBatch(record, bodies))
  }

  const look = (team: string, follower: Follower): Promise<void> => {
    follower.looking ??= lookOn(team, follower)
      .catch(() => undefined)
      .finally(() => {
        follower.looking = undefined
      })
    return follower.looking
  }

  /** Reads on from where the follower stands. */
  const lookOn = async (team: string, follower: Follower): Promise<void> => {
    for (let from = follower.seq + 1; ; ) {
      const message = await next('log', subject.team(team), from)
      if (!message) return
      from = message.seq + 1
      const [kind] = message.subject.slice(subject.team(team).length - 1).split('.')
      if (kind === 'log') {
        const record = decodeRecord(message.data)
        const bodies = record.bodiesSeq
          ? (await bodiesOf(team, record.segment)).get(record.bodiesSeq)
          : undefined
        if (record.head.version > follower.version) tell(team, follower, record, message.seq, bodies)
      }
      if (kind === 'roster') {
        const { number: position, bytes } = decodeNumbered(message.data)
        if (position >= follower.rosterLength) {
          follower.rosterLength = position + 1
          follower.on.rosterGrew(position, bytes)
        }
      }
      follower.seq = Math.max(follower.seq, message.seq)
    }
  }

  const follow: Peers['follow'] = async (team, on) => {
    const newest = await last('log', subject.team(team))
    const follower: Follower = {
      on,
      seq: newest?.seq ?? 0,
      version: (await currentCursor(team)).head.version,
      rosterLength: await rosterLength(team),
      looking: undefined,
    }
    const listening = followers.get(team) ?? new Set()
    followers.set(team, listening.add(follower))
    const bells = connection.subscribe(subject.bell(team), {
      callback: (error, { data }) => {
        if (!error) hearBell(team, follower, data)
      },
    })
    const presence = connection.subscribe(subject.presence(team), {
      callback: (error, { data }) => {
        const { number, bytes } = decodeNumbered(data)
        if (!error) on.presence(number, bytes)
      },
    })
    const questions = connection.subscribe(subject.question(team, self), {
      callback: (error, message) => {
        if (!error) void on.asked(message.data).then((answer) => message.respond(answer))
      },
    })
    const timer = setInterval(() => void look(team, follower), LOOK_EVERY_MS)
    return () => {
      clearInterval(timer)
      questions.unsubscribe()
      bells.unsubscribe()
      presence.unsubscribe()
      listening.delete(follower)
      if (listening.size > 0) return
      followers.delete(team)
      cursors.delete(team)
    }
  }

  return {
    createTeam: async (team, genesis) =>
      (await writeFirst(subject.roster(team), encodeNumbered(0, genesis))) !== undefined,

    roster: async (team) =>
      (await all('log', subject.roster(team))).map(({ data }) => decodeNumbered(data).bytes),

    appendRoster: async (team, position, operation) => {
      const newest = await last('log', subject.roster(team))
      if (!newest || decodeNumbered(newest.data).number !== position - 1) return tooLate(team)
      const seq = await writeAfter(subject.roster(team), encodeNumbered(position, operation), {
        after: newest.seq,
        id: `${team}.roster.${position}`,
      })
      if (seq === undefined) return tooLate(team)
      ring(team, seq, NOTHING, NOTHING)
      return true
    },

    append,

    openSegment: async (team) => {
      for (;;) {
        const { cursor, records } = await readCursor(team)
        const { head } = cursor
        for (const { record } of records) await eraseBodies(team, record)
        const open = records.filter(({ record }) => record.segment === head.segment)
        const runs = toRuns(
          open.map(({ record }) => record),
          open.length > 0 ? await bodiesOf(team, head.segment) : new Map(),
        )
        if ((await currentCursor(team)).head.version === head.version) return { head, runs }
      }
    },

    segment: runsOf,
    entry,

    lastEntry: async (team, feed) => {
      const tail = (cursors.get(team) ?? (await currentCursor(team))).tails.get(feed)
      const runs = tail ? await runsOf(team, tail.segment) : []
      return runs.find((run) => run.feed === feed)?.items.at(-1)
    },

    awaitedErasures: async (team) =>
      (await all('log', subject.awaited(team, '*', '*'))).map(({ subject: name, data }) => ({
        ...placeIn(name),
        hash: new Uint8Array(data),
      })),

    keepEvidence: async (team, { feed, seq, bytes }) => {
      await writeFirst(subject.fork(team, feed, seq), bytes)
    },

    evidence: async (team) =>
      (await all('log', subject.fork(team, '*', '*')))
        .map(({ subject: name, data }) => ({ ...placeIn(name), bytes: new Uint8Array(data) }))
        .sort((a, b) => a.feed - b.feed || a.seq - b.seq),

    secret: async (name, create) => {
      const known = await last('log', subject.secret(name))
      if (!known) await writeFirst(subject.secret(name), create())
      return new Uint8Array((known ?? (await last('log', subject.secret(name))))?.data ?? NOTHING)
    },

    // Refused, because nothing is there. That a majority refuses it is what was asked.
    checkWritable: async () => {
      if ((await writeAfter(subject.secret('probe'), NOTHING, { after: 1, id: randomUUID() })) !== undefined)
        throw new Error('"probe" was stored')
    },

    close: () => connection.drain(),

    peers: {
      follow,
      position: async (team) => {
        const [{ head }, length] = await Promise.all([currentCursor(team), rosterLength(team)])
        for (const follower of followers.get(team) ?? [])
          if (follower.version < head.version || follower.rosterLength < length) void look(team, follower)
        return { version: head.version, rosterLength: length }
      },
      passOn: (team, segment, frame) =>
        connection.publish(subject.presence(team), encodeNumbered(segment, frame)),
      ask: async (team, relay, question) =>
        (await connection.request(subject.question(team, relay), question, { timeout: ASK_MS })).data,
      claim: async (id) => (await writeFirst(subject.token(id), NOTHING)) !== undefined,
    },
  }
}

const moveOn = (cursor: Cursor, record: LogRecord, seq: number): Cursor => {
  const tails = new Map(cursor.tails.size > 0 ? cursor.tails : record.tails)
  for (const { feed, seq } of record.headers) tails.set(feed, { seq, segment: record.segment })
  return { head: record.head, lastSeq: record.head.segment === record.segment ? seq : 0, tails }
}

type Star = '*'

const createSubjects = (prefix: string) => ({
  team: (team: string) => `${prefix}.team.${team}.>`,
  roster: (team: string) => `${prefix}.team.${team}.roster`,
  log: (team: string, segment: number | Star) => `${prefix}.team.${team}.log.${segment}`,
  fork: (team: string, feed: number | Star, seq: number | Star) =>
    `${prefix}.team.${team}.fork.${feed}.${seq}`,
  awaited: (team: string, feed: number | Star, seq: number | Star) =>
    `${prefix}.team.${team}.awaited.${feed}.${seq}`,
  secret: (name: string) => `${prefix}.secret.${hashOf(name)}`,
  bodies: (team: string, segment: number) => `${prefix}.body.${team}.${segment}`,
  token: (id: string) => `${prefix}.token.${hashOf(id)}`,
  bell: (team: string) => `${prefix}.bell.${team}`,
  question: (team: string, relay: string) => `${prefix}.question.${team}.${relay}`,
  presence: (team: string) => `${prefix}.presence.${team}`,
})

/** What stands last in a subject. */
const placeIn = (subject: string): { readonly feed: number; readonly seq: number } => {
  const [feed = 0, seq = 0] = subject.split('.').slice(-2).map(Number)
  return { feed, seq }
}

/** A name of any characters as one word of a subject. */
const hashOf = (name: string): string => createHash('sha256').update(name).digest('hex')
