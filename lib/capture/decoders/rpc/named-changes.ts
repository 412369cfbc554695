/** Changes that the name of a call says whole: which item, which of its members, who joins or leaves. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { identityOf, referenceIn } from '../../identity.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import { splitWords, type Verb, verbOf } from '../../words.ts'
import { decodeMembership } from '../membership.ts'
import type { RpcCall } from './calls.ts'
import { readParams } from './parameters.ts'

/** A call that changes something, with its name understood. */
export interface Change {
  readonly rpc: RpcCall
  readonly verb: Verb | undefined
  readonly kind: 'create' | 'update' | 'delete' | 'save'
  readonly about: Pick<Finding, 'place' | 'outcome' | 'refusal'> & { readonly type: string }
}

export const changeByName = (change: Change, memory: ReadMemory): Finding[] | undefined =>
  membership(change) ??
  membersOfOwner(change, memory) ??
  renaming(change) ??
  updatesOfSeveral(change) ??
  updateByReference(change) ??
  memberOfNamed(change) ??
  memberByPosition(change, memory) ??
  updatesById(change)

const membership = ({ rpc, about: { outcome, refusal } }: Change): Finding[] | undefined => {
  const named = verbOf(rpc.method.split(/[.:/]/).at(-1) ?? '')
  const given = firstObject(rpc.params)
  const refused = { outcome, ...(refusal !== undefined && { refusal }) }
  const joined = named && given && decodeMembership(named.verb, named.rest, given, refused)
  return joined && [joined]
}

/** `group_add_member(['ops'], {user: ['ben']})` */
const membersOfOwner = (
  { rpc: { method, params }, about }: Change,
  memory: ReadMemory,
): Finding[] | undefined => {
  const words = splitWords(method.split(/[.:/]/).at(-1) ?? '')
  const at = words.findIndex((word) => /^(add|remove)$/.test(word))
  if (at < 1 || at === words.length - 1 || !Array.isArray(params)) return undefined
  const type = words.slice(0, at).join(' ')
  const { ids, content } = readParams(params, type, 'update', memory)
  const lists = Object.entries(content).filter(([, value]) => Array.isArray(value))
  if (ids.length !== 1 || lists.length === 0) return undefined
  const op = words[at] === 'add' ? 'include' : 'exclude'
  const operations = lists.flatMap(([key, list]) =>
    (list as Json[]).map((value) => ({ op, pointer: keysToPointer([key]), value }) as const),
  )
  return [{ ...about, type, action: 'update', extent: 'partial', id: ids[0] as string, operations }]
}

/** `rename({from, to})` */
const renaming = ({ rpc, verb, about }: Change): Finding[] | undefined => {
  const { from, to } = firstObject(rpc.params) ?? {}
  if (verb?.word !== 'rename' || !isId(from) || !isId(to)) return undefined
  return [{ ...about, action: 'update', extent: 'partial', id: String(from), after: { name: to } }]
}

/** `saveSettings([{_id, value}, …])` */
const updatesOfSeveral = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  if (kind !== 'update' && kind !== 'save') return undefined
  const list = Array.isArray(params) ? params.find(Array.isArray) : undefined
  if (!list || list.length === 0 || list.length > 100) return undefined
  const updates = list.flatMap((one): Finding[] => {
    const identity = isJsonObject(one) ? identityOf(one) : undefined
    if (!isJsonObject(one) || identity?.strength !== 'strong') return []
    const { [identity.key]: _id, ...after } = one
    return Object.keys(after).length === 0
      ? []
      : [{ ...about, action: kind, extent: 'partial', id: identity.id, after }]
  })
  return updates.length === list.length ? updates : undefined
}

/** `SetSettingValue({setting: 'title', value})`, `SetAddonEnabled({addonid, enabled})`: the item and the member that is set. */
const memberOfNamed = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  const words = about.type.split(' ')
  const member = words.at(-1) as string
  const noun = words.slice(0, -1).join(' ')
  if (kind !== 'update' || noun === '' || !isJsonObject(params) || Object.keys(params).length !== 2)
    return undefined
  const compact = (key: string): string => splitWords(key).join('')
  const value = Object.entries(params).find(([key]) => compact(key) === member)
  const item = Object.entries(params).find(([key]) =>
    [noun, `${noun} id`].map(compact).includes(compact(key)),
  )
  return value && item && isId(item[1])
    ? [
        {
          ...about,
          action: kind,
          extent: 'partial',
          type: noun,
          id: String(item[1]),
          after: { [value[0]]: value[1] },
        },
      ]
    : undefined
}

/** `setBoardColor('b1', 'blue')`, where board b1 was read with a member of that name. */
const memberByPosition = (
  { rpc: { params }, kind, about }: Change,
  memory: ReadMemory,
): Finding[] | undefined => {
  const words = about.type.split(' ')
  const noun = words.slice(0, -1).join(' ')
  const [id, value, ...more] = Array.isArray(params) ? params : []
  if (kind !== 'update' || noun === '' || !isId(id) || value === undefined || more.length > 0)
    return undefined
  const known = memory.find({ id: String(id), type: noun, scope: [], keys: [words.at(-1) as string] })
  const member = known && memberFor(words.at(-1) as string, known)
  return member === undefined
    ? undefined
    : [{ ...about, action: kind, extent: 'partial', type: noun, id: String(id), after: { [member]: value } }]
}

/** `update({2: {name}, 3: {name}})` */
const updatesById = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  const given = Array.isArray(params) && params.length === 1 ? params[0] : params
  const items = isJsonObject(given) ? Object.entries(given) : []
  return kind === 'update' &&
    items.length > 0 &&
    items.length <= 100 &&
    items.every(([id, one]) => looksLikeId(id) && isJsonObject(one))
    ? items.map(([id, after]) => ({ ...about, action: kind, extent: 'partial', id, after }))
    : undefined
}

/** `update_editable({itemtype: 'activity', itemid: 17, value})` */
const updateByReference = ({ rpc, kind, about }: Change): Finding[] | undefined => {
  const told = kind === 'update' && isJsonObject(rpc.params) ? referenceIn(rpc.params) : undefined
  if (!told) return undefined
  const { type, id, rest } = told
  const after = rest.value === undefined ? rest : { value: rest.value }
  return [{ ...about, action: 'update', extent: 'partial', type, id, after }]
}

const firstObject = (params: Json): JsonObject | undefined => {
  const given = Array.isArray(params) ? params.find(isJsonObject) : params
  return isJsonObject(given) ? given : undefined
}

const isId = (value: Json | undefined): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '')
