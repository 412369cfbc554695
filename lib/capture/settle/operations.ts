/** Edits of single places, applied in their order: RFC 6902's, and two deltas on lists. What can't be applied is left out. */
import { isJsonObject, type Json, type JsonObject, pointerToKeys, valueAt } from '../../model/json.ts'
import { isSame, isScalar } from '../compare.ts'
import type { Operation } from '../finding.ts'
import { identityOf } from '../identity.ts'

export const applyOperations = (before: Json, operations: readonly Operation[]): Json => {
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
