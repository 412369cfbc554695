/**
 * Pairs the members of two lists or two objects as a person would: by identity, by content, by likeness. So one insert
 * at the head of a list is one insert, and a renamed key is a rename. Knows one level; the caller descends.
 */
import { isRedacted } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type ContentIds, sameContent } from './content-ids.ts'
import {
  ALIKE,
  identityKeyOf,
  identityUnder,
  isTelling,
  likeness,
  strongIdentity,
  textLikeness,
} from './similarity.ts'

/** One member on both sides, or on one. */
export interface Pair<Key> {
  readonly before?: Key
  readonly after?: Key
  /** It changed its place among those that stayed, or its key. */
  readonly moved?: true
}

/** Above this many comparisons, members of a gap are paired by place and not by best fit. */
const MAX_COMPARISONS = 2_500

/** Undefined where the two can't be compared member by member. A redaction mark is one value: its inside is ours. */
export const alignMembers = (
  before: Json,
  after: Json,
  contentId: ContentIds,
): readonly Pair<string | number>[] | undefined => {
  if (Array.isArray(before) && Array.isArray(after)) return alignLists(before, after, contentId)
  if (isRedacted(before) || isRedacted(after) || !isJsonObject(before) || !isJsonObject(after))
    return undefined
  return alignObjects(before, after, contentId)
}

/** Own members only, so that `__proto__` and `constructor` are keys like any other. */
export const memberAt = (value: Json, key: string | number): Json | undefined => {
  if (Array.isArray(value)) return value[key as number]
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** Pairs in the order of `after`; what is gone stands where it was. */
const alignLists = (
  before: readonly Json[],
  after: readonly Json[],
  contentId: ContentIds,
): Pair<number>[] => {
  const partners = isSwitchboard(before, after)
    ? before.map((_, index) => index)
    : matchMembers(before, after, contentId)
  const stays = longestRise(partners)
  for (const gap of gapsBetween(partners, stays, after.length)) {
    for (const [i, j] of pairByLikeness(gap.before, gap.after, before, after, contentId)) {
      partners[i] = j
      stays.add(i)
    }
  }
  return inReadingOrder(partners, stays, after.length)
}

const alignObjects = (before: JsonObject, after: JsonObject, contentId: ContentIds): Pair<string>[] => {
  const beforeKeys = Object.keys(before)
  const gone = beforeKeys.filter((key) => !Object.hasOwn(after, key))
  const added = Object.keys(after).filter((key) => !Object.hasOwn(before, key))
  const renamed = renamedKeys(gone, added, before, after, contentId)
  const reached = new Set(renamed.values())
  return [
    ...beforeKeys.map((key): Pair<string> => {
      if (Object.hasOwn(after, key)) return { before: key, after: key }
      const to = renamed.get(key)
      return to === undefined ? { before: key } : { before: key, after: to, moved: true }
    }),
    ...added.filter((key) => !reached.has(key)).map((key) => ({ after: key })),
  ]
}

/** A row of switches: its members are told apart by place alone. */
const isSwitchboard = (before: readonly Json[], after: readonly Json[]): boolean =>
  before.length === after.length &&
  [before, after].every((list) => list.every((item) => typeof item === 'boolean' || item === null))

/** For each index of `before` its index in `after`, or -1. */
const matchMembers = (before: readonly Json[], after: readonly Json[], contentId: ContentIds): number[] => {
  const partners = before.map(() => -1)
  const taken = new Set<number>()
  const match = (i: number, j: number) => {
    partners[i] = j
    taken.add(j)
  }
  const key = identityKeyOf(before, after)
  const identified = (item: Json | undefined) => key !== undefined && identityUnder(item, key) !== undefined
  if (key !== undefined) {
    const places = new Map(after.map((item, j) => [identityUnder(item, key), j]))
    places.delete(undefined)
    before.forEach((item, i) => {
      const j = places.get(identityUnder(item, key))
      if (j !== undefined) match(i, j)
    })
  } else {
    const same = (i: number, j: number) => sameContent(before[i] as Json, after[j] as Json, contentId)
    const inPlace = before.length === after.length ? before.flatMap((_, i) => (same(i, i) ? [i] : [])) : []
    if (inPlace.length * 2 > before.length) for (const i of inPlace) match(i, i)
    else matchEnds(before.length, after.length, same, match)
  }
  // What has no identity is matched by content, first with first, second with second.
  const placesByContent = new Map<string, number[]>()
  for (let j = after.length - 1; j >= 0; j--) {
    if (taken.has(j) || identified(after[j])) continue
    const key = contentKey(after[j] as Json, contentId)
    const places = placesByContent.get(key)
    if (places) places.push(j)
    else placesByContent.set(key, [j])
  }
  before.forEach((item, i) => {
    if (partners[i] !== -1 || identified(item)) return
    const j = placesByContent.get(contentKey(item, contentId))?.pop()
    if (j !== undefined) match(i, j)
  })
  return partners
}

/** Texts are faster to make than content ids; two orders of keys pass for two contents here, and likeness pairs them later. */
const contentKey = (value: Json, contentId: ContentIds): string => {
  try {
    return JSON.stringify(value)
  } catch {
    return `too deep: ${contentId(value)}`
  }
}

const matchEnds = (
  beforeLength: number,
  afterLength: number,
  same: (i: number, j: number) => boolean,
  match: (i: number, j: number) => void,
) => {
  const shorter = Math.min(beforeLength, afterLength)
  let head = 0
  while (head < shorter && same(head, head)) match(head, head++)
  for (let tail = 1; tail <= shorter - head && same(beforeLength - tail, afterLength - tail); tail++)
    match(beforeLength - tail, afterLength - tail)
}

/** The largest set of matched indices whose partners rise: those stayed, the other matched ones moved. */
const longestRise = (partners: readonly number[]): Set<number> => {
  const tails: number[] = []
  const previous = partners.map(() => -1)
  partners.forEach((partner, i) => {
    if (partner === -1) return
    let low = 0
    let high = tails.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((partners[tails[middle] as number] as number) < partner) low = middle + 1
      else high = middle
    }
    if (low > 0) previous[i] = tails[low - 1] as number
    tails[low] = i
  })
  const rise = new Set<number>()
  for (let i = tails.at(-1) ?? -1; i !== -1; i = previous[i] as number) rise.add(i)
  // Those that kept their very place rise too; nobody would say that they moved while the others stayed.
  const kept = new Set(partners.flatMap((partner, i) => (partner === i ? [i] : [])))
  return kept.size >= rise.size ? kept : rise
}

interface Gap {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The unmatched members that lie between the same two that stayed. */
const gapsBetween = (partners: readonly number[], stays: ReadonlySet<number>, afterLength: number): Gap[] => {
  const matched = new Set(partners)
  const gaps: Gap[] = []
  let gone: number[] = []
  let from = 0
  const close = (until: number) => {
    const added: number[] = []
    for (let j = from; j < until; j++) if (!matched.has(j)) added.push(j)
    if (gone.length > 0 && added.length > 0) gaps.push({ before: gone, after: added })
    gone = []
    from = until + 1
  }
  partners.forEach((partner, i) => {
    if (partner === -1) gone.push(i)
    else if (stays.has(i)) close(partner)
  })
  close(afterLength)
  return gaps
}

/** Pairs of indices, rising on both sides, that are taken for one edited member. */
const pairByLikeness = (
  goneIndices: readonly number[],
  addedIndices: readonly number[],
  before: readonly Json[],
  after: readonly Json[],
  contentId: ContentIds,
): [number, number][] => {
  const rows = goneIndices.length
  const columns = addedIndices.length
  const isScalar = (value: Json | undefined) => typeof value !== 'object' || value === null
  const score = (row: number, column: number): number => {
    const [a, b] = [before[goneIndices[row] as number] as Json, after[addedIndices[column] as number] as Json]
    const value = likeness(a, b, contentId)
    return value >= ALIKE ? value : 0
  }
  const pairAt = (row: number, column: number): [number, number] => [
    goneIndices[row] as number,
    addedIndices[column] as number,
  ]
  if (
    rows === columns &&
    goneIndices.every((i) => isScalar(before[i])) &&
    addedIndices.every((j) => isScalar(after[j]))
  )
    return goneIndices.map((_, row) => pairAt(row, row))
  if (rows * columns > MAX_COMPARISONS)
    return goneIndices.flatMap((_, row) => (row < columns && score(row, row) > 0 ? [pairAt(row, row)] : []))

  // Best total likeness of an order-keeping pairing, from the end; then read from the start.
  const scores = goneIndices.map((_, row) => addedIndices.map((_, column) => score(row, column)))
  const best = Array.from({ length: rows + 1 }, () => new Array<number>(columns + 1).fill(0))
  const at = (row: number, column: number) => best[row]?.[column] ?? 0
  for (let row = rows - 1; row >= 0; row--)
    for (let column = columns - 1; column >= 0; column--) {
      const paired = scores[row]?.[column] ?? 0
      const line = best[row] as number[]
      line[column] = Math.max(
        at(row + 1, column),
        at(row, column + 1),
        paired > 0 ? paired + at(row + 1, column + 1) : 0,
      )
    }
  const pairs: [number, number][] = []
  for (let row = 0, column = 0; row < rows && column < columns; ) {
    const paired = scores[row]?.[column] ?? 0
    if (paired > 0 && at(row, column) === paired + at(row + 1, column + 1))
      pairs.push(pairAt(row++, column++))
    else if (at(row, column) === at(row + 1, column)) row++
    else column++
  }
  return pairs
}

const inReadingOrder = (
  partners: readonly number[],
  stays: ReadonlySet<number>,
  afterLength: number,
): Pair<number>[] => {
  const sources = new Array<number>(afterLength).fill(-1)
  partners.forEach((j, i) => {
    if (j !== -1) sources[j] = i
  })
  const pairs: Pair<number>[] = []
  let nextBefore = 0
  const takeGone = (until: number) => {
    for (; nextBefore < until; nextBefore++)
      if (partners[nextBefore] === -1) pairs.push({ before: nextBefore })
  }
  const stayers = sources.filter((i) => stays.has(i))
  stayers.push(partners.length)
  let nextStayer = 0
  sources.forEach((i, j) => {
    takeGone(stayers[nextStayer] as number)
    if (i === -1) pairs.push({ after: j })
    else if (stays.has(i)) {
      pairs.push({ before: i, after: j })
      nextStayer++
    } else pairs.push({ before: i, after: j, moved: true })
  })
  takeGone(partners.length)
  return pairs
}

/** Old key → new key. A map's ids are never renamed: there one member went and another came. */
const renamedKeys = (
  gone: readonly string[],
  added: readonly string[],
  before: JsonObject,
  after: JsonObject,
  contentId: ContentIds,
): Map<string, string> => {
  const renamed = new Map<string, string>()
  if (gone.length * added.length > MAX_COMPARISONS) return renamed
  const candidates = gone.flatMap((from) =>
    added.flatMap((to) => {
      const score = renameScore(from, to, before[from] as Json, after[to] as Json, contentId)
      return score > 0 ? [{ from, to, score }] : []
    }),
  )
  const taken = new Set<string>()
  for (const { from, to } of candidates.sort((a, b) => b.score - a.score)) {
    if (renamed.has(from) || taken.has(to)) continue
    renamed.set(from, to)
    taken.add(to)
  }
  return renamed
}

const renameScore = (from: string, to: string, before: Json, after: Json, contentId: ContentIds): number => {
  if (looksLikeId(from) || looksLikeId(to)) return 0
  // "retention_days" and "retentionDays" are one name, whatever became of the value.
  if (bareName(from) === bareName(to)) return 4
  const names = textLikeness(from, to)
  const equal = sameContent(before, after, contentId)
  if (equal) return isTelling(before) || names >= ALIKE ? 2 + names : 0
  const isObject = strongIdentity(before) !== undefined || Object.keys(Object(before)).length >= 2
  return isObject && typeof before !== 'string' && likeness(before, after, contentId) >= 0.7 ? 1 + names : 0
}

const bareName = (key: string): string => key.replace(/[\s_.-]+/g, '').toLowerCase()

/** Numbers, UUIDs, long hex and the like, which name members of a map and not fields. */
const looksLikeId = (key: string): boolean => /^[\d._:-]+$|^[\da-f-]{12,}$|\d{3,}/i.test(key)
