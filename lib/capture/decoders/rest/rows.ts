/** A list that is written otherwise than it is read: rows of a name and a value, or bare values in an order of their own. What differs is said of the things themselves. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isScalar } from '../../compare.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { overlap } from '../../read-memory.ts'
import type { Call } from '../decoder.ts'
import { changed } from './findings.ts'

/** Undefined where the list is written as it is read, so that the two can be compared as they are. */
export const decodeRows = (call: Call, list: readonly Json[], known: Json): Finding[] | undefined => {
  const rows = list.filter(isJsonObject)
  const records = recordsIn(known)
  if (rows.length === 0) return bareValues(call, list, records)
  const names = rows.map((row) => identityOf(row, call.address.noun)?.id)
  const found = names.map((name) => records.find((record) => Object.values(record).includes(name ?? '')))
  const isSameShape = rows.some((row, index) => {
    const record = found[index]
    return record !== undefined && overlap(Object.keys(row), record) >= 0.6
  })
  if (rows.length !== list.length || isSameShape || found.every((record) => record === undefined))
    return undefined
  const spelled = spellings(rows, found)
  return rows.flatMap((row, index) => {
    const record = found[index]
    const entries = Object.entries(row).flatMap(([key, value]): [string, Json][] =>
      value === names[index] ? [] : [[spelled.get(key) ?? key, value]],
    )
    const isNews = entries.some(([key, value]) => record?.[key] !== value)
    // Of many rows, those that can't be compared say nothing.
    const isComparable = entries.every(([key]) => record !== undefined && Object.hasOwn(record, key))
    if (!isNews || (rows.length > 1 && !isComparable)) return []
    const finding = changed(call, names[index], Object.fromEntries(entries), undefined)
    return [{ ...finding, ...(isComparable && record && { before: record, beforeFrom: 'read' as const }) }]
  })
}

/** What the things call a member of the rows: where most rows hold the value that is known, it is that one. */
const spellings = (
  rows: readonly JsonObject[],
  found: readonly (JsonObject | undefined)[],
): ReadonlyMap<string, string> => {
  const spelled = new Map<string, string>()
  for (const key of new Set(rows.flatMap(Object.keys))) {
    const agreeing = new Map<string, number>()
    rows.forEach((row, index) => {
      for (const [name, value] of Object.entries(found[index] ?? {}))
        if (value === row[key]) agreeing.set(name, (agreeing.get(name) ?? 0) + 1)
    })
    const [best, second] = [...agreeing].sort(([, a], [, b]) => b - a)
    if (best && best[1] >= 3 && best[1] >= rows.length * 0.6 && best[1] > (second?.[1] ?? 0))
      spelled.set(key, best[0])
  }
  return spelled
}

/** [15, null, 5] where [{level: 'high', limit: 15}, {level: 'low', limit: 4}] was read: the value that is new takes the place of the one that is gone. */
const bareValues = (
  call: Call,
  list: readonly Json[],
  records: readonly JsonObject[],
): Finding[] | undefined => {
  const members = new Set(records.flatMap(Object.keys))
  const sent = list.filter((value) => value !== null)
  for (const member of members) {
    const gone = records.filter((record) => record[member] !== null && Object.hasOwn(record, member))
    const fresh = sent.filter((value) => {
      const at = gone.findIndex((record) => record[member] === value)
      if (at >= 0) gone.splice(at, 1)
      return at < 0
    })
    const [record, ...others] = gone
    const [value] = fresh
    if (fresh.length === sent.length || !record || value === undefined || others.length !== fresh.length - 1)
      continue
    const before = { beforeFrom: 'read' as const }
    if (others.length === 0) {
      const id = identityOf(record, call.address.noun)?.id ?? textIn(record)
      return [{ ...changed(call, id, { [member]: value }, undefined), before: record, ...before }]
    }
    const values = gone.map((one) => one[member] ?? null)
    return [
      {
        ...changed(call, undefined, { [member]: fresh }, undefined),
        before: { [member]: values },
        ...before,
      },
    ]
  }
  return undefined
}

const textIn = (record: JsonObject): string | undefined =>
  Object.values(record).find((value): value is string => typeof value === 'string' && value !== '')

/** The objects in a document that hold plain values. */
const recordsIn = (value: Json, depth = 0): JsonObject[] => {
  if (depth > 6) return []
  if (Array.isArray(value)) return value.slice(0, 5_000).flatMap((one) => recordsIn(one, depth + 1))
  if (!isJsonObject(value)) return []
  const own = Object.values(value).some(isScalar) ? [value] : []
  return [...own, ...Object.values(value).flatMap((child) => recordsIn(child, depth + 1))]
}
