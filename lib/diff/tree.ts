/** Both values as one outline, line by line, for reading the whole: what stayed, came, went, changed or moved. */
import { isRedacted } from '../model/entry.ts'
import { type Json, type JsonObject, keysToPointer } from '../model/json.ts'
import { alignMembers, memberAt } from './align.ts'
import { createContentIds, isContainer, sameContent } from './content-ids.ts'

export interface TreeLine {
  readonly depth: number
  /** In after, or in before where it went; unique together with `op`. */
  readonly pointer: string
  readonly op: 'same' | 'add' | 'remove' | 'replace' | 'move' | 'rename'
  /** The member's key; '' for the root. Places in lists count from 1. */
  readonly key: string
  /** Where it was before, if elsewhere. */
  readonly oldKey?: string
  /** Absent for what has lines of its own below. */
  readonly before?: Json
  readonly after?: Json
  /** What kind of container the line opens, and how many members follow one level deeper. */
  readonly opens?: { readonly kind: 'list' | 'group'; readonly count: number }
}

const MAX_DEPTH = 60

export const toTreeLines = (before: Json | undefined, after: Json | undefined): TreeLine[] => {
  const contentId = createContentIds()
  const lines: TreeLine[] = []

  const oneSided = (value: Json, op: 'same' | 'add' | 'remove', keys: Keys, oldKey?: Key): void => {
    const place = placeOf(keys, oldKey)
    if (!isOpened(value, place.depth)) {
      lines.push({
        ...place,
        op,
        ...(op !== 'add' && { before: value }),
        ...(op !== 'remove' && { after: value }),
      })
      return
    }
    lines.push({ ...place, op, opens: openingOf(value) })
    for (const key of keysOf(value)) oneSided(memberAt(value, key) as Json, op, [...keys, key])
  }

  const both = (old: Json, value: Json, keys: Keys, oldKey?: Key, isMoved = false): void => {
    const isSame = sameContent(old, value, contentId)
    if (isSame && !isMoved) {
      oneSided(value, 'same', keys, oldKey)
      return
    }
    const place = placeOf(keys, oldKey)
    const isParted = isOpened(old, place.depth) || isOpened(value, place.depth)
    const pairs = isParted ? alignMembers(old, value, contentId) : undefined
    const movedOp = isMoved && (typeof oldKey === 'number' ? 'move' : 'rename')
    if (!pairs) {
      lines.push({ ...place, op: (isSame && movedOp) || 'replace', before: old, after: value })
      return
    }
    lines.push({ ...place, op: movedOp || 'same', opens: openingOf(value) })
    for (const pair of pairs) {
      const oldMember = pair.before === undefined ? undefined : memberAt(old, pair.before)
      const member = pair.after === undefined ? undefined : memberAt(value, pair.after)
      const inner = [...keys, (pair.after ?? pair.before) as Key]
      if (oldMember !== undefined && member !== undefined)
        both(oldMember, member, inner, pair.before, pair.moved)
      else if (oldMember !== undefined) oneSided(oldMember, 'remove', inner)
      else if (member !== undefined) oneSided(member, 'add', inner)
    }
  }

  if (before !== undefined && after !== undefined) both(before, after, [])
  else if (before !== undefined) oneSided(before, 'remove', [])
  else if (after !== undefined) oneSided(after, 'add', [])
  return lines
}

type Key = string | number
type Keys = readonly Key[]

const keysOf = (value: Json[] | JsonObject): Keys =>
  Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value)

const isOpened = (value: Json, depth: number): value is Json[] | JsonObject =>
  isContainer(value) && !isRedacted(value) && Object.keys(value).length > 0 && depth < MAX_DEPTH

const openingOf = (value: Json): NonNullable<TreeLine['opens']> => ({
  kind: Array.isArray(value) ? 'list' : 'group',
  count: Object.keys(value as object).length,
})

const placeOf = (keys: Keys, oldKey?: Key) => {
  const key = keys.at(-1)
  return {
    depth: keys.length,
    pointer: keysToPointer(keys),
    key: key === undefined ? '' : keyText(key),
    ...(oldKey !== undefined && oldKey !== key && { oldKey: keyText(oldKey) }),
  }
}

const keyText = (key: Key): string => (typeof key === 'number' ? `${key + 1}` : key)
