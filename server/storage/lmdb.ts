/**
 * The storage port on one LMDB environment in a folder. LMDB's own commit is not durable yet: every write here
 * waits for `flushed` too. One relay process owns a folder.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { type Database, open } from 'lmdb'
import { EMPTY_HEAD, type RelayStorage, type SegmentRun, type TeamHead } from './storage.ts'

/** Grows when an older relay could not read the folder any more. */
export const FORMAT_VERSION = 1

export const DATABASE_FILE = 'relay.mdb'
export const FORMAT_FILE = 'FORMAT'

/** With less than this left on the disk the relay is not ready: time to make room before writes fail. */
const ROOM_BYTES = 16 * 1024 * 1024

export interface LmdbStorage extends RelayStorage {
  readonly forgetSecret: (name: string) => Promise<void>
}

/** Throws where the folder was written by a newer relay, and leaves it untouched. */
export const openLmdbStorage = (folder: string): LmdbStorage => {
  claimFormat(folder)
  const root = open({ path: join(folder, DATABASE_FILE), maxDbs: 8, encoding: 'binary', cache: false })
  const heads: Database<TeamHead, string> = root.openDB({
    name: 'heads',
    encoding: 'msgpack',
    useVersions: true,
  })
  const rosters: Database<Uint8Array, [string, number]> = root.openDB({ name: 'rosters', encoding: 'binary' })
  const entries: Database<Uint8Array, [string, number, number]> = root.openDB({
    name: 'entries',
    encoding: 'binary',
  })
  const spans: Database<[number, number], [string, number, number]> = root.openDB({
    name: 'spans',
    encoding: 'msgpack',
  })
  const forks: Database<Uint8Array, [string, number, number]> = root.openDB({
    name: 'forks',
    encoding: 'binary',
  })
  const erasures: Database<Uint8Array, [string, number, number]> = root.openDB({
    name: 'erasures',
    encoding: 'binary',
  })
  const secrets: Database<Uint8Array, string> = root.openDB({ name: 'secrets', encoding: 'binary' })

  const durable = async <T>(write: Promise<T>): Promise<T> => {
    const outcome = await write
    await root.flushed
    return outcome
  }

  const readSegment = (team: string, segment: number): SegmentRun[] =>
    [...spans.getRange({ start: [team, segment, 0], end: [team, segment, Infinity] })].map(
      ({ key, value: [from, count] }) => ({
        feed: key[2],
        from,
        items: values(entries.getRange({ start: [team, key[2], from], end: [team, key[2], from + count] })),
      }),
    )

  return {
    createTeam: (team, genesis) =>
      durable(rosters.ifNoExists([team, 0], () => void rosters.put([team, 0], genesis))),

    roster: async (team) => values(rosters.getRange({ start: [team, 0], end: [team, Infinity] })),

    // ifNoExists guards the position itself; the read guards against a gap, as operations are never removed.
    appendRoster: async (team, position, operation) =>
      position > 0 && rosters.doesExist([team, position - 1])
        ? durable(rosters.ifNoExists([team, position], () => void rosters.put([team, position], operation)))
        : false,

    append: (team, { expectedVersion, segment, entries: added, head, erased, awaited }) => {
      const grown = new Map<number, [from: number, count: number]>()
      for (const { feed, seq } of added) {
        const known = grown.get(feed)
        if (known) known[1] += 1
        else grown.set(feed, [seq, 1])
      }
      const write = () => {
        for (const { feed, seq, bytes } of added) void entries.put([team, feed, seq], bytes)
        for (const { feed, seq, bytes } of erased) void entries.put([team, feed, seq], bytes)
        for (const { feed, seq, hash } of awaited) void erasures.put([team, feed, seq], hash)
        for (const [feed, [from, count]] of grown) {
          const known = spans.get([team, segment, feed])
          void spans.put([team, segment, feed], known ? [known[0], known[1] + count] : [from, count])
        }
        void heads.put(team, head, head.version)
      }
      return durable(
        expectedVersion === EMPTY_HEAD.version
          ? heads.ifNoExists(team, write)
          : heads.ifVersion(team, expectedVersion, write),
      )
    },

    openSegment: async (team) => {
      const head = heads.get(team) ?? EMPTY_HEAD
      return { head, runs: readSegment(team, head.segment) }
    },

    segment: async (team, segment) => readSegment(team, segment),

    entry: async (team, feed, seq) => {
      const bytes = entries.get([team, feed, seq])
      return bytes && toBytes(bytes)
    },

    lastEntry: async (team, feed) => {
      const range = { start: [team, feed, Infinity], end: [team, feed, 0], reverse: true, limit: 1 } as const
      for (const { value } of entries.getRange({ ...range, start: [...range.start], end: [...range.end] }))
        return toBytes(value)
      return undefined
    },

    awaitedErasures: async (team) =>
      [...erasures.getRange({ start: [team, 0, 0], end: [team, Infinity, Infinity] })].map(
        ({ key, value }) => ({ feed: key[1], seq: key[2], hash: toBytes(value) }),
      ),

    keepEvidence: async (team, { feed, seq, bytes }) => {
      await durable(forks.ifNoExists([team, feed, seq], () => void forks.put([team, feed, seq], bytes)))
    },

    evidence: async (team) =>
      [...forks.getRange({ start: [team, 0, 0], end: [team, Infinity, Infinity] })].map(({ key, value }) => ({
        feed: key[1],
        seq: key[2],
        bytes: toBytes(value),
      })),

    secret: async (name, create) => {
      const made = secrets.get(name) ? undefined : create()
      if (made) await durable(secrets.ifNoExists(name, () => void secrets.put(name, made)))
      return toBytes(secrets.get(name) as Uint8Array)
    },

    forgetSecret: async (name) => {
      await durable(secrets.remove(name))
    },

    // A small probe fits into pages that are free already, so a full disk has to be asked for.
    checkWritable: async () => {
      const { bavail, bsize } = await statfs(folder)
      if (bavail * bsize < ROOM_BYTES) throw new Error(`"${folder}" is on a disk that is full`)
      await durable(secrets.put('probe', new Uint8Array(1)))
    },

    close: async () => {
      await root.flushed
      await root.close()
    },
  }
}

const values = (range: Iterable<{ readonly value: Uint8Array }>): Uint8Array[] =>
  Array.from(range, ({ value }) => toBytes(value))

/** A copy that is no Buffer: a Buffer's `slice` is a view, and who writes into it would change what was read. */
const toBytes = (value: Uint8Array): Uint8Array => new Uint8Array(value)

/** A file of its own, so that a newer format is noticed before LMDB touches anything. */
const claimFormat = (folder: string): void => {
  const file = join(folder, FORMAT_FILE)
  if (existsSync(file)) {
    readFormat(folder)
    return
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, `${FORMAT_VERSION}\n`, { flush: true })
}

/** Throws where the folder is none of a relay's, or of a relay's of another version. */
export const readFormat = (folder: string): void => {
  const file = join(folder, FORMAT_FILE)
  if (!existsSync(file))
    throw new Error(`"${folder}" expected a relay's folder, got one without ${FORMAT_FILE}`)
  const found = Number(readFileSync(file, 'utf8'))
  if (found !== FORMAT_VERSION)
    throw new Error(
      `"${folder}" expected format ${FORMAT_VERSION}, got ${found}. Nothing was changed; start the relay version that wrote it.`,
    )
}
