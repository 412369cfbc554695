/** When a held change is ripe: late enough for more of the same and for its proof, soon enough for whoever watches the timeline. */
import type { Exchange } from './exchange.ts'

export interface Moment {
  readonly nowMs: number
  /** When the person last edited a field; 0 for never. */
  readonly lastEditMs: number
  /** How long a change waits when nothing else is known. */
  readonly patienceMs: number
}

/** A person waits for the row. */
export const PATIENCE_MS = 1_500
/** While a person is editing, more of the same may follow: changes of one resource within this time are one. */
const EDITING_MS = 3_000
/** A click on Save is followed by its requests and reads at once. */
const DECIDED_MS = 500
/** A call over a socket without an answer by then gets none. */
const ANSWER_MS = 10_000

export const isRipe = (
  { endedAtMs, isDecided }: Exchange,
  { nowMs, lastEditMs, patienceMs }: Moment,
): boolean => {
  const isEditing = nowMs - lastEditMs < PATIENCE_MS
  const waitMs = isDecided ? Math.min(DECIDED_MS, patienceMs) : isEditing ? EDITING_MS : patienceMs
  return nowMs - endedAtMs > waitMs
}

export const isSoonAfter = (later: Exchange, earlier: Exchange): boolean =>
  later.endedAtMs - earlier.endedAtMs <= EDITING_MS

export const isUnanswered = ({ startedAtMs }: Exchange, nowMs: number): boolean =>
  nowMs - startedAtMs > ANSWER_MS
