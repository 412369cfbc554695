/**
 * The numbers beside the facets: what a click on one would show. Without a query the store's own counters say it. With one, each
 * facet is counted among the entries that pass the rest of the query, so that the other actors of a search for one have theirs.
 */

import type { DaybookDatabase } from '../lib/store/database.ts'
import { type Facet, type FacetKind, shownCount } from '../lib/store/facets.ts'
import type { EntryFilter } from '../lib/store/query.ts'
import type { EntryRow } from '../lib/store/row.ts'
import { tally } from './tally.ts'

const KINDS = ['app', 'actor', 'resourceType', 'action'] as const
const facetValue: Readonly<Record<FacetKind, (row: EntryRow) => string>> = {
  app: (row) => row.app,
  actor: (row) => row.actorId,
  resourceType: (row) => row.resourceType,
  action: (row) => row.action,
}

/** Of one kind. Not whole: there are more rows than were counted. */
interface Counted {
  readonly counts: ReadonlyMap<string, number>
  readonly isWhole: boolean
}

export class FacetCounts {
  /** Of the query before this one until this one is counted: numbers that come and go are harder to read. */
  #counted = $state.raw<ReadonlyMap<FacetKind, Counted>>(new Map())
  readonly #filter: () => EntryFilter | undefined

  constructor({
    db,
    facets,
    filter,
  }: {
    db: DaybookDatabase
    facets: () => readonly Facet[]
    /** Undefined for everything. */
    filter: () => EntryFilter | undefined
  }) {
    this.#filter = filter
    $effect(() => {
      const wanted = filter()
      // Counted again when the log grows.
      void facets()
      if (wanted === undefined) {
        this.#counted = new Map()
        return
      }
      const stop = new AbortController()
      void this.#count(db, wanted, stop.signal).catch(() => undefined)
      return () => stop.abort()
    })
  }

  /** Undefined where it is more than was counted. */
  of(facet: Facet): number | undefined {
    const filter = this.#filter()
    const counted = filter && this.#counted.get(facet.kind)
    if (!counted) return shownCount(facet, filter ?? {})
    return counted.counts.get(facet.value) ?? (counted.isWhole ? 0 : undefined)
  }

  /** False where `of` gives a lower bound. */
  isExact(kind: FacetKind): boolean {
    return this.#counted.get(kind)?.isWhole ?? true
  }

  async #count(db: DaybookDatabase, filter: EntryFilter, signal: AbortSignal): Promise<void> {
    const kindsOf = Map.groupBy(KINDS, (kind) => JSON.stringify(without(filter, kind)))
    const counted = new Map<FacetKind, Counted>()
    for (const [rest, kinds] of kindsOf) {
      const counts = new Map(kinds.map((kind) => [kind, new Map<string, number>()]))
      const isWhole = await tally(db, JSON.parse(rest), signal, (rows) => {
        for (const [kind, ofKind] of counts)
          for (const row of rows) {
            const value = facetValue[kind](row)
            ofKind.set(value, (ofKind.get(value) ?? 0) + 1)
          }
      })
      for (const [kind, ofKind] of counts) counted.set(kind, { counts: ofKind, isWhole })
    }
    if (!signal.aborted) this.#counted = counted
  }
}

/** What the query asks besides this kind. */
const without = (filter: EntryFilter, kind: FacetKind): EntryFilter => {
  const { [kind]: _, not, ...rest } = filter
  const others = not?.filter((tests) => Object.keys(tests).some((key) => key !== kind)) ?? []
  return { ...rest, ...(others.length > 0 && { not: others }) }
}
