/**
 * The differences of an entry, grouped by the place they are at, with what stayed beside them. Where a side was not seen, the
 * entry's own list of changes is all there is, and the result says so.
 */
import { type Change, type Entry, isRedacted } from '../model/entry.ts'
import { isJsonObject, type Json, pointerToKeys, valueAt } from '../model/json.ts'
import { pathWords, placeOf } from './describe.ts'
import { type Difference, differencesBetween } from './difference.ts'
import { parseFaithfully } from './json-text.ts'
import { looksAlike } from './lookalike.ts'
import { nameOf } from './similarity.ts'
import { compareTexts, type TextLine } from './text.ts'

export interface EntryDiff {
  readonly groups: readonly DiffGroup[]
  readonly differences: readonly Difference[]
  /** Whether the whole can be shown and patched: both sides were seen. */
  readonly isWhole: boolean
  readonly before: Json | undefined
  readonly after: Json | undefined
}

/** Differences of one object or list, in reading order. */
export interface DiffGroup {
  readonly pointer: string
  /** The way there, in words; empty for the top. */
  readonly path: readonly string[]
  readonly items: readonly DiffItem[]
  readonly unchanged: readonly Unchanged[]
}

export interface Unchanged {
  readonly key: string
  readonly value: Json
}

export interface DiffItem {
  readonly difference: Difference
  /** What the person saw on the page. */
  readonly label?: string
  /** The key, or the name of a list's member. */
  readonly name: string
  readonly kind: 'value' | 'text' | 'secret' | 'move' | 'rename'
  readonly isBeforeUnknown: boolean
  readonly isAfterUnknown: boolean
  /** Both texts by line and word; for kind 'text'. */
  readonly lines?: readonly TextLine[]
  /** What differs in the JSON that both texts hold; pointers and paths begin there. */
  readonly inside?: readonly DiffGroup[]
  /** Both sides read alike, so that it has to be shown where they differ. */
  readonly isAlike?: true
  /** Places in the list, from 1, for a member that came, went or moved. */
  readonly place?: { readonly from?: number; readonly to?: number }
  /** The way to the object or list that it was moved out of, where that is another one. */
  readonly cameFrom?: readonly string[]
}

/** Texts at least this long, and those of several lines, are shown one over the other. */
const MIN_TEXT_LENGTH = 60
const MAX_UNCHANGED = 200

export const toEntryDiff = (entry: Entry): EntryDiff => {
  const { before, after } = comparedSides(entry)
  const isWhole = before !== undefined && after !== undefined
  const differences = isWhole
    ? withSecrets(differencesBetween(before, after), entry)
    : entry.changes.map(changeToDifference)
  const labels = new Map(entry.changes.flatMap(({ pointer, label }) => (label ? [[pointer, label]] : [])))
  return {
    groups: toGroups({ differences, before, after, isWhole, labels }),
    differences,
    isWhole,
    before,
    after,
  }
}

interface Compared {
  readonly differences: readonly Difference[]
  readonly before: Json | undefined
  readonly after: Json | undefined
  readonly isWhole: boolean
  /** By pointer: what the person saw on the page. */
  readonly labels: ReadonlyMap<string, string>
}

const toGroups = (compared: Compared): DiffGroup[] => {
  const { differences, before, after, isWhole, labels } = compared
  const groups = new Map<string, { pointer: string; path: string[]; items: DiffItem[]; from: string }>()
  for (const difference of differences) {
    const { op, pointer, from } = difference
    const root = op === 'remove' ? before : after
    const parent = parentOf(pointer)
    // A group is one place in after; what went from it is found by where its siblings were.
    const key = op === 'remove' ? groupOfGone(parent, groups) : parent
    const group = groups.get(key) ?? {
      pointer: key,
      path: pathWords(root, parent),
      items: [],
      from: parentOf(from ?? pointer),
    }
    const label = labels.get(pointer) ?? (from === undefined ? undefined : labels.get(from))
    group.items.push(toItem(difference, label, compared))
    groups.set(key, group)
  }
  return [...groups.values()].map(({ pointer, path, items }) => ({
    pointer,
    path,
    items,
    unchanged: isWhole ? unchangedAt(pointer, differences, after) : [],
  }))
}

/** A secret that another took the place of has one and the same mark on both sides: only the list of changes tells. */
const withSecrets = (found: readonly Difference[], entry: Entry): readonly Difference[] => {
  const known = new Set(found.map(({ pointer }) => pointer))
  const secret = entry.changes.filter(
    ({ pointer, before, after }) => isRedacted(before) && isRedacted(after) && !known.has(pointer),
  )
  return secret.length === 0 ? found : [...found, ...secret.map(changeToDifference)]
}

/** A created or deleted resource is compared with an empty one, so that its fields are told one by one. */
const comparedSides = (entry: Entry): { before: Json | undefined; after: Json | undefined } => {
  const { action, before, after } = entry
  if (action === 'create' && before === null && isJsonObject(after)) return { before: {}, after }
  if (action === 'delete' && after === null && isJsonObject(before)) return { before, after: {} }
  return { before, after }
}

const changeToDifference = ({ pointer, op, before, after }: Change): Difference => ({
  op,
  pointer,
  ...(op !== 'add' && { from: pointer }),
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
})

/** A member of a list by its name; one that is a plain value by itself, unless another value took its place. */
const memberName = ({ op, before, after }: Difference, place: number | undefined): string => {
  const value = after ?? before
  const isPlain = value !== undefined && typeof value !== 'object'
  if (op === 'replace' && isPlain) return `#${place}`
  return nameOf(value) ?? (isPlain ? String(value) : `#${place}`)
}

const toItem = (
  difference: Difference,
  label: string | undefined,
  { before: wholeBefore, after: wholeAfter, isWhole }: Compared,
): DiffItem => {
  const { op, pointer, from, before, after } = difference
  const inside = op === 'replace' ? jsonInside(before, after) : []
  const isText = op === 'replace' && inside.length === 0 && isLongText(before, after)
  const isSecret = isRedacted(before) || isRedacted(after)
  const kind = op === 'move' || op === 'rename' ? op : isSecret ? 'secret' : isText ? 'text' : 'value'
  const to = op === 'remove' ? undefined : placeOf(wholeAfter, pointer)
  const source =
    op === 'add' || op === 'replace' || from === undefined ? undefined : placeOf(wholeBefore, from)
  const key = pointerToKeys(pointer).at(-1) ?? ''
  const isMember = to !== undefined || source !== undefined
  const cameFrom = op === 'move' ? pathWords(wholeBefore, parentOf(from as string)) : undefined
  const isElsewhere = cameFrom?.join('\n') !== pathWords(wholeAfter, parentOf(pointer)).join('\n')
  return {
    difference,
    ...(label !== undefined && { label }),
    name: isMember ? memberName(difference, to ?? source) : pointer !== '' && key === '' ? '“”' : key,
    kind,
    isBeforeUnknown: !isWhole && before === undefined && op !== 'add',
    isAfterUnknown: !isWhole && after === undefined && op !== 'remove',
    ...(kind === 'text' && { lines: compareTexts(before as string, after as string) }),
    ...(inside.length > 0 && { inside }),
    ...(looksAlike(before, after) && { isAlike: true }),
    ...(isMember && {
      place: { ...(source !== undefined && { from: source }), ...(to !== undefined && { to }) },
    }),
    ...(cameFrom && isElsewhere && { cameFrom }),
  }
}

/** What differs in the JSON that both texts hold; nothing where one holds none. */
const jsonInside = (before: Json | undefined, after: Json | undefined): DiffGroup[] => {
  if (typeof before !== 'string' || typeof after !== 'string') return []
  const [old, now] = [parseFaithfully(before), parseFaithfully(after)]
  if (old === undefined || now === undefined) return []
  const differences = differencesBetween(old, now)
  return toGroups({ differences, before: old, after: now, isWhole: true, labels: new Map() })
}

/** Two texts that are better read one over the other. */
export const isLongText = (before: Json | undefined, after: Json | undefined): boolean =>
  typeof before === 'string' &&
  typeof after === 'string' &&
  [before, after].some((text) => text.length >= MIN_TEXT_LENGTH || text.includes('\n'))

/** The group whose members stood at `parent` in before; else a group of its own. */
const groupOfGone = (
  parent: string,
  groups: ReadonlyMap<string, { pointer: string; from: string }>,
): string => {
  for (const { pointer, from } of groups.values()) if (from === parent) return pointer
  return parent
}

/** Members at `pointer` that no difference touches. */
const unchangedAt = (
  pointer: string,
  differences: readonly Difference[],
  after: Json | undefined,
): Unchanged[] => {
  const parent = valueAt(after, pointer)
  if (typeof parent !== 'object' || parent === null) return []
  const depth = pointerToKeys(pointer).length
  const touched = new Set(
    differences.flatMap((difference) =>
      difference.op !== 'remove' && (pointer === '' || difference.pointer.startsWith(`${pointer}/`))
        ? [pointerToKeys(difference.pointer)[depth]]
        : [],
    ),
  )
  return Object.entries(parent)
    .filter(([key]) => !touched.has(key))
    .slice(0, MAX_UNCHANGED)
    .map(([key, value]) => ({
      key: Array.isArray(parent) ? (nameOf(value) ?? `#${Number(key) + 1}`) : key,
      value,
    }))
}

const parentOf = (pointer: string): string => pointer.slice(0, Math.max(pointer.lastIndexOf('/'), 0))
