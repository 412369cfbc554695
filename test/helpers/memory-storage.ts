/** The storage port in memory, for tests: durable at once, gone with the process. Can be told to fail. */
import {
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
  readonly spans: Map<string, { feed: number; from: number; count: number }>
  readonly feeds: Map<number, Uint8Array[]>
  readonly forks: Map<string, StoredEntry>
  head: TeamHead
}

export const createMemoryStorage = (): MemoryStorage => {
  const teams = new Map<string, Team>()
  const secrets = new Map<string, Uint8Array>()
  let failing = false
  const write = (): void => {
    if (failing) throw new Error('no space left on device')
  }

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
        spans: new Map(),
        feeds: new Map(),
        forks: new Map(),
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
    head: async (team) => teams.get(team)?.head ?? EMPTY_HEAD,
    append: async (team, { expectedVersion, segment, entries, spans, head }) => {
      write()
      const known = teams.get(team)
      if (!known || known.head.version !== expectedVersion) return false
      for (const { feed, seq, bytes } of entries) {
        const feedEntries = known.feeds.get(feed) ?? []
        known.feeds.set(feed, feedEntries)
        feedEntries[seq - 1] = bytes
      }
      for (const span of spans) known.spans.set(`${segment} ${span.feed}`, span)
      known.head = head
      return true
    },
    spans: async (team, segment) =>
      [...(teams.get(team)?.spans ?? [])]
        .filter(([key]) => key.startsWith(`${segment} `))
        .map(([, span]) => span)
        .sort((a, b) => a.feed - b.feed),
    entries: async (team, feed, from, count) =>
      (teams.get(team)?.feeds.get(feed) ?? []).slice(from - 1, from - 1 + count),
    lastEntry: async (team, feed) => {
      const entries = teams.get(team)?.feeds.get(feed) ?? []
      const bytes = entries.at(-1)
      return bytes && { feed, seq: entries.length, bytes }
    },
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
