/**
 * Waiting for the background. Stopped with a message in hand, it never answers, and the browser says so half a minute later or not at
 * all: whoever asked asks again, which starts it anew. An answer that comes late after all still counts.
 */
import type { ViewMessage } from './messages.ts'
import type { TeamCommand } from './team.ts'

const OUT_OF_REACH_MS = 3_000
const MAX_CALLS = 5

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Rejects when there was no answer in time. */
export const withinReach = <Answer>(answer: Promise<Answer>): Promise<Answer> =>
  Promise.race([
    answer,
    pause(OUT_OF_REACH_MS).then(() => Promise.reject(new Error('the background did not answer in time'))),
  ])

/**
 * For what must not be said twice, and for what a person waits for: wakes the background first, which keeps it for half a minute from
 * then on, and only then says it, once. Rejects when it can't be woken.
 */
export const createAsk =
  (sendMessage: (message: unknown) => Promise<unknown>) =>
  async (message: ViewMessage | TeamCommand): Promise<unknown> => {
    const wake: ViewMessage = { type: 'wake' }
    const isAwake = async () => {
      const answer = await withinReach(sendMessage(wake)).catch(() => undefined)
      return answer !== undefined && answer !== null
    }
    for (let call = 1; !(await isAwake()); call += 1) {
      if (call === MAX_CALLS) throw new Error(`the background could not be woken for "${message.type}"`)
      await pause(call * 100)
    }
    return sendMessage(message)
  }
