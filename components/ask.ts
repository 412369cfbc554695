/** What pages ask of the background, once it is awake. */
import { browser } from 'wxt/browser'
import type { ViewMessage } from '../lib/messages/messages.ts'
import { createAsk } from '../lib/messages/reach.ts'
import { text } from './locale/index.ts'

export const ask = createAsk((message) => browser.runtime.sendMessage(message))

/** What it throws is in words for a person. */
export const askOrThrow = async (message: ViewMessage): Promise<void> => {
  const answer = await ask(message).catch(() => undefined)
  if (typeof answer !== 'object' || answer === null || !('ok' in answer) || answer.ok !== true)
    throw new Error(text.popup.failed)
}
