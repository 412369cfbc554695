/**
 * What this machine remembers of a team's relay, held against what the relay says now, before a room is opened. What it once
 * confirmed and does not have any more is to be sent again, and a person is told.
 */
import type { TeamId } from '../log/envelope.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { HeadRow } from '../store/log-tables.ts'
import { putSetting } from '../store/settings.ts'
import { raiseAlarm } from './alarms.ts'
import { openedKey } from './arrivals.ts'
import { copiedKey } from './copied-profile.ts'
import type { RelaySummary } from './summary.ts'
import type { TeamContext } from './team-context.ts'
import { permitKey } from './teams.ts'

export interface Remembered {
  readonly permit: string | undefined
  readonly copiedFeed: number | undefined
  readonly openedUpTo: string | undefined
  readonly relay: { readonly address: string; readonly disk: string } | undefined
  readonly heads: readonly HeadRow[]
  /** How many of the segments before the relay's head are here. */
  readonly segments: number
}

/** All of it in one transaction: who wakes for one entry reads little else. */
export const readRemembered = (db: DaybookDatabase, team: TeamId, segment: number): Promise<Remembered> =>
  db.transaction('r', db.settings, db.heads, db.segments, async () => {
    const [settings, heads, segments] = await Promise.all([
      db.settings.bulkGet([permitKey(team), copiedKey(team), openedKey(team), relayKey(team)]),
      db.heads.where('[team+feed]').between([team, 1], [team, Infinity]).toArray(),
      segmentsBefore(db, team, segment).count(),
    ])
    const [permit, copiedFeed, openedUpTo, relay] = settings.map((row) => row?.value)
    return {
      permit: permit as Remembered['permit'],
      copiedFeed: copiedFeed as Remembered['copiedFeed'],
      openedUpTo: openedUpTo as Remembered['openedUpTo'],
      relay: relay as Remembered['relay'],
      heads,
      segments,
    }
  })

export interface Compared {
  /** It is the relay of before, and all that it has of this device was confirmed then. */
  readonly isConfirmed: boolean
  /** Sealed segments that are not here, oldest first. */
  readonly missing: number[]
}

export const compareWithRelay = async (
  db: DaybookDatabase,
  { row, self }: TeamContext,
  summary: RelaySummary,
  { relay: known, heads, segments }: Remembered,
  nowMs: number,
): Promise<Compared> => {
  const { team } = row
  const isSameRelay = known === undefined || known.address === row.relay
  const isSameDisk = known?.disk === summary.disk && isSameRelay
  if (!isSameDisk) {
    await db.segments.where('[team+segment]').between([team, 0], [team, Infinity]).delete()
    await putSetting(db, relayKey(team), { address: row.relay, disk: summary.disk })
  }
  const missing =
    isSameDisk && segments === summary.segment ? [] : await missingSegments(db, team, summary.segment)
  const lost = heads.filter(({ feed, storedSeq }) => (storedSeq ?? 0) > (summary.seqByFeed.get(feed) ?? 0))
  const own = heads.find(({ feed }) => feed === self.feed)
  if (lost.length === 0) {
    const isConfirmed =
      isSameDisk && own?.receipt !== undefined && own.storedSeq === summary.seqByFeed.get(self.feed)
    return { isConfirmed, missing }
  }
  await db.heads.bulkPut(
    lost.map(({ receipt: _receipt, ...head }) => ({
      ...head,
      storedSeq: summary.seqByFeed.get(head.feed) ?? 0,
    })),
  )
  if (!isSameRelay) return { isConfirmed: false, missing }
  await raiseAlarm(db, {
    team,
    kind: 'relay lost data',
    time: nowMs,
    detail: lossInWords(lost, summary),
    evidence: lost.flatMap(({ receipt }) => receipt ?? []),
    acknowledged: false,
  })
  return { isConfirmed: false, missing }
}

/** Of whom there is a receipt here, the entries are here too. */
const lossInWords = (lost: readonly HeadRow[], { seqByFeed }: RelaySummary): string => {
  const entries = lost.reduce(
    (sum, { feed, storedSeq = 0 }) => sum + storedSeq - (seqByFeed.get(feed) ?? 0),
    0,
  )
  const count = entries === 1 ? '1 entry' : `${entries} entries`
  const of = lost.length === 1 ? 'one browser' : `${lost.length} browsers`
  return `${count} of ${of}: kept here, and sent again by who wrote them or has them.`
}

const missingSegments = async (db: DaybookDatabase, team: TeamId, segment: number): Promise<number[]> => {
  const here = new Set((await segmentsBefore(db, team, segment).primaryKeys()).map(([, number]) => number))
  return Array.from({ length: segment }, (_, number) => number).filter((number) => !here.has(number))
}

const segmentsBefore = (db: DaybookDatabase, team: TeamId, segment: number) =>
  db.segments.where('[team+segment]').between([team, 0], [team, segment])

const relayKey = (team: TeamId): string => `relay of ${team}`
