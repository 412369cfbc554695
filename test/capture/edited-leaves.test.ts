import { expect, test } from 'vitest'
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import { editedLeaves } from '../../lib/capture/edited-leaves.ts'
import type { FieldEdit } from '../../lib/capture/exchange.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'

const DOCUMENT = {
  name: 'web',
  port: 8080,
  tls: true,
  path: '/',
  note: 'x',
  owner: 'ana',
  retries: 3,
  zone: 'eu',
}
const edit = (name: string, before: string, after: string, atMs = 1_000): FieldEdit => ({
  name,
  label: name,
  type: 'text',
  before,
  after,
  atMs,
})

test('of a document that was never read only what was typed is a change', () => {
  expect(
    editedLeaves(DOCUMENT, [edit('server[port]', '80', '8080'), edit('zone', 'us', 'asia')], 2_000),
  ).toEqual([{ keys: ['port'], op: 'replace', before: 80, after: 8080 }])
  expect(editedLeaves(DOCUMENT, [], 2_000)).toEqual([])
})

test('what was typed long before is forgotten', () => {
  expect(editedLeaves(DOCUMENT, [edit('port', '80', '8080', 0)], 20 * 60_000)).toEqual([])
})

test('the recorder tells it, with the label that was seen', () => {
  const drafts: EntryDraft[] = []
  const recorder = createRecorder({
    now: () => 5_000,
    random: (count) => new Uint8Array(count),
    emit: (draft) => drafts.push(draft),
  })
  recorder.edit({ ...edit('port', '80', '8080'), label: 'Port of the server' })
  recorder.exchange({
    via: 'fetch',
    method: 'PUT',
    url: 'https://app.test/api/servers/5',
    pageUrl: 'https://app.test/',
    requestHeaders: {},
    requestBody: JSON.stringify(DOCUMENT),
    status: 204,
    responseHeaders: {},
    startedAtMs: 2_000,
    endedAtMs: 2_100,
  })
  recorder.flush('all')
  expect(drafts[0]?.changes).toEqual([
    { pointer: '/port', label: 'Port of the server', op: 'replace', before: 80, after: 8080 },
  ])
})

test('what was typed before a first save is told also where the document is saved again', () => {
  const drafts: EntryDraft[] = []
  const recorder = createRecorder({
    now: () => 5_000,
    random: (count) => new Uint8Array(count),
    emit: (draft) => drafts.push(draft),
  })
  const save = (document: object, atMs: number) =>
    recorder.exchange({
      via: 'fetch',
      method: 'PUT',
      url: 'https://app.test/api/servers/5',
      pageUrl: 'https://app.test/',
      requestHeaders: {},
      requestBody: JSON.stringify(document),
      status: 204,
      responseHeaders: {},
      startedAtMs: atMs,
      endedAtMs: atMs + 100,
    })
  recorder.edit(edit('port', '80', '8080'))
  save(DOCUMENT, 2_000)
  recorder.edit(edit('zone', 'eu', 'us', 2_500))
  save({ ...DOCUMENT, zone: 'us' }, 3_000)
  recorder.flush('all')
  expect(
    drafts.map(({ changes }) => changes.map(({ pointer, before, after }) => [pointer, before, after])),
  ).toEqual([
    [
      ['/zone', 'eu', 'us'],
      ['/port', 80, 8080],
    ],
  ])
  expect(drafts[0]?.before).toBeUndefined()
})
