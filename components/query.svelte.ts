/** The query of a page: its text, and the filter it means given the names that the log knows. */
import type { Facet } from '../lib/store/facets.ts'
import { facets } from '../lib/store/facets.ts'
import type { EntryFilter } from '../lib/store/query.ts'
import type { QueryProblem } from '../lib/store/query-language.ts'
import { Live } from './live.svelte.ts'
import type { Session } from './session.svelte.ts'

type QueryLanguage = typeof import('../lib/store/query-language.ts')

export class Query {
  text = $state('')
  readonly #session: Session
  #language = $state.raw<QueryLanguage | undefined>()
  #facets: Live<Facet[]>
  readonly #meaning = $derived.by(() => this.#parse())
  // Facets change with each entry; the filter must not, or every list would start again.
  #lastFilter: EntryFilter = {}
  readonly #filter = $derived.by(() => {
    const { filter } = this.#meaning
    if (JSON.stringify(filter) !== JSON.stringify(this.#lastFilter)) this.#lastFilter = filter
    return this.#lastFilter
  })

  constructor(session: Session, text: string, language: QueryLanguage | undefined) {
    this.#session = session
    this.text = text
    this.#language = language
    // Most openings of a popup search for nothing, so the language comes when something is written.
    $effect(() => {
      if (this.text !== '' && !this.#language)
        void import('../lib/store/query-language.ts').then((loaded) => {
          this.#language = loaded
        })
    })
    this.#facets = new Live(() => () => facets(session.db))
  }

  get filter(): EntryFilter {
    return this.#filter
  }
  get problems(): readonly QueryProblem[] {
    return this.#facets.current ? this.#meaning.problems : []
  }
  get facets(): readonly Facet[] {
    return this.#facets.current ?? []
  }

  #parse() {
    const language = this.#language
    if (!language || language.parseQuery(this.text).length === 0) return { filter: {}, problems: [] }
    const zone = this.#session.preferences.timeZone
    return language.queryToFilter(this.text, {
      facets: this.facets,
      nowMs: this.#session.now,
      dayToMs: (day) => Date.parse(zone === 'utc' ? `${day}T00:00:00Z` : `${day}T00:00:00`),
    })
  }
}

export const createQuery = (session: Session, text = '', language?: QueryLanguage): Query =>
  new Query(session, text, language)
