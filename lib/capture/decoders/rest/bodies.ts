/** Shapes of bodies: JSON Patch, JSON:API, wrappers under the name of the type, deltas. */
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import { fieldsToObject, readJson } from '../../body.ts'
import { isScalar } from '../../compare.ts'
import type { Finding, Operation } from '../../finding.ts'
import { flattenResource } from '../../read-memory.ts'
import { singular, singularNoun, splitWords } from '../../words.ts'
import { readXml } from '../../xml.ts'
import type { Call } from '../decoder.ts'
import { answerOf, base, idField } from './findings.ts'

/** The body as JSON: fields unfolded, a document inside one field taken out. */
export const sentValue = (call: Call): Json | undefined => {
  const { request } = call
  if (request.kind === 'json') return nested(withoutOptions(withoutOverride(request.value)))
  if (request.kind === 'html') return readXml(request, call.exchange.requestHeaders['content-type'])
  if (request.kind !== 'fields') return undefined
  const object = fieldsToObject(request.fields.filter(([name]) => !OF_THE_FORM.test(name)))
  const only = Object.entries(object)
  const first = only[0]?.[1]
  // One field that holds a JSON document.
  const inner =
    only.length <= 2 && typeof first === 'string' && /^\s*[[{]/.test(first) ? readJson(first) : undefined
  return inner ?? (Object.values(object).some(isQuoted) ? unquoted(object) : withoutRoot(object))
}

/** `plan_form[name]=Pro&plan_form[price]=5`: called for the form. */
const withoutRoot = (object: JsonObject): JsonObject => {
  const [only, ...more] = Object.entries(object)
  return only && more.length === 0 && isJsonObject(only[1]) && /_(form|type)$/i.test(only[0])
    ? only[1]
    : object
}

/** Sent along by a framework for itself. */
const OF_THE_FORM = /^__\w+__$|^_?csrf|^(_token|authenticity_token|utf8)$/i

/** `name=%22Acme%22`: each value as JSON. */
const isQuoted = (value: Json): value is string => typeof value === 'string' && /^".*"$/s.test(value)

/** Lists and objects among them are JSON too. */
const unquoted = (object: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      typeof value === 'string' && /^(".*"|\[.*\]|\{.*\})$/s.test(value) ? (readJson(value) ?? value) : value,
    ]),
  )

/** Empty, or the ids of the path once more. */
export const saysNothingNew = ({ address }: Call, sent: Json | undefined): boolean =>
  sent === undefined ||
  (isJsonObject(sent) &&
    Object.values(sent).every((value) => isScalar(value) && address.segments.includes(String(value))))

export const isJsonPatchStep = (step: Json): boolean =>
  isJsonObject(step) &&
  typeof step.op === 'string' &&
  /^(add|replace|remove|move|copy|test)$/i.test(step.op) &&
  typeof step.path === 'string'

/** {variables_attributes: […]}: what belongs to the resource, as Rails takes it (accepts_nested_attributes_for). */
const nested = (value: Json, depth = 0): Json => {
  if (!isJsonObject(value) || depth > 2) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      typeof child === 'object' ? key.replace(/(?<=[a-z])_attributes$/, '') : key,
      nested(child, depth + 1),
    ]),
  )
}

/** A body that says its own method says more of the call, under names with the same mark. */
const withoutOverride = (value: Json): Json =>
  isJsonObject(value) && typeof value._method === 'string'
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('_')))
    : value

/** {headers: {…}, params: {…}}: a client's options, sent as the body by mistake. */
const withoutOptions = (value: Json): Json => {
  if (!isJsonObject(value) || !isJsonObject(value.headers)) return value
  const content = Object.entries(value).filter(([key]) => /^(params|data|body)$/.test(key))
  const isOptions = Object.keys(value).every((key) =>
    /^(headers|params|data|body|observe|responseType|withCredentials|reportProgress|timeout)$/.test(key),
  )
  const [only] = content
  return isOptions && content.length === 1 && only && typeof only[1] === 'object' ? only[1] : value
}

/** RFC 6902 */
export const jsonPatch = (call: Call, steps: readonly JsonObject[]): Finding => {
  const operations = steps.flatMap((step): Operation[] => {
    const pointer = asPointer(String(step.path))
    const op = String(step.op).toLowerCase()
    if (op === 'test') return []
    if (op === 'remove') return [{ op, pointer }]
    if ((op === 'move' || op === 'copy') && typeof step.from === 'string')
      return [{ op, pointer, from: asPointer(step.from) }]
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

/** Paths without a leading slash (seen in the wild) are taken as if they had one. */
const asPointer = (path: string): string => (path === '' || path.startsWith('/') ? path : `/${path}`)

/** https://jsonapi.org/format/: {data: {type, id, attributes, relationships}} */
export const jsonApi = (
  given: Json | undefined,
): { type: string; id?: string; after: JsonObject } | undefined => {
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
export const unwrapSent = (given: JsonObject, type: string): JsonObject => {
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
  // {data: {…}, options: {cas: 1}}: the second says how the first is to be saved.
  const [data, options, ...more] = members
  const hasOptions =
    more.length === 0 && /^(data|values?|fields)$/i.test(data?.[0] ?? '') && options?.[0] === 'options'
  if (hasOptions && data && isJsonObject(data[1])) return data[1]
  const content = Array.isArray(only?.[1]) && only[1].length === 1 ? only[1][0] : only?.[1]
  if (members.length !== 1 || !only || !isJsonObject(content)) return Object.fromEntries(members)
  const key = singularNoun(only[0])
  const wrapped =
    /^(data|item|record|payload|attribute|input|param|object|resource|body|entity|field|value|model|change|update|patch)$/.test(
      key,
    ) ||
    key === singularNoun(type) ||
    singularNoun(type).endsWith(key)
  return wrapped && !(Array.isArray(only[1]) && Object.hasOwn(content, 'value')) ? content : given
}

/** {addedTags: […], removedTags: […]}: what comes and what goes, not what is. */
export const deltaOf = (
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
