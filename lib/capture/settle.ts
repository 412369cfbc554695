/**
 * A finding and what was read before → one or more changes of resources, with before, after and the leaves that differ.
 * Never makes up a before: what wasn't seen is absent.
 */
import type { Action, BeforeFrom } from '../model/entry.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  keysToPointer,
  pointerToKeys,
  valueAt,
} from '../model/json.ts'
import { type Difference, differences, isBlank, isSame, isScalar, isVolatileChange } from './compare.ts'
import { unwrap } from './decoders/decoder.ts'
import type { Finding, Operation } from './finding.ts'
import { identityOf, nameOf } from './identity.ts'
import { memberFor, overlap, type ReadMemory } from './read-memory.ts'
import { isPlural, isSecretKey, splitWords } from './words.ts'

/** So many fields, sent together and never read, may all be new. */
const MAX_UNPROVEN = 6

/** A change of one resource, before words and redaction. */
export interface ResourceChange {
  readonly action: Action
  readonly type: string
  readonly id: string
  readonly name?: string
  readonly before?: Json | null
  readonly after?: Json | null
  readonly changes: readonly Difference[]
  readonly beforeFrom: BeforeFrom
}

/** `showBefore`: members of the state before that the page still shows; asked only where nothing was read. */
export const settle = (
  finding: Finding,
  memory: ReadMemory,
  showBefore: () => JsonObject | undefined = () => undefined,
): ResourceChange[] => {
  if (finding.action === 'delete') return [settleDelete(finding, memory)]
  const read = beforeOf(finding, memory)
  const shown = read.before === undefined ? showBefore() : undefined
  const isShown = shown !== undefined
  const { before, from } = isShown ? { before: shown, from: 'form' as const } : read
  if (finding.action === 'create' || (finding.action === 'save' && isCreation(finding, before)))
    return [settleCreate(finding)]
  const after = afterOf(finding, before)
  const whole = finding.extent === 'whole'
  const compared =
    finding.after === undefined &&
    finding.operations === undefined &&
    finding.answer !== undefined &&
    before !== undefined
      ? differences(before, mergeInto(before, finding.answer), { whole: false })
      : before === undefined
        ? differences(undefined, after ?? {}, { whole: false })
        : differences(before, after, { whole })
  const seen = new Set(compared.map(pointerOf))
  const typed = typedSecrets(finding, before, after).filter((change) => !seen.has(pointerOf(change)))
  const told = compared.length === 0 ? onlyMember(finding, before) : []
  const gone = removals(finding, before, after).filter((change) => !seen.has(pointerOf(change)))
  const differing = [...compared, ...told, ...typed, ...gone].filter(
    (change) =>
      !isPlumbing(change) &&
      !isServersOwn(change, before) &&
      !(isShown && valueAt(before, pointerOf(change)) === undefined),
  )
  // A "no" that a verb says is said, though no "yes" was seen before.
  const stated = finding.state && before === undefined && stateChange(finding.state, undefined)
  for (const [key, value] of Object.entries(stated || {}))
    if (value === false && !differing.some(({ keys }) => keys[0] === key))
      differing.push({ keys: [key], op: 'replace', after: value })
  if (differing.length > 0 && differing.every(isViewState)) return []
  // A whole document without a before: that it was sent doesn't say that all of it changed.
  const changes = before === undefined && whole && differing.length > MAX_UNPROVEN ? [] : differing
  if (finding.id === undefined && before !== undefined) {
    const split = splitByItem(changes, finding, before, after)
    if (split) return split.map((part) => ({ ...part, beforeFrom: from }))
  }
  if (changes.length === 0 && before !== undefined && !finding.state && finding.operations === undefined) {
    // The answer may tell what the request did not: a publication, a status.
    const told =
      finding.answer !== undefined
        ? differences(before, mergeInto(before, finding.answer), { whole: false }).filter(
            (change) => !isPlumbing(change),
          )
        : []
    if (finding.after !== undefined && Object.keys(finding.after as object).length > 0 && told.length === 0)
      return []
    return [
      resource(
        finding,
        'update',
        before,
        told.length > 0 ? mergeInto(before, finding.answer) : after,
        told,
        from,
      ),
    ]
  }
  return [resource(finding, 'update', before, after, changes, from)]
}

/** What was taken away by its place: a comparison alone takes what is missing for what was not sent. */
const removals = (
  { operations = [] }: Finding,
  before: Json | undefined,
  after: Json | undefined,
): Difference[] =>
  operations.flatMap(({ op, pointer, from }) => {
    const place = op === 'remove' ? pointer : op === 'move' ? from : undefined
    const was = place === undefined ? undefined : valueAt(before, place)
    const isInList = place !== undefined && /\/\d+(\/|$)/.test(place)
    return place === undefined || was === undefined || isInList || valueAt(after, place) !== undefined
      ? []
      : [{ keys: pointerToKeys(place), op: 'remove' as const, before: was }]
  })

/** All that was sent is one member, and it is off or empty: that is what was meant, though nothing shows what it was. */
const onlyMember = ({ after, state }: Finding, before: Json | undefined): Difference[] => {
  const [only, ...more] = isJsonObject(after) ? Object.entries(after) : []
  if (!only || more.length > 0 || state || !isBlank(only[1])) return []
  const isKnown = isJsonObject(before) && memberFor(only[0], before) !== undefined
  return isKnown ? [] : [{ keys: [only[0]], op: 'replace', after: only[1] }]
}

/** A secret that was typed where the app shows none: changed, though its old value was never seen. */
const typedSecrets = (finding: Finding, before: Json | undefined, after: Json | undefined): Difference[] =>
  (before === undefined ? [] : (finding.secretPointers ?? [])).flatMap((pointer) => {
    const typed = valueAt(after, pointer) ?? valueAt(finding.after ?? undefined, pointer)
    return typed === undefined || valueAt(before, pointer) !== undefined
      ? []
      : [{ keys: pointerToKeys(pointer), op: 'replace' as const, after: typed }]
  })

const resource = (
  finding: Finding,
  action: Action,
  before: Json | undefined,
  after: Json | undefined,
  changes: readonly Difference[],
  beforeFrom: BeforeFrom,
): ResourceChange => {
  const name = finding.name ?? nameOf(after) ?? nameOf(before)
  return {
    action,
    type: finding.type ?? '',
    id: finding.id ?? ownId(finding.answer) ?? ownId(before) ?? '',
    ...(name !== undefined && { name }),
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    changes,
    beforeFrom,
  }
}

const ownId = (value: Json | undefined): string | undefined => {
  const identity = isJsonObject(value) ? identityOf(value) : undefined
  return identity?.strength === 'strong' ? identity.id : undefined
}

const settleDelete = (finding: Finding, memory: ReadMemory): ResourceChange => {
  const before = finding.before ?? lookUp(finding, memory, [])
  const name = finding.name ?? nameOf(before)
  const changes = before === undefined ? [] : differences(before, undefined, { whole: true, volatile: true })
  return {
    action: 'delete',
    type: finding.type ?? '',
    id: finding.id ?? '',
    ...(name !== undefined && { name }),
    ...(before !== undefined && { before }),
    after: null,
    changes,
    beforeFrom: before === undefined ? 'unknown' : (finding.beforeFrom ?? 'read'),
  }
}

const settleCreate = (finding: Finding): ResourceChange => {
  const answer = isJsonObject(finding.answer) ? finding.answer : undefined
  const sent = finding.after
  const after = isJsonObject(sent) ? withAnswer(sent, answer) : (sent ?? answer)
  const id =
    finding.id ??
    (answer && identityOf(answer, finding.type)?.id) ??
    (isJsonObject(sent) ? identityOf(sent, finding.type)?.id : undefined) ??
    ''
  const name = finding.name ?? nameOf(after)
  return {
    action: 'create',
    type: finding.type ?? '',
    id,
    ...(name !== undefined && { name }),
    before: null,
    ...(after !== undefined && { after }),
    changes: differences(undefined, after, { whole: true, volatile: true }),
    beforeFrom: 'unknown',
  }
}

/** A creation's state: all that the answer shows, over what was sent. */
const withAnswer = (sent: JsonObject, answer: JsonObject | undefined): JsonObject => ({ ...sent, ...answer })

/** PUT of what was never read, where its neighbours were: it is new. */
const isCreation = (finding: Finding, before: Json | undefined): boolean =>
  before === undefined && finding.id !== undefined && finding.creates === true

// Before

const beforeOf = (finding: Finding, memory: ReadMemory): { before: Json | undefined; from: BeforeFrom } => {
  if (finding.before !== undefined) return { before: finding.before, from: finding.beforeFrom ?? 'form' }
  const keys = isJsonObject(finding.after)
    ? Object.keys(finding.after)
    : (finding.operations ?? []).flatMap(({ pointer }) => pointerToKeys(pointer).slice(0, 1))
  const read = lookUp(finding, memory, keys)
  return read === undefined ? { before: undefined, from: 'unknown' } : { before: read, from: 'read' }
}

export const lookUp = (finding: Finding, memory: ReadMemory, keys: readonly string[]): Json | undefined => {
  const { id, type, place, scope = [] } = finding
  const known = place === undefined ? undefined : memory.atPlace(place)
  const here = known === undefined ? undefined : documentAt(known, finding, keys)
  if (here !== undefined) return here
  const found = memory.find({
    scope,
    keys,
    ...(id !== undefined && { id }),
    ...(type !== undefined && { type }),
    ...(place !== undefined && { place }),
  })
  if (found) return found
  return id === undefined && type !== undefined ? memory.findSingle(type, keys) : undefined
}

/** What was read under the very address of the write, out of its envelope. */
const documentAt = (known: Json, finding: Finding, keys: readonly string[]): Json | undefined => {
  if (Array.isArray(known)) return Array.isArray(finding.after) ? known : undefined
  if (Array.isArray(finding.after)) {
    const lists = isJsonObject(known) ? Object.values(known).filter(Array.isArray) : []
    return lists.length === 1 ? lists[0] : undefined
  }
  const object = unwrap(known, keys, { lists: finding.id !== undefined })
  if (!object) return undefined
  if (finding.id !== undefined && identityOf(object) && keys.length === 0) return object
  return overlap(keys, object) >= (keys.length > 4 ? 0.5 : 0.3) ? object : undefined
}

// After

const afterOf = (finding: Finding, before: Json | undefined): Json | undefined => {
  const stated = finding.state ? stateChange(finding.state, before) : undefined
  if (finding.operations) return applyOperations(before ?? {}, finding.operations)
  const sent =
    isJsonObject(finding.after) && stated ? { ...finding.after, ...stated } : (finding.after ?? stated)
  if (sent === undefined) return before
  if (!isJsonObject(sent)) return sent
  const answer = isJsonObject(finding.answer) ? finding.answer : undefined
  const known = isJsonObject(before) ? before : undefined
  const entries = Object.entries(sent).flatMap(([given, value]): [string, Json][] => {
    const key = (known && memberFor(given, known)) ?? given
    const was = known && Object.hasOwn(known, key) ? known[key] : undefined
    const member = answer && (Object.hasOwn(answer, key) ? key : memberFor(given, answer))
    const told = member === undefined ? undefined : answer?.[member]
    if (
      was === undefined &&
      told === undefined &&
      known !== undefined &&
      (answer !== undefined || isBlank(value)) &&
      !isSecretKey(key)
    ) {
      // Sent, but neither read before nor answered: a word to the server, not a member of the resource.
      if (answer !== undefined ? overlap(Object.keys(sent), answer) >= 0.5 : true) return []
    }
    // Beside a verb that says it all: how, not what.
    if (
      finding.state &&
      known !== undefined &&
      was === undefined &&
      told === undefined &&
      key === given &&
      !Object.hasOwn(stated ?? {}, key)
    )
      return []
    if (isProofOfPerson(key) && was === undefined && told === undefined) return []
    const relation = relationOf(value, was)
    if (relation !== undefined) return [[key, relation]]
    if (isPlaceholder(value)) return was === undefined ? [] : [[key, was]]
    if (told !== undefined && !isPlaceholder(told) && !(isScalar(value) && !isScalar(told)))
      return [[key, told]]
    return [[key, inTypeOf(was, value)]]
  })
  const after = Object.fromEntries(entries)
  return finding.extent === 'partial' && known ? { ...known, ...after } : after
}

/** Forms and url-encoded bodies send text: shown as what was read. */
const inTypeOf = (was: Json | undefined, value: Json): Json => {
  if (typeof value !== 'string') return value
  if (
    typeof was === 'number' &&
    /^-?\d+(\.\d+)?$/.test(value) &&
    Number.isSafeInteger(Math.trunc(Number(value)))
  )
    return Number(value)
  if (typeof was === 'boolean' && /^(true|false|on|off|1|0)$/i.test(value))
    return /^(true|on|1)$/i.test(value)
  return value
}

/** `enabled: true` for "enable": under the name that the resource has for it, where it was read. */
const stateChange = (state: NonNullable<Finding['state']>, before: Json | undefined): JsonObject => {
  const [first = 'state'] = state.fields
  if (!isJsonObject(before)) return { [first]: state.value }
  for (const field of state.fields) {
    const word = field.replace('!', '')
    const key = Object.keys(before).find(
      (name) =>
        splitWords(name)
          .join('')
          .replace(/^(is|has)/, '') === word,
    )
    if (key === undefined) continue
    const value = state.value !== field.startsWith('!')
    const old = before[key]
    if (typeof old === 'boolean' || old === null) return { [key]: value }
    if (typeof old === 'number') return { [key]: Number(value) }
    if (typeof old === 'string' && /^(true|false|0|1|yes|no|on|off)$/i.test(old))
      return { [key]: String(value) }
  }
  const status = Object.keys(before).find(
    (name) => /^(status|state|_?status)$/i.test(name) && typeof before[name] === 'string',
  )
  return status === undefined ? { [first]: state.value } : { [status]: state.word }
}

/** Relations as ORMs write them: {connect: {id}}, {set: [{id}]}, {disconnect: true}. In the shape that was read. */
const relationOf = (value: Json, was: Json | undefined): Json | undefined => {
  if (!isJsonObject(value)) return undefined
  const keys = Object.keys(value)
  if (
    keys.length === 0 ||
    !keys.every((key) => /^(connect|disconnect|set|create)$/.test(key)) ||
    !(value.connect ?? value.disconnect ?? value.set)
  )
    return undefined
  if (Array.isArray(was) || Array.isArray(value.connect) || Array.isArray(value.set)) {
    const old = Array.isArray(was) ? was : []
    const ids = (list: Json | undefined): Set<string> =>
      new Set((Array.isArray(list) ? list : list === undefined ? [] : [list]).map(idText))
    const gone = ids(value.disconnect)
    if (Array.isArray(value.set)) return value.set
    const kept = old.filter((one) => !gone.has(idText(one)))
    const there = new Set(kept.map(idText))
    const fresh = (
      Array.isArray(value.connect) ? value.connect : value.connect ? [value.connect] : []
    ).filter((one) => !there.has(idText(one)))
    return [...kept, ...fresh]
  }
  if (value.disconnect === true || value.set === null) return null
  const target = value.connect ?? value.set
  return isJsonObject(target) ? (identityOf(target)?.id ?? target) : (target ?? null)
}

const idText = (value: Json): string => (isJsonObject(value) ? (identityOf(value)?.id ?? '') : String(value))

const applyOperations = (before: Json, operations: readonly Operation[]): Json => {
  let root = structuredClone(before)
  const apply = ({ op, pointer, value }: Operation): void => {
    const keys = pointerToKeys(pointer)
    const last = keys.pop()
    if (last === undefined) {
      if (value !== undefined) root = structuredClone(value)
      return
    }
    let node: Json = root
    for (const key of keys) {
      const child: Json | undefined = Array.isArray(node)
        ? node[Number(key)]
        : isJsonObject(node) && Object.hasOwn(node, key)
          ? node[key]
          : undefined
      if (typeof child === 'object' && child !== null) node = child
      else if (isJsonObject(node) && op !== 'remove') {
        const made: JsonObject = {}
        node[key] = made
        node = made
      } else return
    }
    if (Array.isArray(node)) {
      const index = last === '-' ? node.length : Number(last)
      if (!Number.isInteger(index)) return
      if (op === 'remove') node.splice(index, 1)
      else if (op === 'add') node.splice(Math.min(index, node.length), 0, value ?? null)
      else node[index] = value ?? null
    } else if (isJsonObject(node)) {
      if (last === '__proto__') return
      if (op === 'remove') delete node[last]
      else if (op === 'include' || op === 'exclude') {
        const list: Json[] = Array.isArray(node[last]) ? (node[last] as Json[]) : []
        const without = list.filter((one) => !refersTo(one, value))
        node[last] = op === 'include' ? [...without, value ?? null] : without
      } else node[last] = value ?? null
    }
  }
  for (const operation of operations) for (const one of stepsOf(operation, root)) apply(one)
  return root
}

/** RFC 6902: a copy adds what stands elsewhere, a move takes it from there too. Of what was never read nothing is known. */
const stepsOf = (operation: Operation, root: Json): Operation[] => {
  const { op, pointer, from } = operation
  if (op !== 'move' && op !== 'copy') return [operation]
  const value = from === undefined ? undefined : valueAt(root, from)
  if (from === undefined || value === undefined) return []
  const added: Operation = { op: 'add', pointer, value: structuredClone(value) }
  return op === 'copy' ? [added] : [{ op: 'remove', pointer: from }, added]
}

const refersTo = (element: Json, value: Json | undefined): boolean =>
  isSame(element, value) ||
  (isJsonObject(element) && isScalar(value ?? null) && identityOf(element)?.id === String(value)) ||
  (isJsonObject(element) &&
    isJsonObject(value) &&
    Object.keys(value).every((key) => isSame(element[key], value[key])))

const mergeInto = (before: Json, answer: Json | undefined): Json => {
  if (!isJsonObject(before) || !isJsonObject(answer)) return before
  return {
    ...before,
    ...Object.fromEntries(Object.entries(answer).filter(([key]) => Object.hasOwn(before, key))),
  }
}

// What counts

export const isPlumbing = ({ keys, before, after }: Difference): boolean => {
  const last = keys.at(-1) ?? ''
  return (
    isVolatileChange(last, before, after) ||
    (/^(__typename|typename|@odata\..*|_links|links|meta|csrf.*|_token)$/i.test(last) && keys.length <= 2) ||
    (/^_?(id|uuid)$/.test(last) && keys.length === 1)
  )
}

/** Objects of a wish and a state: {metadata, spec, status}. The status is the server's. */
const isServersOwn = ({ keys }: Difference, before: Json | undefined): boolean =>
  isJsonObject(before) &&
  isJsonObject(before.metadata) &&
  isJsonObject(before.spec) &&
  (keys[0] === 'status' ||
    (keys[0] === 'metadata' && /^(managedFields|generation|resourceVersion|selfLink)$/.test(keys[1] ?? '')))

/** Where the person was and how the page was laid out, kept by the page for itself. */
const isViewState = ({ keys }: Difference): boolean =>
  keys.some((key) =>
    /^(last (page|visited|opened|viewed|path|url|route)|layout (query|state)|scroll.*|collapsed|expanded|column (widths?|order|state)|(side ?bar|panel|drawer|window|splitter|dock) (width|height|size|state|open|collapsed|position)|(current|selected|active) (tab|page|view)|(table|grid|view|ui|tree) state|dismissed.*|.*onboarding.*|.*(tour|walkthrough) (seen|done|completed)|welcome (guide|screen|seen)|recent(ly)? .*|persisted preferences)$/.test(
      splitWords(key).join(' '),
    ),
  )

/** "*****", "••••••": what stands for a secret that is not shown. */
export const isPlaceholder = (value: Json | undefined): boolean =>
  typeof value === 'string' &&
  /^(\*{3,}|•{3,}|●{3,}|x{6,}|<?(redacted|hidden|masked|secret|unchanged)>?|\[(redacted|hidden|masked)\]|_+unchanged_+)$/i.test(
    value.trim(),
  )

/** The old password, or the new one again: typed to prove something, not to be kept. */
const isProofOfPerson = (key: string): boolean => {
  const words = splitWords(key)
  return (
    words.some((word) => /^(password|passwd|pass|pwd|passphrase|pin|secret)$|password/.test(word)) &&
    /current|\bold|existing|previous|actual|confirm|repeat|again|verif|retype|reenter|\bre(?:$|\b|pass|pw)|check|chk|2/.test(
      words.join(' ').replace(/\b(pass|password|passwd|pwd|secret)\b/g, ''),
    )
  )
}

// Whole documents

/** A document without an id of its own (a configuration, all flows): what changed is an item in one of its lists, where that has an id. */
const splitByItem = (
  changes: readonly Difference[],
  finding: Finding,
  before: Json,
  after: Json | undefined,
): Omit<ResourceChange, 'beforeFrom'>[] | undefined => {
  const byItem = new Map<string, Difference[]>()
  const rest: Difference[] = []
  for (const change of changes) {
    if (!change.item || (change.item.strength === 'weak' && !isListPlace(change.item.list))) rest.push(change)
    else {
      const key = `${change.item.list}\0${change.item.id}`
      byItem.set(key, [...(byItem.get(key) ?? []), change])
    }
  }
  if (byItem.size === 0 || byItem.size > 50) return undefined
  const parts: Omit<ResourceChange, 'beforeFrom'>[] = []
  for (const list of byItem.values()) {
    const { item } = list[0] as Difference
    if (!item) continue
    const state = item.after ?? item.before
    const name = nameOf(state)
    const action = item.before === undefined ? 'create' : item.after === undefined ? 'delete' : 'update'
    parts.push({
      action,
      type: item.list === '' ? (finding.type ?? '') : item.list,
      id: item.id,
      ...(name !== undefined && { name }),
      ...(action === 'create' ? { before: null } : item.before && { before: item.before }),
      ...(action === 'delete' ? { after: null } : item.after && { after: item.after }),
      changes:
        action === 'create'
          ? differences(undefined, item.after, { whole: true, volatile: true })
          : action === 'delete'
            ? differences(item.before, undefined, { whole: true, volatile: true })
            : list.map(({ item: _item, keys, ...change }) => ({ ...change, keys: keys.slice(item.depth) })),
    })
  }
  if (rest.length > 0) {
    const name = nameOf(after)
    parts.push({
      action: 'update',
      type: finding.type ?? '',
      id: '',
      ...(name !== undefined && { name }),
      before,
      ...(after !== undefined && { after }),
      changes: rest,
    })
  }
  return parts
}

const isListPlace = (list: string): boolean => list === '' || isPlural(list)

export const pointerOf = (change: Difference): string => keysToPointer(change.keys)
