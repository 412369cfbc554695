/** What all components of a page share: the database, who is at this machine, how they want to see things, the present. */
import { getContext, setContext } from 'svelte'
import type { DaybookDatabase } from '../lib/store/database.ts'
import type { FirstLook } from '../lib/store/first-look.ts'
import {
  DEFAULT_PREFERENCES,
  type Preferences,
  type Profile,
  preferences,
  profile,
  type UserSettings,
} from '../lib/store/settings.ts'
import { Live, startLivesAfter } from './live.svelte.ts'
import { SharedMarks } from './team/shared-marks.svelte.ts'
import { rememberTheme } from './theme.ts'

const CLOCK_STEP_MS = 20_000

export class Session {
  /** Resolves when `db` can be used. */
  readonly opened: Promise<DaybookDatabase>
  /** What was read before the database was opened, where the page did so. */
  readonly look: FirstLook | undefined
  readonly shared: SharedMarks
  #db: DaybookDatabase | undefined
  #settings: Live<UserSettings>
  #now = $state(Date.now())
  #isOutdated = $state(false)

  constructor(database: DaybookDatabase | Promise<DaybookDatabase>, look: FirstLook | undefined) {
    this.look = look
    if (database instanceof Promise) {
      this.opened = database.then((db) => {
        this.#db = db
        return db
      })
      startLivesAfter(this.opened)
    } else {
      this.#db = database
      this.opened = Promise.resolve(database)
    }
    this.opened.then(
      (db) =>
        db.on('versionchange', () => {
          this.#isOutdated = true
        }),
      () => {},
    )
    this.shared = new SharedMarks(this)
    this.#settings = new Live(
      () => async () => ({ profile: await profile(this.db), preferences: await preferences(this.db) }),
      look,
    )
    $effect(() => {
      const timer = setInterval(() => this.tick(), CLOCK_STEP_MS)
      return () => clearInterval(timer)
    })
    $effect(() => {
      if (this.#settings.current) rememberTheme(this.#settings.current.preferences.theme)
    })
  }

  /** For queries and for what a person does; a page that opens it late awaits `opened` before anything else. */
  get db(): DaybookDatabase {
    if (!this.#db) throw new Error('"db" was used before the database was opened')
    return this.#db
  }
  /** False until the settings have been read. */
  get isReady(): boolean {
    return this.#settings.current !== undefined
  }
  get profile(): Profile | undefined {
    return this.#settings.current?.profile
  }
  get preferences(): Preferences {
    return this.#settings.current?.preferences ?? DEFAULT_PREFERENCES
  }
  /** A newer Daybook took the database over: this page has to be loaded again. */
  get isOutdated(): boolean {
    return this.#isOutdated
  }
  /** Why the settings can't be read. */
  get error(): unknown {
    return this.#settings.error
  }
  /** Unix milliseconds, in steps of some seconds. */
  get now(): number {
    return this.#now
  }
  readonly tick = (): void => {
    this.#now = Date.now()
  }
}

/** Call it once, at the root of a page. */
export const createSession = (
  database: DaybookDatabase | Promise<DaybookDatabase>,
  look?: FirstLook,
): Session => setContext(SESSION, new Session(database, look))

export const getSession = (): Session => getContext<Session>(SESSION)

const SESSION = Symbol('session')
