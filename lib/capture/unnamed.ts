/**
 * What was read without an id of its own, found by what the address of a write says of it: the only one of a list that has all of its ids as
 * members ({user: 'ana', host: 'web'} at `/permissions/web/ana`), or a member of a map ({jobs: 100} at `/limits/jobs`).
 */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { isScalar } from './compare.ts'
import { overlap, type Read } from './read-memory.ts'
import { singularNoun } from './words.ts'

interface Addressed {
  readonly type: string
  readonly id: string
  readonly scope: readonly string[]
  readonly keys: readonly string[]
}

export const findUnnamed = (addressed: Addressed, reads: readonly Read[]): JsonObject | undefined => {
  const noun = singularNoun(addressed.type)
  for (const { noun: kind = '', scope, value } of reads) {
    if (noun === '' || singularNoun(kind) !== noun) continue
    const objects = objectsIn(value)
    const found = byReferences(objects, addressed) ?? byMember(objects, addressed, scope)
    if (found) return found
  }
  return undefined
}

/** Was a row of that noun read that joins them? */
export const isRowRead = (type: string, ids: readonly string[], reads: readonly Read[]): boolean => {
  const noun = singularNoun(type)
  return reads.some(
    ({ noun: kind = '', value }) =>
      noun !== '' && singularNoun(kind) === noun && objectsIn(value).some((object) => hasAll(ids, object)),
  )
}

const objectsIn = (value: Json): readonly JsonObject[] => {
  const lists = isJsonObject(value) ? Object.values(value).filter(Array.isArray) : []
  const list = Array.isArray(value) ? value : lists.length === 1 ? lists[0] : undefined
  return (list ?? [value]).filter(isJsonObject)
}

const byReferences = (
  objects: readonly JsonObject[],
  { id, scope, keys }: Addressed,
): JsonObject | undefined => {
  if (scope.length === 0) return undefined
  const [only, ...more] = objects.filter((object) => hasAll([...scope, id], object))
  return only && more.length === 0 && overlap(keys, only) >= 0.5 ? only : undefined
}

const hasAll = (ids: readonly string[], object: JsonObject): boolean => {
  const told = new Set(Object.values(object).filter(isScalar).map(String))
  return new Set(ids).size === ids.length && ids.every((id) => told.has(id))
}

/** Sent as {value: 250}; beside the map, or around it, stands what it is a map of. */
const byMember = (
  objects: readonly JsonObject[],
  { id, scope, keys }: Addressed,
  readScope: readonly string[],
): JsonObject | undefined => {
  const valueKey = keys.find((key) => /^value$/i.test(key))
  const above = scope.filter((one) => !readScope.includes(one))
  const [owner, ...more] = objects.filter((object) => hasAll(above, object))
  if (valueKey === undefined || !owner || more.length > 0) return undefined
  const maps = [owner, ...Object.values(owner).filter(isJsonObject)].filter((map) => Object.hasOwn(map, id))
  const [map] = maps
  const value = map?.[id]
  if (maps.length !== 1 || value === undefined || !isScalar(value)) return undefined
  return map === owner ? { [valueKey]: value } : { ...owner, [valueKey]: value }
}
