/** Observes XMLHttpRequest through its prototype: no subclass, no property set on an instance, nothing added to `upload`. */
import {
  type BodyText,
  cutText,
  isReadableType,
  isWorthReading,
  MAX_RESPONSE_CHARACTERS,
  readResponseHeaders,
  takeBody,
} from './bodies.ts'
import { attempt, getter, listen, stringify, uncurry, unlisten } from './natives.ts'
import type { Patches } from './patches.ts'
import type { Outcome, Teller } from './teller.ts'

interface Opened {
  readonly method: string
  readonly url: string
  /** Made for the first header: most reads have none. */
  headers: Record<string, string> | undefined
}

const { prototype } = XMLHttpRequest
const responseTypeOf = getter(prototype, 'responseType')
const responseTextOf = getter(prototype, 'responseText')
const responseOf = getter(prototype, 'response')
const responseUrlOf = getter(prototype, 'responseURL')
const statusOf = getter(prototype, 'status')
const stateOf = getter(prototype, 'readyState')
const headersOf = uncurry(prototype.getAllResponseHeaders)
const urlHref = getter(URL.prototype, 'href')

export const watchRequests = (patches: Patches, teller: Teller): void => {
  const opened = new WeakMap<object, Opened>()
  const setOpened = uncurry(opened.set)
  const getOpened = uncurry(opened.get)

  patches.call(prototype, 'open', {
    after: (self, args) => {
      const method = args[0]
      const target = args[1]
      const url = typeof target === 'string' ? target : attempt(() => urlHref(target as URL))
      if (typeof method === 'string' && url !== undefined)
        setOpened(opened, self as XMLHttpRequest, { method: method.toUpperCase(), url, headers: undefined })
    },
  })
  patches.call(prototype, 'setRequestHeader', {
    after: (self, args) => {
      const request = getOpened(opened, self as XMLHttpRequest)
      const name = args[0]
      const value = args[1]
      if (!request || typeof name !== 'string' || typeof value !== 'string') return
      request.headers ??= {}
      request.headers[name] = value
    },
  })
  patches.call(prototype, 'send', {
    after: (self, args) => {
      const xhr = self as XMLHttpRequest
      const request = getOpened(opened, xhr)
      if (!request) return
      const { method, url, headers } = request
      const finish = () => {
        unlisten(xhr, 'loadend', finish)
        // A page that opens the same object again, right away or in its own handler, has thrown the outcome away.
        attempt(() =>
          teller.settle(call, getOpened(opened, xhr) === request ? readOutcome(xhr, method) : { status: 0 }),
        )
      }
      const call = teller.begin({ via: 'xhr', method, url, headers, body: takeBody(args[0]) }, () => {
        const isOver = stateOf(xhr) === UNSENT || stateOf(xhr) === DONE
        if (isOver || getOpened(opened, xhr) !== request) finish()
        else listen(xhr, 'loadend', finish)
      })
    },
  })
}

/** So soon after it was sent: aborted, or waited for. */
const UNSENT = 0
const DONE = 4

const readOutcome = (xhr: XMLHttpRequest, method: string): Outcome => {
  const status = statusOf(xhr)
  if (status === 0) return { status }
  const headers = readResponseHeaders((add) => {
    for (const line of headersOf(xhr).split('\r\n')) {
      const colon = line.indexOf(': ')
      if (colon > 0) add(line.slice(colon + 2), line.slice(0, colon))
    }
  })
  const body = isReadableType(headers['content-type'] ?? '') ? readBody(xhr, method === 'GET') : undefined
  return { status, headers, url: responseUrlOf(xhr), ...(body && { body }) }
}

const readBody = (xhr: XMLHttpRequest, isRead: boolean): BodyText | undefined => {
  const type = responseTypeOf(xhr)
  if (type === 'json') return cutText(stringify(responseOf(xhr)) ?? '', MAX_RESPONSE_CHARACTERS)
  if (type !== '' && type !== 'text') return undefined
  const text = responseTextOf(xhr)
  if (isRead && !isWorthReading(text)) return undefined
  return cutText(text, MAX_RESPONSE_CHARACTERS)
}
