/**
 * What changed between two JSON values, as a person would say it: members are aligned first (align.ts), deep-object-diff
 * compares the aligned pair, and its result is read back as a flat list. Safe on any input: equality needs no recursion,
 * and below MAX_DEPTH levels a subtree counts as one value.
 */
import { diff as compareAligned } from 'deep-object-diff'
import { type Json, keysToPointer } from '../model/json.ts'
import { alignMembers, memberAt, type Pair } from './align.ts'
import { type ContentIds, createContentIds, isContainer, sameContent } from './content-ids.ts'
import { isTelling, strongIdentity } from './similarity.ts'

/**
 * One difference. `add` has no `before`, `remove` no `after`. `move` (another place) and `rename` (another key in the same
 * object) carry the value on both sides; what changed inside it follows as differences of its own.
 */
export interface Difference {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'rename'
  /** RFC 6901, into after; for `remove`, into before. */
  readonly pointer: string
  /** RFC 6901, into before: where the value was. Absent for `add`. */
  readonly from?: string
  readonly before?: Json
  readonly after?: Json
}

/** In reading order. `undefined` stands for "there is none", which differs from null. */
export const differencesBetween = (before: Json | undefined, after: Json | undefined): Difference[] => {
  if (before === undefined || after === undefined) {
    if (before !== undefined) return [{ op: 'remove', pointer: '', from: '', before }]
    return after === undefined ? [] : [{ op: 'add', pointer: '', after }]
  }
  const contentId = createContentIds()
  return reunite(compare({ before, after, from: [], to: [], contentId }), contentId)
}

const MAX_DEPTH = 100
/** Above this many candidates, things that left one place and came to another aren't reunited. */
const MAX_CANDIDATES = 2_000

interface Side {
  readonly before: Json
  readonly after: Json
  readonly from: readonly (string | number)[]
  readonly to: readonly (string | number)[]
  readonly contentId: ContentIds
}

const compare = (side: Side): Difference[] => {
  const aligned = align(side.before, side.after, side.contentId, 0)
  if (aligned.before === aligned.after) return []
  const changed = compareAligned(Object({ root: aligned.before }), Object({ root: aligned.after }))
  return [...read(aligned.slots, changeAt(changed, 'root'), side)]
}

/** What deep-object-diff sees in place of a value that is compared no further. */
const SAME = 0
const OLD = 1
const NEW = 2

/** A value as deep-object-diff shall see it: members by slot number. */
type AlignedTree = number | { [slot: string]: AlignedTree }

interface Slot extends Pair<string | number> {
  readonly inner: readonly Slot[]
}

interface Aligned {
  readonly before: AlignedTree
  readonly after: AlignedTree
  readonly slots: readonly Slot[]
}

const align = (before: Json, after: Json, contentId: ContentIds, depth: number): Aligned => {
  if (sameContent(before, after, contentId)) return { before: SAME, after: SAME, slots: [] }
  const pairs = depth === MAX_DEPTH ? undefined : alignMembers(before, after, contentId)
  if (!pairs) return { before: OLD, after: NEW, slots: [] }
  const trees = { before: {} as Record<string, AlignedTree>, after: {} as Record<string, AlignedTree> }
  const slots = pairs.map((pair, slot): Slot => {
    const beforeMember = pair.before === undefined ? undefined : memberAt(before, pair.before)
    const afterMember = pair.after === undefined ? undefined : memberAt(after, pair.after)
    if (beforeMember === undefined || afterMember === undefined) {
      if (beforeMember !== undefined) trees.before[slot] = OLD
      if (afterMember !== undefined) trees.after[slot] = NEW
      return { ...pair, inner: [] }
    }
    const aligned = align(beforeMember, afterMember, contentId, depth + 1)
    trees.before[slot] = aligned.before
    trees.after[slot] = aligned.after
    if (pair.moved) {
      trees.before[`moved ${slot}`] = OLD
      trees.after[`moved ${slot}`] = NEW
    }
    return { ...pair, inner: aligned.slots }
  })
  return { ...trees, slots }
}

function* read(slots: readonly Slot[], changed: unknown, side: Side): Generator<Difference> {
  const pointer = keysToPointer(side.to)
  const from = keysToPointer(side.from)
  if (slots.length === 0) {
    yield { op: 'replace', pointer, from, before: side.before, after: side.after }
    return
  }
  for (const [index, slot] of slots.entries()) {
    if (slot.before === undefined) {
      const key = slot.after as string | number
      yield { op: 'add', pointer: pointer + keysToPointer([key]), after: memberAt(side.after, key) as Json }
      continue
    }
    const before = memberAt(side.before, slot.before) as Json
    const memberFrom = from + keysToPointer([slot.before])
    if (slot.after === undefined) {
      yield { op: 'remove', pointer: memberFrom, from: memberFrom, before }
      continue
    }
    const after = memberAt(side.after, slot.after) as Json
    const memberPointer = pointer + keysToPointer([slot.after])
    if (slot.moved) {
      const op = typeof slot.after === 'number' ? 'move' : 'rename'
      yield { op, pointer: memberPointer, from: memberFrom, before, after }
    }
    if (!Object.hasOwn(Object(changed), index)) continue
    const inner = { ...side, before, after, from: [...side.from, slot.before], to: [...side.to, slot.after] }
    yield* read(slot.inner, changeAt(changed, String(index)), inner)
  }
}

/**
 * Finds what left one place and came to another: the same thing by strong identity, by telling content, or by key and
 * content. Each pair becomes a move, with what changed inside.
 */
const reunite = (differences: readonly Difference[], contentId: ContentIds): Difference[] => {
  const gone = differences.filter((difference) => difference.op === 'remove')
  const come = differences.filter((difference) => difference.op === 'add')
  if (gone.length === 0 || come.length === 0 || gone.length + come.length > MAX_CANDIDATES)
    return [...differences]
  const moves = new Map<Difference, Difference>()
  const reunited = new Set<Difference>()
  for (const traitOf of [byIdentity, byKeyAndContent(contentId), byContent(contentId)]) {
    const left = uniqueBy(
      gone.filter((difference) => !reunited.has(difference)),
      (difference) => traitOf(difference.pointer, difference.before as Json),
    )
    const arrived = uniqueBy(
      come.filter((difference) => !moves.has(difference)),
      (difference) => traitOf(difference.pointer, difference.after as Json),
    )
    for (const [trait, addition] of arrived) {
      const removal = left.get(trait)
      // Within one container the alignment has decided already.
      if (!removal || parentOf(removal.pointer) === parentOf(addition.pointer)) continue
      moves.set(addition, removal)
      reunited.add(removal)
    }
  }
  return differences.flatMap((difference) => {
    if (reunited.has(difference)) return []
    const removal = moves.get(difference)
    if (!removal) return [difference]
    const { pointer, after } = difference as { pointer: string; after: Json }
    const { pointer: from, before } = removal as { pointer: string; before: Json }
    const inside = compare({ before, after, from: [], to: [], contentId }).map((inner) => ({
      ...inner,
      pointer: (inner.op === 'remove' ? from : pointer) + inner.pointer,
      ...(inner.from !== undefined && { from: from + inner.from }),
    }))
    return [{ op: 'move' as const, pointer, from, before, after }, ...inside]
  })
}

type Trait = string | undefined

const byIdentity = (_pointer: string, value: Json): Trait => strongIdentity(value)
const byContent =
  (contentId: ContentIds) =>
  (_pointer: string, value: Json): Trait =>
    isTelling(value) && (isContainer(value) || String(value).length >= 8) ? `${contentId(value)}` : undefined
const byKeyAndContent =
  (contentId: ContentIds) =>
  (pointer: string, value: Json): Trait => {
    const key = pointer.slice(pointer.lastIndexOf('/') + 1)
    return /^\d+$/.test(key) ? undefined : `${contentId(value)} ${key}`
  }

/** Only values whose trait no other value has: two candidates are none. */
const uniqueBy = (
  differences: readonly Difference[],
  traitOf: (difference: Difference) => Trait,
): Map<string, Difference> => {
  const found = new Map<string, Difference | undefined>()
  for (const difference of differences) {
    const trait = traitOf(difference)
    if (trait !== undefined) found.set(trait, found.has(trait) ? undefined : difference)
  }
  return new Map([...found].filter((pair): pair is [string, Difference] => pair[1] !== undefined))
}

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'))

const changeAt = (value: unknown, key: string): unknown => (value as Record<string, unknown>)[key]
