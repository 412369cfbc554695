/** Values that differ and yet read alike: other spaces, letters put together otherwise, marks without width, null and "null". */
import type { Json } from '../model/json.ts'

/** True where a reader would see no difference between two plain values. */
export const looksAlike = (before: Json | undefined, after: Json | undefined): boolean =>
  isPlain(before) && isPlain(after) && before !== after && seen(before) === seen(after)

/** What the eye can't tell is named: "ad‹U+200B›min". */
export const reveal = (text: string): string =>
  text.replace(
    /[\p{Cf}\p{M}]|(?! )\p{Zs}/gu,
    (mark) => `‹U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`,
  )

type Plain = string | number | boolean | null

const isPlain = (value: Json | undefined): value is Plain =>
  value === null || (value !== undefined && typeof value !== 'object')

const seen = (value: Plain): string =>
  String(value)
    .normalize('NFC')
    .replace(/\p{Cf}|[\ufe00-\ufe0f]/gu, '')
    .replace(/\p{Zs}/gu, ' ')
