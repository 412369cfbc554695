/** The open segment as it is on disk and as clients may see it. Bounded by the segment's limits. */
import type { Bytes } from '../lib/log/bytes.ts'
import type { FeedId } from '../lib/log/envelope.ts'
import { encodeStep2 } from '../lib/log/frames.ts'
import {
  encodeStateVector,
  encodeUpdate,
  type FeedRun,
  runsMissingFrom,
  type StateVector,
} from '../lib/log/yjs-update.ts'
import type { SegmentRun } from './storage/storage.ts'

export interface OpenSegment {
  readonly number: number
  readonly itemsOf: (feed: FeedId) => readonly Bytes[]
  /** Returns the additions as they stand in this segment. */
  readonly add: (runs: readonly SegmentRun[]) => FeedRun[]
  /** Puts an entry in its own place, without its body. */
  readonly erase: (feed: FeedId, seq: number, bytes: Bytes) => void
  /** The frame that answers a step 1; made once for any number of newcomers. */
  readonly answer: (vector: StateVector) => Bytes
  /** How many items of each feed there are, encoded. */
  readonly vector: () => Bytes
}

const NOTHING: readonly Bytes[] = []

export const createOpenSegment = (number: number, runs: readonly SegmentRun[]): OpenSegment => {
  const itemsByFeed = new Map<FeedId, Bytes[]>()
  const firstSeq = new Map<FeedId, number>()
  for (const { feed, from, items } of runs) {
    itemsByFeed.set(feed, [...(items as Bytes[])])
    firstSeq.set(feed, from)
  }
  let whole: Bytes | undefined
  let vector: Bytes | undefined

  const asRuns = (): FeedRun[] => Array.from(itemsByFeed, ([feed, items]) => ({ feed, clock: 0, items }))

  return {
    number,
    itemsOf: (feed) => itemsByFeed.get(feed) ?? NOTHING,
    add: (fresh) => {
      whole = undefined
      vector = undefined
      return fresh.map(({ feed, from, items: added }) => {
        const items = added as Bytes[]
        const known = itemsByFeed.get(feed) ?? []
        itemsByFeed.set(feed, known)
        const clock = known.length
        if (clock === 0) firstSeq.set(feed, from)
        known.push(...items)
        return { feed, clock, items }
      })
    },
    erase: (feed, seq, bytes) => {
      const items = itemsByFeed.get(feed)
      const index = seq - (firstSeq.get(feed) ?? seq + 1)
      if (!items || index < 0 || index >= items.length) return
      items[index] = bytes
      whole = undefined
    },
    answer: (asked) => {
      if (asked.size > 0) return encodeStep2(encodeUpdate(runsMissingFrom(asRuns(), asked)))
      whole ??= encodeStep2(encodeUpdate(asRuns()))
      return whole
    },
    vector: () => {
      vector ??= encodeStateVector(new Map(Array.from(itemsByFeed, ([feed, items]) => [feed, items.length])))
      return vector
    },
  }
}
