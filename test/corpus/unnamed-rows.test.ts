/**
 * Things that are read without an id of their own: what joins two others, one of several limits. The address of a write names them by what
 * they join, or by the member that they are of a map. Shapes as brokers, gateways and identity servers have them.
 */
import { expect, test } from 'vitest'
import { visit } from './visit.ts'

const done = { status: 204 }
const grants = [
  { person: 'ana', host: '/', edit: '^a', look: '.*' },
  { person: 'ana', host: 'lab', edit: '^b', look: '.*' },
  { person: 'bo', host: '/', edit: '^c', look: '.*' },
]

test.each([
  ['every one of them', '/api/grants', grants],
  ['those of one of the two', '/api/people/ana/grants', grants.slice(0, 2)],
])('what joins two others, read among %s', (_what, path, shown) => {
  expect(
    visit()
      .get(path, shown)
      .send('PUT', '/api/grants/%2F/ana', { login: 'ana', host: '/', edit: '^$', look: '.*' }, '', done)
      .recorded(),
  ).toEqual(['update grant ana: /edit "^a" → "^$"'])
})

test('what joins two others, where only the address says which', () => {
  expect(
    visit()
      .get('/api/grants', grants)
      .send('PUT', '/api/grants/%2F/ana', { edit: '^$', look: '.*' }, '', done)
      .send('DELETE', '/api/grants/%2F/bo', undefined, '', done)
      .recorded(),
  ).toEqual(['update grant ana: /edit "^a" → "^$"', 'delete grant bo'])
})

test('two rows that fit equally are none', () => {
  expect(
    visit()
      .get('/api/grants', [grants[0], { ...grants[0], edit: '^z' }])
      .send('PUT', '/api/grants/%2F/ana', { login: 'ana', host: '/', edit: '^$' }, '', done)
      .recorded(),
  ).not.toContainEqual(expect.stringContaining('"^a"'))
})

test.each([
  ['a map', { jobs: 100, files: 7 }, 'limits/jobs'],
  [
    'a map of one among several',
    [
      { host: 'lab', value: { jobs: 100 } },
      { host: '/', value: {} },
    ],
    'limits/lab/jobs',
  ],
])('a value that is a member of %s', (_what, shown, path) => {
  expect(
    visit()
      .get('/api/limits', shown)
      .send('PUT', `/api/${path}`, { name: 'jobs', value: 250 }, '', done)
      .recorded(),
  ).toEqual(['update limit jobs: /value 100 → 250'])
})

test('letters between ids, and a place that is told from there', () => {
  expect(
    visit()
      .get('/api/jobs/lab/invoices', { name: 'invoices', size: 3 })
      .send('POST', '/api/ties/lab/s/web.in/q/invoices', { pattern: 'bill #' }, '', {
        status: 201,
        responseHeaders: { location: 'invoices/bill%20%23' },
      })
      .recorded(),
  ).toEqual(['create tie bill #'])
})
