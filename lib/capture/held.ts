/** A change on its way to the log, and how two of one resource become one: several saves of one form, a field that is put back, a refusal mended. */
import type { Grade } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { type Difference, differences, isBlank, isSame, pointerOf } from './compare.ts'
import type { Exchange } from './exchange.ts'
import type { Finding } from './finding.ts'
import type { ResourceChange } from './settle/resource-change.ts'

export interface Held {
  readonly change: ResourceChange
  readonly finding: Finding
  readonly exchange: Exchange
  readonly group: string
  readonly grade: Grade
  readonly id: string
}

export const isSameResource = (a: Held, b: Held): boolean =>
  a.change.type === b.change.type &&
  a.change.id === b.change.id &&
  (a.change.id !== '' || a.finding.place === b.finding.place)

/** Two changes of one resource as one, or as none where the second undoes the first; undefined where they must stay two. */
export const coalesce = (earlier: Held, later: Held): Held[] | undefined => {
  if (earlier.grade === 'rejected' || later.grade === 'rejected') return afterRefusal(earlier, later)
  if (later.change.action !== 'update' || earlier.change.action === 'delete') return undefined
  return earlier.change.action === 'create' ? filledIn(earlier, later) : updatedTwice(earlier, later)
}

/** Tried again: the refusal is forgotten once the app takes it. */
const afterRefusal = (earlier: Held, later: Held): Held[] | undefined => {
  const isSecondTry =
    earlier.grade === later.grade ||
    (earlier.grade === 'rejected' &&
      (isSame(changedValues(earlier), changedValues(later)) || earlier.change.action === later.change.action))
  return isSecondTry ? [later] : undefined
}

const changedValues = ({ change }: Held): Json => change.changes.map(({ after }) => after ?? null)

/** Made, then given its fields. */
const filledIn = (made: Held, later: Held): Held[] | undefined => {
  if (!isJsonObject(made.change.after) || !isJsonObject(later.change.after)) return undefined
  const after = { ...made.change.after, ...later.change.after }
  const changes = differences(undefined, after, { whole: true, volatile: true })
  return [{ ...made, change: { ...made.change, after, changes } }]
}

const updatedTwice = (earlier: Held, later: Held): Held[] | undefined => {
  // A verb ("stop") whose effect is not known would be lost in the change of fields before it.
  if (later.finding.state && later.change.changes.every(({ before }) => before === undefined))
    return undefined
  const { before, beforeFrom } = earlier.change
  const after =
    isJsonObject(earlier.change.after) && isJsonObject(later.change.after)
      ? { ...earlier.change.after, ...changedMembers(later.change) }
      : later.change.after
  const mentioned = new Set([...earlier.change.changes, ...later.change.changes].map(({ keys }) => keys[0]))
  const changes =
    before === undefined
      ? oneAfterTheOther(earlier.change.changes, later.change.changes)
      : [
          ...differences(before ?? undefined, after ?? undefined, { whole: false }).filter(({ keys }) =>
            mentioned.has(keys[0]),
          ),
          ...oneAfterTheOther(earlier.change.changes, later.change.changes).filter((one) =>
            isUnseen(one, before),
          ),
        ]
  if (changes.length === 0) return earlier.change.changes.length === 0 || before === undefined ? [later] : []
  const { isUnproven } = earlier.change
  // What the later one found there, the earlier one had sent.
  const { before: _sent, ...last } = later.change
  const change: ResourceChange = {
    ...(isUnproven ? { ...last, isUnproven } : later.change),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    changes,
    beforeFrom,
  }
  return [{ ...later, id: earlier.id, group: earlier.group, change }]
}

/** Off or empty now, and no member of what was read: a comparison takes that for nothing. */
const isUnseen = ({ keys: [key = ''], before, after }: Difference, read: Json): boolean =>
  before === undefined && isBlank(after) && isJsonObject(read) && !Object.hasOwn(read, key)

/** Each field once: as it was before the first, so far as that was seen, and as the last left it. */
const oneAfterTheOther = (first: readonly Difference[], last: readonly Difference[]): Difference[] => {
  const earlier = new Map(first.map((one) => [pointerOf(one), one]))
  const overwritten = new Set(last.map(pointerOf))
  return [
    ...first.filter((one) => !overwritten.has(pointerOf(one))),
    ...last.map((one) => {
      const was = earlier.get(pointerOf(one))
      if (!was) return one
      const { before: _between, ...rest } = one
      return { ...rest, ...(was.before !== undefined && { before: was.before }) }
    }),
  ]
}

/** What the later of two changes set; what it knew of the rest may be older than the first. */
const changedMembers = ({ after, changes }: ResourceChange): JsonObject => {
  const keys = new Set(changes.map((one) => one.keys[0]))
  return isJsonObject(after) ? Object.fromEntries(Object.entries(after).filter(([key]) => keys.has(key))) : {}
}
