/** Turns what was observed into texts for the page script: one for each exchange, when its outcome is known or the page goes away. */
import type { Exchange } from '../../lib/capture/exchange.ts'
import { type BodyText, bodyToText } from './bodies.ts'
import type { Channel } from './channel.ts'
import { attempt, now, observePromise, stringify } from './natives.ts'

export interface Request {
  readonly via: Exchange['via']
  readonly method: string
  /** As the page gave it; the page script resolves it. Undefined where only the answer will tell. */
  readonly url?: string
  readonly headers: Record<string, string>
  readonly body?: unknown
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

export interface Teller {
  /** Call it as the request is made, for bodies are read as they are now. Call the result with the outcome. */
  readonly begin: (request: Request) => (outcome: Outcome) => void
}

export const createTeller = (channel: Channel): Teller => {
  const underWay = new Set<() => void>()
  channel.onLeave(() => {
    for (const abandon of underWay) abandon()
  })

  return {
    begin: (request) => {
      const startedAtMs = now()
      const pageUrl = location.href
      const body = bodyToText(request.body)
      const reading = body && 'text' in body ? undefined : body
      let requestBody = body && 'text' in body ? body : undefined
      const read =
        reading &&
        observePromise(
          reading,
          (text) => (requestBody = text as BodyText),
          () => {},
        )
      let told = false

      const tell = (outcome: Outcome) => {
        if (told) return
        told = true
        underWay.delete(abandon)
        const text = describe(request, requestBody, outcome, startedAtMs, pageUrl)
        if (text === undefined) return
        if (outcome.urgent) channel.urge(text)
        else channel.post(text)
      }
      const abandon = () => attempt(() => tell({ status: 0, urgent: true }))
      if (request.method !== 'GET') underWay.add(abandon)
      return (outcome) => {
        if (!read) tell(outcome)
        else
          void observePromise(
            read,
            () => attempt(() => tell({ ...outcome, urgent: undefined })),
            () => {},
          )
      }
    },
  }
}

const describe = (
  request: Request,
  requestBody: BodyText | undefined,
  outcome: Outcome,
  startedAtMs: number,
  pageUrl: string,
): string | undefined => {
  const url = request.url ?? outcome.url
  if (url === undefined) return undefined
  const requestHeaders = request.headers
  if (requestBody?.type && !requestHeaders['content-type']) requestHeaders['content-type'] = requestBody.type
  const exchange: Exchange = {
    via: request.via,
    method: request.method,
    url,
    pageUrl,
    requestHeaders,
    ...(requestBody && { requestBody: requestBody.text }),
    status: outcome.status,
    responseHeaders: outcome.headers ?? {},
    ...(outcome.body && { responseBody: outcome.body.text }),
    ...(outcome.url && { responseUrl: outcome.url }),
    startedAtMs,
    endedAtMs: now(),
    ...((requestBody?.cut || outcome.body?.cut) && {
      cut: {
        ...(requestBody?.cut && { request: true as const }),
        ...(outcome.body?.cut && { response: true as const }),
      },
    }),
  }
  return stringify(exchange)
}
