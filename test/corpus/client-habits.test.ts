/** What a client sends with every call, where it is mounted, and what it makes under a name of its own. Contents invented. */
import { describe, expect, test } from 'vitest'
import { type Visit, visit } from './visit.ts'

const CLIENT = { _appKey: 'k-91', _clientVersion: 'web-4.2', _installId: '5b1c-77' }

/** A client that can only POST: it says the method in the body, and who it is each time. */
const opened = (): Visit =>
  visit()
    .send('POST', '/hub/serverStatus', { ...CLIENT, _method: 'GET' }, { ok: true })
    .send('POST', '/hub/boxes', { ...CLIENT, _method: 'GET' }, { results: [{ boxName: 'Crate' }] })
    .send(
      'POST',
      '/hub/objects/Crate',
      { ...CLIENT, _method: 'GET', limit: 10 },
      { results: [{ objectId: 'aB3dE6fG9h', label: 'Red', weight: 4 }] },
    )
    .send(
      'POST',
      '/hub/setup',
      { ...CLIENT, _method: 'GET' },
      { values: { maxWeight: 9, greeting: 'Hi' }, hidden: { maxWeight: false } },
    )

describe('members that each call has are no part of what is saved', () => {
  test('a thing that is made at the address of its kind', () => {
    expect(
      opened()
        .send(
          'POST',
          '/hub/objects/Crate',
          { ...CLIENT, label: 'Blue' },
          { objectId: 'zY8xW5vU2t', createdAt: '2026-01-05T09:00:00Z' },
          { status: 201 },
        )
        .drafts()
        .map(({ action, resourceType, resourceId, changes }) => [
          action,
          resourceType,
          resourceId,
          changes.map(({ pointer }) => pointer),
        ]),
    ).toEqual([['create', 'crate', 'zY8xW5vU2t', ['/label', '/objectId', '/createdAt']]])
  })

  test('a kind that is made under its own name, and one that gets another field', () => {
    expect(
      opened()
        .send('POST', '/hub/boxes/Barrel', { ...CLIENT, boxName: 'Barrel' }, { boxName: 'Barrel', parts: {} })
        .send(
          'POST',
          '/hub/boxes/Crate',
          { ...CLIENT, _method: 'PUT', boxName: 'Crate', lid: 'flat' },
          { boxName: 'Crate', lid: 'flat' },
        )
        .recorded(),
    ).toEqual(['create box Barrel', 'update box Crate: /lid ? → "flat"'])
  })

  test('the same words for three things of one kind are words about them', () => {
    const gates = visit().get('/api/gates', [
      { id: 11, state: 'open' },
      { id: 12, state: 'open' },
      { id: 13, state: 'open' },
      { id: 14, state: 'open' },
    ])
    for (const id of [11, 12, 13, 14]) gates.send('PATCH', `/api/gates/${id}`, { state: 'shut' }, { id })
    expect(gates.recorded()).toEqual(
      [11, 12, 13, 14].map((id) => `update gate ${id}: /state "open" → "shut"`),
    )
  })
})

describe('an app mounted under a word that is a verb elsewhere', () => {
  test('a write to its settings and to its items', () => {
    const page = visit()
    for (const noun of ['runs', 'stages', 'targets']) page.get(`/deploy/${noun}`, [{ id: 21, title: noun }])
    expect(
      page
        .get('/deploy/settings', { retries: 3, zone: 'north' })
        .send('PUT', '/deploy/settings', { retries: 5, zone: 'north' }, { ok: true })
        .send('POST', '/deploy/targets', { title: 'Harbour' }, { id: 22 }, { status: 201 })
        .recorded(),
    ).toEqual(['update setting: /retries 3 → 5', 'create target 22'])
  })

  test('a PUT is no read, even where little is known', () => {
    expect(
      visit()
        .get('/parse/config', { limit: 3, banner: 'Hi' })
        .send('PUT', '/parse/config', { limit: 4 }, { done: true })
        .recorded(),
    ).toEqual(['update config: /limit 3 → 4'])
  })
})

describe('stores whose paths are names that people gave', () => {
  const store = (): Visit =>
    visit()
      .get('/all-stores', ['parts', 'old-parts'])
      .get('/old-parts', { rows: 0, store_name: 'old-parts' })
      .get('/parts/list', {
        rows: [
          { id: 'bolt', key: 'bolt' },
          { id: 'nut', key: 'nut' },
          { id: 'pin', key: 'pin' },
        ],
      })

  test('several go at once, each marked as gone', () => {
    expect(
      store()
        .send(
          'POST',
          '/parts/_bulk_rows',
          {
            rows: [
              { _id: 'bolt', _rev: '1-a', _deleted: true },
              { _id: 'nut', _rev: '1-b', _deleted: true },
            ],
          },
          [
            { ok: true, id: 'bolt' },
            { ok: true, id: 'nut' },
          ],
          { status: 201 },
        )
        .recorded(),
    ).toEqual(['delete part bolt', 'delete part nut'])
  })

  test('one is made at its name, one that says its name itself goes', () => {
    expect(
      store()
        .send('PUT', '/spares', { id: 'spares' }, { ok: true }, { status: 201 })
        .send('DELETE', '/old-parts', undefined, { ok: true })
        .drafts()
        .map(({ action, resourceId }) => [action, resourceId]),
    ).toEqual([
      ['create', 'spares'],
      ['delete', 'old-parts'],
    ])
  })

  test('what a page says to those without scripts names nothing', () => {
    expect(
      visit()
        .get(
          '/',
          '<html><body><noscript><h1>Please enable scripts</h1></noscript><div id="root"></div></body></html>',
        )
        .send('PUT', '/spares', { id: 'spares' }, { ok: true }, { status: 201 })
        .drafts()
        .map(({ resourceType }) => resourceType),
    ).toEqual(['setting'])
  })
})

test('things whose name is a word of interfaces elsewhere', () => {
  expect(
    visit()
      .get('/api/commands', [{ id: '5e0c1c52-9f0b-4c7d-8a55-0d5a52f3a111', title: 'Start', enabled: true }])
      .send('PUT', '/api/commands/5e0c1c52-9f0b-4c7d-8a55-0d5a52f3a111', { enabled: false }, { err: null })
      .send('DELETE', '/api/actions/41', undefined, '', { status: 204 })
      .send('POST', '/api/lamps/41/actions/archive', undefined, { id: 41 })
      .recorded(),
  ).toEqual([
    'update command 5e0c1c52-9f0b-4c7d-8a55-0d5a52f3a111: /enabled true → false',
    'delete action 41',
    'update lamp 41: /archived ? → true',
  ])
})

describe('a part of an item, and what the page adds of its own', () => {
  test('an item whose settings are read as one member of it', () => {
    const clock = (settings: object): object => ({
      id: 'clock-sync',
      title: 'Clock',
      licence: 'MIT',
      settings,
    })
    expect(
      visit()
        .get('/api/addons', [clock({ values: { rate: 5 }, active: true })])
        .send('POST', '/api/addons/clock-sync/config', { values: { rate: 5 }, active: false }, 'Saved')
        .recorded(),
    ).toEqual(['update addon clock-sync: /active true → false'])
  })

  test('a POST to the name of one that the list did not have makes it', () => {
    const staff = [{ login: 'ana', level: 'reader' }]
    expect(
      visit()
        .get('/api/staff-members', staff)
        .send('POST', '/api/staff-members/b%40acme.example', { level: 'writer' }, 'Added')
        .send('POST', '/api/staff-members/ana', { level: 'writer' }, 'Saved')
        .recorded(),
    ).toEqual(['create staff member b@acme.example', 'update staff member ana: /level "reader" → "writer"'])
  })

  test('what the page notes of its own copy', () => {
    expect(
      visit()
        .get('/api/settings', { keep: 24, mdns: true })
        .send('PUT', '/api/settings', { keep: 48, mdns: true, hasData: true, isDirty: true }, 'Changed')
        .recorded(),
    ).toEqual(['update setting: /keep 24 → 48'])
  })

  test('a state as the last word that sets more on the way', () => {
    expect(
      visit()
        .send(
          'PUT',
          '/api/access/requests/9b2d0a52-1111-4222-8333-444455557777/approved',
          { role: 'writer' },
          'OK',
        )
        .recorded(),
    ).toEqual(['update request 9b2d0a52-1111-4222-8333-444455557777: /role ? → "writer", /approved ? → true'])
  })

  test.each([
    ['/api/login-status', { status: 'loggedIn', level: 'admin', username: 'ana' }],
    ['/api/start', { authenticated: true, userName: 'ana' }],
  ])('who is signed in, where %s says that someone is', (path, answer) => {
    const [draft] = visit().get(path, answer).send('PUT', '/api/pumps/5', { rate: 3 }).drafts()
    expect(draft?.account).toBe('ana')
  })
})

test('one field of a document at a time, as a key and a value', () => {
  expect(visit().send('PUT', '/api/console/look', { key: 'theme', value: 'dark' }, '').recorded()).toEqual([
    'update look: /theme ? → "dark"',
  ])
})

test('an app’s own word for what it does to things that were read, and one that is removed by its name', () => {
  const jobs = [
    { id: 4, name: 'nightly', paused: false },
    { id: 9, name: 'weekly', paused: true },
  ]
  expect(
    visit()
      .get('/api/v2/jobs', jobs)
      .send('POST', '/api/v2/jobs/topPrio', { ids: [4, 9] }, { ok: true })
      .send('POST', '/api/v2/jobs/bump-up', { id: 9, by: 3 }, { ok: true })
      .get('/api/v2/rules', { daily: { on: true }, weekly: { on: false } })
      .send('POST', '/api/v2/rules/removeRule', { ruleName: 'daily' }, { ok: true })
      .recorded(),
  ).toEqual([
    'update job 4: /action ? → "top prio"',
    'update job 9: /action ? → "top prio", /by ? → 3',
    expect.stringMatching(/^delete rule daily/),
  ])
})
