/** POSTs that only ask. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json } from '../../../model/json.ts'
import { isBlank } from '../../compare.ts'
import { identityOf } from '../../identity.ts'
import { isPlural, singularNoun, splitWords } from '../../words.ts'
import { type Call, unwrap } from '../decoder.ts'

/** `?dryRun=All`, {validateOnly: true}: what would come of it. */
export const isRehearsal = ({ address }: Call, sent: Json | undefined): boolean =>
  [...address.query, ...Object.entries(isJsonObject(sent) ? sent : {})].some(
    ([key, value]) => REHEARSAL.test(key) && /^(true|all|1|server|client|)$/i.test(String(value)),
  )

const REHEARSAL = /^(dry[_-]?run|validate[_-]?only|what[_-]?if|simulate[_-]?only)$/i

/** A search that is sent by POST: it names pages and filters, and is answered with a list. */
export const isQuery = (call: Call, sent: Json | undefined): boolean => {
  if (call.method !== 'POST' || call.answer.kind !== 'json') return false
  if (
    asks(call, sent) ||
    checksForm(call) ||
    grantsOnly(call.answer.value, sent) ||
    opensForm(call) ||
    bringsRows(call, sent)
  )
    return true
  if (bringsThose(call, sent) || bringsDocument(call, sent)) return true
  if (call.exchange.status === 201 || showsItself(call, sent)) return false
  const answer = call.answer.value
  // `/search/metadata`
  if (
    call.address.segments.slice(0, -1).some((one) => /^_?(search|query)$/i.test(one)) &&
    (holdsList(answer, 2) || isTextSearched(sent))
  )
    return true
  if (!isJsonObject(sent) || !holdsList(answer, Object.keys(sent).some((key) => LANGUAGE.test(key)) ? 2 : 1))
    return false
  const keys = Object.keys(sent)
  const paging = keys.filter((key) => QUERY_KEY.test(key) || isPaging(sent[key])).length
  return (
    keys.length > 0 &&
    paging >= Math.max(1, keys.length * 0.5) &&
    !keys.some(
      (key) => !QUERY_KEY.test(key) && !isBlank(sent[key]) && /name|title|password|description/i.test(key),
    )
  )
}
/** {text: 'web', context: 'all'} */
const isTextSearched = (sent: Json | undefined): boolean =>
  isJsonObject(sent) &&
  Object.keys(sent).length > 0 &&
  Object.keys(sent).every((key) => QUERY_KEY.test(key) || /^(text|prefix|context|namespace|lang)$/i.test(key))

/** {options: {limit: 15, skip: 0, sort: {…}}} */
const isPaging = (value: Json | undefined): boolean =>
  isJsonObject(value) &&
  Object.keys(value).length > 1 &&
  Object.keys(value).every((key) => QUERY_KEY.test(key))

/** Named a search at the end of its address (`/bsearch`, `/query_range`, `/last_runs`, `/fillToolItems`). */
const asks = ({ address, answer }: Call, sent: Json | undefined): boolean => {
  const words = splitWords(address.segments.at(-1) ?? '')
  const told = answer.kind === 'json' ? answer.value : undefined
  return (
    (words.length > 1 && /^(query|last|latest)$/.test(words[0] ?? '')) ||
    words.some((word) => /^(?!re).+search$|^strength$/.test(word)) ||
    (words[0] === 'fill' && /^(items|options|values|choices)$/.test(words.at(-1) ?? '')) ||
    (/^(children|descendants|ancestors|siblings)$/.test(words.at(-1) ?? '') && Array.isArray(told)) ||
    (/^(options|choices)$/.test(words.at(-1) ?? '') && isChoices(told)) ||
    (words.join(' ') === 'plan' &&
      isJsonObject(told) &&
      Object.keys(told).some((key) => /^diff$/i.test(key))) ||
    [sent, told].some((one) => isJsonObject(one) && /[a-z]Review$/.test(String(one.kind)))
  )
}

/** [{name: 'Ops', value: 4}, …], or inside {data}: what a field offers. */
const isChoices = (told: Json | undefined): boolean => {
  const list = isJsonObject(told) ? (told.data ?? told.options ?? told.values) : told
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every(
      (one) =>
        isJsonObject(one) &&
        ['value', 'id', 'key'].some((key) => Object.hasOwn(one, key)) &&
        ['name', 'label', 'text', 'title'].some((key) => typeof one[key] === 'string'),
    )
  )
}

/** `POST /tasks/12/form`: what may be filled in, and what is wrong with it so far. */
const checksForm = ({ address, answer }: Call): boolean =>
  singularNoun(address.segments.at(-1) ?? '') === 'form' &&
  JSON.stringify(answer.kind === 'json' ? answer.value : '').includes('"validationErrors"')

/** "May I?", with the document that it is asked for: answered by what is allowed and nothing else, {read: true, update: true}. */
const grantsOnly = (answer: Json, sent: Json | undefined): boolean => {
  if (!isJsonObject(answer) || !isJsonObject(sent)) return false
  const rights = Object.keys(answer)
  return (
    rights.length > 1 &&
    rights.every((key) => isRight(key) && !Object.hasOwn(sent, key)) &&
    leavesOf(answer).every((leaf) => typeof leaf === 'boolean')
  )
}

const isRight = (key: string): boolean =>
  /^(fields|allowed|admin|(can|may|is)?[_-]?(create|read|update|delete|write|view|edit|list|manage|unlock|publish|read[_-]?versions)d?)$/i.test(
    key,
  )

const leavesOf = (value: Json): Json[] =>
  typeof value === 'object' && value !== null ? Object.values(value).flatMap(leavesOf) : [value]

/** Sent to an item and answered by it: what is in it may well be called `timeout`, `limit` or `order`. */
const showsItself = ({ address: { id, query }, answer }: Call, sent: Json | undefined): boolean => {
  const shown = answer.kind === 'json' ? unwrap(answer.value) : undefined
  const own = shown && identityOf(shown)
  const said = [id, ...query.map(([, value]) => value), ...(isJsonObject(sent) ? Object.values(sent) : [])]
  return own?.strength === 'strong' && said.some((one) => String(one) === own.id)
}

/** ['4', '7'], answered by the things of these ids. */
const bringsThose = ({ answer, address: { noun } }: Call, sent: Json | undefined): boolean => {
  const asked = isJsonObject(sent) && Object.keys(sent).length === 1 ? Object.values(sent)[0] : undefined
  const told = answer.kind === 'json' && isJsonObject(answer.value) ? Object.keys(answer.value) : []
  // {keys: ['save', 'close']}, answered {save: 'Speichern', close: 'Schließen'}.
  if (Array.isArray(asked) && told.length > 0 && told.every((key) => asked.includes(key))) return true
  // {hashes: 'a1|b2'}, answered {a1: 0, b2: 5}.
  const joined = typeof asked === 'string' && told.length > 0 ? asked.split(/[,|]/) : []
  if (joined.length > 0 && told.every((key) => looksLikeId(key) && joined.includes(key))) return true
  // {r: ['a', 'b'], x: []} to `/resources`, answered {resources: […]}.
  const lists = isJsonObject(sent) ? Object.values(sent) : []
  if (lists.length > 1 && lists.every(isListOfTexts) && told.some((key) => isPlural(key) && key === noun))
    return true
  const list = answer.kind === 'json' && Array.isArray(answer.value) ? answer.value : []
  return (
    Array.isArray(sent) &&
    list.length > 0 &&
    list.every(
      (one) => isJsonObject(one) && Object.keys(one).length > 1 && sent.includes(identityOf(one)?.id ?? ''),
    )
  )
}

const isListOfTexts = (value: Json): boolean =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** `POST /admin/meta` with a token and nothing else: a document comes, and nothing was made that has an id. */
const bringsDocument = ({ address, answer, exchange }: Call, sent: Json | undefined): boolean => {
  const members = isJsonObject(sent) ? Object.entries(sent) : []
  const shown = answer.kind === 'json' && isJsonObject(answer.value) ? answer.value : {}
  return (
    exchange.status === 200 &&
    !address.verb &&
    !isPlural(address.noun ?? '') &&
    members.length === 1 &&
    members.every(
      ([key, value]) =>
        /^(i|token|auth|session|sid|access_?token|api_?key)$/i.test(key) && typeof value === 'string',
    ) &&
    Object.keys(shown).length > 1 &&
    identityOf(shown)?.strength !== 'strong'
  )
}

/** A query was sent, and rows came. */
const bringsRows = ({ answer }: Call, sent: Json | undefined): boolean => {
  if (!isJsonObject(sent) || answer.kind !== 'json' || !isJsonObject(answer.value)) return false
  const isAsked = ['query', 'queries', 'sql', 'expression'].some((key) => !isBlank(sent[key]))
  const { data } = answer.value
  return (
    isAsked &&
    [answer.value, ...(isJsonObject(data) ? [data] : [])].some((one) =>
      ['rows', 'records', 'series', 'frames', 'buckets', 'hits'].some((key) => Array.isArray(one[key])),
    )
  )
}

/** Nothing sent, a form came: a dialog was opened. */
const opensForm = ({ address, request, answer }: Call): boolean =>
  request.kind === 'none' &&
  /^(?:edit|new|add|create|update|modify|change|copy|clone)$/.test(address.verb?.word ?? '') &&
  answer.kind === 'json' &&
  isJsonObject(answer.value) &&
  Object.values(answer.value).some((value) => typeof value === 'string' && /<(?:form|input)\b/i.test(value))

/** Also inside an envelope: {status, data: {result: [...]}}. */
const holdsList = (answer: Json, depth = 1): boolean => {
  if (!isJsonObject(answer)) return Array.isArray(answer)
  if (depth > 1 && Object.values(answer).some((child) => holdsList(child, depth - 1))) return true
  return (
    Object.values(answer).some(Array.isArray) ||
    (isJsonObject(answer.data) && Object.values(answer.data).some(Array.isArray))
  )
}

/** A query language of the app's own. */
const LANGUAGE = /^[a-z]{1,4}ql$/i

const QUERY_KEY =
  /^(page|pages?_?(size|number|index|token)?|per_?page|limit|offset|skip|take|size|from|to|start|end|length|count|sort|sort_?(by|order|dir)|order|order_?by|filters?|filtering|query|q|search|search_?(term|text|query)?|term|keyword|keywords|where|criteria|start_?(?:index|at)|jql|cql|soql|kql|columns|draw|cursor|after|before|first|last|fields|select|include|aggs|aggregations|group_?by|time_?range|range|interval|queries|expr|datasource|step|time|timeout)$/i
