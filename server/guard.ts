/**
 * Judges updates before anything of them is kept: only the append grammar, only feeds of the roster, contiguous,
 * chained, signed. Several updates make one draft, and a feed's last signature in it speaks for all before (PROTOCOL.md
 * C2): nothing of a draft counts until `prove` says yes. Knows no sockets and stores nothing.
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
import { decodeErase } from '../lib/log/erase.ts'
import { CLOSE, type CloseCode } from '../lib/log/frames.ts'
import { checkChain, verifyEnvelope } from '../lib/log/run.ts'
import type { Verifier } from '../lib/log/signature.ts'
import { decodeUpdate } from '../lib/log/yjs-update.ts'
import { type Device, mayCount, type Roster } from '../lib/team/roster.ts'
import { nodeDigest } from './signature.ts'

/** The open segment as the guard sees it. */
export interface JudgedSegment {
  readonly roster: Roster
  readonly headOf: (feed: FeedId) => Promise<FeedHead>
  /** What this segment holds of the feed. */
  readonly itemsOf: (feed: FeedId) => readonly Bytes[]
  readonly stored: (feed: FeedId, seq: number) => Promise<Bytes | undefined>
  readonly room: { readonly entries: number; readonly bytes: number }
  /** True while the segment holds nothing: then one entry fits, whatever its size. */
  readonly empty: boolean
}

/** Entries of one feed that are new to the relay. */
export interface FreshRun {
  readonly feed: FeedId
  readonly envelopes: readonly Envelope[]
  readonly items: readonly Bytes[]
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
      /** What the draft took of the update. */
      readonly feeds: readonly FeedId[]
      /** Feeds of which nothing new came. */
      readonly known: readonly FeedId[]
    }
  | Refusal

export interface Draft {
  /** Takes all of the update, the longest prefix that fits, or nothing. `mayTake` is asked once, with the number of entries. */
  readonly add: (
    update: Uint8Array,
    mayTake: (entries: number, bytes: number) => Refusal | undefined,
  ) => Promise<Verdict>
  /** Not all that was offered fits into this segment. */
  readonly isFull: () => boolean
  /** False where a signature is bad: then nothing of the draft counts. */
  readonly prove: () => Promise<boolean>
  readonly fresh: () => readonly FreshRun[]
}

export const refuse = (code: CloseCode, reason: string): Refusal => ({ ok: false, code, reason })

interface Grown {
  readonly items: Bytes[]
  readonly envelopes: Envelope[]
  readonly device: Device
  head: FeedHead
}

/** `eager` proves each update as it is added, to find the one whose signature is bad. */
export const createDraft = (segment: JudgedSegment, verifier: Verifier, eager: boolean): Draft => {
  const grown = new Map<FeedId, Grown>()
  let { entries, bytes } = segment.room
  let empty = segment.empty
  let full = false

  const add: Draft['add'] = async (update, mayTake) => {
    const runs = decodeUpdate(update)
    if (!runs.ok) return refuse(CLOSE.notAnAppend, runs.fault)
    const additions: (FreshRun & Pick<Grown, 'device' | 'head'>)[] = []
    const known: FeedId[] = []
    const room = { entries, bytes, empty }
    let overflows = false

    for (const { feed, clock, items } of runs.value) {
      const device = segment.roster.devices.get(feed)
      if (!device) return refuse(CLOSE.badEntry, 'unknown feed')
      const held = segment.itemsOf(feed)
      const drafted = grown.get(feed)
      const count = held.length + (drafted?.items.length ?? 0)
      if (clock > count) return refuse(CLOSE.badEntry, 'gap')
      const head = drafted?.head ?? (await segment.headOf(feed))

      const offered: Envelope[] = []
      let position = clock - 1
      for (const item of items) {
        position += 1
        const own = position < held.length ? held[position] : drafted?.items[position - held.length]
        if (own && bytesEqual(own, item)) continue
        if (item.length > MAX_ENVELOPE_BYTES) return refuse(CLOSE.tooLarge, 'entry too large')
        const envelope = decodeEnvelope(item, nodeDigest)
        if (!envelope.ok) return refuse(CLOSE.badEntry, envelope.fault)
        const { header } = envelope.value
        if (own || header.seq <= head.seq) {
          if (header.team !== segment.roster.team) return refuse(CLOSE.badEntry, 'wrong team')
          const before = own ?? (header.feed === feed ? await segment.stored(feed, header.seq) : undefined)
          const refusal = await judgeTaken(envelope.value, item, before, own !== undefined, device)
          if (refusal) return refusal
        }
        if (!own) offered.push(envelope.value)
      }
      if (offered.length === 0) {
        known.push(feed)
        continue
      }
      const fresh = items.slice(items.length - offered.length)
      let take = 0
      for (; take < offered.length && !overflows; take++) {
        const size = (fresh[take] as Bytes).length
        overflows = room.entries < 1 || (size > room.bytes && !room.empty)
        if (overflows) break
        room.entries -= 1
        room.bytes -= size
        room.empty = false
      }
      const taken = offered.slice(0, take)
      const last = taken.at(-1)
      if (!last) continue
      const chain = checkChain(taken, { team: segment.roster.team, feed, head })
      if (!chain.ok) return refuse(CLOSE.badEntry, chain.fault)
      for (const envelope of taken) {
        const counts = mayCount(segment.roster, envelope.header, envelope.hash)
        if (!counts.ok) return refuse(CLOSE.notAllowed, counts.fault)
        if (envelope.header.kind === 'erase' && !decodeErase(envelope).ok)
          return refuse(CLOSE.badEntry, 'malformed erase')
      }
      if (eager && !(await isSigned(last, device))) return refuse(CLOSE.badEntry, 'bad signature')
      additions.push({ feed, envelopes: taken, items: fresh.slice(0, take), device, head: headOf(last) })
    }

    const refusal = mayTake(entries - room.entries, bytes - room.bytes)
    if (refusal) return refusal
    for (const { feed, envelopes, items, device, head } of additions) {
      const place = grown.get(feed) ?? { items: [], envelopes: [], device, head }
      grown.set(feed, place)
      place.items.push(...items)
      place.envelopes.push(...envelopes)
      place.head = head
    }
    ;({ entries, bytes, empty } = room)
    full ||= overflows
    return { ok: true, feeds: additions.map(({ feed }) => feed), known }
  }

  const isSigned = (envelope: Envelope, { sign }: Device): Promise<boolean> =>
    verifyEnvelope(envelope, hexToBytes(sign, 32) as Bytes, verifier)

  /**
   * An entry whose place is taken: the very one is fine in its place and misplaced elsewhere; another one with a valid
   * signature is a fork.
   */
  const judgeTaken = async (
    envelope: Envelope,
    bytes: Bytes,
    before: Bytes | undefined,
    inPlace: boolean,
    device: Device,
  ): Promise<Refusal | undefined> => {
    const { feed, seq } = envelope.header
    const stored = before && decodeEnvelope(before)
    if (!stored?.ok || stored.value.header.seq !== seq)
      return refuse(CLOSE.misplaced, 'entry is not at its place')
    if (bytesEqual(stored.value.hash, envelope.hash))
      return inPlace ? undefined : refuse(CLOSE.misplaced, 'entry is stored in an earlier segment')
    return (await isSigned(envelope, device))
      ? { ...refuse(CLOSE.fork, 'fork'), fork: { feed, seq, bytes } }
      : refuse(CLOSE.badEntry, 'bad signature')
  }

  return {
    add,
    isFull: () => full,
    prove: async () => {
      if (eager) return true
      for (const { envelopes, device } of grown.values())
        if (!(await isSigned(envelopes.at(-1) as Envelope, device))) return false
      return true
    },
    fresh: () => Array.from(grown, ([feed, { envelopes, items }]) => ({ feed, envelopes, items })),
  }
}
