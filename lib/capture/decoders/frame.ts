/**
 * WebSocket messages → calls by name, and their answers. Knows Socket.IO (`42["event", …]`, ack `43`), Phoenix channels, DDP, SignalR,
 * ActionCable and plain JSON frames. A call waits for its answer; what comes unasked is a read.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { fieldsToObject, readJson } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import { refusalIn } from '../outcome.ts'
import { kindOfText } from '../page/notices.ts'
import { isPlural, singularNoun, verbOf } from '../words.ts'
import type { RpcCall } from './rpc/calls.ts'

export type Frame =
  | { readonly kind: 'call'; readonly key?: string; readonly rpc: RpcCall }
  | { readonly kind: 'answer'; readonly key: string; readonly result?: Json; readonly refusal?: string }
  | { readonly kind: 'push'; readonly rpc: RpcCall }

export const readFrame = ({ method, requestBody, responseBody }: Exchange): Frame | undefined => {
  const text = method === 'SEND' ? requestBody : responseBody
  if (text === undefined || text.length > 1_500_000) return undefined
  const frame = socketIo(text) ?? structured(text, method === 'SEND')
  if (!frame) return undefined
  return method === 'SEND' || frame.kind !== 'call' ? frame : { kind: 'push', rpc: pushed(frame.rpc) }
}

/** {action: 'msg', type: 'notify', value: 'User already exists'}: what the app tells the person of a failure. */
export const noticeIn = ({ responseBody = '' }: Exchange): string | undefined => {
  const value = responseBody.length < 2_000 ? readJson(responseBody) : undefined
  const texts = isJsonObject(value) ? Object.values(value).filter((one) => typeof one === 'string') : []
  return texts.some((text) => NOTICE.test(text))
    ? texts.find((text) => kindOfText(text) === 'error')
    : undefined
}
const NOTICE = /^(notify|notice|notification|toast|alert|error|warning)$/i

/** Messages of a socket that go by plain requests: engine.io polling, SockJS. undefined: it is no such request. */
export const framesByPolling = (given: Exchange): Exchange[] | undefined => {
  const isSent = given.method === 'POST'
  const body = (isSent ? given.requestBody : given.responseBody) ?? ''
  const isPolling = /[?&]EIO=\d/.test(given.url) && /[?&]transport=polling/.test(given.url)
  const packets = isPolling
    ? packetsIn(body)
    : isSent && /\/xhr_send(?:[?#]|$)/.test(given.url)
      ? stringsOf(readJson(body))
      : undefined
  const { requestBody: _request, responseBody: _response, ...rest } = given
  return packets?.map((text) => ({
    ...rest,
    method: isSent ? 'SEND' : 'RECEIVE',
    ...(isSent ? { requestBody: text } : { responseBody: text }),
  }))
}

/** Packets are parted by a separator (version 4) or told by their lengths (version 3). */
const packetsIn = (body: string): string[] => {
  if (!/^\d+:/.test(body)) return body.split(RECORD_SEPARATOR)
  const packets: string[] = []
  for (let at = 0; at < body.length && packets.length < 200; ) {
    const [head, length = ''] = /^(\d{1,7}):/.exec(body.slice(at, at + 9)) ?? []
    if (head === undefined) break
    packets.push(body.slice(at + head.length, at + head.length + Number(length)))
    at += head.length + Number(length)
  }
  return packets
}

const stringsOf = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []

/** Ends a SignalR message. */
const RECORD_SEPARATOR = String.fromCharCode(0x1e)

/** What the server sends by itself: its data is the reading. */
const pushed = ({ method, params }: RpcCall): RpcCall => ({
  method: `get ${method}`,
  params: null,
  result: Array.isArray(params) && params.length === 1 ? (params[0] ?? null) : params,
})

/** https://socket.io/docs/v4/socket-io-protocol/: engine type 4, packet type 2 (event) or 3 (ack), optional namespace and ack id. */
const socketIo = (text: string): Frame | undefined => {
  const match = /^4?([23])(?:\/[^,[]*,)?(\d*)(\[[\s\S]*)$/.exec(text)
  const value = match && readJson(match[3] as string)
  if (!match || !Array.isArray(value)) return undefined
  const key = match[2] ? `io ${match[2]}` : undefined
  if (match[1] === '3')
    return key === undefined ? undefined : answered(key, value.length === 1 ? (value[0] ?? null) : value)
  const [event, ...args] = value
  const inner = typeof event === 'string' && !verbOf(event) ? callInside(args) : undefined
  if (inner) return { kind: 'call', ...(key !== undefined && { key }), rpc: inner }
  return typeof event === 'string'
    ? { kind: 'call', ...(key !== undefined && { key }), rpc: { method: event, params: args } }
    : undefined
}

/** One event for all calls: `"api", {method: 'setNodeName', args: [5, 'Hall']}`, `"agent", "", "saveStack", …`. */
const callInside = (args: readonly Json[]): RpcCall | undefined => {
  const [first] = args
  if (args.length === 1 && isJsonObject(first)) {
    const method = [first.api, first.method, first.action, first.cmd].find((one) => typeof one === 'string')
    const params = first.args ?? first.params
    return typeof method === 'string' && Array.isArray(params) ? { method, params } : undefined
  }
  const at = args.findIndex((one) => typeof one === 'string' && one !== '')
  const name = at < 3 ? args[at] : undefined
  return typeof name === 'string' && /^[a-z]+[A-Z][A-Za-z]{2,40}$/.test(name) && verbOf(name)
    ? { method: name, params: args.slice(at + 1) }
    : undefined
}

const structured = (text: string, isSent: boolean): Frame | undefined => {
  const value = readJson(
    (text.endsWith(RECORD_SEPARATOR) ? text.slice(0, -1) : text).replace(/^a(?=\[")/, ''),
  )
  if (Array.isArray(value)) return phoenix(value) ?? numbered(value, isSent)
  return isJsonObject(value) ? plain(value) : undefined
}

/** [join ref, ref, topic, event, payload] */
const phoenix = (value: readonly Json[]): Frame | undefined => {
  const [, ref, topic, event, payload] = value
  if (value.length !== 5 || typeof topic !== 'string' || typeof event !== 'string') return undefined
  const key = typeof ref === 'string' ? `phx ${ref}` : undefined
  if (event === 'phx_reply') {
    const response = isJsonObject(payload) ? payload.response : undefined
    const failed = isJsonObject(payload) && payload.status !== 'ok'
    return key === undefined
      ? undefined
      : failed
        ? { kind: 'answer', key, refusal: refusalIn({ error: response ?? 'error' }) ?? 'error' }
        : answered(key, response ?? null)
  }
  if (/^(phx_|heartbeat|presence)/.test(event)) return undefined
  const view = event === 'event' && isJsonObject(payload) ? viewEvent(payload) : undefined
  if (event === 'event' && !view) return undefined
  return {
    kind: 'call',
    ...(key !== undefined && { key }),
    rpc: view ?? { method: event, params: payload ?? null },
  }
}

/** [2, id, 'Name', arguments], answered by [3, id, result] (WAMP, OCPP-J 2.0.1 part 4) or by the same again with [error, result] for arguments. */
const numbered = (value: readonly Json[], isSent: boolean): Frame | undefined => {
  const [kind, id, name, content] = value
  if (typeof kind !== 'number' || (typeof id !== 'number' && typeof id !== 'string')) return undefined
  const key = `no ${id}`
  if (isSent)
    return value.length === 4 && typeof name === 'string' && /^[A-Za-z][\w.:-]{1,60}$/.test(name)
      ? { kind: 'call', key, rpc: { method: name, params: content ?? null } }
      : undefined
  if (value.length === 3 && typeof name === 'object') return answered(key, name)
  if (value.length !== 4 || typeof name !== 'string' || !Array.isArray(content)) return undefined
  const [error, result] = content
  return error === null || error === undefined
    ? answered(key, result ?? null)
    : { kind: 'answer', key, refusal: refusalIn({ error }) ?? 'error' }
}

/** A view that lives on the server is told what was done to it: a form as url-encoded text, a click with what the button carries. */
const viewEvent = ({ event, value }: JsonObject): RpcCall | undefined => {
  if (typeof event !== 'string' || verbOf(event) === undefined) return undefined
  if (typeof value !== 'string') return { method: event, params: value ?? null }
  const fields = [...new URLSearchParams(value)].filter(([name]) => !name.startsWith('_'))
  const object = fieldsToObject(fields)
  const [root, ...others] = Object.keys(object)
  const content = root === undefined ? undefined : object[root]
  return root !== undefined && others.length === 0 && isJsonObject(content)
    ? { method: `${root}.${event}`, params: object }
    : { method: event, params: object }
}

/** DDP tells of documents as they come: {msg: 'added', collection, id, fields}. */
const published = ({ msg, collection, id, fields }: JsonObject): Frame | undefined =>
  typeof msg === 'string' &&
  /^(added|changed)$/.test(msg) &&
  typeof collection === 'string' &&
  isJsonObject(fields)
    ? {
        kind: 'call',
        rpc: { method: collection, params: [{ ...fields, ...(id !== undefined && { _id: id }) }] },
      }
    : undefined

const plain = (value: JsonObject): Frame | undefined => {
  if (value.msg === 'updated' || value.msg === 'ready' || value.msg === 'sub') return undefined
  const document = published(value)
  if (document) return document
  const cable =
    typeof value.command === 'string' && typeof value.data === 'string' ? readJson(value.data) : undefined
  if (isJsonObject(cable) && typeof cable.action === 'string') {
    const { action, ...params } = cable
    return { kind: 'call', rpc: { method: String(action), params } }
  }
  const id = [
    value.id,
    value.requestId,
    value.request_id,
    value.reqId,
    value.seq,
    value.ref,
    value.ack,
    value.invocationId,
    value.msgId,
    value.correlationId,
    value.tid,
    isJsonObject(value.payload) ? value.payload.transaction : undefined,
  ].find((one) => typeof one === 'number' || (typeof one === 'string' && !isOfItem(one, value)))
  const key = id === undefined ? undefined : `id ${id}`
  const name = [
    value.method,
    value.target,
    value.type,
    value.event,
    value.action,
    value.cmd,
    value.command,
    value.op,
    value.topic,
    value.t,
  ].find((one): one is string => typeof one === 'string' && /^[A-Za-z][\w.:/ -]{1,80}$/.test(one))
  const taken = takenFrom(value, name)
  if (taken) return taken
  const isCall = value.msg === 'method' && typeof value.method === 'string'
  const isAnswer =
    value.result !== undefined ||
    value.error !== undefined ||
    /^(result|response|reply|ack|ok|success|error|failure|completion)$/i.test(name ?? '') ||
    /(^|\/)response\//.test(name ?? '') ||
    (name === undefined && key !== undefined && !isCall)
  if (isAnswer && key !== undefined) {
    const refusal =
      refusalIn(value) ??
      (value.error !== undefined && value.error !== null
        ? (refusalIn({ error: value.error }) ?? 'error')
        : undefined)
    return refusal !== undefined
      ? { kind: 'answer', key, refusal }
      : answered(key, value.result ?? value.payload ?? value.data ?? value.response ?? null)
  }
  const method = isCall ? String(value.method) : asked(name)
  if (
    method === undefined ||
    /^(ping|pong|heartbeat|subscribe|unsubscribe|connect|connection_init|sub|unsub|auth|hello|start|complete|keepalive)$/i.test(
      method,
    )
  )
    return undefined
  const content = value.params ?? value.payload ?? value.data ?? value.arguments ?? value.args ?? value.body
  const params =
    (isJsonObject(content) ? withoutMark(content) : content) ??
    Object.fromEntries(Object.entries(value).filter(([, member]) => member !== name && member !== id))
  return { kind: 'call', ...(key !== undefined && { key }), rpc: { method, params } }
}

/** {action: 'edituser', id: 'user//ana', email}: of which the call is; a mark of the call has no such signs. */
const isOfItem = (id: string, { params, payload, data }: JsonObject): boolean =>
  /[/:@ ]/.test(id) && params === undefined && payload === undefined && data === undefined

/** {action: 'loginKeys', remove: ['k1']}: the list is named, and what leaves it. */
const takenFrom = ({ remove }: JsonObject, name: string | undefined): Frame | undefined => {
  const verb = name === undefined ? undefined : verbOf(name)?.verb
  const isList = name !== undefined && isPlural(name) && (!verb || verb.kind === 'session')
  return isList &&
    Array.isArray(remove) &&
    remove.length > 0 &&
    remove.every((one) => typeof one === 'string')
    ? { kind: 'call', rpc: { method: `remove ${singularNoun(name)}`, params: remove } }
    : undefined
}

/** By which an answer is known. */
const withoutMark = ({ transaction: _mark, ...content }: JsonObject): JsonObject => content

/** `bridge/request/device/options` is to be set; `bridge/request/group/add` says itself what is done. */
const asked = (topic: string | undefined): string | undefined => {
  const named = /(?:^|\/)request\/(.+)$/.exec(topic ?? '')?.[1]
  return named === undefined || verbOf(named.split('/').at(-1) ?? '')
    ? topic
    : `set_${named.replaceAll('/', '_')}`
}

const answered = (key: string, value: Json): Frame => {
  const refusal = refusalIn(value)
  return refusal !== undefined ? { kind: 'answer', key, refusal } : { kind: 'answer', key, result: value }
}
