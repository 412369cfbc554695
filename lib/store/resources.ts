/** One resource through time: which one a page shows, what was done to it, who set each field last, how it stood at a moment. */
import type { Action, Actor, Change, Entry } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import type { DaybookDatabase } from './database.ts'
import { eachEntryBatch, queryRows } from './query.ts'

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
  for (const id of partsOfUrl(url)) {
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
  readonly actor: Actor
  readonly time: string
  readonly entryId: string
  readonly action: Action
}

export interface ResourceState {
  /** Fields that were seen to change, the latest change first. */
  readonly fields: readonly Blame[]
  /** The whole resource where an entry held it; absent otherwise. */
  readonly value?: Json | null
  /** The entry that brought it there; absent where nothing was recorded until then. */
  readonly entry?: Entry
}

const BATCH = 100

/** The resource as the log has it at `until` (RFC 3339, that moment included), or now. */
export const resourceAt = async (
  db: DaybookDatabase,
  { app, type, id }: ResourceRef,
  until?: string,
): Promise<ResourceState> => {
  const fields = new Map<string, Blame>()
  let latest: Entry | undefined
  const to = until === undefined ? {} : { to: new Date(Date.parse(until) + 1).toISOString() }
  for await (const entries of eachEntryBatch(
    db,
    { app: [app], resourceType: [type], resourceId: id, ...to },
    BATCH,
  )) {
    for (const entry of entries) {
      latest ??= entry
      for (const change of entry.changes)
        if (!fields.has(change.pointer)) fields.set(change.pointer, toBlame(change, entry))
    }
  }
  return {
    fields: [...fields.values()],
    ...(latest && { entry: latest }),
    ...(latest?.after !== undefined && { value: latest.after }),
  }
}

const toBlame = (change: Change, entry: Entry): Blame => ({
  pointer: change.pointer,
  ...(change.label !== undefined && { label: change.label }),
  ...(change.after !== undefined && { value: change.after }),
  actor: entry.actor,
  time: entry.time,
  entryId: entry.id,
  action: entry.action,
})
