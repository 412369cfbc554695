import fc from 'fast-check'
import { expect, test } from 'vitest'
import { exportEntries } from '../../lib/export/export.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../lib/export/format-names.ts'
import { importFile } from '../../lib/export/import.ts'
import { createBlobSink } from '../../lib/export/sinks.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { makeEntry } from '../helpers/entries.ts'
import { hostileEntry, withoutEmptyTexts } from '../helpers/hostile-entries.ts'

const MANIFEST = {
  app: 'Daybook',
  version: '0.1.0',
  schema: 1,
  generatedAt: '2026-11-22T00:00:00.000Z',
  filter: {},
  order: 'newest first',
} as const

async function* inBatches(entries: readonly Entry[], size: number) {
  for (let start = 0; start < entries.length; start += size) yield entries.slice(start, start + size)
}

const exportBlob = async (format: ExportFormat, entries: readonly Entry[]): Promise<Blob> => {
  const sink = createBlobSink({ mimeType: 'text/plain' })
  await exportEntries({ format, batches: inBatches(entries, 500), sink, manifest: MANIFEST, now: () => 0 })
  return sink.blob()
}

const importAll = async (file: Blob) => {
  const entries: Entry[] = []
  const outcome = await importFile(file, { onEntries: async (some) => void entries.push(...some) })
  return { outcome, entries }
}

const importText = (text: string) => importAll(new Blob([text]))

test.each(EXPORT_FORMATS)(
  '10,000 random hostile entries come back from %s as they went',
  { timeout: 120_000 },
  async (format) => {
    const entries = fc.sample(hostileEntry, { numRuns: 10_000, seed: 20261122 })
    const { outcome, entries: read } = await importAll(await exportBlob(format, entries))
    expect(outcome).toEqual({ ok: true, summary: { format, entries: 10_000, skipped: 0, problems: [] } })
    const expected = format === 'csv' ? entries.map(withoutEmptyTexts) : entries
    for (const [index, entry] of expected.entries()) expect(read[index]).toEqual(entry)
  },
)

test('a bad line is named and the others are read', async () => {
  const lines = [makeEntry(1), makeEntry(2), makeEntry(3)].map((entry) => JSON.stringify(entry))
  const { outcome, entries } = await importText(
    `${lines[0]}\n{"id":1}\n${lines[1]}\n${lines[2]?.slice(0, 50)}`,
  )
  expect(entries.map(({ id }) => id)).toEqual([makeEntry(1).id, makeEntry(2).id])
  expect(outcome).toEqual({
    ok: true,
    summary: {
      format: 'jsonl',
      entries: 2,
      skipped: 2,
      problems: [
        { line: 2, reason: '"id" is missing or not as it should be' },
        { line: 4, reason: 'this is no entry' },
      ],
    },
  })
})

test('a JSON file with fewer entries than it says is read with a warning', async () => {
  const text = await (await exportBlob('json', [makeEntry(1), makeEntry(2)])).text()
  const file = JSON.parse(text)
  const { outcome } = await importText(JSON.stringify({ ...file, entries: file.entries.slice(1) }))
  expect(outcome.ok && outcome.summary.warning).toContain('says 2 entries, but the file has 1')
})

test.each([
  ['an empty file', '', 'empty'],
  ['a picture', '\u0089PNG\r\n', 'no Daybook export'],
  ['a foreign CSV', 'a,b\r\n1,2\r\n', 'no Daybook export'],
  [
    'a CSV without needed columns',
    'Time,Actor,Resource Type,Resource ID,Action,Before,After\r\n',
    'lacks the columns id',
  ],
  ['a zip', 'PK\u0003\u0004', 'zip'],
  ['a cut JSON file', '{"manifest":{},"entries":[{"id":', 'cut or was edited'],
  ['a JSON file of something else', '{"entries":7}', 'cut or was edited'],
])('%s is refused in words', async (_name, text, reason) => {
  const { outcome } = await importText(text)
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
})

test('a CSV that a spreadsheet saved again is read: semicolons, other line ends, other order, more columns, a mark at the start', async () => {
  const entry = makeEntry(1, { actor: { id: 'x', name: '=cmd' } })
  const [header = '', row = ''] = (await (await exportBlob('csv', [entry])).text()).split('\r\n')
  const { data } = (await import('papaparse')).default.parse<string[]>(`${header}\n${row}`)
  const [titles = [], cells = []] = data
  const again = (await import('papaparse')).default.unparse(
    [
      ['note', ...titles.toReversed()],
      ['hi', ...cells.toReversed()],
    ],
    {
      delimiter: ';',
      newline: '\n',
    },
  )
  expect((await importText(`\ufeff${again}`)).entries).toEqual([entry])
  const utf16 = new Uint8Array(2 + again.length * 2)
  utf16.set([0xff, 0xfe])
  new Uint16Array(utf16.buffer, 2).set([...again].map((character) => character.charCodeAt(0)))
  expect((await importAll(new Blob([utf16]))).entries).toEqual([entry])
})

test('a file in another encoding is refused with what to do', async () => {
  const text = await (await exportBlob('csv', [makeEntry(1, { resourceName: 'é' })])).text()
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0))
  expect((await importAll(new Blob([latin1]))).outcome).toMatchObject({
    ok: false,
    reason: expect.stringContaining('CSV UTF-8'),
  })
})

test('nesting that would overflow is refused, entry by entry', async () => {
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
  const bad = JSON.stringify(makeEntry(1)).replace('"before":{"sessionTimeout":30}', `"before":${deep}`)
  const { outcome, entries } = await importText(`${bad}\n${JSON.stringify(makeEntry(2))}\n`)
  expect(entries).toHaveLength(1)
  expect(outcome).toMatchObject({ ok: true, summary: { skipped: 1 } })
})

test('an import can be cancelled', async () => {
  const controller = new AbortController()
  const file = await exportBlob(
    'jsonl',
    Array.from({ length: 2_000 }, (_, index) => makeEntry(index)),
  )
  const importing = importFile(file, { onEntries: async () => controller.abort(), signal: controller.signal })
  await expect(importing).rejects.toThrow('abort')
})
