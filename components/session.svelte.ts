/** What all components of a page share: the database, who is at this machine, how they want to see things, the present. */
import { getContext, setContext } from 'svelte'
import type { DaybookDatabase } from '../lib/store/database.ts'
import {
  DEFAULT_PREFERENCES,
  type Preferences,
  type Profile,
  preferences,
  profile,
} from '../lib/store/settings.ts'
import { Live } from './live.svelte.ts'
import { SharedMarks } from './team/shared-marks.svelte.ts'
import { rememberTheme } from './theme.ts'

const CLOCK_STEP_MS = 20_000

export class Session {
  readonly db: DaybookDatabase
  readonly shared: SharedMarks
  #settings: Live<{ profile: Profile | undefined; preferences: Preferences }>
  #now = $state(Date.now())

  constructor(db: DaybookDatabase) {
    this.db = db
    this.shared = new SharedMarks(db)
    this.#settings = new Live(() => async () => ({
      profile: await profile(db),
      preferences: await preferences(db),
    }))
    $effect(() => {
      const timer = setInterval(() => this.tick(), CLOCK_STEP_MS)
      return () => clearInterval(timer)
    })
    $effect(() => {
      if (this.#settings.current) rememberTheme(this.#settings.current.preferences.theme)
    })
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
export const createSession = (db: DaybookDatabase): Session => setContext(SESSION, new Session(db))

export const getSession = (): Session => getContext<Session>(SESSION)

const SESSION = Symbol('session')
