/** A list as the body: a collection written whole, or several resources in one request. */

import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import { placeOf } from '../../address.ts'
import type { Finding } from '../../finding.ts'
import { identityOf, nameOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { isPlural, singularNoun } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { base, idField, onOwner } from './findings.ts'
import { decodeRows } from './rows.ts'

export const decodeList = (call: Call, list: readonly Json[], memory: ReadMemory): Finding[] => {
  const { address, method } = call
  const type = address.noun ?? ''
  const deleted = list.flatMap((one) =>
    isJsonObject(one) && isTombstone(one) ? [identityOf(one, type)?.id] : [],
  )
  if (deleted.length > 0 && deleted.length === list.length)
    return deleted.map((id) => ({ ...base(call), action: 'delete', type, ...idField(id), extent: 'whole' }))
  const objects = list.filter(isJsonObject)
  const members = method === 'POST' ? membersIn(call, list, memory) : undefined
  if (members) return [membersChange(call, 'include', members)]
  const read = method === 'DELETE' ? undefined : memory.atPlace(placeOf(address.segments))
  const rows = read === undefined ? undefined : decodeRows(call, list, read)
  if (rows) return rows
  const isSomeOfIt = method === 'PATCH' || isAnsweredAsNew(call, objects, memory)
  if (
    method === 'PUT' ||
    (Array.isArray(unwrapList(read)) && !isSomeOfIt) ||
    address.id !== undefined ||
    objects.length !== list.length
  ) {
    const known = read
    if (method === 'POST' && known === undefined && address.id === undefined) return []
    if (
      address.scope.length > 0 &&
      address.id === undefined &&
      known === undefined &&
      address.noun !== undefined
    )
      return [
        onOwner(
          call,
          [{ op: 'replace', pointer: keysToPointer([address.noun]), value: list as Json[] }],
          true,
        ),
      ]
    const each =
      method === 'PUT' && known === undefined && address.id === undefined ? partsOf(call, list) : undefined
    if (each) return each
    return [
      { ...base(call), action: 'save', type, ...idField(address.id), after: list as Json[], extent: 'whole' },
    ]
  }
  const answers = call.answer.kind === 'json' ? unwrapList(call.answer.value) : undefined
  return objects.slice(0, 200).map((object, index) => {
    const answer = answers?.[index]
    const id = identityOf(isJsonObject(answer) ? answer : object, type)?.id ?? identityOf(object, type)?.id
    const action =
      method === 'PATCH' ||
      /^(save|update)$/.test(address.verb?.kind ?? '') ||
      (identityOf(object)?.strength === 'strong' && memory.knowsId(id ?? ''))
        ? 'update'
        : 'create'
    return {
      ...base(call),
      action,
      type,
      ...idField(id),
      after: object,
      extent: action === 'create' ? 'whole' : 'partial',
      ...(isJsonObject(answer) && { answer }),
    } as const
  })
}

/** [{id: 12, name: 'theme', value: 'dark'}] to what was never read: not all of it, but those. */
const partsOf = (call: Call, list: readonly Json[]): Finding[] | undefined => {
  const items = list.filter(isJsonObject)
  const ids = items
    .map((one) => identityOf(one, call.address.noun))
    .filter((one) => one?.strength === 'strong')
  if (
    items.length === 0 ||
    items.length > 50 ||
    ids.length !== list.length ||
    !items.every((one) => 'value' in one)
  )
    return undefined
  return items.map((one, index) => ({
    ...base(call),
    action: 'update',
    type: call.address.noun ?? '',
    ...idField(ids[index]?.id),
    ...(nameOf(one) !== undefined && { name: nameOf(one) as string }),
    extent: 'partial',
    after: { value: one.value ?? null },
  }))
}

/** What stands for an item that is gone: its id, maybe its revision, and that it is deleted. */
const isTombstone = (item: JsonObject): boolean =>
  (item._deleted === true || item.deleted === true || item.isDeleted === true) &&
  Object.keys(item).length <= 4

/** Things that exist elsewhere, sent to a place under an item: its roles, groups, labels. Said by their names where they have one. */
export const membersIn = (call: Call, list: readonly Json[], memory: ReadMemory): Json[] | undefined => {
  const { address, answer, exchange } = call
  const isOfItem =
    address.owner !== undefined && address.scope.some((id) => looksLikeId(id) || memory.knowsId(id))
  const isMembers =
    list.length > 0 && list.every((one) => isJsonObject(one) && identityOf(one)?.strength === 'strong')
  if (!isOfItem || !isMembers || answer.kind !== 'none' || exchange.status === 201) return undefined
  return list.map((one) => nameOf(one) ?? one)
}

/** {groupId: 3} or {roles: ['a', 'b']}, sent to `/users/5/groups` or `/users/5/roles`: what exists elsewhere, and nothing made of it. */
export const joined = ({ address, answer, method }: Call, sent: JsonObject): Json[] | undefined => {
  const { noun, owner, scope, id } = address
  const isDeletion = address.verb?.word === 'delete' || (method === 'DELETE' && !PERSON.test(noun ?? ''))
  if (isDeletion && CONTAINER.test(owner ?? '')) return undefined
  const rest = Object.entries(sent).filter(([, value]) => !scope.includes(String(value)))
  const [only, ...more] = rest
  if (!noun || !isPlural(noun) || owner === undefined || scope.length === 0 || id !== undefined)
    return undefined
  if (!only || more.length > 0) return undefined
  const [key, value] = only
  const stem = singularNoun(noun)
  // {transition: {id: 31}}, without its envelope: nothing is made of it.
  const isReference =
    key === 'id' && (answer.kind === 'none' || (answer.kind === 'json' && answer.value === true))
  // `PUT /albums/3/assets` with {ids: […]}.
  const isPlain = key === 'ids' && method !== 'DELETE'
  const isTheirs = /ids?$/i.test(key)
    ? isReference || isPlain || singularNoun(key.replace(/[_-]?ids?$/i, '')) === stem
    : Array.isArray(value) && singularNoun(key) === stem
  const values = Array.isArray(value) ? value : [value]
  if (
    !isTheirs ||
    values.length === 0 ||
    !values.every((one) => typeof one === 'string' || typeof one === 'number')
  )
    return undefined
  const made = answer.kind === 'json' && isJsonObject(answer.value) ? identityOf(answer.value) : undefined
  return made?.strength === 'strong' && !values.map(String).includes(made.id) ? undefined : values
}

/** What it holds is its own and ends with the deletion; out of a group or a list, things only leave. */
const CONTAINER =
  /^(workspace|project|organi[sz]ation|org|tenant|account|company|site|space|environment|realm|cluster|namespace|zone|domain|store|shop)s?$/i
const PERSON =
  /^(user|member|person|people|account|collaborator|owner|admin|assignee|watcher|participant)s?$/i

export const membersChange = (call: Call, op: 'include' | 'exclude', members: readonly Json[]): Finding => {
  const pointer = keysToPointer([call.address.noun ?? 'members'])
  return onOwner(
    call,
    members.map((value) => ({ op, pointer, value })),
    true,
  )
}

/** [{name}, {name}], answered by as many with ids that nobody has seen: not the whole list, but new ones in it. */
const isAnsweredAsNew = ({ answer }: Call, objects: readonly JsonObject[], memory: ReadMemory): boolean => {
  const shown = (answer.kind === 'json' ? unwrapList(answer.value) : undefined) ?? []
  return (
    shown.length > 0 &&
    shown.length === objects.length &&
    objects.every((one) => identityOf(one)?.strength !== 'strong') &&
    shown.every((one) => {
      const own = isJsonObject(one) ? identityOf(one) : undefined
      return own?.strength === 'strong' && !memory.knowsId(own.id)
    })
  )
}

export const unwrapList = (value: Json | undefined): Json[] | undefined => {
  if (Array.isArray(value)) return value
  if (!isJsonObject(value)) return undefined
  const lists = Object.values(value).filter((child): child is Json[] => Array.isArray(child))
  const filled = lists.filter((list) => list.length > 0)
  return lists.length === 1 ? lists[0] : filled.length === 1 ? filled[0] : undefined
}
