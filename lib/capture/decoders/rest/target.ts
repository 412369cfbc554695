/** Which resource a request is about where its path alone would mislead: ids of several segments, collections that look like items, aspects of an item. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPrefix, placeOf } from '../../address.ts'
import { isScalar } from '../../compare.ts'
import { identityOf } from '../../identity.ts'
import { memberFor, overlap, type ReadMemory } from '../../read-memory.ts'
import { isPlural, isSecretKey, singularNoun, splitWords, stateOfParticiple, verbOf } from '../../words.ts'
import { answerResource, type Call, unwrap } from '../decoder.ts'
import { deltaOf, saysNothingNew, sentValue } from './bodies.ts'
import { idsIn, isOwnKey, listsInQuery, ownQueryId, queryIds } from './ids.ts'
import { joined } from './lists.ts'
import { isDraftOf } from './own-state.ts'

export const withTarget = (call: Call, memory: ReadMemory): Call =>
  withOwner(
    withCollection(
      withPerson(
        withDoctype(
          withKind(withJoinedId(withBulk(withFilters(withEdited(withWrapper(call)))), memory), memory),
        ),
      ),
    ),
    memory,
  )

/** `POST /system/api/save` with {key: {name, …}}, answered by {_id, name, …}: what is sent is a key, and the path says only where. */
const withWrapper = (call: Call): Call => {
  const { address, request, method } = call
  const noun = address.noun ?? ''
  if (method !== 'POST' || address.id !== undefined || !isPrefix(noun) || request.kind !== 'json') return call
  const members = isJsonObject(request.value) ? Object.entries(request.value) : []
  const [[word, content] = ['', null], ...more] = members.filter(([, value]) => isJsonObject(value))
  if (more.length > 0 || !isJsonObject(content) || !/^[a-z][A-Za-z_-]{2,30}$/.test(word)) return call
  const shown = answerResource(call.answer, Object.keys(content))
  const isWhole = address.verb?.kind === 'delete' && identityOf(content)?.strength === 'strong'
  const isEchoed = shown && !isJsonObject(shown[word]) && overlap(Object.keys(content), shown) >= 0.6
  return isEchoed || isWhole
    ? { ...call, address: { ...address, noun: word }, request: { kind: 'json', value: content } }
    : call
}

/** `POST /jobs/editQueue` with {queue: 'night', size: 3}: the queue of that name; "set" would be said of the jobs. */
const withEdited = (call: Call): Call => {
  const { address } = call
  const { verb, rest = [] } = verbOf(address.segments.at(-1) ?? '') ?? {}
  const [word = ''] = rest
  const sent = sentValue(call)
  const given = isJsonObject(sent) ? sent : {}
  const isNamed = /^(edit|update|modify|set|save)$/.test(verb?.word ?? '')
  const nameKey = isNamed
    ? Object.keys(given).find((key) => splitWords(key).join(' ') === `${word} name`)
    : undefined
  const { [nameKey ?? word]: id, ...others } = given
  const isEdit = /^(edit|update|modify)$/.test(verb?.word ?? '') || nameKey !== undefined
  if (!isEdit || rest.length !== 1) return call
  if (address.id !== undefined || typeof id !== 'string' || id === '') return call
  if (Object.keys(others).length === 0 || idsIn(call, others).length > 0) return call
  return { ...call, address: { ...address, noun: word, id }, request: { kind: 'json', value: others } }
}

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

/** `POST /plans/_bulk_docs` with {docs: [{_id, …}, …]}: what the path names before, several at once. */
const withBulk = (call: Call): Call => {
  const { address, request } = call
  const { segments, verb } = address
  const noun = segments.at(-2)
  if (verb || noun === undefined || isPrefix(noun) || splitWords(segments.at(-1) ?? '')[0] !== 'bulk')
    return call
  const lists = request.kind === 'json' && isJsonObject(request.value) ? Object.values(request.value) : []
  const [list] = lists
  const isItems =
    lists.length === 1 &&
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((one) => isJsonObject(one) && identityOf(one)?.strength === 'strong')
  if (!isItems) return chosenByQuery(call, noun)
  const { id: _bulk, ...rest } = address
  return { ...call, address: { ...rest, noun }, request: { kind: 'json', value: list } }
}

/** `PUT /posts/bulk/?filter=id:[5,6]` with {bulk: {action: 'unpublish'}}: the posts of the query. */
const chosenByQuery = (call: Call, noun: string): Call => {
  const { address, request } = call
  const ids = listsInQuery(call)
  if (ids.length === 0) return call
  const { id: _bulk, ...rest } = address
  const [only, ...more] =
    request.kind === 'json' && isJsonObject(request.value) ? Object.values(request.value) : []
  const inner = more.length === 0 && isJsonObject(only) ? only : undefined
  const content =
    inner && Object.fromEntries(Object.entries(inner).filter(([, value]) => !isEmptyObject(value)))
  return {
    ...call,
    address: { ...rest, noun, query: ids.map((id) => ['id', id] as const) },
    ...(content && { request: { kind: 'json' as const, value: content } }),
    answer: { kind: 'none' },
  }
}

const isEmptyObject = (value: Json): boolean => isJsonObject(value) && Object.keys(value).length === 0

/** What the object itself says it is: {kind: 'ConfigMap'} under `/configmaps`, {type: 'dashboard'} under `/objects/dashboard/5`. */
const withKind = (call: Call, memory: ReadMemory): Call => {
  const { noun = '', segments } = call.address
  const shown = call.answer.kind === 'json' ? call.answer.value : undefined
  const spelled = noun.length > 2 ? undefined : (wordFor(shown) ?? wordFor(memory.atPlace(placeOf(segments))))
  if (spelled !== undefined) return { ...call, address: { ...call.address, noun: spelled } }
  for (const object of [sentValue(call), shown, memory.atPlace(placeOf(segments))]) {
    if (isJsonObject(object) && typeof object.apiVersion === 'string' && typeof object.kind === 'string')
      return { ...call, address: { ...call.address, noun: object.kind } }
    const kind = isJsonObject(object) ? object['@type'] : undefined
    if (typeof kind === 'string' && /^[A-Z]\w{1,60}$/i.test(kind))
      return { ...call, address: { ...call.address, noun: kind } }
    const ownKind = isJsonObject(object) ? kindOf(object, segments) : undefined
    if (ownKind) return { ...call, address: { ...call.address, ...ownKind } }
    for (const said of isJsonObject(object) ? [object.kind, object.type] : []) {
      if (typeof said !== 'string' || said === noun || said.length > 60) continue
      const isSpelling = splitWords(said).join('') === singularNoun(noun).replaceAll(' ', '')
      const isAbove =
        call.address.id !== undefined &&
        /^[a-z]/.test(said) &&
        segments.at(-2) === said &&
        (noun === said || ANYTHING.test(splitWords(noun).at(-1) ?? ''))
      if (isSpelling || isAbove) return { ...call, address: { ...call.address, noun: said } }
    }
  }
  return call
}

/** `/columns/orders/total` shows {table: 'orders', column: 'total', …}: a column. */
const kindOf = (
  object: JsonObject,
  segments: readonly string[],
): { noun: string; id: string; scope: string[] } | undefined => {
  const [word = '', above, last] = segments.slice(-3)
  const shown = unwrap(object, [singularNoun(word)])
  return isPlural(word) &&
    above !== undefined &&
    last !== undefined &&
    shown?.[singularNoun(word)] === last &&
    Object.values(shown).includes(above)
    ? { noun: word, id: last, scope: [above] }
    : undefined
}

const ANYTHING =
  /^(objects?|items?|entit(y|ies)|resources?|records?|documents?|contents?|nodes?|elements?|entries|things?)$/

/** `/u/ana` shows {user: {…}}: the word that the path cuts short. */
const wordFor = (shown: Json | undefined): string | undefined => {
  const named = isJsonObject(shown)
    ? Object.entries(shown).filter(([, value]) => isJsonObject(value) && identityOf(value) !== undefined)
    : []
  return named.length === 1 ? named[0]?.[0] : undefined
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

/** `POST /auth/register` with {username, …}: the door says nothing of who is made. */
const withPerson = (call: Call): Call => {
  const { noun, verb, id } = call.address
  const sent = sentValue(call)
  const isDoor = noun === undefined || /^(auth|authentication|identity|security|acl|iam)$/i.test(noun)
  return isDoor &&
    id === undefined &&
    /^(register|create|add|invite|new)$/.test(verb?.word ?? '') &&
    isJsonObject(sent) &&
    ['username', 'userName', 'email', 'login'].some((key) => typeof sent[key] === 'string')
    ? { ...call, address: { ...call.address, noun: 'user' } }
    : call
}

/**
 * `/items/plans`: a plural that looks like an id because a list of collections was read. It is the collection where ids of its
 * members are sent with it, or where a POST is answered by a member with an id of its own.
 */
const withCollection = (call: Call): Call => {
  const { id } = call.address
  if (id === undefined || !/^[a-z][a-z_-]*$/i.test(id)) return call
  const sent = sentValue(call)
  if (!isPlural(id) && !isBornElsewhere(call, id)) return call
  const isContent = isPlural(id) && ANYTHING.test(splitWords(call.address.noun ?? '').at(-1) ?? '')
  const listsIds =
    Array.isArray(sent) && sent.length > 0 && sent.every((one) => /^(string|number)$/.test(typeof one))
  const answer =
    call.method === 'POST' && isJsonObject(sent) ? answerResource(call.answer, Object.keys(sent)) : undefined
  const made = answer && identityOf(answer, id)
  const isNew =
    made?.strength === 'strong' &&
    made.id !== id &&
    isJsonObject(sent) &&
    identityOf(sent, id)?.id !== made.id
  const isOfSeveral = isContent && (listsObjects(sent) || listsObjects(isJsonObject(sent) ? sent.data : sent))
  if (!listsIds && !isNew && !isOfSeveral && !(isContent && hasKeys(sent))) return call
  const { id: _collection, ...address } = call.address
  return { ...call, address: { ...address, noun: id } }
}

const listsObjects = (value: Json | undefined): boolean =>
  Array.isArray(value) && value.length > 0 && value.every(isJsonObject)

/** {keys: [5, 6], data: {…}}: which of them. */
const hasKeys = (sent: Json | undefined): boolean =>
  isJsonObject(sent) && Array.isArray(sent.keys ?? sent.ids) && isJsonObject(sent.data)

/** A POST to a word, answered 201 by the id of a new thing that says nothing of the word: the word is what kind of thing it is. */
const isBornElsewhere = ({ method, exchange, answer, address }: Call, word: string): boolean => {
  if (method !== 'POST' || address.verb !== undefined || answer.kind !== 'json') return false
  const made = unwrap(
    Array.isArray(answer.value) && answer.value.length === 1 ? answer.value[0] : answer.value,
  )
  if (made && [`${word}_id`, `${word}Id`, `${word}ID`].some((key) => Object.hasOwn(made, key))) return true
  if (exchange.status !== 201) return false
  return made !== undefined && identityOf(made)?.strength === 'strong' && !Object.values(made).includes(word)
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
const withOwner = (call: Call, memory: ReadMemory): Call => {
  const { address, method } = call
  const owner = address.scope.at(-1)
  const sent = sentValue(call)
  const isValue = isValueAlone(sent)
  const joins = method === 'PUT' && isJsonObject(sent) && joined(call, sent) !== undefined
  const creates =
    joins ||
    (method === 'POST' &&
      !isDraftOf(address) &&
      isPlural(address.noun ?? '') &&
      address.verb?.kind !== 'update' &&
      !isValue)
  if (
    address.id !== undefined ||
    owner === undefined ||
    address.noun === undefined ||
    creates ||
    method === 'DELETE' ||
    queryIds(call).length > 0
  )
    return call
  const above = address.owner
  if (above === undefined) return call
  const atOwner = { ...address, noun: above, id: owner, scope: address.scope.slice(0, -1) }
  // What is saved or published of an item's draft is the item's.
  if (isDraftOf(address)) {
    const { verb: _verb, ...bare } = atOwner
    return { ...call, method: 'PUT', address: bare }
  }
  const isWrite = isValue || /^(PUT|PATCH)$/.test(method)
  const told = address.verb
    ? undefined
    : isWrite
      ? aspectIn(call, address.noun)
      : newSecretIn(call, address.noun)
  if (told) return { ...call, address: atOwner, request: { kind: 'json', value: told } }
  const part = address.verb ? undefined : partOfOwner(call, memory)
  if (part) return { ...call, address: { ...atOwner, segments: address.segments.slice(0, -1) }, ...part }
  if (isMember(address.noun)) return { ...call, address: atOwner }
  if (address.verb !== undefined) return call
  const value = sentValue(call)
  if (!/^(PUT|PATCH)$/.test(method) || !isJsonObject(value) || deltaOf(value, address.noun)) return call
  if (stateOfParticiple(address.noun)) return call
  return namesSeveralItems(value) || namesItself(call, value)
    ? call
    : { ...call, address: { ...address, id: owner, scope: address.scope.slice(0, -1) } }
}

/** `PUT /users/5/roles` with {roles: […]}, `/users/5/active` with false, `/users/5/trust_level` with {level: 3}: one field of the item above. */
const aspectIn = (call: Call, noun: string): JsonObject | undefined => {
  const sent = sentValue(call)
  if (typeof sent === 'boolean' || typeof sent === 'number') return { [noun]: sent }
  if (!isJsonObject(sent)) return undefined
  const [only, ...more] = Object.entries(sent)
  if (!only || more.length > 0) return undefined
  const [key, value] = only
  if (!isScalar(value) && !Array.isArray(value)) return undefined
  if (key === 'value' || ` ${singularNoun(noun)}`.endsWith(` ${singularNoun(key)}`)) return { [noun]: value }
  // `/issues/5/assignee` with {accountId}
  if (!isPlural(noun) && isScalar(value) && /[a-z]I[dD]$|_id$/.test(key)) return { [noun]: value }
  // `/users/5/admin` with {admin_flag: true}
  return singularNoun(key).startsWith(`${singularNoun(noun)} `) ? { [key]: value } : undefined
}

/** `PUT /users/5/policy` where user 5 was read with a member `policy`: that member, in what is sent and in what is answered. */
const partOfOwner = (
  { address, request, answer }: Call,
  memory: ReadMemory,
): Pick<Call, 'request' | 'answer'> | undefined => {
  if (request.kind !== 'json' || !isJsonObject(request.value)) return undefined
  const above = memory.atPlace(placeOf(address.segments.slice(0, -1)))
  const document = above === undefined ? undefined : unwrap(above, [address.noun ?? ''])
  const key = document && memberFor(address.segments.at(-1) ?? '', document)
  const part = key === undefined ? undefined : document?.[key]
  if (key === undefined || !isJsonObject(part) || overlap(Object.keys(request.value), part) < 0.5)
    return undefined
  const shown = answer.kind === 'json' && isJsonObject(answer.value) ? answer.value : undefined
  return {
    request: { kind: 'json', value: { [key]: request.value } },
    answer: shown ? { kind: 'json', value: { [key]: shown } } : answer,
  }
}

/** {value: 'no'} */
const isValueAlone = (sent: Json | undefined): boolean =>
  isJsonObject(sent) && Object.keys(sent).length === 1 && isScalar(sent.value)

/** `POST /clients/5/secret` with nothing new in it: the answer is the secret that the item has from now on. */
const newSecretIn = (call: Call, noun: string): JsonObject | undefined => {
  if (call.method !== 'POST' || !isSecretKey(noun) || !saysNothingNew(call, sentValue(call))) return undefined
  const answer = call.answer.kind === 'json' ? unwrap(call.answer.value) : undefined
  const value = answer && (answer.value ?? answer[noun] ?? answer.secret ?? answer.token ?? answer.key)
  return typeof value === 'string' ? { [noun]: value } : undefined
}

const namesSeveralItems = (value: JsonObject): boolean =>
  Object.entries(value).some(([key, list]) => Array.isArray(list) && /(^|[a-z_])(ids|keys)$/i.test(key))

/** `PATCH /projects/5/hooks` with {id: 7, url}, `PATCH /projects/5/hooks?id=7`: which of them. */
const namesItself = (call: Call, value: JsonObject): boolean => {
  const { noun = '' } = call.address
  const own = identityOf(value, noun)
  return (
    isPlural(noun) &&
    (ownQueryId(call) !== undefined || (own?.strength === 'strong' && isOwnKey(own.key, noun)))
  )
}

const isMember = (noun: string): boolean =>
  /^(config|configuration|settings?|options?|details?|info|properties|attributes|meta|metadata|general|state|status|password|e-?mail|name|title|description|role|avatar|enabled|[a-z]+[-_](status|state))$/i.test(
    noun,
  )
