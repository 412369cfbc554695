/**
 * What the relay holds in memory of one team while somebody is connected: its roster, its feeds' heads and the open
 * segment. Bounded by the roster and one segment, never by the history. Can be thrown away at any time.
 */
import type { Bytes } from '../lib/log/bytes.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type FeedHead,
  type FeedId,
  headOf,
  type TeamId,
} from '../lib/log/envelope.ts'
import { encodeUpdate, type FeedRun } from '../lib/log/yjs-update.ts'
import type { Roster } from '../lib/team/roster.ts'
import type { FreshRun } from './guard.ts'
import type { RelayStorage, Span, TeamHead } from './storage/storage.ts'

export interface TeamState {
  readonly team: TeamId
  roster: Roster
  /** Where the next append goes. Runs ahead of what is durable. */
  head: TeamHead
  /** The open segment's stretches, as admitted. */
  spans: Map<FeedId, Span>
  /** The open segment as it is on disk and as clients may see it. */
  shown: ShownSegment
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  readonly setHead: (feed: FeedId, head: FeedHead) => void
  /** Runs tasks one after the other. A task that throws does not stop the next. */
  readonly serially: <T>(task: () => Promise<T>) => Promise<T>
  /** Ends when all that was admitted is durable and sent. */
  published: Promise<void>
  /** Set when storage failed: the state no longer tells what is on disk. */
  broken: boolean
}

/** The durable content of the open segment. */
export interface ShownSegment {
  readonly segment: number
  readonly runs: ReadonlyMap<FeedId, FeedRun>
  readonly add: (runs: readonly FreshRun[]) => void
  /** The whole segment as one update; made once for any number of readers. */
  readonly whole: () => Bytes
}

export const loadTeamState = async (
  storage: RelayStorage,
  team: TeamId,
  roster: Roster,
): Promise<TeamState> => {
  const head = await storage.head(team)
  const spans = await storage.spans(team, head.segment)
  const shown = createShownSegment(head.segment, await readSegment(storage, team, head.segment))
  const heads = new Map<FeedId, FeedHead>()
  let tail: Promise<unknown> = Promise.resolve()

  return {
    team,
    roster,
    head,
    spans: new Map(spans.map((span) => [span.feed, span])),
    shown,
    headOf: async (feed) => {
      const known = heads.get(feed)
      if (known) return known
      const last = await storage.lastEntry(team, feed)
      const envelope = last && decodeEnvelope(last.bytes)
      const loaded = envelope?.ok ? headOf(envelope.value) : EMPTY_HEAD
      heads.set(feed, loaded)
      return loaded
    },
    setHead: (feed, next) => void heads.set(feed, next),
    serially: (task) => {
      const result = tail.then(task)
      tail = result.catch(() => undefined)
      return result
    },
    published: Promise.resolve(),
    broken: false,
  }
}

/** What one segment holds, as the runs of its update. */
export const readSegment = async (storage: RelayStorage, team: TeamId, segment: number): Promise<FeedRun[]> =>
  Promise.all(
    (await storage.spans(team, segment)).map(async ({ feed, from, count }) => ({
      feed,
      clock: 0,
      items: (await storage.entries(team, feed, from, count)) as Bytes[],
    })),
  )

export const createShownSegment = (segment: number, start: readonly FeedRun[] = []): ShownSegment => {
  const itemsByFeed = new Map(start.map(({ feed, items }) => [feed, [...items]]))
  const runs = new Map(Array.from(itemsByFeed, ([feed, items]) => [feed, { feed, clock: 0, items }]))
  let whole: Bytes | undefined
  return {
    segment,
    runs,
    add: (fresh) => {
      whole = undefined
      for (const { feed, items } of fresh) {
        const known = itemsByFeed.get(feed)
        if (known) known.push(...items)
        else {
          const copy = [...items]
          itemsByFeed.set(feed, copy)
          runs.set(feed, { feed, clock: 0, items: copy })
        }
      }
    },
    whole: () => {
      whole ??= encodeUpdate([...runs.values()])
      return whole
    },
  }
}
