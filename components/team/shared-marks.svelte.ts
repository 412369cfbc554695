/** Where each visible row stands on its way to the team: one live query for all rows that are mounted, none without a team. */
import { SvelteSet } from 'svelte/reactivity'
import { type Shared, sharedStates } from '../../lib/store/log-tables.ts'
import { Live } from '../live.svelte.ts'
import type { Session } from '../session.svelte.ts'

export class SharedMarks {
  readonly #ids = new SvelteSet<string>()
  readonly #teams: Live<number>
  readonly #states: Live<ReadonlyMap<string, Shared>>

  constructor(session: Pick<Session, 'db'>) {
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
