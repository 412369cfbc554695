/** An export is itself a change worth logging: who took which entries away, in what form. */
import type { EntryDraft } from '../model/entry.ts'
import type { Json, JsonObject } from '../model/json.ts'
import type { EntryFilter } from '../store/query.ts'
import type { ExportProgress } from './export.ts'
import type { ExportKind } from './format-names.ts'

export interface ExportReport extends Omit<ExportProgress, 'rowsPerSecond'> {
  readonly format: ExportKind
  readonly fileName: string
  readonly filter: EntryFilter
}

/** `id` is a UUIDv7, `time` RFC 3339 UTC with milliseconds. */
export const exportToDraft = (
  { format, rows, bytes, from, to, filter, fileName }: ExportReport,
  { id, time }: { readonly id: string; readonly time: string },
): EntryDraft => {
  const after: JsonObject = { format, entries: rows, bytes, from, to, filter: filter as Json }
  return {
    id,
    time,
    resourceType: 'export',
    resourceId: id,
    resourceName: fileName,
    action: 'create',
    before: null,
    after,
    changes: Object.entries(after).map(([key, value]) => ({ pointer: `/${key}`, op: 'add', after: value })),
    evidence: { grade: 'accepted', via: 'dom', beforeFrom: 'log' },
    redactions: [],
  }
}
