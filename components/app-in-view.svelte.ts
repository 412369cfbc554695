/** What the popup and the side panel have in common: the app of the tab in view, its query and timeline, what is unread in it. */
import { appByOrigin, type RecordedApp } from '../lib/store/apps.ts'
import type { EntryFilter } from '../lib/store/query.ts'
import { CurrentTab } from './current-tab.svelte.ts'
import { Live } from './live.svelte.ts'
import type { Opening } from './opening.ts'
import { createQuery, type Query } from './query.svelte.ts'
import { createSession, type Session } from './session.svelte.ts'
import { placeToOrigin, type TabPlace } from './tab.ts'
import { Timeline } from './timeline.svelte.ts'
import { Unread } from './unread.svelte.ts'

/** What the list of recorded apps says of the app in view. */
export interface AppState {
  /** Undefined where it is not recorded. */
  readonly app: RecordedApp | undefined
}

export class AppInView {
  readonly session: Session
  readonly tab: CurrentTab
  readonly query: Query
  readonly timeline: Timeline
  readonly unread: Unread
  readonly #narrow: () => EntryFilter | undefined
  readonly #app: Live<AppState>
  readonly place: TabPlace = $derived.by(() => this.tab.place)
  /** Undefined where the tab shows no web app; the page is then about all apps. */
  readonly origin = $derived(placeToOrigin(this.place))
  readonly filter: EntryFilter = $derived.by(() => ({
    ...this.query.filter,
    ...(this.#narrow() ?? (this.origin === undefined ? {} : { app: [this.origin] })),
  }))

  /** `narrow` may ask for more or less than the app; undefined where it does not. */
  constructor({ tab, isFixed, look }: Opening, pageSize: number, narrow: () => EntryFilter | undefined) {
    this.session = createSession(afterFirstRows().then(loadDatabase), look)
    this.tab = new CurrentTab(tab, isFixed)
    this.#narrow = narrow
    this.query = createQuery(this.session)
    this.#app = new Live(() => {
      const { origin } = this
      return origin === undefined
        ? undefined
        : async () => ({ app: await appByOrigin(this.session.db, origin) })
    }, look && { app: look.app })
    this.timeline = new Timeline({ session: this.session, filter: () => this.filter, pageSize })
    this.unread = new Unread(this.session, () => this.origin)
  }

  /** Undefined until it is known. */
  get app(): AppState | undefined {
    return this.#app.current
  }
}

const loadDatabase = async () => (await import('../lib/store/database.ts')).openDatabase()

/** The first rows are on screen two frames after they were drawn; a page that is hidden draws no frames. */
export const afterFirstRows = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))
    setTimeout(resolve, 200)
  })
