/** Writes: what was sent, under which verb and method, to which kind of address → creation, update, or a save of what may be new. */

import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import { placeOf } from '../../address.ts'
import { isScalar } from '../../compare.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { overlap, type ReadMemory } from '../../read-memory.ts'
import { isPlural, type Verb, verbOf } from '../../words.ts'
import { answerResource, type Call, unwrap } from '../decoder.ts'
import { isToken } from '../get-change.ts'
import { deltaOf, jsonApi, unwrapSent } from './bodies.ts'
import { answerOf, base, changed, creation, idField, onOwner } from './findings.ts'
import { bulkOf, idsIn, isSettingsWord, ownId, queryId, withoutIds } from './ids.ts'
import { decodeList, unwrapList } from './lists.ts'
import { decodeText } from './texts.ts'

export const decodeWrite = (
  call: Call,
  given: Json | undefined,
  memory: ReadMemory,
  verb: Verb | undefined,
): Finding[] => {
  const { address, method } = call
  const type = address.noun ?? ''
  if (call.request.kind === 'text' && isPlainText(call)) return decodeText(call, call.request.text, memory)
  if (Array.isArray(given) && !(verb && /^(reorder|resort|sort)$/.test(verb.word)))
    return decodeList(call, given, memory)
  const api = jsonApi(given)
  if (api)
    return [
      {
        ...base(call),
        ...api,
        action: method === 'POST' ? 'create' : 'update',
        extent: 'partial',
        ...answerOf(call, api.after),
      },
    ]
  const sent = isJsonObject(given) ? underOwnName(unwrapSent(given, type), call, memory) : undefined
  // An order is of the list, not of its items.
  if (verb && /^(reorder|resort|sort|swap|shift)$/.test(verb.word))
    return [changed(call, address.id, sent ?? (isJsonObject(given) ? given : undefined), verb)]
  if (verb && verb.kind !== 'create' && verb.kind !== 'save') {
    const ids = address.id === undefined ? idsIn(call, given) : []
    if (ids.length > 0) {
      const rest = sent ? withoutIds(sent, ids) : {}
      const inner = unwrapSent(rest, type)
      const content = ids.some((id) => isPairItself(id, call, memory)) ? inner : asPair(inner)
      return ids.map((id) => changed(call, id, Object.keys(content).length > 0 ? content : undefined, verb))
    }
  }
  const delta = sent && deltaOf(sent, address.noun)
  if (delta) return [onOwner(call, delta.operations, delta.ofNoun)]
  if (!sent || Object.keys(sent).length === 0) {
    const told = verb?.kind === 'update' && !verb.state ? valuesInQuery(call) : undefined
    return told ? [changed(call, address.id ?? address.scope.at(-1), told, verb)] : decodeEmpty(call, verb)
  }
  const bulk = verb?.kind === 'create' ? undefined : bulkOf(call, sent)
  if (bulk) return bulk.ids.map((id) => changed(call, id, bulk.rest, verb))
  if (verb?.kind === 'create' && !(address.id !== undefined && verb.word === 'add'))
    return [creation(call, sent)]
  if (verb?.kind === 'update')
    return [changed(call, address.id ?? ownId(sent, type, call, memory) ?? queryId(call), sent, verb)]
  if (method === 'PATCH')
    return [changed(call, address.id ?? ownId(sent, type, call, memory) ?? queryId(call), sent, undefined)]
  if (method === 'PUT')
    return [
      {
        ...base(call),
        action: 'save',
        type,
        ...(isNew(call, memory) && { creates: true }),
        ...idField(address.id ?? ownId(sent, type, call, memory) ?? queryId(call)),
        after: sent,
        extent: 'whole',
        ...answerOf(call, sent),
      },
    ]
  // Saved by POST to a general address: the id is inside.
  const inside = sent && identityOf(sent, type)
  if (
    address.id !== undefined &&
    inside?.strength === 'strong' &&
    memory.knowsId(inside.id) &&
    !memory.knowsId(address.id) &&
    !looksLikeId(address.id)
  )
    return [
      {
        ...base(call),
        action: 'save',
        type,
        id: inside.id,
        after: sent,
        extent: 'partial',
        ...answerOf(call, sent),
      },
    ]
  if (address.id !== undefined && !/^(new|create|add)$/i.test(address.id))
    return [changed(call, address.id, sent, verb)]
  const known = memory.atPlace(placeOf(address.segments))
  const document = known === undefined ? undefined : isSameDocument(known, sent) ? known : undefined
  if (document !== undefined)
    return [{ ...base(call), action: 'save', type, after: sent, extent: 'whole', ...answerOf(call, sent) }]
  const own = verb?.kind === 'save' || !isPlural(type) ? ownId(sent, type, call, memory) : undefined
  if (own !== undefined)
    return [
      {
        ...base(call),
        action: 'save',
        type,
        id: own,
        after: sent,
        extent: 'partial',
        ...answerOf(call, sent),
      },
    ]
  if (
    call.exchange.status !== 201 &&
    isSettingsWord(type) &&
    (!isPlural(type) || isPlainSettings(call, sent))
  )
    return [{ ...base(call), action: 'save', type, after: sent, extent: 'partial', ...answerOf(call, sent) }]
  if (verb?.kind === 'save' && !isPlural(type))
    return [{ ...base(call), action: 'save', type, after: sent, extent: 'partial', ...answerOf(call, sent) }]
  return [creation(call, sent)]
}

/** Not a document that was cut short. */
const isPlainText = ({ request, exchange }: Call): boolean =>
  request.kind === 'text' && !exchange.cut?.request && !/^\s*[[{<]/.test(request.text)

/** `/settings` and the like are one document, unless the answer names a new thing. */
const isPlainSettings = (call: Call, sent: JsonObject): boolean => {
  const answer = answerResource(call.answer, Object.keys(sent))
  return (
    /(setting|config|configuration|preference|option)s$/i.test(call.address.noun ?? '') &&
    !(answer && identityOf(answer)?.strength === 'strong') &&
    identityOf(sent) === undefined
  )
}

/** A variable, a setting: its own members are a name and a value. */
const isPairItself = (id: string, { address }: Call, memory: ReadMemory): boolean => {
  const known = memory.find({ id, scope: address.scope, keys: ['value'] })
  return known !== undefined && Object.hasOwn(known, 'value')
}

/** {name: 'phone', value: '2'}, beside the id: a field and its value. */
const asPair = (sent: JsonObject): JsonObject => {
  const { value, name = sent.field ?? sent.column ?? sent.key, ...more } = sent
  return value !== undefined &&
    typeof name === 'string' &&
    /^[A-Za-z][\w.-]{0,60}$/.test(name) &&
    Object.keys(more).length <= 1
    ? { [name]: value }
    : sent
}

/** {key: 'email', value: 'a@b'} sets the e-mail address; `reset-password` with {value} the password. */
const underOwnName = (sent: JsonObject, call: Call, memory: ReadMemory): JsonObject => {
  const { address, method } = call
  if (address.id !== undefined && isPairItself(address.id, call, memory)) return sent
  const isItem = address.id !== undefined && (/^(PUT|PATCH)$/.test(method) || address.verb?.kind === 'update')
  const name = ['key', 'fieldname', 'field', 'property', 'attribute'].find(
    (key) => typeof sent[key] === 'string',
  )
  const isPair = name !== undefined && sent.value !== undefined && Object.keys(sent).length <= 4
  if (isPair && (isItem || sent.doctype !== undefined) && /^[A-Za-z][\w.-]{0,60}$/.test(String(sent[name])))
    return { [String(sent[name])]: sent.value ?? null }
  // `PUT /settings/title` with {title}: its value.
  if (isItem && Object.keys(sent).length === 1 && address.id !== undefined && isScalar(sent[address.id]))
    return { value: sent[address.id] ?? null }
  const words = verbOf(address.segments.at(-1) ?? '')?.rest ?? []
  const key = ['value', 'newValue', 'new_value'].find(
    (name) => Object.hasOwn(sent, name) && isScalar(sent[name]),
  )
  if (words.length === 0 || words.length > 3 || key === undefined || !address.verb) return sent
  const { [key]: value = null, ...rest } = sent
  return { [words.join('_')]: value, ...rest }
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

/** Said so by the app (201), or missing from the list that was read. */
const isNew = ({ exchange, address: { id, noun, segments } }: Call, memory: ReadMemory): boolean => {
  if (id === undefined) return false
  if (exchange.status === 201) return true
  if (noun === undefined || memory.knowsId(id)) return false
  const list = memory.atPlace(placeOf(segments.slice(0, segments.lastIndexOf(noun) + 1)))
  return unwrapList(list) !== undefined
}

/** A POST to where a document (not a list) was read whose members it sends back. */
const isSameDocument = (known: Json, sent: JsonObject): boolean => {
  const keys = Object.keys(sent)
  const object = unwrap(known, keys)
  return object !== undefined && overlap(keys, object) >= 0.5
}

/** Nothing was sent: the verb or the path holds the new value. */
const decodeEmpty = (call: Call, verb: Verb | undefined): Finding[] => {
  const { address, method } = call
  if (verb?.kind === 'create') return [creation(call, {})]
  if (verb) {
    if (address.id === undefined && address.noun === undefined) return []
    return [changed(call, address.id ?? address.scope.at(-1), undefined, verb)]
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
  if (method === 'PUT' && address.id !== undefined)
    return [
      {
        ...base(call),
        action: 'save',
        type: address.noun ?? '',
        id: address.id,
        extent: 'partial',
        ...answerOf(call, {}),
      },
    ]
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
