/** What an app keeps for itself: sessions, files on their way, drafts, locks, work that is queued. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import { isVolatileChange } from '../../compare.ts'
import { isConfirmation, isSignIn } from '../../sign-in.ts'
import { singularNoun, splitWords } from '../../words.ts'
import { type Call, unwrap } from '../decoder.ts'
import { isView } from './view-state.ts'

/** Of the app itself or of the person in it, and of no setting. */
export const keepsOnlyState = (call: Call, sent: Json | undefined): boolean =>
  isOfSession(call, sent) ||
  letsFilesPass(call) ||
  keepsForAWhile(call, sent) ||
  isView(call, sent) ||
  stampsOnly(call, sent)

/** Sessions that begin, are prolonged or end, and who somebody is. */
const isOfSession = ({ address, method }: Call, sent: Json | undefined): boolean => {
  const { segments, noun = '', id } = address
  const last = segments.at(-1) ?? ''
  const names = namesIn(sent)
  const isSession = splitWords(noun).join(' ') === 'session'
  return (
    (isJsonObject(sent) && typeof sent.grant_type === 'string') ||
    (isSession && method === 'POST' && id === undefined) ||
    (isSession && method === 'DELETE' && /^(current|me|self|mine)$/i.test(last)) ||
    (/^(start|init|initiate|begin|callback)$/.test(last) && signsInBy(segments)) ||
    isSignIn(last, names) ||
    isConfirmation(segments, names) ||
    opensConsole(segments)
  )
}

const signsInBy = (segments: readonly string[]): boolean =>
  segments.some((segment) => /^(sso|saml2?|oidc|oauth2?|openid|auth)$/i.test(segment))

/** `POST /nodes/a/vncshell?websocket=1`: a screen is shown. */
const opensConsole = (segments: readonly string[]): boolean =>
  /^((vnc|term|spice|serial|xterm)[_-]?(proxy|shell|console|websocket)|(remote|web)[_-]?console)$/i.test(
    segments.at(-1) ?? '',
  )

/** Parts of a file, what is exported, what an identity provider sends back. */
const letsFilesPass = ({ address, method, answer, exchange }: Call): boolean => {
  const { segments, noun = '' } = address
  const door = segments.find((segment) => !isPrefix(segment)) ?? ''
  const isExport = /^(exports?|downloads?)$/.test(splitWords(noun).join(' ')) && answer.kind !== 'json'
  return (
    (/^(PUT|POST)$/.test(method) && /^(chunks?|acs)$/.test(splitWords(segments.at(-1) ?? '').at(-1) ?? '')) ||
    (method === 'POST' &&
      ((segments.length > 1 && /^(exports?|downloads?)$/.test(door)) ||
        isExport ||
        isFile(exchange.responseHeaders)))
  )
}

/** Locks, drafts, what a search found, a browser that asks to be told. */
const keepsForAWhile = ({ address, method, answer }: Call, sent: Json | undefined): boolean => {
  const isLock = address.verb?.word === 'lock' && answer.kind === 'json' && isJsonObject(answer.value)
  return (
    (isLock && lasts(answer.value)) ||
    // A draft that an editor keeps while one writes, by its key and number.
    (splitWords(address.noun ?? '').join(' ') === 'drafts' &&
      namesIn(sent).some((key) => /^draft_?key$/i.test(key))) ||
    // What a search found is let go: https://www.elastic.co/guide/en/elasticsearch/reference/current/async-search.html
    (method === 'DELETE' &&
      address.segments.slice(0, -1).some((one) => /^_?(async_?)?search$|^_?scroll$/i.test(one))) ||
    // https://www.w3.org/TR/push-api/#pushsubscription-interface
    (isJsonObject(sent) && typeof sent.endpoint === 'string' && isJsonObject(sent.keys))
  )
}

const lasts = (answer: JsonObject): boolean =>
  Object.keys(answer).some((key) => /^(expires?|expiry|ttl|until)/i.test(key))

/** Nothing but times and versions, which servers write themselves. */
const stampsOnly = ({ method }: Call, sent: Json | undefined): boolean => {
  const stamps = isJsonObject(sent) ? Object.entries(sent) : []
  return (
    /^(PATCH|PUT|POST)$/.test(method) &&
    stamps.length > 0 &&
    stamps.every(([key, value]) => isVolatileChange(key, undefined, value))
  )
}

const namesIn = (sent: Json | undefined): string[] => (isJsonObject(sent) ? Object.keys(sent) : [])

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

/** Answered with a file: something was rendered or exported from what was sent. */
const isFile = (headers: Readonly<Record<string, string>>): boolean =>
  /^(multipart\/|image\/|audio\/|video\/|application\/(pdf|zip|gzip|x-tar|vnd\.(ms-|openxmlformats)))/i.test(
    headers['content-type'] ?? '',
  ) || /^\s*attachment\b/i.test(headers['content-disposition'] ?? '')
