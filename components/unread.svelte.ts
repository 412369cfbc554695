/**
 * Unread marks, by arrival. What had been seen when the page opened decides the marks for as long as it is open; what arrives
 * while it is in view counts as seen for the next time.
 */
import { latestArrival } from '../lib/store/counts.ts'
import type { EntryRow } from '../lib/store/row.ts'
import { markSeen, seenArrival } from '../lib/store/settings.ts'
import { Live } from './live.svelte.ts'
import type { Session } from './session.svelte.ts'

export class Unread {
  #seen = $state.raw<ReadonlyMap<string, number>>(new Map())
  #count: Live<number>

  /** `origin` is the app in view, or undefined for all. */
  constructor(session: Session, origin: () => string | undefined) {
    let known = session.look?.seen === undefined ? undefined : (session.look.origin ?? '')
    if (known !== undefined) this.#seen = new Map([[known, session.look?.seen ?? 0]])
    $effect(() => {
      const app = origin() ?? ''
      const isKnown = app === known
      known = undefined
      if (isKnown) return
      // Where nobody ever looked, nothing is new.
      void session.opened
        .then((db) => Promise.all([seenArrival(db, app), latestArrival(db)]))
        .then(([seen, latest]) => {
          this.#seen = new Map(this.#seen).set(app, seen ?? latest)
        })
    })
    const latest = new Live(() => () => latestArrival(session.db))
    $effect(() => {
      const app = origin() ?? ''
      const arrival = latest.current
      if (arrival !== undefined && this.#seen.has(app) && document.visibilityState === 'visible')
        void markSeen(session.db, app, arrival)
    })
    this.#count = new Live(() => {
      const app = origin()
      const seen = this.#seen.get(app ?? '')
      const you = session.profile?.id
      if (seen === undefined) return undefined
      return () =>
        session.db.rows
          .where('arrival')
          .above(seen)
          .and((row) => row.actorId !== you && (app === undefined || row.app === app))
          .limit(1000)
          .count()
    })
    this.above = () => this.#seen.get(origin() ?? '') ?? Number.POSITIVE_INFINITY
  }

  get count(): number {
    return this.#count.current ?? 0
  }
  /** Rows that arrived after this are unread. */
  readonly above: (row: EntryRow) => number
}
