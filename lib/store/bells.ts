/**
 * Bells: saved views and resources that one is told about. What arrives is held against each watched query once, in the order
 * of arrival; what rings is unseen until it is looked at. Own changes ring only where that was asked for, history never does.
 */
import { latestArrival } from './counts.ts'
import type { DaybookDatabase } from './database.ts'
import { facets } from './facets.ts'
import { passingRows } from './query.ts'
import { queryToFilter } from './query-language.ts'
import type { EntryRow } from './row.ts'
import { preferences, profile, putSetting, setting } from './settings.ts'
import { type SavedView, views } from './views.ts'

/** What rang of one watched view, newest first. */
export interface Rung {
  readonly view: SavedView
  readonly rows: readonly EntryRow[]
}

export interface Unseen {
  readonly view: SavedView
  /** Ids of entries, oldest first, at most `MAX_UNSEEN`. */
  readonly entries: readonly string[]
}

/** What days in a query mean. */
interface RingContext {
  readonly nowMs: number
  readonly dayToMs: (date: string) => number
}

export const MAX_UNSEEN = 99
const PAGE = 2_000
const UP_TO = 'bells up to'

export const watchedViews = async (db: DaybookDatabase): Promise<SavedView[]> =>
  (await views(db)).filter(({ bell }) => bell)

/** Looks at what arrived since the last call. On the first call nothing rings. */
export const ringBells = async (db: DaybookDatabase, context: RingContext): Promise<Rung[]> => {
  const upTo = await setting<number>(db, UP_TO)
  const latest = await latestArrival(db)
  if (upTo === latest) return []
  const watched = upTo === undefined ? [] : await watchedViews(db)
  const rung = watched.length > 0 ? await rungBetween(db, upTo as number, latest, watched, context) : []
  await db.transaction('rw', db.settings, async () => {
    for (const { view, rows } of rung) {
      const ids = rows.map(({ id }) => id).reverse()
      const before = await unseenIds(db, view.id)
      await putSetting(db, keyOf(view.id), [...new Set([...before, ...ids])].slice(-MAX_UNSEEN))
    }
    await putSetting(db, UP_TO, latest)
  })
  return rung
}

/** What rings of the arrivals after `from`, up to `to`. */
const rungBetween = async (
  db: DaybookDatabase,
  from: number,
  to: number,
  watched: readonly SavedView[],
  context: RingContext,
): Promise<Rung[]> => {
  const [{ bellOwn }, self, known] = await Promise.all([preferences(db), profile(db), facets(db)])
  const rung = watched.map((view) => ({
    view,
    filter: queryToFilter(view.query, { facets: known, ...context }).filter,
    rows: [] as EntryRow[],
  }))
  for (let after = from; after < to; ) {
    const page = await db.rows.where('arrival').between(after, to, false, true).limit(PAGE).toArray()
    const last = page.at(-1)
    if (!last) break
    after = last.arrival
    const ofOthers = page.filter(({ actorId }) => bellOwn || actorId !== self?.id)
    for (const { filter, rows } of rung)
      rows.push(...(await newsAmong(db, await passingRows(db, ofOthers, filter))))
  }
  return rung
    .filter(({ rows }) => rows.length > 0)
    .map(({ view, rows }) => ({ view, rows: rows.toSorted((a, b) => b.arrival - a.arrival) }))
}

/** Without what was recorded before its app was shared, or before this browser was of the team that it came from. */
const newsAmong = async (db: DaybookDatabase, rows: readonly EntryRow[]): Promise<EntryRow[]> => {
  const joinedMsByTeam = new Map(
    (await db.teams.toArray()).map(({ team, self, view }) => {
      const own = view.members.flatMap(({ devices }) => devices).find(({ feed }) => feed === self.feed)
      return [team, own?.addedMs ?? Number.POSITIVE_INFINITY]
    }),
  )
  const latestJoin = Math.max(0, ...joinedMsByTeam.values())
  const recent = rows.filter(({ backfilled }) => !backfilled)
  const timeMsOf = new Map(recent.map(({ id, time }) => [id, Date.parse(time)]))
  const older = [...timeMsOf].flatMap(([id, timeMs]) => (timeMs < latestJoin ? [id] : []))
  const history = new Set<string>()
  await db.envelopes
    .where('entry')
    .anyOf(older)
    .each(({ team, entry = '' }) => {
      if ((timeMsOf.get(entry) ?? 0) < (joinedMsByTeam.get(team) ?? 0)) history.add(entry)
    })
  return recent.filter(({ id }) => !history.has(id))
}

/** Watched views that rang and were not looked at since. */
export const unseenBells = async (db: DaybookDatabase): Promise<Unseen[]> => {
  const found: Unseen[] = []
  for (const view of await watchedViews(db)) {
    const entries = await unseenIds(db, view.id)
    if (entries.length > 0) found.push({ view, entries })
  }
  return found
}

export const countUnseen = (unseen: readonly Unseen[]): number =>
  new Set(unseen.flatMap(({ entries }) => entries)).size

/** The view was looked at. */
export const seeView = async (db: DaybookDatabase, id: string): Promise<void> => {
  await db.settings.delete(keyOf(id))
}

/** The entry was looked at, in whatever view. */
export const seeEntry = async (db: DaybookDatabase, entry: string): Promise<boolean> =>
  db.transaction('rw', [db.settings, db.views], async () => {
    let was = false
    for (const { view, entries } of await unseenBells(db)) {
      if (!entries.includes(entry)) continue
      was = true
      const left = entries.filter((id) => id !== entry)
      if (left.length === 0) await seeView(db, view.id)
      else await putSetting(db, keyOf(view.id), left)
    }
    return was
  })

const unseenIds = async (db: DaybookDatabase, view: string): Promise<readonly string[]> =>
  (await setting<string[]>(db, keyOf(view))) ?? []

const keyOf = (view: string): string => `unseen ${view}`
