/** The sockets in a team's rooms, and what they are shown. Whoever comes here shows only what is on disk. */
import type { Bytes } from '../lib/log/bytes.ts'
import type { FeedId } from '../lib/log/envelope.ts'
import {
  CLOSE,
  type CloseCode,
  encodeRosterFrame,
  encodeUpdateFrame,
  ROSTER_FEED,
} from '../lib/log/frames.ts'
import { encodeUpdate, type FeedRun } from '../lib/log/yjs-update.ts'
import { type Roster, roleOf } from '../lib/team/roster.ts'
import type { Attendee, Author } from './attendee.ts'

/** Who brought a feed's new entries. */
export type Authors = ReadonlyMap<FeedId, ReadonlySet<Author>>

export interface Audience {
  readonly size: () => number
  /** Returns what takes it out again. */
  readonly admit: (attendee: Attendee) => () => void
  /** To everyone in the room who does not have it from their own pen. */
  readonly show: (segment: number, added: readonly FeedRun[], authors: Authors) => void
  /** To the roster's room in full, to the others as a notice. Who is in it no more has to go. */
  readonly showRoster: (roster: Roster, position: number, operation: Bytes) => void
  readonly showPresence: (segment: number, frame: Uint8Array, from?: Attendee) => void
  /** Their receipts first: nobody should bring to the next segment what they have a receipt for. */
  readonly tellSealed: (segment: number, next: number) => Promise<void>
  readonly dismiss: (code: CloseCode, reason: string) => void
}

export const createAudience = (): Audience => {
  const attendees = new Set<Attendee>()
  const inSegment = (segment: number): Attendee[] =>
    [...attendees].filter((attendee) => attendee.segment === segment)

  return {
    size: () => attendees.size,

    admit: (attendee) => {
      attendees.add(attendee)
      return () => attendees.delete(attendee)
    },

    show: (segment, added, authors) => {
      if (added.length === 0) return
      const isOwn = (attendee: Attendee, { feed }: FeedRun): boolean =>
        authors.get(feed)?.size === 1 && authors.get(feed)?.has(attendee) === true
      const writers = new Set<Author>([...authors.values()].flatMap((some) => [...some]))
      let everything: Bytes | undefined
      // Run once for each socket: what a round can know beforehand is not asked here.
      for (const attendee of attendees) {
        if (attendee.segment !== segment || !attendee.isLive()) continue
        if (!writers.has(attendee)) {
          everything ??= encodeUpdateFrame(encodeUpdate(added))
          attendee.send(everything)
        } else {
          const others = added.filter((run) => !isOwn(attendee, run))
          if (others.length > 0) attendee.send(encodeUpdateFrame(encodeUpdate(others)))
        }
      }
    },

    showRoster: (roster, position, operation) => {
      const run = { feed: ROSTER_FEED, clock: position, items: [operation] }
      const update = encodeUpdateFrame(encodeUpdate([run]))
      const notice = encodeRosterFrame(roster.head.length)
      for (const attendee of [...attendees]) {
        if (!roleOf(roster, attendee.feed)) attendee.end(CLOSE.notAllowed, 'removed')
        else if (attendee.segment === undefined && attendee.isLive()) attendee.send(update)
        else if (attendee.takesReceipts) attendee.send(notice)
      }
    },

    showPresence: (segment, frame, from) => {
      for (const attendee of inSegment(segment))
        if (attendee !== from && attendee.isLive()) attendee.send(frame)
    },

    tellSealed: async (segment, next) => {
      for (const attendee of inSegment(segment)) {
        await attendee.giveReceipts()
        attendee.tellSealed(next)
      }
    },

    dismiss: (code, reason) => {
      for (const attendee of [...attendees]) attendee.end(code, reason)
    },
  }
}
