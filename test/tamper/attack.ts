/** One row of the tamper matrix: who tries what, and what the project's own code then says. */
export interface Attack {
  readonly attack: string
  readonly by:
    | 'a stranger'
    | 'the relay'
    | 'a member'
    | 'an ex-member'
    | 'a copied browser'
    | 'whoever has the file'
  /** Who finds it. */
  readonly foundBy:
    | 'the relay'
    | 'a teammate’s browser'
    | 'every reader of the roster'
    | 'verify-bundle and Audit Logs'
  /** How it is called: the alarm, the reason of a refusal, the fault. */
  readonly named: string
  readonly run: () => Promise<Found>
}

export interface Found {
  /** The names under which it was found; none where it went through. */
  readonly names: readonly string[]
  /**
   * What verify-bundle says where a member packs it into a bundle all the same. Absent where nothing of it gets into a log, so
   * that no bundle can hold it.
   */
  readonly packed?: readonly string[]
}

/** What nobody can find out, by the words in which PROTOCOL.md says so. */
export interface Limit {
  readonly attack: string
  readonly by: Attack['by']
  /** How the item of "What this can't do" begins. */
  readonly listedAs: string
  /** Does it, where that can be done here, and gives what was found: nothing. */
  readonly run?: () => Promise<readonly string[]>
}
