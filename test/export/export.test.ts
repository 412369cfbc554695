import { expect, test } from 'vitest'
import { type ExportSink, exportEntries } from '../../lib/export/export.ts'
import { createBlobSink } from '../../lib/export/sinks.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { makeEntry } from '../helpers/entries.ts'

const MANIFEST = {
  app: 'Daybook',
  version: '0.1.0',
  schema: 1,
  generatedAt: '2026-11-22T00:00:00.000Z',
  filter: {},
  order: 'newest first',
} as const

async function* batchesOf(count: number, size = 100, onBatch: (batch: number) => void = () => {}) {
  for (let start = 0; start < count; start += size) {
    onBatch(start / size)
    yield Array.from({ length: Math.min(size, count - start) }, (_, index): Entry => makeEntry(start + index))
  }
}

const createFakeFile = () => {
  const calls: string[] = []
  let text = ''
  const sink: ExportSink = {
    write: async (bytes) => {
      text += new TextDecoder().decode(bytes)
    },
    restart: async (bytes) => {
      text = new TextDecoder().decode(bytes) + text.slice(bytes.length)
    },
    close: async () => void calls.push('close'),
    abort: async () => void calls.push('abort'),
  }
  return { sink, calls, text: () => text }
}

test('progress tells rows, bytes and rate', async () => {
  const seen: number[] = []
  let clock = 0
  const result = await exportEntries({
    format: 'jsonl',
    batches: batchesOf(250),
    sink: createFakeFile().sink,
    manifest: MANIFEST,
    now: () => (clock += 500),
    onProgress: ({ rows }) => seen.push(rows),
  })
  expect(seen).toEqual([100, 200, 250])
  expect(result.rows).toBe(250)
  expect(result.rowsPerSecond).toBeGreaterThan(0)
})

test('a cancelled export is thrown away', async () => {
  const controller = new AbortController()
  const file = createFakeFile()
  const batches = batchesOf(1_000, 100, (batch) => batch === 3 && controller.abort())
  const exporting = exportEntries({
    format: 'csv',
    batches,
    sink: file.sink,
    manifest: MANIFEST,
    now: () => 0,
    signal: controller.signal,
  })
  await expect(exporting).rejects.toThrow('abort')
  expect(file.calls).toEqual(['abort'])
})

test('a full disk is reported, and nothing stands under the final name', async () => {
  const file = createFakeFile()
  const full = { ...file.sink, write: () => Promise.reject(new Error('disk full')) }
  const exporting = exportEntries({
    format: 'csv',
    batches: batchesOf(10),
    sink: full,
    manifest: MANIFEST,
    now: () => 0,
  })
  await expect(exporting).rejects.toThrow('disk full')
  expect(file.calls).toEqual(['abort'])
})

test('past the limit the person is asked once, and the file gets everything from the first byte', async () => {
  const file = createFakeFile()
  let asked = 0
  const sink = createBlobSink({
    mimeType: 'application/json',
    limitBytes: 20_000,
    askForFile: async () => {
      asked += 1
      return file.sink
    },
  })
  await exportEntries({ format: 'json', batches: batchesOf(500), sink, manifest: MANIFEST, now: () => 0 })
  expect(asked).toBe(1)
  expect(file.calls).toEqual(['close'])
  const { manifest, entries } = JSON.parse(file.text())
  expect([manifest.count, entries.length, sink.blob().size]).toEqual([500, 500, 0])
})

test('past the limit, where there is no file to choose, it goes on in chunks', async () => {
  const sink = createBlobSink({
    mimeType: 'application/json',
    limitBytes: 20_000,
    askForFile: async () => undefined,
  })
  await exportEntries({ format: 'json', batches: batchesOf(500), sink, manifest: MANIFEST, now: () => 0 })
  expect(JSON.parse(await sink.blob().text()).entries).toHaveLength(500)
})
