/**
 * How many entries each app, actor, resource type and action has. Counted while entries are written and erased, so that
 * no list ever has to count.
 */

import type { Action } from '../model/entry.ts'
import type { DaybookDatabase } from './database.ts'
import { type EntryRow, isOwnOrigin } from './row.ts'

export type FacetKind = 'app' | 'actor' | 'resourceType' | 'action'

export interface Facet {
  readonly kind: FacetKind
  /** Origin, actor id, type or action. */
  readonly value: string
  readonly label: string
  readonly email?: string
  readonly count: number
  /** How many of these were refused, and how many are said to be no change: lists leave them out unless they are asked for. */
  readonly refused?: number
  readonly muted?: number
  /** Time of the latest entry that was written. */
  readonly latest: string
}

/** As it lies in the table: hours are counted too, as `2026-11-22T14 update` (UTC). */
export type StoredFacet = Omit<Facet, 'kind'> & { readonly kind: FacetKind | 'hour' }

const NAMED_KINDS: readonly FacetKind[] = ['action', 'actor', 'app', 'resourceType']

/** Apps, actors, types and actions. */
export const facets = async (db: DaybookDatabase): Promise<Facet[]> =>
  (await Promise.all(NAMED_KINDS.map((kind) => ofKind(db, kind)))).flat()

/** How many entries of each action have a time in each hour, oldest first. */
export const hourCounts = async (db: DaybookDatabase): Promise<HourCount[]> =>
  (await ofKind(db, 'hour')).map(({ value, count }) => ({
    hourMs: Date.parse(`${value.slice(0, 13)}:00Z`),
    action: value.slice(14) as Action,
    count,
  }))

export interface HourCount {
  /** Start of the hour, Unix milliseconds. */
  readonly hourMs: number
  readonly action: Action
  readonly count: number
}

const ofKind = async <Kind extends StoredFacet['kind']>(
  db: DaybookDatabase,
  kind: Kind,
): Promise<(Omit<Facet, 'kind'> & { readonly kind: Kind })[]> => {
  const found = await db.facets.where('[kind+value]').between([kind, ''], [kind, '\uffff']).toArray()
  return found.map((facet) => ({ ...facet, kind }))
}

/** How many of these a list shows. */
export const shownCount = (
  { count, refused = 0, muted = 0 }: Facet,
  shows: { readonly rejected?: boolean; readonly muted?: boolean },
): number => count - (shows.rejected ? 0 : refused) - (shows.muted ? 0 : muted)

/** All entries on this machine, refused ones included; Daybook's own and those that were said to be no change left out. */
export const entryCount = (all: readonly Facet[]): number =>
  all.reduce((count, facet) => (facet.kind === 'action' ? count + facet.count : count), 0)

/** Call it in the transaction that writes or erases `rows`; `sign` is 1 or -1. */
export const countFacets = async (
  db: DaybookDatabase,
  rows: readonly EntryRow[],
  sign: 1 | -1,
): Promise<void> => {
  const changed = new Map<string, StoredFacet>()
  for (const row of rows) {
    for (const facet of facetsOf(row)) {
      const key = `${facet.kind} ${facet.value}`
      const counted = changed.get(key)
      const newest = counted && counted.latest > facet.latest ? counted : facet
      changed.set(key, added(newest, [counted, times(facet, sign)]))
    }
  }
  const deltas = [...changed.values()]
  const stored = await db.facets.bulkGet(deltas.map(({ kind, value }) => [kind, value] as [string, string]))
  const updated = deltas.map((delta, index): StoredFacet => {
    const before = stored[index]
    const newest = before && (sign < 0 || before.latest > delta.latest) ? before : delta
    return added(newest, [before, delta])
  })
  await db.facets.bulkPut(updated.filter(({ count }) => count > 0))
  await db.facets.bulkDelete(
    updated.filter(({ count }) => count <= 0).map(({ kind, value }) => [kind, value] as [string, string]),
  )
}

type Counts = Pick<StoredFacet, 'count' | 'refused' | 'muted'>

const times = ({ count, refused = 0, muted = 0 }: Counts, sign: 1 | -1): Counts => ({
  count: count * sign,
  refused: refused * sign,
  muted: muted * sign,
})

const added = (facet: StoredFacet, all: readonly (Counts | undefined)[]): StoredFacet => {
  const { refused: _refused, muted: _muted, ...rest } = facet
  const sum = (of: keyof Counts): number => all.reduce((total, one) => total + (one?.[of] ?? 0), 0)
  const [refused, muted] = [sum('refused'), sum('muted')]
  return { ...rest, count: sum('count'), ...(refused !== 0 && { refused }), ...(muted !== 0 && { muted }) }
}

const facetsOf = (row: EntryRow): StoredFacet[] => {
  const facet = (kind: StoredFacet['kind'], value: string, label: string): StoredFacet => ({
    kind,
    value,
    label,
    count: 1,
    ...(row.grade === 'rejected' && { refused: 1 }),
    ...(row.muted && row.grade !== 'rejected' && { muted: 1 }),
    latest: row.time,
  })
  const app = facet('app', row.app, row.appName)
  // What lists hide unless it is asked for is not offered among the rest.
  if (isOwnOrigin(row.app) || row.muted) return [app]
  return [
    app,
    {
      ...facet('actor', row.actorId, row.actorName),
      ...(row.actorEmail !== undefined && { email: row.actorEmail }),
    },
    facet('resourceType', row.resourceType, row.resourceType),
    facet('action', row.action, row.action),
    ...(row.grade === 'rejected' ? [] : [facet('hour', `${row.time.slice(0, 13)} ${row.action}`, '')]),
  ]
}
