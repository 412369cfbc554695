/** Says which values a person takes for one and the same thing: by identity (id, key, name …) or by likeness. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type ContentIds, isContainer, sameContent } from './content-ids.ts'

/** Two objects that differ in one of these are two things. */
const STRONG_IDENTITY_KEYS = ['id', '_id', 'uuid'] as const
/** These name a thing too, but a person may rename it. */
const WEAK_IDENTITY_KEYS = ['key', 'name', 'slug', 'code'] as const
const NAME_KEYS = [
  'name',
  'title',
  'label',
  'displayName',
  'key',
  'slug',
  'email',
  'id',
  '_id',
  'uuid',
] as const

/** From this likeness on, two values count as one that was edited. */
export const ALIKE = 0.5

/** The key by which the objects of both lists are best told apart, if there is one. */
export const identityKeyOf = (before: readonly Json[], after: readonly Json[]): string | undefined =>
  [...STRONG_IDENTITY_KEYS, ...WEAK_IDENTITY_KEYS].find((key) => {
    const beforeIds = uniqueIdentities(before, key)
    const afterIds = uniqueIdentities(after, key)
    if (!beforeIds || !afterIds) return false
    if (beforeIds.size * 2 < before.length || afterIds.size * 2 < after.length) return false
    return [...beforeIds].some((id) => afterIds.has(id))
  })

/** The identity of `value` under `key` as text that keeps `1` and `"1"` apart. */
export const identityUnder = (value: Json | undefined, key: string): string | undefined => {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return undefined
  const id = value[key]
  return typeof id === 'string' || typeof id === 'number' ? JSON.stringify(id) : undefined
}

/** The strong identity of an object: `id:7`. */
export const strongIdentity = (value: Json | undefined): string | undefined => {
  for (const key of STRONG_IDENTITY_KEYS) {
    const id = identityUnder(value, key)
    if (id !== undefined) return `${key}:${id}`
  }
  return undefined
}

/** What a person would call the thing: its name, title or label, else its id; a text is its own name. */
export const nameOf = (value: Json | undefined): string | undefined => {
  if (typeof value === 'string') return value
  if (!isJsonObject(value)) return undefined
  for (const key of NAME_KEYS) {
    const name = Object.hasOwn(value, key) ? value[key] : undefined
    if ((typeof name === 'string' && name !== '') || typeof name === 'number') return String(name)
  }
  return undefined
}

/** 0 (two things) to 1 (equal). Looks one level deep. */
export const likeness = (before: Json, after: Json, contentId: ContentIds): number => {
  if (sameContent(before, after, contentId)) return 1
  if (typeof before === 'string' && typeof after === 'string') return textLikeness(before, after)
  if (Array.isArray(before) && Array.isArray(after)) return listLikeness(before, after, contentId)
  if (isJsonObject(before) && isJsonObject(after)) return objectLikeness(before, after, contentId)
  return 0
}

/** True where equal content alone shows that two values are the same thing: `true` and `0` tell nothing. */
export const isTelling = (value: Json): boolean => {
  if (isContainer(value)) return Object.keys(value).length > 0
  if (typeof value === 'string') return value.length >= 3
  return typeof value === 'number' && Math.abs(value) > 9
}

/** Share of words in common (Dice), on at most the first 2,000 characters. */
export const textLikeness = (before: string, after: string): number => {
  const beforeWords = new Set(wordsOf(before))
  const afterWords = new Set(wordsOf(after))
  const shared = [...beforeWords].filter((word) => afterWords.has(word)).length
  return beforeWords.size + afterWords.size === 0 ? 0 : (2 * shared) / (beforeWords.size + afterWords.size)
}

/** Lower-case words; camelCase, snake_case and kebab-case count as several. */
const wordsOf = (text: string): string[] =>
  text
    .slice(0, 2_000)
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .match(/\p{L}+|\p{N}+/gu) ?? []

const uniqueIdentities = (list: readonly Json[], key: string): Set<string> | undefined => {
  const seen = new Set<string>()
  for (const item of list) {
    const id = identityUnder(item, key)
    if (id === undefined) continue
    if (seen.has(id)) return undefined
    seen.add(id)
  }
  return seen
}

const listLikeness = (before: readonly Json[], after: readonly Json[], contentId: ContentIds): number => {
  const ids = new Set(before.map(contentId))
  const shared = after.filter((item) => ids.has(contentId(item))).length
  const share = shared / Math.max(before.length, after.length, 1)
  return before.length === after.length ? ALIKE + share / 2 : share
}

/** Same members count half, same values the other half. Where the names differ, the rest must agree. */
const objectLikeness = (before: JsonObject, after: JsonObject, contentId: ContentIds): number => {
  const beforeStrong = strongIdentity(before)
  const afterStrong = strongIdentity(after)
  if (beforeStrong !== undefined && afterStrong !== undefined && beforeStrong !== afterStrong) return 0
  const beforeKeys = Object.keys(before)
  const shared = beforeKeys.filter((key) => Object.hasOwn(after, key))
  const equal = shared.filter((key) => sameContent(before[key] as Json, after[key] as Json, contentId))
  const union = beforeKeys.length + Object.keys(after).length - shared.length
  const renamed = WEAK_IDENTITY_KEYS.some((key) => shared.includes(key) && !equal.includes(key))
  if (renamed) return union > 1 ? equal.length / (union - 1) : 0
  return union === 0 ? 1 : (shared.length + equal.length) / (2 * union)
}
