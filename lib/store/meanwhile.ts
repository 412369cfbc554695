/** Whether somebody else changed a field just now, while it is being edited here: what the page shows may be older than that. */
import type { Actor, Change } from '../model/entry.ts'
import { pointerToKeys } from '../model/json.ts'
import type { DaybookDatabase } from './database.ts'
import { entriesByIds } from './entries.ts'
import { queryRows, watchResourceId } from './query.ts'
import type { ResourceRef } from './resources.ts'
import { textToWords } from './words.ts'

export interface ChangedMeanwhile {
  readonly actor: Actor
  readonly time: string
  readonly change: Change
  readonly entryId: string
}

/** What was changed before is what the page was loaded with, as a rule. */
const MEANWHILE_MS = 10 * 60_000
const MAX_ENTRIES = 50

/** The latest such change. A field is the same where its label is, or the key it is sent under. */
export const changedMeanwhile = async (
  db: DaybookDatabase,
  { app, type, id }: ResourceRef,
  field: { readonly label?: string; readonly name?: string },
  { you, nowMs }: { readonly you: string | undefined; readonly nowMs: number },
): Promise<ChangedMeanwhile | undefined> => {
  await watchResourceId(db, id)
  const { rows } = await queryRows(
    db,
    {
      app: [app],
      resourceType: [type],
      resourceId: id,
      from: new Date(nowMs - MEANWHILE_MS).toISOString(),
      ...(you !== undefined && { not: [{ actor: [you] }] }),
    },
    { limit: MAX_ENTRIES },
  )
  const asked = [field.label, field.name].flatMap((name) => (name ? [wordsOf(name)] : []))
  const entries = await entriesByIds(
    db,
    rows.map((row) => row.id),
  )
  for (const { actor, time, changes, id: entryId } of entries) {
    const change = changes.find(({ label, pointer }) =>
      [label ?? '', pointerToKeys(pointer).at(-1) ?? ''].some((name) => asked.includes(wordsOf(name))),
    )
    if (change) return { actor, time, change, entryId }
  }
  return undefined
}

/** "Session timeout *" and `session_timeout` are the same name. */
const wordsOf = (name: string): string => [...textToWords(name)].join(' ') || name
