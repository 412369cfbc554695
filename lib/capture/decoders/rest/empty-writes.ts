/** Writes without a body: the verb, the path or the query hold the new value. */
import { type JsonObject, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { isPlural, type Verb } from '../../words.ts'
import { answerResource, type Call } from '../decoder.ts'
import { isToken } from '../get-change.ts'
import { changed, creation, onOwner, saved } from './findings.ts'

export const decodeEmpty = (call: Call, verb: Verb | undefined): Finding[] => {
  const { address, method } = call
  const id = address.id ?? address.scope.at(-1)
  if (verb?.kind === 'create') return [creation(call, {})]
  if (verb) {
    const told = verb.kind === 'update' && !verb.state ? valuesInQuery(call) : undefined
    const names = told || address.id !== undefined || address.noun !== undefined
    return names ? [changed(call, id, told, verb)] : []
  }
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

/** `POST /containers/5/rename?name=web` */
const valuesInQuery = ({ address }: Call): JsonObject | undefined => {
  const values = address.query.filter(
    ([key, value]) =>
      value !== '' &&
      !isToken(key, value) &&
      !/^(_.*|t|ts|v|lang|locale|format|force|async|wait)$/i.test(key),
  )
  return values.length === 0 ? undefined : Object.fromEntries(values)
}
