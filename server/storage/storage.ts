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

/** One feed's stretch in one segment: entries `from` to `from + count - 1`. */
export interface Span {
  readonly feed: number
  readonly from: number
  readonly count: number
}

export interface StoredEntry {
  readonly feed: number
  readonly seq: number
  readonly bytes: Uint8Array
}

/** All or nothing. `spans` are the new values of those that changed, in segment `segment`. */
export interface AppendBatch {
  readonly expectedVersion: number
  readonly segment: number
  readonly entries: readonly StoredEntry[]
  readonly spans: readonly Span[]
  readonly head: TeamHead
}

export interface RelayStorage {
  /** False where the team exists already; nothing is changed then. */
  readonly createTeam: (team: string, genesis: Uint8Array) => Promise<boolean>
  /** Every roster operation in order; empty for a team that is not there. */
  readonly roster: (team: string) => Promise<readonly Uint8Array[]>
  /** Stores the operation at `position`; false where the roster does not end exactly there. */
  readonly appendRoster: (team: string, position: number, operation: Uint8Array) => Promise<boolean>
  readonly head: (team: string) => Promise<TeamHead>
  /** False where the head's version is not the expected one; nothing is stored then. */
  readonly append: (team: string, batch: AppendBatch) => Promise<boolean>
  /** What segment `segment` holds, by feed ascending. */
  readonly spans: (team: string, segment: number) => Promise<readonly Span[]>
  readonly entries: (
    team: string,
    feed: number,
    from: number,
    count: number,
  ) => Promise<readonly Uint8Array[]>
  readonly lastEntry: (team: string, feed: number) => Promise<StoredEntry | undefined>
  /** Keeps the second version of a forked entry, for people to look at. At most one is kept for one (feed, seq). */
  readonly keepEvidence: (team: string, fork: StoredEntry) => Promise<void>
  readonly evidence: (team: string) => Promise<readonly StoredEntry[]>
  /** The secret of that name; `create` makes it on first use. */
  readonly secret: (name: string, create: () => Uint8Array) => Promise<Uint8Array>
  /** Rejects where nothing can be written. */
  readonly checkWritable: () => Promise<void>
  /** Waits for what is under way. */
  readonly close: () => Promise<void>
}
