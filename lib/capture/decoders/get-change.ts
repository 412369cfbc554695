/**
 * A GET that changes: a link or script with a verb and a token in its query, or a verb in the path, that is answered by a redirect
 * with next to nothing, or by the thing in the state that the verb names and that it was not in. Everything else that is GET is a read.
 */
import { isJsonObject, type Json } from '../../model/json.ts'
import type { Finding } from '../finding.ts'
import type { ReadMemory } from '../read-memory.ts'
import { isPlural, singularNoun, splitWords, type Verb, verbOf } from '../words.ts'
import { type Call, type Decoder, outcomeFields } from './decoder.ts'

export const decodeGetChange: Decoder = (call, memory) => {
  if (call.method !== 'GET' || call.outcome === 'rejected') return undefined
  const { address } = call
  if (STATIC_FILE.test(address.path)) return undefined
  const named = verbInQuery(address.query)
  const verb = named?.verb ?? address.verb
  if (!verb || !/^(create|update|delete)$/.test(verb.kind)) return undefined
  const hasToken = address.query.some(([key, value]) => isToken(key, value))
  const isRedirected = call.exchange.status >= 300 && call.exchange.status < 400
  const opensForm =
    /^(edit|add|new|create|update|modify|change|copy|move|rename|import|export|set|upload|register|schedule|configure|customize|sort|on|off|reset)$/.test(
      verb.word,
    )
  const turned = turnedFrom(call, memory)
  const sure = hasToken
    ? isRedirected || !opensForm
    : !opensForm && (isRedirected || (named === undefined && (isBriefAnswer(call) || turned !== undefined)))
  if (!sure || (call.exchange.via === 'form' && !isRedirected && !hasToken)) return undefined
  const targets = idsInQuery(address.query, named)
  const noun =
    (named?.rest.length ? named.rest.join(' ') : undefined) ??
    targets.noun ??
    withoutExtension(address.noun) ??
    ''
  const ids = address.id !== undefined && targets.ids.length === 0 ? [address.id] : targets.ids
  const finding: Finding = {
    action: verb.kind as 'create' | 'update' | 'delete',
    type: noun,
    extent: 'partial',
    scope: address.scope,
    ...outcomeFields(call.outcome),
    ...(turned !== undefined && { before: turned, beforeFrom: 'read' }),
    ...(verb.state && verb.kind === 'update' && { state: verb.state }),
  }
  return {
    findings:
      ids.length === 0
        ? verb.kind === 'update' && named === undefined
          ? []
          : [finding]
        : ids.map((id) => ({ ...finding, id })),
  }
}

/** `GET /plans/5/disable`, answered by a plan that is off and was on when it was last read: as it was. */
const turnedFrom = ({ answer, address: { id, scope, verb } }: Call, memory: ReadMemory): Json | undefined => {
  const state = verb?.state
  if (!state || id === undefined || answer.kind !== 'json') return undefined
  for (const given of state.fields) {
    const field = given.replace('!', '')
    const value = given === field ? state.value : !state.value
    const known = memory.find({ id, scope, keys: [field] })
    if (known?.[field] === !value && holds(answer.value, field, value)) return known
  }
  return undefined
}

const holds = (value: Json, field: string, sought: boolean, depth = 0): boolean =>
  isJsonObject(value) &&
  (value[field] === sought ||
    (depth < 3 && Object.values(value).some((inner) => holds(inner, field, sought, depth + 1))))

interface NamedVerb {
  readonly verb: Verb
  readonly rest: readonly string[]
  readonly key: string
  /** The verb was the key itself: `delete=5`. */
  readonly value?: string
}

const VERB_KEY =
  /^(action2?|act|do|cmd|command|op|operation|task|method|mode|event|func|function|todo|call|ext_?act|submit)$/i

const verbInQuery = (query: readonly (readonly [string, string])[]): NamedVerb | undefined => {
  for (const [key, value] of query) {
    if (!VERB_KEY.test(key)) continue
    const found = verbOf(value)
    if (found && /^(create|update|delete)$/.test(found.verb.kind)) return { ...found, key }
    if (found && found.verb.kind === 'session') return undefined
  }
  for (const [key, value] of query) {
    const found =
      /^[a-z]+$/i.test(key) &&
      value !== '' &&
      value.length < 80 &&
      !/^(true|false|yes|no|on|off|0|1|-1|all)$/i.test(value)
        ? verbOf(key)
        : undefined
    if (
      found &&
      found.rest.length === 0 &&
      /^(delete|update)$/.test(found.verb.kind) &&
      /^(delete|remove|activate|deactivate|enable|disable|publish|unpublish|trash|approve|revoke|uninstall|install)$/.test(
        found.verb.word,
      )
    )
      return { verb: found.verb, rest: [], key, value }
  }
  return undefined
}

export const isToken = (key: string, value: string): boolean =>
  value.length >= 6 &&
  /(nonce|token|sectok|csrf|xsrf|sesskey|authenticity|form_?key|securit|checksum|formhash|_hash$|^hash$|^sid$|^auth$|signature|^key$|uitkn|edittoken)/i.test(
    key,
  )

const PLUMBING =
  /^(page|paged|per_?page|offset|limit|order|order_?by|sort|sort_?by|dir|s|q|search|filter|view|tab|screen|lang|locale|_|ts|timestamp|redirect(_to)?|return(_?to|_?url)?|referer|referrer|_wp_http_referer|back|next|noheader|ajax|format|callback|from|do|call|m|mode|type|all|.*_status|status|.*_timestamp|.*_type|paged|cat|rev|range|pagegen_timestamp)$/i

const idsInQuery = (
  query: readonly (readonly [string, string])[],
  named: NamedVerb | undefined,
): { ids: string[]; noun?: string } => {
  if (named?.value !== undefined) return { ids: [named.value] }
  const rest = query.filter(
    ([key, value]) =>
      key !== named?.key &&
      value !== '' &&
      !isToken(key, value) &&
      !PLUMBING.test(key) &&
      !(VERB_KEY.test(key) && verbOf(value)),
  )
  const lists = rest.filter(([key]) => key.endsWith('[]'))
  const listKey = lists[0]?.[0]
  if (listKey !== undefined)
    return {
      ids: lists.filter(([key]) => key === listKey).map(([, value]) => value),
      ...nounOfKey(listKey.slice(0, -2)),
    }
  const chosen =
    rest.find(([key]) => /^(id|ids|uuid|guid|pk|_id)$/i.test(key)) ??
    rest.find(([key]) => /id$/i.test(splitWords(key).at(-1) ?? '')) ??
    rest.find(([, value]) => /^[\w@.:/-]{1,200}$/.test(value))
  if (!chosen) return { ids: [] }
  const [key, value] = chosen
  return { ids: /^[\w-]+(,[\w-]+)+$/.test(value) ? value.split(',') : [value], ...nounOfKey(key) }
}

/** `delete_comments` → comment, `user_id` → user, `id` → nothing. */
const nounOfKey = (key: string): { noun?: string } => {
  const words = splitWords(key).filter(
    (word) =>
      !/^(ids?|uuid|guid|pk|checked|selected|check|cb|items?|name|key)$/.test(word) &&
      verbOf(word)?.verb.kind !== 'delete',
  )
  return words.length === 0 ? {} : { noun: singularNoun(words.join(' ')) }
}

const withoutExtension = (noun: string | undefined): string | undefined => {
  const bare = noun?.replace(/\.(php|aspx?|jspa?|jsf|xhtml|faces|cgi|do|action|html?|pl|cfm)$/i, '')
  const words =
    bare === undefined
      ? []
      : splitWords(bare).filter((word) => !/^(edit|list|manage|view|index|admin|ajax)$/.test(word))
  return words.length === 0 ? undefined : words.join(isPlural(bare ?? '') ? '_' : ' ')
}

/** A page's own parts: templates, scripts, pictures. Their names tell what they show, not what they do. */
const STATIC_FILE = /\.(html?|m?js|css|json|svg|png|jpe?g|gif|ico|woff2?|map|txt|xml|md)$/i

/** Nothing, "OK", {"success": true}: an answer to a command, not to a question. One that was not read is not known to be brief. */
const isBriefAnswer = ({ answer, exchange }: Call): boolean => {
  if (exchange.via === 'form') return false
  if (answer.kind === 'none')
    return exchange.responseBody !== undefined || exchange.responseHeaders['content-type'] === undefined
  if (answer.kind === 'text') return answer.text.length <= 20
  if (answer.kind !== 'json') return false
  const { value } = answer
  if (!isJsonObject(value))
    return value === true || value === 1 || (typeof value === 'string' && value.length <= 20)
  return Object.entries(value).every(
    ([key, member]) =>
      /^(ok|success|status|message|msg|result|code|error|errors|data|timestamp|time)$/i.test(key) &&
      (typeof member !== 'object' || member === null),
  )
}
