/** POSTs that only ask, and those that are sent to be counted. */
import { isJsonObject, type Json } from '../../../model/json.ts'
import { isBlank } from '../../compare.ts'
import { splitWords, verbOfWord } from '../../words.ts'
import type { Call } from '../decoder.ts'

/** Sent to be counted: by beacon, or to an address that ends in such a word. */
export const isTelemetry = ({ address, method, exchange }: Call): boolean => {
  const last = splitWords(address.segments.at(-1) ?? '')
  return (
    method === 'POST' &&
    (exchange.via === 'beacon' || last.length <= 2) &&
    last.some((word) => verbOfWord(word)?.kind === 'noise')
  )
}

/** A search that is sent by POST: it names pages and filters, and is answered with a list. */
export const isQuery = (call: Call, sent: Json | undefined): boolean => {
  if (call.method !== 'POST' || call.answer.kind !== 'json') return false
  if (asks(call, sent)) return true
  if (call.exchange.status === 201) return false
  const answer = call.answer.value
  if (!holdsList(answer) || !isJsonObject(sent)) return false
  const keys = Object.keys(sent)
  const paging = keys.filter((key) => QUERY_KEY.test(key)).length
  return (
    keys.length > 0 &&
    paging >= Math.max(1, keys.length * 0.5) &&
    !keys.some(
      (key) => !QUERY_KEY.test(key) && !isBlank(sent[key]) && /name|title|password|description/i.test(key),
    )
  )
}
/** Named a search at the end of its address (`/bsearch`, `/query_range`), or an object that asks for a review of rights. */
const asks = ({ address }: Call, sent: Json | undefined): boolean => {
  const words = splitWords(address.segments.at(-1) ?? '')
  return (
    (words.length > 1 && words[0] === 'query') ||
    words.some((word) => /^(?!re).+search$/.test(word)) ||
    (isJsonObject(sent) && typeof sent.apiVersion === 'string' && /Review$/.test(String(sent.kind)))
  )
}

/** Also inside an envelope: {status, data: {result: [...]}}. */
const holdsList = (answer: Json): boolean => {
  if (!isJsonObject(answer)) return Array.isArray(answer)
  return (
    Object.values(answer).some(Array.isArray) ||
    (isJsonObject(answer.data) && Object.values(answer.data).some(Array.isArray))
  )
}

const QUERY_KEY =
  /^(page|pages?_?(size|number|index|token)?|per_?page|limit|offset|skip|take|size|from|to|start|end|length|count|sort|sort_?(by|order|dir)|order|order_?by|filters?|filtering|query|q|search|search_?(term|text|query)?|term|keyword|keywords|where|criteria|columns|draw|cursor|after|before|first|last|fields|select|include|aggs|aggregations|group_?by|time_?range|range|interval|queries|expr|datasource|step|time|timeout)$/i
