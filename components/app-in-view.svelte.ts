/** What the popup and the side panel have in common: the app of the tab in view, its query and timeline, what is unread in it. */
import { appByOrigin, type RecordedApp } from '../lib/store/apps.ts'
import type { FirstLook } from '../lib/store/first-look.ts'
import { firstLook } from '../lib/store/first-look.ts'
import type { EntryFilter } from '../lib/store/query.ts'
import { CurrentTab, readTab, type Tab } from './current-tab.svelte.ts'
import { startOfDay } from './format.ts'
import { Live } from './live.svelte.ts'
import { createQuery, type Query } from './query.svelte.ts'
import { createSession, type Session } from './session.svelte.ts'
import { type TabPlace, tabToPlace } from './tab.ts'
import { Timeline } from './timeline.svelte.ts'
import { Unread } from './unread.svelte.ts'

/** What was known before anything was shown. */
export interface Opening {
  readonly tab: Tab | undefined
  readonly isFixed: boolean
  readonly look: FirstLook | undefined
}

/** What the list of recorded apps says of the app in view. */
export interface AppState {
  /** Undefined where it is not recorded. */
  readonly app: RecordedApp | undefined
}

/** A look that takes longer is not waited for. */
const LONGEST_LOOK_MS = 400

/** Reads the tab and, with it, the first rows. `app` in the address fixes the app, for a page that was opened for one. */
export const openInView = async (search: string, rowCount: number): Promise<Opening> => {
  const fixed = new URLSearchParams(search).get('app') ?? undefined
  const tab = await readTab(fixed)
  const looking = firstLook({
    origin: originOf(tabToPlace(tab)),
    limit: rowCount,
    startOfDay: ({ timeZone }) => startOfDay(Date.now(), timeZone).getTime(),
  })
  const tooLong = new Promise<undefined>((done) => setTimeout(done, LONGEST_LOOK_MS, undefined))
  return { tab, isFixed: fixed !== undefined, look: await Promise.race([looking, tooLong]) }
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
  readonly origin = $derived(originOf(this.place))
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

const originOf = (place: TabPlace) => (place.kind === 'app' ? place.origin : undefined)

const loadDatabase = async () => (await import('../lib/store/database.ts')).openDatabase()

/** The first rows are on screen two frames after they were drawn; a page that is hidden draws no frames. */
const afterFirstRows = (): Promise<void> =>
  new Promise((resolve) => {
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))
    setTimeout(resolve, 200)
  })
