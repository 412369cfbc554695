/**
 * Judges an update before anything of it is kept: only the append grammar, only feeds of the roster, contiguous,
 * chained, signed. Knows no sockets and stores nothing. What it lets through is what readers check again.
 */
import { type Bytes, bytesEqual, hexToBytes } from '../lib/log/bytes.ts'
import {
  decodeEnvelope,
  type Envelope,
  type FeedHead,
  type FeedId,
  headOf,
  MAX_ENVELOPE_BYTES,
} from '../lib/log/envelope.ts'
import { CLOSE, type CloseCode } from '../lib/log/frames.ts'
import { checkChain, verifyEnvelope } from '../lib/log/run.ts'
import type { Verifier } from '../lib/log/signature.ts'
import { decodeUpdate } from '../lib/log/yjs-update.ts'
import { mayCount, type Roster } from '../lib/team/roster.ts'

/** The open segment as the guard sees it. */
export interface OpenSegment {
  readonly roster: Roster
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  /** How many entries of the feed this segment holds. */
  readonly countOf: (feed: FeedId) => number
  readonly stored: (feed: FeedId, seq: number) => Promise<Bytes | undefined>
  readonly room: { readonly entries: number; readonly bytes: number }
  /** True while the segment holds nothing: then one entry fits, whatever its size. */
  readonly empty: boolean
}

/** Entries of one feed that are new to the relay. `clock` is the Yjs clock of the first in this segment. */
export interface FreshRun {
  readonly feed: FeedId
  readonly clock: number
  readonly items: readonly Bytes[]
  readonly head: FeedHead
}

export interface Refusal {
  readonly ok: false
  readonly code: CloseCode
  readonly reason: string
  /** The version of a forked entry that the relay had not seen before. */
  readonly fork?: { readonly feed: FeedId; readonly seq: number; readonly bytes: Bytes }
}

export type Verdict =
  | {
      readonly ok: true
      readonly fresh: readonly FreshRun[]
      /** Feeds of which nothing new came. */
      readonly known: readonly FeedId[]
      /** Not all that was sent fits into this segment. */
      readonly full: boolean
    }
  | Refusal

export const refuse = (code: CloseCode, reason: string): Refusal => ({ ok: false, code, reason })

/** Takes the longest prefix that fits. An update that brings nothing new is fine and empty. */
export const judgeUpdate = async (
  update: Uint8Array,
  segment: OpenSegment,
  verifier: Verifier,
): Promise<Verdict> => {
  const runs = decodeUpdate(update)
  if (!runs.ok) return refuse(CLOSE.notAnAppend, runs.fault)
  const fresh: FreshRun[] = []
  const knownFeeds: FeedId[] = []
  let { entries, bytes } = segment.room
  let full = false
  let empty = segment.empty

  for (const { feed, clock, items } of runs.value) {
    const device = segment.roster.devices.get(feed)
    if (!device) return refuse(CLOSE.badEntry, 'unknown feed')
    const publicKey = hexToBytes(device.sign, 32) as Bytes
    const count = segment.countOf(feed)
    if (clock > count) return refuse(CLOSE.badEntry, 'gap')

    const envelopes: Envelope[] = []
    for (const item of items) {
      if (item.length > MAX_ENVELOPE_BYTES) return refuse(CLOSE.tooLarge, 'entry too large')
      const envelope = decodeEnvelope(item)
      if (!envelope.ok) return refuse(CLOSE.badEntry, envelope.fault)
      envelopes.push(envelope.value)
    }
    const head = await segment.headOf(feed)
    const known = count - clock
    for (const [index, envelope] of envelopes.entries()) {
      if (envelope.header.seq > head.seq && index >= known) break
      const refusal = await judgeKnown(
        envelope,
        items[index] as Bytes,
        index < known,
        segment,
        publicKey,
        verifier,
      )
      if (refusal) return refusal
    }

    const offered = envelopes.slice(known)
    let take = 0
    for (; take < offered.length && !full; take++) {
      const size = (items[known + take] as Bytes).length
      full = entries < 1 || (size > bytes && !empty)
      if (full) break
      entries -= 1
      bytes -= size
      empty = false
    }
    const taken = offered.slice(0, take)
    const last = taken.at(-1)
    if (!last) {
      if (offered.length === 0) knownFeeds.push(feed)
      continue
    }
    const chain = checkChain(taken, { team: segment.roster.team, feed, head })
    if (!chain.ok) return refuse(CLOSE.badEntry, chain.fault)
    for (const { header, hash } of taken) {
      const counts = mayCount(segment.roster, header, hash)
      if (!counts.ok) return refuse(CLOSE.notAllowed, counts.fault)
    }
    if (!(await verifyEnvelope(last, publicKey, verifier))) return refuse(CLOSE.badEntry, 'bad signature')
    fresh.push({ feed, clock: count, items: items.slice(known, known + take), head: headOf(last) })
  }
  return { ok: true, fresh, known: knownFeeds, full }
}

/**
 * An entry whose place is taken: the very one is fine in its place and misplaced elsewhere; another one with a valid
 * signature is a fork.
 */
const judgeKnown = async (
  envelope: Envelope,
  bytes: Bytes,
  inPlace: boolean,
  segment: OpenSegment,
  publicKey: Bytes,
  verifier: Verifier,
): Promise<Refusal | undefined> => {
  const { team, feed, seq } = envelope.header
  if (team !== segment.roster.team) return refuse(CLOSE.badEntry, 'wrong team')
  const stored = await segment.stored(feed, seq)
  const before = stored && decodeEnvelope(stored)
  if (!before?.ok) return refuse(CLOSE.misplaced, 'entry is not at its place')
  if (bytesEqual(before.value.hash, envelope.hash))
    return inPlace ? undefined : refuse(CLOSE.misplaced, 'entry is stored in an earlier segment')
  return (await verifyEnvelope(envelope, publicKey, verifier))
    ? { ...refuse(CLOSE.fork, 'fork'), fork: { feed, seq, bytes } }
    : refuse(CLOSE.badEntry, 'bad signature')
}
