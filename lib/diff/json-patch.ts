/** Differences as an RFC 6902 patch, and the patch applied: the proof that a diff tells everything that changed. */
import { isJsonObject, type Json, type JsonObject, keysToPointer, pointerToKeys } from '../model/json.ts'
import type { Difference } from './difference.ts'

export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move'; readonly from: string; readonly path: string }

/** The value after, made of the value before and what changed. Undefined where there is none. */
export const applyDifferences = (
  before: Json | undefined,
  differences: readonly Difference[],
): Json | undefined => applyJsonPatch(before, toJsonPatch(before, differences))

/**
 * In an order in which each operation finds what it needs: a container is put right (removals, moves, additions) before its
 * members are. What moves to another container is removed there and added here, as it ends up.
 */
export const toJsonPatch = (
  before: Json | undefined,
  differences: readonly Difference[],
): PatchOperation[] => {
  const root = differences.find(({ pointer }) => pointer === '')
  if (root) return [root.op === 'remove' ? { op: 'remove', path: '' } : set(root.op, '', root.after as Json)]
  const patch: PatchOperation[] = []
  const left = new Map<string, Difference[]>()
  const arrived = new Map<string, Difference[]>()
  const replaced = new Map<string, Difference>()
  const touched = { before: new Set<string>(), after: new Set<string>() }
  for (const difference of differences) {
    const { op, pointer, from } = difference
    if (op === 'replace') replaced.set(pointer, difference)
    if (op !== 'replace' && op !== 'add') pushTo(left, parentOf(from as string), difference)
    if (op !== 'replace' && op !== 'remove') pushTo(arrived, parentOf(pointer), difference)
    if (op !== 'remove') addPrefixes(touched.after, pointer)
    if (from !== undefined) addPrefixes(touched.before, from)
  }

  /** `value` stood at `from` in before; what it becomes stands at `path`. */
  const visit = (value: Json, from: string, path: string): void => {
    const replacement = replaced.get(path)
    if (replacement) patch.push(set('replace', path, replacement.after as Json))
    else if (!touched.after.has(path) && !touched.before.has(from)) return
    else if (Array.isArray(value)) visitList(value, from, path)
    else if (isJsonObject(value)) visitObject(value, from, path)
  }
  const visitObject = (value: JsonObject, from: string, path: string): void => {
    const gone = left.get(from) ?? []
    const come = arrived.get(path) ?? []
    const renamed = new Map(
      gone.filter(({ op }) => op === 'rename').map((rename) => [lastKeyOf(rename.from), rename]),
    )
    for (const { op, pointer, from: source } of gone) {
      const old = path + keysToPointer([lastKeyOf(source)])
      patch.push(op === 'rename' ? { op: 'move', from: old, path: pointer } : { op: 'remove', path: old })
    }
    for (const { op, pointer, after } of come)
      if (op !== 'rename') patch.push(set('add', pointer, after as Json))
    const goneKeys = new Set(
      gone.filter(({ op }) => op !== 'rename').map((difference) => lastKeyOf(difference.from)),
    )
    for (const [key, member] of Object.entries(value)) {
      if (goneKeys.has(key)) continue
      visit(member, from + keysToPointer([key]), renamed.get(key)?.pointer ?? path + keysToPointer([key]))
    }
  }
  const visitList = (value: readonly Json[], from: string, path: string): void => {
    const come = (arrived.get(path) ?? []).map((target) => ({
      target,
      index: Number(lastKeyOf(target.pointer)),
    }))
    come.sort((a, b) => a.index - b.index)
    const staysHere = ({ from: source }: Difference) => source !== undefined && parentOf(source) === from
    const movers = new Map(
      come.flatMap(({ target, index }) =>
        staysHere(target) ? [[Number(lastKeyOf(target.from)), index]] : [],
      ) as [number, number][],
    )
    const gone = (left.get(from) ?? []).map((difference) => Number(lastKeyOf(difference.from)))
    const current = value.map((_, index) => index)
    for (const index of gone.filter((index) => !movers.has(index)).sort((a, b) => b - a)) {
      patch.push({ op: 'remove', path: `${path}/${index}` })
      current.splice(index, 1)
    }
    // Where each member that is kept ends up, counted with and without what comes from elsewhere.
    const placed = new Map([...movers].map(([index, target]) => [target, index]))
    const foreign = new Map(come.flatMap(({ target, index }) => (staysHere(target) ? [] : [[index, target]])))
    const settled = current.filter((index) => !movers.has(index))
    const kept: { readonly index: number; readonly target: number }[] = []
    for (let target = 0, next = 0; target < current.length + foreign.size; target++) {
      if (foreign.has(target)) continue
      kept.push({ index: placed.get(target) ?? (settled[next++] as number), target })
    }
    kept.forEach(({ index }, place) => {
      if (!movers.has(index)) return
      const source = current.indexOf(index)
      current.splice(source, 1)
      const neighbour = kept[place - 1]
      const target = neighbour ? current.indexOf(neighbour.index) + 1 : 0
      current.splice(target, 0, index)
      if (source !== target) patch.push({ op: 'move', from: `${path}/${source}`, path: `${path}/${target}` })
    })
    for (const [index, target] of foreign as Map<number, Difference>)
      patch.push(set('add', `${path}/${index}`, target.after as Json))
    for (const { index, target } of kept) visit(value[index] as Json, `${from}/${index}`, `${path}/${target}`)
  }

  if (before !== undefined) visit(before, '', '')
  return patch
}

/** The patched value; `document` is left as it was. Throws where a path leads nowhere. */
export const applyJsonPatch = (
  document: Json | undefined,
  patch: readonly PatchOperation[],
): Json | undefined =>
  patch.reduce<Json | undefined>((value, operation) => {
    if (operation.op === 'move') {
      const { removed, rest } = removeAt(value, pointerToKeys(operation.from))
      return putAt(rest, pointerToKeys(operation.path), removed, 'add')
    }
    const keys = pointerToKeys(operation.path)
    return operation.op === 'remove'
      ? removeAt(value, keys).rest
      : putAt(value, keys, operation.value, operation.op)
  }, document)

const putAt = (
  root: Json | undefined,
  [key, ...rest]: readonly string[],
  value: Json,
  op: 'add' | 'replace',
): Json => {
  if (key === undefined) return value
  const member = (inner: Json | undefined) => (rest.length > 0 ? putAt(inner, rest, value, op) : value)
  if (Array.isArray(root)) {
    const index = Number(key)
    return op === 'add' && rest.length === 0
      ? root.toSpliced(index, 0, value)
      : root.toSpliced(index, 1, member(root[index]))
  }
  if (!isJsonObject(root)) throw new Error(`"path" leads nowhere at "${key}"`)
  return { ...root, [key]: member(Object.hasOwn(root, key) ? root[key] : undefined) }
}

const removeAt = (
  root: Json | undefined,
  [key, ...rest]: readonly string[],
): { readonly removed: Json; readonly rest: Json | undefined } => {
  if (root === undefined) throw new Error('"path" leads nowhere')
  if (key === undefined) return { removed: root, rest: undefined }
  if (Array.isArray(root)) {
    const index = Number(key)
    if (rest.length === 0) return { removed: root[index] as Json, rest: root.toSpliced(index, 1) }
    const inner = removeAt(root[index], rest)
    return { removed: inner.removed, rest: root.toSpliced(index, 1, inner.rest as Json) }
  }
  if (!isJsonObject(root) || !Object.hasOwn(root, key)) throw new Error(`"path" leads nowhere at "${key}"`)
  if (rest.length > 0) {
    const inner = removeAt(root[key], rest)
    return { removed: inner.removed, rest: { ...root, [key]: inner.rest as Json } }
  }
  return {
    removed: root[key] as Json,
    rest: Object.fromEntries(Object.entries(root).filter(([name]) => name !== key)),
  }
}

const set = (op: Difference['op'], path: string, value: Json): PatchOperation => ({
  op: op === 'replace' ? 'replace' : 'add',
  path,
  value,
})

const pushTo = (map: Map<string, Difference[]>, key: string, difference: Difference) => {
  const list = map.get(key)
  if (list) list.push(difference)
  else map.set(key, [difference])
}

const parentOf = (pointer: string): string => pointer.slice(0, pointer.lastIndexOf('/'))

const lastKeyOf = (pointer = ''): string => pointerToKeys(pointer).at(-1) ?? ''

const addPrefixes = (set: Set<string>, pointer: string) => {
  for (let path = pointer; ; path = parentOf(path)) {
    set.add(path)
    if (path === '') return
  }
}
