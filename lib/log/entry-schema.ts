/** What a teammate's decrypted entry must look like before anything of it is shown or stored. It is still their word. */
import * as v from 'valibot'
import type { Entry } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import { isUuid } from '../model/uuid.ts'

/** The entry that a JSON value is, or undefined. Never throws. */
export const entryFromJson = (value: unknown): Entry | undefined => {
  const result = v.safeParse(entrySchema, value)
  return result.success ? result.output : undefined
}

const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), v.check(isDate))
const uuid = v.pipe(v.string(), v.check(isUuid))
/** It came out of JSON.parse, so only its depth is in question: what shows and compares it recurses. */
const json = v.custom<Json>((value) => value !== undefined && isShallow(value))
const MAX_DEPTH = 256

function isShallow(value: unknown): boolean {
  let level: unknown[] = [value]
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []))
    if (level.length === 0) return true
  }
  return false
}

function isDate(value: string): boolean {
  return !Number.isNaN(Date.parse(value))
}

const entrySchema: v.GenericSchema<unknown, Entry> = v.strictObject({
  id: uuid,
  time,
  actor: v.strictObject({
    id: v.string(),
    name: v.string(),
    email: v.exactOptional(v.string()),
    account: v.exactOptional(v.string()),
  }),
  app: v.strictObject({ origin: v.string(), name: v.string() }),
  resourceType: v.string(),
  resourceId: v.string(),
  resourceName: v.exactOptional(v.string()),
  action: v.picklist(['create', 'update', 'delete']),
  before: v.exactOptional(json),
  after: v.exactOptional(json),
  changes: v.array(
    v.strictObject({
      pointer: v.string(),
      label: v.exactOptional(v.string()),
      op: v.picklist(['add', 'replace', 'remove']),
      before: v.exactOptional(json),
      after: v.exactOptional(json),
    }),
  ),
  evidence: v.strictObject({
    grade: v.picklist(['edited', 'sent', 'accepted', 'readBack', 'rejected']),
    via: v.picklist(['fetch', 'xhr', 'beacon', 'websocket', 'form', 'dom']),
    method: v.exactOptional(v.string()),
    url: v.exactOptional(v.string()),
    status: v.exactOptional(v.number()),
    beforeFrom: v.picklist(['response', 'read', 'form', 'log', 'unknown']),
  }),
  redactions: v.array(
    v.strictObject({ pointer: v.string(), reason: v.string(), fingerprint: v.exactOptional(v.string()) }),
  ),
  group: v.exactOptional(v.string()),
  reason: v.exactOptional(v.string()),
  reverts: v.exactOptional(uuid),
  backfilled: v.exactOptional(v.literal(true)),
  recordedAt: v.exactOptional(time),
  truncated: v.exactOptional(v.strictObject({ originalBytes: v.number() })),
})
