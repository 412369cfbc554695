/** Who writes to a team and who reads along: the sockets in its rooms, and other relays that speak for theirs. */
import type { Bytes } from '../lib/log/bytes.ts'
import type { FeedHead, FeedId } from '../lib/log/envelope.ts'
import type { CloseCode } from '../lib/log/frames.ts'

/** One entry of a feed, as a receipt names it. */
export type Stored = Pick<FeedHead, 'seq' | 'hash'>

/** Who is told what became of an update. */
export interface Author {
  readonly feed: FeedId
  /** Undefined in the roster's room. */
  readonly segment: number | undefined
  /** A receipt for this entry, and so for all before it. */
  readonly owe: (feed: FeedId, entry: Stored) => void
  readonly tellSealed: (next: number) => void
  readonly end: (code: CloseCode, reason: string) => void
}

/** A socket in one of the team's rooms. */
export interface Attendee extends Author {
  /** It has asked for the state and gets what comes after. */
  readonly isLive: () => boolean
  readonly takesReceipts: boolean
  readonly send: (...frames: readonly Uint8Array[]) => void
  readonly giveReceipts: () => Promise<void>
}

/** An update that waits to be judged. */
export interface Submission {
  readonly author: Author
  readonly update: Bytes
  readonly receivedAt: number
  /** Called once the update is dealt with, well or badly. */
  readonly settled: () => void
  /** By another relay, which deals with it by itself where nothing is said to the author. */
  readonly isHandedOver: boolean
  /** It counts in its device's rate already. */
  charged: boolean
  /** How often another relay was asked in vain to append it. */
  refusals: number
}
