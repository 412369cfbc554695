/**
 * The list behind every timeline: pages of a filter, newest first, and what arrives meanwhile. New rows join at once
 * while the reader is at the top, and wait to be asked for otherwise, so that the row being read stays where it is.
 */
import { latestArrival } from '../lib/store/counts.ts'
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
  /** The list sets it: true while nothing can be moved under the reader's eyes. */
  mayInsert = true

  readonly #session: Pick<Session, 'db' | 'opened'>
  readonly #filter: () => EntryFilter
  readonly #pageSize: number
  #next = $state<Cursor | undefined>()
  #arrival = $state<number | undefined>()
  #arrivals: Live<EntryRow[]>
  #rewrites: Live<number>
  #stop = new AbortController()
  #shown = new Set<string>()

  constructor({
    session,
    filter,
    pageSize = 60,
  }: {
    session: Pick<Session, 'db' | 'opened' | 'look'>
    filter: () => EntryFilter
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
      void this.#start(current)
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
    this.#insert(this.waiting)
    this.waiting = []
  }

  readonly loadMore = async (): Promise<void> => {
    if (this.phase !== 'ready' || this.#next === undefined) return
    await this.#load(this.#filter(), this.#next, this.#stop.signal)
  }

  async #start(filter: EntryFilter): Promise<void> {
    this.#stop.abort()
    this.#stop = new AbortController()
    const { signal } = this.#stop
    this.error = undefined
    this.#next = undefined
    this.waiting = []
    try {
      const db = await this.#session.opened
      if (signal.aborted) return
      this.phase = 'loading'
      const arrival = await latestArrival(db)
      if (signal.aborted) return
      this.#arrival = arrival
      this.#shown.clear()
      await this.#load(filter, undefined, signal)
    } catch (error) {
      this.#fail(error, signal)
    }
  }

  async #load(filter: EntryFilter, after: Cursor | undefined, signal: AbortSignal): Promise<void> {
    // What was shown for the filter before stays until something takes its place.
    let isReplacing = after === undefined
    const show = (found: readonly EntryRow[]) => {
      const fresh = found.filter(({ order }) => !this.#shown.has(order))
      for (const { order } of fresh) this.#shown.add(order)
      this.rows = isReplacing ? fresh : [...this.rows, ...fresh]
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
      if (this.mayInsert) this.#insert(fresh)
      else this.waiting = merge(this.waiting, fresh)
    }
    const latest = Math.max(...arrived.map(({ arrival }) => arrival))
    if (this.#arrival !== undefined && latest > this.#arrival) this.#arrival = latest
  }

  #insert(rows: readonly EntryRow[]): void {
    const fresh = rows.filter(({ order }) => !this.#shown.has(order))
    for (const { order } of fresh) this.#shown.add(order)
    this.rows = merge(this.rows, fresh)
  }
}

/** Needed once the database is open, and not before the first rows. */
const loadQueries = () => import('../lib/store/query.ts')

const merge = (shown: readonly EntryRow[], added: readonly EntryRow[]): EntryRow[] => {
  const byOrder = new Map([...shown, ...added].map((row) => [row.order, row]))
  return [...byOrder.values()].sort((a, b) => (a.order < b.order ? -1 : 1))
}
