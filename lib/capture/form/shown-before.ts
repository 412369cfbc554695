/**
 * A page that a server rendered shows the old values in the fields of its form, also where script then sends them as JSON. Pairs the leaves of
 * what was sent with the form's fields by name; of leaves without a field nothing is said.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Exchange, FormField, FormSnapshot } from '../exchange.ts'
import type { Finding } from '../finding.ts'
import { readBoolean, readNumber } from '../typed-text.ts'
import { splitWords } from '../words.ts'
import { fieldKeys } from './form-names.ts'
import { isSecretField } from './form-values.ts'

const MAX_DEPTH = 4
const MAX_FIELDS = 500

/** The members of `finding.after` as the page still shows them; undefined where none of its forms, the likeliest first, is about them. */
export const shownBefore = (
  { action, after }: Finding,
  { url, pageUrl }: Pick<Exchange, 'url' | 'pageUrl'>,
  forms: readonly FormSnapshot[],
): JsonObject | undefined => {
  if (action === 'create' || action === 'delete' || !isJsonObject(after)) return undefined
  for (const form of forms) {
    const [shown, count] = shownIn(form, after)
    const isItsOwn = pathOf(form.action) === pathOf(url) && pathOf(url) !== pathOf(pageUrl)
    if (count >= (isItsOwn ? 1 : Math.max(2, Object.keys(after).length * 0.5))) return shown
  }
  return undefined
}

const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url)

const shownIn = ({ fields }: FormSnapshot, after: JsonObject): [shown: JsonObject, count: number] => {
  const byWords = new Map(
    fields
      .slice(0, MAX_FIELDS)
      .filter((field) => field.type !== 'file' && !isSecretField(field))
      .map((field) => [wordsAlong(fieldKeys(field.name)), field]),
  )
  let count = 0
  const walk = (value: JsonObject, keys: readonly string[]): JsonObject =>
    Object.fromEntries(
      Object.entries(value).flatMap(([key, is]): [string, Json][] => {
        const path = [...keys, key]
        if (isJsonObject(is) && path.length < MAX_DEPTH) {
          const inner = walk(is, path)
          return Object.keys(inner).length > 0 ? [[key, inner]] : []
        }
        const field = byWords.get(wordsAlong(path))
        const was = field && shownAs(is, field)
        if (was === undefined) return []
        count++
        return [[key, was]]
      }),
    )
  return [walk(after, []), count]
}

const wordsAlong = (keys: readonly string[]): string => keys.map((key) => splitWords(key).join('')).join('.')

/** In the type of what was sent; undefined where the field can't show such a value. */
const shownAs = (like: Json, { type, values, choices }: FormField): Json | undefined => {
  const [text = ''] = values
  if (typeof like === 'boolean') return type === 'checkbox' ? values.length > 0 : readBoolean(text)
  if (typeof like === 'number') return readNumber(text)
  if (typeof like === 'string') return type === 'checkbox' && (choices?.length ?? 0) > 1 ? undefined : text
  return Array.isArray(like) && type === 'select-multiple' ? [...values] : undefined
}
