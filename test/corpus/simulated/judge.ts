/** What an auditor expects of the log after a visit, and where the log says otherwise. */
import type { EntryDraft } from '../../../lib/model/entry.ts'
import type { Kind, Value } from './kinds.ts'

export interface Expected {
  readonly action: 'create' | 'update' | 'delete'
  /** Absent: nothing told it. */
  readonly id?: string
  /** Of an update: what was before of each field that changed. */
  readonly before?: Readonly<Record<string, Value>>
  readonly after?: Readonly<Record<string, Value>>
  readonly isBeforeSeen: boolean
  /** What was sent names more than what changed, and nothing else tells them apart. */
  readonly isWholeUnseen?: boolean
}

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z0-9]/g, '')

/** true, "true", 1 and "1" are one; so are a list and the text of its parts. */
const normal = (value: unknown): string => {
  if (value === undefined) return '?'
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (Array.isArray(value)) return [...value].map(String).sort().join(',')
  const text = String(value)
  if (/^(true|yes|on)$/i.test(text)) return '1'
  if (/^(false|no|off|null|)$/i.test(text)) return '0'
  return text.includes(',')
    ? text
        .split(/\s*,\s*/)
        .sort()
        .join(',')
    : text
}

const fieldOf = (pointer: string, kind: Kind): string | undefined => {
  const parts = pointer.split(/[/.]/)
  return kind.fields.find(({ name }) => parts.some((part) => plain(part) === plain(name)))?.name
}

/** One line per fault; none where the log is right. */
export const faults = (
  drafts: readonly EntryDraft[],
  expected: readonly Expected[],
  kind: Kind,
): string[] => {
  const told = drafts.filter(({ evidence }) => evidence.grade !== 'rejected')
  const found: string[] = []
  if (told.length !== expected.length)
    return [
      `${told.length < expected.length ? 'missing' : 'extra'}: ${told.map(line).join(' ; ')} for ${expected.map(({ action }) => action).join(', ')}`,
    ]
  for (const [index, one] of expected.entries()) {
    const draft = told[index] as EntryDraft
    const say = (what: string): void => void found.push(`${one.action} ${what}: ${line(draft)}`)
    if (draft.action !== one.action) say('action')
    if (draft.resourceType !== kind.singular) say('type')
    if (one.id !== undefined && draft.resourceId !== one.id) say('id')
    if (one.action !== 'update') continue
    const wanted = one.after ?? {}
    const names = draft.changes.map(({ pointer }) => fieldOf(pointer, kind))
    const extra = draft.changes.filter((_, at) => {
      const name = names[at]
      return name === undefined || !(name in wanted)
    })
    // Off, beside what is on, and never seen: it may have been off before.
    const missing = Object.keys(wanted).filter(
      (name) => !names.includes(name) && (one.isBeforeSeen || wanted[name] !== false),
    )
    if (missing.length > 0 && !one.isWholeUnseen) say(`lacks ${missing}`)
    if (extra.length > 0 && !one.isWholeUnseen) say(`has ${extra.map(({ pointer }) => pointer)} too`)
    for (const [at, change] of draft.changes.entries()) {
      const name = names[at]
      const field = kind.fields.find((known) => known.name === name)
      if (name === undefined || !(name in wanted) || field?.type === 'secret') continue
      const isElement = field?.type === 'list' && !Array.isArray(change.after ?? change.before)
      if (isElement) continue
      if (normal(change.after) !== normal(wanted[name])) say(`after of ${name}`)
      if (one.isBeforeSeen && normal(change.before) !== normal(one.before?.[name])) say(`before of ${name}`)
    }
  }
  return found
}

export const leaks = (drafts: readonly EntryDraft[], kind: Kind, tokens: readonly string[]): string[] => {
  const text = JSON.stringify(drafts)
  const secrets = kind.fields.flatMap(({ type, values }) => (type === 'secret' ? values.map(String) : []))
  return [...secrets, ...tokens].filter((one) => text.includes(one)).map((one) => `leak ${one}`)
}

const line = ({ action, resourceType, resourceId, changes }: EntryDraft): string =>
  `${action} ${resourceType} ${resourceId} {${changes.map(({ pointer, before, after }) => `${pointer} ${JSON.stringify(before)}→${JSON.stringify(after)}`).join(', ')}}`
