/**
 * What a team's relay is sent next: what is here and it lacks, own entries first, then what it lost; and when it lacks nothing, what
 * waits in the outbox, sealed on the way. A chunk at a time, each only when the one before was answered.
 */
import type { Bytes } from '../log/bytes.ts'
import { decodeEnvelope, type Envelope, encodeEnvelope, type FeedId } from '../log/envelope.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { EnvelopeRow } from '../store/log-tables.ts'
import { DiscardedMeanwhile, type Outbox, type Standing } from './outbox.ts'
import type { SentHead } from './receipts.ts'
import type { TeamContext } from './team-context.ts'

const CHUNK_ENTRIES = 64
const CHUNK_BYTES = 512 * 1024

/** Consecutive entries of one feed. */
export interface Chunk {
  readonly feed: FeedId
  readonly items: readonly Bytes[]
  readonly last: SentHead
}

/** `nothing`: all is there, or not to be sent. `sealed`: more is here than before; ask again. */
export type Next = Chunk | 'nothing' | 'sealed'

/** `relaySeqs`: by feed, the last entry that the relay has. */
export const nextToSend = async (
  { db, outbox }: { readonly db: DaybookDatabase; readonly outbox: Outbox },
  context: TeamContext,
  relaySeqs: ReadonlyMap<FeedId, number>,
  standing: Standing,
): Promise<Next> => {
  const { self } = context
  const atRelay = (feed: FeedId): number => relaySeqs.get(feed) ?? 0
  const heads = standing.heads.filter(({ feed }) => feed > 0)
  const lacking = heads
    .filter(({ feed, seq }) => lastOf(context, feed, seq) > atRelay(feed))
    .sort((a) => (a.feed === self.feed ? -1 : 1))
  for (const { feed, seq } of lacking) {
    const items = await itemsAfter(db, context, feed, atRelay(feed), lastOf(context, feed, seq))
    const last = items.length === 0 ? undefined : decodeEnvelope(items.at(-1) as Bytes)
    if (!last?.ok) continue
    return { feed, items, last: { feed, seq: last.value.header.seq, hash: last.value.hash } }
  }
  // A restored profile first takes back what it wrote before: sealing on an old head would fork the feed.
  const ownSeq = heads.find(({ feed }) => feed === self.feed)?.seq ?? 0
  if (atRelay(self.feed) > ownSeq) return 'nothing'
  try {
    const sealed = await outbox.sealDue(context, CHUNK_ENTRIES, standing)
    return sealed.length === 0 ? 'nothing' : (chunkOf(sealed, atRelay(self.feed)) ?? 'sealed')
  } catch (error) {
    if (error instanceof DiscardedMeanwhile) return 'sealed'
    throw error
  }
}

/** What was just sealed, where it follows what the relay has and fits into a frame: it needs no reading. */
const chunkOf = (sealed: readonly Envelope[], relaySeq: number): Chunk | undefined => {
  const items = sealed.map((envelope) => encodeEnvelope(envelope))
  const { header, hash } = sealed.at(-1) as Envelope
  const isNext = sealed[0]?.header.seq === relaySeq + 1
  const fits = items.reduce((sum, { length }) => sum + length, 0) <= CHUNK_BYTES
  const { feed, seq } = header
  return isNext && fits ? { feed, items, last: { feed, seq, hash } } : undefined
}

/** Nothing after a cut is anybody's to send. */
const lastOf = ({ roster }: TeamContext, feed: FeedId, seq: number): number =>
  Math.min(seq, roster.devices.get(feed)?.cut?.seq ?? seq)

/** The entries after `seq` without a gap, as many as fit into a frame. */
const itemsAfter = async (
  db: DaybookDatabase,
  context: TeamContext,
  feed: FeedId,
  seq: number,
  last: number,
): Promise<Bytes[]> => {
  const { team } = context.row
  const upTo = Math.min(last, seq + CHUNK_ENTRIES)
  const rows = await db.envelopes
    .where('[team+feed+seq]')
    .between([team, feed, seq + 1], [team, feed, upTo], true, true)
    .toArray()
  const items: Bytes[] = []
  let bytes = 0
  for (const [index, row] of rows.entries()) {
    if (row.seq !== seq + 1 + index || bytes + row.bytes.length > CHUNK_BYTES) break
    if (await isForgottenHere(db, context, row)) break
    items.push(row.bytes)
    bytes += row.bytes.length
  }
  return items
}

/** Without its body only because this machine keeps it no longer: the relay is to have it from somebody who does. */
const isForgottenHere = async (
  db: DaybookDatabase,
  { self }: TeamContext,
  { team, feed, seq, bytes, bodyAt }: EnvelopeRow,
): Promise<boolean> =>
  bytes.length === bodyAt && feed !== self.feed && (await db.erasures.get([team, feed, seq])) === undefined
