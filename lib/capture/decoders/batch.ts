/** Several requests inside one: OData `$batch` (multipart and JSON), and JSON batches of {method, url, body} under these or like names. Each is then read by itself. */
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../model/json.ts'
import type { Exchange } from '../exchange.ts'

const MAX_PARTS = 100

export const splitBatch = (exchange: Exchange): Exchange[] | undefined => {
  if (exchange.method !== 'POST' || !exchange.requestBody || exchange.requestBody.length > 1_500_000)
    return undefined
  return splitJson(exchange, exchange.requestBody) ?? splitMultipart(exchange, exchange.requestBody)
}

const splitJson = (exchange: Exchange, body: string): Exchange[] | undefined => {
  if (!/^\s*[[{]/.test(body) || !ADDRESS.test(body) || !METHOD.test(body)) return undefined
  const value = parseJson(body)
  const list = Array.isArray(value)
    ? value
    : isJsonObject(value)
      ? (value.requests ?? value.batch ?? value.operations)
      : undefined
  if (!Array.isArray(list) || list.length === 0 || list.length > MAX_PARTS || !list.every(isRequest))
    return undefined
  const answer = parseJson(exchange.responseBody ?? '')
  const answers = Array.isArray(answer)
    ? answer
    : isJsonObject(answer)
      ? (answer.responses ?? answer.results ?? answer.operations)
      : undefined
  return (list as JsonObject[]).map((request, index) => {
    const rows = Array.isArray(answers) ? answers.filter(isJsonObject) : []
    const own =
      rows.find((row) => ['id', 'name'].some((key) => row[key] !== undefined && row[key] === request[key])) ??
      rows[index]
    const status =
      Number(memberOf(own, ['status', 'code', 'statusCode', 'httpStatusCode'])) || exchange.status
    return part(
      exchange,
      methodOf(request),
      addressOf(request),
      asText(memberOf(request, CONTENTS)),
      status,
      asText(memberOf(own, CONTENTS)),
    )
  })
}

const METHOD = /"(method|httpMethod)"/
const ADDRESS = /"(url|path|relative_?url|uri|requestUri)"/i
const CONTENTS = ['body', 'data', 'content', 'payload']

const memberOf = (object: JsonObject | undefined, names: readonly string[]): Json | undefined =>
  names.map((name) => object?.[name]).find((value) => value !== undefined && value !== null)
const methodOf = (request: JsonObject): string => String(request.method ?? request.httpMethod ?? '')
const addressOf = (request: JsonObject): string =>
  String(memberOf(request, ['url', 'path', 'relative_url', 'relativeUrl', 'uri', 'requestUri']) ?? '')
const isRequest = (value: Json): boolean =>
  isJsonObject(value) &&
  /^(get|post|put|patch|delete)$/i.test(methodOf(value)) &&
  /^(https?:\/)?\/?[\w$]/.test(addressOf(value))
const asText = (value: Json | undefined): string | undefined =>
  value === undefined ? undefined : typeof value === 'string' ? value : JSON.stringify(value)

/** Parts of `application/http`, also inside change sets. http://docs.oasis-open.org/odata/odata/v4.01/ part 1, 11.7 */
const splitMultipart = (exchange: Exchange, body: string): Exchange[] | undefined => {
  if (!/^\s*--/.test(body) || !/content-type:\s*application\/http/i.test(body)) return undefined
  const requests = [
    ...body.matchAll(
      /^(GET|POST|PUT|PATCH|MERGE|DELETE) (\S+)(?: HTTP\/[\d.]+)?\r?\n([\s\S]*?)(?=\r?\n--|$(?![\s\S]))/gm,
    ),
  ].slice(0, MAX_PARTS)
  if (requests.length === 0) return undefined
  const answers = [
    ...(exchange.responseBody ?? '').matchAll(
      /^HTTP\/[\d.]+ (\d{3})[^\n]*\n([\s\S]*?)(?=\r?\n--|$(?![\s\S]))/gm,
    ),
  ]
  return requests.map((request, index) => {
    const [, method = '', url = '', rest = ''] = request
    const answer = answers[index]
    return part(
      exchange,
      method === 'MERGE' ? 'PATCH' : method,
      url,
      afterHeaders(rest),
      Number(answer?.[1]) || exchange.status,
      afterHeaders(answer?.[2] ?? ''),
    )
  })
}

const afterHeaders = (text: string): string | undefined => {
  const body = /\r?\n\r?\n([\s\S]*)$/.exec(`\n${text}`)?.[1]?.trim()
  return body === '' ? undefined : body
}

const part = (
  whole: Exchange,
  method: string,
  url: string,
  requestBody: string | undefined,
  status: number,
  responseBody: string | undefined,
): Exchange => {
  const { requestBody: _request, responseBody: _response, responseUrl: _url, ...rest } = whole
  const base = whole.url.replace(/[?#].*$/, '').replace(/\/(\$batch|batch)?$/i, '/')
  return {
    ...rest,
    method: method.toUpperCase(),
    url: URL.canParse(url, base) ? new URL(url, base).href : whole.url,
    status,
    ...(requestBody !== undefined && { requestBody }),
    ...(responseBody !== undefined && { responseBody }),
  }
}
