/**
 * Observes `fetch`. Nothing is awaited for it, and answers are read from a clone, within limits. The page gets a promise derived from the
 * native one, because a promise that someone looks at counts as handled: a failure that the page forgot would never be reported to it.
 */
import { isReadableType, readResponseHeaders, takeBody } from './bodies.ts'
import { attempt, getter, observePromise, peek, tagOf, uncurry } from './natives.ts'
import type { Patches } from './patches.ts'
import type { Reads } from './reads.ts'
import type { Call, Request as Described, Outcome, Teller } from './teller.ts'

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
    before: (_self, args) => copyBeforeItIsUsed(args[0], args[1]),
    after: (_self, args, result, copy) => {
      if (typeof result !== 'object') return
      const promise = result as Promise<unknown>
      const request = describe(args[0], args[1], copy)
      if (!request) return
      let isNative = true
      const fail = () => {
        attempt(() => teller.settle(call, FAILED))
      }
      const call = teller.begin(request, () => {
        if (isNative) void observePromise(promise, undefined, fail)
      })
      const answer = (response: unknown) => {
        attempt(() => observeResponse(response as Response, call, reads, teller))
        return response
      }
      try {
        // Nothing is thrown on by us: what this one fails with is the native failure.
        return observePromise(promise, answer)
      } catch {
        // A promise of the page's own making (zone.js), under which ours came late, has a `then` of its own, and is handed on as it is.
        isNative = false
        if (tagOf(promise) === 'Promise') void promise.then(answer, fail)
        return undefined
      }
    },
  })

const FAILED: Outcome = { status: 0 }

/** The native call uses up the body of a Request, so it is copied first; only where it is text, because a copy of a stream would tee it. */
const copyBeforeItIsUsed = (input: unknown, init: unknown): Request | undefined => {
  if (typeof input !== 'object' || tagOf(input) !== 'Request' || peek(init, 'body') !== undefined)
    return undefined
  const request = input as Request
  const method = requestMethod(request)
  if (method === 'GET' || method === 'HEAD') return undefined
  const type = headersGet(requestHeaders(request), 'content-type')
  const size = Number(headersGet(requestHeaders(request), 'content-length') ?? 0)
  return type && size < 2 ** 18 && isReadableType(type) ? cloneRequest(request) : undefined
}

const describe = (input: unknown, init: unknown, copy: Request | undefined): Described | undefined => {
  const isText = typeof input === 'string'
  const request = !isText && tagOf(input) === 'Request' ? (input as Request) : undefined
  const method = peek(init, 'method') ?? (request ? requestMethod(request) : 'GET')
  if (typeof method !== 'string') return undefined
  return {
    via: 'fetch',
    method: method.toUpperCase(),
    url: isText ? input : request ? requestUrl(request) : attempt(() => urlHref(input as URL)),
    headers: peek(init, 'headers') ?? (request && requestHeaders(request)),
    body: takeBody(copy ?? peek(init, 'body')),
  }
}

const observeResponse = (response: Response, call: Call, reads: Reads, teller: Teller) => {
  const opaque = /^opaque/.test(responseType(response))
  const headers = readResponseHeaders((add) => headersForEach(responseHeaders(response), add))
  const outcome: Outcome = {
    status: opaque ? 0 : responseStatus(response),
    headers,
    url: responseUrl(response),
  }
  const readable =
    !opaque && isReadableType(headers['content-type'] ?? '') && !reads.isTooLong(headers['content-length'])
  if (!readable) return teller.settle(call, outcome)
  reads.read(cloneResponse(response), call.request.method === 'GET', (body) =>
    teller.settle(call, body ? { ...outcome, body } : outcome),
  )
}
