/**
 * What a signed erase does to the entries that it names: their bodies go, their headers and signatures stay.
 * PROTOCOL.md E6. What doesn't count is passed over, never refused: a relay that is filled again may see an erase
 * before its target, or one of an admin of old.
 */
import { type Bytes, bytesEqual } from '../lib/log/bytes.ts'
import { decodeEnvelope, type Envelope, type FeedId, SIGNATURE_BYTES } from '../lib/log/envelope.ts'
import { decodeErase } from '../lib/log/erase.ts'
import type { Roster } from '../lib/team/roster.ts'
import type { FreshRun } from './guard.ts'
import type { AwaitedErasure, StoredEntry } from './storage/storage.ts'

export interface Erasures {
  /** What is appended, without the bodies that are to go at once. */
  readonly runs: readonly FreshRun[]
  /** Stored entries without their bodies. */
  readonly erased: readonly StoredEntry[]
  readonly awaited: readonly AwaitedErasure[]
}

export interface ErasureDeps {
  readonly roster: Roster
  /** `feed seq` of erasures that came before their targets, with the hash of the target's header. */
  readonly awaited: ReadonlyMap<string, Uint8Array>
  readonly stored: (feed: FeedId, seq: number) => Promise<Bytes | undefined>
}

export const applyErasures = async (
  fresh: readonly FreshRun[],
  { roster, awaited, stored }: ErasureDeps,
): Promise<Erasures> => {
  const wishes = fresh.flatMap(({ feed, envelopes }) =>
    envelopes.flatMap((envelope) => {
      const targets = decodeErase(envelope)
      return targets.ok ? targets.value.filter((target) => mayErase(roster, feed, target.feed)) : []
    }),
  )
  if (wishes.length === 0 && awaited.size === 0) return { runs: fresh, erased: [], awaited: [] }

  const hashes = new Map(awaited)
  for (const { feed, seq, hash } of wishes) hashes.set(awaitedKey(feed, seq), hash)
  const isWished = (envelope: Envelope): boolean => {
    const hash = hashes.get(awaitedKey(envelope.header.feed, envelope.header.seq))
    return hash !== undefined && envelope.header.kind === 'entry' && bytesEqual(hash, envelope.hash)
  }
  const runs = fresh.map((run) => ({
    ...run,
    items: run.items.map((item, index) =>
      isWished(run.envelopes[index] as Envelope) ? headerOf(run.envelopes[index] as Envelope, item) : item,
    ),
  }))

  const erased = new Map<string, StoredEntry>()
  const toCome: AwaitedErasure[] = []
  for (const { feed, seq, hash } of wishes) {
    const isFresh = fresh.some((run) =>
      run.envelopes.some(({ header }) => header.feed === feed && header.seq === seq),
    )
    if (isFresh) continue
    const bytes = await stored(feed, seq)
    if (!bytes) {
      toCome.push({ feed, seq, hash })
      continue
    }
    const envelope = decodeEnvelope(bytes)
    if (!envelope.ok || !isWished(envelope.value) || envelope.value.body.length === 0) continue
    const header = headerOf(envelope.value, bytes)
    erased.set(awaitedKey(feed, seq), { feed, seq, bytes: header, bodyAt: header.length })
  }
  return { runs, erased: [...erased.values()], awaited: toCome }
}

export const awaitedKey = (feed: FeedId, seq: number): string => `${feed} ${seq}`

/** Where an encoded envelope's body begins. */
export const bodyOffset = ({ headerBytes }: Envelope): number => headerBytes.length + SIGNATURE_BYTES

const headerOf = (envelope: Envelope, bytes: Bytes): Bytes => bytes.slice(0, bodyOffset(envelope))

/** The target's own member, or an admin. */
const mayErase = (roster: Roster, by: FeedId, target: FeedId): boolean => {
  const eraser = roster.devices.get(by)
  const owner = roster.devices.get(target)
  if (!eraser || !owner) return false
  return eraser.member === owner.member || roster.members.get(eraser.member)?.role === 'admin'
}
