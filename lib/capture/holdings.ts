/**
 * Changes that wait: to become one with what follows, to be proven by a read, to be ripe. What waits is foreseen all along, so that a page
 * that dies loses nothing; what comes to nothing is withdrawn. Knows nothing of wires.
 */
import type { EntryDraft } from '../model/entry.ts'
import type { CaptureRule } from '../model/rules.ts'
import { applyRules } from '../model/rules.ts'
import { confirm, indexReading } from './confirm.ts'
import type { Reading } from './decoders/decoder.ts'
import type { Exchange } from './exchange.ts'
import { coalesce, type Held, isSameResource } from './held.ts'
import type { RecorderDeps } from './recorder.ts'
import { isSoonAfter } from './ripe.ts'

const MAX_HELD = 500

export interface Holdings {
  readonly hold: (fresh: Held) => void
  /** A read after the save is the best proof: what it denies is gone, what it shows otherwise is corrected. */
  readonly prove: (reading: Reading, startedAtMs: number, isKnown: (id: string) => boolean) => void
  readonly release: (isDue: (source: Exchange) => boolean) => void
  /** Said to be recorded if nothing more is heard of this page. `isWaiting`: for an answer that may take its time. */
  readonly foretell: (one: Held, isWaiting?: boolean) => void
  /** What was foretold under this id, here or by the page before, comes to nothing. */
  readonly withdraw: (id: string) => void
  /** The page before foretold these. */
  readonly inherit: (ids: readonly string[]) => void
}

export interface HoldingsDeps extends Pick<RecorderDeps, 'emit' | 'foresee'> {
  readonly rules: () => readonly CaptureRule[]
  readonly describe: (one: Held) => EntryDraft
}

export const createHoldings = ({ emit, foresee, rules, describe }: HoldingsDeps): Holdings => {
  let held: readonly Held[] = []
  const foreseen = new Set<string>()
  /** What was foreseen is what is emitted: redacting a large document twice would be felt. */
  const drafts = new WeakMap<Held, EntryDraft>()

  const hold = (fresh: Held): void => {
    if (held.length >= MAX_HELD) {
      const oldest = held.slice(0, 1)
      held = held.slice(1)
      emitAll(oldest)
    }
    const earlier = held.find(
      (one) => isSameResource(one, fresh) && isSoonAfter(fresh.exchange, one.exchange),
    )
    const merged = earlier && coalesce(earlier, fresh)
    held = merged ? held.flatMap((one) => (one === earlier ? merged : [one])) : [...held, fresh]
    for (const { id } of earlier ? [earlier, fresh] : [fresh])
      if (!held.some((one) => one.id === id)) withdraw(id)
    for (const one of merged ?? [fresh]) foretell(one)
  }

  const prove: Holdings['prove'] = (reading, startedAtMs, isKnown): void => {
    const isOpen = ({ grade, exchange }: Held): boolean =>
      (grade === 'accepted' || grade === 'readBack') && startedAtMs >= exchange.startedAtMs
    if (!held.some(isOpen)) return
    const shown = indexReading(reading)
    held = held.flatMap((one): Held[] => {
      const confirmed = isOpen(one) ? confirm(one.change, one.finding, shown, isKnown) : undefined
      if (!confirmed) return [one]
      const { change, proven } = confirmed
      if (change === null) {
        withdraw(one.id)
        return []
      }
      const read = { ...one, change, grade: proven ? 'readBack' : one.grade }
      if (change !== one.change) foretell(read)
      return [read]
    })
  }

  const release = (isDue: (source: Exchange) => boolean): void => {
    const ripe = held.filter(({ exchange }) => isDue(exchange))
    held = held.filter((one) => !ripe.includes(one))
    emitAll(ripe)
  }

  const emitAll = (ripe: readonly Held[]): void => {
    for (const one of ripe) {
      const draft = draftOf(one, ripe)
      if (!draft) withdraw(one.id)
      else {
        foreseen.delete(one.id)
        emit(draft)
      }
    }
  }

  const foretell = (one: Held, isWaiting = false): void => {
    if (!foresee) return
    const draft = draftOf(one, held)
    if (!draft) withdraw(one.id)
    else {
      foreseen.add(one.id)
      foresee(one.id, draft, isWaiting)
    }
  }

  const withdraw = (id: string): void => {
    if (foreseen.delete(id)) foresee?.(id)
  }

  /** By the user's corrections; undefined where they mute it. A group of one is none. */
  const draftOf = (one: Held, among: readonly Held[]): EntryDraft | undefined => {
    const draft = drafts.get(one) ?? describe(one)
    drafts.set(one, draft)
    const isGrouped = among.some(({ group, id }) => group === one.group && id !== one.id)
    return applyRules(isGrouped ? { ...draft, group: one.group } : draft, rules())
  }

  const inherit = (ids: readonly string[]): void => {
    for (const id of ids) foreseen.add(id)
  }

  return { hold, prove, release, foretell, withdraw, inherit }
}
