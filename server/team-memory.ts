/**
 * What a relay keeps in memory of one team: its roster, where each feed stands, the open segment. Bounded by roster and
 * segment, never by the history; never ahead of the disk, so that it can be thrown away at any time.
 */
import type { Bytes } from '../lib/log/bytes.ts'
import { decodeEnvelope, EMPTY_HEAD, type FeedHead, type FeedId, headOf } from '../lib/log/envelope.ts'
import type { Verifier } from '../lib/log/signature.ts'
import type { FeedRun } from '../lib/log/yjs-update.ts'
import { foldRoster } from '../lib/team/apply-operation.ts'
import type { Roster } from '../lib/team/roster.ts'
import { awaitedKey } from './erasure.ts'
import { createOpenSegment, type OpenSegment } from './open-segment.ts'
import type { AppendBatch, RelayStorage, SegmentRun, TeamHead } from './storage/storage.ts'

export interface TeamMemory {
  readonly roster: () => Roster
  readonly setRoster: (roster: Roster) => void
  readonly head: () => TeamHead
  readonly open: () => OpenSegment
  /** Hashes of headers whose bodies are to go when they come. */
  readonly awaited: ReadonlyMap<string, Uint8Array>
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  readonly stored: (feed: FeedId, seq: number) => Promise<Bytes | undefined>
  /** Takes over what is durable now. `heads`: those of its feeds, where they are known. Returns the entries as they stand in their segment. */
  readonly take: (batch: AppendBatch, heads?: ReadonlyMap<FeedId, FeedHead>) => FeedRun[]
}

/** Undefined where there is no such team. Throws where its roster does not fold. */
export const loadTeamMemory = async (
  id: string,
  storage: RelayStorage,
  verifier: Verifier,
): Promise<TeamMemory | undefined> => {
  const operations = await storage.roster(id)
  if (operations.length === 0) return undefined
  const folded = await foldRoster(operations, verifier)
  if (!folded.roster || folded.fault) throw new Error(`the roster of ${id} does not fold: ${folded.fault}`)
  let roster = folded.roster
  const loaded = await storage.openSegment(id)
  let head = loaded.head
  let open = createOpenSegment(head.segment, loaded.runs)
  const heads = new Map<FeedId, FeedHead>()
  /** Of entries that another relay judged. Most are never asked for, so they are read when they are. */
  const lastBytes = new Map<FeedId, Uint8Array>()
  const awaited = new Map<string, Uint8Array>()
  for (const { feed, seq, hash } of await storage.awaitedErasures(id))
    awaited.set(awaitedKey(feed, seq), hash)

  const headOfFeed = async (feed: FeedId): Promise<FeedHead> => {
    const known = heads.get(feed)
    if (known) return known
    const told = lastBytes.get(feed)
    if (told) return readHead(feed, told)
    const stored = await storage.lastEntry(id, feed)
    // What came meanwhile is newer.
    return heads.has(feed) || lastBytes.has(feed) ? headOfFeed(feed) : readHead(feed, stored)
  }

  const readHead = (feed: FeedId, bytes: Uint8Array | undefined): FeedHead => {
    const envelope = bytes && decodeEnvelope(bytes)
    if (envelope && !envelope.ok) throw new Error(`feed ${feed} ends in what is no entry: ${envelope.fault}`)
    const found = envelope ? headOf(envelope.value) : EMPTY_HEAD
    heads.set(feed, found)
    lastBytes.delete(feed)
    return found
  }

  return {
    roster: () => roster,
    setRoster: (next) => {
      roster = next
    },
    head: () => head,
    open: () => open,
    awaited,
    headOf: headOfFeed,
    stored: async (feed, seq) => (await storage.entry(id, feed, seq)) as Bytes | undefined,
    take: (batch, fresh) => {
      for (const { feed, bytes } of batch.entries) {
        const head = fresh?.get(feed)
        if (head) heads.set(feed, head)
        else {
          heads.delete(feed)
          lastBytes.set(feed, bytes)
        }
      }
      const added = open.add(toRuns(batch))
      for (const { feed, seq, bytes } of batch.erased) open.erase(feed, seq, bytes as Bytes)
      for (const { feed, seq, hash } of batch.awaited) awaited.set(awaitedKey(feed, seq), hash)
      head = batch.head
      if (head.segment !== batch.segment) open = createOpenSegment(head.segment, [])
      return added
    },
  }
}

/** The entries of a batch, feed by feed. */
const toRuns = ({ entries }: AppendBatch): SegmentRun[] => {
  const runs = new Map<FeedId, { feed: FeedId; from: number; items: Uint8Array[] }>()
  for (const { feed, seq, bytes } of entries) {
    const run = runs.get(feed)
    if (run) run.items.push(bytes)
    else runs.set(feed, { feed, from: seq, items: [bytes] })
  }
  return [...runs.values()]
}
