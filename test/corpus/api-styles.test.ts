/** How APIs differ in what they call an id, an action, a part of a thing; and work that is started, which changes nothing. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = { requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' }, type: 'xhr' }
const RULE = '5f0c1e6a-7c9a-4f37-9b70-33b6a6a3f111'

describe('several at once', () => {
  test('lists named for what is done to their items', () => {
    expect(
      visit()
        .get('/api/v3/parts?per_page=10', [
          { id: 5, name: 'Cap', price: '10' },
          { id: 6, name: 'Hat', price: '20' },
        ])
        .send(
          'POST',
          '/api/v3/parts/batch',
          { update: [{ id: 5, price: '12' }], create: [{ name: 'Scarf' }], delete: [6] },
          {
            update: [{ id: 5, name: 'Cap', price: '12' }],
            create: [{ id: 9, name: 'Scarf' }],
            delete: [{ id: 6, name: 'Hat' }],
          },
        )
        .recorded(),
    ).toEqual(['update part 5: /price "10" → "12"', 'create part 9', 'delete part 6'])
  })

  test('requests in a batch under names of their own, answered by name', () => {
    expect(
      visit()
        .send(
          'POST',
          '/batch?api-version=2',
          {
            requests: [
              { httpMethod: 'GET', name: 'a', url: '/sites/s1?api-version=2' },
              {
                httpMethod: 'PATCH',
                name: 'b',
                url: '/sites/s1/pumps/p100',
                content: { tags: { env: 'prod' } },
              },
            ],
          },
          {
            responses: [
              { name: 'b', httpStatusCode: 200, content: { name: 'p100', tags: { env: 'prod' } } },
              { name: 'a', httpStatusCode: 200, content: { name: 's1' } },
            ],
          },
        )
        .recorded(),
    ).toEqual(['update pump p100: /tags/env ? → "prod"'])
  })

  test('ids repeated in the query, in a list of the query, under the name of their kind', () => {
    expect(
      visit()
        .send('PUT', '/api/orgs/acme/alarms/?id=5&id=6&site=12', { status: 'closed' }, { status: 'closed' })
        .send('DELETE', '/api/v1/chart/?q=!(7,8)', undefined, { message: 'Deleted 2 charts' })
        .get('/api/valves/3', { id: 3, title: 'North', monitored: true })
        .send('PUT', '/api/valves/editor', { valveIds: [3], monitored: false }, [
          { id: 3, title: 'North', monitored: false },
        ])
        .recorded(),
    ).toEqual([
      'update alarm 5: /status ? → "closed"',
      'update alarm 6: /status ? → "closed"',
      'delete chart 7',
      'delete chart 8',
      'update valve 3: /monitored true → false',
    ])
  })
})

describe('a part of a thing at an address of its own', () => {
  test('is known from the thing', () => {
    expect(
      visit()
        .get('/api/releases/web?space=a', {
          metadata: { name: 'web' },
          spec: { project: 'default', source: { revision: 'main' } },
          status: {},
        })
        .send(
          'PUT',
          '/api/releases/web/spec?validate=true',
          { project: 'default', source: { revision: 'v2' } },
          { project: 'default', source: { revision: 'v2' } },
        )
        .get('/Crews/ab12cd34ab12cd34ab12cd34ab12cd34', {
          Id: 'ab12cd34ab12cd34ab12cd34ab12cd34',
          Name: 'ben',
          Policy: { IsAdministrator: false, IsDisabled: false },
        })
        .send(
          'POST',
          '/Crews/ab12cd34ab12cd34ab12cd34ab12cd34/Policy',
          { IsAdministrator: true, IsDisabled: false },
          '',
          { status: 204 },
        )
        .recorded(),
    ).toEqual([
      'update release web: /spec/source/revision "main" → "v2"',
      'update crew ab12cd34ab12cd34ab12cd34ab12cd34: /Policy/IsAdministrator false → true',
    ])
  })

  test('comes or goes by a verb with its noun', () => {
    expect(
      visit().send('POST', `/api/crews/${RULE}/add_member/`, { pk: 5 }, '', { status: 204 }).recorded(),
    ).toEqual([`update crew ${RULE}: /members ? → [5]`])
  })
})

describe('read under one name, written under another', () => {
  test('a getter and a setter with the id behind; a choice that is read with all its options', () => {
    const read = {
      rule: {
        enabled: '1',
        action: { pass: { value: 'Pass', selected: 1 }, block: { value: 'Block', selected: 0 } },
        port: '80',
      },
    }
    expect(
      visit()
        .get(`/api/wall/filter/getRule/${RULE}`, read)
        .send(
          'POST',
          `/api/wall/filter/setRule/${RULE}`,
          { rule: { enabled: '1', action: 'block', port: '443' } },
          { result: 'saved' },
        )
        .send('POST', `/api/wall/filter/toggleRule/${RULE}/0`, {}, { result: 'Disabled', changed: true })
        .recorded(),
    ).toEqual([`update rule ${RULE}: /enabled "1" → "0", /action "pass" → "block", /port "80" → "443"`])
  })

  test('info and config of one thing', () => {
    expect(
      visit()
        .get('/control/proxy_info', { upstream: ['https://a.example'], rate: 20, cache: 4096 })
        .send('POST', '/control/proxy_config', { rate: 50 }, '')
        .recorded(),
    ).toEqual(['update proxy config: /rate 20 → 50'])
  })

  test('posted to the list, read under the name', () => {
    expect(
      visit()
        .get('/api/checks/north/pressure', { name: 'pressure', interval: '1m', for: '5m' })
        .send(
          'POST',
          '/api/checks/north',
          { name: 'pressure', interval: '2m', for: '5m' },
          { message: 'ok' },
          { status: 202 },
        )
        .recorded(),
    ).toEqual(['update check pressure: /interval "1m" → "2m"'])
  })

  test('one letter in the path, the word in the answer', () => {
    expect(
      visit()
        .get('/p/north.json', { pump: { id: 3, slug: 'north', title: 'Old', speed: 4 } })
        .send(
          'PUT',
          '/p/north.json',
          'title=New',
          { success: 'OK', pump: { id: 3, slug: 'north', title: 'New', speed: 4 } },
          form,
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update pump (north|3): \/title "Old" → "New"$/)])
  })
})

describe('what an id is called', () => {
  test('before its noun', () => {
    expect(
      visit()
        .send(
          'POST',
          '/index.php?module=API&method=DepotsManager.updateDepot',
          'idDepot=1&currency=EUR',
          { result: 'success' },
          form,
        )
        .recorded(),
    ).toEqual(['update depot 1: /currency ? → "EUR"'])
  })

  test('by the noun itself, in lists and in answers', () => {
    expect(
      visit()
        .get('/api/zones', {
          zones: [{ id: 1, zone: 'ads.example', type: 'deny', enabled: true, comment: null }],
        })
        .send(
          'PUT',
          '/api/zones/deny/ads.example',
          { type: 'deny', comment: 'spam', enabled: false },
          { took: 0.1 },
        )
        .send(
          'POST',
          '/api/channels.rename',
          'channel=C042&name=ops',
          { ok: true, channel: { id: 'C042', name: 'ops' } },
          form,
        )
        .send('POST', '/api/permissions/membership', { crew_id: 2, user_id: 5 }, [
          { membership_id: 9, crew_id: 2, user_id: 5 },
        ])
        .recorded(),
    ).toEqual([
      'update zone ads.example: /comment null → "spam", /enabled true → false',
      'update channel C042: /name ? → "ops"',
      'create membership 9',
    ])
  })

  test('the noun above where the last word is but "config"; a word between an item and its verb', () => {
    expect(
      visit()
        .get('/api/config/schedule/config/1700000000001', {
          id: '1700000000001',
          alias: 'Night',
          mode: 'single',
        })
        .send(
          'POST',
          '/api/config/schedule/config/1700000000001',
          { id: '1700000000001', alias: 'Night', mode: 'queued' },
          { result: 'ok' },
        )
        .send('POST', '/api/v1/users/00u1abcdEFGH2345x6/lifecycle/deactivate?mail=false', undefined, {})
        .recorded(),
    ).toEqual([
      'update schedule 1700000000001: /mode "single" → "queued"',
      'update user 00u1abcdEFGH2345x6: /active ? → false',
    ])
  })
})

describe('calls by name without the marks of a standard', () => {
  test('a type with its arguments, also several; one that exports reads', () => {
    expect(
      visit()
        .send('POST', '/v1/metadata', { type: 'export_metadata', args: {} }, { metadata: { sources: [] } })
        .send(
          'POST',
          '/v1/metadata',
          {
            type: 'bulk',
            args: [{ type: 'pg_create_select_permission', args: { table: 'orders', role: 'user' } }],
          },
          [{ message: 'success' }],
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^create select permission/)])
  })

  test('a call as text in one member', () => {
    expect(
      visit()
        .get('/api/settings', { settings: [{ _id: 'Site_Name', value: 'Old' }], success: true })
        .send(
          'POST',
          '/api/method.call/saveSettings',
          {
            message: JSON.stringify({
              msg: 'method',
              id: '5',
              method: 'saveSettings',
              params: [[{ _id: 'Site_Name', value: 'New' }]],
            }),
          },
          { message: JSON.stringify({ msg: 'result', id: '5', result: true }), success: true },
        )
        .recorded(),
    ).toEqual(['update setting Site_Name: /value "Old" → "New"'])
  })

  test('instructions, answered by the thing as they left it', () => {
    expect(
      visit()
        .get('/api/switches/lamp', { key: 'lamp', name: 'Lamp', rooms: { attic: { on: false } } })
        .send(
          'PATCH',
          '/api/switches/lamp',
          { room: 'attic', instructions: [{ kind: 'turnOn' }] },
          { key: 'lamp', name: 'Lamp', rooms: { attic: { on: true } } },
        )
        .recorded(),
    ).toEqual(['update switch lamp: /rooms/attic/on false → true'])
  })
})

test('members that belong to others, as Rails takes them', () => {
  expect(
    visit()
      .get('/acme/variables', { variables: [{ id: 3, key: 'ENV', value: 'dev', locked: false }] })
      .send(
        'PATCH',
        '/acme/variables',
        { variables_attributes: [{ id: 3, key: 'ENV', locked: true }] },
        { variables: [{ id: 3, key: 'ENV', value: 'dev', locked: true }] },
      )
      .recorded(),
  ).toEqual(['update variable 3: /locked false → true'])
})

test('a state that a verb takes away stands beside the fields that were saved before it', () => {
  expect(
    visit()
      .get('/cloud/users/ana', { data: { id: 'ana', display: 'Ana' } })
      .send('PUT', '/cloud/users/ana', { key: 'display', value: 'Ana B' }, { data: [] })
      .send('PUT', '/cloud/users/ana/disable', undefined, { data: [] })
      .recorded(),
  ).toEqual(['update user ana: /display "Ana" → "Ana B"', 'update user ana: /enabled ? → false'])
})

test('queries, queued work and notes of the client are no changes', () => {
  expect(
    visit()
      .send(
        'POST',
        '/api/dataset',
        { database: 1, query: { table: 2 } },
        { data: { rows: [[1]] }, status: 'completed' },
      )
      .send(
        'POST',
        '/api/command',
        { name: 'RssRefresh' },
        { name: 'RssRefresh', id: 5, status: 'queued' },
        { status: 201 },
      )
      .send('POST', '/api/flows/etl/flowRuns', { conf: {} }, { flow_run_id: 'manual__1', state: 'queued' })
      .send('POST', '/api/releases/web/sync', { prune: false }, { metadata: { name: 'web' } })
      .send('POST', '/Sessions/Capabilities/Full', { PlayableTypes: ['a'] }, '', { status: 204 })
      .send('POST', '/api/users/ids', ['kx7y3fcb7t'], [{ id: 'kx7y3fcb7t', roles: 'user' }])
      .send('POST', '/api/channels.mark', 'channel=C042&ts=1', { ok: true }, form)
      .recorded(),
  ).toEqual([])
})

test('an answer that repeats what was sent, or shows the resource, is no refusal', () => {
  expect(
    visit()
      .send(
        'POST',
        '/api/gates/create_condition',
        'gateName=Strict&op=LT&error=80',
        { id: '44', op: 'LT', error: '80' },
        form,
      )
      .send('PATCH', '/v1/users/64b7/status', { status: false }, { $id: '64b7', name: 'Ben', status: false })
      .send(
        'PUT',
        '/v1/users/64b8/labels',
        { labels: ['vip'] },
        { $id: '64b8', name: 'Cleo', status: false, labels: ['vip'] },
      )
      .send(
        'POST',
        '/v1/users/64b9/verify-mail',
        { mail: 'x' },
        { status: false, message: 'no such address' },
      )
      .recorded(),
  ).toEqual([
    'create condition 44',
    'update user 64b7: /status ? → false',
    'update user 64b8: /labels ? → ["vip"]',
  ])
})

test('a verb after an item with a plain name, names and values after a verb, an aspect below an item', () => {
  expect(
    visit()
      .send('POST', '/api/alerting/rule/web-1/_disable', undefined, '', { status: 204 })
      .send(
        'POST',
        '/store/catalog/bag/save/id/12/type/simple/key/abcdef0123456789',
        'form_key=abc&bag%5Bname%5D=Big+bag',
        { error: false },
        form,
      )
      .send('PATCH', '/v1/projects/p1/auth/limit', { limit: 100 }, { $id: 'p1', name: 'P', authLimit: 100 })
      .send('PUT', '/api/users/5/auditor', { auditor_flag: true }, '')
      .recorded(),
  ).toEqual([
    'update rule web-1: /enabled ? → false',
    'update bag 12: /name ? → "Big bag"',
    'update project p1: /limit ? → 100',
    'update user 5: /auditor_flag ? → true',
  ])
})

test('ids in a condition of the query, kinds told item by item, a key-value store with plain values', () => {
  expect(
    visit()
      .send('DELETE', '/api/notes/?filter=id:[65f0a1,65f0a2]', undefined, '', { status: 204 })
      .send(
        'PUT',
        '/api/notes/bulk/?filter=id:[65f0a3]',
        { bulk: { action: 'unpublish', meta: {} } },
        { bulk: { meta: { ok: 1 } } },
      )
      .send('POST', '/api/saved/_bulk_delete', [{ type: 'chart', id: 'd-1' }], {
        statuses: [{ id: 'd-1', success: true }],
      })
      .get('/v1/kv/app/timeout', [{ Key: 'app/timeout', Value: 'MzA=' }])
      .send('PUT', '/v1/kv/app/timeout', '60', 'true')
      .recorded(),
  ).toEqual([
    'delete note 65f0a1',
    'delete note 65f0a2',
    expect.stringMatching(/^update note 65f0a3: .*published \? → false/),
    'delete chart d-1',
    'update kv app/timeout: /Value "30" → "60"',
  ])
})

test('a member that the path calls by its kind, a document with its revision, a link between two others', () => {
  expect(
    visit()
      .get('/fields/plans/title', {
        data: { plan: 'plans', field: 'title', collection: 'plans', meta: { id: 8, required: false } },
      })
      .send(
        'PATCH',
        '/fields/plans/title',
        { meta: { required: true } },
        { data: { collection: 'plans', field: 'title', meta: { id: 8, required: true } } },
      )
      .send(
        'POST',
        '/api/tables',
        { _id: 'ta_1', _rev: '3-x', name: 'People' },
        { _id: 'ta_1', _rev: '4-x', name: 'People' },
      )
      .send('POST', '/api/permissions', { deviceId: 5, zoneId: 2 }, '', { status: 204 })
      .recorded(),
  ).toEqual([
    'update field title: /meta/required false → true',
    'update table ta_1: /name ? → "People"',
    'create permission',
  ])
})

test('calls: of no item yet, of a class in a package, of what they say they are about', () => {
  const call = (model: string, method: string, args: unknown[], result: unknown) =>
    [
      'POST',
      `/web/call_kw/${model}/${method}`,
      { id: 2, jsonrpc: '2.0', method: 'call', params: { model, method, args, kwargs: {} } },
      { jsonrpc: '2.0', id: 2, result },
    ] as const
  expect(
    visit()
      .send(
        ...call(
          'res.partner',
          'web_save',
          [[], { name: 'New Co', phone: false }],
          [{ id: 9, name: 'New Co' }],
        ),
      )
      .send(
        'POST',
        '/service/direct',
        { action: 'area_Shelf', method: 'remove', data: ['top'], type: 'rpc', tid: 5 },
        { tid: 5, action: 'area_Shelf', method: 'remove', result: { success: true } },
      )
      .send(
        'POST',
        '/lib/service',
        [
          {
            index: 0,
            methodname: 'core_update_inplace_editable',
            args: { itemid: '17', component: 'core', itemtype: 'activity', value: 'Week 2' },
          },
        ],
        [{ error: false, data: { value: 'Week 2', itemid: '17' } }],
      )
      .send(
        'POST',
        '/lib/service',
        [
          {
            index: 0,
            methodname: 'core_layout_update_course',
            args: { action: 'section_hide', ids: ['18'] },
          },
        ],
        [{ error: false, data: '[]' }],
      )
      .recorded(),
  ).toEqual([
    'create partner 9',
    'delete shelf top',
    'update activity 17: /value ? → "Week 2"',
    'update section 18: /hidden ? → true',
  ])
})

test('steps named by their verbs, with ids or paths inside', () => {
  expect(
    visit()
      .send(
        'POST',
        '/v1/data/mutate/main',
        {
          mutations: [
            { patch: { id: 'a1b2', ifRevisionID: 'r1', set: { title: 'New' }, unset: ['old'] } },
            { createOrReplace: { _id: 'c3d4', _type: 'note', title: 'N' } },
          ],
        },
        { results: [] },
      )
      .send(
        'POST',
        '/v1/databases/documents:commit',
        {
          writes: [
            {
              update: { name: 'projects/x/documents/plans/pro', fields: { price: 14 } },
              updateMask: { fieldPaths: ['price'] },
            },
            { delete: 'projects/x/documents/plans/old' },
          ],
        },
        { writeResults: [{}, {}] },
      )
      .recorded(),
  ).toEqual([
    expect.stringMatching(/^update \S+ a1b2: \/title \? → "New"/),
    'update note c3d4: /title ? → "N"',
    'update plan pro: /price ? → 14',
    'delete plan old',
  ])
})

test('several made under their names, new names, a reference below an item, keys in capitals, refusals in a word', () => {
  expect(
    visit()
      .send('POST', '/hub/users', { usernames: ['x', 'y'], admin: false }, [{ name: 'x' }, { name: 'y' }], {
        status: 201,
      })
      .send('POST', '/api/trials/update', { trial_id: '3', new_name: 'b' }, {})
      .send('PUT', '/api/issue/WEB-5/assignee', { accountId: '5b10' }, '', { status: 204 })
      .send('POST', '/api/issue/WEB-6/transitions', { transition: { id: '31' } }, '', { status: 204 })
      .send('PUT', '/api/project/WEB', { name: 'Website' }, { id: '100', key: 'WEB', name: 'Website' })
      .send('POST', '/api/flow_runs/history', { history_start: 'x' }, [])
      .send('DELETE', '/api/things/9', undefined, { result: 'NOT_DELETED', message: 'in use' })
      .recorded(),
  ).toEqual([
    'create user x',
    'create user y',
    'update trial 3: /name ? → "b"',
    'update issue WEB-5: /assignee ? → "5b10"',
    'update issue WEB-6: /transitions ? → ["31"]',
    'update project WEB: /name ? → "Website"',
    'refused delete thing 9',
  ])
})

test('mutations in namespaces, items by id, a member in the name of the call', () => {
  const graphql = (query: string, variables: unknown, data: unknown) =>
    ['POST', '/graphql', { query, variables }, { data }] as const
  const call = (method: string, params: unknown) =>
    [
      'POST',
      '/jsonrpc',
      { jsonrpc: '2.0', id: 1, method, params },
      { jsonrpc: '2.0', id: 1, result: true },
    ] as const
  expect(
    visit()
      .send(
        ...graphql(
          'mutation ($id: Int!, $groupId: Int!) { groups { assignUser(groupId: $groupId, userId: $id) { ok } } }',
          { id: 7, groupId: 2 },
          { groups: { assignUser: { ok: true } } },
        ),
      )
      .send(
        ...graphql(
          'mutation { site { updateConfig(title: "Wiki 2") { ok } } }',
          {},
          { site: { updateConfig: { ok: true } } },
        ),
      )
      .send(...call('admin.categories.update', [{ 2: { name: 'News', disabled: 1 } }]))
      .send(...call('Settings.SetSettingValue', { setting: 'device.name', value: 'Den' }))
      .send(...call('Addons.SetAddonEnabled', { addonid: 'x.y', enabled: false }))
      .recorded(),
  ).toEqual([
    'update group 2: /users ? → [7]',
    'update site config: /title ? → "Wiki 2"',
    'update category 2: /name ? → "News", /disabled ? → 1',
    'update setting device.name: /value ? → "Den"',
    'update addon x.y: /enabled ? → false',
  ])
})

test('frames: numbered arrays, topics that ask and answer', () => {
  expect(
    visit()
      .socket(
        '/ws',
        ['send', [3, 5, 'getObject', ['system.config']]],
        ['receive', [3, 5, 'getObject', [null, { _id: 'system.config', common: { language: 'en' } }]]],
        [
          'send',
          [3, 6, 'setObject', ['system.config', { _id: 'system.config', common: { language: 'de' } }]],
        ],
        ['receive', [3, 6, 'setObject', [null]]],
        ['send', [3, 7, 'extendObject', ['web.0', { common: { enabled: false } }]]],
        ['receive', [3, 7, 'extendObject', [null]]],
      )
      .socket(
        '/api',
        [
          'send',
          {
            topic: 'bridge/request/device/options',
            payload: { id: '0x0015', options: { retain: true }, transaction: 'a-2' },
          },
        ],
        [
          'receive',
          {
            topic: 'bridge/response/device/options',
            payload: { data: {}, status: 'ok', transaction: 'a-2' },
          },
        ],
        [
          'send',
          {
            topic: 'bridge/request/group/add',
            payload: { friendly_name: 'hall', id: '9', transaction: 'a-4' },
          },
        ],
        [
          'receive',
          {
            topic: 'bridge/response/group/add',
            payload: { data: { id: 9 }, status: 'ok', transaction: 'a-4' },
          },
        ],
      )
      .recorded(),
  ).toEqual([
    'update object system.config: /common/language "en" → "de"',
    'update object web.0: /common/enabled ? → false',
    'update device 0x0015: /retain ? → true',
    'create group 9',
  ])
})

test('ids of a graph that look like secrets stay ids', () => {
  expect(
    visit()
      .send(
        'POST',
        '/graphql/',
        {
          query:
            'mutation ProductUpdate($id: ID!, $input: ProductInput!) { productUpdate(id: $id, input: $input) { product { id } } }',
          variables: { id: 'UHJvZHVjdDo3Mg==', input: { name: 'Juice' } },
        },
        { data: { productUpdate: { product: { id: 'UHJvZHVjdDo3Mg==' } } } },
      )
      .recorded(),
  ).toEqual(['update product UHJvZHVjdDo3Mg==: /name ? → "Juice"'])
})

test('an id with its kind inside, a state of two nouns, a kind of object before ids, plain texts under their own name', () => {
  expect(
    visit()
      .get('/api/device/7a1', {
        id: { entityType: 'DEVICE', id: '7a1' },
        createdTime: 1,
        name: 'T1',
        label: '',
      })
      .send(
        'POST',
        '/api/device',
        { id: { entityType: 'DEVICE', id: '7a1' }, createdTime: 1, name: 'T1', label: 'Hall' },
        { id: { entityType: 'DEVICE', id: '7a1' }, name: 'T1', label: 'Hall' },
      )
      .send(
        'PUT',
        '/api/processors/5/run-status',
        { state: 'RUNNING' },
        { id: '5', component: { state: 'RUNNING' } },
      )
      .send('PUT', '/browser/server/obj/1/2', { port: 5433 }, { node: { id: 'server_2', _id: 2 } })
      .get('/api/flows/ops/etl', { id: 'etl', namespace: 'ops', revision: 1, source: 'id: etl\ntasks: []' })
      .send(
        'PUT',
        '/api/flows/ops/etl',
        'id: etl\ntasks: [a]',
        { id: 'etl', source: 'id: etl\ntasks: [a]' },
        { requestHeaders: { 'content-type': 'application/x-yaml' } },
      )
      .recorded(),
  ).toEqual([
    'update device 7a1: /label "" → "Hall"',
    'update processor 5: /state ? → "RUNNING"',
    'update server 2: /port ? → 5433',
    'update flow etl: /source "id: etl\\ntasks: []" → "id: etl\\ntasks: [a]"',
  ])
})

test('settings by id in a list, several deleted below an item, values as JSON in fields, a call inside an event', () => {
  expect(
    visit()
      .send('PUT', '/preferences/', [{ id: 12, mid: 1, name: 'theme', value: 'dark' }], { success: 1 })
      .send('POST', '/api/rows/table/5/batch-delete/', { items: [1, 2] }, '', { status: 204 })
      .send('PATCH', '/json/realm', 'name=%22Acme%22', { result: 'success' }, form)
      .send('POST', '/json/users/11/reactivate', '', { result: 'success' })
      .socket(
        '/socket.io/?EIO=4&transport=websocket',
        ['send', '420["MESH_API",{"api":"setNodeName","args":[5,"Hall"]}]'],
        ['receive', '430[{"success":true,"result":true}]'],
        ['send', '4212["agent","","stopStack","web"]'],
        ['receive', '4312[{"ok":true,"msg":"Stopped"}]'],
      )
      .recorded(),
  ).toEqual([
    'update preference 12: /value ? → "dark"',
    'delete row 1',
    'delete row 2',
    'update realm: /name ? → "Acme"',
    'update user 11: /active ? → true',
    'update node 5: /name ? → "Hall"',
    'update stack web: /running ? → false',
  ])
})

describe('an app that asks by POST', () => {
  const asked = () =>
    visit()
      .send('POST', '/config/get-settings', {}, { theme: 'light' })
      .send('POST', '/links/list', {}, [{ _id: 'l1', engine: 'a', label: 'Shop' }])
      .send('POST', '/links/get', {}, null)
      .send('POST', '/areas/get-all-areas', {}, [])
      .send('POST', '/servers/ping', { ids: [] }, { status: 'ok' })
  test('what has no verb in its path asks too', () => {
    expect(
      asked()
        .send('POST', '/plugins/script', { packageName: 'chart' }, '"var plugin"')
        .send('POST', '/areas/structure', { link: 'l1', area: 'x' }, { tables: [], views: [] })
        .send('POST', '/plugins/auth-types', { engine: '' }, null)
        .send(
          'POST',
          '/links/save',
          { _id: 'l1', engine: 'a', label: 'Shop 2' },
          { _id: 'l1', engine: 'a', label: 'Shop 2' },
        )
        .recorded(),
    ).toEqual(['update link l1: /label "Shop" → "Shop 2"'])
  })
  test('but what is answered by what was sent, or as created, is made', () => {
    expect(
      asked()
        .send('POST', '/plans', { name: 'Pro' }, { id: 7, name: 'Pro' })
        .send('POST', '/zones', { title: 'A' }, { id: 8 }, { status: 201 })
        .recorded(),
    ).toEqual(['create plan 7', 'create zone 8'])
  })
})

describe('a console whose saves hold the thing under its name, beside pages that hold what it was', () => {
  const key = { key: 'API-0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c', name: 'Shop', role: 'clerk' }
  const made = { ...key, _modified: 1795457652, _created: 1795457652, _id: '6027e51a3630655a3c0001b7' }
  test('what is saved without an id and comes back with one is new; a door called api names nothing', () => {
    const seen = visit()
      .send('POST', '/system/api/load', { options: {} }, [])
      .send('POST', '/utils/generateToken', {}, { token: '0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c' })
      .send('POST', '/system/api/save', { key }, made)
      .send(
        'POST',
        '/assets/saveFolder',
        { name: 'Manuals', parent: null },
        { name: 'Manuals', _id: '6015dc7b3431615f4d0002b1' },
      )
    expect(seen.recorded()).toEqual([
      'create key 6027e51a3630655a3c0001b7',
      'create folder 6015dc7b3431615f4d0002b1',
    ])
    expect(JSON.stringify(seen.drafts())).not.toContain('0f1e2d3c4b5a69788796')
  })
  test('what was made before it was changed is not new, and is found in the list', () => {
    expect(
      visit()
        .send('POST', '/system/api/load', { options: {} }, [made])
        .send(
          'POST',
          '/system/api/save',
          { key: { ...made, name: 'Shop window' } },
          { ...made, name: 'Shop window', _modified: 1795457659 },
        )
        .send('POST', '/system/api/remove', { key: made }, { success: true })
        .recorded(),
    ).toEqual([
      'update key 6027e51a3630655a3c0001b7: /name "Shop" → "Shop window"',
      'delete key 6027e51a3630655a3c0001b7',
    ])
  })
  test('pages that are asked for inside options, marks of its own, and who changed it last', () => {
    const item = { title: 'Pump', price: 120, _state: 1, _by: null, _id: '5ffb8aa731626226ce0003e2' }
    expect(
      visit()
        .send(
          'POST',
          '/assets/assets',
          { options: { limit: 15, skip: 0, sort: { _created: -1 } }, folder: null },
          { assets: [], count: 0, pages: 0, folders: [] },
        )
        .send('POST', '/items/find/pumps', { options: { limit: 25, skip: 0 } }, { items: [item], count: 1 })
        .send('POST', '/items/updateState/pumps', { ids: [item._id], state: 0 }, { success: true })
        .send(
          'POST',
          '/items/save/pumps',
          { item: { ...item, _state: 0, price: 99 } },
          { ...item, _state: 0, price: 99, _by: '5ffb88403733349c42000041' },
        )
        .recorded(),
    ).toEqual(['update pump 5ffb8aa731626226ce0003e2: /price 120 → 99, /_state 1 → 0'])
  })
  test('of a whole document that nobody saw before, no part is said to have changed', () => {
    const field = (name: string) => ({ name, type: 'text', label: name, required: true })
    const model = {
      name: 'pumps',
      label: 'Pumps',
      fields: [field('title'), field('price')],
      _created: 1795457361,
    }
    expect(visit().send('POST', '/models/save', { model }, model).recorded()).toEqual(['update model'])
  })
})

describe('a panel of dialogs, over pages with a draft', () => {
  const dialog = (value: Record<string, string>) => ({
    $dialog: {
      component: 'form-dialog',
      props: {
        fields: Object.fromEntries(
          Object.keys(value).map((key) => [key, { label: key, type: 'text', required: true }]),
        ),
        value,
      },
    },
  })
  const done = { $dialog: { event: 'changed', code: 200 } }
  test('a dialog shows what was, and says nothing of what it is about', () => {
    expect(
      visit()
        .get('/panel/pages/notes+pumps', { menu: [{ id: 'users' }, { id: 'pages' }, { id: 'site' }] })
        .get(
          '/panel/dialogs//pages/notes+pumps/changeTitle?select=title',
          dialog({ title: 'Pumps', slug: 'pumps' }),
        )
        .send('POST', '/panel/dialogs/pages/notes+pumps/changeTitle', { title: 'Hoses', slug: 'pumps' }, done)
        .get('/panel/dialogs//site/changeTitle', dialog({ title: 'Depot' }))
        .send('POST', '/panel/dialogs/site/changeTitle', { title: 'Depot 2' }, done)
        .get('/panel/users', { users: [{ id: '4eJ8ON9A', name: 'Ana' }] })
        .get('/panel/dialogs//users/4eJ8ON9A/changeName', dialog({ name: 'Ana' }))
        .send('POST', '/panel/dialogs/users/4eJ8ON9A/changeName', { name: 'Anna' }, done)
        .get('/panel/dialogs//pages/notes+pumps/delete', {
          $dialog: { component: 'remove-dialog', props: { text: 'Really?' } },
        })
        .send('POST', '/panel/dialogs/pages/notes+pumps/delete', {}, done)
        .recorded(),
    ).toEqual([
      'update page notes+pumps: /title "Pumps" → "Hoses"',
      'update site: /title "Depot" → "Depot 2"',
      'update user 4eJ8ON9A: /name "Ana" → "Anna"',
      'delete page notes+pumps',
    ])
  })
  test('a sign-in is none of its changes, though a page is called login', () => {
    expect(
      visit()
        .get('/panel/login', { view: { id: 'login', title: 'Sign in' } })
        .send(
          'POST',
          '/api/auth/login',
          { email: 'a@acme.example', password: 'Not-a-real-1' },
          { status: 'ok' },
        )
        .recorded(),
    ).toEqual([])
  })
  test("what is saved or published of a draft is the item's; to discard, lock and unlock it is nothing", () => {
    expect(
      visit()
        .get('/api/pages/about', { id: 'about', email: 'a@acme.example', phone: '11' })
        .send('POST', '/api/pages/about/changes/lock', {}, { status: 'ok' })
        .send(
          'POST',
          '/api/pages/about/changes/save',
          { email: 'b@acme.example', phone: '11', uuid: 'page://D1y' },
          { status: 'ok' },
        )
        .send(
          'POST',
          '/api/pages/about/changes/publish',
          { email: 'b@acme.example', phone: '11', uuid: 'page://D1y' },
          { status: 'ok' },
        )
        .send('POST', '/api/pages/home/changes/discard', {}, { status: 'ok' })
        .send(
          'POST',
          '/api/pages/about/changes/unlock?csrf=2db9d32be5c026dd',
          undefined,
          { status: 'ok' },
          { type: 'ping' },
        )
        .recorded(),
    ).toEqual(['update page about: /email "a@acme.example" → "b@acme.example"'])
  })
})
