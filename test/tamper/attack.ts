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
  /** Does it, and gives the names under which it was found; none where it went through. */
  readonly run: () => Promise<readonly string[]>
}
