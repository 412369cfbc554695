/**
 * The storage port on NATS JetStream, for any number of relays at once. The stream `log` may neither be deleted from nor
 * purged: it holds rosters and, append by append, entries' headers and signatures. `bodies` holds what an erase takes
 * away. An append counts once its record is the first in `log` that follows on the one before: the expected last sequence of
 * its subject, one a segment, lets one of several in, and where two are stored nevertheless, the second is nothing. What is in memory here is a cache of that.
 */
import { randomUUID } from 'node:crypto'
import { createFollowers } from './followers.ts'
import { createLogReader } from './log-reader.ts'
import {
  decodeBodies,
  decodeNumbered,
  encodeBodies,
  encodeNumbered,
  encodeRecord,
  type LogRecord,
  operationsIn,
  toBodies,
  toRecord,
} from './record.ts'
import type { AppendBatch, RelayStorage } from './storage.ts'
import { openStreams, type StreamOptions } from './streams.ts'
import { createSubjects, placeIn } from './subjects.ts'

/** How long another relay is waited for. */
const ASK_MS = 2_000
const NOTHING = new Uint8Array(0)

export const openJetStreamStorage = async (
  options: Omit<StreamOptions, 'prefix'> & { readonly prefix?: string },
): Promise<RelayStorage> => {
  const prefix = options.prefix ?? 'daybook'
  const streams = await openStreams({ ...options, prefix })
  const { connection, write, writeAfter, last, next, all } = streams
  const subject = createSubjects(prefix)
  const self = randomUUID()
  const reader = createLogReader(streams, subject)
  const followers = createFollowers({
    streams,
    subject,
    self,
    position: async (team) => {
      const newest = await reader.newestRecord(team)
      return { seq: newest?.seq ?? 0, version: (await reader.currentCursor(team)).head.version }
    },
    rosterLength: reader.rosterLength,
    moved: reader.moveOn,
    bodiesOf: reader.bodiesOf,
  })

  /** Undefined where there is something already. */
  const writeFirst = (name: string, data: Uint8Array): Promise<number | undefined> =>
    writeAfter(name, data, 0)

  /** Somebody else has stored what was to be stored now. */
  const tooLate = (
    team: string,
    seen: { readonly version?: number; readonly rosterLength?: number },
  ): false => {
    followers.expectMore(team, seen)
    return false
  }

  const append = async (team: string, batch: AppendBatch): Promise<boolean> => {
    const known = reader.knownCursor(team)
    const cursor = known?.head.version === batch.expectedVersion ? known : await reader.currentCursor(team)
    if (cursor.head.version !== batch.expectedVersion) return tooLate(team, { version: batch.head.version })

    const bodies = toBodies(batch)
    const bodiesBytes = encodeBodies(bodies)
    const bodiesSeq =
      bodies.items.length > 0 ? await write(subject.bodies(team, batch.segment), bodiesBytes) : 0
    for (const { feed, seq, hash } of batch.awaited) await writeFirst(subject.awaited(team, feed, seq), hash)
    const record = toRecord(batch, bodiesSeq, cursor.lastSeq === 0 ? cursor.tails : new Map())
    const bytes = encodeRecord(record)
    const seq = await writeAfter(subject.log(team, batch.segment), bytes, cursor.lastSeq)
    if (seq === undefined) {
      reader.forget(team)
      if (bodiesSeq) await streams.erase('bodies', bodiesSeq)
      return tooLate(team, { version: batch.head.version })
    }
    reader.moveOn(team, record, seq)
    await eraseBodies(team, record)
    followers.stored(team, { record, seq, bytes, bodies: bodiesBytes })
    return true
  }

  /** An erase that is stored is carried out, if need be by another relay: doing it again changes nothing. */
  const eraseBodies = async (team: string, { erased }: LogRecord): Promise<void> => {
    for (const { feed, seq } of erased) {
      const segment = await reader.segmentOf(team, feed, seq)
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
      const replaced = await writeAfter(subject.bodies(team, segment), encodeBodies(rest), newest)
      if (replaced === undefined) return false
      await streams.erase('bodies', old)
      return eraseBody(team, segment, feed, seq)
    }
    return true
  }

  return {
    createTeam: async (team, genesis) =>
      (await writeFirst(subject.roster(team), encodeNumbered(0, genesis))) !== undefined,

    roster: async (team) => operationsIn(await all('log', subject.roster(team))),

    appendRoster: async (team, position, operation) => {
      const newest = await last('log', subject.roster(team))
      const length = newest ? decodeNumbered(newest.data).number + 1 : 0
      if (!newest || length !== position) return tooLate(team, { rosterLength: length })
      const seq = await writeAfter(subject.roster(team), encodeNumbered(position, operation), newest.seq)
      if (seq === undefined) return tooLate(team, { rosterLength: position + 1 })
      followers.rosterGrew(team, position + 1)
      return true
    },

    append,

    openSegment: async (team) => {
      for (;;) {
        const { head, runs, records } = await reader.openSegment(team)
        const isErasing = records.some(({ erased }) => erased.length > 0)
        if (!isErasing) return { head, runs }
        for (const record of records) await eraseBodies(team, record)
        const again = await reader.openSegment(team)
        if (again.head.version === head.version) return { head, runs: again.runs }
      }
    },

    segment: reader.runsOf,

    entry: async (team, feed, seq) => {
      const segment = await reader.segmentOf(team, feed, seq)
      if (segment === undefined) return undefined
      const run = (await reader.runsOf(team, segment)).find((found) => found.feed === feed)
      return run?.items[seq - run.from]
    },

    lastEntry: async (team, feed) => {
      const cursor = reader.knownCursor(team) ?? (await reader.currentCursor(team))
      const tail = cursor.tails.get(feed)
      const runs = tail ? await reader.runsOf(team, tail.segment) : []
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
      const known = await next('log', subject.secret(name), 1)
      if (!known) await writeFirst(subject.secret(name), create())
      return new Uint8Array((known ?? (await next('log', subject.secret(name), 1)))?.data ?? NOTHING)
    },

    // Refused, because nothing is there. That a majority refuses it is what was asked.
    checkWritable: async () => {
      if ((await writeAfter(subject.secret('probe'), NOTHING, 1)) !== undefined)
        throw new Error('"probe" was stored')
    },

    close: () => connection.drain(),

    peers: {
      follow: async (team, on) => {
        const leave = await followers.follow(team, on)
        return () => {
          leave()
          reader.forget(team)
        }
      },
      position: async (team) => {
        const [cursor, rosterLength] = await Promise.all([
          reader.currentCursor(team),
          reader.rosterLength(team),
        ])
        const { version } = cursor.head
        followers.expectMore(team, { version, rosterLength })
        return { version, rosterLength }
      },
      passOn: (team, segment, frame) =>
        connection.publish(subject.presence(team), encodeNumbered(segment, frame)),
      ask: async (team, relay, question) =>
        (await connection.request(subject.question(team, relay), question, { timeout: ASK_MS })).data,
      claim: async (id) => (await writeFirst(subject.token(id), NOTHING)) !== undefined,
    },
  }
}
