/** tRPC: POST is a mutation, `a.update,b.set?batch=1` are several, each with {json, meta} or plain input. https://trpc.io/docs/rpc */
import { isJsonObject } from '../../../model/json.ts'
import { readJson } from '../../body.ts'
import { refusalIn } from '../../outcome.ts'
import type { Call } from '../decoder.ts'
import type { RpcCall } from './calls.ts'

export const trpcCalls = (call: Call): RpcCall[] | undefined => {
  const at = call.address.segments.findIndex((segment) => /^trpc$/i.test(segment))
  const names = call.address.segments[at + 1]
  if (at < 0 || names === undefined) return undefined
  const sent =
    call.request.kind === 'json'
      ? call.request.value
      : readJson(call.address.query.find(([name]) => name === 'input')?.[1] ?? '')
  const answer = call.answer.kind === 'json' ? call.answer.value : undefined
  const isBatch = call.address.query.some(([name]) => name === 'batch')
  return names.split(',').map((method, index) => {
    const input = isBatch && isJsonObject(sent) ? sent[String(index)] : sent
    const output = isBatch && Array.isArray(answer) ? answer[index] : answer
    const plain = isJsonObject(input) && Object.hasOwn(input, 'json') ? (input.json ?? null) : (input ?? null)
    const failure = isJsonObject(output) ? output.error : undefined
    const data = isJsonObject(output) && isJsonObject(output.result) ? output.result.data : undefined
    const result = isJsonObject(data) && Object.hasOwn(data, 'json') ? data.json : data
    return {
      method,
      params: plain,
      ...(call.method === 'POST' && { mutates: true as const }),
      ...(failure !== undefined && failure !== null
        ? {
            refusal:
              refusalIn({
                error: isJsonObject(failure) && isJsonObject(failure.json) ? failure.json : failure,
              }) ?? 'error',
          }
        : result !== undefined && { result }),
    }
  })
}
