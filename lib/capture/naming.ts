/** Words for people: resource types and field labels. */
import { isJsonObject, type Json } from '../model/json.ts'
import type { Difference } from './compare.ts'
import type { FieldEdit, PageView } from './exchange.ts'
import { topicOf } from './form/form-names.ts'
import { humanise, singular, splitWords } from './words.ts'

/** `api::feature.flag`, `FeatureFlagUpdateInput`, `paymentMethods` → "payment method". */
export const typeForPeople = (raw: string): string => {
  const local =
    raw
      .split(/::|[:.#\\]/)
      .filter((part) => part !== '')
      .at(-1) ?? raw
  let words = splitWords(local)
  const isTypeName = /^[A-Z]|[a-z][A-Z]/.test(local)
  while (
    words.length > 1 &&
    (GRAMMAR.has(words.at(-1) as string) || (isTypeName && PART_OF_TYPE_NAMES.has(words.at(-1) as string)))
  )
    words = words.slice(0, -1)
  while (words.length > 1 && PREFIX.has(words[0] as string)) words = words.slice(1)
  const last = words.pop()
  return last === undefined ? '' : [...words, singular(last)].join(' ').slice(0, 80)
}

const GRAMMAR = new Set([
  'input',
  'payload',
  'dto',
  'request',
  'response',
  'params',
  'args',
  'model',
  'entity',
  'data',
  'json',
  'by',
  'pk',
  'one',
  'many',
  'id',
])
/** Said of a type by programmers (`UserRecord`), and by people of what they see (`dns-records`, `menu_items`, "mailing list"). */
const PART_OF_TYPE_NAMES = new Set(['object', 'list', 'item', 'record'])
const PREFIX = new Set(['api', 'the', 'rest', 'v1', 'v2', 'v3', 'get', 'my', 'ajax'])

/** What a page is about, for a request that names nothing: its heading, or the last words of its path. */
export const typeOfPage = (page: PageView | undefined, pageUrl: string): string => {
  const path = /^https?:\/\/[^/]+([^?#]*)/.exec(pageUrl)?.[1] ?? ''
  const last = path
    .split('/')
    .filter((part) => /^[a-z][a-z_-]{2,40}$/i.test(part))
    .at(-1)
  const heading = page?.heading && page.heading.length <= 40 ? topicOf(page.heading) : undefined
  return typeForPeople(heading ?? topicOf(last ?? '') ?? '') || 'setting'
}

const JOIN_WINDOW_MS = 10 * 60_000

/** What the person saw beside the field: from the edit that gave this very value, else the key in words. */
export const labelOf = (
  change: Difference,
  edits: readonly FieldEdit[],
  atMs: number,
): string | undefined => {
  const value = plainText(change.after)
  const key = change.keys.findLast((part) => !/^\d+$/.test(part))
  const words = splitWords(key ?? '').join('')
  const recent = edits.filter(
    (edit) => edit.label !== undefined && atMs - edit.atMs <= JOIN_WINDOW_MS && edit.atMs <= atMs + 1_000,
  )
  const byName = recent.findLast(
    (edit) =>
      edit.name !== undefined &&
      splitWords(edit.name).join('') === words &&
      (value === undefined || edit.after === value),
  )
  if (byName) return byName.label
  const byValue =
    value === undefined
      ? []
      : recent.filter(
          (edit) =>
            edit.after.trim() === value && (value.length > 2 || plainText(change.before) === edit.before),
        )
  const labels = new Set(byValue.map((edit) => edit.label))
  if (labels.size === 1) return byValue[0]?.label
  return key === undefined ? undefined : humanise(key)
}

const plainText = (value: Json | undefined): string | undefined =>
  value === undefined || value === null || isJsonObject(value) || Array.isArray(value)
    ? undefined
    : String(value).trim()
