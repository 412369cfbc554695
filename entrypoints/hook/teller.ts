/**
 * Turns what was observed into texts for the page script: one when a change leaves, one for each call when its outcome is known or the
 * page goes away. While the page's own call runs, only what may be different a moment later is read.
 */
import type { Exchange } from '../../lib/capture/exchange.ts'
import { type BodyText, bodyToText, cutText, MAX_REQUEST_CHARACTERS, readRequestHeaders } from './bodies.ts'
import type { Channel } from './channel.ts'
import { attempt, now, observePromise, soon, stringify } from './natives.ts'

/** Characters. */
const MAX_TOLD_TWICE = 50_000

export interface Request {
  readonly via: Exchange['via']
  readonly method: string
  /** As the page gave it; the page script resolves it. Undefined where only the answer will tell. */
  readonly url: string | undefined
  /** As the caller gave them. */
  readonly headers: unknown
  readonly body: unknown
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
  readonly startedAtMs: number
  readonly pageUrl: string
  readonly number: number
  /** Strings stay as they are; of the rest, what could be read, or is being read. */
  body: string | BodyText | undefined
  reading: Promise<unknown> | undefined
  told: boolean
}

export interface Teller {
  /** Call it as the request is made, for bodies are read as they are now. */
  readonly begin: (request: Request) => Call
  readonly settle: (call: Call, outcome: Outcome) => void
}

export const createTeller = (channel: Channel): Teller => {
  const page = location
  const underWay = new Set<Call>()
  let leaving: Call[] = []
  let count = 0
  channel.onLeave(() => {
    for (const call of underWay) attempt(() => tell(call, { status: 0, urgent: true }))
  })

  const tellLeaving = () => {
    const calls = leaving
    leaving = []
    for (const call of calls) if (!call.told) attempt(() => channel.post(describe(call, UNKNOWN, true)))
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

  return {
    begin: (request) => {
      const { body } = request
      const read = typeof body === 'string' || body == null ? body : bodyToText(body)
      const isRead = typeof read === 'string' || read == null || 'text' in read
      count += 1
      const call: Call = {
        request,
        startedAtMs: now(),
        pageUrl: page.href,
        number: count,
        body: isRead ? (read ?? undefined) : undefined,
        reading: isRead ? undefined : read,
        told: false,
      }
      if (!isRead)
        call.reading = observePromise(
          read,
          (text) => {
            call.body = text as BodyText
          },
          () => {},
        )
      if (mayChange(request)) {
        underWay.add(call)
        if (isRead && !isLarge(read) && leaving.push(call) === 1) soon(tellLeaving)
      }
      return call
    },
    settle: (call, outcome) => {
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

/** Told once, when it is answered. */
const isLarge = (read: string | BodyText | null | undefined): boolean =>
  ((typeof read === 'string' ? read : read?.text)?.length ?? 0) > MAX_TOLD_TWICE

const UNKNOWN: Outcome = { status: 0 }

/** Empty for what is no exchange with a server. What is still open says so first: the page script looks there. */
const describe = (
  { request, body, startedAtMs, pageUrl, number }: Call,
  outcome: Outcome,
  isOpen: boolean,
): string => {
  const url = request.url ?? outcome.url
  if (url === undefined || /^(data|blob|about):/.test(url)) return ''
  const sent = typeof body === 'string' ? cutText(body, MAX_REQUEST_CHARACTERS) : body
  const requestHeaders = readRequestHeaders(request.headers)
  if (sent?.type && !requestHeaders['content-type']) requestHeaders['content-type'] = sent.type
  const exchange: Exchange & { readonly isOpen?: true } = {
    ...(isOpen && { isOpen }),
    ...(mayChange(request) && { call: number }),
    via: request.via,
    method: request.method,
    url,
    pageUrl,
    requestHeaders,
    ...(sent && { requestBody: sent.text }),
    status: outcome.status,
    responseHeaders: outcome.headers ?? {},
    ...(outcome.body && { responseBody: outcome.body.text }),
    ...(outcome.url && { responseUrl: outcome.url }),
    startedAtMs,
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
