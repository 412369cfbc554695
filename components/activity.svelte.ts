/**
 * When things happened: counts by time and action for the strip, and how many entries a filter has. Without a filter the
 * store's own counters say it; with one the entries are tallied in the background, and the tally says "so far" until it is done.
 */

import type { Action } from '../lib/model/entry.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { type HourCount, hourCounts } from '../lib/store/facets.ts'
import type { EntryFilter } from '../lib/store/query.ts'
import { startOfDay, type Zone } from './day.ts'
import { Live } from './live.svelte.ts'
import { tally } from './tally.ts'

export interface Bucket {
  readonly startMs: number
  readonly endMs: number
  readonly counts: Readonly<Record<Action, number>>
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const LENGTHS_MS = [1, 2, 3, 6, 12, 24].map((hours) => hours * HOUR_MS)
const MOST_BUCKETS = 96
const FEWEST_BUCKETS = 24

export class Activity {
  #hours: Live<HourCount[]>
  #tally = $state.raw<{ counts: readonly HourCount[]; total: number; isDone: boolean }>({
    counts: [],
    total: 0,
    isDone: false,
  })
  readonly #isFiltered: () => boolean
  readonly #zone: () => Zone
  readonly #now: () => number
  readonly buckets: readonly Bucket[] = $derived.by(() => toBuckets(this.#counts, this.#now(), this.#zone()))

  constructor({
    db,
    filter,
    zone,
    now,
  }: {
    db: DaybookDatabase
    /** Undefined for everything. */
    filter: () => EntryFilter | undefined
    zone: () => Zone
    now: () => number
  }) {
    this.#isFiltered = () => filter() !== undefined
    this.#zone = zone
    this.#now = now
    this.#hours = new Live(() => () => hourCounts(db))
    $effect(() => {
      const wanted = filter()
      // Counted again when the log grows.
      void this.#hours.current
      if (wanted === undefined) return
      const stop = new AbortController()
      void this.#count(db, wanted, stop.signal).catch(() => undefined)
      return () => stop.abort()
    })
  }

  /** Entries of the filter; a lower bound until `isExact`. */
  get total(): number {
    return this.#isFiltered() ? this.#tally.total : sum(this.#hours.current ?? [])
  }
  get isExact(): boolean {
    return !this.#isFiltered() || this.#tally.isDone
  }

  get #counts(): readonly HourCount[] {
    return this.#isFiltered() ? this.#tally.counts : (this.#hours.current ?? [])
  }

  async #count(db: DaybookDatabase, filter: EntryFilter, signal: AbortSignal): Promise<void> {
    const byHour = new Map<string, HourCount>()
    let total = 0
    const publish = (isDone: boolean) => {
      if (!signal.aborted) this.#tally = { counts: [...byHour.values()], total, isDone }
    }
    const isWhole = await tally(db, filter, signal, (rows) => {
      for (const { time, action } of rows) {
        const hourMs = Math.floor(Date.parse(time) / HOUR_MS) * HOUR_MS
        const key = `${hourMs} ${action}`
        byHour.set(key, { hourMs, action, count: (byHour.get(key)?.count ?? 0) + 1 })
      }
      total += rows.length
      publish(false)
    })
    publish(isWhole)
  }
}

const sum = (counts: readonly HourCount[]): number => counts.reduce((total, { count }) => total + count, 0)

/** At least `FEWEST_BUCKETS` and at most about `MOST_BUCKETS` spans of equal length, of whole hours or whole days; the last one holds the present. */
export const toBuckets = (counts: readonly HourCount[], nowMs: number, zone: Zone): Bucket[] => {
  if (counts.length === 0) return []
  const firstMs = Math.min(...counts.map(({ hourMs }) => hourMs))
  const lastMs = Math.max(nowMs, ...counts.map(({ hourMs }) => hourMs))
  const lengthMs =
    LENGTHS_MS.find((length) => (lastMs - firstMs) / length < MOST_BUCKETS - 1) ??
    DAY_MS * Math.ceil((lastMs - firstMs) / DAY_MS / (MOST_BUCKETS - 1))
  const beginMs = lengthMs === HOUR_MS ? firstMs : startOfDay(firstMs, zone).getTime()
  const needed = Math.floor((lastMs - beginMs) / lengthMs) + 1
  // A log of an hour is one bar of a day, not one slab.
  const count = Math.max(needed, FEWEST_BUCKETS)
  const startMs = beginMs - (count - needed) * lengthMs
  const buckets = Array.from({ length: count }, (_, index) => ({
    startMs: startMs + index * lengthMs,
    endMs: startMs + (index + 1) * lengthMs,
    counts: { create: 0, update: 0, delete: 0 },
  }))
  for (const { hourMs, action, count: added } of counts) {
    const bucket = buckets[Math.floor((hourMs - startMs) / lengthMs)]
    if (bucket) bucket.counts[action] += added
  }
  return buckets
}
