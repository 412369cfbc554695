/** One resource through time: which one a page shows, what was done to it, who set each field last, how it stood at a moment. */
import { type Action, type Actor, type Change, isRedacted } from '../model/entry.ts'
import { isJsonObject, type Json, type JsonObject, pointerToKeys } from '../model/json.ts'
import type { ShownEntry } from '../model/rules.ts'
import type { DaybookDatabase } from './database.ts'
import { entriesByIds } from './entries.ts'
import { type Cursor, type EntryFilter, eachEntryBatch, queryRows, watchResourceId } from './query.ts'
import type { EntryRow } from './row.ts'

export interface ResourceRef {
  readonly app: string
  readonly type: string
  readonly id: string
  readonly name: string
}

const MAX_PARTS = 12

/** The resource of the app whose id stands in the address, the most inner first; undefined where the log knows none. */
export const resourceInUrl = async (
  db: DaybookDatabase,
  app: string,
  url: string,
): Promise<ResourceRef | undefined> => {
  const parts = partsOfUrl(url)
  await Promise.all(parts.map((part) => watchResourceId(db, part)))
  for (const id of parts) {
    const { rows } = await queryRows(db, { app: [app], resourceId: id }, { limit: 1 })
    const [row] = rows
    if (row) return { app, type: row.resourceType, id, name: row.resourceName ?? id }
  }
  return undefined
}

const partsOfUrl = (url: string): string[] => {
  const { pathname, searchParams, hash } = new URL(url)
  const texts = [...pathname.split('/'), ...searchParams.values(), ...hash.split(/[/?&=#!]/)]
  return [...new Set(texts.map(decode).filter((part) => part !== '' && part.length <= 128))]
    .reverse()
    .slice(0, MAX_PARTS)
}

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Who gave a field the value it has. */
export interface Blame {
  readonly pointer: string
  readonly label?: string
  readonly value?: Json
  /** Of a secret that is known by one. */
  readonly fingerprint?: string
  readonly actor: Actor
  readonly time: string
  readonly entryId: string
  readonly action: Action
}

/** A resource as its entries tell it. What no entry held is not in it. */
export interface ResourceState {
  /** Fields that were seen to change in this life of the resource, the latest change first. */
  readonly fields: readonly Blame[]
  /** All that its entries held, the newer over the older; null where it was deleted, absent where nothing is known. */
  readonly value?: Json | null
  /** The entry that brought it there; absent where nothing was recorded until then. */
  readonly entry?: ShownEntry
}

/** What was done to a resource, newest first. */
export interface ResourceHistory {
  readonly rows: readonly EntryRow[]
  /** False where it goes further back than was read. */
  readonly isWhole: boolean
}

const BATCH = 100
const MAX_HISTORY = 500

export const resourceHistory = async (
  db: DaybookDatabase,
  resource: ResourceRef,
  limit = MAX_HISTORY,
): Promise<ResourceHistory> => {
  await watchResourceId(db, resource.id)
  const { rows, next } = await queryRows(db, filterOf(resource), { limit })
  return { rows, isWhole: next === undefined }
}

/** The resource as it stood right after the entry of that order, or now. */
export const resourceAt = async (
  db: DaybookDatabase,
  resource: ResourceRef,
  order?: Cursor,
): Promise<ResourceState> => {
  const life = await lifeUntil(db, resource, order)
  const fields: Blame[] = []
  const set = new Set<string>()
  const isSet = (pointer: string) => prefixesOf(pointer).some((prefix) => set.has(prefix))
  let value: Json | null | undefined
  for (const entry of life.toReversed()) value = valueAfter(value, entry)
  for (const entry of life) {
    const own = entry.changes.filter(({ pointer }) => entry.action !== 'delete' && !isSet(pointer))
    for (const change of own) set.add(change.pointer)
    fields.push(...own.filter(({ op }) => op !== 'remove').map((change) => toBlame(change, entry)))
  }
  const [entry] = life
  return { fields, ...(entry && { entry }), ...(value !== undefined && { value }) }
}

/** Entries down to the one that created it, newest first. */
const lifeUntil = async (
  db: DaybookDatabase,
  resource: ResourceRef,
  order: Cursor | undefined,
): Promise<ShownEntry[]> => {
  const life: ShownEntry[] = []
  const row = order === undefined ? undefined : await db.rows.get(order)
  if (row) life.push(...(await entriesByIds(db, [row.id])))
  if (life.some(endsLife)) return life
  for await (const entries of eachEntryBatch(db, filterOf(resource), BATCH, order)) {
    for (const entry of entries) {
      life.push(entry)
      if (endsLife(entry)) return life
    }
  }
  return life
}

const endsLife = ({ action }: ShownEntry): boolean => action !== 'update'

const filterOf = ({ app, type, id }: ResourceRef): EntryFilter => ({
  app: [app],
  resourceType: [type],
  resourceId: id,
})

const valueAfter = (
  value: Json | null | undefined,
  { action, before, after, changes }: ShownEntry,
): Json | null | undefined => {
  if (action === 'delete') return null
  if (after !== undefined) return laidOver(value ?? undefined, before ?? undefined, after ?? undefined)
  return changes.reduce((whole, change) => withChange(whole, pointerToKeys(change.pointer), change), value)
}

/** An entry may hold a part of the resource: what it says nothing about stays. */
const laidOver = (
  value: Json | undefined,
  before: Json | undefined,
  after: Json | undefined,
): Json | undefined => {
  if (!isJsonObject(value) || !isJsonObject(after) || isRedacted(value) || isRedacted(after)) return after
  const old = isJsonObject(before) ? before : {}
  const kept = Object.entries(value).filter(([key]) => !Object.hasOwn(old, key) || Object.hasOwn(after, key))
  const laid = Object.entries(after).map(([key, member]): [string, Json] => [
    key,
    laidOver(memberOf(value, key), memberOf(old, key), member) as Json,
  ])
  return Object.fromEntries([...kept, ...laid])
}

const memberOf = (value: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(value, key) ? value[key] : undefined

/** Where the way there isn't known, the change has no place in it. */
const withChange = (
  whole: Json | null | undefined,
  [key, ...rest]: readonly string[],
  change: Change,
): Json | null | undefined => {
  if (key === undefined) return change.op === 'remove' ? undefined : (change.after ?? whole)
  if (!isJsonObject(whole)) return whole
  if (rest.length > 0 && !Object.hasOwn(whole, key)) return whole
  const member = withChange(memberOf(whole, key), rest, change) ?? undefined
  const others = Object.entries(whole).filter(([name]) => name !== key)
  return Object.fromEntries(member === undefined ? others : [...others, [key, member]])
}

/** The pointer and all that it is inside of. */
const prefixesOf = (pointer: string): string[] =>
  pointer.split('/').map((_, index, keys) => keys.slice(0, index + 1).join('/'))

const toBlame = (change: Change, entry: ShownEntry): Blame => {
  const fingerprint = entry.redactions.find(({ pointer }) => pointer === change.pointer)?.fingerprint
  return {
    pointer: change.pointer,
    ...(change.label !== undefined && { label: change.label }),
    ...(change.after !== undefined && { value: change.after }),
    ...(fingerprint !== undefined && { fingerprint }),
    actor: entry.actor,
    time: entry.time,
    entryId: entry.id,
    action: entry.action,
  }
}
