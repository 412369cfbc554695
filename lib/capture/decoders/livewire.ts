/** Components that live on the server: the page sends each one's snapshot, the fields edited since, and the methods to call. */
import { looksLikeId } from '../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readJson } from '../body.ts'
import type { Finding } from '../finding.ts'
import { identityOf } from '../identity.ts'
import { verbOf } from '../words.ts'
import { type Decoder, outcomeFields } from './decoder.ts'

export const decodeLivewire: Decoder = (call) => {
  const sent = call.request.kind === 'json' ? call.request.value : undefined
  const components = isJsonObject(sent) ? sent.components : undefined
  if (
    !Array.isArray(components) ||
    !components.every(
      (one) => isJsonObject(one) && typeof one.snapshot === 'string' && Array.isArray(one.calls),
    )
  )
    return undefined
  return {
    findings: components
      .filter(isJsonObject)
      .flatMap((one): Finding[] => findingOf(one, outcomeFields(call.outcome, call.refusal)) ?? []),
  }
}

const findingOf = (
  component: JsonObject,
  outcome: Pick<Finding, 'outcome' | 'refusal'>,
): Finding[] | undefined => {
  const snapshot = readJson(String(component.snapshot))
  const data = isJsonObject(snapshot) && isJsonObject(snapshot.data) ? snapshot.data : undefined
  const memo = isJsonObject(snapshot) && isJsonObject(snapshot.memo) ? snapshot.memo : {}
  const calls = Array.isArray(component.calls) ? component.calls.filter(isJsonObject) : []
  const found = calls
    .map((one) => verbOf(String(one.method)))
    .find((one) => one && /^(create|update|delete|save)$/.test(one.verb.kind))
  if (!data || !found) return undefined
  const before = plain(data)
  const updates = isJsonObject(component.updates) ? component.updates : {}
  const name =
    String(memo.name ?? '')
      .split(/[./]/)
      .at(-1) ?? ''
  const type = found.rest.join(' ') || verbOf(name)?.rest.join(' ') || name
  const params = calls
    .flatMap((one) => (Array.isArray(one.params) ? one.params : []))
    .filter((one) => typeof one === 'string' || typeof one === 'number')
  const identity = isJsonObject(before) ? identityOf(before, type) : undefined
  const id =
    params[0] ??
    (identity?.strength === 'strong' ? identity.id : undefined) ??
    String(memo.path ?? '')
      .split('/')
      .findLast(looksLikeId)
  const { kind } = found.verb
  return [
    {
      action: kind as Finding['action'],
      type,
      extent: 'partial',
      ...outcome,
      ...(id !== undefined && { id: String(id) }),
      ...(kind !== 'delete' && Object.keys(updates).length > 0 && { after: updates, before }),
      ...(kind === 'update' && found.verb.state && { state: found.verb.state }),
    },
  ]
}

/** Values of more than plain types come as [value, {s: kind}]. */
const plain = (value: Json): Json => {
  if (Array.isArray(value))
    return value.length === 2 && isJsonObject(value[1]) && typeof value[1].s === 'string'
      ? plain(value[0] as Json)
      : value.map(plain)
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]))
    : value
}
