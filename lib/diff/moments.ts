/** Two moments of one resource as an entry, so that they are compared, read and copied like one. It is shown, never stored. */
import { type Change, type Entry, isRedacted, type Redaction } from '../model/entry.ts'
import { type Json, valueAt } from '../model/json.ts'

/** A resource at a moment: its value (null: deleted) and its fields with who set each. */
export interface Moment {
  readonly value?: Json | null
  readonly fields: readonly {
    readonly pointer: string
    readonly label?: string
    readonly fingerprint?: string
    readonly entryId: string
  }[]
}

/** `entry` lends its names, and its actor too, though others may have had a part in it. */
export const momentsToEntry = (from: Moment, to: Moment, entry: Entry): Entry => {
  const { before: _before, after: _after, reason: _reason, truncated: _truncated, ...rest } = entry
  const [before, after] = [from.value, to.value]
  const changes = to.fields.flatMap((field) => changeOf(field, from, to) ?? [])
  return {
    ...rest,
    action: before === null ? 'create' : after === null ? 'delete' : 'update',
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    changes,
    redactions: to.fields.flatMap(({ pointer, fingerprint }): Redaction[] =>
      changes.some((change) => change.pointer === pointer && isRedacted(change.after))
        ? [{ pointer, reason: 'secret', ...(fingerprint !== undefined && { fingerprint }) }]
        : [],
    ),
  }
}

/** Brings the label of a field. A secret has one mark on both sides: it changed where it was set anew to something else. */
const changeOf = (
  { pointer, label, fingerprint, entryId }: Moment['fields'][number],
  from: Moment,
  to: Moment,
): Change | undefined => {
  const before = valueAt(from.value ?? undefined, pointer)
  const after = valueAt(to.value ?? undefined, pointer)
  if (after === undefined) return undefined
  if (isRedacted(before) && isRedacted(after)) {
    const old = from.fields.find((field) => field.pointer === pointer)
    const isSame = old?.entryId === entryId || (fingerprint !== undefined && old?.fingerprint === fingerprint)
    if (isSame) return undefined
  }
  return {
    pointer,
    ...(label !== undefined && { label }),
    op: before === undefined ? 'add' : 'replace',
    ...(before !== undefined && { before }),
    after,
  }
}
