/** GET, HEAD and OPTIONS: reads, kept for "before". */
import { placeOf } from '../address.ts'
import { type Call, type Decoder, NO_CHANGE, type Reading } from './decoder.ts'

export const decodeRead: Decoder = (call) => {
  if (!/^(GET|HEAD|OPTIONS)$/.test(call.method)) return undefined
  return call.answer.kind === 'json' && call.method === 'GET'
    ? { findings: [], readings: [readingOf(call)] }
    : NO_CHANGE
}

/** A document or XHR that was read, kept under its path. */
export const readingOf = (call: Call): Reading => ({
  place: placeOf(call.address.segments),
  value: call.answer.kind === 'json' ? call.answer.value : null,
  ...(call.address.noun !== undefined && { noun: call.address.noun }),
  scope: [...call.address.scope, ...(call.address.id === undefined ? [] : [call.address.id])],
})
