/** Reads a team's log from JetStream: where its next append goes, what a segment holds, in which segment an entry is. */
import {
  type Bodies,
  decodeBodies,
  decodeNumbered,
  decodeRecord,
  type LogRecord,
  type Tails,
  toRuns,
} from './record.ts'
import { EMPTY_HEAD, type SegmentRun, type TeamHead } from './storage.ts'
import type { Streams } from './streams.ts'
import type { Subjects } from './subjects.ts'

/** Where a team's next append goes. */
export interface Cursor {
  readonly head: TeamHead
  /** Sequence of the last record in the open segment; 0 for none. */
  readonly lastSeq: number
  readonly tails: Tails
}

export interface LogReader {
  /** As it was last seen; undefined where it was not. */
  readonly knownCursor: (team: string) => Cursor | undefined
  readonly currentCursor: (team: string) => Promise<Cursor>
  /** A record was stored, here or elsewhere. */
  readonly moveOn: (team: string, record: LogRecord, seq: number) => void
  readonly forget: (team: string) => void
  readonly newestRecord: (
    team: string,
  ) => Promise<{ readonly seq: number; readonly record: LogRecord } | undefined>
  readonly rosterLength: (team: string) => Promise<number>
  readonly bodiesOf: (team: string, record: LogRecord) => Promise<Bodies | undefined>
  /** The open segment: its records, and what they hold, of one moment. */
  readonly openSegment: (team: string) => Promise<{
    readonly head: TeamHead
    readonly runs: readonly SegmentRun[]
    readonly records: readonly LogRecord[]
  }>
  readonly runsOf: (team: string, segment: number) => Promise<readonly SegmentRun[]>
  readonly segmentOf: (team: string, feed: number, seq: number) => Promise<number | undefined>
}

const START: Cursor = { head: EMPTY_HEAD, lastSeq: 0, tails: new Map() }

export const createLogReader = ({ last, next, all, at }: Streams, subject: Subjects): LogReader => {
  const cursors = new Map<string, Cursor>()

  /** Each record that counts, and where the cursor is behind the last message. */
  const readOn = async (team: string, segment: number, from: Cursor) => {
    const records: LogRecord[] = []
    let cursor = from
    for (const { seq, data } of await all('log', subject.log(team, segment))) {
      const record = decodeRecord(data)
      if (follows(cursor, record)) records.push(record)
      cursor = moveCursor(cursor, record, seq)
    }
    return { cursor, records }
  }

  const bodiesIn = async (team: string, segment: number): Promise<Map<number, Bodies>> => {
    const found = new Map<number, Bodies>()
    for (const { seq, data } of await all('bodies', subject.bodies(team, segment))) {
      const bodies = decodeBodies(data)
      found.set(bodies.of || seq, bodies)
    }
    return found
  }

  const runsOf: LogReader['runsOf'] = async (team, segment) => {
    const { records } = await readOn(team, segment, START)
    return records.length === 0 ? [] : toRuns(records, await bodiesIn(team, segment))
  }

  const newestRecord: LogReader['newestRecord'] = async (team) => {
    const newest = await last('log', subject.log(team, '*'))
    return newest && { seq: newest.seq, record: decodeRecord(newest.data) }
  }

  /** One question where nothing has changed. */
  const currentCursor: LogReader['currentCursor'] = async (team) => {
    const known = cursors.get(team)
    if (known) {
      const newest = await last('log', subject.log(team, known.head.segment))
      if ((newest?.seq ?? 0) === known.lastSeq) return known
    }
    return (await readCursor(team)).cursor
  }

  /** From the newest segment that has a record; a record that came too late may be in one that is closed. */
  const readCursor = async (team: string) => {
    const newest = await newestRecord(team)
    const records: LogRecord[] = []
    let cursor = START
    for (let segment = newest?.record.segment; segment !== undefined; ) {
      const found = await readOn(team, segment, cursor)
      records.push(...found.records)
      cursor = found.cursor
      segment = cursor.head.segment > segment && found.records.length > 0 ? cursor.head.segment : undefined
    }
    cursors.set(team, cursor)
    return { cursor, records }
  }

  const stretchBefore = async (team: string, segment: number): Promise<Tails> => {
    const first = await next('log', subject.log(team, segment), 1)
    return first ? decodeRecord(first.data).tails : new Map()
  }

  return {
    knownCursor: (team) => cursors.get(team),
    currentCursor,
    newestRecord,
    runsOf,

    moveOn: (team, record, seq) => {
      const cursor = cursors.get(team)
      if (cursor?.head.version === record.expectedVersion) cursors.set(team, moveCursor(cursor, record, seq))
    },

    forget: (team) => void cursors.delete(team),

    rosterLength: async (team) => {
      const newest = await last('log', subject.roster(team))
      return newest ? decodeNumbered(newest.data).number + 1 : 0
    },

    bodiesOf: async (team, { segment, bodiesSeq }) => {
      if (bodiesSeq === 0) return undefined
      const message = await at('bodies', bodiesSeq)
      // Gone where some of them were erased: the others are in another message.
      return message ? decodeBodies(message.data) : (await bodiesIn(team, segment)).get(bodiesSeq)
    },

    openSegment: async (team) => {
      for (;;) {
        const { cursor, records } = await readCursor(team)
        const { head } = cursor
        const open = records.filter(({ segment }) => segment === head.segment)
        const runs = toRuns(open, open.length > 0 ? await bodiesIn(team, head.segment) : new Map())
        if ((await currentCursor(team)).head.version === head.version) return { head, runs, records }
      }
    },

    /** By halving: each segment's first record says where every feed stood before it. */
    segmentOf: async (team, feed, seq) => {
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
    },
  }
}

/** Of several records at one place the first counts. What a segment begins with follows on the segment before. */
const follows = (cursor: Cursor, record: LogRecord): boolean =>
  cursor === START || record.expectedVersion === cursor.head.version

const moveCursor = (cursor: Cursor, record: LogRecord, seq: number): Cursor => {
  if (!follows(cursor, record))
    return cursor.head.segment === record.segment ? { ...cursor, lastSeq: seq } : cursor
  const tails = new Map(cursor.tails.size > 0 ? cursor.tails : record.tails)
  for (const { feed, seq } of record.headers) tails.set(feed, { seq, segment: record.segment })
  return { head: record.head, lastSeq: record.head.segment === record.segment ? seq : 0, tails }
}
