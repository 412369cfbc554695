/** Parameters of a call, by position or by name → which items it is about and what it sets. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { identityOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { settingsInRows } from '../../setting-rows.ts'
import { singularNoun, splitWords } from '../../words.ts'

export interface Parameters {
  readonly ids: readonly string[]
  readonly content: JsonObject
}

export const readParams = (params: Json, noun: string, kind: string, memory: ReadMemory): Parameters => {
  if (!Array.isArray(params)) {
    if (isJsonObject(params))
      return typeof params.method === 'string' && Array.isArray(params.args)
        ? readParams([...params.args, ...keywordsOf(params.kwargs)], noun, kind, memory)
        : readNamed(params, noun, kind, memory)
    return params === null || typeof params === 'boolean'
      ? { ids: [], content: {} }
      : { ids: [String(params)], content: {} }
  }
  const ids: string[] = []
  let content: JsonObject = {}
  const scalars: Json[] = []
  for (const param of params) {
    if (typeof param === 'string' && (/^token:/.test(param) || param === '')) continue
    const settings = Array.isArray(param) ? settingsInRows(param) : undefined
    if (settings) {
      content = { ...content, ...settings }
      continue
    }
    if (isJsonObject(param)) {
      // What comes after the values says how the call is meant: language, client, flags.
      if (Object.keys(content).length > 0 && (ids.length > 0 || kind === 'create')) continue
      const named = readNamed(withoutOperators(param), noun, kind, memory)
      const isContent = ids.length > 0 && named.ids.length > 0
      if (ids.length === 0) ids.push(...named.ids)
      content = { ...content, ...(isContent ? param : named.content) }
    } else if (
      Array.isArray(param) &&
      ids.length === 0 &&
      param.length > 0 &&
      param.every((one) => typeof one === 'string' || typeof one === 'number') &&
      kind !== 'create'
    )
      ids.push(...param.map(String))
    else if (Object.keys(content).length === 0) scalars.push(param)
  }
  const [first, second, ...more] = scalars
  if (ids.length > 0) {
    const isSaidTwice = ids.length === 1 && String(first) === ids[0]
    if (scalars.length === 1 && first !== undefined && !isSaidTwice) content = { ...content, value: first }
  } else if (kind === 'delete') ids.push(...scalars.filter((one) => typeof one !== 'boolean').map(String))
  else if (Object.keys(content).length > 0 || scalars.length === 1) {
    if (first !== undefined && typeof first !== 'boolean' && kind !== 'create') ids.push(String(first))
  } else if (typeof first === 'string' && second !== undefined && more.length === 0) {
    // (id, value) or (key, value).
    if (memory.knowsId(first) || /\d{3,}|^[0-9a-f-]{16,}$/i.test(first)) {
      ids.push(first)
      content = { value: second }
    } else content = { [first]: second }
  } else if (typeof first === 'number' && second !== undefined && more.length === 0) {
    ids.push(String(first))
    content = { [splitWords(noun).at(-1) ?? 'value']: second }
  } else if (scalars.length > 0) {
    const key = scalars.at(-2)
    if (typeof key === 'string' && scalars.length > 2) content = { [key]: scalars.at(-1) ?? null }
    if (first !== undefined) ids.push(String(first))
  }
  const lists = params.filter(Array.isArray)
  if (kind === 'create' && Object.keys(content).length === 0)
    content = { ...(lists[0] && { items: lists[0] }), ...(first !== undefined && { name: first }) }
  return { ids: [...new Set(ids)].slice(0, 200), content }
}

/** {$set: {title}, $unset: {note: ''}}: how a document store is told what to set. */
const withoutOperators = (given: JsonObject): JsonObject => {
  const { $set, $unset, ...more } = given
  if (!isJsonObject($set) && !isJsonObject($unset)) return given
  const gone = Object.keys(isJsonObject($unset) ? $unset : {}).map((key) => [key, null] as const)
  const plain = Object.entries(more).filter(([key]) => !key.startsWith('$'))
  return { ...Object.fromEntries(plain), ...(isJsonObject($set) ? $set : {}), ...Object.fromEntries(gone) }
}

/** What is said in keywords, but for where and how the call was made. */
const keywordsOf = (kwargs: Json | undefined): Json[] => {
  if (!isJsonObject(kwargs)) return []
  const { context: _context, specification: _shape, ...rest } = kwargs
  return Object.keys(rest).length > 0 ? [rest] : []
}

const readNamed = (given: JsonObject, noun: string, kind: string, memory: ReadMemory): Parameters => {
  const own = splitWords(noun).at(-1) ?? ''
  const members = Object.entries(given)
  const isOwnId = (key: string): boolean => {
    const words = splitWords(key)
    return (
      (words.at(-1) === 'id' || words.at(-1) === 'ids' || (words[0] === 'id' && words.length === 2)) &&
      (words.length === 1 || words.includes(own) || words.includes(singularNoun(own)))
    )
  }
  const compact = (key: string): string => splitWords(key).join('')
  const key =
    members.find(([name]) => /^(ids?|_id|uuid|uuids|gid|guid|hash|hashes|sid)$/i.test(name))?.[0] ??
    members.find(
      ([name]) =>
        isOwnId(name) || compact(name) === `${compact(own)}id` || compact(name) === `${compact(own)}ids`,
    )?.[0] ??
    (kind === 'create'
      ? undefined
      : members.find(
          ([name, value]) =>
            singularNoun(name) === own &&
            (typeof value === 'string' || typeof value === 'number' || isIdObjects(value, noun)),
        )?.[0]) ??
    (kind === 'create' || (members.length === 1 && kind !== 'delete')
      ? undefined
      : members.find(([name]) => splitWords(name).length === 2 && splitWords(name)[1] === 'id')?.[0]) ??
    (kind === 'create' ? undefined : members.find((member) => isKnownId(member, memory))?.[0]) ??
    (kind === 'create' || (members.length === 1 && kind !== 'delete')
      ? undefined
      : members.find(
          ([name]) =>
            /^(name|key|slug|username|login)$/.test(name) ||
            (own !== '' && compact(name) === `${compact(own)}name`),
        )?.[0])
  const value = key === undefined ? undefined : given[key]
  const ids = (
    Array.isArray(value) ? value : value === undefined || value === null || value === '' ? [] : [value]
  )
    .flatMap((one) =>
      typeof one === 'string' || typeof one === 'number'
        ? [String(one)]
        : isJsonObject(one)
          ? [identityOf(one, noun)?.id ?? '']
          : [],
    )
    .filter((id) => id !== '')
  const rest = kind === 'create' ? members : members.filter(([name]) => name !== key)
  const only = rest[0]
  const wrapped =
    rest.length === 1 &&
    only &&
    isJsonObject(only[1]) &&
    (/^(data|input|values|patch|changes|fields|attributes|set|update|config|settings|options|params)$/i.test(
      only[0],
    ) ||
      singularNoun(only[0]) === noun ||
      singularNoun(only[0]) === own)
  const values = rest.find(
    ([name, member]) => isJsonObject(member) && /^(values|data|changes|patch|fields|attributes)$/.test(name),
  )
  const others = rest.filter((member) => member !== values)
  const arePlaces = others.every(([, member]) => typeof member === 'string' || typeof member === 'number')
  if (!wrapped && values && isJsonObject(values[1]) && kind !== 'create' && arePlaces) {
    const place = others.map(([, member]) => String(member))
    return { ids: ids.length > 0 ? ids : place.slice(-1), content: values[1] }
  }
  const content = wrapped && only ? (only[1] as JsonObject) : Object.fromEntries(rest)
  if (ids.length === 0 && kind !== 'create') {
    const inner = identityOf(content, noun)
    if (inner?.strength === 'strong')
      return {
        ids: [inner.id],
        content: Object.fromEntries(Object.entries(content).filter(([name]) => name !== inner.key)),
      }
  }
  return { ids: ids.slice(0, 200), content }
}

/** {nodeid: 'n5'}, {nodeids: ['n5', 'n7']}, for whatever the call's name calls it: read before. */
const isKnownId = ([key, value]: readonly [string, Json], memory: ReadMemory): boolean => {
  const ids = Array.isArray(value) ? value : [value]
  return (
    /^[a-z]{3,}ids?$/.test(key) &&
    ids.length > 0 &&
    ids.every((one) => (typeof one === 'string' || typeof one === 'number') && memory.knowsId(String(one)))
  )
}

/** [{hostid: '1'}, {hostid: '2'}] */
const isIdObjects = (value: Json, noun: string): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) => isJsonObject(one) && Object.keys(one).length === 1 && identityOf(one, noun) !== undefined,
  )
