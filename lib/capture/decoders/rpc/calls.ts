/** Which calls by name a request holds: JSON-RPC 1.0 and 2.0 with batches, relatives without a mark ({method, arguments}, {action, data}), tRPC. */
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../model/json.ts'
import { verbOf } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { callsInFields } from './calls-in-fields.ts'
import { resultOf } from './results.ts'
import { trpcCalls } from './trpc.ts'

/** One call by name, whatever carried it. */
export interface RpcCall {
  readonly method: string
  readonly params: Json
  readonly result?: Json
  readonly refusal?: string
  /** Known to change something, even if the name has no verb. */
  readonly mutates?: true
}

export const callsOf = (call: Call): RpcCall[] | undefined => {
  const trpc = trpcCalls(call)
  if (trpc) return trpc
  const target = call.exchange.requestHeaders['x-amz-target']
  if (target !== undefined && call.request.kind === 'json')
    return [
      {
        method: target.split('.').at(-1) ?? target,
        params: call.request.value,
        ...(call.answer.kind === 'json' && { result: call.answer.value }),
      },
    ]
  if (call.request.kind === 'fields') return callsInFields(call)
  if (call.request.kind !== 'json' || call.method !== 'POST') return undefined
  const { value } = call.request
  const answer = call.answer.kind === 'json' ? call.answer.value : undefined
  const inText = callInText(value)
  const told = inText && isJsonObject(answer) ? answer[Object.keys(value as JsonObject)[0] ?? ''] : undefined
  const read = inText && readCall(inText, typeof told === 'string' ? parseJson(told) : answer)
  if (read) return [read]
  const several = Array.isArray(value) ? value : callsInBulk(value)
  const answers = several && answersIn(answer)
  const list = several ?? [value]
  if (list.length === 0 || list.length > 100) return undefined
  const calls = list.map((request, index) => {
    if (!isJsonObject(request)) return undefined
    const id = request.id ?? request.tid
    const own = answers
      ? (answers.find((one) => isJsonObject(one) && id !== undefined && (one.id ?? one.tid) === id) ??
        answers[index])
      : answer
    const read = readCall(request, own)
    // Without the standard's mark it must read as a call, and the path must not name an item already.
    return read &&
      (typeof request.jsonrpc === 'string' ||
        isNothingElse(request, call) ||
        ((verbOf(read.method) !== undefined || isRpcDoor(call)) &&
          call.address.id === undefined &&
          (!call.address.verb || isCommandFirst(request))))
      ? read
      : undefined
  })
  return calls.every((one) => one !== undefined) ? calls : undefined
}

/** {type: 'bulk', args: [{type, args}, …]}, {method: 'batch', params: [[{method, params}, …]]} */
const callsInBulk = (value: Json): Json[] | undefined => {
  if (!isJsonObject(value) || !/^(bulk|batch)$/.test(String(value.type ?? value.method))) return undefined
  const list = Array.isArray(value.params) ? value.params[0] : value.args
  return Array.isArray(list) ? list : undefined
}

/** Answers to several calls, in their order: [{result}, …], {result: {results: [{result}, …]}}. */
const answersIn = (answer: Json | undefined): Json[] | undefined => {
  if (Array.isArray(answer)) return answer
  const results = isJsonObject(answer) && isJsonObject(answer.result) ? answer.result.results : undefined
  return Array.isArray(results) ? results : undefined
}

/** {type: 'create_rule', args: {…}}: a verb and its noun, with arguments. */
const typedCall = ({ type, args }: JsonObject): string | undefined =>
  typeof type === 'string' && isJsonObject(args) && (verbOf(type)?.rest.length ?? 0) > 0 ? type : undefined

/** {message: '{"method": …, "params": […]}'}: the call as text. */
const callInText = (value: Json): JsonObject | undefined => {
  const [only, ...more] = isJsonObject(value) ? Object.values(value) : []
  const inner =
    more.length === 0 && typeof only === 'string' && only.startsWith('{') ? parseJson(only) : undefined
  return isJsonObject(inner) && typeof inner.method === 'string' && Array.isArray(inner.params)
    ? inner
    : undefined
}

/** JSON-RPC 1.0 and 1.1 have no mark: {id, method, params: […]} and nothing else. Relatives name their parameters, and the method in the path too. */
const isNothingElse = ({ method, params, ...rest }: JsonObject, { address }: Call): boolean =>
  typeof method === 'string' &&
  Object.keys(rest).every((key) => /^(id|version)$/.test(key)) &&
  (Array.isArray(params) || (isJsonObject(params) && address.segments.at(-1) === method))

/** An address that ends in such a word takes calls, whatever they are named. */
const isRpcDoor = ({ address }: Call): boolean => /rpc$/i.test(address.segments.at(-1) ?? '')

/** {method, params | arguments | …}; {jsonrpc}; {action, method, data}. */
const readCall = (request: JsonObject, answer: Json | undefined): RpcCall | undefined => {
  const method = [
    request.method,
    request.methodname,
    request.action,
    request.cmd,
    request.command,
    request.func,
    request.function,
    request.op,
    request.operation,
    request.call,
    typedCall(request),
  ].find((one): one is string => typeof one === 'string' && /^[A-Za-z][\w.:/-]{1,80}$/.test(one))
  const isOfAction = typeof request.action === 'string' && typeof request.method === 'string'
  if (method === undefined || (!isOfAction && /^(get|post|put|patch|delete|head|options)$/i.test(method)))
    return undefined
  const key = ['params', 'arguments', 'args', 'data', 'payload', 'parameters', 'kwargs', 'input'].find(
    (name) => request[name] !== undefined,
  )
  const isStandard = typeof request.jsonrpc === 'string'
  const isCommand = isCommandFirst(request)
  const members = Object.keys(request).filter((name) => !(isCommand ? OF_COMMAND : OF_CALL).test(name))
  if (
    !isStandard &&
    !isCommand &&
    key === undefined &&
    members.length > 0 &&
    typeof request.method !== 'string'
  )
    return undefined
  if (!isStandard && !isCommand && key !== undefined && members.length > 3) return undefined
  const full = isOfAction ? `${request.action}.${request.method}` : method
  const params =
    key === undefined || (isCommand && members.length > 1)
      ? Object.fromEntries(members.map((name) => [name, request[name] as Json]))
      : (request[key] as Json)
  return { method: full, params, ...resultOf(answer, isStandard) }
}

/** {action: 'update_webhook', id: 5, url}: a verb and what it is done to come before anything else. */
const isCommandFirst = (request: JsonObject): boolean => {
  const [key, value] = Object.entries(request)[0] ?? []
  const named =
    typeof value === 'string' && /^(action|cmd|command|op|operation|func|function)$/.test(key ?? '')
  const said = named ? verbOf(value) : undefined
  return (
    said !== undefined && /^(create|update|delete|save|read)$/.test(said.verb.kind) && said.rest.length > 0
  )
}

/** Members of the call itself. */
const OF_CALL =
  /^(jsonrpc|id|tag|tid|type|version|method|methodname|index|action|cmd|session|token|auth|csrf\w*)$/
const OF_COMMAND = /^(action|cmd|command|op|operation|func|function|session|auth|csrf\w*)$/
