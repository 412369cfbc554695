/** A relay's HTTP side, as a client sees it. Expected failures are values; what the relay answers is still untrusted. */
import { type Bytes, hexToBytes } from '../log/bytes.ts'
import type { TeamId } from '../log/envelope.ts'
import { decodeUpdate } from '../log/yjs-update.ts'
import { parseJson } from '../model/json.ts'
import type { RelayClocks } from './relay-clock.ts'
import { parseSummary, type RelaySummary } from './summary.ts'

export type RelayAnswer<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `status` 0: it could not be reached. */
  | { readonly ok: false; readonly status: number; readonly reason: string }

/** Each is good once: only who can make another is tried again where a clock was the reason for a refusal. */
export type Token = string | (() => Promise<string>)

export interface RelayHttp {
  /** The key that signs its receipts, in hex. */
  readonly key: () => Promise<RelayAnswer<string>>
  /** `permit`: the relay's create token, or what members of a team got from it. */
  readonly createTeam: (genesis: Bytes, permit?: string) => Promise<RelayAnswer<undefined>>
  readonly appendOperation: (
    team: TeamId,
    operation: Bytes,
    token: Token,
  ) => Promise<RelayAnswer<'stored' | 'conflict'>>
  readonly operations: (team: TeamId, from: number, token: Token) => Promise<RelayAnswer<readonly Bytes[]>>
  readonly summary: (team: TeamId, token: Token) => Promise<RelayAnswer<RelaySummary>>
  readonly segment: (team: TeamId, segment: number, token: Token) => Promise<RelayAnswer<Bytes>>
}

const TIMEOUT_MS = 20_000

/** `address` is http or https, without a trailing slash. */
export const createRelayHttp = (address: string, fetcher: typeof fetch, clocks?: RelayClocks): RelayHttp => {
  const request = async (
    path: string,
    init: RequestInit & { token?: Token } = {},
  ): Promise<RelayAnswer<Response>> => {
    const { token, ...rest } = init
    const bearer = typeof token === 'function' ? await token() : token
    const headers: HeadersInit = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }
    try {
      const response = await fetcher(`${address}${path}`, {
        ...rest,
        headers,
        credentials: 'omit',
        cache: 'no-store',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      if (response.ok || response.status === 409) return { ok: true, value: response }
      const body = parseJson(await response.text())
      const said = typeof body === 'object' && body !== null && !Array.isArray(body) ? body : {}
      if (response.status === 401 && typeof token === 'function' && clocks?.learn(address, Number(said.now)))
        return request(path, init)
      const reason = 'reason' in said ? String(said.reason) : response.statusText
      return { ok: false, status: response.status, reason }
    } catch (error) {
      return { ok: false, status: 0, reason: error instanceof Error ? error.message : 'no answer' }
    }
  }
  const unreadable = { ok: false, status: 0, reason: 'the answer is not a relay’s' } as const

  return {
    key: async () => {
      const answer = await request('/v1')
      if (!answer.ok) return answer
      const body = parseJson(await answer.value.text())
      const key = typeof body === 'object' && body && 'key' in body ? body.key : undefined
      return typeof key === 'string' && hexToBytes(key, 32) ? { ok: true, value: key } : unreadable
    },
    createTeam: async (genesis, permit) => {
      const token = permit === undefined ? {} : { token: permit }
      const answer = await request('/v1/teams', { method: 'POST', body: genesis, ...token })
      return answer.ok ? { ok: true, value: undefined } : answer
    },
    appendOperation: async (team, operation, token) => {
      const answer = await request(`/v1/${team}/roster`, { method: 'POST', body: operation, token })
      return answer.ok ? { ok: true, value: answer.value.status === 409 ? 'conflict' : 'stored' } : answer
    },
    operations: async (team, from, token) => {
      const answer = await request(`/v1/${team}/roster?from=${from}`, { token })
      if (!answer.ok) return answer
      const update = decodeUpdate(new Uint8Array(await answer.value.arrayBuffer()))
      if (!update.ok) return unreadable
      const [run, ...others] = update.value
      if (!run) return { ok: true, value: [] }
      return run.feed === 0 && run.clock === from && others.length === 0
        ? { ok: true, value: run.items }
        : unreadable
    },
    summary: async (team, token) => {
      const answer = await request(`/v1/${team}`, { token })
      if (!answer.ok) return answer
      const summary = parseSummary(parseJson(await answer.value.text()))
      return summary ? { ok: true, value: summary } : unreadable
    },
    segment: async (team, segment, token) => {
      const answer = await request(`/v1/${team}/${segment}`, { token })
      return answer.ok ? { ok: true, value: new Uint8Array(await answer.value.arrayBuffer()) } : answer
    },
  }
}
