/**
 * The storage port: where the relay keeps what it has acknowledged. It knows rosters, entries and segments as
 * opaque bytes, checks no signature and reads no content. Whatever a promise here resolves with is durable.
 */

/** The open segment of a team. `version` grows with each append and is what an append is compared with. */
export interface TeamHead {
  readonly version: number
  readonly segment: number
  readonly entries: number
  readonly bytes: number
}

export const EMPTY_HEAD: TeamHead = { version: 0, segment: 0, entries: 0, bytes: 0 }

export interface StoredEntry {
  readonly feed: number
  readonly seq: number
  readonly bytes: Uint8Array
  /** Where the part begins that may be erased one day; what is before it stays for ever. */
  readonly bodyAt: number
}

/** One feed's stretch of one segment: consecutive entries from `from`. */
export interface SegmentRun {
  readonly feed: number
  readonly from: number
  readonly items: readonly Uint8Array[]
}

/** An entry that was to be erased before it came. */
export interface AwaitedErasure {
  readonly feed: number
  readonly seq: number
  /** Of its header. */
  readonly hash: Uint8Array
}

/** All or nothing. Each feed's entries are consecutive and follow those that are stored. */
export interface AppendBatch {
  readonly expectedVersion: number
  /** Where the entries go. */
  readonly segment: number
  readonly entries: readonly StoredEntry[]
  readonly head: TeamHead
  /** Entries stored earlier, in any segment, as they are without their bodies. */
  readonly erased: readonly StoredEntry[]
  readonly awaited: readonly AwaitedErasure[]
}

export interface RelayStorage {
  /** False where the team exists already; nothing is changed then. */
  readonly createTeam: (team: string, genesis: Uint8Array) => Promise<boolean>
  /** Every roster operation in order; empty for a team that is not there. */
  readonly roster: (team: string) => Promise<readonly Uint8Array[]>
  /** Stores the operation at `position`; false where the roster does not end exactly there. */
  readonly appendRoster: (team: string, position: number, operation: Uint8Array) => Promise<boolean>
  /** False where the head's version is not the expected one; nothing is stored then. */
  readonly append: (team: string, batch: AppendBatch) => Promise<boolean>
  /** The head, and what the open segment holds, of one moment. */
  readonly openSegment: (
    team: string,
  ) => Promise<{ readonly head: TeamHead; readonly runs: readonly SegmentRun[] }>
  /** What a segment holds, by feed ascending. */
  readonly segment: (team: string, segment: number) => Promise<readonly SegmentRun[]>
  readonly entry: (team: string, feed: number, seq: number) => Promise<Uint8Array | undefined>
  readonly lastEntry: (team: string, feed: number) => Promise<Uint8Array | undefined>
  readonly awaitedErasures: (team: string) => Promise<readonly AwaitedErasure[]>
  /** Keeps the second version of a forked entry, for people to look at. At most one is kept for one (feed, seq). */
  readonly keepEvidence: (team: string, fork: Omit<StoredEntry, 'bodyAt'>) => Promise<void>
  readonly evidence: (team: string) => Promise<readonly Omit<StoredEntry, 'bodyAt'>[]>
  /** The secret of that name; `create` makes it on first use. */
  readonly secret: (name: string, create: () => Uint8Array) => Promise<Uint8Array>
  /** Rejects where nothing can be written. */
  readonly checkWritable: () => Promise<void>
  /** Waits for what is under way. */
  readonly close: () => Promise<void>
  /** Absent where one process owns the storage. */
  readonly peers?: Peers
}

/** The other relays over the same storage. */
export interface Peers {
  /** Tells, in order, what the others store from now on. */
  readonly follow: (team: string, on: PeerListener) => Promise<() => void>
  /** What is stored of the team at this moment, whoever stored it. */
  readonly position: (team: string) => Promise<{ readonly version: number; readonly rosterLength: number }>
  /** Presence: to the other relays that follow the team, stored nowhere. */
  readonly passOn: (team: string, segment: number, frame: Uint8Array) => void
  /** Asks one relay that follows the team. Rejects where it does not, or says nothing for two seconds. */
  readonly ask: (team: string, relay: string, question: Uint8Array) => Promise<Uint8Array>
  /** True for the first relay that claims this id. Forgotten once `expiresMs` is past. */
  readonly claim: (id: string, expiresMs: number) => Promise<boolean>
}

export interface PeerListener {
  readonly appended: (batch: AppendBatch) => void
  readonly rosterGrew: (position: number, operation: Uint8Array) => void
  /** The relay of this name has stored an append, the latest that is known here. */
  readonly rang: (relay: string) => void
  readonly asked: (question: Uint8Array) => Promise<Uint8Array>
  readonly presence: (segment: number, frame: Uint8Array) => void
  /** Nothing more will be told: whoever listened starts afresh. */
  readonly lost: () => void
}
