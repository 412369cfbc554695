/**
 * What was read, for "before": every object in every read, findable by the ids inside it. Bounded: the oldest reads go first.
 * Values are as read, secrets included; they leave the page only redacted.
 */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type Identity, identitiesOf } from './identity.ts'
import { isVolatileKey, singularNoun, splitWords } from './words.ts'

export interface Read {
  /** What the same document is found under again: a path, or the words of an RPC's noun. */
  readonly place: string
  /** Ids in the address, and nouns. */
  readonly scope: readonly string[]
  readonly noun?: string
  readonly value: Json
  /** Length of its text. */
  readonly size: number
  readonly startedAtMs: number
  /** Not read but saved: as good as read wherever the change was sent. */
  readonly isSaved?: true
}

export interface Sought {
  readonly id?: string
  /** The type as the wire says it. */
  readonly type?: string
  readonly place?: string
  readonly scope: readonly string[]
  /** Members that the write names; a good before has most of them. */
  readonly keys: readonly string[]
}

export interface ReadMemory {
  readonly learn: (read: Read) => void
  /** The newest read of the same document. */
  readonly atPlace: (place: string) => Json | undefined
  /** The object that a write is about, as last read. */
  readonly find: (sought: Sought) => JsonObject | undefined
  /** The object of that type that has no id: settings, a profile. */
  readonly findSingle: (type: string, keys: readonly string[]) => JsonObject | undefined
  /** As the id of anything; a name deep inside a document counts for a noun only where it stands under it. */
  readonly knowsId: (text: string, noun?: string) => boolean
  /** As an id or name of several words with slashes between: `shop/title`. */
  readonly knowsPath: (text: string) => boolean
  /** Newest first. */
  readonly reads: () => readonly Read[]
}

interface Sighting {
  readonly object: JsonObject
  readonly identity: Identity | { readonly key: string; readonly strength: 'map' }
  /** Nouns it stood under, innermost first. */
  readonly nouns: readonly string[]
  /** Ids of the objects around it. */
  readonly around: readonly string[]
}

interface Indexed {
  readonly read: Read
  readonly sightings: ReadonlyMap<string, readonly Sighting[]>
  /** Texts with slashes in its lists of texts. */
  readonly paths: ReadonlySet<string>
}

export const MAX_READS = 200
export const MAX_READ_CHARS = 4_000_000 // two bytes a char at most: 8 MB

export const createReadMemory = (): ReadMemory => {
  let kept: Indexed[] = []
  let size = 0

  return {
    learn: (read) => {
      if (typeof read.value !== 'object' || read.value === null || read.size > MAX_READ_CHARS / 2) return
      const replaced = kept.find(
        ({ read: old }) => old.place === read.place && old.size === read.size && read.place !== '',
      )
      if (replaced) {
        kept = kept.filter((one) => one !== replaced)
        size -= replaced.read.size
      }
      const flat = { ...read, value: flattenJsonApi(read.value) }
      kept.unshift({ read: flat, sightings: indexObjects(flat), paths: pathsIn(flat.value) })
      size += read.size
      while (kept.length > MAX_READS || size > MAX_READ_CHARS) size -= kept.pop()?.read.size ?? 0
    },
    atPlace: (place) => kept.find(({ read }) => read.place === place)?.read.value,
    find: (sought) => bestOf(kept, sought),
    findSingle: (type, keys) => singleOf(kept, type, keys),
    knowsId: (text, noun) => {
      const type = noun === undefined ? undefined : singularNoun(noun)
      return kept.some(({ sightings }) =>
        sightings
          .get(text)
          ?.some(
            ({ identity: { strength }, nouns }) =>
              strength === 'strong' ||
              (strength === 'weak' && (type === undefined || nouns.length < 2 || nouns.includes(type))),
          ),
      )
    },
    knowsPath: (text) => kept.some(({ sightings, paths }) => paths.has(text) || sightings.has(text)),
    reads: () => kept.map(({ read }) => read),
  }
}

/** How well the members named by a write fit an object: 0 to 1. */
export const overlap = (keys: readonly string[], object: JsonObject): number => {
  if (keys.length === 0) return 1
  let hits = 0
  for (const key of keys) if (memberFor(key, object) !== undefined) hits++
  return hits / keys.length
}

/** The object's own name for a member: `display_name` for `displayName`, `stringValue` for `value`. */
export const memberFor = (key: string, object: JsonObject): string | undefined => {
  if (Object.hasOwn(object, key)) return key
  // `_state`, as what the app keeps itself is marked; `_id` is the id.
  if (key !== 'id' && key !== 'key' && Object.hasOwn(object, `_${key}`)) return `_${key}`
  if (!/[A-Z_-]/.test(key) && key !== 'value') return undefined
  const flat = flatName(key)
  const same = Object.keys(object).find((name) => flatName(name) === flat)
  if (same !== undefined || !TYPED_VALUE.test(key)) return same
  const values = Object.keys(object).filter((name) => TYPED_VALUE.test(name) && object[name] !== null)
  return values.length === 1 ? values[0] : undefined
}
/** A setting's value, under a name that tells its type or doesn't: read as `stringValue`, written as `value`. */
const TYPED_VALUE =
  /^(?:value|(?:string|text|int|integer|long|number|numeric|float|double|decimal|bool|boolean|raw)_?value)$/i
const flatName = (name: string): string => name.replace(/[_-]/g, '').toLowerCase()

const bestOf = (
  kept: readonly Indexed[],
  { id, type, place, scope, keys }: Sought,
): JsonObject | undefined => {
  if (id === undefined) return undefined
  const noun = type === undefined ? '' : singularNoun(type)
  const lastWord = splitWords(noun).at(-1)
  const telling = keys.filter((key) => !isVolatileKey(key))
  let best: { score: number; object: JsonObject } | undefined
  kept.forEach(({ read, sightings }, age) => {
    for (const { object, identity, nouns, around } of sightings.get(id) ?? []) {
      const fit = overlap(keys, object)
      const typed =
        noun !== '' && nouns.includes(noun)
          ? 2
          : lastWord !== undefined && nouns.some((one) => splitWords(one).at(-1) === lastWord)
            ? 1.5
            : 0
      if (keys.length > 0 && fit < 0.34 && typed === 0) continue
      if (keys.length > 0 && fit === 0 && Object.keys(object).length < 3) continue
      // Small numbers are ids of everything: of another noun's object only most of its own members make it this one.
      const isSure = identity.strength === 'strong' && !(/^\d{1,6}$/.test(id) && nouns.length > 0)
      if (!isSure && typed === 0 && overlap(telling, object) < 0.6) continue
      const scoped = scope.filter((one) => around.includes(one) || read.scope.includes(one)).length
      const score =
        (read.isSaved ? 3 : { strong: 3, weak: 2, map: 1 }[identity.strength]) +
        typed +
        4 * (keys.length > 0 ? fit : 0) +
        scoped * 1.5 +
        (read.isSaved || (place !== undefined && read.place === place) ? 1.5 : 0) +
        Math.min(1, Object.keys(object).length / 20) -
        age * 0.04
      if (!best || score > best.score + NEWER) best = { score, object }
    }
  })
  return best?.object
}

/** An older one must fit clearly better. */
const NEWER = 0.15

const singleOf = (
  kept: readonly Indexed[],
  type: string,
  keys: readonly string[],
): JsonObject | undefined => {
  let best: { fit: number; object: JsonObject } | undefined
  for (const { sightings } of kept)
    for (const key of [singleKey(type), stemKey(type)])
      for (const { object } of sightings.get(key) ?? []) {
        const fit = overlap(keys, object)
        if (fit >= 0.5 && fit > (best?.fit ?? 0)) best = { fit, object }
      }
  return best?.object
}

/** Where objects without an id are noted; no id has a zero in it. */
const singleKey = (noun: string): string => `\0${singularNoun(noun)}`

/** Read as `dns_info`, written as `dns_config`: the last word says which way it goes. */
const stemKey = (noun: string): string =>
  `\0\0${singularNoun(noun).replace(/(?<=\S) (info|config|configuration|setting|status|state|detail|option|data|current)$/, '')}`

/** https://jsonapi.org/format/: {data: {type, id, attributes, relationships}} as the plain object that it means. */
export const flattenJsonApi = (value: Json): Json => {
  if (!isJsonObject(value) || value.data === undefined) return value
  const { data } = value
  if (Array.isArray(data) ? !data.some(isApiResource) : !isApiResource(data)) return value
  return { ...value, data: Array.isArray(data) ? data.map(flattenResource) : flattenResource(data) }
}

const isApiResource = (value: Json): value is JsonObject =>
  isJsonObject(value) &&
  typeof value.type === 'string' &&
  (isJsonObject(value.attributes) || isJsonObject(value.relationships))

export const flattenResource = (value: Json): Json => {
  if (!isApiResource(value)) return value
  const { attributes, relationships, ...rest } = value
  const relations = isJsonObject(relationships) ? Object.entries(relationships) : []
  return {
    ...rest,
    ...(isJsonObject(attributes) ? attributes : {}),
    ...Object.fromEntries(
      relations.map(
        ([key, relation]) => [key, isJsonObject(relation) ? (relation.data ?? null) : null] as const,
      ),
    ),
  }
}

const MAX_OBJECTS = 20_000
const MAX_PATHS = 5_000

const pathsIn = (value: Json): Set<string> => {
  const lists = [value, ...(isJsonObject(value) ? Object.values(value) : [])].filter(Array.isArray)
  const texts = lists.flatMap((list) =>
    list.slice(0, MAX_PATHS).filter((one): one is string => typeof one === 'string' && one.includes('/')),
  )
  return new Set(texts.slice(0, MAX_PATHS))
}

const indexObjects = (read: Read): Map<string, Sighting[]> => {
  const sightings = new Map<string, Sighting[]>()
  const note = (id: string, sighting: Sighting): void => {
    const list = sightings.get(id)
    if (!list) sightings.set(id, [sighting])
    else if (list.length < 20) list.push(sighting)
  }
  let count = 0
  // The same few names come thousands of times, at the same few places.
  const nounsByName = new Map<string, string>()
  const nounOf = (name: string): string => {
    const known = nounsByName.get(name)
    if (known !== undefined) return known
    const noun = singularNoun(name)
    nounsByName.set(name, noun)
    return noun
  }
  const placesBelow = new Map<readonly string[], Map<string, readonly string[]>>()
  const below = (nouns: readonly string[], noun: string): readonly string[] => {
    const places = placesBelow.get(nouns) ?? new Map<string, readonly string[]>()
    const place = places.get(noun) ?? [noun, ...nouns].slice(0, 6)
    places.set(noun, place)
    placesBelow.set(nouns, places)
    return place
  }
  const walk = (
    value: Json,
    nouns: readonly string[],
    around: readonly string[],
    key: string | undefined,
  ): void => {
    if (Array.isArray(value)) {
      for (const element of value) walk(element, nouns, around, undefined)
      return
    }
    if (!isJsonObject(value) || ++count > MAX_OBJECTS) return
    const types = typeWords(value)
    const named = types.length === 0 ? nouns : [...types, ...nouns]
    const identities = identitiesOf(value, nouns[0] ?? '')
    for (const identity of identities.slice(0, 4))
      note(identity.id, { object: value, identity, nouns: named, around })
    if (key !== undefined && !identities.some((identity) => identity.id === key))
      note(key, { object: value, identity: { key, strength: 'map' }, nouns: named.slice(1), around })
    if (key !== undefined && identities[0]?.strength !== 'strong')
      note(`\0${nounOf(key)}`, { object: value, identity: { key, strength: 'map' }, nouns: named, around })
    const inside = identities[0]
      ? [...identities.slice(0, 3).map((identity) => identity.id), ...around].slice(0, 12)
      : around
    for (const [member, child] of Object.entries(value)) {
      if (typeof child !== 'object' || child === null) continue
      const noun = nounOf(member)
      walk(child, ENVELOPE.has(noun) ? nouns : below(nouns, noun), inside, member)
    }
  }
  walk(read.value, read.noun === undefined ? [] : [singularNoun(read.noun)], read.scope, undefined)
  if (read.noun !== undefined && isJsonObject(read.value))
    for (const key of [singleKey(read.noun), stemKey(read.noun)])
      note(key, {
        object: read.value,
        identity: { key: read.noun, strength: 'map' },
        nouns: [],
        around: [],
      })
  return sightings
}

const ENVELOPE = new Set([
  'data',
  'result',
  'item',
  'response',
  'payload',
  'record',
  'row',
  'node',
  'edge',
  'content',
  'value',
  'attribute',
  'list',
  'object',
  'body',
  'entity',
])

const TYPE_KEYS = ['__typename', '_type', 'object', 'kind', '@type', 'type', 'resourceType']

const typeWords = (object: JsonObject): string[] => {
  const words: string[] = []
  for (const key of TYPE_KEYS) {
    const type = object[key]
    if (typeof type === 'string' && type.length < 60 && type !== '') words.push(singularNoun(type))
  }
  return words
}
