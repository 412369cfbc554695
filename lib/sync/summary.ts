/** What a relay says of a team to who comes: where the head is and what it has. Only a claim until verified. */
import * as v from 'valibot'
import { type Bytes, base64urlToBytes } from '../log/bytes.ts'
import type { FeedId } from '../log/envelope.ts'

export interface RelaySummary {
  /** The open segment. */
  readonly segment: number
  /** Another disk, other segments. */
  readonly disk: string
  /** Signs receipts; hex. */
  readonly key: string
  readonly rosterLength: number
  /** Hash of its last operation; hex. */
  readonly rosterHash: string
  /** By feed, the number of its last entry. */
  readonly seqByFeed: ReadonlyMap<FeedId, number>
  /** Of the asking device's own feed. */
  readonly receipt?: Bytes
  /** Makes the team anew on an empty disk, where the relay lets not everybody create teams. */
  readonly permit?: string
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const schema = v.object({
  segment: count,
  disk: v.pipe(v.string(), v.maxLength(64)),
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  rosterLength: count,
  rosterHash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  feeds: v.array(v.object({ feed: count, seq: count })),
  receipt: v.optional(v.string()),
  permit: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))),
})

/** `given`: the receipt, where it comes beside the JSON and not in it. */
export const parseSummary = (json: unknown, given?: Bytes): RelaySummary | undefined => {
  const parsed = v.safeParse(schema, json)
  if (!parsed.success) return undefined
  const { segment, disk, key, rosterLength, rosterHash, feeds, receipt, permit } = parsed.output
  const bytes = receipt === undefined ? given : base64urlToBytes(receipt)
  return {
    segment,
    disk,
    key,
    rosterLength,
    rosterHash,
    seqByFeed: new Map(feeds.map(({ feed, seq }) => [feed, seq])),
    ...(bytes && { receipt: bytes }),
    ...(permit !== undefined && { permit }),
  }
}
