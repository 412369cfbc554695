/** Writes: what was sent, under which verb and method, to which kind of address → creation, update, or a save of what may be new. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import { placeOf } from '../../address.ts'
import { isScalar, isVolatileChange } from '../../compare.ts'
import type { Finding } from '../../finding.ts'
import { type Identity, identityOf } from '../../identity.ts'
import { memberFor, overlap, type ReadMemory } from '../../read-memory.ts'
import { isPlural, isSecretKey, singularNoun, splitWords, type Verb, verbOf } from '../../words.ts'
import { answerResource, type Call, unwrap } from '../decoder.ts'
import { deltaOf, jsonApi, saysNothingNew, unwrapSent } from './bodies.ts'
import { decodeEmpty } from './empty-writes.ts'
import { answerOf, base, changed, creation, idField, locatedId, onOwner, saved } from './findings.ts'
import {
  bulkOf,
  idsIn,
  isOwnKey,
  isSettingsWord,
  ownId,
  ownQueryId,
  queryId,
  queryIds,
  withoutIds,
} from './ids.ts'
import { decodeList, joined, membersChange, unwrapList } from './lists.ts'
import { decodeOwnAction } from './own-actions.ts'
import { asPair, isPairItself, underOwnName } from './pairs.ts'
import { decodeText } from './texts.ts'

export const decodeWrite = (
  call: Call,
  given: Json | undefined,
  memory: ReadMemory,
  verb: Verb | undefined,
): Finding[] => {
  const type = call.address.noun ?? ''
  const switched = switchedTo(call, verb)
  if (switched) return [changed(call, call.address.id, undefined, switched)]
  if (call.request.kind === 'text' && isPlainText(call)) return decodeText(call, call.request.text, memory)
  if (isScalar(given) && given !== null && typeof given !== 'boolean' && !verb)
    return decodeText(call, String(given), memory)
  const isOrder = verb !== undefined && /^(reorder|resort|sort|swap|shift)$/.test(verb.word)
  if (Array.isArray(given) && !isOrder) return decodeList(call, given, memory)
  const api = jsonApi(given)
  if (api) {
    const action = call.method === 'POST' ? 'create' : 'update'
    const told = call.answer.kind === 'json' ? jsonApi(call.answer.value) : undefined
    const answer = told ? { answer: told.after } : answerOf(call, api.after)
    return [{ ...base(call), ...idField(told?.id), ...api, action, extent: 'partial', ...answer }]
  }
  const plain = isJsonObject(given)
    ? underOwnName(knownInside(unwrapSent(given, type), call, memory), call, memory)
    : undefined
  const sent = plain && verb?.kind === 'update' ? withNewValues(plain) : plain
  // An order is of the list, not of its items.
  if (isOrder) return [changed(call, call.address.id, sent, verb)]
  const own = !verb && sent ? decodeOwnAction(call, sent, memory) : undefined
  if (own) return own
  const renamed = verb && sent ? renamedBy(call, sent, verb) : undefined
  if (renamed) return [renamed]
  const member = verb && sent ? memberByVerb(call, sent, verb) : undefined
  if (member) return [member]
  const several = verbOnItems(call, given, sent, verb, memory)
  if (several) return several
  const joining = /^(POST|PUT)$/.test(call.method) && !verb && sent ? joined(call, sent) : undefined
  if (joining) return [membersChange(call, 'include', joining)]
  const delta = sent && deltaOf(sent, call.address.noun)
  if (delta) return [onOwner(call, delta.operations, delta.ofNoun)]
  // Under a name of its own, which the body says too.
  const { id } = call.address
  if (
    call.method === 'POST' &&
    !verb &&
    id &&
    sent &&
    Object.values(sent).includes(id) &&
    isNew(call, memory)
  )
    return [{ ...creation(call, sent), id }]
  if (!sent || saysNothingNew(call, sent)) return decodeEmpty(call, verb)
  const bulk = verb?.kind === 'create' ? undefined : bulkOf(call, sent)
  if (bulk && !verb && call.method === 'POST' && call.exchange.status === 201)
    return bulk.ids.map((id) => ({ ...creation(call, bulk.rest), id, name: id }))
  if (bulk) return bulk.ids.map((id) => changed(bulk.call, id, bulk.rest, verb))
  const chosen = /^(PUT|PATCH)$/.test(call.method) && call.address.id === undefined ? queryIds(call) : []
  if (chosen.length > 1) return chosen.map((id) => changed(call, id, sent, verb))
  return [verbOrMethod(call, sent, verb, memory) ?? posted(call, sent, verb, memory)]
}

/** {what: 'user', which: ['all'], data: {id: 2, …}} to user 2: the document that was read, among words of the API. */
const knownInside = (sent: JsonObject, { address }: Call, memory: ReadMemory): JsonObject => {
  const { id, scope } = address
  const inside = Object.values(sent)
    .filter(isJsonObject)
    .find((one) => {
      const own = identityOf(one)
      return own?.strength === 'strong' && own.id === id
    })
  const known = inside && id !== undefined ? memory.find({ id, scope, keys: Object.keys(inside) }) : undefined
  return inside && known && overlap(Object.keys(sent), known) === 0 ? inside : sent
}

/** `enable` with "false" as its body disables. */
const switchedTo = ({ request, address }: Call, verb: Verb | undefined): Verb | undefined => {
  const said = request.kind === 'json' ? request.value : request.kind === 'text' ? request.text : undefined
  const word = isScalar(said) ? String(said) : ''
  const isOff = /^(false|off|0)$/i.test(word)
  const isOn = /^(true|on|1)$/i.test(word)
  return verb?.state && address.id !== undefined && (isOn || isOff)
    ? { ...verb, state: { ...verb.state, value: isOn === verb.state.value } }
    : undefined
}

/** `renameRule` with {ruleName: 'a', newRuleName: 'b'}, `rename` with {old_name, new_name}: from one name to another. */
const renamedBy = (call: Call, sent: JsonObject, verb: Verb): Finding | undefined => {
  const keys = Object.keys(sent)
  const stem = (key: string, word: string): string | undefined =>
    splitWords(key)[0] === word ? splitWords(key).slice(1).join(' ') : undefined
  const newKey = keys.find((key) => stem(key, 'new') !== undefined)
  const name = newKey && stem(newKey, 'new')
  const oldKey = keys.find((key) => stem(key, 'old') === name || splitWords(key).join(' ') === name)
  const [before, after] = [sent[oldKey ?? ''], sent[newKey ?? '']]
  if (!/^(rename|move)$/.test(verb.word) || !name || keys.length !== 2 || call.address.id !== undefined)
    return undefined
  if (typeof before !== 'string' || typeof after !== 'string') return undefined
  const field = name.replaceAll(' ', '_')
  const noun = verbOf(call.address.segments.at(-1) ?? '')?.rest.join(' ')
  return {
    ...changed(call, before, { [field]: after }, undefined),
    ...(noun && name.startsWith(`${noun} `) && { type: noun }),
    before: { [field]: before },
    beforeFrom: 'form',
  }
}

/** {new_name: 'b'} gives a name. */
const withNewValues = (sent: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(sent).map(([key, value]) => {
      const stem = /^new_?(name|title|label|description|slug|e-?mail|role|status)$/i
        .exec(key)?.[1]
        ?.toLowerCase()
      return [stem === undefined || Object.hasOwn(sent, stem) ? key : stem, value]
    }),
  )

/** `POST /hooks/disable` with {id: 3} or {ids: […]}, and what more is set on each. */
const verbOnItems = (
  call: Call,
  given: Json | undefined,
  sent: JsonObject | undefined,
  verb: Verb | undefined,
  memory: ReadMemory,
): Finding[] | undefined => {
  if (!verb || verb.kind === 'create' || verb.kind === 'save' || call.address.id !== undefined)
    return undefined
  const shown = answeredId(call, sent)
  const ids = shown === undefined ? idsIn(call, given) : [shown]
  if (ids.length === 0) return undefined
  const inner = unwrapSent(sent ? withoutIds(sent, ids) : {}, call.address.noun ?? '')
  const content = ids.some((id) => isPairItself(id, call, memory)) ? inner : asPair(inner)
  return ids.map((id) => changed(call, id, Object.keys(content).length > 0 ? content : undefined, verb))
}

/** `rename` with {channel: 'C04', name: 'ops'}, answered by {channel: {id: 'C04', …}}: what was sent as its id. */
const answeredId = (call: Call, sent: JsonObject | undefined): string | undefined => {
  const shown = sent && answerResource(call.answer, [])
  const identity = shown && identityOf(shown)
  return identity?.strength === 'strong' && Object.values(sent ?? {}).includes(identity.id)
    ? identity.id
    : undefined
}

/** `/groups/5/add_user` with {pk: 7}: user 7 comes, the group changes. */
const memberByVerb = (call: Call, given: JsonObject, verb: Verb): Finding | undefined => {
  const { segments, noun: named = '' } = call.address
  // `/groups.add_user` with {id: 5, userId: 7}
  const { id: inBody, ...others } = given
  const isAbove = call.address.id === undefined && isScalar(inBody) && Object.keys(others).length > 0
  const id = isAbove ? String(inBody) : call.address.id
  const noun = isAbove ? (segments.at(-2) ?? '') : named
  const sent = isAbove ? others : given
  const rest = verbOf(segments.at(-1) ?? '')?.rest ?? []
  const [only, ...more] = Object.entries(sent).filter(([key]) => !/^(permission|role)$/.test(key))
  const op = { add: 'include', remove: 'exclude' }[verb.word] as 'include' | 'exclude' | undefined
  const isId = only !== undefined && /^(id|pk|uuid)$|_?id$/i.test(only[0]) && isScalar(only[1])
  if (
    !op ||
    !isId ||
    more.length > 0 ||
    id === undefined ||
    rest.length === 0 ||
    singularNoun(noun) === rest.join(' ')
  )
    return undefined
  const pointer = keysToPointer([`${rest.join('_')}s`])
  return {
    ...changed(call, id, undefined, undefined),
    type: noun,
    operations: [{ op, pointer, value: only[1] }],
  }
}

/** The verb in the path decides, else PATCH and PUT do; undefined for a POST that only its address explains. */
const verbOrMethod = (
  call: Call,
  sent: JsonObject,
  verb: Verb | undefined,
  memory: ReadMemory,
): Finding | undefined => {
  const { address, method } = call
  const type = address.noun ?? ''
  if (verb?.kind === 'create' && !(address.id !== undefined && verb.word === 'add'))
    return creation(call, sent)
  const isUpdate = verb?.kind === 'update'
  if (!isUpdate && method !== 'PATCH' && method !== 'PUT') return undefined
  const id =
    address.id ??
    ownStrongId(sent, type) ??
    ownQueryId(call) ??
    ownId(sent, type, call, memory) ??
    queryId(call)
  if (id === undefined && method === 'PUT' && !isUpdate && isAnsweredAsNew(call, sent, memory))
    return creation(call, sent)
  return isUpdate || method === 'PATCH'
    ? changed(call, id, sent, isUpdate ? verb : undefined)
    : { ...saved(call, sent, 'whole', id), ...(isNew(call, memory) && { creates: true }) }
}

/** `PUT /rules` with what a rule says, answered by that and an id that nobody has seen. */
const isAnsweredAsNew = (call: Call, sent: JsonObject, memory: ReadMemory): boolean => {
  const isList = isPlural(call.address.segments.at(-1) ?? '')
  const shown = isList ? answerResource(call.answer, Object.keys(sent)) : undefined
  const made = shown && identityOf(shown)
  return (
    shown !== undefined &&
    made?.strength === 'strong' &&
    !memory.knowsId(made.id) &&
    !Object.values(sent).includes(made.id) &&
    overlap(Object.keys(sent), shown) >= 0.6
  )
}

/** Saved without an id, answered by the same with one that nobody has seen; not by what was made before it was last changed. */
const isAnsweredAsBorn = (call: Call, sent: JsonObject, memory: ReadMemory): boolean => {
  const shown = answerResource(call.answer, Object.keys(sent))
  const made = shown && identityOf(shown)
  if (!shown || made?.strength !== 'strong' || memory.knowsId(made.id)) return false
  const time = (pattern: RegExp): Json | undefined =>
    Object.entries(shown).find(([key]) => pattern.test(splitWords(key).join(' ')))?.[1]
  const bornAt = time(/^(?:date )?created(?: at| on| time)?$/)
  const changedAt = time(/^(?:date )?(?:modified|updated|changed)(?: at| on| time)?$/)
  const isOlder = bornAt !== undefined && changedAt !== undefined && bornAt !== changedAt
  const hasOwnId = identityOf(sent)?.strength === 'strong'
  return !isOlder && !hasOwnId && overlap(Object.keys(sent), shown) >= 0.5
}

/** `/hooks?id=3` was read at `/hooks`: hook 3. What is sent there without an id is none of it. */
const isItemOfList = (
  { address: { noun = '' } }: Call,
  known: Json | undefined,
  sent: JsonObject,
): boolean => {
  const shown = unwrap(known, Object.keys(sent))
  const own = shown && identityOf(shown, noun)
  return (
    isPlural(noun) &&
    !isSettingsWord(noun) &&
    own?.strength === 'strong' &&
    isOwnKey(own.key, noun) &&
    !Object.hasOwn(sent, own.key)
  )
}

/** 201, and shown under an id that nobody has seen: another one, whatever was read at that address. */
const isCreatedThere = (call: Call, sent: JsonObject, memory: ReadMemory): boolean => {
  const type = call.address.noun ?? ''
  if (call.exchange.status !== 201) return false
  const shown = answerResource(call.answer, Object.keys(sent))
  const made = shown && identityOf(shown, type)
  return made?.strength === 'strong' ? !memory.knowsId(made.id) : isPlural(type) && !isSettingsWord(type)
}

/** A POST to an address: of an item, of a document that was read, of a collection. */
const posted = (call: Call, sent: JsonObject, verb: Verb | undefined, memory: ReadMemory): Finding => {
  const { id, segments, noun: type = '' } = call.address
  // Saved at a general address: the id is inside.
  const inside = identityOf(sent, type)
  const isInside = inside?.strength === 'strong' && memory.knowsId(inside.id)
  if (id !== undefined && isInside && !memory.knowsId(id) && !looksLikeId(id))
    return saved(call, sent, 'partial', inside.id)
  // `POST /rules/web` with {name: 'cpu'}, read at `/rules/web/cpu`.
  const below = inside && memory.atPlace(placeOf([...segments, inside.id]))
  if (inside && below !== undefined && isSameDocument(below, sent))
    return { ...saved(call, sent, 'whole', inside.id), place: placeOf([...segments, inside.id]) }
  // `POST /users/ana`, where the users that were read had no Ana.
  if (id !== undefined && !verb && isNew(call, memory))
    return { ...saved(call, sent, 'partial', locatedId(call) ?? id), creates: true }
  if (id !== undefined && !/^(new|create|add)$/i.test(id)) return changed(call, id, sent, verb)
  const asked = call.exchange.status === 201 ? undefined : ownQueryId(call)
  if (asked !== undefined) return changed(call, asked, sent, verb)
  const known = memory.atPlace(placeOf(segments))
  const isOther = isCreatedThere(call, sent, memory) || isItemOfList(call, known, sent)
  if (known !== undefined && isSameDocument(known, sent) && !isOther) return saved(call, sent, 'whole')
  const isSave = verb?.kind === 'save'
  if (isSave && !isSettingsWord(type) && isAnsweredAsBorn(call, sent, memory)) return creation(call, sent)
  // `POST /dns/blocking` with {blocking: false}: a member of what the path names.
  const isMember = inside?.strength !== 'strong' && memberFor(type, sent) !== undefined
  if (isMember && call.exchange.status !== 201 && !isPlural(type)) return saved(call, sent, 'partial')
  const own = isSave || !isPlural(type) ? ownId(sent, type, call, memory) : undefined
  if (own !== undefined) return saved(call, sent, 'partial', own)
  const isCreated = call.exchange.status === 201
  // Sent back to the list under the id that it has there.
  const isThere = isInside || (/^[1-9]\d*$/.test(inside?.id ?? '') && known === undefined)
  if (!isCreated && inside && isThere && !verb && isOwnKey(inside.key, type))
    return changed(call, inside.id, sent, verb)
  if (!isCreated && inside && isListed(call, inside, memory)) return saved(call, sent, 'partial', inside.id)
  if (!isCreated && (tellsItsBirth(sent) || hasRevision(sent)))
    return saved(call, sent, 'whole', ownStrongId(sent, type))
  const isSettings = !isCreated && isSettingsWord(type) && (!isPlural(type) || isPlainSettings(call, sent))
  if (isSettings || (isSave && !isPlural(type))) return saved(call, sent, 'partial')
  return doneToOwner(call, sent) ?? creation(call, sent)
}

/** `POST /jobs/web/scale` with {count: 3}: a word that is no list, and nothing that was made is shown. */
const doneToOwner = (call: Call, sent: JsonObject): Finding | undefined => {
  const { noun = '', owner, scope, verb } = call.address
  const item = scope.at(-1)
  if (verb || isPlural(noun) || isSecretKey(noun) || owner === undefined || item === undefined)
    return undefined
  if (!isPlural(owner) || call.exchange.status === 201 || answerResource(call.answer, Object.keys(sent)))
    return undefined
  return { ...changed(call, item, sent, undefined), type: owner, scope: scope.slice(0, -1) }
}

/** Under a login or key that one in the list that was read has already, and no other thing came back. */
const isListed = (call: Call, own: Identity, memory: ReadMemory): boolean => {
  const list = unwrapList(memory.atPlace(placeOf(call.address.segments))) ?? []
  return (
    /^(user_?name|login|key|slug|e?mail|code|identifier|handle)$/i.test(own.key) &&
    answerResource(call.answer, []) === undefined &&
    list.some((one) => isJsonObject(one) && one[own.key] === own.id)
  )
}

/** Sent back with the time at which the app made it. */
const tellsItsBirth = (sent: JsonObject): boolean =>
  Object.entries(sent).some(
    ([key, value]) =>
      /^(created|date created|creation (time|date))( at| on)?$/.test(splitWords(key).join(' ')) &&
      isVolatileChange(key, undefined, value),
  )

/** {_id: 'a', _rev: '3-x'}: which of its states was edited. */
const hasRevision = (sent: JsonObject): boolean =>
  ['_rev', '_etag', 'resourceVersion'].some((key) => typeof sent[key] === 'string' && sent[key] !== '')

const ownStrongId = (sent: JsonObject, type: string): string | undefined => {
  const own = identityOf(sent, type)
  return own?.strength === 'strong' ? own.id : undefined
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
