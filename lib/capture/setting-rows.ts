/** Settings told as rows: [{name: 'theme', value: 'dark'}, …], where others would say {theme: 'dark'}. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { ReadMemory } from './read-memory.ts'

/** undefined where the list holds anything else, or a name twice. */
export const settingsInRows = (list: readonly Json[]): JsonObject | undefined => {
  const pairs = list.map(pairIn)
  const names = new Set(pairs.map((pair) => pair?.[0]))
  return pairs.length > 0 && names.size === pairs.length && pairs.every((pair) => pair !== undefined)
    ? Object.fromEntries(pairs)
    : undefined
}

/** The settings of these names, as far as each was read in a row of its own. */
export const settingsRead = (
  names: readonly string[],
  scope: readonly string[],
  memory: ReadMemory,
): JsonObject | undefined => {
  const found = names.flatMap((name) => {
    const row = memory.find({ id: name, scope, keys: ['value'] })
    const key = row && Object.keys(row).find((one) => VALUE.test(one))
    return row && key !== undefined ? [[name, row[key] ?? null] as const] : []
  })
  return found.length > 0 ? Object.fromEntries(found) : undefined
}

const pairIn = (row: Json): readonly [string, Json] | undefined => {
  if (!isJsonObject(row)) return undefined
  const members = Object.entries(row)
  const name = members.find(([key]) => NAME.test(key))?.[1]
  const value = members.find(([key]) => VALUE.test(key))
  return members.length === 2 && typeof name === 'string' && name !== '' && value
    ? [name, value[1]]
    : undefined
}

const NAME = /^(name|key|id|property|field|setting|option|attribute|parameter|param)$/i
const VALUE = /^value$/i
