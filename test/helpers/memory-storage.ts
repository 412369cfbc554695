/** The storage port in memory, for tests: durable at once, gone with the process. Can be told to fail. */
import {
  type AwaitedErasure,
  EMPTY_HEAD,
  type RelayStorage,
  type StoredEntry,
  type TeamHead,
} from '../../server/storage/storage.ts'

export interface MemoryStorage extends RelayStorage {
  /** From now on every write is refused, as by a full disk. */
  readonly fail: (failing: boolean) => void
  /** What a thief of the disk would read. */
  readonly everything: () => Uint8Array[]
}

interface Team {
  readonly roster: Uint8Array[]
  readonly segments: Map<number, Map<number, { feed: number; from: number; count: number }>>
  readonly feeds: Map<number, Uint8Array[]>
  readonly forks: Map<string, Omit<StoredEntry, 'bodyAt'>>
  readonly awaited: AwaitedErasure[]
  head: TeamHead
}

export const createMemoryStorage = (): MemoryStorage => {
  const teams = new Map<string, Team>()
  const secrets = new Map<string, Uint8Array>()
  let failing = false
  const write = (): void => {
    if (failing) throw new Error('no space left on device')
  }

  const readSegment = (team: string, segment: number) =>
    [...(teams.get(team)?.segments.get(segment)?.values() ?? [])]
      .sort((a, b) => a.feed - b.feed)
      .map(({ feed, from, count }) => ({
        feed,
        from,
        items: (teams.get(team)?.feeds.get(feed) ?? []).slice(from - 1, from - 1 + count),
      }))

  return {
    fail: (next) => {
      failing = next
    },
    everything: () =>
      [...teams.values()].flatMap(({ roster, feeds }) => [...roster, ...[...feeds.values()].flat()]),
    createTeam: async (team, genesis) => {
      write()
      if (teams.has(team)) return false
      teams.set(team, {
        roster: [genesis],
        segments: new Map(),
        feeds: new Map(),
        forks: new Map(),
        awaited: [],
        head: EMPTY_HEAD,
      })
      return true
    },
    roster: async (team) => [...(teams.get(team)?.roster ?? [])],
    appendRoster: async (team, position, operation) => {
      write()
      const roster = teams.get(team)?.roster
      if (position === 0 || roster?.length !== position) return false
      roster.push(operation)
      return true
    },
    append: async (team, { expectedVersion, segment, entries, head, erased, awaited }) => {
      write()
      const known = teams.get(team)
      if (!known || known.head.version !== expectedVersion) return false
      for (const { feed, seq, bytes } of entries) {
        const run = known.segments.get(segment)?.get(feed) ?? { feed, from: seq, count: 0 }
        known.segments.set(segment, known.segments.get(segment) ?? new Map())
        known.segments.get(segment)?.set(feed, { ...run, count: run.count + 1 })
        known.feeds.set(feed, known.feeds.get(feed) ?? [])
        known.feeds.get(feed)?.splice(seq - 1, 1, bytes)
      }
      for (const { feed, seq, bytes } of erased) known.feeds.get(feed)?.splice(seq - 1, 1, bytes)
      known.awaited.push(...awaited)
      known.head = head
      return true
    },
    openSegment: async (team) => {
      const head = teams.get(team)?.head ?? EMPTY_HEAD
      return { head, runs: readSegment(team, head.segment) }
    },
    segment: async (team, segment) => readSegment(team, segment),
    entry: async (team, feed, seq) => teams.get(team)?.feeds.get(feed)?.[seq - 1],
    lastEntry: async (team, feed) => teams.get(team)?.feeds.get(feed)?.at(-1),
    awaitedErasures: async (team) => [...(teams.get(team)?.awaited ?? [])],
    keepEvidence: async (team, fork) => {
      const forks = teams.get(team)?.forks
      const key = `${fork.feed} ${fork.seq}`
      if (!forks?.has(key)) forks?.set(key, fork)
    },
    evidence: async (team) =>
      [...(teams.get(team)?.forks.values() ?? [])].sort((a, b) => a.feed - b.feed || a.seq - b.seq),
    secret: async (name, create) => {
      const known = secrets.get(name) ?? create()
      secrets.set(name, known)
      return known
    },
    checkWritable: async () => write(),
    close: async () => undefined,
  }
}
