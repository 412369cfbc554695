/** When the person last did something: a request long after is the page's own doing. */

export interface Gestures {
  /** Milliseconds from the last gesture before `atMs` (Unix time) to it; undefined when there was none. */
  readonly since: (atMs: number) => number | undefined
  /** Whether the last gesture before `atMs` was a decision (a click, Enter, a box ticked) and not a key of a longer text. */
  readonly isDecision: (atMs: number) => boolean
}

const TYPES = ['pointerdown', 'pointerup', 'click', 'keydown', 'change', 'submit', 'drop', 'paste']
const REMEMBERED = 50

export const createGestures = (signal: AbortSignal): Gestures => {
  const seen: { readonly atMs: number; readonly isDecision: boolean }[] = []
  const remember = (event: Event) => {
    if (!event.isTrusted) return
    seen.push({ atMs: Date.now(), isDecision: isDecision(event) })
    if (seen.length > REMEMBERED) seen.shift()
  }
  for (const type of TYPES) addEventListener(type, remember, { signal, capture: true, passive: true })

  const lastBefore = (atMs: number) => seen.findLast((gesture) => gesture.atMs <= atMs)
  return {
    since: (atMs) => {
      const last = lastBefore(atMs)
      return last && atMs - last.atMs
    },
    isDecision: (atMs) => lastBefore(atMs)?.isDecision ?? false,
  }
}

const isDecision = (event: Event): boolean => {
  if (event.type === 'keydown') return (event as KeyboardEvent).key === 'Enter'
  if (event.type !== 'change') return /^(pointer|click$|submit$)/.test(event.type)
  const { target } = event
  return (
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && (target.type === 'checkbox' || target.type === 'radio'))
  )
}
