/** What is known of a resource before its change: what the decoder saw itself, else what the page had read. Never made up. */
import type { BeforeFrom } from '../../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, pointerToKeys } from '../../model/json.ts'
import { unwrap } from '../decoders/decoder.ts'
import type { Finding } from '../finding.ts'
import { identitiesOf, identityOf } from '../identity.ts'
import { overlap, type ReadMemory } from '../read-memory.ts'
import { settingsRead } from '../setting-rows.ts'
import { findUnnamed } from '../unnamed.ts'

export const beforeOf = (
  finding: Finding,
  memory: ReadMemory,
): { before: Json | undefined; from: BeforeFrom } => {
  if (finding.before !== undefined) return { before: finding.before, from: finding.beforeFrom ?? 'form' }
  const keys = isJsonObject(finding.after)
    ? Object.keys(finding.after)
    : (finding.operations ?? []).flatMap(({ pointer }) => pointerToKeys(pointer).slice(0, 1))
  const read = lookUp(finding, memory, keys)
  return read === undefined ? { before: undefined, from: 'unknown' } : { before: read, from: 'read' }
}

export const lookUp = (finding: Finding, memory: ReadMemory, keys: readonly string[]): Json | undefined => {
  const { id, type, place, scope = [] } = finding
  // What is read where a deletion is sent asks whether it is meant.
  const isQuestion =
    keys.length === 0 && /\/(?:bulk[_-]?)?(?:delete|remove|destroy|trash|del)$/.test(place ?? '')
  const known = place === undefined || isQuestion ? undefined : memory.atPlace(place)
  const here = known === undefined ? undefined : documentAt(known, finding, keys)
  if (here !== undefined) return here
  const found = memory.find({
    scope,
    keys,
    ...(id !== undefined && { id }),
    ...(type !== undefined && { type }),
    ...(place !== undefined && { place }),
  })
  if (found) return partOf(found, keys) ?? found
  if (id !== undefined)
    return type === undefined ? undefined : findUnnamed({ type, id, scope, keys }, memory.reads())
  return (type === undefined ? undefined : memory.findSingle(type, keys)) ?? settingsRead(keys, scope, memory)
}

/** {id: 'clock', title: 'Clock', data: {enabled: true, rate: 5}}, of which {enabled, rate} is sent: the one part that has all of it. */
const partOf = (found: JsonObject, keys: readonly string[]): JsonObject | undefined => {
  if (keys.length < 2 || overlap(keys, found) > 0) return undefined
  const parts = Object.values(found).filter(isJsonObject)
  const [only, ...more] = parts.filter((part) => overlap(keys, part) === 1)
  return more.length === 0 ? only : undefined
}

/** What was read under the very address of the write, out of its envelope. */
const documentAt = (known: Json, finding: Finding, keys: readonly string[]): Json | undefined => {
  if (Array.isArray(known)) return Array.isArray(finding.after) ? known : undefined
  if (Array.isArray(finding.after)) {
    const lists = isJsonObject(known) ? Object.values(known).filter(Array.isArray) : []
    return lists.length === 1 ? lists[0] : undefined
  }
  const object = unwrap(known, keys, { lists: finding.id !== undefined })
  if (!object || isOfAnother(object, finding)) return undefined
  if (finding.id !== undefined && identityOf(object) && keys.length === 0) return object
  return overlap(keys, object) >= (keys.length > 4 ? 0.5 : 0.3) ? object : undefined
}

/** Calls by name read all things of a kind at one place: the one that was read there last may be another. */
const isOfAnother = (object: JsonObject, { id, place = '' }: Finding): boolean => {
  if (id === undefined || place.includes(id.toLowerCase())) return false
  const identities = identitiesOf(object)
  return identities[0]?.strength === 'strong' && !identities.some((one) => one.id === id)
}
