/**
 * How far this machine's clock is off its relays'. Tokens live two minutes by the relay's clock: a machine whose own is wrong
 * learns that from the refusal, and makes them by the relay's. Entries keep this machine's time: a relay must not date them.
 */

export interface RelayClocks {
  /** The relay's time, as far as it is known, Unix milliseconds. */
  readonly nowAt: (relay: string) => number
  /** How far the relay's clock is ahead of this machine's; 0 while nothing says that they differ. */
  readonly offsetMs: (relay: string) => number
  /** What a refusal said. False where that is nothing new. */
  readonly learn: (relay: string, relayMs: number) => boolean
}

/** A request may take this long without saying anything about clocks. */
const NOISE_MS = 15_000

export const createRelayClocks = (nowMs: () => number): RelayClocks => {
  const offsets = new Map<string, number>()
  const offsetMs = (relay: string): number => offsets.get(relay) ?? 0
  return {
    nowAt: (relay) => nowMs() + offsetMs(relay),
    offsetMs,
    learn: (relay, relayMs) => {
      const offset = relayMs - nowMs()
      if (!Number.isSafeInteger(relayMs) || Math.abs(offset - offsetMs(relay)) < NOISE_MS) return false
      offsets.set(relay, offset)
      return true
    },
  }
}
