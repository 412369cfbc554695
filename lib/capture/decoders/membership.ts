/** A call that puts things into another or takes them out: an update of the other, by the ids that were sent. */
import { type Json, type JsonObject, keysToPointer } from '../../model/json.ts'
import type { Finding } from '../finding.ts'
import { membershipOf, splitWords, type Verb } from '../words.ts'

export const decodeMembership = (
  verb: Verb,
  rest: readonly string[],
  given: JsonObject,
  outcome: Pick<Finding, 'outcome' | 'refusal'>,
): Finding | undefined => {
  const membership = membershipOf(verb, rest)
  if (!membership) return undefined
  const { member, owner, joins } = membership
  const entries = Object.entries(given).filter(([, value]) => isIds(value))
  const stem = owner.split(' ').at(-1) ?? ''
  const isId = (key: string): boolean => /id$/i.test(key)
  const isOfMember = (key: string): boolean =>
    splitWords(key).some((word) => word.startsWith(member.split(' ')[0]?.slice(0, 4) ?? ''))
  const target =
    entries.find(([key, value]) => splitWords(key).includes(stem) && !Array.isArray(value)) ??
    entries.find(([key, value]) => isId(key) && !isOfMember(key) && !Array.isArray(value))
  const values = entries.filter((entry) => entry !== target).flatMap(([, value]) => value)
  if (!target || values.length === 0) return undefined
  return {
    action: 'update',
    type: owner,
    id: String(target[1]),
    extent: 'partial',
    operations: values.map((value) => ({
      op: joins ? 'include' : 'exclude',
      pointer: keysToPointer([member.endsWith('s') ? member : `${member}s`]),
      value,
    })),
    ...outcome,
  }
}

const isIds = (value: Json): boolean =>
  Array.isArray(value)
    ? value.every((one) => typeof one === 'string' || typeof one === 'number')
    : typeof value === 'number' || (typeof value === 'string' && value !== '' && value.length < 200)
