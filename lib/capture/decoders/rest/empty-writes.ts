/** Writes without a body: the verb, the path or the query hold the new value. */
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { isPlural, stateOfParticiple, type Verb } from '../../words.ts'
import { answerResource, type Call } from '../decoder.ts'
import { isToken } from '../get-change.ts'
import { changed, creation, onOwner, saved } from './findings.ts'
import { queryId } from './ids.ts'

export const decodeEmpty = (call: Call, verb: Verb | undefined): Finding[] => {
  const { address, method } = call
  const id = address.id ?? address.scope.at(-1)
  // `POST /files/favorite` of nothing, answered by a list: which there are.
  const isAsked =
    verb?.state && id === undefined && call.answer.kind === 'json' && Array.isArray(call.answer.value)
  if (isAsked) return []
  if (verb?.kind === 'create') return [creation(call, {})]
  if (verb) {
    const told = verb.kind === 'update' && !verb.state ? valuesInQuery(call) : undefined
    const names = told || address.id !== undefined || address.noun !== undefined
    return names ? [changed(call, id, told, verb)] : []
  }
  // `PUT /preferences?language=de`
  const set = /^(PUT|PATCH)$/.test(method) ? valuesInQuery(call) : undefined
  if (set) return [changed(call, address.id ?? queryId(call), set, undefined)]
  const owner = address.scope.at(-1)
  if (
    owner !== undefined &&
    address.owner !== undefined &&
    address.noun !== undefined &&
    address.id !== undefined
  ) {
    const pointer = keysToPointer([address.noun])
    return [
      onOwner(
        call,
        [
          isPlural(address.noun)
            ? { op: 'include', pointer, value: address.id }
            : { op: 'replace', pointer, value: address.id },
        ],
        true,
      ),
    ]
  }
  if (method === 'PUT' && address.id !== undefined) return [saved(call, undefined, 'partial', address.id)]
  // The one word of the path is the name of what was made.
  const [only, ...more] = address.segments
  if (method === 'PUT' && only !== undefined && more.length === 0 && call.exchange.status === 201)
    return [{ ...creation(call, {}), type: '', id: only }]
  const answer = answerResource(call.answer, [])
  if (
    method === 'POST' &&
    address.noun !== undefined &&
    isPlural(address.noun) &&
    address.id === undefined &&
    (call.exchange.status === 201 || (answer && identityOf(answer)))
  )
    return [creation(call, {})]
  return []
}

/**
 * `PUT /entries/5/published`, and DELETE for the opposite: a state of the entry, put on and taken off. `PUT /requests/5/approved` with
 * {role: 'reader'} sets more on the way.
 */
export const decodeParticiple = (call: Call, sent: Json | undefined): Finding | undefined => {
  const { id, owner, scope, noun = '' } = call.address
  const more = call.method === 'PUT' && isJsonObject(sent) && !Object.hasOwn(sent, noun) ? sent : undefined
  const state = call.request.kind === 'none' || more ? stateOfParticiple(noun) : undefined
  const item = scope.at(-1)
  if (!state || id !== undefined || owner === undefined || item === undefined) return undefined
  const { answer: _shown, ...change } = changed(call, item, more, undefined)
  const value = call.method !== 'DELETE'
  return { ...change, type: owner, scope: scope.slice(0, -1), state: { ...state, value } }
}

/** `POST /containers/5/rename?name=web` */
const valuesInQuery = ({ address }: Call): JsonObject | undefined => {
  const values = address.query.filter(
    ([key, value]) =>
      value !== '' &&
      !isToken(key, value) &&
      !/^(_.*|x-.*|t|ts|v|lang|locale|format|force|async|wait|.*api[_-]?version|notify|include|fields|expand)$/i.test(
        key,
      ) &&
      !/^(ids?|pk|uuid)(\[\d*\])?$/i.test(key),
  )
  return values.length === 0 ? undefined : Object.fromEntries(values)
}
