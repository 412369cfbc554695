/**
 * A live query as a rune: `current` follows the database, whoever writes to it, in whatever page. The only place that wraps
 * `liveQuery`. Where the page opens its database late (`startLivesAfter`), queries wait for that.
 */
import { getContext, setContext } from 'svelte'

export class Live<Value> {
  #current = $state.raw<Value | undefined>()
  #error = $state.raw<unknown>()

  /**
   * `prepare` may read runes; when one changes, its new query takes over. It returns undefined to ask nothing.
   * `first` stands until the first answer.
   */
  constructor(prepare: () => (() => Promise<Value>) | undefined, first?: Value) {
    this.#current = first
    const opened = getContext<Promise<unknown> | undefined>(OPENED)
    let wasAsked = false
    $effect(() => {
      const query = prepare()
      if (!query) {
        if (wasAsked) this.#current = undefined
        return
      }
      wasAsked = true
      return this.#follow(query, opened)
    })
  }

  /** Undefined until the first answer. */
  get current(): Value | undefined {
    return this.#current
  }

  get error(): unknown {
    return this.#error
  }

  #follow(query: () => Promise<Value>, opened: Promise<unknown> | undefined): () => void {
    let stop: (() => void) | undefined
    let isOver = false
    const start = async () => {
      await opened
      const { liveQuery } = await import('dexie')
      if (isOver) return
      const subscription = liveQuery(query).subscribe({
        next: (value) => {
          this.#current = value
          this.#error = undefined
        },
        error: (error) => {
          this.#error = error
        },
      })
      stop = () => subscription.unsubscribe()
    }
    start().catch((error) => {
      this.#error = error
    })
    return () => {
      isOver = true
      stop?.()
    }
  }
}

/** For all queries of the component that calls it and of those inside it. */
export const startLivesAfter = (opened: Promise<unknown>): void => {
  setContext(OPENED, opened)
}

const OPENED = Symbol('opened')
