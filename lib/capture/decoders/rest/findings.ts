/** What a REST request amounts to: the parts that its findings share, a change, a creation, a change of the item above. */

import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { decodePart, placeOf, readAddress } from '../../address.ts'
import type { Finding, Operation } from '../../finding.ts'
import { identityOf, nameOf, ownIdentity } from '../../identity.ts'
import { isSecretKey, singularNoun, type Verb } from '../../words.ts'
import { answerResource, type Call, outcomeFields, sentOnTo } from '../decoder.ts'

export const base = (call: Call): Pick<Finding, 'outcome' | 'refusal' | 'scope' | 'place'> => ({
  ...outcomeFields(call.outcome, call.refusal),
  scope: call.address.scope,
  place: placeOf(call.address.segments),
})

export const changed = (
  call: Call,
  id: string | undefined,
  sent: JsonObject | undefined,
  verb: Verb | undefined,
): Finding => ({
  ...base(call),
  action: 'update',
  type: call.address.noun ?? '',
  ...idField(id),
  extent: 'partial',
  ...(sent && { after: sent }),
  ...(verb?.state && { state: verb.state }),
  ...answerOf(call, sent ?? {}, id),
})

/** Of what may be new or not. */
export const saved = (
  call: Call,
  sent: JsonObject | undefined,
  extent: Finding['extent'],
  id?: string,
): Finding => ({
  ...base(call),
  action: 'save',
  type: call.address.noun ?? '',
  ...idField(id),
  ...(sent && { after: sent }),
  extent,
  ...answerOf(call, sent ?? {}),
})

export const creation = (call: Call, sent: JsonObject): Finding => {
  const type = call.address.noun ?? ''
  const answer = answerResource(call.answer, Object.keys(sent))
  const inQuery = call.address.query.find(([key]) => key.toLowerCase() === 'name')?.[1]
  const id = createdId(call, answer, sent, type) ?? inQuery
  const name = nameOf(answer) ?? nameOf(sent) ?? inQuery
  return {
    ...base(call),
    action: 'create',
    type,
    ...idField(id),
    ...(name !== undefined && { name }),
    after: sent,
    extent: 'whole',
    ...(answer && { answer }),
  }
}

const createdId = (
  call: Call,
  answer: JsonObject | undefined,
  sent: JsonObject,
  type: string,
): string | undefined => {
  const inAnswer = answer && identityOf(withoutScope(answer, call), type)
  if (inAnswer?.strength === 'strong') return inAnswer.id
  const located = locatedId(call)
  if (located !== undefined) return located
  const next = inAnswer === undefined ? sentOnTo(call) : undefined
  const landed = next === undefined ? undefined : readAddress(next)
  if (landed?.id !== undefined && singularNoun(landed.noun ?? '') === singularNoun(type)) return landed.id
  if (
    call.answer.kind === 'json' &&
    (typeof call.answer.value === 'string' || typeof call.answer.value === 'number')
  )
    return String(call.answer.value)
  // What was made is a secret: its value is no id.
  if (isSecretKey(type)) return inAnswer?.id
  const told = call.answer.kind === 'json' ? scalarInEnvelope(call.answer.value) : undefined
  if (told !== undefined && inAnswer === undefined) return told
  return inAnswer?.id ?? ownIdentity(sent, type)?.id
}

/** What the Location of something new has below the address that it was sent to, or ends in. */
export const locatedId = ({ address, exchange }: Call): string | undefined => {
  const { location } = exchange.responseHeaders
  if (!location || exchange.status !== 201) return undefined
  const path = location
    .replace(/^https?:\/\/[^/]+/, '')
    .replace(/[?#].*$/, '')
    .replace(/\/$/, '')
  const collection = `${address.segments.at(-1) ?? ''}/`
  const at = path.lastIndexOf(collection)
  const tail = at < 0 ? path.split('/').at(-1) : path.slice(at + collection.length)
  return tail ? decodePart(tail) : undefined
}

/** {team_id, user_id} under `/teams/3`: which of them is new. */
const withoutScope = (answer: JsonObject, { address }: Call): JsonObject =>
  Object.fromEntries(
    Object.entries(answer).filter(
      ([key, value]) => /^_?id$/i.test(key) || !address.scope.includes(String(value)),
    ),
  )

/** {Success: true, Data: 33} */
const scalarInEnvelope = (answer: Json): string | undefined => {
  if (!isJsonObject(answer)) return undefined
  const found = Object.entries(answer).find(
    ([key, value]) =>
      /^(data|result|value)$/i.test(key) && (typeof value === 'number' || typeof value === 'string'),
  )?.[1]
  return found !== undefined && looksLikeId(String(found)) ? String(found) : undefined
}

/** A change of the item above, where the path ends in one of its members. */
export const onOwner = (call: Call, operations: readonly Operation[], ofNoun: boolean): Finding => {
  const { address } = call
  const owner = address.scope.at(-1)
  const above = ofNoun && owner !== undefined && address.owner !== undefined
  return {
    ...base(call),
    action: 'update',
    type: (above ? address.owner : address.noun) ?? '',
    ...idField(above ? owner : (address.id ?? owner)),
    scope: above ? address.scope.slice(0, -1) : address.scope,
    extent: 'partial',
    operations,
  }
}

export const answerOf = (call: Call, sent: JsonObject, id?: string): { answer?: JsonObject } => {
  const answer = answerResource(call.answer, Object.keys(sent), id)
  return answer ? { answer } : {}
}

export const idField = (id: string | undefined): { id?: string } => (id === undefined ? {} : { id })
