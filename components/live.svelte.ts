/** A live query as a rune: `current` follows the database, whoever writes to it, in whatever page. The only place that wraps `liveQuery`. */
import { liveQuery } from 'dexie'

export class Live<Value> {
  #current = $state.raw<Value | undefined>()
  #error = $state.raw<unknown>()

  /** `prepare` may read runes; when one changes, its new query takes over. It returns undefined to ask nothing. */
  constructor(prepare: () => (() => Promise<Value>) | undefined) {
    $effect(() => {
      const query = prepare()
      if (!query) {
        this.#current = undefined
        return
      }
      const subscription = liveQuery(query).subscribe({
        next: (value) => {
          this.#current = value
          this.#error = undefined
        },
        error: (error) => {
          this.#error = error
        },
      })
      return () => subscription.unsubscribe()
    })
  }

  /** Undefined until the first answer. */
  get current(): Value | undefined {
    return this.#current
  }

  get error(): unknown {
    return this.#error
  }
}
