/** Deletions: of one, of several, of an item's contents, of members of a group. */
import { isJsonObject, type Json, keysToPointer } from '../../../model/json.ts'
import { placeOf } from '../../address.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { singularNoun, splitWords } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { unwrapSent } from './bodies.ts'
import { base } from './findings.ts'
import { idsIn } from './ids.ts'
import { joined, membersChange, membersIn } from './lists.ts'

export const decodeDelete = (call: Call, sent: Json | undefined, memory: ReadMemory): Finding[] => {
  const { address } = call
  const members = Array.isArray(sent)
    ? membersIn(call, sent, memory)
    : isJsonObject(sent)
      ? joined(call, sent)
      : undefined
  if (members) return [membersChange(call, 'exclude', members)]
  // {locale: {_id, code, name}}: all of the thing that goes.
  const whole = isJsonObject(sent) ? unwrapSent(sent, address.noun ?? '') : undefined
  const own = whole && Object.keys(whole).length > 1 ? identityOf(whole, address.noun) : undefined
  if (address.id === undefined && own && /^_?(?:id|uuid)$/i.test(own.key)) return [deletion(call, own.id)]
  const several = idsIn(call, sent).filter((id) => !address.scope.includes(id))
  if (address.id !== undefined && several.length > 0 && address.verb?.word === 'remove')
    return [membership(call, several)]
  const isBulk = /^(bulk|batch|mass|multi|many)$/.test(splitWords(address.segments.at(-1) ?? '')[0] ?? '')
  if (address.id !== undefined && !(isBulk && several.length > 0)) return [deletion(call, address.id)]
  if (several.length > 0) return several.map((id) => ({ ...deletion(call, id), ...kindOf(id, sent) }))
  const asked = askedFor(call, memory) ?? calledByName(call, sent)
  if (asked !== undefined) return [deletion(call, asked)]
  const owner = address.scope.at(-1)
  // An item's contents are deleted, not the item.
  if (owner !== undefined && address.owner !== undefined && address.noun !== undefined)
    return [
      {
        ...base(call),
        action: 'update',
        type: address.owner,
        id: owner,
        scope: address.scope.slice(0, -1),
        extent: 'partial',
        operations: [{ op: 'remove', pointer: keysToPointer([address.noun]) }],
      },
    ]
  if (address.noun === undefined) return []
  const named = ownName(call, memory)
  return [
    named === undefined
      ? { ...base(call), action: 'delete', type: address.noun, extent: 'whole' }
      : { ...deletion(call, named), type: address.segments.at(-2) ?? '' },
  ]
}

/** `DELETE /users?param=jonas`: all that is asked, and it was read as the id of something. */
const askedFor = ({ address }: Call, memory: ReadMemory): string | undefined => {
  const asked = address.query.filter(([key]) => !/^(_|_?ts?|timestamp|nocache|rand(om)?)$/i.test(key))
  const value = asked.length === 1 ? asked[0]?.[1] : undefined
  return value !== undefined && memory.knowsId(value) ? value : undefined
}

/** `removeRule` with {ruleName: 'daily'}. */
const calledByName = ({ address: { noun = '' } }: Call, sent: Json | undefined): string | undefined => {
  const named = Object.entries(isJsonObject(sent) ? sent : {}).filter(([key]) =>
    new RegExp(`^${singularNoun(noun)} (?:name|key|slug)$`).test(splitWords(key).join(' ')),
  )
  const value = named.length === 1 && /^[a-z ]+$/.test(singularNoun(noun)) ? named[0]?.[1] : undefined
  return typeof value === 'string' && value !== '' && value.length < 200 ? value : undefined
}

/** [{type: 'dashboard', id: 'd1'}]: each says of what kind it is. */
const kindOf = (id: string, sent: Json | undefined): { type?: string } => {
  const own = Array.isArray(sent) ? sent.filter(isJsonObject).find((one) => String(one.id) === id) : undefined
  return typeof own?.type === 'string' && /^[a-z][a-z _-]{1,60}$/i.test(own.type) ? { type: own.type } : {}
}

/** The last word of the path, where the document that was read there calls itself so. */
const ownName = ({ address: { segments } }: Call, memory: ReadMemory): string | undefined => {
  const last = segments.at(-1)
  const known = memory.atPlace(placeOf(segments))
  return last !== undefined && isJsonObject(known) && Object.values(known).includes(last) ? last : undefined
}

const deletion = (call: Call, id: string): Finding => ({
  ...base(call),
  action: 'delete',
  type: call.address.noun ?? '',
  id,
  extent: 'whole',
})

const membership = (call: Call, ids: readonly string[]): Finding => ({
  ...base(call),
  action: 'update',
  type: call.address.noun ?? '',
  id: call.address.id ?? '',
  extent: 'partial',
  operations: ids.map((id) => ({ op: 'exclude', pointer: '/members', value: id })),
})
