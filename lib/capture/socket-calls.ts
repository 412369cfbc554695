/**
 * Calls over a socket, or over polls that stand in for one: each waits for the frame that answers it; without one it counts as sent. What
 * bears no mark by which an answer could be known waits for the next frame, which may tell the person that it failed.
 */
import { noticeIn, readFrame } from './decoders/frame.ts'
import type { RpcCall } from './decoders/rpc/calls.ts'
import type { Exchange } from './exchange.ts'
import type { Outcome } from './finding.ts'
import { isUnanswered } from './ripe.ts'

const MAX_ASKING = 200

/** Sent, and not answered so far. `ids`: of the entries that were foreseen for it; those that it becomes keep them. */
interface Asked {
  readonly rpc: RpcCall
  readonly exchange: Exchange
  readonly ids: string[]
}

export interface SocketCalls {
  readonly frame: (given: Exchange) => void
  /** Those that nobody will answer any more: at `nowMs`, or all where the page goes. */
  readonly giveUp: (nowMs: number | 'all') => void
}

export interface SocketCallsDeps {
  /** Adds to `ids` what the call is likely to become. */
  readonly foretell: (rpc: RpcCall, source: Exchange, ids: string[]) => void
  readonly complete: (rpc: RpcCall, source: Exchange, outcome: Outcome, ids: string[]) => void
}

const unmarked = ({ url }: Exchange): string => `${url} `

export const createSocketCalls = ({ foretell, complete }: SocketCallsDeps): SocketCalls => {
  const asking = new Map<string, Asked>()

  const frame = (given: Exchange): void => {
    const read = readFrame(given)
    const told = given.method === 'SEND' ? undefined : noticeIn(given)
    if (read || told !== undefined) decide(given, told)
    if (read?.kind === 'push') complete(read.rpc, given, 'accepted', [])
    else if (read?.kind === 'answer') answer(`${given.url} ${read.key}`, read, given.endedAtMs)
    else if (read) ask(read.key === undefined ? unmarked(given) : `${given.url} ${read.key}`, read.rpc, given)
  }

  /** The call without a mark that went before, if there is one: refused, or sent. */
  const decide = (given: Exchange, refusal: string | undefined): void => {
    const key = unmarked(given)
    const asked = asking.get(key)
    if (!asked) return
    asking.delete(key)
    const { rpc, exchange, ids } = asked
    complete(refusal === undefined ? rpc : { ...rpc, refusal }, exchange, 'sent', ids)
  }

  const ask = (key: string, rpc: RpcCall, exchange: Exchange): void => {
    if (asking.size >= MAX_ASKING) asking.delete(asking.keys().next().value ?? '')
    const ids: string[] = []
    asking.set(key, { rpc, exchange, ids })
    foretell(rpc, exchange, ids)
  }

  const answer = (
    key: string,
    { result, refusal }: Pick<RpcCall, 'result' | 'refusal'>,
    endedAtMs: number,
  ): void => {
    const asked = asking.get(key)
    asking.delete(key)
    if (!asked) return
    const told = refusal === undefined ? { result: result ?? null } : { refusal }
    complete({ ...asked.rpc, ...told }, { ...asked.exchange, endedAtMs }, 'accepted', asked.ids)
  }

  const giveUp = (nowMs: number | 'all'): void => {
    for (const [key, { rpc, exchange, ids }] of asking)
      if (nowMs === 'all' || isUnanswered(exchange, nowMs)) {
        asking.delete(key)
        complete(rpc, exchange, 'sent', ids)
      }
  }

  return { frame, giveUp }
}
