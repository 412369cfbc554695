/** GET, HEAD and OPTIONS: reads, kept for "before". */
import { type Decoder, NO_CHANGE } from './decoder.ts'
import { readingOf } from './rest.ts'

export const decodeRead: Decoder = (call) => {
  if (!/^(GET|HEAD|OPTIONS)$/.test(call.method)) return undefined
  return call.answer.kind === 'json' && call.method === 'GET'
    ? { findings: [], readings: [readingOf(call)] }
    : NO_CHANGE
}
