/** Whatever a page sends, the recorder neither throws nor blocks, and no entry is over its size. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import type { Exchange } from '../../lib/capture/exchange.ts'
import type { Recorder } from '../../lib/capture/recorder.ts'
import { type EntryDraft, MAX_ENTRY_BYTES } from '../../lib/model/entry.ts'

interface Bench {
  readonly recorder: Recorder
  readonly drafts: EntryDraft[]
  readonly refusals: string[]
}

const bench = (memory?: string): Bench => {
  const drafts: EntryDraft[] = []
  const refusals: string[] = []
  const recorder = createRecorder({
    now: () => 10_000,
    random: (count) => new Uint8Array(count),
    emit: (draft) => drafts.push(draft),
    onRefused: (reason) => refusals.push(reason),
    ...(memory !== undefined && { memory }),
  })
  return { recorder, drafts, refusals }
}

const exchangeOf = (given: Partial<Exchange>): Exchange => ({
  via: 'fetch',
  method: 'PUT',
  url: 'https://app.example/api/items/5',
  pageUrl: 'https://app.example/items/5',
  requestHeaders: {},
  responseHeaders: {},
  status: 200,
  startedAtMs: 9_000,
  endedAtMs: 9_010,
  ...given,
})

const record = (...exchanges: readonly Partial<Exchange>[]): Bench => {
  const made = bench()
  for (const one of exchanges) made.recorder.exchange(exchangeOf(one))
  made.recorder.flush('all')
  return made
}

const bytesOf = (draft: EntryDraft): number => new TextEncoder().encode(JSON.stringify(draft)).length

describe('hostile bodies', () => {
  test('10,000 levels of nesting', () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    for (const text of [deep, `${'['.repeat(10_000)}${']'.repeat(10_000)}`, '[{"a":'.repeat(10_000)]) {
      const { drafts } = record(
        { method: 'GET', responseBody: text },
        { requestBody: text, responseBody: text },
      )
      for (const draft of drafts) expect(bytesOf(draft)).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
    }
  })
  test('5 MB in one value and in many', () => {
    const long = JSON.stringify({ id: 5, text: 'x'.repeat(5_000_000) })
    const many = JSON.stringify(Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`key${i}`, i])))
    for (const text of [long, many]) {
      const { drafts } = record({ method: 'GET', responseBody: '{"id":5,"text":"y"}' }, { requestBody: text })
      for (const draft of drafts) expect(bytesOf(draft)).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
    }
  })
  test('an entry over its size keeps what changed and says truncated', () => {
    const items = Array.from({ length: 900 }, (_, i) => ({ id: `item-${i}`, text: 'filler '.repeat(20) }))
    const before = { id: 5, name: 'old', items }
    const { drafts } = record(
      { method: 'GET', responseBody: JSON.stringify(before) },
      { requestBody: JSON.stringify({ ...before, name: 'new' }) },
    )
    expect(drafts).toHaveLength(1)
    const [draft] = drafts
    expect(draft && bytesOf(draft)).toBeLessThanOrEqual(MAX_ENTRY_BYTES)
    expect(draft?.changes.map(({ pointer, before: was, after }) => [pointer, was, after])).toEqual([
      ['/name', 'old', 'new'],
    ])
    expect(draft?.truncated?.originalBytes).toBeGreaterThan(MAX_ENTRY_BYTES)
  })
  test('__proto__ and constructor are names like others, and pollute nothing', () => {
    record(
      {
        method: 'GET',
        responseBody: '{"id":5,"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
      },
      {
        requestBody:
          '{"id":5,"__proto__":{"polluted":2},"constructor":{"prototype":{"polluted":2}},"toString":"x","hasOwnProperty":"y"}',
      },
      {
        method: 'PATCH',
        requestBody:
          '[{"op":"add","path":"/__proto__/polluted","value":3},{"op":"add","path":"/constructor/prototype/polluted","value":3}]',
      },
      {
        method: 'POST',
        url: 'https://app.example/users/__proto__/enable',
        requestBody: '__proto__[polluted]=4&a[__proto__][polluted]=4',
      },
      {
        method: 'POST',
        url: 'https://app.example/graphql',
        requestBody: '{"query":"mutation { updateUser(id: 1, input: {__proto__: {polluted: 5}}) { id } }"}',
        responseBody: '{"data":{"__proto__":{"polluted":5}}}',
      },
    )
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
  test('lone surrogates stay sendable', () => {
    const { drafts } = record({
      requestBody: '{"name":"\\ud800 half","\\udc00":1}',
      responseBody: '{"id":5,"name":"\\ud800"}',
    })
    for (const draft of drafts)
      expect(JSON.stringify(draft)).toBe(
        new TextDecoder().decode(new TextEncoder().encode(JSON.stringify(draft))),
      )
  })
  test('any strings at all', () => {
    const anyText = fc.oneof(
      fc.string(),
      fc.json(),
      fc.webUrl(),
      fc.constantFrom('{', '[[', '42["a', '--x\r\n', '<html>', '%%%', 'a=b&c[=d', '\u0000'),
    )
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'SEND', 'RECEIVE', '?'),
            url: fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string()),
            requestBody: anyText,
            responseBody: anyText,
            via: fc.constantFrom('fetch' as const, 'xhr' as const, 'beacon' as const, 'websocket' as const),
            status: fc.constantFrom(0, 200, 201, 302, 404),
          }),
          { maxLength: 6 },
        ),
        (exchanges) => {
          const { refusals, recorder } = record(...exchanges)
          expect(refusals).toEqual([])
          expect(recorder.memory().length).toBeLessThan(1_000_000)
        },
      ),
      { numRuns: 300 },
    )
  })
  test('any memory at all', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.constant(
            '{"version":1,"reads":[{"place":1},{"place":"/a","value":{"id":5}}],"account":{},"forms":[1]}',
          ),
        ),
        (text) => {
          expect(() =>
            bench(text).recorder.exchange(exchangeOf({ requestBody: '{"id":5,"a":1}' })),
          ).not.toThrow()
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('memory', () => {
  test('a page knows what the page before it read, without its secrets', () => {
    const first = bench()
    first.recorder.exchange(
      exchangeOf({
        method: 'GET',
        responseBody:
          '{"id":5,"name":"old","password":"hunter2-hunter2","apiKey":"sk_live_4242424242424242abcd"}',
      }),
    )
    const memory = first.recorder.memory()
    expect(memory).not.toContain('hunter2')
    expect(memory).not.toContain('sk_live')
    const second = bench(memory)
    second.recorder.exchange(exchangeOf({ method: 'PATCH', requestBody: '{"name":"new"}' }))
    second.recorder.flush('all')
    expect(second.drafts[0]?.changes).toMatchObject([{ pointer: '/name', before: 'old', after: 'new' }])
  })
  test('stays under 1 MB after 1,000 reads', () => {
    const { recorder } = bench()
    for (let i = 0; i < 1_000; i++)
      recorder.exchange(
        exchangeOf({
          method: 'GET',
          url: `https://app.example/api/items/${i}`,
          responseBody: JSON.stringify({ id: i, text: 'x'.repeat(5_000) }),
        }),
      )
    expect(recorder.memory().length).toBeLessThan(1_000_000)
  })
})

test('one change in a document of 200 kB is found and named', () => {
  const items = Array.from({ length: 1_400 }, (_, i) => ({
    id: `item-${i}`,
    name: `Item ${i}`,
    enabled: true,
    limits: { soft: i, hard: i * 2 },
    tags: ['a', 'b'],
    note: 'some words here',
  }))
  const text = JSON.stringify({ version: 3, items })
  const changed = JSON.stringify({
    version: 3,
    items: items.map((item) => (item.id === 'item-700' ? { ...item, name: 'Renamed' } : item)),
  })
  const made = bench()
  made.recorder.exchange(
    exchangeOf({ method: 'GET', url: 'https://app.example/api/config', responseBody: text }),
  )
  made.recorder.exchange(exchangeOf({ url: 'https://app.example/api/config', requestBody: changed }))
  made.recorder.flush('all')
  expect(made.drafts).toMatchObject([
    {
      action: 'update',
      resourceType: 'item',
      resourceId: 'item-700',
      changes: [{ pointer: '/name', before: 'Item 700', after: 'Renamed' }],
    },
  ])
})
