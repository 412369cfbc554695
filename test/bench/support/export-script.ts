/** Runs inside an extension page: the export as the product makes it, and a bare loop over the same store to compare with. */
import Papa from 'papaparse'
import { CSV_TITLES } from '../../../lib/export/csv.ts'
import { exportEntries } from '../../../lib/export/export.ts'
import type { ExportFormat } from '../../../lib/export/format-names.ts'
import { FORMAT_ENCODERS } from '../../../lib/export/formats.ts'
import { createBlobSink } from '../../../lib/export/sinks.ts'
import type { Entry } from '../../../lib/model/entry.ts'
import { openDatabase } from '../../../lib/store/database.ts'
import { eachEntryBatch } from '../../../lib/store/query.ts'

const BATCH = 500
const db = openDatabase()

export interface Timed {
  readonly rows: number
  readonly bytes: number
  readonly ms: number
}

/** `text` is the file, where it is asked for. */
export const exportAll = async (format: ExportFormat): Promise<Timed & { readonly lastLine: string }> => {
  const sink = createBlobSink({ mimeType: FORMAT_ENCODERS[format].mimeType })
  const start = performance.now()
  const { rows, bytes } = await exportEntries({
    format,
    batches: eachEntryBatch(db, {}, BATCH),
    sink,
    manifest: { app: 'Daybook', version: '0', schema: 1, generatedAt: '', filter: {}, order: 'newest first' },
    now: () => performance.now(),
  })
  const ms = performance.now() - start
  const blob = sink.blob()
  if (blob.size !== bytes) throw new Error(`the file has ${blob.size} bytes and not ${bytes}`)
  const end = await blob.slice(-20_000).text()
  return {
    rows,
    bytes,
    ms,
    lastLine:
      end
        .trimEnd()
        .split('\n')
        .at(format === 'json' ? -2 : -1) ?? '',
  }
}

/** Batched reads, `unparse` or `JSON.stringify`, and a write: what any export of this store has to do at the least. */
export const bareLoop = async (format: ExportFormat): Promise<Timed> => {
  const encoder = new TextEncoder()
  const parts: Blob[] = []
  const start = performance.now()
  let rows = 0
  let bytes = 0
  let last = ''
  for (;;) {
    const batch = await db.rows.where('order').above(last).limit(BATCH).toArray()
    const entries = (await db.bodies.bulkGet(batch.map(({ id }) => id))) as Entry[]
    const text =
      format === 'csv' ? bareCsv(entries) : entries.map((entry) => `${JSON.stringify(entry)}\n`).join('')
    const chunk = encoder.encode(text)
    parts.push(new Blob([chunk]))
    rows += entries.length
    bytes += chunk.length
    if (batch.length < BATCH) break
    last = batch.at(-1)?.order ?? last
  }
  const ms = performance.now() - start
  if (new Blob(parts).size !== bytes) throw new Error('the bare loop lost bytes')
  return { rows, bytes, ms }
}

/** As many columns as the product writes, so that both do the same work. */
const bareCsv = (entries: readonly Entry[]): string => {
  const rows = entries.map((entry) => {
    const { actor, app, evidence } = entry
    const cells = [entry.time, actor.name, entry.resourceType, entry.resourceId, entry.action]
    cells.push(
      JSON.stringify(entry.before),
      JSON.stringify(entry.after),
      entry.id,
      actor.id,
      actor.email ?? '',
    )
    cells.push(
      actor.account ?? '',
      app.origin,
      app.name,
      entry.resourceName ?? '',
      JSON.stringify(entry.changes),
    )
    cells.push(
      evidence.grade,
      evidence.via,
      evidence.method ?? '',
      evidence.url ?? '',
      String(evidence.status ?? ''),
    )
    cells.push(evidence.beforeFrom, JSON.stringify(entry.redactions), entry.group ?? '', entry.reason ?? '')
    return [...cells, ...new Array<string>(CSV_TITLES.length - cells.length).fill('')]
  })
  return Papa.unparse(rows)
}
