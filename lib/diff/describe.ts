/** The way to a place in a document, as a person reads it. Places count from 1. */
import { isJsonObject, type Json, pointerToKeys, valueAt } from '../model/json.ts'
import { nameOf } from './similarity.ts'

const MAX_NAME = 60

/** The keys of a pointer: list items by their name, else by their place. */
export const pathWords = (root: Json | undefined, pointer: string): string[] => {
  let value = root
  return pointerToKeys(pointer).map((key) => {
    const parent = value
    value = valueAt(parent, `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    if (!Array.isArray(parent)) return key === '' ? '“”' : key
    const name = isJsonObject(value) ? nameOf(value) : undefined
    return name === undefined ? `#${Number(key) + 1}` : `“${shorten(name)}”`
  })
}

/** The place in a list, from 1; undefined for a member of an object. */
export const placeOf = (root: Json | undefined, pointer: string): number | undefined => {
  if (pointer === '') return undefined
  const cut = pointer.lastIndexOf('/')
  return Array.isArray(valueAt(root, pointer.slice(0, cut))) ? Number(pointer.slice(cut + 1)) + 1 : undefined
}

const shorten = (text: string): string => {
  const characters = [...text.slice(0, MAX_NAME * 2)]
  return characters.length <= MAX_NAME ? text : `${characters.slice(0, MAX_NAME - 1).join('')}…`
}
