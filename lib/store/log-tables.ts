/**
 * The rows of teams and their logs on this machine. Bytes are kept as they came, so that everything can be verified again;
 * what pages show of a team is kept beside them in plain. Knows no format: lib/sync joins these rows with lib/log.
 */
import type { DaybookDatabase } from './database.ts'
import { putSetting, setting } from './settings.ts'

export interface TeamRow {
  /** 32 hex digits. */
  readonly team: string
  /** http or https, without a trailing slash; absent while the team is on this machine only. */
  readonly relay?: string
  /** This device's keys. The private ones can't be exported, only used. */
  readonly self: {
    readonly feed: number
    readonly member: string
    readonly sign: CryptoKey
    readonly agree: CryptoKey
    readonly signPublic: string
    readonly agreePublic: string
  }
  /** `joining`: waits for an admin's browser to hand over the key. `removed`: what was shared stays readable. */
  readonly state: 'active' | 'joining' | 'removed'
  /** Links that this device made, by the invite's key: the roster doesn't hold their secrets. */
  readonly links: Readonly<Record<string, string>>
  readonly view: TeamView
}

/** What pages show: the roster with its names opened. */
export interface TeamView {
  readonly name: string
  readonly members: readonly MemberView[]
  readonly invites: readonly InviteView[]
}

export interface MemberView {
  readonly id: string
  /** Empty while this device has no key for it. */
  readonly name: string
  readonly role: 'admin' | 'writer' | 'reader'
  readonly joinedMs: number
  readonly removed: boolean
  readonly devices: readonly DeviceView[]
}

export interface DeviceView {
  readonly feed: number
  readonly name: string
  readonly addedMs: number
  readonly removed: boolean
  /** Nobody has handed it the current key yet. */
  readonly waits: boolean
}

export interface InviteView {
  readonly id: string
  readonly role: MemberView['role']
  /** The member whose next device it is for. */
  readonly member?: string
  readonly expiresMs: number
  readonly usesLeft: number
}

/** A roster operation, as it was signed. */
export interface OperationRow {
  readonly team: string
  readonly index: number
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** An envelope, verified before it was put here. */
export interface EnvelopeRow {
  readonly team: string
  readonly feed: number
  readonly seq: number
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Where its body begins: at the end of `bytes` where it was erased. */
  readonly bodyAt: number
  /** The entry that it holds, once it was opened. */
  readonly entry?: string
}

export interface HeadRow {
  readonly team: string
  readonly feed: number
  readonly seq: number
  readonly hash: Uint8Array<ArrayBuffer>
  readonly clockMs: number
  readonly clockCounter: number
  /** Up to here the relay has confirmed that it is stored; with the receipt that says so. */
  readonly storedSeq?: number
  readonly receipt?: Uint8Array<ArrayBuffer>
  /** Up to here this device's own feed has named it. */
  readonly seenSeq?: number
  /** Up to here nothing is missing on this machine. */
  readonly wholeSeq?: number
}

/** An entry that is to be sealed into this device's feed. Gone in the transaction that stores its envelope. */
export interface OutboxRow {
  readonly team: string
  readonly entry: string
  /** Not before this time, Unix milliseconds: until then it can still be discarded. */
  readonly notBefore: number
  /** It was recorded before its app was shared. */
  readonly backfilled?: true
  /** `entry` is no entry's id but this wish's own: an erase of those. */
  readonly erase?: readonly EraseRow[]
}

/** An entry in the team's log whose content is to go. */
export interface EraseRow {
  readonly feed: number
  readonly seq: number
  readonly hash: Uint8Array<ArrayBuffer>
}

/** That an erase names this entry, which may not be here yet. Its body is not taken again, from nobody. */
export interface ErasureRow extends EraseRow {
  readonly team: string
  /** Where the erase stands. */
  readonly byFeed: number
  readonly bySeq: number
}

/** How far somebody's entries say that a feed goes, where that is further than what is here. */
export interface ClaimRow extends EraseRow {
  readonly team: string
  /** The feed that says so, and since when it is missed here. */
  readonly byFeed: number
  readonly sinceMs: number
  /** What was named of it before, latest first: what comes may be another. */
  readonly earlier?: readonly Pick<ClaimRow, 'seq' | 'hash' | 'byFeed'>[]
}

/** A sealed segment that is wholly on this machine. */
export interface SegmentRow {
  readonly team: string
  readonly segment: number
}

export type AlarmKind =
  | 'fork'
  | 'bad signature'
  | 'unreadable'
  | 'relay lost data'
  | 'roster rolled back'
  | 'id used twice'
  | 'withheld'
  | 'erase refused'
  | 'copied profile'
  | 'after removal'

/** Something that a person must know. Kept until they say that they do, and after. */
export interface AlarmRow {
  readonly id?: number
  readonly team: string
  readonly kind: AlarmKind
  readonly time: number
  readonly feed?: number
  readonly seq?: number
  /** In words, without content of entries. */
  readonly detail: string
  readonly evidence: readonly Uint8Array<ArrayBuffer>[]
  readonly acknowledged: boolean
}

/** How the exchange with a team's relay stands, for the eye. Lost with the browser session without harm. */
export interface SyncRow {
  readonly team: string
  readonly connection: 'off' | 'connecting' | 'on' | 'refused'
  /** Why it is refused, in words. */
  readonly reason?: string
  /** How far the relay's clock is ahead of this machine's, where that is a minute or more. One of them is wrong. */
  readonly clockOffMs?: number
  readonly unsent: number
  readonly lastSyncedMs?: number
  /** Sealed segments still to be fetched, of how many. */
  readonly backfill?: { readonly left: number; readonly of: number }
}

/** Added in version 3 of the database. */
export const EVIDENCE_TABLES = {
  erasures: '[team+feed+seq]',
  claims: '[team+feed]',
} as const

export const LOG_TABLES = {
  teams: 'team',
  operations: '[team+index]',
  envelopes: '[team+feed+seq], entry',
  heads: '[team+feed]',
  outbox: '[team+entry], entry',
  segments: '[team+segment]',
  alarms: '++id, team',
  syncs: 'team',
} as const

/** Where a row stands, for the mark at its end: `private` is in no team's log and not about to be; `kept`: as somebody said so. */
export type Shared = 'private' | 'kept' | 'waiting' | 'sealed' | 'stored'

const KEPT_PRIVATE = 'kept private'

/** Entries that were taken back before they were sent: no later sharing of their app's past brings them along. */
export const keptPrivate = async (db: DaybookDatabase): Promise<ReadonlySet<string>> =>
  new Set(await setting<string[]>(db, KEPT_PRIVATE))

/** Inside a transaction over the settings. */
export const keepPrivate = async (db: DaybookDatabase, entries: readonly string[]): Promise<void> =>
  putSetting(db, KEPT_PRIVATE, [...new Set([...(await keptPrivate(db)), ...entries])])

export const sharedStates = async (
  db: DaybookDatabase,
  entries: readonly string[],
): Promise<ReadonlyMap<string, Shared>> => {
  const states = new Map<string, Shared>(entries.map((entry) => [entry, 'private']))
  const ids = [...entries]
  const kept = await keptPrivate(db)
  for (const entry of ids) if (kept.has(entry)) states.set(entry, 'kept')
  for (const { entry } of await db.outbox.where('entry').anyOf(ids).toArray()) states.set(entry, 'waiting')
  const envelopes = await db.envelopes.where('entry').anyOf(ids).toArray()
  const keys = [...new Map(envelopes.map(({ team, feed }) => [`${team} ${feed}`, [team, feed]])).values()]
  const heads = await db.heads.bulkGet(keys as [string, number][])
  const storedSeqs = new Map(heads.flatMap((head) => (head ? [[head.feed, head.storedSeq ?? 0]] : [])))
  for (const { entry, feed, seq } of envelopes) {
    if (entry) states.set(entry, seq <= (storedSeqs.get(feed) ?? 0) ? 'stored' : 'sealed')
  }
  return states
}
