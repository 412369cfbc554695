/**
 * Turns what was observed into texts for the page script: one when a change leaves, one for each call when its outcome is known or the
 * page goes away. While the page's own call runs, only what may be different a moment later is kept; the rest waits for a microtask,
 * one for all calls that are made at once.
 */
import type { Exchange } from '../../lib/capture/exchange.ts'
import { type BodyText, readBody, readRequestHeaders, type TakenBody } from './bodies.ts'
import type { Channel } from './channel.ts'
import { attempt, now, observePromise, soon, stringify } from './natives.ts'

/** Characters. */
const MAX_TOLD_TWICE = 50_000

/** As the page gave it. */
export interface Request {
  readonly via: Exchange['via']
  readonly method: string
  /** The page script resolves it. Undefined where only the answer will tell. */
  readonly url: string | undefined
  readonly headers: unknown
  readonly body: TakenBody
}

export interface Outcome {
  /** 0 when it is not known. */
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: BodyText
  readonly url?: string
  /** The page may be going away: hand it over before returning. */
  readonly urgent?: true
}

/** A call that left. What it holds is the teller's. */
export interface Call {
  readonly request: Request
  readonly made: Moment
  /** Runs before anything can be answered. */
  readonly whenLeft: (() => void) | undefined
  /** 0 until it is looked at. */
  number: number
  headers: Record<string, string>
  body: BodyText | undefined
  reading: Promise<unknown> | undefined
  told: boolean
}

/** When and where calls were made that were made at once. */
interface Moment {
  readonly atMs: number
  readonly pageUrl: string
}

export interface Teller {
  /** Call it as the request is made. */
  readonly begin: (request: Request, whenLeft?: () => void) => Call
  readonly settle: (call: Call, outcome: Outcome) => void
}

export const createTeller = (channel: Channel): Teller => {
  const page = location
  const underWay = new Set<Call>()
  let made: Moment | undefined
  let fresh: Call[] = []
  let count = 0

  const look = () => {
    const calls = fresh
    fresh = []
    made = undefined
    for (let at = 0; at < calls.length; at += 1) attempt(() => lookAt(calls[at] as Call))
  }

  const lookAt = (call: Call) => {
    count += 1
    call.number = count
    call.headers = attempt(() => readRequestHeaders(call.request.headers)) ?? NONE
    const body = attempt(() => readBody(call.request.body))
    if (body && 'text' in body) call.body = body
    else if (body)
      call.reading = observePromise(
        body,
        (text) => {
          call.body = text as BodyText
        },
        () => {},
      )
    call.whenLeft?.()
    if (call.told || !mayChange(call.request)) return
    underWay.add(call)
    const isTold = !call.reading && (call.body?.text.length ?? 0) <= MAX_TOLD_TWICE
    if (isTold) channel.post(describe(call, UNKNOWN, true))
  }

  const tell = (call: Call, outcome: Outcome) => {
    if (call.told) return
    call.told = true
    underWay.delete(call)
    const text = describe(call, outcome, false)
    if (text === '') return
    if (outcome.urgent) channel.urge(text)
    else channel.post(text)
  }

  channel.onLeave(() => {
    look()
    for (const call of underWay) attempt(() => tell(call, { status: 0, urgent: true }))
  })

  return {
    begin: (request, whenLeft) => {
      if (!made) {
        soon(look)
        made = { atMs: now(), pageUrl: page.href }
      }
      const call: Call = {
        request,
        made,
        whenLeft,
        number: 0,
        headers: NONE,
        body: undefined,
        reading: undefined,
        told: false,
      }
      fresh.push(call)
      return call
    },
    settle: (call, outcome) => {
      if (call.number === 0) look()
      if (!call.reading) tell(call, outcome)
      else
        void observePromise(
          call.reading,
          () => attempt(() => tell(call, { ...outcome, urgent: undefined })),
          () => {},
        )
    },
  }
}

const mayChange = ({ method, via }: Request): boolean =>
  method !== 'GET' && (via === 'fetch' || via === 'xhr')

const NONE: Record<string, string> = {}
const UNKNOWN: Outcome = { status: 0 }

/** Empty for what is no exchange with a server. What is still open says so first: the page script looks there. */
const describe = (
  { request, headers, body: sent, made, number }: Call,
  outcome: Outcome,
  isOpen: boolean,
): string => {
  const url = request.url ?? outcome.url
  if (url === undefined || /^(data|blob|about):/.test(url)) return ''
  const requestHeaders =
    sent?.type && !headers['content-type'] ? { ...headers, 'content-type': sent.type } : headers
  const exchange: Exchange & { readonly isOpen?: true } = {
    ...(isOpen && { isOpen }),
    ...(mayChange(request) && { call: number }),
    via: request.via,
    method: request.method,
    url,
    pageUrl: made.pageUrl,
    requestHeaders,
    ...(sent && { requestBody: sent.text }),
    status: outcome.status,
    responseHeaders: outcome.headers ?? {},
    ...(outcome.body && { responseBody: outcome.body.text }),
    ...(outcome.url && { responseUrl: outcome.url }),
    startedAtMs: made.atMs,
    endedAtMs: now(),
    ...((sent?.cut || outcome.body?.cut) && {
      cut: {
        ...(sent?.cut && { request: true as const }),
        ...(outcome.body?.cut && { response: true as const }),
      },
    }),
  }
  return stringify(exchange)
}
