import fc from 'fast-check'
import Papa from 'papaparse'
import { expect, test } from 'vitest'
import { CSV_TITLES, csvRowToEntry, encodeCsvHeader, encodeCsvRows } from '../../lib/export/csv.ts'
import { exportEntries } from '../../lib/export/export.ts'
import { exportFileName } from '../../lib/export/file-name.ts'
import type { ExportFormat } from '../../lib/export/format-names.ts'
import { createBlobSink } from '../../lib/export/sinks.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { makeEntry } from '../helpers/entries.ts'
import { hostileEntry, withoutEmptyTexts } from '../helpers/hostile-entries.ts'

const MANIFEST = {
  app: 'Daybook',
  version: '0.1.0',
  schema: 1,
  generatedAt: '2026-11-22T00:00:00.000Z',
  filter: { text: 'timeout' },
  order: 'newest first',
} as const

async function* inBatches(entries: readonly Entry[], size: number) {
  for (let start = 0; start < entries.length; start += size) yield entries.slice(start, start + size)
}

const exportText = async (format: ExportFormat, entries: readonly Entry[], batchSize = 3) => {
  const sink = createBlobSink({ mimeType: 'text/plain' })
  const batches = inBatches(entries, batchSize)
  await exportEntries({ format, batches, sink, manifest: MANIFEST, now: () => 0 })
  return sink.blob().text()
}

test('CSV begins with the seven columns', async () => {
  const [header] = (await exportText('csv', [makeEntry(1)])).split('\r\n')
  expect(header?.startsWith('Time,Actor,Resource Type,Resource ID,Action,Before,After,')).toBe(true)
})

test('papaparse reads back the cells that were written, guarded against formulas', () => {
  fc.assert(
    fc.property(fc.array(hostileEntry, { maxLength: 4 }), (entries) => {
      const text = encodeCsvHeader() + encodeCsvRows(entries)
      const { data, errors } = Papa.parse<Record<string, string>>(text, {
        header: true,
        skipEmptyLines: true,
        delimiter: ',',
        newline: '\r\n',
      })
      expect(errors).toEqual([])
      expect(data).toHaveLength(entries.length)
      data.forEach((row, index) => {
        const entry = entries[index] as Entry
        expect(Object.keys(row)).toEqual(CSV_TITLES)
        expect(csvRowToEntry(row)).toEqual({ ok: true, entry: withoutEmptyTexts(entry) })
        for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
        if (entry.before !== undefined && !/^-/.test(JSON.stringify(entry.before)))
          expect(row.Before).toBe(JSON.stringify(entry.before))
      })
    }),
    { numRuns: 500 },
  )
})

test('CSV tells an unknown before from null', () => {
  const { before: _unknown, ...unknown } = makeEntry(1)
  const read = (entry: Entry) => {
    const [row] = Papa.parse<Record<string, string>>(encodeCsvHeader() + encodeCsvRows([entry]), {
      header: true,
    }).data
    return row?.Before
  }
  expect(read(unknown)).toBe('')
  expect(read(makeEntry(1, { before: null }))).toBe('null')
})

test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx'])('a cell %j gets a leading apostrophe', (name) => {
  const [row] = Papa.parse<Record<string, string>>(
    encodeCsvHeader() + encodeCsvRows([makeEntry(1, { actor: { id: 'x', name } })]),
    { header: true },
  ).data
  expect(row?.Actor).toBe(`'${name}`)
})

test('JSONL is one entry a line and nothing else, without loss', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileEntry, { maxLength: 7 }), async (entries) => {
      const text = await exportText('jsonl', entries)
      const lines = text.split('\n')
      expect(lines.pop()).toBe('')
      expect(lines.map((line) => JSON.parse(line))).toEqual(entries)
    }),
  )
})

test('JSON is a manifest and the entries, without loss, and the manifest knows the count', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(hostileEntry, { maxLength: 7 }), async (entries) => {
      const file = JSON.parse(await exportText('json', entries))
      expect(Object.keys(file)).toEqual(['manifest', 'entries'])
      expect(file.entries).toEqual(entries)
      const times = entries.map(({ time }) => time).sort()
      expect(file.manifest).toEqual({
        ...MANIFEST,
        count: entries.length,
        from: times[0] ?? null,
        to: times.at(-1) ?? null,
      })
    }),
  )
})

test('exported entries begin with the seven columns', async () => {
  const [line] = (await exportText('jsonl', [makeEntry(1)])).split('\n')
  const keys = ['time', 'actor', 'resourceType', 'resourceId', 'action', 'before', 'after']
  expect(Object.keys(JSON.parse(line ?? '')).slice(0, 7)).toEqual(keys)
})

test('a file is named after team and window', () => {
  const window = { from: '2026-11-01T08:00:00.000Z', to: '2026-11-22T23:59:59.999Z' }
  expect(exportFileName(window, 'csv')).toBe('daybook_private_2026-11-01_2026-11-22.csv')
  expect(exportFileName({ ...window, team: '../Ops / Té am' }, 'jsonl')).toBe(
    'daybook_ops-té-am_2026-11-01_2026-11-22.jsonl',
  )
  expect(exportFileName({ from: null, to: null }, 'json')).toBe('daybook_private_empty_empty.json')
})
