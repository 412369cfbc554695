/** The apps that the user switched recording on for. The background registers scripts from this list. */
import type { DaybookDatabase } from './database.ts'

export interface RecordedApp {
  readonly origin: string
  readonly name: string
  readonly state: 'recording' | 'paused'
  /** Unix time in milliseconds. */
  readonly addedAt: number
  /** A favicon as a data URL, taken from the page; lists never fetch one. */
  readonly icon?: string
  /** The team that its entries are shared with; absent: private. */
  readonly team?: string
  /** Changes made before were not meant to be shared, even where they are recorded after. Unix time in milliseconds. */
  readonly sharedAt?: number
  /** New entries wait so long before they are shared, and can be discarded until then. */
  readonly holdMs?: number
}

export const apps = (db: DaybookDatabase): Promise<RecordedApp[]> => db.apps.toArray()

export const appByOrigin = (db: DaybookDatabase, origin: string): Promise<RecordedApp | undefined> =>
  db.apps.get(origin)

export const putApp = async (db: DaybookDatabase, app: RecordedApp): Promise<void> => {
  await db.apps.put(app)
}

export const setAppState = async (
  db: DaybookDatabase,
  origin: string,
  state: RecordedApp['state'],
): Promise<void> => {
  await db.apps.update(origin, { state })
}

export const removeApp = (db: DaybookDatabase, origin: string): Promise<void> => db.apps.delete(origin)
