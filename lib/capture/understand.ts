/** An exchange's texts → a call: bodies read, method after overrides, address with what is known of ids, and whether the app took it. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { placeOf, readAddress } from './address.ts'
import { type Body, decodeBody } from './body.ts'
import type { Common } from './common.ts'
import type { Call } from './decoders/decoder.ts'
import type { Exchange } from './exchange.ts'
import { outcomeOf } from './outcome.ts'
import type { ReadMemory } from './read-memory.ts'
import { isRowRead } from './unnamed.ts'

export const understand = (
  exchange: Exchange,
  memory: ReadMemory,
  common: Pick<Common, 'mountOf' | 'isAskedByPost'>,
): Call => {
  const request = insideData(
    withoutProof(decodeBody(exchange.requestBody, exchange.requestHeaders['content-type'])),
  )
  const answer = decodeBody(exchange.responseBody, exchange.responseHeaders['content-type'])
  const method = methodOf(exchange, request)
  const isWrite = /^(PUT|PATCH|DELETE)$/.test(method)
  const named = textsIn(request)
  const place = placeOf(readAddress(exchange.url).segments)
  const address = readAddress(exchange.url, {
    isKnownId: (segment, noun) => (noun === undefined && named.has(segment)) || memory.knowsId(segment, noun),
    isRow: (noun, ids) => isRowRead(noun, ids, memory.reads()),
    isWrite,
    neverAsks: /^(PATCH|DELETE)$/.test(method),
    isItem: isWrite && !isListing(memory.atPlace(place)) && !namesSeveral(request),
    isEmpty: request.kind === 'none',
    isKind: (segment) => saysKind(request, segment),
    isSent: (segment) =>
      request.kind === 'json' && isJsonObject(request.value) && Object.hasOwn(request.value, segment),
    mountOf: (segments) => common.mountOf(originOf(exchange.url), segments),
  })
  const isAskedByPost = common.isAskedByPost(address.origin)
  return {
    ...(isAskedByPost && { isAskedByPost }),
    exchange,
    method,
    address,
    request,
    answer,
    ...outcomeOf(exchange.status, answer, request),
  }
}

/** The token beside what is sent proves where it comes from, and says nothing. */
const withoutProof = (body: Body): Body => {
  if (body.kind !== 'json' || !isJsonObject(body.value)) return body
  const members = Object.entries(body.value)
  const own = members.filter(([key, value]) => typeof value !== 'string' || !PROOF.test(key))
  return own.length === members.length ? body : { kind: 'json', value: Object.fromEntries(own) }
}

const PROOF =
  /^_*(?:x?csrf|xsrf)(?:[-_]?(?:token|middleware_?token|name|key|hash))?_*$|^_token$|^_*(?:authenticity|request_?verification)_?token$/i

/** {data: {…}} and nothing else, unless it is a resource of https://jsonapi.org/format/. */
const insideData = (body: Body): Body => {
  const [[key, inside] = ['', null], ...more] =
    body.kind === 'json' && isJsonObject(body.value) ? Object.entries(body.value) : []
  const isEnvelope = key === 'data' && more.length === 0 && isJsonObject(inside)
  const isTyped =
    isJsonObject(inside) &&
    typeof inside.type === 'string' &&
    (isJsonObject(inside.attributes) || isJsonObject(inside.relationships))
  return isEnvelope && !isTyped ? { kind: 'json', value: inside } : body
}

const originOf = (url: string): string => (URL.canParse(url) ? new URL(url).origin : '')

/** Of a listing each element is a resource, not the whole. */
export const isListing = (value: Json | undefined): boolean =>
  Array.isArray(value) ||
  (isJsonObject(value) &&
    Object.values(value).some((child) => Array.isArray(child) && child.some(isJsonObject)))

/** As meant: what can only POST says the real one in a header, a field or a member. */
const methodOf = ({ method, requestHeaders }: Exchange, request: Body): string => {
  const override =
    requestHeaders['x-http-method-override'] ??
    requestHeaders['x-http-method'] ??
    (request.kind === 'fields'
      ? request.fields.find(([name]) => name === '_method')?.[1]
      : overrideIn(request))
  const meant = (override ?? method).toUpperCase()
  // Before PATCH had a standard, OData called it so.
  return meant === 'MERGE' ? 'PATCH' : meant
}

/** {_method: 'PUT', …} */
const overrideIn = (request: Body): string | undefined => {
  const method = request.kind === 'json' && isJsonObject(request.value) ? request.value._method : undefined
  return typeof method === 'string' && /^(get|put|patch|delete)$/i.test(method) ? method : undefined
}

/** A segment of the path that the body says too is a name, not a word of the interface. */
const textsIn = (request: Body): ReadonlySet<string> => {
  const told =
    request.kind === 'json' && isJsonObject(request.value)
      ? Object.values(request.value)
      : request.kind === 'fields'
        ? request.fields.map(([, value]) => value)
        : []
  return new Set(told.filter((value): value is string => typeof value === 'string' && value.length < 200))
}

/** {type: 'deny'} in the body: the same word in the path is that value once more. */
const saysKind = (request: Body, segment: string): boolean =>
  request.kind === 'json' &&
  isJsonObject(request.value) &&
  ['type', 'kind', 'category', 'mode'].some((key) => (request.value as JsonObject)[key] === segment)

/** The body names the items, so the path does not. */
const namesSeveral = (request: Body): boolean => {
  if (request.kind !== 'json') return false
  const { value } = request
  if (Array.isArray(value)) return value.every((one) => typeof one === 'string' || typeof one === 'number')
  return (
    isJsonObject(value) &&
    Object.entries(value).some(
      ([key, list]) => /(^|[a-z_])(ids|keys|uuids)$/i.test(key) && Array.isArray(list),
    )
  )
}
