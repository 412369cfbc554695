/**
 * The relay's HTTP side: teams, roster, sealed segments. Open to every origin, because rights come
 * from tokens and never from cookies. Knows nothing of sockets.
 */
import { timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Bytes, bytesToHex } from '../lib/log/bytes.ts'
import { CLOSE, type CloseCode, ROSTER_FEED } from '../lib/log/frames.ts'
import { encodeUpdate } from '../lib/log/yjs-update.ts'
import { decodeOperation, teamIdOf } from '../lib/team/operation.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { Answer, Relay, RelayEvent } from './relay.ts'
import { permitOf } from './summary.ts'

export interface HttpDeps {
  readonly relay: Relay
  readonly relayKey: Bytes
  readonly metrics: Metrics
  readonly limits: Limits
  /** Who has it may create teams; anybody may where there is none. */
  readonly createToken: string | undefined
  readonly log: (event: RelayEvent) => void
}

interface Reply {
  readonly status: number
  readonly body?: Bytes | string | object
}

export const createHttpHandler = (deps: HttpDeps) => {
  const { relay, metrics, limits } = deps

  const route = async (request: IncomingMessage): Promise<Reply> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://relay')
    const token = bearerOf(request)
    const [version, team, part, ...more] = pathname.split('/').slice(1)
    switch (`${request.method} ${pathname}`) {
      case 'GET /v1':
        return { status: 200, body: { protocol: 1, key: bytesToHex(deps.relayKey) } }
      case 'POST /v1/teams': {
        const made = await withBody(request, async (genesis) =>
          mayCreate(token, genesis) ? relay.createTeam(genesis) : NO_CREATE_TOKEN,
        )
        return made.ok ? { status: 201, body: { team: made.value } } : refused(made)
      }
    }
    if (version !== 'v1' || !/^[0-9a-f]{32}$/.test(team ?? '') || more.length > 0) return NOT_FOUND
    const id = team as string
    if (request.method === 'POST' && (part === 'roster' || part === 'join')) {
      const answer = await withBody(request, (operation) => relay.appendRoster(id, operation, token))
      if (!answer.ok) return refused(answer)
      return { status: answer.value === 'conflict' ? 409 : 200, body: { outcome: answer.value } }
    }
    if (request.method !== 'GET') return NOT_FOUND
    if (part === undefined) {
      const answer = await relay.summary(id, token)
      return answer.ok ? { status: 200, body: answer.value } : refused(answer)
    }
    if (part === 'roster') {
      const from = Number(searchParams.get('from') ?? 0)
      if (!Number.isSafeInteger(from) || from < 0) return NOT_FOUND
      const answer = await relay.rosterFrom(id, from, token)
      if (!answer.ok) return refused(answer)
      return { status: 200, body: encodeUpdate([{ feed: ROSTER_FEED, clock: from, items: answer.value }]) }
    }
    if (!/^(0|[1-9]\d{0,14})$/.test(part)) return NOT_FOUND
    const answer = await relay.sealedSegment(id, Number(part), token)
    return answer.ok ? { status: 200, body: answer.value } : refused(answer)
  }

  const mayCreate = (token: string | undefined, genesis: Bytes): boolean => {
    if (deps.createToken === undefined || sameSecret(token, deps.createToken)) return true
    const signed = decodeOperation(genesis)
    return (
      signed.ok &&
      signed.value.operation.kind === 'genesis' &&
      sameSecret(token, permitOf(deps.createToken, teamIdOf(signed.value)))
    )
  }

  const withBody = async <Value>(
    request: IncomingMessage,
    use: (body: Bytes) => Promise<Answer<Value>>,
  ): Promise<Answer<Value>> => {
    const chunks: Buffer[] = []
    let length = 0
    for await (const chunk of request) {
      length += (chunk as Buffer).length
      if (length > limits.rosterOperationBytes + 1024)
        return { ok: false, code: CLOSE.tooLarge, reason: 'body too large' }
      chunks.push(chunk as Buffer)
    }
    return use(new Uint8Array(Buffer.concat(chunks)))
  }

  const failed = (error: unknown): Reply => {
    deps.log({ event: 'fault', detail: error instanceof Error ? error.message : String(error) })
    return { status: 503, body: { code: CLOSE.storage, reason: 'relay failed' } }
  }

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const reply = request.method === 'OPTIONS' ? { status: 204 } : await route(request).catch(failed)
    metrics.add('http_requests_total', String(reply.status))
    send(response, reply)
  }
}

const NO_CREATE_TOKEN = {
  ok: false,
  code: CLOSE.badToken,
  reason: 'creating teams needs the create token',
} as const

const NOT_FOUND: Reply = { status: 404, body: { reason: 'no such page' } }

const STATUS: Partial<Record<CloseCode, number>> = {
  [CLOSE.badToken]: 401,
  [CLOSE.notAllowed]: 403,
  [CLOSE.notFound]: 404,
  [CLOSE.tooLarge]: 413,
  [CLOSE.tooMany]: 429,
  [CLOSE.stopping]: 503,
  [CLOSE.storage]: 503,
}

/** With the relay's time: a client whose token was refused learns from it how far its clock is off. */
const refused = ({ code, reason }: { readonly code: CloseCode; readonly reason: string }): Reply => ({
  status: STATUS[code] ?? 422,
  body: { code, reason, now: Date.now() },
})

const send = (response: ServerResponse, { status, body }: Reply): void => {
  const isBytes = body instanceof Uint8Array
  response.writeHead(status, {
    'content-type': isBytes
      ? 'application/octet-stream'
      : typeof body === 'object'
        ? 'application/json'
        : 'text/plain; charset=utf-8',
    // A sealed segment's bytes change by erasure, so nobody keeps them.
    'cache-control': 'no-store',
    ...(status === 503 && { 'retry-after': '10' }),
    'access-control-allow-origin': '*',
    'access-control-allow-headers': 'authorization, content-type',
    'access-control-allow-methods': 'GET, POST',
    'access-control-max-age': '86400',
    'x-content-type-options': 'nosniff',
  })
  response.end(isBytes || typeof body !== 'object' ? body : JSON.stringify(body))
}

const bearerOf = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer ([\w.~+/=-]+)$/.exec(headers.authorization ?? '')?.[1]

const sameSecret = (given: string | undefined, wanted: string): boolean => {
  const a = Buffer.from(given ?? '')
  const b = Buffer.from(wanted)
  return a.length === b.length && timingSafeEqual(a, b)
}
