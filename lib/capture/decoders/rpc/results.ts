/** What a call by name was answered: its result out of the envelope, or why it was refused. */
import { isJsonObject, type Json } from '../../../model/json.ts'
import { refusalIn } from '../../outcome.ts'
import type { RpcCall } from './calls.ts'

export const resultOf = (
  answer: Json | undefined,
  isStandard: boolean,
): Pick<RpcCall, 'result' | 'refusal'> => {
  if (!isJsonObject(answer)) return answer === undefined ? {} : { result: answer }
  const { error } = answer
  if (error !== undefined && error !== null && error !== false && error !== '')
    return { refusal: refusalIn({ error }) ?? 'error' }
  const refusal = refusalIn(answer) ?? refusalIn(answer.result)
  if (refusal !== undefined) return { refusal }
  // A relative that answers {"result": "no such item"}.
  if (
    !isStandard &&
    typeof answer.result === 'string' &&
    Object.keys(answer).some((key) => /^(arguments|args|data)$/.test(key)) &&
    !/^(ok|success|succeeded|done|true)$/i.test(answer.result)
  )
    return { refusal: answer.result }
  const result = [
    answer.arguments,
    typeof answer.result === 'string' && !isStandard ? undefined : answer.result,
    answer.data,
    answer.response,
  ].find((one) => one !== undefined)
  return { result: result === undefined ? answer : result }
}
