/**
 * Two states → what differs, leaf by leaf. Lists are aligned by the ids of their elements; values that are read and written under
 * different shapes ("true" and true, {id} and id, a string and a list of one) are compared after normalising.
 */
import { canonicalJson, isJsonObject, type Json, type JsonObject, keysToPointer } from '../model/json.ts'
import { elementKey } from './identity.ts'
import { isSecretKey, isVolatileKey } from './words.ts'

export interface Difference {
  /** Into the after; into the before where `op` is remove. */
  readonly keys: readonly string[]
  readonly op: 'add' | 'replace' | 'remove'
  readonly before?: Json
  readonly after?: Json
  /** The outermost list element with an id that this lies in. */
  readonly item?: ListItem
}

export interface ListItem {
  /** Name of the list: `devices`. */
  readonly list: string
  readonly id: string
  readonly strength: 'strong' | 'weak'
  /** How many of `keys` lead to the element. */
  readonly depth: number
  readonly before?: JsonObject
  readonly after?: JsonObject
}

export const pointerOf = ({ keys }: Difference): string => keysToPointer(keys)

export interface CompareOptions {
  /** In maps and lists, what the after lacks is gone; else it is as before. A resource's own members are as before in any case: writes rarely repeat all that reads show. */
  readonly whole: boolean
  /** Keep what servers change by themselves. */
  readonly volatile?: true
}

const MAX_DIFFERENCES = 2_000
const MAX_ALIGN_CELLS = 40_000

export const differences = (
  before: Json | undefined,
  after: Json | undefined,
  { whole, volatile }: CompareOptions,
): Difference[] => {
  const found: Difference[] = []

  const report = (
    op: Difference['op'],
    keys: readonly string[],
    item: ListItem | undefined,
    was?: Json,
    is?: Json,
  ): void => {
    if (found.length >= MAX_DIFFERENCES) return
    found.push({
      keys,
      op,
      ...(was !== undefined && { before: was }),
      ...(is !== undefined && { after: is }),
      ...(item && { item }),
    })
  }

  const visit = (
    was: Json | undefined,
    is: Json | undefined,
    keys: readonly string[],
    item: ListItem | undefined,
  ): void => {
    if (isSame(was, is)) return
    const typed = typedValues(was, is)
    if (typed) visit(typed[0], typed[1], keys, item)
    else if (was === undefined || is === undefined) visitOneSided(was, is, keys, item)
    else if (isJsonObject(was) && isJsonObject(is)) visitObjects(was, is, keys, item)
    else if (Array.isArray(was) && Array.isArray(is)) visitLists(was, is, keys, item)
    else if (isBlank(was) && (typeof is === 'object' || isJsonObject(was)))
      visitOneSided(undefined, is, keys, item)
    else replace(was, is, keys, item)
  }

  const replace = (was: Json, is: Json, keys: readonly string[], item: ListItem | undefined): void => {
    if (isRendering(was) && isScalar(is)) return
    const [plainWas, plainIs] = inOneShape(was, is)
    if (!isSame(plainWas, plainIs)) report('replace', keys, item, plainWas, plainIs)
  }

  /** A branch that only one side has is opened up to its leaves; a list is one leaf. */
  const visitOneSided = (
    was: Json | undefined,
    is: Json | undefined,
    keys: readonly string[],
    item: ListItem | undefined,
  ): void => {
    const value = was ?? is
    if (isJsonObject(value) && Object.keys(value).length > 0) {
      for (const [key, child] of Object.entries(value)) {
        if (was === undefined ? isBlank(child) : isBlank(child) || isReadOnlyKey(key)) continue
        if (was === undefined) visitOneSided(undefined, child, [...keys, key], item)
        else visitOneSided(child, undefined, [...keys, key], item)
      }
    } else if (was === undefined) report('add', keys, item, undefined, is)
    else report('remove', keys, item, was, undefined)
  }

  const visitObjects = (
    was: JsonObject,
    is: JsonObject,
    keys: readonly string[],
    item: ListItem | undefined,
  ): void => {
    for (const [key, value] of Object.entries(is)) {
      if (isClientOnlyKey(key)) continue
      const old = Object.hasOwn(was, key) ? was[key] : undefined
      if (volatile === undefined && isVolatileChange(key, old, value)) continue
      if (old === undefined && (isBlank(value) || (whole && isAside(key, was)))) continue
      visit(old, value, [...keys, key], item)
    }
    if (!whole || keys.length === 0 || !isMap(was) || isOther(was, is)) return
    for (const [key, old] of Object.entries(was))
      if (!Object.hasOwn(is, key) && !isBlank(old) && !isReadOnlyKey(key))
        visitOneSided(old, undefined, [...keys, key], item)
  }

  const visitLists = (
    was: readonly Json[],
    is: readonly Json[],
    keys: readonly string[],
    item: ListItem | undefined,
  ): void => {
    if (!was.some(isJsonObject) || !is.some(isJsonObject)) {
      if (was.length > 0 && is.length > 0) return void replace(was as Json[], is as Json[], keys, item)
      if (was.every(isScalar) && is.every(isScalar))
        return void report('replace', keys, item, was as Json[], is as Json[])
    }
    const by = elementKey(was, is, keys.at(-1) ?? '')
    if (!by) return void visitUnkeyedLists(was, is, keys, item)
    const idOf = (element: Json): string => String((element as JsonObject)[by.key])
    const wasById = new Map(
      was.map((element, index) => [idOf(element), { element: element as JsonObject, index }]),
    )
    const isById = new Set(is.map(idOf))
    const itemFor = (id: string, old: JsonObject | undefined, now: JsonObject | undefined): ListItem =>
      item ?? {
        list: keys.at(-1) ?? '',
        id,
        strength: by.strength,
        depth: keys.length + 1,
        ...(old && { before: old }),
        ...(now && { after: now }),
      }
    // A list of names and values is a map: what isn't sent is as before.
    const isPairs =
      is.every((element) => Object.hasOwn(element as JsonObject, 'value')) &&
      /^(key|name|code|setting|option)$/.test(by.key)
    was.forEach((element, index) => {
      const id = idOf(element)
      if (!isPairs && !isById.has(id))
        report(
          'remove',
          [...keys, String(index)],
          itemFor(id, element as JsonObject, undefined),
          element,
          undefined,
        )
    })
    is.forEach((element, index) => {
      const id = idOf(element)
      const old = wasById.get(id)?.element
      if (!old)
        report(
          'add',
          [...keys, String(index)],
          itemFor(id, undefined, element as JsonObject),
          undefined,
          element,
        )
      else visit(old, element, [...keys, String(index)], itemFor(id, old, element as JsonObject))
    })
  }

  /** Elements without ids: equal ones are paired first, what is left in order. */
  const visitUnkeyedLists = (
    was: readonly Json[],
    is: readonly Json[],
    keys: readonly string[],
    item: ListItem | undefined,
  ): void => {
    if (was.length * is.length > MAX_ALIGN_CELLS)
      return void report('replace', keys, item, was as Json[], is as Json[])
    const isLeft = new Set(is.keys())
    const wasLeft: number[] = []
    was.forEach((element, index) => {
      const twin =
        isLeft.has(index) && isSame(element, is[index])
          ? index
          : [...isLeft].find((other) => isSame(element, is[other]))
      if (twin === undefined) wasLeft.push(index)
      else isLeft.delete(twin)
    })
    const rest = [...isLeft]
    const pairs = Math.min(wasLeft.length, rest.length)
    for (let i = 0; i < pairs; i++)
      visit(was[wasLeft[i] as number], is[rest[i] as number], [...keys, String(rest[i])], item)
    for (const index of wasLeft.slice(pairs))
      report('remove', [...keys, String(index)], item, was[index], undefined)
    for (const index of rest.slice(pairs)) report('add', [...keys, String(index)], item, undefined, is[index])
  }

  visit(before, after, [], undefined)
  return found
}

/** Equal after normalising. Absent, null, "" and empty lists are one. */
export const isSame = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true
  if (isBlank(a) && isBlank(b)) return a !== false || b !== false
  if (a === undefined || b === undefined) return false
  if (isScalar(a) && isScalar(b)) return isSameScalar(a, b)
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false
    if (a.every((element, index) => isSame(element, b[index]))) return true
    return (
      a.every(isScalar) &&
      b.every(isScalar) &&
      a.map(normalText).sort().join('\0') === b.map(normalText).sort().join('\0')
    )
  }
  if (Array.isArray(a) && a.length === 1 && !Array.isArray(b)) return isSame(a[0], b)
  if (Array.isArray(b) && b.length === 1 && !Array.isArray(a)) return isSame(a, b[0])
  if (isJsonObject(a) && isJsonObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)])
    for (const key of keys)
      if (!isSame(Object.hasOwn(a, key) ? a[key] : undefined, Object.hasOwn(b, key) ? b[key] : undefined))
        return false
    return true
  }
  return false
}

export const isScalar = (value: Json | undefined): value is null | boolean | number | string =>
  value === null || (typeof value !== 'object' && value !== undefined)

/** Says nothing: absent, null, "", [], {} and false. */
export const isBlank = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  (typeof value === 'object' && Object.keys(value).length === 0)

export const isVolatileChange = (key: string, before: Json | undefined, after: Json | undefined): boolean =>
  /^_?etag$/i.test(key) ||
  (isVolatileKey(key) && [before, after].every((value) => value === undefined || isStamp(value)))

/** A time, a number, a hash: what servers write by themselves. */
const isStamp = (value: Json): boolean =>
  value === null ||
  typeof value === 'number' ||
  (isJsonObject(value) && Object.keys(value).length <= 4) ||
  (typeof value === 'string' && (value === '' || /\d/.test(value) || /^[\w+/=-]{16,}$/.test(value)))

/** Members that come with a read and aren't sent back. */
const isReadOnlyKey = (key: string): boolean =>
  /^(_?id|_id|uuid|guid|@.*|_.*|__.*|href|self|url|links?|meta|etag|.*(count|total|stats?|statistics|metrics)|(created|updated|modified|deleted|published|last|can[A-Z_]|has[A-Z_]|num[A-Z_]|total|is_?own).*|.*(_at|At|On|_on|_by|By|Url|_url|Time|_time|Date))$/.test(
    key,
  ) || isVolatileKey(key)

/** Sent back with a rich document that has no such member: the page's own note. */
const isAside = (key: string, was: JsonObject): boolean => {
  const members = Object.keys(was).length
  return (key.startsWith('_') && members > 2) || (members >= 15 && !isMap(was) && !isSecretKey(key))
}

/** Frameworks' own marks on objects. */
const isClientOnlyKey = (key: string): boolean => key.startsWith('$$') || key === '__proto__'

/** {integerValue: '8'} and {integerValue: '12'}: the type is no member. */
const typedValues = (was: Json | undefined, is: Json | undefined): [Json, Json] | undefined => {
  if (!isJsonObject(was) || !isJsonObject(is)) return undefined
  const [key, ...more] = Object.keys(was)
  if (key === undefined || more.length > 0 || !/^[a-z]+Value$/.test(key)) return undefined
  return Object.keys(is).length === 1 && Object.hasOwn(is, key)
    ? [was[key] as Json, is[key] as Json]
    : undefined
}

/** A reference that now points elsewhere: what it said of the old one is not gone. */
const isOther = (was: JsonObject, is: JsonObject): boolean =>
  is.id !== undefined && was.id !== undefined && !isSame(was.id, is.id)

/** Free names to values of one kind (headers, labels, a collection by id): there, a name that is missing is gone. */
const isMap = (object: JsonObject): boolean => {
  const values = Object.values(object)
  if (values.every((value) => typeof value === 'string')) return true
  if (
    values.every((value) => typeof value === 'number') ||
    values.every((value) => typeof value === 'boolean')
  )
    return values.length < 3
  const keys = values.every(isJsonObject) ? Object.keys(values[0] as JsonObject) : []
  return (
    keys.length > 0 &&
    values.every(
      (value) =>
        isJsonObject(value) && keys.filter((key) => Object.hasOwn(value, key)).length >= keys.length * 0.6,
    )
  )
}

/** Read as an object and written as a scalar, or the other way round, or as a relation: both as the plainer one. */
const inOneShape = (was: Json, is: Json): [Json, Json] => {
  if (Array.isArray(was) && Array.isArray(is)) {
    if (is.every(isScalar) && was.some(isJsonObject)) return [was.map((one) => scalarOf(one, is[0])), is]
    if (was.every(isScalar) && is.some(isJsonObject)) return [was, is.map((one) => scalarOf(one, was[0]))]
    return [was, is]
  }
  if (isJsonObject(was) && isScalar(is)) return [scalarOf(was, is), is]
  if (isJsonObject(is) && isScalar(was)) return [was, scalarOf(is, was)]
  // [233, 'United States']: an id with what it is called.
  if (
    Array.isArray(was) &&
    typeof is === 'number' &&
    was.length === 2 &&
    typeof was[0] === 'number' &&
    typeof was[1] === 'string'
  )
    return [was[0], is]
  if (Array.isArray(was) && isScalar(is) && was.every(isScalar))
    return typeof is === 'string' && is.includes(',') ? [was, is.split(/\s*,\s*/)] : [was, is]
  return [was, is]
}

/** What a text became for readers can't be compared with what is written. */
const isRendering = (value: Json): boolean =>
  isJsonObject(value) && Object.hasOwn(value, 'rendered') && !Object.hasOwn(value, 'raw')

const REPRESENTATIVES = [
  'id',
  '_id',
  'uuid',
  'raw',
  'value',
  'key',
  'code',
  'slug',
  'name',
  'label',
  'title',
  'username',
  'email',
  'login',
  'rendered',
]

const scalarOf = (value: Json, like: Json | undefined): Json => {
  if (!isJsonObject(value)) return value
  const chosen = chosenIn(value)
  if (chosen !== undefined) return chosen
  const [only, ...more] = Object.entries(value)
  if (only && more.length === 0 && /[a-z]Value$/.test(only[0]) && isScalar(only[1])) return only[1]
  const fitting = REPRESENTATIVES.filter((key) => Object.hasOwn(value, key) && isScalar(value[key]))
  const equal = fitting.find((key) => isSame(value[key], like))
  if (equal !== undefined) return value[equal] as Json
  const alike = fitting.find((key) => typeof value[key] === typeof like && looksAlike(value[key], like))
  return alike === undefined ? value : (value[alike] as Json)
}

/** {pass: {value: 'Pass', selected: 1}, block: {…, selected: 0}}: all that may be chosen, and what is. */
const chosenIn = (value: JsonObject): string | undefined => {
  const options = Object.entries(value)
  const isChoice = options.every(([, one]) => isJsonObject(one) && Object.hasOwn(one, 'selected'))
  if (options.length === 0 || !isChoice) return undefined
  const chosen = options.filter(([, one]) => isSameScalar((one as JsonObject).selected ?? null, true))
  return chosen.map(([key]) => key).join(',')
}

const looksAlike = (a: Json | undefined, b: Json | undefined): boolean =>
  typeof a !== 'string' || typeof b !== 'string' || /^\d+$/.test(a) === /^\d+$/.test(b)

const isSameScalar = (a: Json, b: Json): boolean => {
  if (typeof a === 'boolean' || typeof b === 'boolean') {
    const [truth, other] = typeof a === 'boolean' ? [a, b] : [b, a]
    return truth
      ? /^(true|1|on|yes)$/i.test(String(other))
      : other === null || /^(false|0|off|no|)$/i.test(String(other))
  }
  if (typeof a === 'number' || typeof b === 'number')
    return a !== '' && b !== '' && a !== null && b !== null && Number(a) === Number(b)
  const [textA, textB] = [normalText(a), normalText(b)]
  return (
    textA === textB ||
    (ISO_TIME.test(textA) && ISO_TIME.test(textB) && Date.parse(textA) === Date.parse(textB))
  )
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const normalText = (value: Json): string =>
  typeof value === 'string'
    ? value.replace(/\r\n?/g, '\n').trim()
    : value === null
      ? ''
      : typeof value === 'object'
        ? canonicalJson(value)
        : String(value)
