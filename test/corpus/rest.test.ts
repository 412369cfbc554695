/** Shapes of REST that real apps use, one recording each. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const USERS = {
  users: [
    { id: 5, name: 'Ana', email: 'ana@acme.example', role: 'viewer', active: true },
    { id: 6, name: 'Bo', email: 'bo@acme.example', role: 'editor', active: true },
  ],
}

describe('whole and partial documents', () => {
  test('PUT of a whole document is about the leaves that differ', () => {
    expect(
      visit()
        .get('/api/users/5', {
          id: 5,
          name: 'Ana',
          email: 'ana@acme.example',
          role: 'viewer',
          address: { city: 'Oslo', zip: '0150' },
          updated_at: '2026-01-01T00:00:00Z',
        })
        .send(
          'PUT',
          '/api/users/5',
          {
            id: 5,
            name: 'Anna',
            email: 'ana@acme.example',
            role: 'viewer',
            address: { city: 'Bergen', zip: '0150' },
            updated_at: '2026-01-01T00:00:00Z',
          },
          '',
          { status: 204 },
        )
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna", /address/city "Oslo" → "Bergen"'])
  })
  test('PATCH finds its before in a list', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send(
          'PATCH',
          '/api/users/6',
          { role: 'admin' },
          { id: 6, name: 'Bo', email: 'bo@acme.example', role: 'admin', active: true },
        )
        .recorded(),
    ).toEqual(['update user 6: /role "editor" → "admin"'])
  })
  test('a PUT that was answered 201 creates', () => {
    expect(
      visit()
        .get('/api/queues', [{ name: 'mail', durable: true }])
        .send('PUT', '/api/queues/orders', { durable: true }, '', { status: 201 })
        .recorded(),
    ).toEqual(['create queue orders'])
  })
  test('a PUT to an id that its list did not have creates', () => {
    expect(
      visit()
        .get('/api/policies', [{ name: 'ha', pattern: '.*' }])
        .send('PUT', '/api/policies/ttl', { pattern: 'q.*' }, '', { status: 204 })
        .recorded(),
    ).toEqual(['create policy ttl'])
  })
  test('two ids in one path', () => {
    expect(
      visit()
        .get('/api/queues', [{ vhost: '/', name: 'orders', durable: true, max_length: 10 }])
        .send('DELETE', '/api/queues/%2F/orders', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual(['delete queue orders'])
    expect(
      visit()
        .send('PUT', '/api/queues/%2F/orders', { vhost: '/', name: 'orders', durable: 'true' }, '', {
          status: 201,
        })
        .recorded(),
    ).toEqual(['create queue orders'])
  })
  test('emptying an item is no deletion of the item', () => {
    expect(
      visit()
        .get('/api/queues', [{ vhost: '/', name: 'orders' }])
        .send(
          'DELETE',
          '/api/queues/%2F/orders/contents',
          { vhost: '/', name: 'orders', mode: 'purge' },
          '',
          { status: 204 },
        )
        .recorded(),
    ).toEqual(['update queue orders: /contents ? → gone'])
  })
  test('a member that the path names is one of what stands before it', () => {
    expect(
      visit()
        .send('PUT', '/api/hub/name', { name: 'North' }, { ok: true })
        .send('PUT', '/api/users/5/name', { name: 'Ana' }, { ok: true })
        .recorded(),
    ).toEqual(['update hub: /name ? → "North"', 'update user 5: /name ? → "Ana"'])
  })
  test('a settings document without an id', () => {
    expect(
      visit()
        .get('/api/settings', { settings: { title: 'Acme', timeout: 30, smtp: { host: 'mx', port: 25 } } })
        .send(
          'PUT',
          '/api/settings',
          { settings: { title: 'Acme', timeout: 15, smtp: { host: 'mx', port: 587 } } },
          '',
        )
        .recorded(),
    ).toEqual(['update setting: /timeout 30 → 15, /smtp/port 25 → 587'])
  })
  test('a list of key and value pairs', () => {
    expect(
      visit()
        .get('/admin/settings', {
          settings: [
            { key: 'title', value: 'Acme' },
            { key: 'locale', value: 'en' },
            { key: 'logo', value: null },
          ],
        })
        .send(
          'PUT',
          '/admin/settings',
          {
            settings: [
              { key: 'title', value: 'Acme Blog' },
              { key: 'locale', value: 'en' },
            ],
          },
          {
            settings: [
              { key: 'title', value: 'Acme Blog' },
              { key: 'locale', value: 'en' },
            ],
          },
        )
        .recorded(),
    ).toEqual(['update setting title: /value "Acme" → "Acme Blog"'])
  })
  test('wrapped in a list under the name of the type', () => {
    expect(
      visit()
        .get('/ghost/api/admin/posts/6501', {
          posts: [{ id: '6501', title: 'Hello', status: 'draft', updated_at: '2026-01-01T00:00:00.000Z' }],
        })
        .send(
          'PUT',
          '/ghost/api/admin/posts/6501/?source=html',
          {
            posts: [
              { id: '6501', title: 'Hello world', status: 'draft', updated_at: '2026-01-01T00:00:00.000Z' },
            ],
          },
          {
            posts: [
              { id: '6501', title: 'Hello world', status: 'draft', updated_at: '2026-01-01T00:00:09.000Z' },
            ],
          },
        )
        .recorded(),
    ).toEqual(['update post 6501: /title "Hello" → "Hello world"'])
  })
  test('PUT without a before read says what was sent, not that all of it changed', () => {
    const [draft] = visit().send('PUT', '/api/users/5', { name: 'Ana', role: 'viewer' }, '').drafts()
    expect(draft?.evidence.beforeFrom).toBe('unknown')
    expect(draft?.before).toBeUndefined()
  })
})

describe('the path is the verb or the value', () => {
  test('a verb as the last word', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('POST', '/api/users/5/deactivate', undefined, { ok: true })
        .recorded(),
    ).toEqual(['update user 5: /active true → false'])
  })
  test('a custom method after a colon', () => {
    expect(
      visit()
        .get('/v1/jobs', [{ id: 'j1', state: 'RUNNING' }])
        .send('POST', '/v1/jobs/j1:pause', {}, {})
        .recorded(),
    ).toEqual(['update job j1: /state "RUNNING" → "paused"'])
  })
  test('a value in the path', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PUT', '/api/users/5/role/editor', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual(['update user 5: /role "viewer" → "editor"'])
  })
  test('a run, a scan, a test and a restart are no changes', () => {
    const quiet = visit().get('/api/jobs', [{ id: 7, name: 'nightly' }])
    for (const path of [
      '/api/jobs/7/run',
      '/api/library/scan',
      '/api/mail/test',
      '/api/system/restart',
      '/api/jobs/7/trigger',
    ])
      quiet.send('POST', path, {}, { ok: true })
    expect(quiet.recorded()).toEqual([])
  })
  test('a delete by POST', () => {
    expect(
      visit().get('/api/users', USERS).send('POST', '/api/users/5/delete', {}, { success: true }).recorded(),
    ).toEqual(['delete user 5'])
    expect(
      visit()
        .get('/api/users', USERS)
        .send('POST', '/api/user/remove', { id: 5 }, { success: true })
        .recorded(),
    ).toEqual(['delete user 5'])
  })
})

describe('several at once', () => {
  test('bulk update by ids', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PATCH', '/api/users', { ids: [5, 6], data: { active: false } }, { updated: 2 })
        .recorded(),
    ).toEqual(['update user 5: /active true → false', 'update user 6: /active true → false'])
  })
  test('bulk delete in a body, in a query, as a list', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('DELETE', '/api/users', { keys: [5, 6] }, '', { status: 204 })
        .recorded(),
    ).toEqual(['delete user 5', 'delete user 6'])
    expect(
      visit()
        .get('/api/users', USERS)
        .send('DELETE', '/api/users?ids=5,6', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual(['delete user 5', 'delete user 6'])
    expect(
      visit().get('/api/users', USERS).send('DELETE', '/api/users', [5, 6], '', { status: 204 }).recorded(),
    ).toEqual(['delete user 5', 'delete user 6'])
    expect(
      visit()
        .get('/api/users', USERS)
        .send('DELETE', '/api/users', [{ id: 5 }, { id: 6 }], '', { status: 204 })
        .recorded(),
    ).toEqual(['delete user 5', 'delete user 6'])
  })
  test('a list of partial items', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send(
          'PATCH',
          '/api/users',
          [
            { id: 5, role: 'editor' },
            { id: 6, active: false },
          ],
          [{ id: 5 }, { id: 6 }],
        )
        .recorded(),
    ).toEqual(['update user 5: /role "viewer" → "editor"', 'update user 6: /active true → false'])
  })
  test('deltas', () => {
    expect(
      visit()
        .get('/api/groups/2', { id: 2, name: 'Ops', members: ['ana', 'bo'] })
        .send('POST', '/api/groups/2/members', { add: ['cy'], remove: ['bo'] }, { ok: true })
        .recorded(),
    ).toEqual(['update group 2: /members ["ana","bo"] → ["ana","cy"]'])
  })
})

describe('JSON Patch, merge patch, JSON:API, OData', () => {
  test('JSON Patch', () => {
    expect(
      visit()
        .get('/api/flags/beta', { key: 'beta', on: false, tags: ['a'], rules: [{ id: 'r1', percent: 10 }] })
        .send(
          'PATCH',
          '/api/flags/beta',
          [
            { op: 'test', path: '/on', value: false },
            { op: 'replace', path: '/on', value: true },
            { op: 'add', path: '/tags/-', value: 'b' },
            { op: 'replace', path: '/rules/0/percent', value: 50 },
          ],
          '',
        )
        .recorded(),
    ).toEqual(['update flag beta: /on false → true, /tags ["a"] → ["a","b"], /rules/0/percent 10 → 50'])
  })
  test('null deletes in a merge patch', () => {
    expect(
      visit()
        .get('/api/hosts/h1', { id: 'h1', note: 'old', labels: { env: 'prod' } })
        .send('PATCH', '/api/hosts/h1', { note: null }, '', {
          requestHeaders: { 'content-type': 'application/merge-patch+json' },
        })
        .recorded(),
    ).toEqual(['update host h1: /note "old" → null'])
  })
  test('JSON:API', () => {
    expect(
      visit()
        .get('/articles/1', {
          data: {
            type: 'articles',
            id: '1',
            attributes: { title: 'Old', views: 3 },
            relationships: { author: { data: { type: 'people', id: '9' } } },
          },
        })
        .send(
          'PATCH',
          '/articles/1',
          {
            data: {
              type: 'articles',
              id: '1',
              attributes: { title: 'New' },
              relationships: { author: { data: { type: 'people', id: '2' } } },
            },
          },
          { data: { type: 'articles', id: '1', attributes: { title: 'New', views: 3 } } },
        )
        .recorded(),
    ).toEqual(['update article 1: /title "Old" → "New", /author/id "9" → "2"'])
  })
  test('OData batch', () => {
    const body = [
      '--batch_1',
      'Content-Type: multipart/mixed; boundary=changeset_1',
      '',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      'PATCH Products(3) HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"Price":12}',
      '--changeset_1--',
      '--batch_1--',
      '',
    ].join('\r\n')
    const answer = [
      '--r1',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 204 No Content',
      '',
      '',
      '--r1--',
    ].join('\r\n')
    expect(
      visit()
        .get('/odata/Products', { value: [{ ID: 3, Name: 'Tea', Price: 10 }] })
        .send('POST', '/odata/$batch', body, answer, {
          requestHeaders: { 'content-type': 'multipart/mixed; boundary=batch_1' },
        })
        .recorded(),
    ).toEqual(['update product 3: /Price 10 → 12'])
  })
  test('a JSON batch', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send(
          'POST',
          '/api/$batch',
          {
            requests: [
              { id: '1', method: 'PATCH', url: '/api/users/5', body: { role: 'admin' } },
              { id: '2', method: 'GET', url: '/api/users/6' },
              { id: '3', method: 'DELETE', url: '/api/users/6' },
            ],
          },
          {
            responses: [
              { id: '3', status: 403, body: { error: 'no' } },
              { id: '1', status: 200, body: {} },
              { id: '2', status: 200, body: {} },
            ],
          },
        )
        .recorded(),
    ).toEqual(['update user 5: /role "viewer" → "admin"', 'refused delete user 6'])
  })
})

describe('what is no change', () => {
  test('searches, validation, telemetry, view state, sessions', () => {
    const quiet = visit().get('/api/users', USERS)
    quiet.send('POST', '/api/users/search', { term: 'an' }, USERS)
    quiet.send('POST', '/api/users/query', { page: 1, filters: [] }, { items: [], total: 0 })
    quiet.send(
      'POST',
      '/api/datasource/list',
      { page: 1, limit: 20, sort: 'name' },
      { items: [{ id: 1 }], total: 1 },
    )
    quiet.send(
      'POST',
      '/api/ds/query',
      { queries: [{ refId: 'A', expr: 'up' }], from: 'now-1h', to: 'now' },
      { results: { A: { frames: [] } } },
    )
    quiet.send('POST', '/api/users/validate', { name: 'x' }, { valid: true })
    quiet.send('POST', '/telemetry', { event: 'click' }, '', { status: 204 })
    quiet.send('POST', 'https://events.example.net/collect', { e: 1 }, '', { type: 'ping' })
    quiet.send('POST', '/api/login', { user: 'a', password: 'b' }, { token: 'x' })
    quiet.send('POST', '/api/auth/refresh', {}, { token: 'y' })
    quiet.send('POST', '/api/auth/logout', {}, { ok: true })
    quiet.send('POST', '/api/session/heartbeat', {}, { ok: true })
    quiet.send('POST', '/api/markdown/preview', { text: '# x' }, { html: '<h1>x</h1>' })
    quiet.send('POST', '/api/frontend-metrics', [{ t: 1 }], '')
    quiet.send('POST', '/api/live/publish', { c: 1 }, '', { status: 500 })
    expect(quiet.recorded().filter((line) => !line.startsWith('refused'))).toEqual([])
  })
  test('a save that changes nothing', () => {
    expect(
      visit()
        .get('/api/users/5', {
          id: 5,
          name: 'Ana',
          tags: ['b', 'a'],
          active: true,
          limit: 20,
          owner: { id: 3, name: 'Bo' },
          note: null,
        })
        .send(
          'PUT',
          '/api/users/5',
          { name: 'Ana', tags: ['a', 'b'], active: 'true', limit: '20', owner: 3, note: '' },
          { ok: true },
        )
        .recorded(),
    ).toEqual([])
  })
  test('a refusal is marked, and a success with 200 {"ok": false} is one', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PATCH', '/api/users/5', { role: 'king' }, { message: 'no such role' }, { status: 422 })
        .recorded(),
    ).toEqual(['refused update user 5: /role "viewer" → "king"'])
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PATCH', '/api/users/5', { role: 'king' }, { ok: false, error: 'no' })
        .recorded(),
    ).toEqual(['refused update user 5: /role "viewer" → "king"'])
  })
  test('the same request again after a refusal is one change', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PATCH', '/api/users/5', { role: 'admin' }, { message: 'token expired' }, { status: 401 })
        .send('POST', '/api/auth/refresh', {}, {})
        .send('PATCH', '/api/users/5', { role: 'admin' }, {})
        .recorded(),
    ).toEqual(['update user 5: /role "viewer" → "admin"'])
  })
  test('autosave per field is one change', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .send('PATCH', '/api/users/5', { name: 'An' }, {})
        .send('PATCH', '/api/users/5', { name: 'Ann' }, {})
        .send('PATCH', '/api/users/5', { role: 'admin' }, {})
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Ann", /role "viewer" → "admin"'])
  })
})

test("a template that is fetched by a telling name is a part of the page's own", () => {
  expect(visit().get('/app/device/removeDeviceDialogView.html', undefined).recorded()).toEqual([])
})

describe('answers that tell otherwise', () => {
  const refused = (answer: unknown): string[] =>
    visit().get('/api/users', USERS).send('PATCH', '/api/users/5', { role: 'x' }, answer).recorded()
  test.each<[unknown]>([
    [{ code: 403, msg: 'no' }],
    [{ errno: 7, errmsg: 'no' }],
    [{ status: false, message: 'no' }],
    [{ result: 'error', reason: 'no' }],
    [{ status: 'fail' }],
    [{ success: 'false' }],
    [{ error: { message: 'no' } }],
  ])('%j is a refusal', (answer) => {
    expect(refused(answer)).toEqual(['refused update user 5: /role "viewer" → "x"'])
  })
  test.each<[unknown]>([
    [{ code: 0, msg: 'ok', data: null }],
    [{ status: 200 }],
    [{ error: null, data: {} }],
    [{ errors: [], ok: true }],
    [{ error: '', result: 'success' }],
  ])('%j is none', (answer) => {
    expect(refused(answer)).toEqual(['update user 5: /role "viewer" → "x"'])
  })
})

describe('GET', () => {
  test('with a verb that is answered like a command changes', () => {
    expect(
      visit().get('/api/users', USERS).get('/api/users/5/deactivate', { success: true }).recorded(),
    ).toEqual(['update user 5: /active true → false'])
    expect(visit().get('/api/users', USERS).get('/api/user/delete?id=6', 'OK').recorded()).toEqual([
      'delete user 6',
    ])
  })
  test('with a verb that is answered like a question reads', () => {
    expect(
      visit()
        .get('/api/users', USERS)
        .get('/api/users/5/follow', { following: false })
        .get('/api/users/5/lock', { locked: true, by: 'x' })
        .get('/api/users/new', {})
        .get('/api/users/5/edit', { id: 5 })
        .recorded(),
    ).toEqual([])
  })
})

test('an order is of the list, not of its items', () => {
  expect(
    visit()
      .get('/api/users', USERS)
      .send('POST', '/api/users/reorder', { ids: [6, 5] }, { ok: true })
      .recorded(),
  ).toHaveLength(1)
})

test('what goes to sites that the app reads nothing from is statistics', () => {
  const quiet = visit().get('https://app.example/', '')
  quiet.send(
    'POST',
    'https://o1.ingest.errors.example.net/api/1/envelope/',
    { event: 1 },
    { id: 'x' },
    { requestHeaders: { referer: 'https://app.example/' } },
  )
  expect(quiet.recorded()).toEqual([])
  const api = visit().get('https://api.other.example.org/users', USERS)
  api.send(
    'PATCH',
    'https://api.other.example.org/users/5',
    { role: 'admin' },
    {},
    { requestHeaders: { referer: 'https://app.example/' } },
  )
  expect(api.recorded()).toEqual(['update user 5: /role "viewer" → "admin"'])
})

test('a collection whose name was read in a list of collections is none of its items', () => {
  const open = () => visit().get('/api/collections', [{ name: 'plans' }, { name: 'users' }])
  expect(
    open()
      .send('POST', '/api/items/plans', { title: 'Team' }, { data: { id: 5, title: 'Team', price: null } })
      .recorded(),
  ).toEqual([expect.stringMatching(/^create plan 5/)])
  expect(open().send('DELETE', '/api/items/plans', [3, 4], '', { status: 204 }).recorded()).toEqual([
    expect.stringMatching(/^delete plan 3/),
    expect.stringMatching(/^delete plan 4/),
  ])
})

test.each([
  ['/api/flags', (index: number) => `${index + 1}`, 'flag'],
  ['/api/flags', (index: number) => `checkout-${'abcdefghijkl'[index]}`, 'flag'],
  ['/api/flag', (index: number) => `${index + 1}`, 'flag'],
])('items of one collection are its items however many of %s are saved', (path, idOf, type) => {
  const saved = Array.from({ length: 12 }, (_, index) => idOf(index))
  const app = visit()
  for (const id of saved) app.send('PATCH', `${path}/${id}`, { enabled: true }, { ok: true })
  expect(app.recorded()).toEqual(
    saved.map((id) => expect.stringMatching(`^update ${type} ${id}: /enabled`) as string),
  )
})
