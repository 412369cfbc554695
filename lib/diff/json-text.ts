/** Texts that hold JSON, as editors of dashboards and policies save them. */
import type { Json } from '../model/json.ts'
import { isContainer } from './content-ids.ts'

const MAX_LENGTH = 1_000_000

/**
 * The list or object that a text holds; undefined where it holds none, or where reading it as JSON would lose something: a key
 * that is there twice, digits that no number keeps, a value written another way.
 */
export const parseFaithfully = (text: string): Json | undefined => {
  if (text.length > MAX_LENGTH || !/^\s*[[{]/.test(text)) return undefined
  try {
    const value = JSON.parse(text) as Json
    const tight = text.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1')
    return isContainer(value) && JSON.stringify(value) === tight ? value : undefined
  } catch {
    return undefined
  }
}
