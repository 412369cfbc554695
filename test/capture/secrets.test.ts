/** Secrets in every shape that apps are known to send, by every way into the recorder: none is in an entry, nor in what a page leaves to the next. */
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import type { Exchange, FormField, Submission } from '../../lib/capture/exchange.ts'
import { redactJson } from '../../lib/capture/redact/redact-draft.ts'
import type { EntryDraft } from '../../lib/model/entry.ts'
import { isJsonObject, type Json } from '../../lib/model/json.ts'
import { PLAIN, SECRETS } from './fixtures/secrets.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }
const PAGE = 'https://app.test/settings/5'

const visit = (
  act: (told: (given: Partial<Exchange>) => void, submit: (sent: Submission) => void) => void,
) => {
  const drafts: EntryDraft[] = []
  const refused: string[] = []
  const recorder = createRecorder({
    now: () => 10_000,
    random: (count) => new Uint8Array(count),
    fingerprintKey: new Uint8Array(32).fill(3),
    emit: (draft) => drafts.push(draft),
    foresee: (_id, draft) => draft && drafts.push(draft),
    onRefused: (reason) => refused.push(reason),
  })
  const tell = (given: Partial<Exchange>): void => {
    const exchange: Exchange = {
      via: 'fetch',
      method: 'PUT',
      url: 'https://app.test/api/settings/5',
      pageUrl: PAGE,
      requestHeaders: JSON_TYPE,
      responseHeaders: JSON_TYPE,
      status: 200,
      startedAtMs: 9_000,
      endedAtMs: 9_010,
      call: 1,
      ...given,
    }
    if (exchange.method !== 'GET') recorder.sent({ ...exchange, status: 0, endedAtMs: 9_000 })
    recorder.exchange(exchange)
  }
  act(tell, recorder.submit)
  const left = recorder.memory()
  recorder.flush('all')
  expect(refused).toEqual([])
  return {
    drafts,
    text:
      process.env.WHERE === 'drafts'
        ? JSON.stringify(drafts)
        : `${JSON.stringify(drafts)}\n${left}\n${recorder.memory()}`,
  }
}

const WAYS: readonly [way: string, send: (value: Json) => ReturnType<typeof visit>][] = [
  [
    'as the body of a call',
    (value) =>
      visit((tell) =>
        tell({ requestBody: JSON.stringify(Array.isArray(value) ? value : { id: 5, ...members(value) }) }),
      ),
  ],
  [
    'deep in the body of a call',
    (value) =>
      visit((tell) =>
        tell({ requestBody: JSON.stringify({ id: 5, name: 'x', integration: { list: [value] } }) }),
      ),
  ],
  [
    'in what was read before and is gone after',
    (value) =>
      visit((tell) => {
        tell({ method: 'GET', responseBody: JSON.stringify({ id: 5, name: 'old', more: value }) })
        tell({ requestBody: JSON.stringify({ id: 5, name: 'new', more: {} }), responseBody: '{}' })
      }),
  ],
  [
    'in the answer to a change of something else',
    (value) =>
      visit((tell) => {
        tell({ method: 'GET', responseBody: JSON.stringify({ id: 5, name: 'old' }) })
        tell({
          requestBody: JSON.stringify({ id: 5, name: 'new' }),
          responseBody: JSON.stringify({ id: 5, name: 'new', more: value }),
        })
      }),
  ],
  [
    'as the fields of a call',
    (value) =>
      visit((tell) =>
        tell({
          via: 'xhr',
          method: 'POST',
          requestHeaders: FORM_TYPE,
          requestBody: new URLSearchParams(fieldsOf(value)).toString(),
        }),
      ),
  ],
  [
    'as the fields of a form',
    (value) =>
      visit((_, submit) => {
        const fields = fieldsOf(value)
        const shown = fields.map(([name]): FormField => ({ name, type: 'text', values: ['old'] }))
        const form = { action: PAGE, method: 'post', fields: shown, submitters: [] } as const
        submit({ form, fields, pageUrl: PAGE, atMs: 9_000 })
      }),
  ],
]

describe.each(WAYS)('%s', (_way, send) => {
  test.each(SECRETS)('$shape hides its secret', ({ value, secrets }) => {
    const { text } = send(value)
    for (const secret of secrets) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain(JSON.stringify(secret).slice(1, -1))
    }
  })
})

test('the ways are ways: what is no secret comes out of each', () => {
  for (const [way, send] of WAYS.filter(([way]) => !way.includes('answer to a change'))) {
    const { drafts } = send({ theme: 'dark-marker' })
    expect([way, JSON.stringify(drafts).includes('dark-marker')]).toEqual([way, true])
  }
})

test.each(PLAIN)('%j stays as it is', (value) => {
  expect(redactJson(value)).toEqual(value)
})

const members = (value: Json) => (isJsonObject(value) ? value : { value })

const fieldsOf = (value: Json, name = ''): [string, string][] =>
  typeof value !== 'object' || value === null
    ? [[name || 'v', String(value)]]
    : Object.entries(value).flatMap(([key, child]) => fieldsOf(child, name ? `${name}[${key}]` : key))
