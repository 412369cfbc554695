/** GET, HEAD and OPTIONS: reads, kept for "before". */
import type { Json } from '../../model/json.ts'
import { placeOf } from '../address.ts'
import { isActionName } from '../form/form-names.ts'
import { verbOf } from '../words.ts'
import { readXml } from '../xml.ts'
import { type Call, type Decoder, NO_CHANGE, type Reading } from './decoder.ts'

export const decodeRead: Decoder = (call) => {
  if (!/^(GET|HEAD|OPTIONS|QUERY)$/.test(call.method)) return undefined
  const isRead = call.answer.kind === 'json' || xmlIn(call) !== undefined || textIn(call) !== undefined
  return isRead && call.method === 'GET' ? { findings: [], readings: [readingOf(call)] } : NO_CHANGE
}

/** A document or XHR that was read, kept under its path. */
export const readingOf = (call: Call): Reading => ({
  place: placeOf(call.address.segments),
  value: call.answer.kind === 'json' ? call.answer.value : (xmlIn(call) ?? textIn(call) ?? null),
  ...(call.address.noun !== undefined && { noun: call.address.noun }),
  scope: [...call.address.scope, ...(call.address.id === undefined ? [] : [call.address.id])],
})

/** `action=get_webhook&id=5`: a question in the shape of a form, answered with what there is. */
export const askedByForm = ({ request, answer, address, method }: Call): Reading[] => {
  if (method === 'GET' || request.kind !== 'fields' || answer.kind !== 'json') return []
  const said = request.fields.find(([name]) => isActionName(name))?.[1]
  const noun = (said === undefined ? undefined : verbOf(said)?.rest.join(' ')) || address.noun
  return [{ place: '', value: answer.value, ...(noun !== undefined && { noun }), scope: address.scope }]
}

const xmlIn = ({ answer, exchange }: Call): Json | undefined =>
  readXml(answer, exchange.responseHeaders['content-type'])

/** The one member of a document that is text and nothing else. */
export const TEXT = 'content'

const MAX_TEXT = 200_000

/** A file as it is, a list of names: what an editor shows. */
const textIn = ({ answer, exchange }: Call): Json | undefined =>
  answer.kind === 'text' &&
  answer.text !== '' &&
  answer.text.length <= MAX_TEXT &&
  exchange.cut?.response !== true
    ? { [TEXT]: answer.text }
    : undefined
