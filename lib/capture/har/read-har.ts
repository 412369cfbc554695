/** HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) → what a page script would have told the recorder, in order of completion. */
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../model/json.ts'
import type { Exchange } from '../exchange.ts'

export type HarEvent = { readonly kind: 'exchange'; readonly atMs: number; readonly exchange: Exchange }

export const readHar = (text: string): HarEvent[] => {
  const har = parseJson(text.replace(/^\uFEFF/, ''))
  const log = isJsonObject(har) ? har.log : undefined
  if (!isJsonObject(log) || !Array.isArray(log.entries))
    throw new Error('not a HAR file: "log.entries" expected a list')
  let pageUrl = ''
  return log.entries
    .filter(isJsonObject)
    .flatMap((entry): HarEvent[] => {
      const exchange = readEntry(entry, pageUrl)
      if (exchange.via === 'form') pageUrl = exchange.url
      const frames = framesOf(entry, exchange)
      return (frames.length > 0 ? frames : [exchange]).map((one) => ({
        kind: 'exchange',
        atMs: one.endedAtMs,
        exchange: one,
      }))
    })
    .sort((a, b) => a.atMs - b.atMs)
}

const readEntry = (entry: JsonObject, pageUrl: string): Exchange => {
  const request = objectAt(entry, 'request')
  const response = objectAt(entry, 'response')
  const startedAtMs = Date.parse(textAt(entry, 'startedDateTime')) || 0
  const endedAtMs = Math.round(startedAtMs + Math.max(0, Number(entry.time) || 0))
  const requestHeaders = headersOf(request)
  const responseHeaders = headersOf(response)
  const requestBody = bodyOf(objectAt(request, 'postData'))
  const content = objectAt(response, 'content')
  const raw = typeof content.text === 'string' ? content.text : undefined
  const responseBody =
    raw !== undefined && content.encoding === 'base64' ? Buffer.from(raw, 'base64').toString('utf8') : raw
  const type = textAt(entry, '_resourceType')
  const redirect = textAt(response, 'redirectURL') || responseHeaders.location
  return {
    via: viaOf(type, requestHeaders, responseHeaders),
    method: textAt(request, 'method').toUpperCase() || 'GET',
    url: textAt(request, 'url'),
    pageUrl: requestHeaders.referer || pageUrl,
    requestHeaders: { ...requestHeaders, ...contentType(objectAt(request, 'postData')) },
    ...(requestBody !== undefined && { requestBody }),
    status: Math.max(0, Number(response.status) || 0),
    responseHeaders,
    ...(responseBody !== undefined && { responseBody }),
    ...(redirect && { responseUrl: redirect }),
    startedAtMs,
    endedAtMs,
  }
}

/** Chromium's own addition to HAR: the messages of a WebSocket. */
const framesOf = (entry: JsonObject, exchange: Exchange): Exchange[] => {
  const messages = Array.isArray(entry._webSocketMessages)
    ? entry._webSocketMessages.filter(isJsonObject)
    : []
  return messages.map((message) => {
    const isSent = textAt(message, 'type') === 'send'
    const atMs = Math.round((Number(message.time) || 0) * 1_000) || exchange.startedAtMs
    const { requestBody: _request, responseBody: _response, ...rest } = exchange
    const text = textAt(message, 'data')
    return {
      ...rest,
      via: 'websocket',
      method: isSent ? 'SEND' : 'RECEIVE',
      status: 0,
      startedAtMs: atMs,
      endedAtMs: atMs,
      ...(isSent ? { requestBody: text } : { responseBody: text }),
    }
  })
}

const viaOf = (
  type: string,
  request: Readonly<Record<string, string>>,
  response: Readonly<Record<string, string>>,
): Exchange['via'] => {
  if (type === 'document') return 'form'
  if (type === 'xhr') return 'xhr'
  if (type === 'ping' || type === 'beacon') return 'beacon'
  if (type === 'websocket') return 'websocket'
  if (type !== '') return 'fetch'
  if (request['x-requested-with']) return 'xhr'
  return /text\/html/.test(request.accept ?? '') && /text\/html/.test(response['content-type'] ?? 'text/html')
    ? 'form'
    : 'fetch'
}

const headersOf = (message: JsonObject): Record<string, string> => {
  const list = Array.isArray(message.headers) ? message.headers.filter(isJsonObject) : []
  return Object.fromEntries(
    list.map((header) => [textAt(header, 'name').toLowerCase(), textAt(header, 'value')]),
  )
}

const contentType = (postData: JsonObject): Record<string, string> =>
  textAt(postData, 'mimeType') === '' ? {} : { 'content-type': textAt(postData, 'mimeType') }

/** Some writers give only `params`. */
const bodyOf = (postData: JsonObject): string | undefined => {
  if (typeof postData.text === 'string' && postData.text !== '') return postData.text
  const params = Array.isArray(postData.params) ? postData.params.filter(isJsonObject) : []
  if (params.length === 0) return typeof postData.text === 'string' ? postData.text : undefined
  return new URLSearchParams(
    params.map((param) => [textAt(param, 'name'), textAt(param, 'fileName') || textAt(param, 'value')]),
  ).toString()
}

const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value: Json | undefined = object[key]
  return isJsonObject(value) ? value : {}
}
const textAt = (object: JsonObject, key: string): string =>
  typeof object[key] === 'string' ? (object[key] as string) : ''
