/** Which resource a request is about where its path alone would mislead: ids of several segments, collections that look like items, aspects of an item. */
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import { identityOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { isPlural, singularNoun, splitWords } from '../../words.ts'
import { answerResource, type Call, unwrap } from '../decoder.ts'
import { deltaOf, sentValue } from './bodies.ts'

export const withTarget = (call: Call, memory: ReadMemory): Call =>
  withOwner(withCollection(withDoctype(withKind(withJoinedId(withFilters(call), memory)))))

/** Rows chosen by conditions: `?id=eq.5`, `?id=in.(7,8)`. */
const withFilters = (call: Call): Call => {
  const { address } = call
  if (address.id !== undefined || !address.query.some(([, value]) => CONDITION.test(value))) return call
  const query = address.query.map(
    ([key, value]) =>
      [
        key,
        CONDITION.exec(value)
          ?.slice(1)
          .find((part) => part !== undefined) ?? value,
      ] as const,
  )
  return { ...call, address: { ...address, query } }
}
const CONDITION = /^(?:eq\.(.{1,200})|in\.\(([^()]{1,2000})\))$/

/** What the object itself says it is: {kind: 'ConfigMap'} under `/configmaps`, {type: 'dashboard'} under `/objects/dashboard/5`. */
const withKind = (call: Call): Call => {
  const { noun = '', segments } = call.address
  const shown = call.answer.kind === 'json' ? call.answer.value : undefined
  for (const object of [sentValue(call), shown])
    for (const said of isJsonObject(object) ? [object.kind, object.type] : []) {
      if (typeof said !== 'string' || said === noun || said.length > 60) continue
      const isSpelling = splitWords(said).join('') === singularNoun(noun).replaceAll(' ', '')
      const isAbove = call.address.id !== undefined && /^[a-z]/.test(said) && segments.at(-2) === said
      if (isSpelling || isAbove) return { ...call, address: { ...call.address, noun: said } }
    }
  return call
}

/** {doctype: 'Customer', name: 'C-4', …}, sent to a method: the document says what it is and which. */
const withDoctype = (call: Call): Call => {
  const sent = sentValue(call)
  const type = isJsonObject(sent)
    ? (sent.doctype ?? sent.docType ?? sent.entityType ?? sent.objectType)
    : undefined
  if (
    !isJsonObject(sent) ||
    typeof type !== 'string' ||
    !/^[A-Z][\w -]{1,60}$/i.test(type) ||
    call.address.id !== undefined
  )
    return call
  const id = sent.name ?? sent.id
  const isNew = sent.__islocal !== undefined
  return {
    ...call,
    address: { ...call.address, noun: type, scope: [], ...(typeof id === 'string' && !isNew && { id }) },
  }
}

/**
 * `/items/plans`: a plural that looks like an id because a list of collections was read. It is the collection where ids of its
 * members are sent with it, or where a POST is answered by a member with an id of its own.
 */
const withCollection = (call: Call): Call => {
  const { id } = call.address
  if (id === undefined || !/^[a-z][a-z_-]*$/i.test(id) || !isPlural(id)) return call
  const sent = sentValue(call)
  const listsIds =
    Array.isArray(sent) && sent.length > 0 && sent.every((one) => /^(string|number)$/.test(typeof one))
  const answer =
    call.method === 'POST' && isJsonObject(sent) && identityOf(sent, id)?.strength !== 'strong'
      ? answerResource(call.answer, Object.keys(sent))
      : undefined
  const made = answer && identityOf(answer, id)
  if (!listsIds && !(made?.strength === 'strong' && made.id !== id)) return call
  const { id: _collection, ...address } = call.address
  return { ...call, address: { ...address, noun: id } }
}

/** An id of several path segments, as the answer or an earlier read tells: `/nodes/core/xml` with {"id": "core/xml"}. */
const withJoinedId = (call: Call, memory: ReadMemory): Call => {
  const answer = call.answer.kind === 'json' ? unwrap(call.answer.value, ['id']) : undefined
  const id = answer?.id
  const { path, segments } = call.address
  for (let at = 1; at < segments.length - 1; at++) {
    const tail = segments.slice(at).join('/')
    if (memory.knowsPath(tail) && !isPrefix(segments[at - 1] ?? ''))
      return { ...call, address: { ...call.address, noun: segments[at - 1] ?? '', id: tail, scope: [] } }
  }
  if (typeof id !== 'string' || !id.includes('/') || !path.endsWith(`/${id}`)) return call
  const noun = segments.at(-1 - id.split('/').length)
  return noun === undefined ? call : { ...call, address: { ...call.address, noun, id, scope: [] } }
}

/**
 * `/users/5/settings`: the item above is the resource where the path ends in a member of it; a member with a name of its own
 * (`/users/5/permissions`) keeps it and takes the item's id.
 */
const withOwner = (call: Call): Call => {
  const { address, method } = call
  const owner = address.scope.at(-1)
  const creates = method === 'POST' && isPlural(address.noun ?? '') && address.verb?.kind !== 'update'
  if (
    address.id !== undefined ||
    owner === undefined ||
    address.noun === undefined ||
    creates ||
    method === 'DELETE'
  )
    return call
  const above = address.owner
  if (above === undefined) return call
  if (isMember(address.noun))
    return { ...call, address: { ...address, noun: above, id: owner, scope: address.scope.slice(0, -1) } }
  if (
    !/^(PUT|PATCH)$/.test(method) ||
    address.verb !== undefined ||
    call.request.kind !== 'json' ||
    !isJsonObject(call.request.value)
  )
    return call
  const { value } = call.request
  if (deltaOf(value, address.noun)) return call
  const holdsList =
    isPlural(address.noun) &&
    Object.entries(value).every(
      ([key, list]) => Array.isArray(list) && singularNoun(key) === singularNoun(address.noun ?? ''),
    )
  if (holdsList)
    return { ...call, address: { ...address, noun: above, id: owner, scope: address.scope.slice(0, -1) } }
  return namesSeveralItems(value)
    ? call
    : { ...call, address: { ...address, id: owner, scope: address.scope.slice(0, -1) } }
}

const namesSeveralItems = (value: JsonObject): boolean =>
  Object.entries(value).some(([key, list]) => Array.isArray(list) && /(^|[a-z_])(ids|keys)$/i.test(key))

const isMember = (noun: string): boolean =>
  /^(config|configuration|settings?|options?|details?|info|properties|attributes|meta|metadata|general|state|status|password|e-?mail|name|title|description|role|avatar|enabled)$/i.test(
    noun,
  )
