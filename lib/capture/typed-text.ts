/** Forms, url-encoded bodies and typed fields hold text: read in the type of the value that it stands for. */
import type { Json } from '../model/json.ts'

/** `"30"` like `5` → `30`, `"on"` like `false` → `true`; text that can't be such a value stays text. */
export const inTypeOf = (like: Json | undefined, text: string): Json =>
  typeof like === 'number'
    ? (readNumber(text) ?? text)
    : typeof like === 'boolean'
      ? (readBoolean(text) ?? text)
      : text

/** Plain decimal notation; undefined for anything else, and for integers that a number can't hold. */
export const readNumber = (text: string): number | undefined =>
  /^\s*-?\d+(\.\d+)?\s*$/.test(text) && Number.isSafeInteger(Math.trunc(Number(text)))
    ? Number(text)
    : undefined

/** An empty field is off, as an unchecked box is. */
export const readBoolean = (text: string): boolean | undefined =>
  /^(true|on|yes|1)$/i.test(text) ? true : /^(false|off|no|0|)$/i.test(text) ? false : undefined
