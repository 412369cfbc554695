/** What is done to one aspect of an item by a verb that names it: `/users/5/remove_avatar`, `/users/5/grant_admin`. The item stays. */
import { isJsonObject, type Json, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { verbOfSegment } from '../../verb-segments.ts'
import { singularNoun } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { saysNothingNew } from './bodies.ts'
import { changed } from './findings.ts'

export const decodeAspect = (call: Call, sent: Json | undefined): Finding | undefined => {
  const { id, segments, noun = '' } = call.address
  const { verb, rest = [] } = verbOfSegment(segments.at(-1) ?? '') ?? {}
  const aspect = rest.join('_')
  if (!verb || call.method === 'DELETE' || id === undefined || segments.at(-2) !== id) return undefined
  if (aspect === '' || WHOLE.test(aspect) || singularNoun(aspect) === singularNoun(noun)) return undefined
  const [link, ...owner] = rest
  // `/users/5/remove-from-group` with {group_id: 4}
  if (/^(from|to)$/.test(link ?? '')) {
    const [only, ...more] = isJsonObject(sent) ? Object.values(sent) : []
    const isId = more.length === 0 && (typeof only === 'string' || typeof only === 'number')
    const pointer = keysToPointer([`${owner.join('_')}s`])
    const op = link === 'to' ? 'include' : 'exclude'
    return isId && owner.length > 0
      ? { ...changed(call, id, undefined, undefined), operations: [{ op, pointer, value: only }] }
      : undefined
  }
  if (!saysNothingNew(call, sent)) return undefined
  if (/^(grant|revoke)$/.test(verb.word))
    return changed(call, id, { [aspect]: verb.word === 'grant' }, undefined)
  return verb.kind === 'delete'
    ? {
        ...changed(call, id, undefined, undefined),
        operations: [{ op: 'remove', pointer: keysToPointer([aspect]) }],
      }
    : undefined
}

/** `delete-account`, `remove_permanently`: the item itself, and how. */
const WHOLE =
  /^(account|permanent(ly)?|forever|now|confirm(ed|ation)?|all|items?|records?|objects?|rows?|entry|this|self|me|it|ajax|action|async|post|submit|form|modal|dialog|page|by_id|one|and_.*)$/
