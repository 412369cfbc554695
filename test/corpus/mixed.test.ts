/** Names that differ between read and write, ids in odd places, several requests for one save, optimism that fails, secrets. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

describe('where ids are', () => {
  test('in a Location, in an answer of one number, in the body, in the query, in the page', () => {
    expect(
      visit()
        .send('POST', '/api/hooks', { url: 'https://x.example' }, '', {
          status: 201,
          responseHeaders: { location: 'https://app.example/api/hooks/99' },
        })
        .recorded(),
    ).toEqual(['create hook 99'])
    expect(visit().send('POST', '/api/hooks', { url: 'https://x.example' }, 42).recorded()).toEqual([
      'create hook 42',
    ])
    expect(
      visit()
        .get('/api/hook/list', [{ id: 3, url: 'a' }])
        .send('POST', '/api/hook/update', { id: 3, url: 'b' }, { code: 0 })
        .recorded(),
    ).toEqual(['update hook 3: /url "a" → "b"'])
    expect(
      visit()
        .get('/api/hooks', [{ id: 3, url: 'a' }])
        .send('PUT', '/api/hooks?id=3', { url: 'b' }, { code: 0 })
        .recorded(),
    ).toEqual(['update hook 3: /url "a" → "b"'])
  })
  test('in a map keyed by id', () => {
    expect(
      visit()
        .get('/api/sites', { sites: { s1: { host: 'a', tls: false }, s2: { host: 'b', tls: false } } })
        .send('PATCH', '/api/sites/s2', { tls: true }, {})
        .recorded(),
    ).toEqual(['update site s2: /tls false → true'])
  })
  test('a whole map written back', () => {
    expect(
      visit()
        .get('/api/limits', { free: { users: 5, gb: 1 }, pro: { users: 50, gb: 10 } })
        .send('PUT', '/api/limits', { free: { users: 5, gb: 2 }, pro: { users: 50, gb: 10 } }, '')
        .recorded(),
    ).toEqual(['update limit: /free/gb 1 → 2'])
  })
  test('an e-mail address, a slug that a read confirms, a UUID', () => {
    expect(
      visit().send('DELETE', '/api/members/bo@acme.example', undefined, '', { status: 204 }).recorded(),
    ).toEqual(['delete member bo@acme.example'])
    expect(
      visit()
        .get('/api/spaces', [{ slug: 'docs', title: 'Docs' }])
        .send('PATCH', '/api/space/docs', { title: 'Handbook' }, {})
        .recorded(),
    ).toEqual(['update space docs: /title "Docs" → "Handbook"'])
  })
})

describe('read and written under other shapes', () => {
  test('an owner read as an object and written as an id; tags as objects and as names', () => {
    expect(
      visit()
        .get('/api/tasks/1', {
          id: 1,
          title: 'T',
          owner: { id: 3, name: 'Ana' },
          tags: [
            { id: 1, name: 'x' },
            { id: 2, name: 'y' },
          ],
        })
        .send('PATCH', '/api/tasks/1', { owner: 4, tags: ['x', 'y', 'z'] }, { ok: true })
        .recorded(),
    ).toEqual(['update task 1: /owner 3 → 4, /tags ["x","y"] → ["x","y","z"]'])
  })
  test('camel case in the write, snake case in the read', () => {
    expect(
      visit()
        .get('/api/teams/9', { id: 9, display_name: 'Ops', max_members: 5, is_public: false })
        .send(
          'PATCH',
          '/api/teams/9',
          { displayName: 'Ops team', maxMembers: 5, isPublic: false },
          { ok: true },
        )
        .recorded(),
    ).toEqual(['update team 9: /display_name "Ops" → "Ops team"'])
  })
  test('keys that cannot be matched are not spoken of', () => {
    expect(
      visit()
        .get('/api/users/5', { id: 5, name: 'Ana', role: 'viewer', team: 'x' })
        .send(
          'PUT',
          '/api/users/5',
          { name: 'Anna', role: 'viewer', team: 'x', sendEmail: false, notify: true },
          { id: 5, name: 'Anna', role: 'viewer', team: 'x' },
        )
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna"'])
  })
})

describe('one save', () => {
  test('an optimistic save that is refused, then taken', () => {
    expect(
      visit()
        .get('/api/users/5', { id: 5, name: 'Ana' })
        .send('PATCH', '/api/users/5', { name: '' }, { errors: { name: ['is required'] } }, { status: 422 })
        .send('PATCH', '/api/users/5', { name: 'Anna' }, { id: 5, name: 'Anna' })
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna"'])
  })
  test('a switch that is put on and off again within a moment is nothing', () => {
    expect(
      visit()
        .get('/api/flags/a', { key: 'a', on: false })
        .send('PATCH', '/api/flags/a', { on: true }, {})
        .send('PATCH', '/api/flags/a', { on: false }, {})
        .recorded(),
    ).toEqual([])
  })
  test('create, then fill in', () => {
    expect(
      visit()
        .send('POST', '/api/posts', { title: '' }, { id: 7, title: '' }, { status: 201 })
        .send('PATCH', '/api/posts/7', { title: 'Hello' }, { id: 7, title: 'Hello' })
        .recorded(),
    ).toEqual(['create post 7'])
  })
  test('two resources of one save share a group', () => {
    const drafts = visit()
      .get('/api/users/5', { id: 5, name: 'Ana' })
      .send('POST', '/api/tags', { name: 'x' }, { id: 1, name: 'x' }, { status: 201 })
      .send('PATCH', '/api/users/5', { name: 'Anna' }, {})
      .drafts()
    expect(drafts).toHaveLength(2)
    expect(drafts[0]?.group).toBeDefined()
    expect(drafts[0]?.group).toBe(drafts[1]?.group)
  })
  test('the next save starts from the last one', () => {
    const steps = visit()
      .get('/api/users/5', { id: 5, name: 'Ana' })
      .send('PATCH', '/api/users/5', { name: 'Bea' }, '', { status: 204 })
    for (let i = 0; i < 12; i++) steps.get(`/api/noise/${i}`, { n: i })
    expect(steps.send('PATCH', '/api/users/5', { name: 'Cleo' }, '', { status: 204 }).recorded()).toEqual([
      'update user 5: /name "Ana" → "Bea"',
      'update user 5: /name "Bea" → "Cleo"',
    ])
  })
  test('a read afterwards proves it and corrects it', () => {
    const [draft] = visit()
      .get('/api/users/5', { id: 5, name: 'Ana', slug: 'ana', bio: '' })
      .send('PUT', '/api/users/5', { name: '  Anna ', slug: 'Anna!', bio: '', junk: 1 }, '', { status: 204 })
      .get('/api/users/5', { id: 5, name: 'Anna', slug: 'anna', bio: '' })
      .drafts()
    expect(draft?.evidence.grade).toBe('readBack')
    expect(draft?.changes.map(({ pointer, after }) => [pointer, after])).toEqual([
      ['/name', 'Anna'],
      ['/slug', 'anna'],
    ])
  })
})

describe('secrets', () => {
  test('reach no entry: in answers, unchanged beside a change, placeholders, checks of the old password', () => {
    const drafts = visit()
      .get('/api/hooks/1', {
        id: 1,
        url: 'https://x.example/in',
        headers: { 'X-Key': 'old-key-9f8e7d6c5b4a' },
        secret: '********',
      })
      .send(
        'PUT',
        '/api/hooks/1',
        {
          url: 'https://y.example/in?token=3c1f9e8d7a6b5c4d3e2f',
          headers: { 'X-Key': 'old-key-9f8e7d6c5b4a' },
          secret: '********',
        },
        '',
      )
      .send(
        'POST',
        '/api/tokens',
        { name: 'ci' },
        {
          id: 4,
          name: 'ci',
          token: 'pat_9f8e7d6c5b4a3f2e1d0c',
          hashed: '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy',
        },
        { status: 201 },
      )
      .send('POST', '/api/check-password', { password: 'Old-secret-1' }, { ok: true })
      .send(
        'PUT',
        '/api/account/password',
        { current_password: 'Old-secret-1', password: 'New-secret-2', password_confirmation: 'New-secret-2' },
        { ok: true },
      )
      .drafts()
    const text = JSON.stringify(drafts)
    for (const secret of [
      'old-key-9f8e7d6c5b4a',
      '3c1f9e8d7a6b5c4d3e2f',
      'pat_9f8e7d6c5b4a3f2e1d0c',
      '$2b$10$',
      'Old-secret-1',
      'New-secret-2',
    ])
      expect(text).not.toContain(secret)
    expect(
      drafts.map(({ action, resourceType, changes }) => [
        action,
        resourceType,
        changes.map(({ pointer }) => pointer).join(' '),
      ]),
    ).toEqual([
      ['update', 'hook', '/url'],
      ['create', 'token', expect.any(String)],
      ['update', expect.stringMatching(/password|account/), '/password'],
    ])
  })
  test('names that lie are no secrets', () => {
    const [draft] = visit()
      .get('/api/policy', { token_lifetime: 30, password_policy: 'strict', max_password_age: 90 })
      .send('PUT', '/api/policy', { token_lifetime: 60, password_policy: 'loose', max_password_age: 90 }, '')
      .drafts()
    expect(draft?.changes.map(({ pointer, before, after }) => [pointer, before, after])).toEqual([
      ['/token_lifetime', 30, 60],
      ['/password_policy', 'strict', 'loose'],
    ])
  })
})

describe('headers that lie', () => {
  test('JSON as text, form data as JSON, an override, a body cut short', () => {
    const before = { id: 5, name: 'Ana', role: 'viewer' }
    expect(
      visit()
        .get('/api/users/5', before)
        .send('POST', '/api/users/5', '{"name":"Anna"}', '', {
          requestHeaders: { 'content-type': 'text/plain', 'x-http-method-override': 'PATCH' },
        })
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna"'])
    expect(
      visit()
        .get('/api/users/5', before)
        .send('PUT', '/api/users/5', 'name=Anna&role=viewer', '', {
          requestHeaders: { 'content-type': 'application/json' },
        })
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna"'])
    expect(
      visit()
        .get('/api/users/5', before)
        .send('DELETE', '/api/users/5', undefined, ')]}\',\n{"ok":true}')
        .recorded(),
    ).toEqual(['delete user 5'])
    expect(
      visit()
        .get('/api/users/5', before)
        .send('PUT', '/api/users/5', '{"name":"Anna","role":"vie', '')
        .recorded(),
    ).toEqual(['update user 5'])
  })
})
