/** What the user chose: who they are, how things look, how long entries are kept. Read with defaults, never missing. */
import type { DaybookDatabase } from './database.ts'

export interface Profile {
  readonly id: string
  readonly name: string
  readonly email: string
}

export interface Preferences {
  readonly theme: 'system' | 'light' | 'dark'
  readonly timeZone: 'local' | 'utc'
  /** Entries older than this are erased; 0 keeps them. */
  readonly retentionDays: number
  readonly exportFormat: 'csv' | 'json' | 'jsonl'
  /** Fold bursts of one field into one row. */
  readonly fold: boolean
  /** Tells teammates, while a panel is open, what of a shared app is in view, and shows the same of them. */
  readonly presence: boolean
  /** Bells ring for own changes too. */
  readonly bellOwn: boolean
  /** How much of the first tour was seen; `TOUR_STEPS` where it is over. */
  readonly tourStep: number
}

export const TOUR_STEPS = 3

export const DEFAULT_PREFERENCES: Preferences = {
  theme: 'system',
  timeZone: 'local',
  retentionDays: 0,
  exportFormat: 'csv',
  fold: true,
  presence: false,
  bellOwn: false,
  tourStep: 0,
}

/** What each page needs before it can show anything. */
export interface UserSettings {
  /** Undefined until the first run is done. */
  readonly profile: Profile | undefined
  readonly preferences: Preferences
}

/** Undefined until the first run is done. */
export const profile = (db: DaybookDatabase): Promise<Profile | undefined> => setting<Profile>(db, 'profile')

export const putProfile = (db: DaybookDatabase, value: Profile): Promise<void> =>
  putSetting(db, 'profile', value)

export const preferences = async (db: DaybookDatabase): Promise<Preferences> => ({
  ...DEFAULT_PREFERENCES,
  ...(await setting<Partial<Preferences>>(db, 'preferences')),
})

export const updatePreferences = (db: DaybookDatabase, change: Partial<Preferences>): Promise<void> =>
  db.transaction('rw', db.settings, async () => {
    await putSetting(db, 'preferences', { ...(await preferences(db)), ...change })
  })

/** Entries of this app up to this arrival number have been looked at; undefined where nobody ever looked. */
export const seenArrival = (db: DaybookDatabase, origin: string): Promise<number | undefined> =>
  setting<number>(db, seenKey(origin))

export const markSeen = async (db: DaybookDatabase, origin: string, arrival: number): Promise<void> => {
  if (arrival > ((await seenArrival(db, origin)) ?? -1)) await putSetting(db, seenKey(origin), arrival)
}

export const seenKey = (origin: string): string => `seen ${origin}`

export const setting = async <Value>(db: DaybookDatabase, key: string): Promise<Value | undefined> =>
  (await db.settings.get(key))?.value as Value | undefined

export const putSetting = async (db: DaybookDatabase, key: string, value: unknown): Promise<void> => {
  await db.settings.put({ key, value })
}
