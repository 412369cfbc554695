/**
 * Waiting for the background. Stopped with a message in hand, it never answers, and the browser says so half a minute later or not at
 * all: whoever asked asks again, which starts it anew. An answer that comes late after all still counts.
 */

const OUT_OF_REACH_MS = 3_000

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Rejects when there was no answer in time. */
export const withinReach = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  Promise.race([
    answer,
    pause(OUT_OF_REACH_MS).then(() => Promise.reject(new Error('the background did not answer in time'))),
  ])
