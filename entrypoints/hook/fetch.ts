/** Observes `fetch`. Its own promise goes back to the page and is never awaited for it; answers are read from a clone, within limits. */
import { isReadableType, readRequestHeaders, readResponseHeaders } from './bodies.ts'
import { attempt, getter, observePromise, peek, tagOf, uncurry } from './natives.ts'
import type { Patches } from './patches.ts'
import type { Reads } from './reads.ts'
import type { Outcome, Request as Sent, Teller } from './teller.ts'

const requestUrl = getter(Request.prototype, 'url')
const requestMethod = getter(Request.prototype, 'method')
const requestHeaders = getter(Request.prototype, 'headers')
const cloneRequest = uncurry(Request.prototype.clone)
const cloneResponse = uncurry(Response.prototype.clone)
const responseStatus = getter(Response.prototype, 'status')
const responseType = getter(Response.prototype, 'type')
const responseUrl = getter(Response.prototype, 'url')
const responseHeaders = getter(Response.prototype, 'headers')
const headersForEach = uncurry(Headers.prototype.forEach)
const headersGet = uncurry(Headers.prototype.get)
const urlHref = getter(URL.prototype, 'href')

export const watchFetch = (patches: Patches, teller: Teller, reads: Reads): void =>
  patches.call(globalThis, 'fetch', {
    before: (_self, [input, init]) => copyBeforeItIsUsed(input, init),
    after: (_self, [input, init], result, copy) => {
      const sent = describeRequest(input, init, copy)
      if (!sent || /^(data|blob|about):/.test(sent.url ?? '')) return
      const settle = teller.begin(sent)
      const fail = () => void attempt(() => settle({ status: 0 }))
      const answer = (response: unknown) =>
        void attempt(() => observeResponse(response as Response, sent.method, reads, settle))
      if (tagOf(result) === 'Promise') void observe(result as Promise<unknown>, answer, fail)
    },
  })

/** A promise of the page's own making (zone.js) has a `then` of its own. */
const observe = (promise: Promise<unknown>, answer: (value: unknown) => void, fail: () => void) => {
  try {
    return observePromise(promise, answer, fail)
  } catch {
    return promise.then(answer, fail)
  }
}

/** The native call uses up the body of a Request, so it is copied first; only where it is text, because a copy of a stream would tee it. */
const copyBeforeItIsUsed = (input: unknown, init: unknown): Request | undefined => {
  if (tagOf(input) !== 'Request' || peek(init, 'body') !== undefined) return undefined
  const request = input as Request
  const method = requestMethod(request)
  if (method === 'GET' || method === 'HEAD') return undefined
  const type = headersGet(requestHeaders(request), 'content-type')
  const size = Number(headersGet(requestHeaders(request), 'content-length') ?? 0)
  return type && size < 2 ** 18 && isReadableType(type) ? cloneRequest(request) : undefined
}

const describeRequest = (input: unknown, init: unknown, copy: Request | undefined): Sent | undefined => {
  const request = tagOf(input) === 'Request' ? (input as Request) : undefined
  const url = request
    ? requestUrl(request)
    : typeof input === 'string'
      ? input
      : attempt(() => urlHref(input as URL))
  const method = peek(init, 'method') ?? (request ? requestMethod(request) : 'GET')
  if (typeof method !== 'string') return undefined
  return {
    via: 'fetch',
    method: method.toUpperCase(),
    ...(url !== undefined && { url }),
    headers: readRequestHeaders(peek(init, 'headers') ?? (request && requestHeaders(request))),
    body: copy ?? peek(init, 'body'),
  }
}

const observeResponse = (
  response: Response,
  method: string,
  reads: Reads,
  settle: (outcome: Outcome) => void,
) => {
  const opaque = /^opaque/.test(responseType(response))
  const headers = readResponseHeaders((add) => headersForEach(responseHeaders(response), add))
  const outcome: Outcome = {
    status: opaque ? 0 : responseStatus(response),
    headers,
    url: responseUrl(response),
  }
  const readable =
    !opaque && isReadableType(headers['content-type'] ?? '') && !reads.isTooLong(headers['content-length'])
  if (!readable) return settle(outcome)
  reads.read(cloneResponse(response), method === 'GET', (body) =>
    settle({ ...outcome, ...(body && { body }) }),
  )
}
