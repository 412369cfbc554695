/**
 * Hybrid logical clock: wall time in milliseconds and a counter for events within one. It orders entries; it is not
 * evidence of time. A remote clock moves ours only within `MAX_DRIFT_MS` of our wall clock. Knows no wall clock itself.
 */

export interface Clock {
  /** Unix time in milliseconds, 48 bits. */
  readonly ms: number
  /** 16 bits. */
  readonly counter: number
}

export const CLOCK_ZERO: Clock = { ms: 0, counter: 0 }
export const MAX_DRIFT_MS = 5 * 60_000
const MAX_MS = 2 ** 48 - 1
const MAX_COUNTER = 0xffff

/** Negative where `a` comes first. */
export const compareClocks = (a: Clock, b: Clock): number => a.ms - b.ms || a.counter - b.counter

/** The next reading, later than `last` even when the wall clock went back. */
export const tick = (last: Clock, nowMs: number): Clock => {
  const ms = Math.min(Math.max(Math.floor(nowMs), 0), MAX_MS)
  if (ms > last.ms) return { ms, counter: 0 }
  return last.counter < MAX_COUNTER
    ? { ms: last.ms, counter: last.counter + 1 }
    : { ms: last.ms + 1, counter: 0 }
}

/** Our clock after having seen `remote`; one that is too far ahead of our wall clock is not followed. */
export const witness = (own: Clock, remote: Clock, nowMs: number): Clock =>
  compareClocks(remote, own) > 0 && remote.ms <= nowMs + MAX_DRIFT_MS ? remote : own

/** 16 hex digits that sort as the clocks do. */
export const clockToText = ({ ms, counter }: Clock): string =>
  ms.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0')
