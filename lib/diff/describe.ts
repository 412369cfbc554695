/** Says a difference in plain words: `timeout: 30 → 15`, `added "Billing" to webhooks at 3`. Places count from 1. */
import { isRedacted } from '../model/entry.ts'
import { isJsonObject, type Json, pointerToKeys, valueAt } from '../model/json.ts'
import type { Difference } from './difference.ts'
import { nameOf } from './similarity.ts'
import { compareTexts, countChangedWords } from './text.ts'

/** What both values were; names along the path come from them. */
export interface Described {
  readonly before?: Json | undefined
  readonly after?: Json | undefined
}

/** Texts longer than this are said by the number of words that changed. */
const MAX_INLINE_TEXT = 60

export const describeDifference = (difference: Difference, whole: Described): string => {
  const { op, pointer, from = pointer, before, after } = difference
  const path = pathWords(op === 'remove' ? whole.before : whole.after, pointer)
  const label = path.at(-1) ?? 'the whole'
  const parent = path.slice(0, -1).join(' › ')
  const place = placeOf(op === 'remove' ? whole.before : whole.after, pointer)
  const full = path.join(' › ') || label
  switch (op) {
    case 'replace':
      return `${full}: ${replacementText(before as Json, after as Json)}`
    case 'add':
      if (place === undefined) return `added ${full}: ${valueText(after)}`
      return `added ${itemText(after)}${parent && ` to ${parent}`} at ${place}`
    case 'remove':
      if (place === undefined) return `removed ${full} (was ${valueText(before)})`
      return `removed ${itemText(before)}${parent && ` from ${parent}`}`
    case 'rename':
      return `renamed ${[...path.slice(0, -1), pointerToKeys(from).at(-1)].join(' › ')} to ${label}`
    case 'move': {
      const fromPath = pathWords(whole.before, from)
      const fromParent = fromPath.slice(0, -1).join(' › ')
      const fromPlace = placeOf(whole.before, from)
      const name = place === undefined ? label : itemText(after)
      if (fromPlace !== undefined && place !== undefined && fromParent === parent)
        return `moved ${name}${parent && ` in ${parent}`} ${fromPlace} → ${place}`
      return `moved ${name} from ${fromParent || 'the top'} to ${parent || 'the top'}`
    }
  }
}

/** The keys of a pointer as a person reads them: list items by their name, else by their place. */
export const pathWords = (root: Json | undefined, pointer: string): string[] => {
  let value = root
  return pointerToKeys(pointer).map((key) => {
    const parent = value
    value = valueAt(parent, `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    if (!Array.isArray(parent)) return key
    const name = isJsonObject(value) ? nameOf(value) : undefined
    return name === undefined ? `#${Number(key) + 1}` : `"${shorten(name)}"`
  })
}

/** A value in a few words. */
export const valueText = (value: Json | undefined): string => {
  if (value === undefined) return 'unknown'
  if (isRedacted(value)) return 'a secret'
  if (typeof value === 'string') return `"${shorten(value)}"`
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return value.length === 1 ? '1 item' : `${value.length} items`
  const fields = Object.keys(value).length
  return fields === 1 ? '1 field' : `${fields} fields`
}

const replacementText = (before: Json, after: Json): string => {
  if (isRedacted(before) && isRedacted(after)) return 'secret changed'
  if (typeof before === 'string' && typeof after === 'string') {
    if (Math.max(before.length, after.length) > MAX_INLINE_TEXT) {
      const words = countChangedWords(compareTexts(before, after))
      return words === 1 ? '1 word changed' : `${words} words changed`
    }
  }
  const change = `${valueText(before)} → ${valueText(after)}`
  const types = [typeWord(before), typeWord(after)]
  return types[0] === types[1] || before === null || after === null || isRedacted(before) || isRedacted(after)
    ? change
    : `${change} (${types[0]} became ${types[1]})`
}

const typeWord = (value: Json): string => {
  if (Array.isArray(value)) return 'list'
  const words: Record<string, string> = {
    string: 'text',
    number: 'number',
    boolean: 'switch',
    object: 'group',
  }
  return words[typeof value] as string
}

const itemText = (value: Json | undefined): string => {
  const name = nameOf(value)
  return name === undefined ? valueText(value) : `"${shorten(name)}"`
}

/** The place in a list, from 1; undefined for a member of an object. */
export const placeOf = (root: Json | undefined, pointer: string): number | undefined => {
  if (pointer === '') return undefined
  const cut = pointer.lastIndexOf('/')
  return Array.isArray(valueAt(root, pointer.slice(0, cut))) ? Number(pointer.slice(cut + 1)) + 1 : undefined
}

const shorten = (text: string): string => {
  const characters = [...text.slice(0, MAX_INLINE_TEXT * 2)]
  return characters.length <= MAX_INLINE_TEXT ? text : `${characters.slice(0, MAX_INLINE_TEXT - 1).join('')}…`
}
