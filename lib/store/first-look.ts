/**
 * What a page shows first, read with the browser's own calls before Dexie is even loaded: the popup is looked at twenty times
 * a day, and half of its script is Dexie. Reads once and closes; all that comes later is the database's.
 */
import type { RecordedApp } from './apps.ts'
import { type EntryRow, isOwnOrigin, orderOfTime } from './row.ts'
import {
  DEFAULT_PREFERENCES,
  type Preferences,
  type Profile,
  seenKey,
  type UserSettings,
} from './settings.ts'

export interface FirstLook extends UserSettings {
  /** The app in view; undefined for all of them. */
  readonly origin: string | undefined
  readonly app: RecordedApp | undefined
  /** How many of its entries are of today. */
  readonly today: number
  /** Entries of others that arrived after this number are unread; undefined where nobody ever looked. */
  readonly seen: number | undefined
  /** The newest rows. */
  readonly rows: readonly EntryRow[]
  /** There are no older ones. */
  readonly isWhole: boolean
}

interface Wanted {
  readonly origin: string | undefined
  readonly limit: number
  /** Unix milliseconds of the last midnight in the zone. */
  readonly startOfDay: (zone: Preferences['timeZone']) => number
}

/** Undefined where there is no database yet, or none that can be read so; the page then waits for Dexie. */
export const firstLook = async (
  wanted: Wanted,
  factory: IDBFactory = indexedDB,
): Promise<FirstLook | undefined> => {
  let opened: IDBDatabase | undefined
  try {
    opened = await openExisting(factory)
    return await read(opened, wanted)
  } catch {
    return undefined
  } finally {
    opened?.close()
  }
}

/** Of whatever version there is; where there is none, none is made. */
const openExisting = (factory: IDBFactory): Promise<IDBDatabase> => {
  const request = factory.open('daybook')
  request.onupgradeneeded = () => request.transaction?.abort()
  return settled(request)
}

const read = async (opened: IDBDatabase, { origin, limit, startOfDay }: Wanted): Promise<FirstLook> => {
  const transaction = opened.transaction(['settings', 'apps', 'rows'])
  const table = (name: string) => transaction.objectStore(name)
  const setting = async <Value>(key: string) =>
    (await settled<{ value: Value } | undefined>(table('settings').get(key)))?.value
  const countToday = (zone: Preferences['timeZone']) =>
    origin === undefined
      ? 0
      : settled(
          table('rows')
            .index('[app+order]')
            .count(IDBKeyRange.bound([origin, ''], [origin, `${orderOfTime(startOfDay(zone))}~`])),
        )
  // All at once: which of the two counts is shown only the preferences tell.
  const [profile, chosen, seen, app, rows, local, utc] = await Promise.all([
    setting<Profile>('profile'),
    setting<Partial<Preferences>>('preferences'),
    setting<number>(seenKey(origin ?? '')),
    origin === undefined ? undefined : settled<RecordedApp | undefined>(table('apps').get(origin)),
    newestRows(table('rows'), origin, limit),
    countToday('local'),
    countToday('utc'),
  ])
  const preferences = { ...DEFAULT_PREFERENCES, ...chosen }
  return {
    origin,
    profile,
    preferences,
    app,
    today: preferences.timeZone === 'utc' ? utc : local,
    seen,
    rows: rows.found,
    isWhole: rows.isWhole,
  }
}

/** Those that a list shows when nothing is searched for. */
const newestRows = async (
  rows: IDBObjectStore,
  origin: string | undefined,
  limit: number,
): Promise<{ found: EntryRow[]; isWhole: boolean }> => {
  const range = origin === undefined ? undefined : IDBKeyRange.bound([origin, ''], [origin, '\uffff'])
  const source = origin === undefined ? rows : rows.index('[app+order]')
  const newest = await settled<EntryRow[]>(source.getAll(range, limit))
  // What `matchesRow` says of a filter without tests; all of `match.ts` would be loaded for it.
  const isShown = (row: EntryRow) =>
    row.grade !== 'rejected' && !row.muted && (row.app === origin || !isOwnOrigin(row.app))
  return {
    found: newest.filter(isShown),
    isWhole: newest.length < limit,
  }
}

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
