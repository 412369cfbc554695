/** Where each visible row stands on its way to the team: one live query for all rows that are mounted, none without a team. */
import { SvelteSet } from 'svelte/reactivity'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { type Shared, sharedStates } from '../../lib/store/log-tables.ts'
import { Live } from '../live.svelte.ts'

export class SharedMarks {
  readonly #ids = new SvelteSet<string>()
  readonly #teams: Live<number>
  readonly #states: Live<ReadonlyMap<string, Shared>>

  /** `session.db` is asked for late: the page may not have opened it yet. */
  constructor(session: { readonly db: DaybookDatabase }) {
    this.#teams = new Live(() => () => session.db.teams.count())
    this.#states = new Live(() => {
      if (!this.#teams.current) return undefined
      const ids = [...this.#ids]
      return () => sharedStates(session.db, ids)
    })
  }

  readonly stateOf = (id: string): Shared => this.#states.current?.get(id) ?? 'private'

  /** From now on until the undo is called. */
  readonly watch = (id: string): (() => void) => {
    this.#ids.add(id)
    return () => this.#ids.delete(id)
  }
}
