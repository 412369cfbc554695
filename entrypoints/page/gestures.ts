/** When the person last did something: a request long after is the page's own doing. */

export interface Gestures {
  /** Milliseconds from the last gesture before `atMs` (Unix time) to it; undefined when there was none. */
  readonly since: (atMs: number) => number | undefined
}

const TYPES = ['pointerdown', 'pointerup', 'click', 'keydown', 'change', 'submit', 'drop', 'paste']
const REMEMBERED = 50

export const createGestures = (signal: AbortSignal): Gestures => {
  const times: number[] = []
  const remember = (event: Event) => {
    if (!event.isTrusted) return
    times.push(Date.now())
    if (times.length > REMEMBERED) times.shift()
  }
  for (const type of TYPES) addEventListener(type, remember, { signal, capture: true, passive: true })

  return {
    since: (atMs) => {
      const last = times.findLast((time) => time <= atMs)
      return last === undefined ? undefined : atMs - last
    },
  }
}
