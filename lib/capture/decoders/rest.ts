/**
 * REST and what passes for it: the path names the resource, the method or a verb in the path says what happens to it.
 * Handles partial and whole bodies, verbs in the path, several ids in a body or query, deltas, JSON Patch, JSON:API.
 */
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../model/json.ts'
import { looksLikeId, placeOf } from '../address.ts'
import { fieldsToObject, readJson } from '../body.ts'
import { isBlank, isScalar } from '../compare.ts'
import type { Finding, Operation } from '../finding.ts'
import { identityOf, nameOf } from '../identity.ts'
import { flattenResource, overlap, type ReadMemory } from '../read-memory.ts'
import { isPlural, singular, singularNoun, splitWords, type Verb, verbOf, verbOfWord } from '../words.ts'
import {
  answerResource,
  type Call,
  type Decoder,
  NO_CHANGE,
  outcomeFields,
  type Reading,
  unwrap,
} from './decoder.ts'

export const decodeRest: Decoder = (given, memory) => {
  const call = withOwner(withCollection(withJoinedId(given)))
  const sent = sentValue(call)
  const verb = call.address.verb ?? verbInBody(sent)
  if ((verb && (verb.kind === 'run' || verb.kind === 'noise')) || isTelemetry(call)) return NO_CHANGE
  if (verb && verb.kind === 'session' && call.method !== 'DELETE') return NO_CHANGE
  if (
    verb?.word === 'publish' &&
    isJsonObject(sent) &&
    ['payload', 'message', 'messages'].some((key) => Object.hasOwn(sent, key))
  )
    return NO_CHANGE
  if (verb?.kind === 'read' || isQuery(call, sent)) return { findings: [], readings: [readingOf(call)] }
  if (call.method === 'DELETE' || verb?.kind === 'delete') return { findings: decodeDelete(call, sent) }
  if (Array.isArray(sent) && sent.length > 0 && sent.every(isJsonPatchStep))
    return { findings: [jsonPatch(call, sent as JsonObject[])] }
  return { findings: decodeWrite(call, sent, memory, verb) }
}

/** A document or XHR that was read, kept under its path. */
export const readingOf = (call: Call): Reading => ({
  place: placeOf(call.address.segments),
  value: call.answer.kind === 'json' ? call.answer.value : null,
  ...(call.address.noun !== undefined && { noun: call.address.noun }),
  scope: [...call.address.scope, ...(call.address.id === undefined ? [] : [call.address.id])],
})

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

/** An id of several path segments, as the answer tells: `/nodes/core/xml` with {"id": "core/xml"}. */
const withJoinedId = (call: Call): Call => {
  const answer = call.answer.kind === 'json' ? unwrap(call.answer.value, ['id']) : undefined
  const id = answer?.id
  const { path, segments } = call.address
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

const sentValue = (call: Call): Json | undefined => {
  const { request } = call
  if (request.kind === 'json') return request.value
  if (request.kind !== 'fields') return undefined
  const object = fieldsToObject(request.fields)
  const only = Object.entries(object)
  const first = only[0]?.[1]
  // One field that holds a JSON document.
  const inner =
    only.length <= 2 && typeof first === 'string' && /^\s*[[{]/.test(first) ? readJson(first) : undefined
  return inner ?? object
}

const base = (call: Call): Pick<Finding, 'outcome' | 'refusal' | 'scope' | 'place'> => ({
  ...outcomeFields(call.outcome, call.refusal),
  scope: call.address.scope,
  place: placeOf(call.address.segments),
})

/** Sent to be counted: by beacon, or to an address that ends in such a word. */
const isTelemetry = ({ address, method, exchange }: Call): boolean => {
  const last = splitWords(address.segments.at(-1) ?? '')
  return (
    method === 'POST' &&
    (exchange.via === 'beacon' || last.length <= 2) &&
    last.some((word) => verbOfWord(word)?.kind === 'noise')
  )
}

/** {"action": "suspend"} to an item's address. */
const verbInBody = (sent: Json | undefined): Verb | undefined => {
  if (!isJsonObject(sent)) return undefined
  const name = ['action', 'op', 'operation', 'command', 'cmd']
    .map((key) => sent[key])
    .find((one): one is string => typeof one === 'string' && one.length < 40)
  const found = name === undefined ? undefined : verbOf(name)?.verb
  return found && found.kind !== 'read' && found.kind !== 'noise' ? found : undefined
}

// Deletes

const decodeDelete = (call: Call, sent: Json | undefined): Finding[] => {
  const { address } = call
  const several = idsIn(call, sent).filter((id) => !address.scope.includes(id))
  if (address.id !== undefined && several.length > 0 && address.verb?.word === 'remove')
    return [membership(call, several)]
  if (address.id !== undefined) return [deletion(call, address.id)]
  if (several.length > 0) return several.map((id) => deletion(call, id))
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
  return address.noun === undefined
    ? []
    : [{ ...base(call), action: 'delete', type: address.noun, extent: 'whole' }]
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

// Writes

const decodeWrite = (
  call: Call,
  given: Json | undefined,
  memory: ReadMemory,
  verb: Verb | undefined,
): Finding[] => {
  const { address, method } = call
  const type = address.noun ?? ''
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
  const sent = isJsonObject(given) ? unwrapSent(given, type) : undefined
  // An order is of the list, not of its items.
  if (verb && /^(reorder|resort|sort|swap|shift)$/.test(verb.word))
    return [changed(call, address.id, sent ?? (isJsonObject(given) ? given : undefined), verb)]
  if (verb && verb.kind !== 'create' && verb.kind !== 'save') {
    const ids = address.id === undefined ? idsIn(call, given) : []
    if (ids.length > 0) {
      const rest = sent ? withoutIds(sent, ids) : {}
      return ids.map((id) => changed(call, id, Object.keys(rest).length > 0 ? rest : undefined, verb))
    }
  }
  const delta = sent && deltaOf(sent, address.noun)
  if (delta) return [onOwner(call, delta.operations, delta.ofNoun)]
  if (!sent || Object.keys(sent).length === 0) return decodeEmpty(call, verb)
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
  if (call.exchange.status !== 201 && !isPlural(type) && isSettingsWord(type))
    return [{ ...base(call), action: 'save', type, after: sent, extent: 'partial', ...answerOf(call, sent) }]
  if (verb?.kind === 'save' && !isPlural(type))
    return [{ ...base(call), action: 'save', type, after: sent, extent: 'partial', ...answerOf(call, sent) }]
  return [creation(call, sent)]
}

/** Said so by the app (201), or missing from the list that was read. */
const isNew = ({ exchange, address: { id, noun, segments } }: Call, memory: ReadMemory): boolean => {
  if (id === undefined) return false
  if (exchange.status === 201) return true
  if (noun === undefined || memory.knowsId(id)) return false
  const list = memory.atPlace(placeOf(segments.slice(0, segments.lastIndexOf(noun) + 1)))
  return unwrapList(list) !== undefined
}

const isSettingsWord = (type: string): boolean =>
  /(setting|config|configuration|preference|option|profile|policy|password|mode|theme|limit|quota|setup)s?$/i.test(
    singularNoun(type),
  )

/** A POST to where a document (not a list) was read whose members it sends back. */
const isSameDocument = (known: Json, sent: JsonObject): boolean => {
  const keys = Object.keys(sent)
  const object = unwrap(known, keys)
  return object !== undefined && overlap(keys, object) >= 0.5
}

const changed = (
  call: Call,
  id: string | undefined,
  sent: JsonObject | undefined,
  verb: Verb | undefined,
): Finding => ({
  ...base(call),
  action: 'update',
  type: call.address.noun ?? '',
  ...idField(id),
  extent: 'partial',
  ...(sent && { after: sent }),
  ...(verb?.state && { state: verb.state }),
  ...answerOf(call, sent ?? {}, id),
})

const creation = (call: Call, sent: JsonObject): Finding => {
  const type = call.address.noun ?? ''
  const answer = answerResource(call.answer, Object.keys(sent))
  const id = createdId(call, answer, sent, type)
  const name = nameOf(answer) ?? nameOf(sent)
  return {
    ...base(call),
    action: 'create',
    type,
    ...idField(id),
    ...(name !== undefined && { name }),
    after: sent,
    extent: 'whole',
    ...(answer && { answer }),
  }
}

const createdId = (
  call: Call,
  answer: JsonObject | undefined,
  sent: JsonObject,
  type: string,
): string | undefined => {
  const inAnswer = answer && identityOf(answer, type)
  if (inAnswer?.strength === 'strong') return inAnswer.id
  const location = call.exchange.responseHeaders.location
  if (location && call.exchange.status === 201) {
    const path = location
      .replace(/^https?:\/\/[^/]+/, '')
      .replace(/[?#].*$/, '')
      .replace(/\/$/, '')
    const collection = `${call.address.segments.at(-1) ?? ''}/`
    const at = path.lastIndexOf(collection)
    const tail = at < 0 ? path.split('/').at(-1) : path.slice(at + collection.length)
    if (tail) return tail
  }
  if (
    call.answer.kind === 'json' &&
    (typeof call.answer.value === 'string' || typeof call.answer.value === 'number')
  )
    return String(call.answer.value)
  return inAnswer?.id ?? identityOf(sent, type)?.id
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

/** A change of the item above, where the path ends in one of its members. */
const onOwner = (call: Call, operations: readonly Operation[], ofNoun: boolean): Finding => {
  const { address } = call
  const owner = address.scope.at(-1)
  const above = ofNoun && owner !== undefined && address.owner !== undefined
  return {
    ...base(call),
    action: 'update',
    type: (above ? address.owner : address.noun) ?? '',
    ...idField(above ? owner : (address.id ?? owner)),
    scope: above ? address.scope.slice(0, -1) : address.scope,
    extent: 'partial',
    operations,
  }
}

/** A list: whole (PUT) or several resources in one request. */
const decodeList = (call: Call, list: readonly Json[], memory: ReadMemory): Finding[] => {
  const { address, method } = call
  const type = address.noun ?? ''
  const objects = list.filter(isJsonObject)
  if (
    method === 'PUT' ||
    Array.isArray(unwrapList(memory.atPlace(placeOf(address.segments)))) ||
    address.id !== undefined ||
    objects.length !== list.length
  ) {
    const known = memory.atPlace(placeOf(address.segments))
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
    return [
      { ...base(call), action: 'save', type, ...idField(address.id), after: list as Json[], extent: 'whole' },
    ]
  }
  const answers = call.answer.kind === 'json' ? unwrapList(call.answer.value) : undefined
  return objects.slice(0, 200).map((object, index) => {
    const answer = answers?.[index]
    const id = identityOf(isJsonObject(answer) ? answer : object, type)?.id ?? identityOf(object, type)?.id
    const action =
      method === 'PATCH' || (identityOf(object)?.strength === 'strong' && memory.knowsId(id ?? ''))
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

const unwrapList = (value: Json | undefined): Json[] | undefined => {
  if (Array.isArray(value)) return value
  if (!isJsonObject(value)) return undefined
  const lists = Object.values(value).filter((child): child is Json[] => Array.isArray(child))
  return lists.length === 1 ? lists[0] : undefined
}

// Shapes of bodies

const isJsonPatchStep = (step: Json): boolean =>
  isJsonObject(step) &&
  typeof step.op === 'string' &&
  /^(add|replace|remove|move|copy|test)$/i.test(step.op) &&
  typeof step.path === 'string'

/** RFC 6902. Paths without a leading slash (seen in the wild) are taken as if they had one. */
const jsonPatch = (call: Call, steps: readonly JsonObject[]): Finding => {
  const operations = steps.flatMap((step): Operation[] => {
    const path = String(step.path)
    const pointer = path === '' || path.startsWith('/') ? path : `/${path}`
    const op = String(step.op).toLowerCase()
    if (op === 'test') return []
    if (op === 'remove') return [{ op, pointer }]
    if (op === 'add' || op === 'replace')
      return [{ op, pointer, ...(step.value !== undefined && { value: step.value }) }]
    return []
  })
  return {
    ...base(call),
    action: 'update',
    type: call.address.noun ?? '',
    ...idField(call.address.id),
    extent: 'partial',
    operations,
    ...answerOf(call, {}),
  }
}

/** https://jsonapi.org/format/: {data: {type, id, attributes, relationships}} */
const jsonApi = (given: Json | undefined): { type: string; id?: string; after: JsonObject } | undefined => {
  const data = isJsonObject(given) ? given.data : undefined
  if (
    !isJsonObject(data) ||
    typeof data.type !== 'string' ||
    !(isJsonObject(data.attributes) || isJsonObject(data.relationships))
  )
    return undefined
  return {
    type: data.type,
    ...idField(typeof data.id === 'string' ? data.id : undefined),
    after: withoutIdentity(flattenResource(data)),
  }
}

const withoutIdentity = (resource: Json): JsonObject => {
  if (!isJsonObject(resource)) return {}
  const { type: _type, id: _id, ...rest } = resource
  return rest
}

/** Rails and others wrap what they send: {user: {…}}, {data: {…}}. */
const unwrapSent = (given: JsonObject, type: string): JsonObject => {
  const members = Object.entries(given).filter(
    ([key]) => !/^(_method|_token|utf8|authenticity_token|commit|csrf\w*)$/i.test(key),
  )
  const only = members[0]
  // {dashboard: {…}, overwrite: true}: the resource among plain words about the save.
  const named = members.find(
    ([key, value]) => isJsonObject(value) && singularNoun(key) === singularNoun(type),
  )
  if (named && isJsonObject(named[1]) && members.every(([, value]) => value === named[1] || isScalar(value)))
    return named[1]
  const content = Array.isArray(only?.[1]) && only[1].length === 1 ? only[1][0] : only?.[1]
  if (members.length !== 1 || !only || !isJsonObject(content)) return Object.fromEntries(members)
  const key = singularNoun(only[0])
  const wrapped =
    /^(data|item|record|payload|attributes|input|params|object|resource|body|entity|fields|values|model)$/.test(
      key,
    ) ||
    key === singularNoun(type) ||
    singularNoun(type).endsWith(key)
  return wrapped && !(Array.isArray(only[1]) && Object.hasOwn(content, 'value')) ? content : given
}

/** {addedTags: […], removedTags: […]}: what comes and what goes, not what is. */
const deltaOf = (
  sent: JsonObject,
  noun: string | undefined,
): { operations: Operation[]; ofNoun: boolean } | undefined => {
  const operations: Operation[] = []
  let ofNoun = false
  for (const [key, value] of Object.entries(sent)) {
    const words = splitWords(key)
    const op = DELTA[words[0] ?? ''] ?? (words.length > 1 ? DELTA[words.at(-1) ?? ''] : undefined)
    if (op === undefined || !Array.isArray(value)) {
      if (Array.isArray(value) || isJsonObject(value)) return undefined
      continue
    }
    const rest = (DELTA[words[0] ?? ''] ? words.slice(1) : words.slice(0, -1)).filter(
      (word) => word !== 'to' && word !== 'ids' && word !== 'id',
    )
    const own =
      rest.length === 0 ||
      singular(rest.at(-1) as string) ===
        singularNoun(noun ?? '')
          .split(' ')
          .at(-1)
    if (own) ofNoun = true
    const pointer = keysToPointer([
      own
        ? (noun ?? 'items')
        : rest
            .map((word, index) => (index === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
            .join(''),
    ])
    for (const element of value) operations.push({ op, pointer, value: element })
  }
  const kinds = Object.keys(sent).length
  return operations.length > 0 && kinds <= 4 ? { operations, ofNoun } : undefined
}
const DELTA: Readonly<Record<string, 'include' | 'exclude'>> = {
  added: 'include',
  add: 'include',
  removed: 'exclude',
  remove: 'exclude',
  deleted: 'exclude',
  connect: 'include',
  disconnect: 'exclude',
  attach: 'include',
  detach: 'exclude',
}

/** {ids: […], enabled: false}: the same change of several resources. */
const bulkOf = (call: Call, sent: JsonObject): { ids: string[]; rest: JsonObject } | undefined => {
  if (call.address.id !== undefined) return undefined
  const found = Object.entries(sent).find(([key, value]) => isIdList(key, value, call.address.noun))
  if (!found) return undefined
  const { [found[0]]: _ids, ...rest } = sent
  const inner = Object.values(rest)
  const only = inner.length === 1 && isJsonObject(inner[0]) ? (inner[0] as JsonObject) : rest
  return { ids: (found[1] as Json[]).map(scalarId).filter((id) => id !== undefined), rest: only }
}

/** Ids that a request names in its body or query, for the resource of its path. */
const idsIn = (call: Call, sent: Json | undefined): string[] => {
  if (Array.isArray(sent)) return sent.map(scalarId).filter((id) => id !== undefined)
  const members: (readonly [string, Json])[] = [
    ...(isJsonObject(sent) ? Object.entries(sent) : []),
    ...call.address.query,
  ]
  const list = members.find(([key, value]) => isIdList(key, value, call.address.noun))
  if (list) return (list[1] as Json[]).map(scalarId).filter((id) => id !== undefined)
  const repeated = call.address.query
    .filter(([key]) => /^(ids?|.*_ids?)\[\]$/i.test(key))
    .map(([, value]) => value)
  if (repeated.length > 0) return repeated
  const joined = members.find(
    ([key, value]) =>
      isIdKey(key, call.address.noun) && typeof value === 'string' && /^[\w-]+([,|][\w-]+)+$/.test(value),
  )
  if (joined) return (joined[1] as string).split(/[,|]/)
  const single = members.find(
    ([key, value]) => isIdKey(key, call.address.noun) && scalarId(value) !== undefined,
  )
  const id = single && scalarId(single[1])
  return id === undefined ? [] : [id]
}

const isIdKey = (key: string, noun: string | undefined): boolean => {
  const words = splitWords(key)
  const last = words.at(-1)
  if (last === 'id' || last === 'ids' || last === 'uuid' || last === 'uuids' || key === 'gid') return true
  return (
    noun !== undefined &&
    words.length === 1 &&
    (singularNoun(key) === singularNoun(noun) ||
      /^(name|slug|key|names|keys|slugs|hash|hashes|items|selected|username)$/i.test(key))
  )
}

const isIdList = (key: string, value: Json, noun: string | undefined): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((one) => scalarId(one) !== undefined) &&
  (isIdKey(key, noun) || /(ids|keys|uuids|hashes|names|items|selected|selection)$/i.test(key))

const scalarId = (value: Json | undefined): string | undefined => {
  if (typeof value === 'number' || (typeof value === 'string' && value !== '' && value.length < 300))
    return String(value)
  if (!isJsonObject(value)) return undefined
  return Object.keys(value).every((key) =>
    /^(_?id|uuid|guid|key|name|slug|type|__typename|.*Id|.*_id)$/.test(key),
  )
    ? identityOf(value)?.id
    : undefined
}

const withoutIds = (sent: JsonObject, ids: readonly string[]): JsonObject =>
  Object.fromEntries(
    Object.entries(sent).filter(
      ([, value]) =>
        !(Array.isArray(value)
          ? value.some((one) => ids.includes(scalarId(one) ?? ''))
          : ids.includes(scalarId(value) ?? '')),
    ),
  )

/** `PUT /hooks?id=3` */
const queryId = ({ address }: Call): string | undefined => {
  const ids = address.query.filter(([key, value]) => isIdKey(key, undefined) && value !== '')
  return ids.length === 1 ? ids[0]?.[1] : undefined
}

/** The id that a body carries itself, where the path has none: one that was read before, or a strong one. */
const ownId = (sent: JsonObject, type: string, call: Call, memory: ReadMemory): string | undefined => {
  const identity = identityOf(sent, type)
  if (!identity || (identity.strength === 'weak' && (!isPlural(type) || isSettingsWord(type))))
    return undefined
  if (memory.knowsId(identity.id))
    return identity.strength === 'strong' || call.method !== 'POST' ? identity.id : undefined
  return identity.strength === 'strong' && call.method !== 'POST' ? identity.id : undefined
}

const answerOf = (call: Call, sent: JsonObject, id?: string): { answer?: JsonObject } => {
  const answer = answerResource(call.answer, Object.keys(sent), id)
  return answer ? { answer } : {}
}

const idField = (id: string | undefined): { id?: string } => (id === undefined ? {} : { id })

/** A search that is sent by POST: it names pages and filters, and is answered with a list. */
const isQuery = (call: Call, sent: Json | undefined): boolean => {
  if (call.method !== 'POST' || call.answer.kind !== 'json' || call.exchange.status === 201) return false
  const answer = call.answer.value
  const lists = Array.isArray(answer)
    ? [answer]
    : isJsonObject(answer)
      ? Object.values(answer).filter(Array.isArray)
      : []
  if (lists.length === 0 || !isJsonObject(sent)) return false
  const keys = Object.keys(sent)
  const paging = keys.filter((key) => QUERY_KEY.test(key)).length
  return (
    keys.length > 0 &&
    paging >= Math.max(1, keys.length * 0.5) &&
    !keys.some(
      (key) => !QUERY_KEY.test(key) && !isBlank(sent[key]) && /name|title|password|description/i.test(key),
    )
  )
}
const QUERY_KEY =
  /^(page|pages?_?(size|number|index|token)?|per_?page|limit|offset|skip|take|size|from|to|start|end|length|count|sort|sort_?(by|order|dir)|order|order_?by|filters?|filtering|query|q|search|search_?(term|text|query)?|term|keyword|keywords|where|criteria|columns|draw|cursor|after|before|first|last|fields|select|include|aggs|aggregations|group_?by|time_?range|range|interval|queries|expr|datasource)$/i
