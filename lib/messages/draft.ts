/** The shape that a draft must have to be stored. Drafts come out of a page's process, so nothing about them is taken on trust. */
import * as v from 'valibot'
import { type EntryDraft, MAX_ENTRY_BYTES } from '../model/entry.ts'
import { isUuid } from '../model/uuid.ts'

export const MAX_DEPTH = 64

const word = v.pipe(v.string(), v.minLength(1), v.maxLength(300))
const text = v.pipe(v.string(), v.maxLength(2000))
const pointer = v.pipe(v.string(), v.maxLength(2000), v.regex(/^(\/|$)/))
const json = v.custom<EntryDraft['after'] & {}>(
  (value) => value !== undefined && isShallowJson(value),
  `value is no JSON or deeper than ${MAX_DEPTH} levels`,
)

const change = v.strictObject({
  pointer,
  label: v.optional(text),
  op: v.picklist(['add', 'replace', 'remove']),
  before: v.optional(json),
  after: v.optional(json),
})

const evidence = v.strictObject({
  grade: v.picklist(['edited', 'sent', 'accepted', 'readBack', 'rejected']),
  via: v.picklist(['fetch', 'xhr', 'beacon', 'websocket', 'form', 'dom']),
  method: v.optional(word),
  url: v.optional(v.pipe(v.string(), v.maxLength(8000))),
  status: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999))),
  beforeFrom: v.picklist(['response', 'read', 'form', 'log', 'unknown']),
})

const redaction = v.strictObject({
  pointer,
  reason: word,
  fingerprint: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{4}$/))),
})

export const draftSchema = v.strictObject({
  id: v.pipe(v.string(), v.check(isUuid, 'id is no UUID')),
  time: v.pipe(
    v.string(),
    v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'time is not RFC 3339 UTC with milliseconds'),
  ),
  account: v.optional(text),
  resourceType: word,
  resourceId: v.pipe(v.string(), v.maxLength(2000)),
  resourceName: v.optional(text),
  action: v.picklist(['create', 'update', 'delete']),
  before: v.optional(v.nullable(json)),
  after: v.optional(v.nullable(json)),
  changes: v.pipe(v.array(change), v.maxLength(5000)),
  evidence,
  redactions: v.pipe(v.array(redaction), v.maxLength(5000)),
  group: v.optional(word),
  reason: v.optional(text),
  truncated: v.optional(v.strictObject({ originalBytes: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
})

export type CheckedDraft = { readonly draft: EntryDraft } | { readonly id?: string; readonly refused: string }

/** The draft, or why it can't be stored, in words for a person that hold no recorded value. */
export const checkDraft = (value: unknown): CheckedDraft => {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined
  const refuse = (refused: string): CheckedDraft => ({
    ...(typeof id === 'string' && { id: id.slice(0, 100) }),
    refused,
  })
  const bytes = encodedBytes(value)
  if (bytes === undefined) return refuse('the record could not be encoded')
  if (bytes > MAX_ENTRY_BYTES) return refuse(`the record was larger than ${MAX_ENTRY_BYTES / 1024} KiB`)
  const checked = v.safeParse(draftSchema, value, { abortEarly: true })
  if (checked.success) return { draft: checked.output as EntryDraft }
  const [issue] = checked.issues
  return refuse(`the record was malformed: ${v.getDotPath(issue)?.slice(0, 100) ?? 'it'} was not as expected`)
}

const encodedBytes = (value: unknown): number | undefined => {
  try {
    return new TextEncoder().encode(JSON.stringify(value)).length
  } catch {
    return undefined
  }
}

/** Walks without recursion, because depth is what it guards against. */
export const isShallowJson = (root: unknown): boolean => {
  const open: { readonly value: unknown; readonly depth: number }[] = [{ value: root, depth: 0 }]
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) continue
    if (typeof value === 'number' && Number.isFinite(value)) continue
    if (typeof value !== 'object' || depth >= MAX_DEPTH) return false
    for (const child of Object.values(value)) open.push({ value: child, depth: depth + 1 })
  }
  return true
}
