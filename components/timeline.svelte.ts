/**
 * The list behind every timeline: pages of a filter, newest first, and what arrives meanwhile. It begins at the newest, or around
 * the entry that is read, and then grows both ways. New rows join at once while the reader is at the top, and wait to be asked
 * for otherwise, so that the row being read stays where it is.
 */

import { untrack } from 'svelte'
import { latestArrival } from '../lib/store/counts.ts'
import { rowById } from '../lib/store/entries.ts'
import type { Cursor, EntryFilter } from '../lib/store/query.ts'
import { rewriteCount } from '../lib/store/rewrites.ts'
import type { EntryRow } from '../lib/store/row.ts'
import { Live } from './live.svelte.ts'
import type { Session } from './session.svelte.ts'

/** 'searching': rows are shown, and more of this page are still looked for. */
export type Phase = 'loading' | 'searching' | 'ready' | 'failed'

export class Timeline {
  rows = $state.raw<readonly EntryRow[]>([])
  /** Arrived and not shown yet. */
  waiting = $state.raw<readonly EntryRow[]>([])
  phase = $state<Phase>('loading')
  /** How far back a search has come: RFC 3339. */
  searchedTo = $state<string | undefined>()
  error = $state.raw<unknown>()
  /** True where the rows grew at the top: those below keep their place. */
  grewUpwards = $state(false)
  /** Id of the entry that the list was last begun around; the list brings it into view. */
  begunAround = $state.raw<{ readonly id: string } | undefined>()
  /** The list sets it: true while nothing can be moved under the reader's eyes. */
  mayInsert = true

  readonly #session: Pick<Session, 'db' | 'opened'>
  readonly #filter: () => EntryFilter
  readonly #pageSize: number
  #next = $state<Cursor | undefined>()
  /** The newest row that is shown, where newer ones are not loaded. */
  #newer = $state<Cursor | undefined>()
  #isLoadingNewer = false
  #arrival = $state<number | undefined>()
  #arrivals: Live<EntryRow[]>
  #rewrites: Live<number>
  #stop = new AbortController()
  #shown = new Set<string>()

  constructor({
    session,
    filter,
    around = () => undefined,
    pageSize = 60,
  }: {
    session: Pick<Session, 'db' | 'opened' | 'look'>
    filter: () => EntryFilter
    /** Id of an entry: a list that begins, begins around it, if it passes the filter. */
    around?: () => string | undefined
    pageSize?: number
  }) {
    const { look } = session
    this.#session = session
    if (look) {
      this.rows = look.rows
      // Nothing at all is an answer, too.
      if (look.rows.length === 0 && look.isWhole) this.phase = 'ready'
    }
    this.#filter = filter
    this.#pageSize = pageSize
    this.#rewrites = new Live(() => () => rewriteCount(session.db))
    let startedAt: string | undefined
    $effect(() => {
      const current = filter()
      const started = JSON.stringify([current, this.#rewrites.current ?? 0])
      if (started === startedAt) return
      startedAt = started
      void this.#start(current, untrack(around))
    })
    $effect(() => () => this.#stop.abort())
    this.#arrivals = new Live(() => {
      const since = this.#arrival
      if (since === undefined) return undefined
      return () => session.db.rows.where('arrival').above(since).toArray()
    })
    $effect(() => {
      const arrived = this.#arrivals.current
      if (arrived && arrived.length > 0) void this.#receive(arrived)
    })
  }

  get filter(): EntryFilter {
    return this.#filter()
  }
  get hasNewer(): boolean {
    return this.#newer !== undefined
  }
  get isAtEnd(): boolean {
    return this.phase === 'ready' && this.#next === undefined
  }
  /** Of `waiting`: those above all that is shown, and those that came late and belong further down. */
  get waitingCounts(): { newer: number; older: number } {
    const newest = this.rows[0]?.order
    const newer = this.waiting.filter(({ order }) => newest === undefined || order < newest).length
    return { newer, older: this.waiting.length - newer }
  }

  /** Shows what waits. */
  readonly showWaiting = (): void => {
    if (this.hasNewer) return
    this.#insert(this.waiting)
    this.waiting = []
  }
  /** Begins again at the newest, where that is not loaded. */
  readonly showNewest = (): void => {
    if (this.hasNewer) void this.#start(this.#filter(), undefined)
  }

  readonly loadMore = async (): Promise<void> => {
    if (this.phase !== 'ready' || this.#isLoadingNewer || this.#next === undefined) return
    await this.#load(this.#filter(), this.#next, this.#stop.signal)
  }

  readonly loadNewer = async (): Promise<void> => {
    if (this.phase !== 'ready' || this.#isLoadingNewer || this.#newer === undefined) return
    const { signal } = this.#stop
    this.#isLoadingNewer = true
    try {
      const { queryRows } = await loadQueries()
      const limit = this.#pageSize
      const page = await queryRows(this.#session.db, this.#filter(), { limit, before: this.#newer, signal })
      if (signal.aborted) return
      for (const { order } of page.rows) this.#shown.add(order)
      this.rows = [...page.rows, ...this.rows]
      this.grewUpwards = true
      this.#newer = page.next
      this.waiting = this.waiting.filter(({ order }) => !this.#shown.has(order))
    } catch (error) {
      this.#fail(error, signal)
    } finally {
      if (this.#stop.signal === signal) this.#isLoadingNewer = false
    }
  }

  async #start(filter: EntryFilter, around: string | undefined): Promise<void> {
    this.#stop.abort()
    this.#stop = new AbortController()
    const { signal } = this.#stop
    this.error = undefined
    this.#next = undefined
    this.#newer = undefined
    this.#isLoadingNewer = false
    this.waiting = []
    try {
      const db = await this.#session.opened
      if (signal.aborted) return
      this.phase = 'loading'
      const arrival = await latestArrival(db)
      if (signal.aborted) return
      this.#arrival = arrival
      this.#shown.clear()
      const isBegun = around !== undefined && (await this.#loadAround(filter, around, signal))
      if (!isBegun && !signal.aborted) await this.#load(filter, undefined, signal)
    } catch (error) {
      this.#fail(error, signal)
    }
  }

  /** False where there is no such entry in the filter. */
  async #loadAround(filter: EntryFilter, id: string, signal: AbortSignal): Promise<boolean> {
    const { db } = this.#session
    const limit = this.#pageSize
    const { queryRows, passingRows } = await loadQueries()
    const row = await rowById(db, id)
    if (!row || (await passingRows(db, [row], filter)).length === 0) return false
    const [newer, older] = await Promise.all([
      queryRows(db, filter, { limit, before: row.order, signal }),
      queryRows(db, filter, { limit, after: row.order, signal }),
    ])
    if (signal.aborted) return true
    this.rows = [...newer.rows, row, ...older.rows]
    for (const { order } of this.rows) this.#shown.add(order)
    this.grewUpwards = false
    this.#newer = newer.next
    this.#next = older.next
    this.begunAround = { id }
    this.phase = 'ready'
    return true
  }

  async #load(filter: EntryFilter, after: Cursor | undefined, signal: AbortSignal): Promise<void> {
    // What was shown for the filter before stays until something takes its place.
    let isReplacing = after === undefined
    const show = (found: readonly EntryRow[]) => {
      const fresh = found.filter(({ order }) => !this.#shown.has(order))
      for (const { order } of fresh) this.#shown.add(order)
      this.rows = isReplacing ? fresh : [...this.rows, ...fresh]
      this.grewUpwards = false
      isReplacing = false
    }
    if (after !== undefined) this.phase = 'searching'
    try {
      const { queryRows } = await loadQueries()
      const page = await queryRows(this.#session.db, filter, {
        limit: this.#pageSize,
        after,
        signal,
        onStep: ({ rows, searchedTo }) => {
          if (signal.aborted) return
          this.searchedTo = searchedTo
          if (rows.length === 0) return
          show(rows)
          if (after === undefined) this.phase = 'searching'
        },
      })
      if (signal.aborted) return
      show(page.rows)
      this.#next = page.next
      this.phase = 'ready'
      this.searchedTo = undefined
    } catch (error) {
      this.#fail(error, signal)
    }
  }

  #fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return
    this.error = error
    this.phase = 'failed'
  }

  async #receive(arrived: readonly EntryRow[]): Promise<void> {
    const { signal } = this.#stop
    const { passingRows } = await loadQueries()
    const passing = await passingRows(this.#session.db, arrived, this.#filter())
    if (signal.aborted) return
    const last = this.rows.at(-1)?.order
    // Those below the loaded part come with their page.
    const fresh = passing.filter(
      ({ order }) => !this.#shown.has(order) && (this.isAtEnd || last === undefined || order < last),
    )
    if (fresh.length > 0) {
      if (this.mayInsert && !this.hasNewer) this.#insert(fresh)
      else this.waiting = merge(this.waiting, fresh)
    }
    const latest = Math.max(...arrived.map(({ arrival }) => arrival))
    if (this.#arrival !== undefined && latest > this.#arrival) this.#arrival = latest
  }

  #insert(rows: readonly EntryRow[]): void {
    const fresh = rows.filter(({ order }) => !this.#shown.has(order))
    for (const { order } of fresh) this.#shown.add(order)
    this.rows = merge(this.rows, fresh)
    this.grewUpwards = false
  }
}

/** Needed once the database is open, and not before the first rows. */
const loadQueries = () => import('../lib/store/query.ts')

const merge = (shown: readonly EntryRow[], added: readonly EntryRow[]): EntryRow[] => {
  const byOrder = new Map([...shown, ...added].map((row) => [row.order, row]))
  return [...byOrder.values()].sort((a, b) => (a.order < b.order ? -1 : 1))
}
