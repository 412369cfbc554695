/** POSTs that only ask, and those that are sent to be counted. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import { isBlank, isVolatileChange } from '../../compare.ts'
import { identityOf } from '../../identity.ts'
import { isPlural, singularNoun, splitWords, verbOfWord } from '../../words.ts'
import { type Call, unwrap } from '../decoder.ts'

/** Sent to be counted or logged: by beacon, to an address of such words, or events with their times. */
export const isTelemetry = ({ address, method, exchange }: Call, sent: Json | undefined): boolean => {
  if (method !== 'POST') return false
  // Sent as the page was left, with nothing in it: a lock is let go.
  if (exchange.via === 'beacon' && sent === undefined) return true
  const last = splitWords(address.segments.at(-1) ?? '')
  const words = address.segments.flatMap(splitWords)
  return (
    ((exchange.via === 'beacon' || last.length <= 2) &&
      last.some((word) => verbOfWord(word)?.kind === 'noise')) ||
    words.some((word) =>
      /^(analytics|telemetry|rum|pageviews?|beacons?|envelope|onboarding|walkthrough|presence|timings|capability|capabilities)$/.test(
        word,
      ),
    ) ||
    (last.length > 1 && last[0] === 'track') ||
    (words.some((word) => /^(logs?|errors?|crash|crashes)$/.test(word)) && isLogLine(sent)) ||
    (words.includes('metrics') && /^(frontend|client|browser|web|ui)$/.test(last.at(-1) ?? '')) ||
    (/^(events?|activity|usage|visits?|hits?)$/.test(last.at(-1) ?? '') && isVisit(sent)) ||
    (words.some((word) => /^(events?|batch|track)$/.test(word)) && isEventList(sent))
  )
}

/** {name: 'pageview', url, referrer}, {page: '/plans', duration: 5}, {feature: 'search'}: where a person was. */
const isVisit = (sent: Json | undefined): boolean => {
  const keys = isJsonObject(sent) ? Object.keys(sent) : []
  const isShort =
    keys.length > 0 && keys.every((key) => /^(page|path|url|feature|duration|screen|view)$/i.test(key))
  return isShort || keys.some((key) => /^referr?er$/i.test(key))
}

const isLogLine = (sent: Json | undefined): boolean =>
  isJsonObject(sent) &&
  ['level', 'severity', 'stack', 'userAgent'].some((key) => Object.hasOwn(sent, key)) &&
  ['message', 'msg', 'error', 'stack'].some((key) => Object.hasOwn(sent, key))

const isEventList = (sent: Json | undefined): boolean => {
  const list = Array.isArray(sent) ? sent : isJsonObject(sent) ? (sent.events ?? sent.batch) : undefined
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every(
      (one) =>
        isJsonObject(one) &&
        ['event', 'type', 'name', 'action'].some((key) => typeof one[key] === 'string') &&
        Object.keys(one).some((key) =>
          /^(ts|time|timestamp|sent_?at|at|created_?at|event_?time)$/i.test(key),
        ),
    )
  )
}

/** Sessions that are prolonged, tokens that are renewed, where the person was, and stamps alone. */
export const keepsOnlyState = (
  { address, method, answer, exchange }: Call,
  sent: Json | undefined,
): boolean => {
  const noun = splitWords(address.noun ?? '')
  const text = noun.join(' ')
  if (isJsonObject(sent) && typeof sent.grant_type === 'string') return true
  // A part of a file; what the identity provider sends back.
  if (
    /^(PUT|POST)$/.test(method) &&
    /^(chunks?|acs)$/.test(splitWords(address.segments.at(-1) ?? '').at(-1) ?? '')
  )
    return true
  const door = address.segments.find((segment) => !isPrefix(segment)) ?? ''
  if (method === 'POST' && address.segments.length > 1 && /^(exports?|downloads?)$/.test(door)) return true
  if (method === 'POST' && text === 'session' && address.id === undefined) return true
  if (
    method === 'DELETE' &&
    text === 'session' &&
    /^(current|me|self|mine)$/i.test(address.segments.at(-1) ?? '')
  )
    return true
  if (
    /^(start|init|initiate|begin|callback)$/.test(address.segments.at(-1) ?? '') &&
    signsInBy(address.segments)
  )
    return true
  // A browser asks to be told. https://www.w3.org/TR/push-api/#pushsubscription-interface
  if (isJsonObject(sent) && typeof sent.endpoint === 'string' && isJsonObject(sent.keys)) return true
  // Held while it is edited, for a while.
  if (
    address.verb?.word === 'lock' &&
    answer.kind === 'json' &&
    isJsonObject(answer.value) &&
    lasts(answer.value)
  )
    return true
  if (method === 'POST' && /^(exports?|downloads?)$/.test(text) && answer.kind !== 'json') return true
  if (method === 'POST' && isFile(exchange.responseHeaders)) return true
  if (
    /^recent(ly)?$/.test(noun[0] ?? '') ||
    /^(ui|view|layout|page|panel|table|grid|column) (state|layout|setting|width|order)s?$/.test(text)
  )
    return true
  if (isJsonObject(sent) && Array.isArray(sent.rpc) && sent.syncId !== undefined) return true
  if (
    address.segments.some((one) => /^(preferences|layout)$/.test(splitWords(one).at(-1) ?? '')) &&
    showsOnly(sent)
  )
    return true
  const stamps = isJsonObject(sent) ? Object.entries(sent) : []
  if (stamps.length > 0 && stamps.every(([key]) => /^(is_?)?(un)?(read|seen)$/i.test(key))) return true
  // `conversations.mark` with the message that was read last.
  if (
    address.verb?.word === 'mark' &&
    stamps.some(([key]) => /^(ts|time|timestamp|at)$/i.test(key)) &&
    stamps.length <= 2
  )
    return true
  return (
    /^(PATCH|PUT|POST)$/.test(method) &&
    stamps.length > 0 &&
    stamps.every(([key, value]) => isVolatileChange(key, undefined, value))
  )
}

const signsInBy = (segments: readonly string[]): boolean =>
  segments.some((segment) => /^(sso|saml2?|oidc|oauth2?|openid|auth)$/i.test(segment))

const lasts = (answer: JsonObject): boolean =>
  Object.keys(answer).some((key) => /^(expires?|expiry|ttl|until)/i.test(key))

/** A job, a run, a command is queued: the app works, and none of its settings changes. */
export const startsWork = ({ address, method, answer }: Call): boolean => {
  if (method !== 'POST' || address.id !== undefined || answer.kind !== 'json') return false
  const shown = unwrap(answer.value, ['status', 'state'])
  const state = shown?.status ?? shown?.state
  return (
    /^(command|run|job|execution)$/.test(splitWords(singularNoun(address.noun ?? '')).at(-1) ?? '') &&
    typeof state === 'string' &&
    /^(queued|pending|running|started|starting|in[_ -]?progress)$/i.test(state)
  )
}

/** `POST /utils/generateToken` with nothing: a helper of the page makes up a value that is saved with something later, or never. */
export const makesUp = ({ address, method }: Call, sent: Json | undefined): boolean =>
  method === 'POST' &&
  address.segments.slice(0, -1).some((segment) => /^(utils?|utilit(y|ies)|helpers?)$/i.test(segment)) &&
  (sent === undefined || (isJsonObject(sent) && Object.keys(sent).length === 0))

/** `/pages/5/changes/discard`: what was not published yet is the page's own draft; to leave it or lock it changes nothing. */
export const keepsDraft = ({ address }: Call): boolean =>
  isDraftOf(address) && /^(?:discard|revert|reset|lock|unlock|release)$/.test(address.verb?.word ?? '')

/** `/pages/5/changes/save`, `/pages/5/draft/publish` */
export const isDraftOf = ({ noun, owner, scope, verb, id }: Call['address']): boolean =>
  verb !== undefined &&
  id === undefined &&
  owner !== undefined &&
  scope.length > 0 &&
  /^(?:changes|drafts?|working-?copy)$/i.test(noun ?? '')

/** How a page was left: which view, which columns, how wide. */
const showsOnly = (sent: Json | undefined): boolean => {
  if (!isJsonObject(sent)) return false
  const { value } = sent
  const entries = Object.entries(isJsonObject(value) && Object.keys(sent).length === 1 ? value : sent)
  return entries.length > 0 && entries.every(([key]) => VIEW_KEY.test(splitWords(key).join(' ')))
}

const VIEW_KEY =
  /^((edit |list |grid )?view( type| mode)?|(visible |hidden )?columns?( order| widths?)?|sort( by| order)?|active tab|collapsed|expanded|side ?bar|(side ?bar|panel|column) (width|open|collapsed)|list presentation|page size|rows per page)$/

/** Answered with a file: something was rendered or exported from what was sent. */
const isFile = (headers: Readonly<Record<string, string>>): boolean =>
  /^(multipart\/|image\/|audio\/|video\/|application\/(pdf|zip|gzip|x-tar|vnd\.(ms-|openxmlformats)))/i.test(
    headers['content-type'] ?? '',
  ) || /^\s*attachment\b/i.test(headers['content-disposition'] ?? '')

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
    holdsList(answer, 2)
  )
    return true
  if (!holdsList(answer) || !isJsonObject(sent)) return false
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
/** {options: {limit: 15, skip: 0, sort: {…}}} */
const isPaging = (value: Json | undefined): boolean =>
  isJsonObject(value) &&
  Object.keys(value).length > 1 &&
  Object.keys(value).every((key) => QUERY_KEY.test(key))

/** Named a search at the end of its address (`/bsearch`, `/query_range`), or an object that asks for a review of rights. */
const asks = ({ address, answer }: Call, sent: Json | undefined): boolean => {
  const words = splitWords(address.segments.at(-1) ?? '')
  return (
    (words.length > 1 && words[0] === 'query') ||
    words.some((word) => /^(?!re).+search$|^strength$/.test(word)) ||
    (/^(children|descendants|ancestors|siblings)$/.test(words.at(-1) ?? '') &&
      answer.kind === 'json' &&
      Array.isArray(answer.value)) ||
    (isJsonObject(sent) && typeof sent.apiVersion === 'string' && /Review$/.test(String(sent.kind)))
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
const bringsThose = ({ answer }: Call, sent: Json | undefined): boolean => {
  const asked = isJsonObject(sent) && Object.keys(sent).length === 1 ? Object.values(sent)[0] : undefined
  const told = answer.kind === 'json' && isJsonObject(answer.value) ? Object.keys(answer.value) : []
  // {keys: ['save', 'close']}, answered {save: 'Speichern', close: 'Schließen'}.
  if (Array.isArray(asked) && told.length > 0 && told.every((key) => asked.includes(key))) return true
  const list = answer.kind === 'json' && Array.isArray(answer.value) ? answer.value : []
  return (
    Array.isArray(sent) &&
    list.length > 0 &&
    list.every(
      (one) => isJsonObject(one) && Object.keys(one).length > 1 && sent.includes(identityOf(one)?.id ?? ''),
    )
  )
}

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

const QUERY_KEY =
  /^(page|pages?_?(size|number|index|token)?|per_?page|limit|offset|skip|take|size|from|to|start|end|length|count|sort|sort_?(by|order|dir)|order|order_?by|filters?|filtering|query|q|search|search_?(term|text|query)?|term|keyword|keywords|where|criteria|columns|draw|cursor|after|before|first|last|fields|select|include|aggs|aggregations|group_?by|time_?range|range|interval|queries|expr|datasource|step|time|timeout)$/i
