/** Members that join or leave items which the body names: the verb is said of the members, the change is the items'. */
import { isJsonObject, type Json, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { isPlural, splitWords, verbOf } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { changed } from './findings.ts'
import { idsIn, withoutIds } from './ids.ts'

/**
 * `/jobs/addTags`, `/jobs/removeTags` with {ids: 'a1|b2', tags: 'night'}, `/jobs/addTag` with {id, tag},
 * `/jobs/5/addTags` with {tags}. undefined: nothing of the kind.
 */
export const membersOfItems = (call: Call, sent: Json | undefined): Finding[] | undefined => {
  const { segments, verb } = call.address
  const op = OPERATIONS.get(verb?.word ?? '')
  const own = call.address.id
  const noun = (own === undefined ? segments.at(-2) : call.address.noun) ?? ''
  const member = verbOf(segments.at(-1) ?? '')?.rest.join(' ') ?? ''
  if (!op || !isPlural(noun) || !isJsonObject(sent)) return undefined
  const key = Object.keys(sent).find((name) => splitWords(name).join(' ') === member)
  if (key === undefined) return undefined
  const { [key]: given, ...others } = sent
  const text = isPlural(member) && typeof given === 'string' ? given.split(',') : given
  const values = isPlural(member) || isJsonObject(given) ? text : [given ?? null]
  const list = isPlural(key) ? key : `${key}s`
  const ids = own === undefined ? idsIn({ ...call, address: { ...call.address, noun } }, others) : [own]
  const isAll = Object.keys(withoutIds(others, ids)).length === 0
  if (ids.length === 0 || !isAll || !Array.isArray(values)) return undefined
  const operations = values.map((value) => ({ op, pointer: keysToPointer([list]), value }))
  return ids.map((id) => ({ ...changed(call, id, undefined, undefined), type: noun, operations }))
}

const OPERATIONS = new Map<string, 'include' | 'exclude'>([
  ['add', 'include'],
  ['remove', 'exclude'],
])
