/** A read that follows a save is the best "after": it shows which of the sent values are really there, and what else came of it. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type Difference, differences, isBlank, isScalar } from './compare.ts'
import type { Reading } from './decoders/decoder.ts'
import type { Finding } from './finding.ts'
import { identityOf, nameOf } from './identity.ts'
import { createReadMemory, overlap, type ReadMemory } from './read-memory.ts'
import { lookUp } from './settle/before.ts'
import { isPlumbing } from './settle/noise.ts'
import type { ResourceChange } from './settle/resource-change.ts'
import { isSecretKey, splitWords } from './words.ts'

export interface Confirmed {
  /** null: it turned out that nothing changed. */
  readonly change: ResourceChange | null
  /** The new values were read back. */
  readonly proven: boolean
}

/** A reading by itself, ready to be asked about several changes. */
export const indexReading = ({ place, scope = [], value, noun }: Reading): ReadMemory => {
  const memory = createReadMemory()
  memory.learn({ place, scope, value, size: 1, startedAtMs: 0, ...(noun !== undefined && { noun }) })
  return memory
}

/** undefined: the reading says nothing of this change. `isKnown`: was it read as an id before? */
export const confirm = (
  change: ResourceChange,
  finding: Finding,
  reading: ReadMemory,
  isKnown: (id: string) => boolean,
): Confirmed | undefined => {
  if (change.action === 'delete') return undefined
  const made = change.action === 'create' ? madeIn(reading, change, isKnown) : undefined
  if (made) return confirmCreate({ ...change, id: made.id }, made.shown)
  const shown = resourceIn(reading, change, finding)
  if (!shown) return undefined
  if (change.action === 'create') return confirmCreate(change, shown)
  if (!isJsonObject(change.before)) {
    const proven = change.changes.length > 0 && change.changes.every((one) => isShown(shown, one))
    return { change, proven }
  }
  const real = differences(change.before, shown, { whole: true }).filter((one) => !isPlumbing(one))
  if (real.length === 0) {
    // A few members were asked for (`?fields=updatedAt`): what it doesn't show may be there.
    if (overlap(Object.keys(change.before), shown) < 0.5) return undefined
    const left = change.changes.filter(
      (one) => one.op !== 'add' || hasMember(shown, one.keys) || one.keys.some(isSecretKey),
    )
    if (left.length === change.changes.length) return undefined
    return { change: left.length === 0 ? null : { ...change, changes: left }, proven: false }
  }
  if (change.changes.length === 0) {
    const told = real.filter((one) => one.op !== 'remove').slice(0, 12)
    return told.length === 0
      ? undefined
      : { change: { ...change, after: shown, changes: told }, proven: true }
  }
  const kept = change.changes.flatMap((one): Difference[] => {
    const seen = real.filter((other) => samePlace(one.keys, other.keys))
    if (seen.some((other) => other.keys.length === one.keys.length)) return [withShown(one, seen[0])]
    if (seen.length > 0) return [one]
    // A list shows less of an item than its own page did: of what is not in it, it says nothing.
    const isLeftOut = one.op !== 'add' && !Object.hasOwn(shown, one.keys[0] ?? '')
    return isLeftOut || one.keys.some(isSecretKey) ? [one] : []
  })
  // "Start" was all that was said: what it did to the resource is what the read shows.
  if (kept.length === 0 && finding.state && finding.after === undefined) {
    const told = real.filter((one) => one.op !== 'remove').slice(0, 12)
    return told.length === 0
      ? undefined
      : { change: { ...change, after: shown, changes: told }, proven: true }
  }
  if (kept.length === 0) return undefined
  const proven = kept.some((one) => real.some((other) => samePlace(one.keys, other.keys)))
  return { change: { ...change, changes: kept }, proven }
}

/** The one thing in a list that was not there before and holds what was sent: made by an app that answered with no id. */
const madeIn = (
  reading: ReadMemory,
  { id, type, after }: ResourceChange,
  isKnown: (id: string) => boolean,
): { id: string; shown: JsonObject } | undefined => {
  if (!isJsonObject(after) || nameOf(after) === undefined) return undefined
  const isOwn = id !== '' && !Object.values(after).includes(id)
  if (isOwn || identityOf(after, type)?.strength === 'strong') return undefined
  const sent = Object.entries(after).filter(([, value]) => isScalar(value) && !isBlank(value))
  const found = reading.reads().flatMap(({ value }) =>
    itemsIn(value).flatMap((shown) => {
      const own = identityOf(shown, type)
      const held = sent.filter(([key]) => Object.hasOwn(shown, key))
      const isSame = held.every(([key, value]) => isSecretKey(key) || String(shown[key]) === String(value))
      return own?.strength === 'strong' && isSame && held.length >= sent.length * 0.6 && !isKnown(own.id)
        ? [{ id: own.id, shown }]
        : []
    }),
  )
  return found.length === 1 ? found[0] : undefined
}

/** [{…}], {items: [{…}]}, {data: {items: [{…}]}} */
const itemsIn = (value: Json, depth = 0): JsonObject[] => {
  if (Array.isArray(value)) return value.filter(isJsonObject)
  return isJsonObject(value) && depth < 3
    ? Object.values(value).flatMap((child) => itemsIn(child, depth + 1))
    : []
}

/** What a creation sent and the app doesn't keep (marks of the editor, confirmations) goes; what it filled in comes. */
const confirmCreate = (change: ResourceChange, shown: JsonObject): Confirmed | undefined => {
  if (!isJsonObject(change.after)) return undefined
  const sent = change.after
  const keys = Object.keys(sent).filter((key) => !isBlank(sent[key]))
  if (overlap(keys, shown) < 0.5) return undefined
  const after = Object.fromEntries(
    Object.entries(sent).filter(([key]) => Object.hasOwn(shown, key) || isSecretKey(key)),
  )
  return {
    change: { ...change, after, changes: differences(undefined, after, { whole: true, volatile: true }) },
    proven: true,
  }
}

const resourceIn = (
  reading: ReadMemory,
  change: ResourceChange,
  finding: Finding,
): JsonObject | undefined => {
  if (isOfOtherCalls(reading, finding)) return undefined
  const after = isJsonObject(change.after) ? change.after : {}
  const split = change.id !== (finding.id ?? '')
  const { id: _id, place, ...rest } = finding
  const about: Finding = {
    ...rest,
    type: change.type,
    ...(change.id !== '' && { id: change.id }),
    ...(!split && place !== undefined && { place }),
  }
  const found = lookUp(about, reading, Object.keys(after))
  return isJsonObject(found) ? found : undefined
}

/** Where every call goes to one address, what was asked for is in the call's name: menu 1 says nothing of user 1. */
const isOfOtherCalls = (reading: ReadMemory, { place, type }: Finding): boolean => {
  const [read] = reading.reads()
  if (!read?.place.startsWith('rpc ') || !place?.startsWith('rpc ')) return false
  const last = (noun: string | undefined): string | undefined => splitWords(noun ?? '').at(-1)
  return last(read.noun) !== last(type)
}

/** Equal but for the indexes of lists. */
const samePlace = (a: readonly string[], b: readonly string[]): boolean => {
  const plain = (keys: readonly string[]): string =>
    keys.map((key) => (/^\d+$/.test(key) ? '#' : key)).join('\0')
  const [one, other] = [plain(a), plain(b)]
  return one === other || other.startsWith(`${one}\0`) || one.startsWith(`${other}\0`)
}

const withShown = (one: Difference, shown: Difference | undefined): Difference => {
  const isScalarNow = typeof shown?.after !== 'object' && typeof one.after !== 'object'
  return shown?.after !== undefined && isScalarNow && !one.keys.some(isSecretKey)
    ? { ...one, after: shown.after }
    : one
}

const hasMember = (shown: JsonObject, keys: readonly string[]): boolean => {
  let value: Json | undefined = shown
  for (const key of keys)
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as JsonObject)[key]
        : undefined
  return value !== undefined
}

const isShown = (shown: JsonObject, { keys, after }: Difference): boolean => {
  let value: Json | undefined = shown
  for (const key of keys)
    value = isJsonObject(value) || Array.isArray(value) ? (value as JsonObject)[key] : undefined
  return differences(value, after, { whole: false }).length === 0
}
