/** Keeps an entry within its size: first whole states shrink to their changed subtrees, then long values are cut. */
import { type EntryDraft, MAX_ENTRY_BYTES } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, pointerToKeys } from '../model/json.ts'

/** Room that the background needs for actor and app. */
const LIMIT = MAX_ENTRY_BYTES - 2_048
const MAX_CHANGES = 400

export const fitEntry = (draft: EntryDraft): EntryDraft => {
  const originalBytes = bytesOf(draft)
  if (originalBytes <= LIMIT) return draft
  const pointers = draft.changes.map(({ pointer }) => pointer)
  const subtrees: EntryDraft = {
    ...draft,
    ...(draft.before && { before: only(draft.before, pointers) }),
    ...(draft.after && { after: only(draft.after, pointers) }),
    truncated: { originalBytes },
  }
  if (bytesOf(subtrees) <= LIMIT) return subtrees
  for (const longest of [4_000, 500, 60]) {
    const { before: _before, after: _after, ...rest } = subtrees
    const changes = draft.changes.slice(0, MAX_CHANGES).map((change) => ({
      ...change,
      ...(change.before !== undefined && { before: cut(change.before, longest) }),
      ...(change.after !== undefined && { after: cut(change.after, longest) }),
    }))
    const short: EntryDraft = {
      ...rest,
      ...(draft.action === 'create' && { before: null }),
      ...(draft.action === 'delete' && { after: null }),
      changes,
      redactions: draft.redactions.slice(0, MAX_CHANGES),
    }
    if (bytesOf(short) <= LIMIT) return short
  }
  const { before: _before, after: _after, ...rest } = subtrees
  return {
    ...rest,
    changes: draft.changes.slice(0, 50).map(({ pointer, op }) => ({ pointer: pointer.slice(0, 500), op })),
    redactions: [],
  }
}

const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value)).length

/** The parts of a state that the pointers lead to. Lists become objects by index, so that the pointers still hold. */
const only = (state: Json, pointers: readonly string[]): Json => {
  const root: JsonObject = {}
  for (const pointer of pointers) {
    const keys = pointerToKeys(pointer)
    let from: Json | undefined = state
    let to = root
    keys.forEach((key, index) => {
      from =
        typeof from === 'object' && from !== null && Object.hasOwn(from, key)
          ? (from as JsonObject)[key]
          : undefined
      if (from === undefined || key === '__proto__') return
      if (index === keys.length - 1) to[key] = from
      else {
        const next = to[key]
        if (isJsonObject(next)) to = next
        else {
          const made: JsonObject = {}
          to[key] = made
          to = made
        }
      }
    })
  }
  return root
}

const cut = (value: Json, longest: number): Json => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length <= longest ? value : `${text.slice(0, longest).toWellFormed()}…`
}
