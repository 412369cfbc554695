/**
 * What is sent below an item's address: one of its fields, a member that joins or leaves, a new secret; and addresses that mislead.
 * Shapes as identity servers, chat servers, dashboards, forums, forges, container and build consoles have them.
 */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'
import { visit } from './visit.ts'

const form = { requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' }, type: 'xhr' }
const done = { status: 204 }

describe('a field of the item above', () => {
  const user = { id: 7, name: 'Ana', roles: 'reader', trust_level: 1, enabled: true }
  test.each<[what: string, path: string, body: unknown, how: object, recorded: string]>([
    [
      'under its own name',
      'roles',
      { roles: 'reader admin' },
      {},
      'update user 7: /roles "reader" → "reader admin"',
    ],
    ['that is off and was not shown', 'active', { active: false }, {}, 'update user 7: /active ? → false'],
    ['as the bare value', 'enabled', 'false', {}, 'update user 7: /enabled true → false'],
    ['called value', 'quota', { value: 5 }, {}, 'update user 7: /quota ? → 5'],
    ['by the last word of its name', 'trust_level', 'level=3', form, 'update user 7: /trust_level 1 → 3'],
  ])('%s', (_what, path, body, how, recorded) => {
    expect(
      visit()
        .get('/api/users/7', user)
        .send('PUT', `/api/users/7/${path}`, body, { status: 'OK' }, how)
        .recorded(),
    ).toEqual([recorded])
  })

  test('a value by POST, under a name with a verb in its midst', () => {
    expect(
      visit()
        .send('POST', '/api/v1/config/apps/core/share_allow_links', { value: 'no' }, { data: [] })
        .recorded(),
    ).toEqual(['update app core: /share_allow_links ? → "no"'])
  })

  test('a setting by its own name, read as a name and a value', () => {
    expect(
      visit()
        .get('/admin/site_settings.json', { site_settings: [{ setting: 'min_length', value: '20' }] })
        .send('PUT', '/admin/site_settings/min_length', 'min_length=10', '', form)
        .recorded(),
    ).toEqual(['update site setting min_length: /value "20" → "10"'])
  })
})

test.each([
  [{ stringValue: '20', booleanValue: null }, { value: '10' }, '/stringValue "20" → "10"'],
  [{ value: 20 }, { intValue: 10 }, '/value 20 → 10'],
])('a value that is read as %j and written as %j', (shown, sent, recorded) => {
  expect(
    visit()
      .get('/api/settings', [
        { id: 31, key: 'limit', ...shown },
        { id: 32, key: 'other', ...shown },
      ])
      .send('PUT', '/api/settings/31', { key: 'limit', ...sent }, '', done)
      .recorded(),
  ).toEqual([`update setting 31: ${recorded}`])
})

describe('members that exist elsewhere', () => {
  test('join by POST of their id and leave by DELETE with it', () => {
    const before = { id: 'bo', groups: ['staff'] }
    const read = visit().get('/cloud/users/bo', before)
    expect(
      read.send('POST', '/cloud/users/bo/groups', { groupid: 'admin' }, { data: [] }).recorded(),
    ).toEqual(['update user bo: /groups ["staff"] → ["staff","admin"]'])
    expect(
      visit()
        .get('/cloud/users/bo', before)
        .send('DELETE', '/cloud/users/bo/groups', { groupid: 'staff' }, { data: [] })
        .recorded(),
    ).toEqual(['update user bo: /groups ["staff"] → []'])
  })

  test('join as a list under the name of the collection', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/users/auth0%7C5f7c8ec7c33c6c004bbafe82/roles',
          { roles: ['rol_abc123DEF456ghi7'] },
          '',
          done,
        )
        .recorded(),
    ).toEqual(['update user auth0|5f7c8ec7c33c6c004bbafe82: /roles ? → ["rol_abc123DEF456ghi7"]'])
  })

  test('join by PUT of their address, with the ids of the address once more', () => {
    const [user, group] = ['bb7c2f5e-0d5d-4a6a-8c34-0d0d1f7a1a33', 'cc7c2f5e-0d5d-4a6a-8c34-0d0d1f7a1a44']
    expect(
      visit()
        .send(
          'PUT',
          `/realms/acme/users/${user}/groups/${group}`,
          { realm: 'acme', userId: user, groupId: group },
          '',
          done,
        )
        .recorded(),
    ).toEqual([`update user ${user}: /groups ? → ["${group}"]`])
  })

  test('a membership that is a thing of its own has the id of who joins', () => {
    const [team, user] = ['tq7sd3j5p7nffx8yezpb9gq3ea', 'uq7sd3j5p7nffx8yezpb9gq3ea']
    expect(
      visit()
        .send(
          'POST',
          `/api/teams/${team}/members`,
          { team_id: team, user_id: user },
          { team_id: team, user_id: user, roles: 'member' },
          { status: 201 },
        )
        .recorded(),
    ).toEqual([`create member ${user}`])
  })
})

describe('a new secret', () => {
  const id = '6f7c2f5e-0d5d-4a6a-8c34-0d0d1f7a1a11'
  const secret = 'Zs8jkd93jdkKJDkd93kd93kdk39dkd9'
  test('is a change of its item, and no id', () => {
    const drafts = visit()
      .get(`/realms/acme/clients/${id}`, { id, clientId: 'web' })
      .send(
        'POST',
        `/realms/acme/clients/${id}/client-secret`,
        { realm: 'acme', client: id },
        { type: 'secret', value: secret },
      )
      .drafts()
    expect(drafts).toMatchObject([
      { resourceType: 'client', resourceId: id, changes: [{ pointer: '/client-secret' }] },
    ])
    expect(JSON.stringify(drafts)).not.toContain(secret)
  })

  test('that is sent is not taken for the repetition of another', () => {
    expect(
      visit()
        .get('/api/clients/4', { id: 4, name: 'Web' })
        .send('PATCH', '/api/clients/4', { client_secret: secret }, '', done)
        .drafts(),
    ).toMatchObject([{ changes: [{ pointer: '/client_secret', after: { $redacted: expect.any(String) } }] }])
  })
})

describe('addresses that mislead', () => {
  test('an id that reads as a verb', () => {
    const deploy = { key: 'DEPLOY', value: '1', protected: false }
    expect(
      visit()
        .get('/api/v4/projects/12/variables', [deploy])
        .send('PUT', '/api/v4/projects/12/variables/DEPLOY', { value: '2' }, { ...deploy, value: '2' })
        .recorded(),
    ).toEqual(['update variable DEPLOY: /value "1" → "2"'])
  })

  test('a plural that begins with a verb', () => {
    expect(
      visit()
        .send(
          'PUT',
          '/group/shop/-/merge_requests/5.json',
          { merge_request: { label_ids: [3, 4] } },
          { id: 99, iid: 5 },
        )
        .recorded(),
    ).toEqual(['update merge request 5: /label_ids ? → [3,4]'])
  })

  test('an object that says its kind', () => {
    const deployment = (replicas: number) => ({
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name: 'web', namespace: 'default' },
      spec: { replicas },
    })
    const path = '/api/v1/_raw/deployment/namespace/default/name/web'
    expect(visit().get(path, deployment(2)).send('PUT', path, deployment(3), '').recorded()).toEqual([
      'update deployment web: /spec/replicas 2 → 3',
    ])
  })

  test('another thing with the id 0 is not the id of a singleton', () => {
    const preferences = { theme: 'dark', homeDashboardId: 0, timezone: 'browser' }
    expect(
      visit()
        .get('/api/org/preferences', preferences)
        .send('PUT', '/api/org/preferences', { ...preferences, timezone: 'utc' }, { message: 'ok' })
        .recorded(),
    ).toEqual(['update preference: /timezone "browser" → "utc"'])
  })
})

test('JSON Patch with test, move and copy', () => {
  const path = '/api/v1/namespaces/default/configmaps/app'
  const patch = [
    { op: 'test', path: '/data/a', value: '1' },
    { op: 'move', from: '/data/a', path: '/data/b' },
    { op: 'copy', from: '/data/z', path: '/data/c' },
    { op: 'remove', path: '/nothing/here/z' },
  ]
  expect(
    visit()
      .get(path, { kind: 'ConfigMap', metadata: { name: 'app' }, data: { a: '1', z: '2' } })
      .send('PATCH', path, patch, '', { requestHeaders: { 'content-type': 'application/json-patch+json' } })
      .recorded(),
  ).toEqual(['update config map app: /data/b ? → "1", /data/c ? → "2", /data/a "1" → gone'])
})

test('two saves of what was never read do not take the first value for the old one', () => {
  expect(
    visit()
      .send('POST', '/api/access/folders/4/teams/3', { permission: 'Edit' }, { message: 'ok' })
      .send('POST', '/api/access/folders/4/teams/3', { permission: 'View' }, { message: 'ok' })
      .recorded(),
  ).toEqual(['update team 3: /permission ? → "View"'])
})

test('an ORM answers a save with the record in a list, which tells what its commands made of a relation', () => {
  const call = (method: string, args: unknown[]) => ({
    jsonrpc: '2.0',
    id: 1,
    method: 'call',
    params: { model: 'res.partner', method, args, kwargs: {} },
  })
  const answer = (result: unknown) => ({ jsonrpc: '2.0', id: 1, result })
  expect(
    visit()
      .send(
        'POST',
        '/web/call_kw/web_read',
        call('web_read', [[7]]),
        answer([{ id: 7, name: 'Ana', tag_ids: [3] }]),
      )
      .send(
        'POST',
        '/web/call_kw/web_save',
        call('web_save', [
          [7],
          {
            tag_ids: [
              [4, 9],
              [3, 3],
            ],
          },
        ]),
        answer([{ id: 7, tag_ids: [9] }]),
      )
      .recorded(),
  ).toEqual(['update partner 7: /tag_ids [3] → [9]'])
})

describe('a build server: the name stands in the path, the verb behind it', () => {
  const crumb = 'Jenkins-Crumb=0f0f0f0f0f0f0f0f0f0f0f0f0f0f'
  test('a form that is sent again as JSON in a field of its own', () => {
    const json = encodeURIComponent(JSON.stringify({ description: 'New', properties: { days: '14' } }))
    expect(
      session()
        .open(
          '/job/nightly/configure',
          `<h1>nightly</h1><form method="post" action="/job/nightly/configSubmit">
          <label>Description<textarea name="description">Old</textarea></label>
          <label>Days to keep builds<input name="_.days" value="7"></label><input type="hidden" name="json">
          <button name="Submit">Save</button></form>`,
        )
        .post('/job/nightly/configSubmit', `description=New&_.days=14&json=${json}&${crumb}&Submit=`, {
          to: '/job/nightly/',
          html: '<h1>nightly</h1>',
        })
        .recorded(),
    ).toEqual(['update job nightly: /description "Old" → "New", /_/days "7" → "14"'])
  })

  test('verbs that say they do it', () => {
    const page = '<h1>Project nightly</h1>'
    expect(
      session()
        .open('/job/nightly/', page)
        .post('/job/nightly/disable', crumb, { to: '/job/nightly/', html: page })
        .recorded(),
    ).toEqual(['update job nightly: /status undefined → "disabled"'])
    expect(
      session()
        .open('/job/nightly/', page)
        .post('/job/nightly/doDelete', crumb, { to: '/', html: '<h1>All</h1>' })
        .recorded(),
    ).toEqual(['delete job nightly'])
  })
})

describe('what the last word of a path adds to or edits beside a list', () => {
  const jobs = [
    { hash: 'aaaabbbbccccddddeeeeffff0000111122223333', name: 'nightly', labels: [], queue: '' },
    { hash: 'bbbbccccddddeeeeffff00001111222233334444', name: 'weekly', labels: ['slow'], queue: 'day' },
    { hash: 'ccccddddeeeeffff000011112222333344445555', name: 'yearly', labels: ['slow'], queue: '' },
  ]
  const [a, b, c] = jobs.map(({ hash }) => hash)

  test('a thing that is named by the field of its kind', () => {
    expect(
      visit()
        .get('/api/v2/state', { jobs, queues: { day: { name: 'day', folder: '/srv/day' } } })
        .send('POST', '/api/v2/jobs/editQueue', 'queue=day&folder=/srv/daily', '', form)
        .recorded(),
    ).toEqual(['update queue day: /folder "/srv/day" → "/srv/daily"'])
  })

  test('members that come and go, of items that are joined by bars', () => {
    expect(
      visit()
        .get('/api/v2/jobs', jobs)
        .send('POST', '/api/v2/jobs/addLabels', `hashes=${a}|${b}&labels=urgent`, '', form)
        .send('POST', '/api/v2/jobs/removeLabels', `hashes=${c}&labels=slow`, '', form)
        .recorded(),
    ).toEqual([
      `update job ${a}: /labels [] → ["urgent"]`,
      `update job ${b}: /labels ["slow"] → ["slow","urgent"]`,
      `update job ${c}: /labels ["slow"] → []`,
    ])
  })

  test('a question that is answered by ids', () => {
    expect(
      visit()
        .send('POST', '/api/v2/jobs/memoryLimit', `hashes=${a}|${b}`, { [`${a}`]: 0, [`${b}`]: 5 }, form)
        .recorded(),
    ).toEqual([])
  })
})

describe('a kind that the path names behind a general word', () => {
  const plan = { id: 5, name: 'Pro', price: 9 }

  test('of a member', () => {
    expect(
      visit()
        .get('/api/collections', { data: [{ collection: 'plans' }, { collection: 'posts' }] })
        .get('/api/items/plans/5', { data: plan })
        .send('PATCH', '/api/items/plans/5', { price: 12 }, { data: { ...plan, price: 12 } })
        .recorded(),
    ).toEqual(['update plan 5: /price 9 → 12'])
  })

  test('of several that are deleted, after a question that shows them', () => {
    const records = [plan, { id: 6, name: 'Team', price: 30 }]
    const path = '/api/resources/plans/bulk/bulkDelete?recordIds=5%2C6'
    expect(
      visit()
        .get('/api/resources/plans/actions/list', { meta: { total: 2 }, records })
        .get(path, { records })
        .send('POST', path, undefined, { records, notice: { type: 'success' } })
        .recorded(),
    ).toEqual(['delete plan 5', 'delete plan 6'])
  })

  test('a view that nobody named is how a person left a list; one with a name is kept on purpose', () => {
    const view = { user: 7, layout: 'cards', layout_query: { sort: ['-id'] }, list: 'plans' }
    expect(
      visit()
        .send('POST', '/api/presets', { ...view, name: null }, { data: { ...view, name: null, id: 1 } })
        .send('POST', '/api/presets', { ...view, name: 'New' }, { data: { ...view, name: 'New', id: 2 } })
        .recorded(),
    ).toEqual([expect.stringMatching(/^create preset 2/)])
  })
})

describe('calls by name beside a list', () => {
  const [a, b] = ['aaaabbbb-cccc-4ddd-8eee-ffff00001111', 'bbbbcccc-cccc-4ddd-8eee-ffff00001111']
  test.each<[path: string, body: unknown, recorded: string[]]>([
    [`${a}/addTags`, { tags: ['y'] }, [`update job ${a}: /tags ["x"] → ["x","y"]`]],
    ['addTag', { id: a, tag: 'y' }, [`update job ${a}: /tags ["x"] → ["x","y"]`]],
    ['removeTag', { id: a, tag: 'x' }, [`update job ${a}: /tags ["x"] → []`]],
    ['setRule', { ruleName: 'iso', limit: 3 }, ['update rule iso: /limit ? → 3']],
    ['renameRule', { ruleName: 'iso', newRuleName: 'img' }, ['update rule iso: /rule_name "iso" → "img"']],
    ['removeQueues', { queues: 'day\nnight' }, ['delete queue day', 'delete queue night']],
  ])('%s', (path, body, recorded) => {
    expect(
      visit()
        .get('/api/jobs', [
          { id: a, tags: ['x'] },
          { id: b, tags: [] },
        ])
        .send('POST', `/api/jobs/${path}`, body, '')
        .recorded(),
    ).toEqual(recorded)
  })
})

describe('several members of a kind that was read as a list', () => {
  const plans = [
    { id: 5, name: 'Pro', price: 9 },
    { id: 6, name: 'Team', price: 30 },
  ]
  test.each<[what: string, method: string, body: unknown, answer: unknown, recorded: string[]]>([
    ['changed alike', 'PATCH', { keys: [5], data: { price: 3 } }, '', ['update plan 5: /price 9 → 3']],
    ['not the whole list', 'PATCH', [{ id: 5, price: 3 }], '', ['update plan 5: /price 9 → 3']],
    [
      'new ones',
      'POST',
      [{ name: 'A' }, { name: 'B' }],
      {
        data: [
          { id: 7, name: 'A' },
          { id: 8, name: 'B' },
        ],
      },
      ['create plan 7', 'create plan 8'],
    ],
  ])('%s', (_what, method, body, answer, recorded) => {
    expect(
      visit()
        .get('/api/collections', { data: [{ collection: 'plans' }, { collection: 'posts' }] })
        .get('/api/items/plans', { data: plans })
        .send(method, '/api/items/plans', body, answer)
        .recorded()
        .map((text) => text.replace(/^(create plan \d+): .*/, '$1')),
    ).toEqual(recorded)
  })

  test('one whose name could be a question', () => {
    expect(
      visit()
        .get('/api/collections', { data: [{ collection: 'plans' }, { collection: 'posts' }] })
        .get('/api/fields/plans', [{ collection: 'plans', field: 'price', note: null }])
        .send(
          'PATCH',
          '/api/fields/plans/price',
          { note: 'Net' },
          { collection: 'plans', field: 'price', note: 'Net' },
        )
        .recorded(),
    ).toEqual(['update field price: /note null → "Net"'])
  })
})

test.each<[was: boolean, recorded: string[]]>([
  [true, ['update plan 5: /active true → false']],
  [false, []],
])('a GET by the name of a state, of a thing that had it: %s', (was, recorded) => {
  const shown = (active: boolean) => ({
    record: { params: { id: 5, name: 'Pro', active }, id: 5, errors: {} },
  })
  expect(
    visit()
      .get('/api/resources/plans/records/5/show', shown(was))
      .get('/api/resources/plans/records/5/deactivate', shown(false))
      .recorded(),
  ).toEqual(recorded)
})
