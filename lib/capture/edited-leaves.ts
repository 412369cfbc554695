/**
 * What a person had typed just before a whole document was sent that was never read: only those fields are known to have changed. The others were
 * sent along. Pairs an edit with a leaf by its name and its value.
 */
import { isJsonObject, type Json } from '../model/json.ts'
import type { Difference } from './compare.ts'
import type { FieldEdit } from './exchange.ts'
import { inTypeOf } from './typed-text.ts'
import { splitWords } from './words.ts'

const WINDOW_MS = 10 * 60_000
const MAX_DEPTH = 6
const MAX_LEAVES = 2_000

export const editedLeaves = (
  after: Json | null | undefined,
  edits: readonly FieldEdit[],
  atMs: number,
): Difference[] => {
  const recent = edits.filter((edit) => atMs - edit.atMs <= WINDOW_MS && edit.atMs <= atMs + 1_000)
  if (recent.length === 0 || !isJsonObject(after)) return []
  return leavesOf(after).flatMap(({ keys, value }): Difference[] => {
    const name = wordsIn(keys.at(-1) ?? '')
    const edit = recent.findLast(
      (one) =>
        one.after.trim() === String(value).trim() &&
        [one.name, one.label].some(
          (text) =>
            text !== undefined &&
            wordsIn(
              text
                .split(/[[\].]+/)
                .filter(Boolean)
                .at(-1) ?? text,
            ) === name,
        ),
    )
    if (!edit) return []
    const before =
      edit.before === undefined || edit.before === edit.after ? undefined : inTypeOf(value, edit.before)
    return [{ keys, op: 'replace', after: value, ...(before !== undefined && { before }) }]
  })
}

const leavesOf = (root: Json): { keys: string[]; value: string | number | boolean }[] => {
  const leaves: { keys: string[]; value: string | number | boolean }[] = []
  const walk = (value: Json, keys: string[]): void => {
    if (leaves.length >= MAX_LEAVES || keys.length > MAX_DEPTH) return
    if (isJsonObject(value)) for (const [key, child] of Object.entries(value)) walk(child, [...keys, key])
    else if (value !== null && !Array.isArray(value)) leaves.push({ keys, value })
  }
  walk(root, [])
  return leaves
}

const wordsIn = (text: string): string => splitWords(text).join('')
