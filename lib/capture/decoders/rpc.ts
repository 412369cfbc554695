/**
 * Calls by name: JSON-RPC 1.0 and 2.0 and relatives ({method, arguments}, {action, data}), tRPC, and the frames of Socket.IO, Phoenix and
 * plain JSON sockets. The verb and the noun are in the method's name; reads are calls too and are where "before" is.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readJson } from '../body.ts'
import type { Finding } from '../finding.ts'
import { identityOf, nameOf } from '../identity.ts'
import { refusalIn } from '../outcome.ts'
import type { ReadMemory } from '../read-memory.ts'
import { singularNoun, splitWords, type Verb, verbOf } from '../words.ts'
import { type Call, type Decoded, type Decoder, outcomeFields, unwrap } from './decoder.ts'
import { decodeMembership } from './membership.ts'

/** One call by name, whatever carried it. */
export interface RpcCall {
  readonly method: string
  readonly params: Json
  readonly result?: Json
  readonly refusal?: string
  /** Known to change something, even if the name has no verb. */
  readonly mutates?: true
}

export const decodeRpc: Decoder = (call, memory) => {
  const calls = callsOf(call)
  if (!calls) return undefined
  const decoded = calls.map((one) => decodeRpcCall(one, call, memory, call.address.noun))
  return {
    findings: decoded.flatMap(({ findings }) => findings),
    readings: decoded.flatMap(({ readings }) => readings ?? []),
  }
}

export const decodeRpcCall = (
  rpc: RpcCall,
  call: Pick<Call, 'outcome' | 'refusal'>,
  memory: ReadMemory,
  fallback = '',
): Decoded => {
  const { verb, noun: ownNoun } = nameOfCall(rpc)
  if (verb?.word === 'subscribe' || verb?.word === 'unsubscribe') return { findings: [] }
  const noun = ownNoun === '' ? (nounOfAnswer(rpc.result) ?? singularNoun(fallback)) : ownNoun
  const place = `rpc ${noun}`
  const outcome = outcomeFields(
    rpc.refusal === undefined ? call.outcome : 'rejected',
    rpc.refusal ?? call.refusal,
  )
  if (!verb || verb.kind === 'read') {
    const reading =
      rpc.result !== undefined && rpc.refusal === undefined
        ? [{ place, value: rpc.result, noun, scope: stringsIn(rpc.params) }]
        : []
    if (verb || !rpc.mutates) return { findings: [], readings: reading }
  }
  if (verb && (verb.kind === 'run' || verb.kind === 'session' || verb.kind === 'noise'))
    return { findings: [] }
  const named = verbOf(rpc.method.split(/[.:/]/).at(-1) ?? '')
  const given = Array.isArray(rpc.params) ? rpc.params.find(isJsonObject) : rpc.params
  const joined = named && isJsonObject(given) && decodeMembership(named.verb, named.rest, given, outcome)
  if (joined) return { findings: [joined] }
  if (verb?.word === 'rename' && isJsonObject(given) && isId(given.from) && isId(given.to))
    return {
      findings: [
        {
          type: noun,
          place,
          ...outcome,
          action: 'update',
          extent: 'partial',
          id: String(given.from),
          after: { name: given.to },
        },
      ],
    }
  const kind = (verb?.kind ?? 'update') as 'create' | 'update' | 'delete' | 'save'
  const several = kind === 'update' || kind === 'save' ? objectsIn(rpc.params) : undefined
  if (several)
    return {
      findings: several.map(({ id, content }) => ({
        type: noun,
        place,
        ...outcome,
        action: kind,
        extent: 'partial',
        id,
        after: content,
      })),
    }
  const { ids, content } = readParams(argumentsAfterVerb(rpc), noun, kind, memory)
  const keys = Object.keys(content)
  const like = unwrap(rpc.result, keys)
  const answer =
    like && keys.some((key) => Object.hasOwn(like, key)) ? like : unwrap(rpc.result, [], { lists: true })
  const shown = answer && Object.keys(answer).length > 0 ? answer : undefined
  const base = { type: ids.length > 0 ? ownerOf(noun) : noun, place, ...outcome } as const
  const made = kind === 'create' ? madeIn(rpc) : undefined
  if (made)
    return {
      findings: made.map(({ id, content: after }) => ({
        ...base,
        action: 'create',
        extent: 'whole',
        after,
        ...(id !== undefined && { id }),
      })),
    }
  if (kind === 'create') {
    const id = createdId(rpc.result, shown, noun) ?? ids[0] ?? identityOf(content, noun)?.id
    const name = nameOf(shown) ?? nameOf(content)
    return {
      findings: [
        {
          ...base,
          action: 'create',
          extent: 'whole',
          after: content,
          ...(id !== undefined && { id }),
          ...(name !== undefined && { name }),
          ...(shown && identityOf(shown) && { answer: shown }),
        },
      ],
    }
  }
  const isEmpty = keys.length === 0
  // Nothing is set and nothing is said by the verb: a question with a lying name.
  if (isEmpty && kind !== 'delete' && !verb?.state) return { findings: [] }
  // What was set before is put to work.
  if (
    ids.length === 0 &&
    /^(apply|commit|confirm)$/.test(verb?.word ?? '') &&
    keys.every((key) => HOW.test(key))
  )
    return { findings: [] }
  const one = (id: string | undefined): Finding => ({
    ...base,
    action: kind,
    extent: kind === 'delete' ? 'whole' : 'partial',
    ...(id !== undefined && { id }),
    ...(kind !== 'delete' && !isEmpty && { after: content }),
    ...(kind !== 'delete' &&
      shown &&
      Object.keys(content).some((key) => Object.hasOwn(shown, key)) && { answer: shown }),
    ...(kind === 'update' && verb?.state && { state: verb.state }),
  })
  return { findings: ids.length > 0 ? ids.map(one) : [one(undefined)] }
}

/** `create([{…}, {…}])`, answered with their ids in that order. */
const madeIn = ({ params, result }: RpcCall): { id?: string; content: JsonObject }[] | undefined => {
  const [list] = Array.isArray(params) ? params : []
  if (!Array.isArray(list) || list.length === 0 || list.length > 100 || !list.every(isJsonObject))
    return undefined
  const told = Array.isArray(result) && result.length === list.length ? result : []
  return list.map((content, index) => {
    const id = told[index]
    return { content, ...((typeof id === 'string' || typeof id === 'number') && { id: String(id) }) }
  })
}

/** `saveSettings([{_id, value}, …])` */
const objectsIn = (params: Json): { id: string; content: JsonObject }[] | undefined => {
  const list = Array.isArray(params) ? params.find(Array.isArray) : undefined
  if (!list || list.length === 0 || list.length > 100) return undefined
  const objects = list.flatMap((one) => {
    const identity = isJsonObject(one) ? identityOf(one) : undefined
    if (!isJsonObject(one) || identity?.strength !== 'strong') return []
    const { [identity.key]: _id, ...content } = one
    return Object.keys(content).length > 0 ? [{ id: identity.id, content }] : []
  })
  return objects.length === list.length ? objects : undefined
}

const isId = (value: Json | undefined): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '')

// Which calls

const callsOf = (call: Call): RpcCall[] | undefined => {
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
  if (call.request.kind !== 'json' || call.method !== 'POST') return undefined
  const { value } = call.request
  const answer = call.answer.kind === 'json' ? call.answer.value : undefined
  const list = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.length > 100) return undefined
  const calls = list.map((request, index) => {
    if (!isJsonObject(request)) return undefined
    const id = request.id ?? request.tid
    const own = Array.isArray(answer)
      ? (answer.find((one) => isJsonObject(one) && id !== undefined && (one.id ?? one.tid) === id) ??
        answer[index])
      : answer
    const read = readCall(request, own)
    // Without the standard's mark it must read as a call, and the path must not name an item already.
    return read &&
      (typeof request.jsonrpc === 'string' ||
        isFirstVersion(request) ||
        ((verbOf(read.method) !== undefined || isRpcDoor(call)) &&
          call.address.id === undefined &&
          !call.address.verb))
      ? read
      : undefined
  })
  return calls.every((one) => one !== undefined) ? calls : undefined
}

/** JSON-RPC 1.0 has no mark: {id, method, params: […]} and nothing else. */
const isFirstVersion = (request: JsonObject): boolean =>
  Object.keys(request).length === 3 && request.id !== undefined && Array.isArray(request.params)

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
  ].find((one): one is string => typeof one === 'string' && /^[A-Za-z][\w.:/-]{1,80}$/.test(one))
  if (method === undefined || /^(get|post|put|patch|delete|head|options)$/i.test(method)) return undefined
  const key = ['params', 'arguments', 'args', 'data', 'payload', 'parameters', 'kwargs', 'input'].find(
    (name) => request[name] !== undefined,
  )
  const isStandard = typeof request.jsonrpc === 'string'
  const members = Object.keys(request).filter(
    (name) =>
      !/^(jsonrpc|id|tag|tid|type|version|method|methodname|index|action|cmd|session|token|auth|csrf\w*)$/.test(
        name,
      ),
  )
  if (!isStandard && key === undefined && members.length > 0 && typeof request.method !== 'string')
    return undefined
  if (!isStandard && key !== undefined && members.length > 3) return undefined
  const full =
    typeof request.action === 'string' && typeof request.method === 'string'
      ? `${request.action}.${request.method}`
      : method
  const params =
    key === undefined
      ? Object.fromEntries(members.map((name) => [name, request[name] as Json]))
      : (request[key] as Json)
  return { method: full, params, ...resultOf(answer, isStandard) }
}

const resultOf = (answer: Json | undefined, isStandard: boolean): Pick<RpcCall, 'result' | 'refusal'> => {
  if (!isJsonObject(answer)) return answer === undefined ? {} : { result: answer }
  const { error } = answer
  if (error !== undefined && error !== null && error !== false && error !== '')
    return { refusal: refusalIn({ error }) ?? 'error' }
  const refusal = refusalIn(answer) ?? refusalIn(answer.result)
  if (refusal !== undefined) return { refusal }
  // A relative that answers {"result": "no such item"}.
  if (
    !isStandard &&
    typeof answer.result === 'string' &&
    Object.keys(answer).some((key) => /^(arguments|args|data)$/.test(key)) &&
    !/^(ok|success|succeeded|done|true)$/i.test(answer.result)
  )
    return { refusal: answer.result }
  const result = [
    answer.arguments,
    typeof answer.result === 'string' && !isStandard ? undefined : answer.result,
    answer.data,
    answer.response,
  ].find((one) => one !== undefined)
  return { result: result === undefined ? answer : result }
}

/** https://trpc.io/docs/rpc: POST is a mutation, `a.update,b.set?batch=1`, each with {json, meta} or plain input. */
const trpcCalls = (call: Call): RpcCall[] | undefined => {
  const at = call.address.segments.findIndex((segment) => /^trpc$/i.test(segment))
  const names = call.address.segments[at + 1]
  if (at < 0 || names === undefined) return undefined
  const sent =
    call.request.kind === 'json'
      ? call.request.value
      : readJson(call.address.query.find(([name]) => name === 'input')?.[1] ?? '')
  const answer = call.answer.kind === 'json' ? call.answer.value : undefined
  const isBatch = call.address.query.some(([name]) => name === 'batch')
  return names.split(',').map((method, index) => {
    const input = isBatch && isJsonObject(sent) ? sent[String(index)] : sent
    const output = isBatch && Array.isArray(answer) ? answer[index] : answer
    const plain = isJsonObject(input) && Object.hasOwn(input, 'json') ? (input.json ?? null) : (input ?? null)
    const failure = isJsonObject(output) ? output.error : undefined
    const data = isJsonObject(output) && isJsonObject(output.result) ? output.result.data : undefined
    const result = isJsonObject(data) && Object.hasOwn(data, 'json') ? data.json : data
    return {
      method,
      params: plain,
      ...(call.method === 'POST' && { mutates: true as const }),
      ...(failure !== undefined && failure !== null
        ? {
            refusal:
              refusalIn({
                error: isJsonObject(failure) && isJsonObject(failure.json) ? failure.json : failure,
              }) ?? 'error',
          }
        : result !== undefined && { result }),
    }
  })
}

// What a call says

/** `aria2.changeOption`, `torrent-set`, `core.set_config`, `user.update`; for a bare `call`, the words among its parameters. */
const nameOfCall = ({ method, params }: RpcCall): { verb: Verb | undefined; noun: string } => {
  const parts = method.split(/[.:/]/).filter((part) => part !== '')
  const last = parts.at(-1) ?? method
  const found = verbOf(last)
  const onModel = isJsonObject(params) ? modelCall(params) : undefined
  if (onModel) return onModel
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
    const owner = parts.length > 1 ? (parts.at(-2) as string) : ''
    return { verb: found.verb, noun: rest.length > 0 ? singularNoun(rest.join(' ')) : singularNoun(owner) }
  }
  return { verb: undefined, noun: singularNoun(last) }
}

/** {model: 'res.partner', method: 'write', args}: an ORM's own verbs. */
const modelCall = ({ model, method }: JsonObject): { verb: Verb | undefined; noun: string } | undefined => {
  if (typeof model !== 'string' || typeof method !== 'string') return undefined
  const own = method.replace(/^(web|action|button|_+)_?(?=[a-z])/, '')
  const verb = own === 'unlink' ? verbOf('delete') : own === 'onchange' ? verbOf('validate') : verbOf(own)
  return { verb: verb?.verb, noun: singularNoun(model.split('.').at(-1) ?? model) }
}

/** `set_torrent_options` of some torrents is about the torrents. */
const ownerOf = (noun: string): string =>
  noun.replace(
    /(?<=\S) (option|setting|config|configuration|property|attribute|location|path|name|status|state|label|value)$/,
    '',
  )

const HOW = /^(rollback|timeout|force|dry_?run|restart|reload|async|wait)$/i

const BARE_CALL = /^(call|execute|execute_kw|call_kw|invoke|rpc|request)$/i

/** call(session, object, verb, {…}): what comes after the verb. */
const argumentsAfterVerb = ({ method, params }: RpcCall): Json => {
  if (!BARE_CALL.test(method) || !Array.isArray(params)) return params
  const at = params.findLastIndex((one) => typeof one === 'string' && verbOf(one) !== undefined)
  return at < 0 ? params : params.slice(at + 1)
}

/** {"monitorID": 4} says what was made. */
const nounOfAnswer = (result: Json | undefined): string | undefined => {
  const key = isJsonObject(result)
    ? Object.keys(result).find((name) => /^[a-z]{3,}(_id|I[dD])$/.test(name))
    : undefined
  return key === undefined ? undefined : singularNoun(key.replace(/(_id|I[dD])$/, ''))
}

const stringsIn = (params: Json): string[] => {
  if (typeof params === 'string') return [params]
  if (Array.isArray(params)) return params.flatMap((one) => (typeof one === 'string' ? [one] : []))
  return isJsonObject(params)
    ? Object.values(params).filter((one): one is string => typeof one === 'string' && one.length < 200)
    : []
}

const readParams = (
  params: Json,
  noun: string,
  kind: string,
  memory: ReadMemory,
): { ids: string[]; content: JsonObject } => {
  if (!Array.isArray(params)) {
    if (isJsonObject(params))
      return typeof params.method === 'string' && Array.isArray(params.args)
        ? readParams([...params.args, ...keywordsOf(params.kwargs)], noun, kind, memory)
        : readNamed(params, noun, kind)
    return params === null || typeof params === 'boolean'
      ? { ids: [], content: {} }
      : { ids: [String(params)], content: {} }
  }
  const ids: string[] = []
  let content: JsonObject = {}
  const scalars: Json[] = []
  for (const param of params) {
    if (typeof param === 'string' && (/^token:/.test(param) || param === '')) continue
    if (isJsonObject(param)) {
      // What comes after the values says how the call is meant: language, client, flags.
      if (Object.keys(content).length > 0 && (ids.length > 0 || kind === 'create')) continue
      const named = readNamed(param, noun, kind)
      const isContent = ids.length > 0 && named.ids.length > 0
      if (ids.length === 0) ids.push(...named.ids)
      content = { ...content, ...(isContent ? param : named.content) }
    } else if (
      Array.isArray(param) &&
      ids.length === 0 &&
      param.length > 0 &&
      param.every((one) => typeof one === 'string' || typeof one === 'number') &&
      kind !== 'create'
    )
      ids.push(...param.map(String))
    else if (Object.keys(content).length === 0) scalars.push(param)
  }
  const [first, second, ...more] = scalars
  if (ids.length > 0) {
    if (scalars.length === 1 && first !== undefined) content = { ...content, value: first }
  } else if (kind === 'delete') ids.push(...scalars.filter((one) => typeof one !== 'boolean').map(String))
  else if (Object.keys(content).length > 0 || scalars.length === 1) {
    if (first !== undefined && typeof first !== 'boolean' && kind !== 'create') ids.push(String(first))
  } else if (typeof first === 'string' && second !== undefined && more.length === 0) {
    // (id, value) or (key, value).
    if (memory.knowsId(first) || /\d{3,}|^[0-9a-f-]{16,}$/i.test(first)) {
      ids.push(first)
      content = { value: second }
    } else content = { [first]: second }
  } else if (scalars.length > 0) {
    const key = scalars.at(-2)
    if (typeof key === 'string' && scalars.length > 2) content = { [key]: scalars.at(-1) ?? null }
    if (first !== undefined) ids.push(String(first))
  }
  const lists = params.filter(Array.isArray)
  if (kind === 'create' && Object.keys(content).length === 0)
    content = { ...(lists[0] && { items: lists[0] }), ...(first !== undefined && { name: first }) }
  return { ids: [...new Set(ids)].slice(0, 200), content }
}

/** What is said in keywords, but for where and how the call was made. */
const keywordsOf = (kwargs: Json | undefined): Json[] => {
  if (!isJsonObject(kwargs)) return []
  const { context: _context, specification: _shape, ...rest } = kwargs
  return Object.keys(rest).length > 0 ? [rest] : []
}

const readNamed = (given: JsonObject, noun: string, kind: string): { ids: string[]; content: JsonObject } => {
  const own = splitWords(noun).at(-1) ?? ''
  const members = Object.entries(given)
  const isOwnId = (key: string): boolean => {
    const words = splitWords(key)
    return (
      (words.at(-1) === 'id' || words.at(-1) === 'ids') &&
      (words.length === 1 || words.includes(own) || words.includes(singularNoun(own)))
    )
  }
  const compact = (key: string): string => splitWords(key).join('')
  const key =
    members.find(([name]) => /^(ids?|_id|uuid|uuids|gid|guid|hash|hashes|sid)$/i.test(name))?.[0] ??
    members.find(
      ([name]) =>
        isOwnId(name) || compact(name) === `${compact(own)}id` || compact(name) === `${compact(own)}ids`,
    )?.[0] ??
    (kind === 'create'
      ? undefined
      : members.find(
          ([name, value]) =>
            singularNoun(name) === own &&
            (typeof value === 'string' || typeof value === 'number' || isIdObjects(value, noun)),
        )?.[0]) ??
    (kind === 'create' || (members.length === 1 && kind !== 'delete')
      ? undefined
      : members.find(([name]) => splitWords(name).length === 2 && splitWords(name)[1] === 'id')?.[0]) ??
    (kind === 'create' || (members.length === 1 && kind !== 'delete')
      ? undefined
      : members.find(([name]) => /^(name|key|slug|username|login)$/.test(name))?.[0])
  const value = key === undefined ? undefined : given[key]
  const ids = (
    Array.isArray(value) ? value : value === undefined || value === null || value === '' ? [] : [value]
  )
    .flatMap((one) =>
      typeof one === 'string' || typeof one === 'number'
        ? [String(one)]
        : isJsonObject(one)
          ? [identityOf(one, noun)?.id ?? '']
          : [],
    )
    .filter((id) => id !== '')
  const rest = kind === 'create' ? members : members.filter(([name]) => name !== key)
  const only = rest[0]
  const wrapped =
    rest.length === 1 &&
    only &&
    isJsonObject(only[1]) &&
    (/^(data|input|values|patch|changes|fields|attributes|set|update|config|settings|options|params)$/i.test(
      only[0],
    ) ||
      singularNoun(only[0]) === noun ||
      singularNoun(only[0]) === own)
  const values = rest.find(
    ([name, member]) => isJsonObject(member) && /^(values|data|changes|patch|fields|attributes)$/.test(name),
  )
  if (!wrapped && values && isJsonObject(values[1]) && kind !== 'create') {
    const place = rest
      .filter(([, member]) => typeof member === 'string' || typeof member === 'number')
      .map(([, member]) => String(member))
    return { ids: ids.length > 0 ? ids : place.slice(-1), content: values[1] }
  }
  const content = wrapped && only ? (only[1] as JsonObject) : Object.fromEntries(rest)
  if (ids.length === 0 && kind !== 'create') {
    const inner = identityOf(content, noun)
    if (inner?.strength === 'strong')
      return {
        ids: [inner.id],
        content: Object.fromEntries(Object.entries(content).filter(([name]) => name !== inner.key)),
      }
  }
  return { ids: ids.slice(0, 200), content }
}

/** [{hostid: '1'}, {hostid: '2'}] */
const isIdObjects = (value: Json, noun: string): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) => isJsonObject(one) && Object.keys(one).length === 1 && identityOf(one, noun) !== undefined,
  )

const createdId = (
  result: Json | undefined,
  shown: JsonObject | undefined,
  noun: string,
): string | undefined => {
  if (typeof result === 'string' || typeof result === 'number') return String(result)
  if (Array.isArray(result) && (typeof result[0] === 'string' || typeof result[0] === 'number'))
    return String(result[0])
  const identity = shown && identityOf(shown, noun)
  if (identity) return identity.id
  const lists = shown ? Object.values(shown).filter(Array.isArray) : []
  const first = lists.length === 1 ? lists[0]?.[0] : undefined
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined
}
