/** Ids that stand in bodies and queries: one, several, joined, repeated. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { identityOf, ownIdentity } from '../../identity.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import { isPlural, singularNoun, splitWords } from '../../words.ts'
import { answerResource, type Call } from '../decoder.ts'

/** {ids: […], enabled: false}: the same change of several resources. `/series/editor` with {seriesIds: […]} is about series. */
export const bulkOf = (
  call: Call,
  sent: JsonObject,
): { ids: string[]; rest: JsonObject; call: Call } | undefined => {
  const found = Object.entries(sent).find(([key, value]) => isIdList(key, value, call.address.noun))
  if (!found) return undefined
  const noun = /^(.+?)_?ids$/i.exec(found[0])?.[1]
  const isNamed =
    noun !== undefined && call.address.segments.at(-2)?.toLowerCase().startsWith(noun.toLowerCase())
  const { [found[0]]: _ids, ...rest } = sent
  const { id } = call.address
  // `PATCH /pumps/speed` with {ids: […], speed: 3}: what is set, and no pump.
  const isAspect = id !== undefined && memberFor(id, rest) !== undefined
  if (id !== undefined && !isAspect && (!isNamed || looksLikeId(id))) return undefined
  if (isOwnMember(call, found[0], found[1]) || namesItself(call, sent, noun)) return undefined
  const inner = Object.values(rest)
  const only = inner.length === 1 && isJsonObject(inner[0]) ? (inner[0] as JsonObject) : rest
  return {
    ids: (found[1] as Json[]).map(scalarId).filter((id) => id !== undefined),
    rest: only,
    call: isNamed ? { ...call, address: { ...call.address, noun } } : call,
  }
}

/** {permission: 'view', groupIds: [2, 3]} to `/permission`: that permission, and groups that have it. */
const namesItself = ({ address }: Call, sent: JsonObject, ofIds: string | undefined): boolean => {
  const own = singularNoun(address.noun ?? '')
  return (
    ofIds !== undefined &&
    singularNoun(ofIds) !== own &&
    Object.entries(sent).some(([key, value]) => singularNoun(key) === own && typeof value === 'string')
  )
}

/** Shown in the answer as a member of something new: it refers to these. */
const isOwnMember = ({ answer }: Call, key: string, ids: Json): boolean => {
  const shown = answerResource(answer, [key])
  const made = shown && identityOf(shown)
  return (
    made?.strength === 'strong' &&
    !/^_?ids$/i.test(key) &&
    JSON.stringify(shown?.[key]) === JSON.stringify(ids) &&
    !(ids as Json[]).map(String).includes(made.id)
  )
}

/** Ids that a request names in its body or query, for the resource of its path. */
export const idsIn = (call: Call, sent: Json | undefined): string[] => {
  if (Array.isArray(sent)) return sent.map(scalarId).filter((id) => id !== undefined)
  const members: (readonly [string, Json])[] = [
    ...(isJsonObject(sent) ? Object.entries(sent) : []),
    ...call.address.query,
  ]
  const list = members.find(([key, value]) => isIdList(key, value, call.address.noun))
  if (list) return (list[1] as Json[]).map(scalarId).filter((id) => id !== undefined)
  // Also as a filter: where[and][0][id][in][1]=7.
  const repeated = call.address.query
    .filter(([key]) => /^(ids?|.*_ids?)\[\d*\]$|\[_?ids?\]\[\$?in\]\[\d*\]$/i.test(key))
    .map(([, value]) => value)
  if (repeated.length > 0) return repeated
  const again = queryIds(call)
  if (again.length > 1) return again
  const listed = listsInQuery(call)
  if (call.method === 'DELETE' && listed.length > 0) return listed
  const joined = members.find(
    ([key, value]) =>
      isIdKey(key, call.address.noun) && typeof value === 'string' && /^[\w-]+([,|\n][\w-]+)+$/.test(value),
  )
  if (joined) return (joined[1] as string).split(/[,|\n]/)
  const singles = members.filter(
    ([key, value]) => isIdKey(key, call.address.noun) && scalarId(value) !== undefined,
  )
  // {name: 'phone', value: '2', pk: 9}: the name is of a field.
  const single = singles.find(([key]) => isOwnKey(key, call.address.noun ?? '')) ?? singles[0]
  const id = single && scalarId(single[1])
  return id === undefined ? [] : [id]
}

const isIdKey = (key: string, noun: string | undefined): boolean => {
  const words = splitWords(key)
  const last = words.at(-1)
  if (
    last === 'id' ||
    last === 'ids' ||
    last === 'uuid' ||
    last === 'uuids' ||
    last === 'pk' ||
    key === 'gid' ||
    (words[0] === 'id' && words.length === 2)
  )
    return true
  return (
    noun !== undefined &&
    words.length === 1 &&
    (singularNoun(key) === singularNoun(noun) ||
      /^(name|slug|key|names|keys|slugs|hash|hashes|items|selected|username|login|mac)$/i.test(key))
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
  if (
    !Object.keys(value).every((key) =>
      /^(_?id|uuid|guid|key|name|slug|item|type|kind|__typename|.*Id|.*_id)$/.test(key),
    )
  )
    return undefined
  return identityOf(value)?.id ?? (typeof value.item === 'string' ? value.item : undefined)
}

export const withoutIds = (sent: JsonObject, ids: readonly string[]): JsonObject =>
  Object.fromEntries(
    Object.entries(sent).filter(
      ([, value]) =>
        !(Array.isArray(value)
          ? value.some((one) => ids.includes(scalarId(one) ?? ''))
          : ids.includes(scalarId(value) ?? '') || isJoinedOf(value, ids)),
    ),
  )

/** 'a1|b2' of a1 and b2. */
const isJoinedOf = (value: Json, ids: readonly string[]): boolean =>
  typeof value === 'string' && value.split(/[,|]/).every((one) => ids.includes(one))

/** `PUT /hooks?id=3` */
export const queryId = ({ address }: Call): string | undefined => {
  const ids = address.query.filter(([key, value]) => isIdKey(key, undefined) && value !== '')
  return ids.length === 1 ? ids[0]?.[1] : undefined
}

/** `PUT /hooks?id=3`, `POST /hooks?hookId=3`: said to be of what the path names, and of nothing around it. */
export const ownQueryId = ({ address: { query, noun = '' } }: Call): string | undefined => {
  const ids = query.filter(([key, value]) => value !== '' && isOwnKey(key, noun))
  return ids.length === 1 ? ids[0]?.[1] : undefined
}

/** `id`, `_id`, `uuid`; `hookId` of a hook. */
export const isOwnKey = (key: string, noun: string): boolean => {
  const words = splitWords(key)
  const stem = words.slice(0, -1).join(' ')
  return (
    /^(id|uuid|guid|pk)$/.test(words.at(-1) ?? '') &&
    (stem === '' || ` ${singularNoun(noun)}`.endsWith(` ${singularNoun(stem)}`))
  )
}

/** `PUT /issues?id=5&id=6` */
export const queryIds = ({ address }: Call): string[] =>
  address.query
    .filter(([key, value]) => /^(ids?|pks?|uuids?)$/i.test(key) && value !== '')
    .map(([, id]) => id)

export const listsInQuery = ({ address }: Call): string[] =>
  address.query.flatMap(([, value]) => listIn(value))

/** A list as a query holds it: `!(5,6)` (Rison), `[5,6]`, or a condition on ids: `id:[5,6]`, `id in (5,6)`. https://github.com/Nanonid/rison */
const listIn = (text: string): string[] =>
  (
    /^(?:!\(|\[|_?id:\[?|_?id in ?[[(])(["']?[\w-]+["']?(?:, ?["']?[\w-]+["']?)*)[)\]]?$/.exec(text)?.[1] ??
    ''
  )
    .split(',')
    .map((one) => one.replace(/["' ]/g, ''))
    .filter((one) => one !== '')

/** The id that a body carries itself, where the path has none: one that was read before, or a strong one. */
export const ownId = (sent: JsonObject, type: string, call: Call, memory: ReadMemory): string | undefined => {
  const identity = ownIdentity(sent, type)
  if (!identity || (identity.strength === 'weak' && (!isPlural(type) || isSettingsWord(type))))
    return undefined
  if (memory.knowsId(identity.id))
    return identity.strength === 'strong' || call.method !== 'POST' ? identity.id : undefined
  return identity.strength === 'strong' && call.method !== 'POST' ? identity.id : undefined
}

export const isSettingsWord = (type: string): boolean =>
  /(setting|config|configuration|preference|option|profile|policy|password|mode|theme|limit|quota|setup)s?$/i.test(
    singularNoun(type),
  )
