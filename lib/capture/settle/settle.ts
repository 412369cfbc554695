/**
 * A finding and what was read before → one or more changes of resources, with before, after and the leaves that differ.
 * Never makes up a before: what wasn't seen is absent.
 */
import type { BeforeFrom } from '../../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, pointerToKeys, valueAt } from '../../model/json.ts'
import { type Difference, differences, isBlank, pointerOf } from '../compare.ts'
import type { Finding, Operation } from '../finding.ts'
import { identityOf, nameOf, ownIdentity } from '../identity.ts'
import { memberFor, type ReadMemory } from '../read-memory.ts'
import { afterOf, mergeInto, stateChange } from './after.ts'
import { beforeOf, lookUp } from './before.ts'
import { isPagesOwn, isPlumbing, isServersOwn, isViewState } from './noise.ts'
import { type ResourceChange, resourceChange } from './resource-change.ts'
import { splitByItem } from './split-by-item.ts'

/** So many fields, sent together and never read, may all be new. */
const MAX_UNPROVEN = 6
/** So few members were chosen to be sent; more may be the whole form. */
const MAX_MEANT = 4

/** The states on both sides of a save, as far as they are known. */
interface Sides {
  readonly before: Json | undefined
  readonly after: Json | undefined
  readonly beforeFrom: BeforeFrom
  /** The before is what the page still shows in its form: of other members it says nothing. */
  readonly isShown: boolean
}

/** `showBefore`: members of the state before that the page still shows; asked only where nothing was read. */
export const settle = (
  finding: Finding,
  memory: ReadMemory,
  showBefore: () => JsonObject | undefined = () => undefined,
): ResourceChange[] => {
  if (finding.action === 'delete') return [settleDelete(finding, memory)]
  if (finding.action === 'create') return [settleCreate(finding)]
  const { before: read, from } = beforeOf(finding, memory)
  const shown = read === undefined ? showBefore() : undefined
  const before = read ?? shown
  if (finding.action === 'save' && isCreation(finding, before)) return [settleCreate(finding)]
  const sides: Sides = {
    before,
    after: afterOf(finding, before),
    beforeFrom: shown === undefined ? from : 'form',
    isShown: shown !== undefined,
  }
  return settleUpdate(finding, sides)
}

const settleDelete = (finding: Finding, memory: ReadMemory): ResourceChange => {
  const before = finding.before ?? lookUp(finding, memory, [])
  return resourceChange({
    action: 'delete',
    type: finding.type,
    id: finding.id,
    name: finding.name ?? nameOf(before),
    before,
    after: null,
    changes: before === undefined ? [] : differences(before, undefined, { whole: true, volatile: true }),
    beforeFrom: before === undefined ? 'unknown' : (finding.beforeFrom ?? 'read'),
  })
}

/** The state is all that the answer shows, over what was sent. */
const settleCreate = (finding: Finding): ResourceChange => {
  const answer = isJsonObject(finding.answer) ? finding.answer : undefined
  const sent = isJsonObject(finding.after) ? finding.after : undefined
  const after = sent ? { ...sent, ...answer } : (finding.after ?? answer)
  return resourceChange({
    action: 'create',
    type: finding.type,
    id:
      finding.id ??
      (answer && identityOf(answer, finding.type)?.id) ??
      (sent && ownIdentity(sent, finding.type ?? '')?.id),
    name: finding.name ?? nameOf(after),
    before: null,
    after,
    changes: differences(undefined, after, { whole: true, volatile: true }),
    beforeFrom: 'unknown',
  })
}

/** PUT of what was never read, where its neighbours were: it is new. */
const isCreation = (finding: Finding, before: Json | undefined): boolean =>
  before === undefined && finding.id !== undefined && finding.creates === true

const settleUpdate = (finding: Finding, sides: Sides): ResourceChange[] => {
  const { before, after, beforeFrom } = sides
  const found = changesIn(finding, sides)
  if (found.length > 0 && found.every(isViewState)) return []
  // A whole document without a before: that it was sent doesn't say that all of it changed.
  const isUnproven = before === undefined && finding.extent === 'whole' && leafCount(found) > MAX_UNPROVEN
  const changes = isUnproven ? [] : found
  if (finding.id === undefined && before !== undefined) {
    const parts = splitByItem({ type: finding.type ?? '', beforeFrom, changes, before, after })
    if (parts) return parts
  }
  if (changes.length === 0 && before !== undefined && !finding.state && !finding.operations)
    return settleByAnswer(finding, before, sides)
  const change = update(finding, sides, changes)
  return [isUnproven ? { ...change, isUnproven } : change]
}

const leafCount = (changes: readonly Difference[]): number =>
  changes.reduce((count, { after }) => count + leavesIn(after), 0)

const leavesIn = (value: Json | undefined): number =>
  typeof value === 'object' && value !== null
    ? Object.values(value).reduce<number>((count, child) => count + leavesIn(child), 0)
    : 1

/** Nothing that was sent differs. The answer may tell what the request did not: a publication, a status. */
const settleByAnswer = (finding: Finding, before: Json, sides: Sides): ResourceChange[] => {
  const answered = mergeInto(before, finding.answer)
  const told = differences(before, answered, { whole: false }).filter((change) => !isPlumbing(change))
  if (told.length > 0) return [update(finding, { ...sides, after: answered }, told)]
  const isSaidAgain = finding.after !== undefined && !isEmpty(finding.after)
  return isSaidAgain ? [] : [update(finding, sides, [])]
}

const isEmpty = (value: Json): boolean =>
  value === null || (typeof value === 'object' && Object.keys(value).length === 0)

const update = (
  finding: Finding,
  { before, after, beforeFrom }: Sides,
  changes: readonly Difference[],
): ResourceChange =>
  resourceChange({
    action: 'update',
    type: finding.type,
    id: finding.id ?? ownId(finding.answer) ?? ownId(before),
    name: finding.name ?? nameOf(after) ?? nameOf(before),
    before,
    after,
    changes,
    beforeFrom,
  })

const ownId = (value: Json | undefined): string | undefined => {
  const identity = isJsonObject(value) ? identityOf(value) : undefined
  return identity?.strength === 'strong' ? identity.id : undefined
}

// What changed

const changesIn = (finding: Finding, { before, after, isShown }: Sides): Difference[] => {
  const compared = comparedIn(finding, before, after)
  const seen = new Set(compared.map(pointerOf))
  const uncompared = [...typedSecrets(finding, before, after), ...removals(finding, before, after)].filter(
    (change) => !seen.has(pointerOf(change)),
  )
  const found = [
    ...compared,
    ...(before === undefined || compared.length === 0 ? saidEmpty(finding, before) : []),
    ...uncompared,
  ].filter(
    (change) =>
      !isPlumbing(change) &&
      !isPagesOwn(change) &&
      !isServersOwn(change, before) &&
      !isOwnId(change, finding) &&
      !(isShown && valueAt(before, pointerOf(change)) === undefined),
  )
  const named = new Set(found.map(({ keys }) => keys[0]))
  return [...found, ...deniedByVerb(finding, before).filter(({ keys }) => !named.has(keys[0]))]
}

/** {hookId: 5, url}, sent to say which hook it is; {user: 'ana'}, read and not sent, where the address says ana. */
const isOwnId = (
  { keys: [key = '', ...inner], before, after }: Difference,
  { id, type }: Finding,
): boolean => {
  if (inner.length > 0 || id === undefined) return false
  const isSaidHere =
    before === undefined &&
    (typeof after === 'string' || typeof after === 'number') &&
    identityOf({ [key]: after }, type) !== undefined &&
    String(after) === id
  return isSaidHere || (after === undefined && before === id)
}

const comparedIn = (
  finding: Finding,
  before: Json | undefined,
  after: Json | undefined,
): readonly Difference[] => {
  if (before === undefined) return differences(undefined, after ?? {}, { whole: false })
  const isToldByAnswer = finding.after === undefined && !finding.operations && finding.answer !== undefined
  return isToldByAnswer
    ? differences(before, mergeInto(before, finding.answer), { whole: false })
    : differences(before, after, { whole: finding.extent === 'whole' })
}

/** What is off among the few members that were sent, or empty where it is the only one, is meant so, though nothing shows what it was. */
const saidEmpty = ({ after, state, extent }: Finding, before: Json | undefined): Difference[] => {
  const members = isJsonObject(after) ? Object.entries(after) : []
  if (
    members.length > MAX_MEANT ||
    state ||
    (members.length > 1 && (before !== undefined || extent === 'whole'))
  )
    return []
  return members.flatMap(([key, sent]) => {
    const isKnown = isJsonObject(before) && memberFor(key, before) !== undefined
    const { keys, value } = onlyLeaf(key, sent)
    const isMeant = members.length === 1 ? isBlank(value) : value === false
    return isKnown || !isMeant ? [] : [{ keys, op: 'replace' as const, after: value }]
  })
}

/** {common: {enabled: false}} → common, enabled */
const onlyLeaf = (key: string, value: Json): { keys: string[]; value: Json } => {
  const [only, ...more] = isJsonObject(value) ? Object.entries(value) : []
  if (!only || more.length > 0) return { keys: [key], value }
  const inner = onlyLeaf(only[0], only[1])
  return { keys: [key, ...inner.keys], value: inner.value }
}

/** A secret that was typed where the app shows none: changed, though its old value was never seen. */
const typedSecrets = (finding: Finding, before: Json | undefined, after: Json | undefined): Difference[] =>
  (before === undefined ? [] : (finding.secretPointers ?? [])).flatMap((pointer) => {
    const typed = valueAt(after, pointer) ?? valueAt(finding.after ?? undefined, pointer)
    return typed === undefined || valueAt(before, pointer) !== undefined
      ? []
      : [{ keys: pointerToKeys(pointer), op: 'replace' as const, after: typed }]
  })

/** What was taken away by its place: a comparison alone takes what is missing for what was not sent. */
const removals = (
  { operations = [] }: Finding,
  before: Json | undefined,
  after: Json | undefined,
): Difference[] =>
  operations.flatMap((operation) => {
    const { op, pointer, from } = operation
    if (before === undefined && (op === 'remove' || op === 'exclude')) return [unseenRemoval(operation)]
    const place = op === 'remove' ? pointer : op === 'move' ? from : undefined
    const was = place === undefined ? undefined : valueAt(before, place)
    const isInList = place !== undefined && /\/\d+(\/|$)/.test(place)
    return place === undefined || was === undefined || isInList || valueAt(after, place) !== undefined
      ? []
      : [{ keys: pointerToKeys(place), op: 'remove' as const, before: was }]
  })

/** Nothing was read before: it is gone all the same, and of a member it is known that it was there. */
const unseenRemoval = ({ op, pointer, value }: Operation): Difference => ({
  keys: pointerToKeys(pointer),
  op: 'remove',
  ...(op === 'exclude' && value !== undefined && { before: [value] }),
})

/** A "no" that a verb says is said, though no "yes" was seen before: `disable` is `enabled: false`. */
const deniedByVerb = ({ state }: Finding, before: Json | undefined): Difference[] =>
  state && (before === undefined || isSilent(before, state))
    ? Object.entries(stateChange(state, undefined))
        .filter(([, value]) => value === false)
        .map(([key, value]) => ({ keys: [key], op: 'replace' as const, after: value }))
    : []

/** What was read has no member for that state. */
const isSilent = (before: Json, state: NonNullable<Finding['state']>): boolean =>
  isJsonObject(before) && Object.keys(stateChange(state, before)).every((key) => !Object.hasOwn(before, key))
