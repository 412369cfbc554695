/** What a call is called: verb and noun in the method's name, or among the parameters of a bare `call`. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPlural, singularNoun, splitWords, type Verb, verbOf } from '../../words.ts'
import type { RpcCall } from './calls.ts'

/** `aria2.changeOption`, `torrent-set`, `core.set_config`, `user.update`; for a bare `call`, the words among its parameters. */
export const nameOfCall = ({ method, params }: RpcCall): { verb: Verb | undefined; noun: string } => {
  const parts = method.split(/[.:/]/).filter((part) => part !== '')
  const last = parts.at(-1) ?? method
  const found = verbOf(asksWhileEdited(last) ? 'validate' : last)
  const onModel = isJsonObject(params) ? modelCall(params) : undefined
  const onWhat = onModel ?? actionCall(method, params)
  if (onWhat) return onWhat
  if (BARE_CALL.test(last)) {
    const strings = stringsIn(params).filter((text) => /^[A-Za-z][\w.-]{1,60}$/.test(text))
    const named = strings.findLast((text) => verbOf(text) !== undefined)
    if (named !== undefined) {
      const inner = verbOf(named)
      const model = (strings[strings.indexOf(named) - 1] ?? parts.at(-2))?.split(/[./]/).at(-1)
      const about = Array.isArray(params) ? params.findLast(isJsonObject) : undefined
      const table = ['config', 'table', 'collection', 'entity', 'doctype', 'model']
        .map((key) => about?.[key])
        .find((one): one is string => typeof one === 'string' && /^[A-Za-z][\w .-]{1,40}$/.test(one))
      const noun = table ?? (inner?.rest.join(' ') || model)
      return { verb: inner?.verb, noun: noun === undefined ? '' : singularNoun(noun) }
    }
  }
  if (found) {
    const rest = found.rest.filter((word) => !/^(by|async|request)$/.test(word))
    // `area_User.update`: the class, without its package.
    const owner = parts.length > 1 ? (parts.at(-2) as string).replace(/^[a-z]+_(?=[A-Z])/, '') : ''
    // `Switch.SetConfig`: the config of a switch.
    const isAspect =
      rest.length === 1 &&
      /^(config|settings?|options?|state|status|name|properties|info|details)$/.test(rest[0] as string)
    const words =
      isAspect && (/^[A-Z]/.test(owner) || isPlural(owner))
        ? [...splitWords(singularNoun(owner)), ...rest]
        : rest
    return { verb: found.verb, noun: words.length > 0 ? singularNoun(words.join(' ')) : singularNoun(owner) }
  }
  return { verb: undefined, noun: singularNoun(last) }
}

/** {model: 'res.partner', method: 'write', args}: an ORM's own verbs. */
const modelCall = ({ model, method }: JsonObject): { verb: Verb | undefined; noun: string } | undefined => {
  if (typeof model !== 'string' || typeof method !== 'string') return undefined
  const own = method.replace(/^(web|action|button|_+)_?(?=[a-z])/, '')
  const verb = own === 'unlink' ? verbOf('delete') : verbOf(asksWhileEdited(own) ? 'validate' : own)
  return { verb: verb?.verb, noun: singularNoun(model.split('.').at(-1) ?? model) }
}

/** `on_change`, `onchange_partner`: what else would be different, asked while a person fills in a form. */
const asksWhileEdited = (name: string): boolean => /^on_?change(?:_|$)/.test(name)

/** `update_course` with {action: 'section_hide', ids}: what is done is told by what it is called with. */
const actionCall = (method: string, params: Json): { verb: Verb | undefined; noun: string } | undefined => {
  const { action } = isJsonObject(params) ? params : {}
  const outer = verbOf(method.split(/[.:/]/).at(-1) ?? '')
  if (typeof action !== 'string' || !/^[a-z]+([_-][a-z]+)+$/.test(action) || outer?.verb.kind !== 'update')
    return undefined
  const inner = verbOf(action)
  return inner?.verb.state && inner.rest.length > 0
    ? { verb: inner.verb, noun: singularNoun(inner.rest.join(' ')) }
    : undefined
}

/** `set_torrent_options` of some torrents is about the torrents. */
export const ownerOf = (noun: string): string =>
  noun.replace(
    /(?<=\S) (option|setting|config|configuration|property|attribute|location|path|name|status|state|label|value|info|details)$/,
    '',
  )
const BARE_CALL = /^(call|execute|execute_kw|call_kw|invoke|rpc|request)$/i

/** call(session, object, verb, {…}): what comes after the verb. */
export const argumentsAfterVerb = ({ method, params }: RpcCall): Json => {
  if (isJsonObject(params) && actionCall(method, params)) {
    const { action: _action, ...rest } = params
    return rest
  }
  if (!BARE_CALL.test(method) || !Array.isArray(params)) return params
  const at = params.findLastIndex((one) => typeof one === 'string' && verbOf(one) !== undefined)
  return at < 0 ? params : params.slice(at + 1)
}

/** {"monitorID": 4} says what was made. */
export const nounOfAnswer = (result: Json | undefined): string | undefined => {
  const key = isJsonObject(result)
    ? Object.keys(result).find((name) => /^[a-z]{3,}(_id|I[dD])$/.test(name))
    : undefined
  return key === undefined ? undefined : singularNoun(key.replace(/(_id|I[dD])$/, ''))
}

export const stringsIn = (params: Json): string[] => {
  if (typeof params === 'string') return [params]
  if (Array.isArray(params)) return params.flatMap((one) => (typeof one === 'string' ? [one] : []))
  return isJsonObject(params)
    ? Object.values(params).filter((one): one is string => typeof one === 'string' && one.length < 200)
    : []
}
