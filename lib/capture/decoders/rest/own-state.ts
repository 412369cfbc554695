/** What an app keeps for itself: sessions, where the person was and how the page was left, drafts, locks, work that is queued. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import { isVolatileChange } from '../../compare.ts'
import { isConfirmation, isSignIn } from '../../sign-in.ts'
import { singularNoun, splitWords } from '../../words.ts'
import { type Call, unwrap } from '../decoder.ts'

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
  const names = isJsonObject(sent) ? Object.keys(sent) : []
  if (isSignIn(address.segments.at(-1) ?? '', names) || isConfirmation(address.segments, names)) return true
  // `POST /tickets/7/viewed`
  if (/^(viewed|visited|read|unread|seen)$/.test(address.segments.at(-1) ?? '') && isEmpty(sent)) return true
  if (opensConsole(address, sent)) return true
  // What a search found is let go: https://www.elastic.co/guide/en/elasticsearch/reference/current/async-search.html
  if (
    method === 'DELETE' &&
    address.segments.slice(0, -1).some((one) => /^_?(async_?)?search$|^_?scroll$/i.test(one))
  )
    return true
  // A draft that an editor keeps while one writes, by its key and number.
  if (text === 'drafts' && isJsonObject(sent) && Object.keys(sent).some((key) => /^draft_?key$/i.test(key)))
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
    /^recent(s|ly)?$/.test(noun[0] ?? '') ||
    /^(ui|view|layout|page|panel|table|grid|column) (state|layout|setting|width|order)s?$/.test(text) ||
    [address.noun ?? '', ...address.segments.slice(-2)].some((one) =>
      VIEW_STATE.test(splitWords(one).join(' ')),
    )
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

const isEmpty = (sent: Json | undefined): boolean =>
  sent === undefined || (isJsonObject(sent) && Object.keys(sent).length === 0)

/** `POST /nodes/a/vncshell?websocket=1`, `/containers/5/console`: a screen is shown. */
const opensConsole = ({ segments }: Call['address'], sent: Json | undefined): boolean =>
  /^((vnc|term|spice|serial|xterm)[_-]?(proxy|shell|console|websocket)|(remote|web)[_-]?console)$/i.test(
    segments.at(-1) ?? '',
  ) &&
  (isEmpty(sent) || isJsonObject(sent))

const signsInBy = (segments: readonly string[]): boolean =>
  segments.some((segment) => /^(sso|saml2?|oidc|oauth2?|openid|auth)$/i.test(segment))

const lasts = (answer: JsonObject): boolean =>
  Object.keys(answer).some((key) => /^(expires?|expiry|ttl|until)/i.test(key))

/** A job, a run, a command is queued: the app works, and none of its settings changes. */
export const startsWork = ({ address, method, answer }: Call): boolean => {
  if (method !== 'POST' || address.id !== undefined || answer.kind !== 'json') return false
  const shown = unwrap(answer.value, ['status', 'state'])
  const state = shown?.status ?? shown?.state
  const told = isJsonObject(answer.value) ? Object.keys(answer.value) : []
  if (told.length === 1 && /^(job|task|run)$/.test(told[0] ?? '') && /results?$/.test(address.noun ?? ''))
    return true
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

const VIEW_STATE = /^(?:(?:tree|tab|filter|navigation|sidebar|menu|window|widget) states?|form data)$/

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
