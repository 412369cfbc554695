/** What an entry in a file must look like. Files come from outside: nothing about them is taken on trust. */
import * as v from 'valibot'
import { isShallowJson } from '../messages/draft.ts'
import type { Json } from '../model/json.ts'
import type { ShownEntry } from '../model/rules.ts'
import { isUuid } from '../model/uuid.ts'

const text = v.pipe(v.string(), v.maxLength(100_000))
const json = v.custom<Json>((value) => value !== undefined && isShallowJson(value), 'is no JSON, or too deep')
const wholeNumber = v.pipe(v.number(), v.integer(), v.minValue(0))

/** Members that it doesn't name are dropped, so that files of later versions can be read. */
const entrySchema = v.object({
  id: v.pipe(v.string(), v.check(isUuid, 'is no UUID')),
  time: v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'is no UTC time')),
  actor: v.object({ id: text, name: text, email: v.exactOptional(text), account: v.exactOptional(text) }),
  app: v.object({ origin: text, name: text }),
  resourceType: text,
  resourceId: text,
  resourceName: v.exactOptional(text),
  action: v.picklist(['create', 'update', 'delete']),
  before: v.exactOptional(json),
  after: v.exactOptional(json),
  changes: v.array(
    v.object({
      pointer: text,
      label: v.exactOptional(text),
      op: v.picklist(['add', 'replace', 'remove']),
      before: v.exactOptional(json),
      after: v.exactOptional(json),
    }),
  ),
  evidence: v.object({
    grade: v.picklist(['edited', 'sent', 'accepted', 'readBack', 'rejected']),
    via: v.picklist(['fetch', 'xhr', 'beacon', 'websocket', 'form', 'dom']),
    method: v.exactOptional(text),
    url: v.exactOptional(text),
    status: v.exactOptional(wholeNumber),
    beforeFrom: v.picklist(['response', 'read', 'form', 'log', 'unknown']),
  }),
  redactions: v.array(v.object({ pointer: text, reason: text, fingerprint: v.exactOptional(text) })),
  group: v.exactOptional(text),
  reason: v.exactOptional(text),
  reverts: v.exactOptional(text),
  backfilled: v.exactOptional(v.literal(true)),
  recordedAt: v.exactOptional(text),
  truncated: v.exactOptional(v.object({ originalBytes: wholeNumber })),
  /** In exports: what the user's corrections gave another name. */
  recorded: v.exactOptional(
    v.object({ resourceType: v.exactOptional(text), resourceId: v.exactOptional(text) }),
  ),
})

export type CheckedEntry =
  | { readonly ok: true; readonly entry: ShownEntry }
  | { readonly ok: false; readonly reason: string }

/** The entry, or which member is not as it should be. */
export const checkEntry = (value: unknown): CheckedEntry => {
  const checked = v.safeParse(entrySchema, value, { abortEarly: true })
  if (checked.success) return { ok: true, entry: checked.output as ShownEntry }
  const [issue] = checked.issues
  const path = v.getDotPath(issue)
  return {
    ok: false,
    reason: path ? `"${path.slice(0, 100)}" is missing or not as it should be` : 'this is no entry',
  }
}
