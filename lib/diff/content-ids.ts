/**
 * Equality of JSON values by content, key order aside: pair by pair, or by numbers that equal values share.
 * Hostile nesting can't overflow the stack.
 */
import type { Json, JsonObject } from '../model/json.ts'

export type ContentIds = (value: Json) => number

type Scalar = Exclude<Json, Json[] | JsonObject>

export const createContentIds = (): ContentIds => {
  const scalarIds = new Map<Scalar, number>()
  const containerIds = new Map<string, number>()
  const known = new Map<object, number>()
  let lastId = 0

  const idIn = <Key>(ids: Map<Key, number>, key: Key): number => {
    let id = ids.get(key)
    if (id === undefined) {
      id = ++lastId
      ids.set(key, id)
    }
    return id
  }
  const knownId = (value: Json): number =>
    isContainer(value) ? (known.get(value) as number) : idIn(scalarIds, value)

  return (root) => {
    if (!isContainer(root)) return knownId(root)
    if (known.has(root)) return knownId(root)
    // Parents stand before their members, so the way back meets members first.
    const containers = [root]
    for (let next = 0; next < containers.length; next++) {
      const container = containers[next] as JsonObject
      for (const key in container) {
        const member = container[key] as Json
        if (isContainer(member) && !known.has(member)) containers.push(member)
      }
    }
    for (const container of containers.reverse())
      known.set(container, idIn(containerIds, signatureOf(container, knownId)))
    return knownId(root)
  }
}

/** Faster than comparing numbers where few values are looked at once. */
export const sameContent = (a: Json, b: Json, contentId: ContentIds, depth = 0): boolean => {
  if (!isContainer(a) || !isContainer(b)) return a === b
  if (depth === MAX_RECURSION) return contentId(a) === contentId(b)
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => sameContent(item, b[index] as Json, contentId, depth + 1))
  }
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length &&
    keys.every(
      (key) => Object.hasOwn(b, key) && sameContent(a[key] as Json, b[key] as Json, contentId, depth + 1),
    )
  )
}

const MAX_RECURSION = 200

/** True for arrays and objects. */
export const isContainer = (value: Json | undefined): value is Json[] | JsonObject =>
  typeof value === 'object' && value !== null

/** Lengths before keys keep the signature unambiguous, whatever the keys hold. */
const signatureOf = (container: Json[] | JsonObject, idOf: (value: Json) => number): string => {
  let signature = Array.isArray(container) ? '[' : '{'
  if (Array.isArray(container)) for (const item of container) signature += `${idOf(item)},`
  else
    for (const key of Object.keys(container).sort())
      signature += `${key.length}.${key}${idOf(container[key] as Json)},`
  return signature
}
