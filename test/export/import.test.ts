import fc from 'fast-check'
import Papa from 'papaparse'
import { expect, test } from 'vitest'
import { CSV_TITLES } from '../../lib/export/csv.ts'
import { exportEntries } from '../../lib/export/export.ts'
import { EXPORT_FORMATS, type ExportFormat } from '../../lib/export/format-names.ts'
import { importFile } from '../../lib/export/import.ts'
import { createBlobSink } from '../../lib/export/sinks.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { makeEntry } from '../helpers/entries.ts'
import { hostileShownEntry, withoutEmptyTexts } from '../helpers/hostile-entries.ts'

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
    const entries = fc.sample(hostileShownEntry, { numRuns: 10_000, seed: 20261122 })
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
  [
    'a CSV whose separator is unknown',
    `${CSV_TITLES.join('^')}\r\n`,
    'lacks the columns Time, Actor, Resource Type',
  ],
  ['a cut JSON file', '{"manifest":{},"entries":[{"id":', 'cut or was edited'],
  ['a JSON file of something else', '{"entries":7}', 'cut or was edited'],
])('%s is refused in words', async (_name, text, reason) => {
  const { outcome } = await importText(text)
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
})

test.each([
  ['semicolons and Unix line ends', ';', '\n'],
  ['tabs', '\t', '\r\n'],
  ['bars and the line ends of old Macs', '|', '\r'],
])('a CSV with %s is read', async (_name, delimiter, newline) => {
  const entries = [makeEntry(1, { after: { note: 'a\r\nb\nc\rd;|\t' } }), makeEntry(2)]
  const { data } = Papa.parse<string[]>(await (await exportBlob('csv', entries)).text(), {
    newline: '\r\n',
    skipEmptyLines: true,
  })
  expect((await importText(Papa.unparse(data, { delimiter, newline }))).entries).toEqual(entries)
})

test('a cell that a spreadsheet cut is named, and the other rows are read', async () => {
  const [header, row, other] = (await (await exportBlob('csv', [makeEntry(1), makeEntry(2)])).text()).split(
    '\r\n',
  )
  const cut = row?.replace('{""sessionTimeout"":30}', '{""sessionTime')
  const { outcome, entries } = await importText(`${header}\r\n${cut}\r\n${other}\r\n`)
  expect(entries).toEqual([makeEntry(2)])
  expect(outcome).toMatchObject({
    ok: true,
    summary: { skipped: 1, problems: [{ line: 2, reason: 'the cell “Before” was cut or edited' }] },
  })
})

test('a CSV that a spreadsheet saved again is read: semicolons, other line ends, other order, more columns, a mark at the start', async () => {
  const entry = makeEntry(1, { actor: { id: 'x', name: '=cmd' } })
  const [header = '', row = ''] = (await (await exportBlob('csv', [entry])).text()).split('\r\n')
  const { data } = Papa.parse<string[]>(`${header}\n${row}`)
  const [titles = [], cells = []] = data
  const again = Papa.unparse(
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

test.each(EXPORT_FORMATS)('a %s file in another encoding is refused with what to do', async (format) => {
  const text = await (await exportBlob(format, [makeEntry(1, { resourceName: 'é' })])).text()
  const latin1 = Uint8Array.from(text, (character) => character.charCodeAt(0))
  expect((await importAll(new Blob([latin1]))).outcome).toMatchObject({
    ok: false,
    reason: expect.stringContaining('CSV UTF-8'),
  })
})

/** A file of `size` bytes that is never held: its one MiB, over and over. */
const hugeFile = (start: string, fill: string, size: number): Blob => {
  const piece = new Blob([fill.repeat(2 ** 20 / fill.length)])
  return new Blob([start, ...Array.from({ length: size / 2 ** 20 }, () => piece)])
}
const TWO_GIB = 2 ** 31

test.each([
  ['JSON', '{"manifest":{},"entries":[', ' ', 'too large to be read at once'],
  ['JSONL with one line', '{"id":"', 'x', 'too long to be an entry'],
  ['CSV with one row', `${CSV_TITLES.join(',')}\r\n"`, 'x', 'too long to be an entry'],
  ['something else', '\u0000', '\u0000', 'no Daybook export'],
])('2 GiB of %s are refused before they fill the memory', async (_name, start, fill, reason) => {
  const { outcome } = await importAll(hugeFile(start, fill, TWO_GIB))
  expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
})

test.skipIf(!process.env.SLOW)('a JSONL file of 2 GiB is read to its end, batch by batch', async () => {
  const [first, last] = [makeEntry(1), makeEntry(2)].map((entry) => JSON.stringify(entry))
  const file = new Blob([hugeFile(`${first}\n`, `${' '.repeat(2 ** 20 - 1)}\n`, TWO_GIB), last ?? ''])
  expect(file.size).toBeGreaterThan(TWO_GIB)
  expect((await importAll(file)).entries).toEqual([makeEntry(1), makeEntry(2)])
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
