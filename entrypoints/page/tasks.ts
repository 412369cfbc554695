/** Work in the order it came, in slices while the page is idle. What waits is bounded: beyond that the newest is dropped, and that is said. */

export interface Tasks {
  /** `weight` in characters, for what holds much memory. */
  readonly add: (work: () => void, weight?: number) => void
  /** Nothing runs before this. */
  readonly start: () => void
  /** Soon, whether the page is idle or not, though still in slices. */
  readonly hurry: () => void
  /** Now, all of it: the page is going. */
  readonly runAll: () => void
}

interface TasksDeps {
  readonly signal: AbortSignal
  readonly onOverflow: (reason: string) => void
}

const SLICE_MS = 8
const LATEST_MS = 150
const MAX_WAITING = 1000
const MAX_WEIGHT = 2 ** 24

export const createTasks = ({ signal, onOverflow }: TasksDeps): Tasks => {
  const waiting: { readonly work: () => void; readonly weight: number }[] = []
  let weightWaiting = 0
  let started = false
  let scheduled = false

  const runOne = (): boolean => {
    const task = waiting.shift()
    if (!task || signal.aborted) return false
    weightWaiting -= task.weight
    try {
      task.work()
    } catch (error) {
      onOverflow(`the recorder failed with ${error instanceof Error ? error.name : 'something unknown'}`)
    }
    return true
  }

  const schedule = () => {
    if (scheduled || !started || waiting.length === 0 || signal.aborted) return
    scheduled = true
    requestIdleCallback(
      () => {
        scheduled = false
        runSlice()
        schedule()
      },
      { timeout: LATEST_MS },
    )
  }

  const runSlice = () => {
    const end = performance.now() + SLICE_MS
    while (performance.now() < end && runOne());
  }
  const hurry = () => {
    if (!started || signal.aborted) return
    runSlice()
    if (waiting.length > 0) setTimeout(hurry)
  }

  return {
    hurry,
    add: (work, weight = 0) => {
      if (signal.aborted) return
      if (waiting.length >= MAX_WAITING || weightWaiting + weight > MAX_WEIGHT)
        return onOverflow('the page sent more than could be read in time')
      waiting.push({ work, weight })
      weightWaiting += weight
      schedule()
    },
    start: () => {
      started = true
      schedule()
    },
    runAll: () => {
      if (started) while (runOne());
    },
  }
}
