/** Which member of an object is its id, which its name. General habits of APIs, strongest first. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { singular, splitWords } from './words.ts'

const STRONG = [
  'id',
  '_id',
  'uuid',
  'guid',
  'uid',
  'ID',
  'Id',
  'UUID',
  'Uuid',
  '@id',
  'pk',
  '_key',
  'gid',
  'sys_id',
  'objectId',
  '$id',
  '.id',
]
const WEAK = [
  'key',
  'slug',
  'name',
  'username',
  'login',
  'email',
  'code',
  'identifier',
  'setting',
  'handle',
  'alias',
  'hostname',
  'hash',
  'infohash',
  'fingerprint',
  'serial',
  'address',
  'tag',
  'title',
]
const NAMES = [
  'name',
  'title',
  'label',
  'displayName',
  'display_name',
  'fullName',
  'full_name',
  'friendly_name',
  'friendlyName',
  'username',
  'login',
  'userName',
  'subject',
  'email',
  'headline',
  'caption',
  'key',
  'slug',
  'code',
  'hostname',
  'url',
]

export interface Identity {
  readonly key: string
  readonly id: string
  /** `weak`: a name or slug that serves as one where there is no id. */
  readonly strength: 'strong' | 'weak'
}

/** All members that may serve as the id, best first. `type` (words) prefers `deviceID` for a device. */
export const identitiesOf = (object: JsonObject, type = ''): Identity[] => {
  const found: Identity[] = []
  const take = (key: string, strength: Identity['strength']): void => {
    const value = Object.hasOwn(object, key) ? object[key] : undefined
    if (isScalarId(value) && !found.some((identity) => identity.key === key))
      found.push({ key, id: String(value), strength })
  }
  for (const key of STRONG) if (object[key] !== undefined) take(key, 'strong')
  // {uid: ['ana'], mail: ['a@b', 'c@d']}: a directory's attributes are lists, even of one.
  const { uid } = object
  if (Array.isArray(uid) && uid.length === 1 && isScalarId(uid[0]))
    found.push({ key: 'uid', id: String(uid[0]), strength: 'strong' })
  // {id: {entityType: 'DEVICE', id: '5'}}
  const inner = isJsonObject(object.id) && Object.keys(object.id).length <= 2 ? object.id.id : undefined
  if (found.length === 0 && isScalarId(inner))
    found.push({ key: 'id', id: String(inner), strength: 'strong' })
  const { metadata } = object
  if (
    found.length === 0 &&
    isJsonObject(metadata) &&
    (typeof object.kind === 'string' || isJsonObject(object.spec)) &&
    isScalarId(metadata.name)
  )
    found.push({ key: 'metadata', id: String(metadata.name), strength: 'strong' })
  const named = Object.keys(object).filter((key) => ENDS_LIKE_ID.test(key) && !STRONG.includes(key))
  if (named.length > 0) {
    const stem = singular(splitWords(type).at(-1) ?? '')
    const own = named.filter((key) => ID_SUFFIX.test(key) || isStemId(key, stem)).slice(0, 20)
    for (const key of own)
      if (stem !== '' && (stemOf(key) === stem || isStemId(key, stem))) take(key, 'strong')
    const [first] = own
    if (
      found.length === 0 &&
      first !== undefined &&
      Object.keys(object).indexOf(first) <= 1 &&
      !/^(0|-1)$/.test(String(object[first]))
    )
      take(first, 'strong')
    for (const key of own)
      if (/^(document|object|entity|record|item|resource|public|short|external)_?id$/i.test(key))
        take(key, 'strong')
  }
  // {domain: 'acme.example', …} among domains.
  const noun = singular(splitWords(type).at(-1) ?? '')
  if (noun !== '' && /^\S{1,100}$/.test(String(object[noun] ?? ''))) take(noun, 'weak')
  // {AlarmName: 'cpu', …} among alarms.
  const ownName = noun === '' ? undefined : Object.keys(object).find((key) => isNameOf(key, noun))
  if (ownName !== undefined) take(ownName, 'weak')
  for (const key of WEAK) {
    if (object[key] !== undefined) take(key, 'weak')
    const pascal = `${key.charAt(0).toUpperCase()}${key.slice(1)}`
    if (object[pascal] !== undefined) take(pascal, 'weak')
  }
  // {className: 'Invoice', …}: named first of all by a name of its kind.
  const [first] = Object.keys(object)
  if (
    found.length === 0 &&
    first !== undefined &&
    /^[a-z]+(Name|_name)$/.test(first) &&
    !PART_OF_NAME.test(first)
  )
    take(first, 'weak')
  return found
}

const isNameOf = (key: string, noun: string): boolean => {
  const words = splitWords(key)
  return words.length === 2 && words[0] === noun && words[1] === 'name'
}

const PART_OF_NAME = /^(first|last|middle|given|family|full|display|nick|short|long|legal|file)_?name$/i

/** `site` of `siteId`, `site_id`, `idSite` and `id_site`. */
const stemOf = (key: string): string => {
  const words = splitWords(key)
  return singular((words[0] === 'id' ? words.at(-1) : words.at(-2)) ?? '')
}

/** `userid` of a user. */
const isStemId = (key: string, stem: string): boolean => stem !== '' && key.toLowerCase() === `${stem}id`
const ENDS_LIKE_ID = /.(id|Id|ID|uid|Uuid)$|^id(_|[A-Z])/

export const identityOf = (object: JsonObject, type = ''): Identity | undefined =>
  identitiesOf(object, type)[0]

/** Of what is made. {deviceId: 5, zoneId: 2}, where a permission is: ids of what it is about, none of its own. */
export const ownIdentity = (object: JsonObject, type: string): Identity | undefined => {
  const noun = singular(splitWords(type).at(-1) ?? '')
  return identityOf(
    Object.fromEntries(
      Object.entries(object).filter(([key]) => {
        const words = splitWords(key)
        return words.length < 2 || words.at(-1) !== 'id' || words.at(-2) === noun
      }),
    ),
    type,
  )
}

/** {itemtype: 'activity', itemid: '17', value}: of what kind and which, said beside what is set on it. */
export const referenceIn = (
  object: JsonObject,
): { type: string; id: string; rest: JsonObject } | undefined => {
  for (const [key, type] of Object.entries(object)) {
    const stem = /^(item|object|entity|resource|record|subject|target|element|node)_?type$/i.exec(key)?.[1]
    const idKey = stem && Object.keys(object).find((name) => new RegExp(`^${stem}_?id$`, 'i').test(name))
    const id = idKey === undefined ? undefined : object[idKey]
    if (
      idKey === undefined ||
      typeof type !== 'string' ||
      !/^[A-Za-z][\w .\\-]{1,60}$/.test(type) ||
      !isScalarId(id)
    )
      continue
    const { [key]: _type, [idKey]: _id, ...rest } = object
    return { type, id: String(id), rest }
  }
  return undefined
}

/** What people call it: its name, title, login … or first and last name together. */
export const nameOf = (value: Json | undefined): string | undefined => {
  if (!isJsonObject(value)) return undefined
  for (const key of NAMES) {
    const text = readText(value[key])
    if (text !== undefined) return text
  }
  const parts = [
    value.firstname ?? value.firstName ?? value.first_name,
    value.lastname ?? value.lastName ?? value.last_name,
  ]
  const full = parts.filter((part): part is string => typeof part === 'string' && part !== '').join(' ')
  if (full !== '') return full
  if (isJsonObject(value.metadata) && typeof value.kind === 'string') return readText(value.metadata.name)
  const suffixed = Object.keys(value).find(
    (key) => /(^|[a-z_])(name|title|label)$/i.test(key) && readText(value[key]) !== undefined,
  )
  return suffixed === undefined ? undefined : readText(value[suffixed])
}

/** The key by which all elements of both lists can be told apart, if there is one. */
export const elementKey = (
  a: readonly Json[],
  b: readonly Json[],
  type = '',
): { key: string; strength: Identity['strength'] } | undefined => {
  const all = [...a, ...b]
  if (all.length === 0 || !all.every(isJsonObject)) return undefined
  for (const { key, strength } of identitiesOf(all[0] as JsonObject, type))
    if (isUnique(a, key) && isUnique(b, key)) return { key, strength }
  return undefined
}

const isUnique = (list: readonly Json[], key: string): boolean => {
  const ids = new Set<string>()
  for (const element of list) {
    const value = isJsonObject(element) && Object.hasOwn(element, key) ? element[key] : undefined
    if (!isScalarId(value) || ids.has(String(value))) return false
    ids.add(String(value))
  }
  return true
}

const ID_SUFFIX = /([a-z]I[dD]|_id|-id|[a-z]Uuid|_uuid|^id_[a-z]+|^id[A-Z][a-z]+)$/

const isScalarId = (value: unknown): value is string | number =>
  (typeof value === 'string' && value !== '' && value.length <= 300 && !value.includes('\n')) ||
  (typeof value === 'number' && Number.isFinite(value))

const readText = (value: Json | undefined): string | undefined => {
  const text = isJsonObject(value) ? (value.raw ?? value.rendered ?? value.en) : value
  return typeof text === 'string' && text.trim() !== '' && text.length <= 300 ? text.trim() : undefined
}
