/** Calls by name as fields of a form, answered by JSON. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isAmbiguousVerb, splitWords, verbOf } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { sentValue } from '../rest/bodies.ts'
import type { RpcCall } from './calls.ts'
import { resultOf } from './results.ts'

/** `api=Core.User&method=set&name="ana"`, `action=user/update&id=3`: the same in fields, one or several (`compound=[{…}, {…}]`). */
export const callsInFields = (call: Call): RpcCall[] | undefined => {
  const sent = sentValue(call)
  if (call.method !== 'POST' || !isJsonObject(sent)) return undefined
  const answer = call.answer.kind === 'json' ? call.answer.value : undefined
  const lists = Object.values(sent).filter(isListOfCalls)
  if (lists.length !== 1) {
    const one = callInFields(sent) ?? callInQuery(call, sent)
    return one && [{ ...one, ...resultOf(answer, false) }]
  }
  const data = isJsonObject(answer) && isJsonObject(answer.data) ? answer.data : {}
  const results = Object.values(data).find(Array.isArray) ?? []
  return lists[0]?.map((one, index) => ({
    ...(callInFields(one) as RpcCall),
    ...resultOf(results[index], false),
  }))
}

const isListOfCalls = (value: Json): value is JsonObject[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 100 &&
  value.every((one) => isJsonObject(one) && callInFields(one) !== undefined)

/** On what, and what is done, as two members or as one: `user/update`, `user.update`, `type=update-user`. */
const callInFields = (sent: JsonObject): Pick<RpcCall, 'method' | 'params'> | undefined => {
  const members = Object.entries(sent)
  const wordIn = (names: RegExp): string | undefined =>
    members.find(
      ([key, value]) => names.test(key) && typeof value === 'string' && /^[a-z][\w./-]{1,80}$/i.test(value),
    )?.[0]
  const typed = wordIn(/^type$/i)
  const what = wordIn(/^(api|service|class|module|object|controller|resource|entity|model)$/i)
  const done = isVerbAndNoun(sent[typed ?? ''])
    ? typed
    : wordIn(/^(method|action|func|function|cmd|op|operation)$/i)
  if (done === undefined) return undefined
  const isWhole = done === typed || /\w[./]\w/.test(String(sent[done]))
  if (what === undefined && !isWhole) return undefined
  const method = [what === undefined ? [] : [sent[what]], sent[done]].flat().join('.')
  if (verbOf(method.split(/[./]/).at(-1) ?? '') === undefined) return undefined
  const rest = members.filter(
    ([key]) => key !== what && key !== done && !/^(version|_?token|csrf\w*|_dc|_)$/i.test(key),
  )
  return { method, params: Object.fromEntries(rest) }
}

/** `?method=shop.images.setInfo` */
const callInQuery = ({ address }: Call, sent: JsonObject): Pick<RpcCall, 'method' | 'params'> | undefined => {
  const method = address.query.find(
    ([key, value]) => key === 'method' && /^[a-z]\w*(\.[a-z]\w*){1,3}$/i.test(value),
  )?.[1]
  if (method === undefined || verbOf(method.split('.').at(-1) ?? '') === undefined) return undefined
  return {
    method,
    params: Object.fromEntries(Object.entries(sent).filter(([key]) => !/_?token$/i.test(key))),
  }
}

const isVerbAndNoun = (value: Json | undefined): boolean => {
  const found = typeof value === 'string' && /^[a-z]+([_-][a-z]+)+$/.test(value) ? verbOf(value) : undefined
  return (
    found !== undefined &&
    found.rest.length > 0 &&
    /^(create|update|delete)$/.test(found.verb.kind) &&
    !isAmbiguousVerb(splitWords(value as string)[0] ?? '')
  )
}
