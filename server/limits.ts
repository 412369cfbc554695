/** What one client may cost, and how a rate is counted. Every number can be set; the defaults suit a small machine. */
import type { FeedId } from '../lib/log/envelope.ts'
import { CLOSE } from '../lib/log/frames.ts'
import { type Refusal, refuse } from './guard.ts'

export interface Limits {
  /** A segment is cut at whichever comes first. */
  readonly segmentEntries: number
  readonly segmentBytes: number
  /** How long what came waits for more, to be judged and made durable with it: a signature and a flush cost more than many entries. */
  readonly gatherMs: number
  readonly frameBytes: number
  /** Per device: entries a second, and how many may come at once. */
  readonly entriesPerSecond: number
  readonly entriesBurst: number
  /** The same for all devices of a team together. */
  readonly teamEntriesPerSecond: number
  readonly teamEntriesBurst: number
  readonly bytesPerSecond: number
  readonly bytesBurst: number
  /** What a client may send before its token was judged, and what may wait to be judged after that. */
  readonly unauthenticatedBytes: number
  readonly unauthenticatedMs: number
  readonly inboxBytes: number
  /** A reader that lets more than this pile up is let go, and resumes from its state vector. */
  readonly bufferedBytes: number
  /** Presence is a courtesy: what is larger or comes more often is dropped, and the client stays. */
  readonly presenceBytes: number
  readonly presencePerSecond: number
  readonly presenceBurst: number
  /** Sockets from one address at once. */
  readonly connectionsPerAddress: number
  readonly rosterOperationBytes: number
  /** A team without sockets is forgotten (not on disk) after this. */
  readonly idleTeamMs: number
}

export const DEFAULT_LIMITS: Limits = {
  segmentEntries: 256,
  segmentBytes: 256 * 1024,
  gatherMs: 3,
  frameBytes: 1024 * 1024,
  entriesPerSecond: 1_000,
  entriesBurst: 10_000,
  teamEntriesPerSecond: 5_000,
  teamEntriesBurst: 100_000,
  bytesPerSecond: 4 * 1024 * 1024,
  bytesBurst: 32 * 1024 * 1024,
  unauthenticatedBytes: 16 * 1024,
  unauthenticatedMs: 5_000,
  inboxBytes: 8 * 1024 * 1024,
  bufferedBytes: 4 * 1024 * 1024,
  presenceBytes: 1024,
  presencePerSecond: 1,
  presenceBurst: 10,
  connectionsPerAddress: 1_000,
  rosterOperationBytes: 64 * 1024,
  idleTeamMs: 60_000,
}

/** Fills at `perSecond` up to `burst`. */
export interface TokenBucket {
  /** False where there is not enough; nothing is taken then. */
  readonly take: (amount: number) => boolean
}

export const createTokenBucket = (perSecond: number, burst: number, now: () => number): TokenBucket => {
  let level = burst
  let filledAt = now()
  return {
    take: (amount) => {
      // A clock that is set back fills nothing and takes nothing.
      const nowMs = now()
      level = Math.min(burst, level + (Math.max(0, nowMs - filledAt) / 1000) * perSecond)
      filledAt = nowMs
      if (amount > level) return false
      level -= amount
      return true
    },
  }
}

/** What the devices of one team have sent lately. */
export interface TeamRates {
  /** Undefined where the device, and the team, may write so many more. */
  readonly takeEntries: (feed: FeedId, entries: number) => Refusal | undefined
  /** False where the device sends more than it may. */
  readonly takeBytes: (feed: FeedId, bytes: number) => boolean
}

export const createTeamRates = (limits: Limits, now: () => number): TeamRates => {
  const team = createTokenBucket(limits.teamEntriesPerSecond, limits.teamEntriesBurst, now)
  const devices = new Map<FeedId, { readonly entries: TokenBucket; readonly bytes: TokenBucket }>()
  const bucketsOf = (feed: FeedId) => {
    const known = devices.get(feed) ?? {
      entries: createTokenBucket(limits.entriesPerSecond, limits.entriesBurst, now),
      bytes: createTokenBucket(limits.bytesPerSecond, limits.bytesBurst, now),
    }
    devices.set(feed, known)
    return known
  }
  return {
    takeEntries: (feed, entries) => {
      if (!bucketsOf(feed).entries.take(entries)) return refuse(CLOSE.tooMany, 'too many entries')
      return team.take(entries) ? undefined : refuse(CLOSE.tooMany, 'too many entries of the team')
    },
    takeBytes: (feed, bytes) => bucketsOf(feed).bytes.take(bytes),
  }
}
