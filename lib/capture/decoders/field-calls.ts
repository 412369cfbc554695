/**
 * Calls as JSON in a field of a form: `message={"actions": [{descriptor, params}]}`, each with its own state in the answer. The last word of a
 * descriptor is the method; a record says itself of what type it is.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readJson } from '../body.ts'
import { refusalIn } from '../outcome.ts'
import type { Call, Decoder } from './decoder.ts'
import type { RpcCall } from './rpc/calls.ts'
import { decodeRpcCall } from './rpc/decode-rpc.ts'

export const decodeFieldCalls: Decoder = (call, memory) => {
  const actions = actionsIn(call)
  if (!actions) return undefined
  const answers =
    call.answer.kind === 'json' && isJsonObject(call.answer.value) ? call.answer.value.actions : undefined
  const decoded = actions.map((action, index) => {
    const list = Array.isArray(answers) ? answers.filter(isJsonObject) : []
    const own = list.find(({ id }) => id !== undefined && id === action.id) ?? list[index]
    return decodeRpcCall(callOf(action, own), call, memory)
  })
  return {
    findings: decoded.flatMap(({ findings }) => findings),
    readings: decoded.flatMap(({ readings }) => readings ?? []),
  }
}

const actionsIn = ({ request }: Call): JsonObject[] | undefined => {
  if (request.kind !== 'fields') return undefined
  const text = request.fields.find(([name, value]) => name === 'message' && value.startsWith('{'))?.[1]
  const message = text === undefined ? undefined : readJson(text)
  const actions = isJsonObject(message) ? message.actions : undefined
  return Array.isArray(actions) &&
    actions.length > 0 &&
    actions.every((one) => isJsonObject(one) && typeof one.descriptor === 'string')
    ? actions.filter(isJsonObject)
    : undefined
}

const callOf = (action: JsonObject, answer: JsonObject | undefined): RpcCall => {
  const name = String(action.descriptor).split(/[/$.]/).at(-1) ?? ''
  const params = isJsonObject(action.params) ? action.params : {}
  const input = Object.values(params).find((one) => isJsonObject(one) && isJsonObject(one.fields))
  const record = isJsonObject(input) ? input : undefined
  const result = answer && answer.returnValue !== undefined ? plainRecord(answer.returnValue) : undefined
  const type = record?.apiName ?? (isJsonObject(result) ? result.apiName : undefined)
  const id = params.recordId ?? record?.id
  const verb = name.replace(/Record$/, '')
  const isRefused = answer !== undefined && typeof answer.state === 'string' && answer.state !== 'SUCCESS'
  return {
    method: typeof type === 'string' && verb !== name ? `${type}.${verb}` : name,
    params: record ? { ...(id !== undefined && { id }), ...(record.fields as JsonObject) } : params,
    ...(isRefused
      ? { refusal: refusalIn({ errors: answer.error ?? [] }) ?? String(answer.state) }
      : result !== undefined && { result }),
  }
}

/** {fields: {Phone: {value, displayValue}}} → {Phone: value} */
const plainRecord = (value: Json): Json => {
  if (!isJsonObject(value) || !isJsonObject(value.fields)) return value
  const { fields, ...rest } = value
  return {
    ...rest,
    ...Object.fromEntries(
      Object.entries(fields as JsonObject).map(
        ([key, field]) =>
          [key, isJsonObject(field) && field.value !== undefined ? field.value : field] as const,
      ),
    ),
  }
}
