/** Calls by name: JSON-RPC and relatives, tRPC, GraphQL, frames of sockets. */
import { describe, expect, test } from 'vitest'
import { type Visit, visit } from './visit.ts'

/** A call with arguments and its answer, as `send` takes them. */
const rpc = (method: string, args: unknown, result: unknown = {}): [string, string, unknown, unknown] => [
  'POST',
  '/rpc',
  { method, arguments: args },
  { result: 'success', arguments: result },
]
/** The same by the standard. */
const jsonRpc = (
  path: string,
  method: string,
  params: unknown,
  result: unknown,
): [string, string, unknown, unknown] => [
  'POST',
  path,
  { jsonrpc: '2.0', id: 1, method, params },
  { jsonrpc: '2.0', id: 1, result },
]

describe('JSON-RPC and relatives', () => {
  test('a relative with arguments, where reads are calls too', () => {
    const session = {
      'speed-limit-down': 100,
      'speed-limit-down-enabled': false,
      'peer-port': 51413,
      version: '4.0',
    }
    expect(
      visit()
        .send(...rpc('session-get', {}, session))
        .send(
          ...rpc(
            'torrent-get',
            { fields: ['id'] },
            { torrents: [{ id: 3, name: 'debian.iso', uploadLimit: 10, status: 4 }] },
          ),
        )
        .send(...rpc('session-set', { 'speed-limit-down': 500, 'speed-limit-down-enabled': true }))
        .send(...rpc('torrent-set', { ids: [3], uploadLimit: 50 }))
        .send(...rpc('torrent-remove', { ids: [3], 'delete-local-data': false }))
        .recorded(),
    ).toEqual([
      'update session: /speed-limit-down 100 → 500, /speed-limit-down-enabled false → true',
      'update torrent 3: /uploadLimit 10 → 50',
      'delete torrent 3',
    ])
  })
  test('a refusal in words', () => {
    expect(
      visit()
        .send(
          'POST',
          '/rpc',
          { method: 'torrent-add', arguments: { filename: 'x' } },
          { result: 'invalid or corrupt torrent file', arguments: {} },
        )
        .recorded(),
    ).toEqual(['refused create torrent'])
    expect(
      visit()
        .send(
          'POST',
          '/rpc',
          { jsonrpc: '2.0', id: 1, method: 'host.update', params: { hostid: '10', name: 'db' } },
          { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'no' } },
        )
        .recorded(),
    ).toEqual(['refused update host 10: /name ? → "db"'])
  })
  test('positional parameters with a token in front', () => {
    const call = (method: string, params: unknown[], result: unknown) =>
      jsonRpc('/jsonrpc', `svc.${method}`, ['token:s3', ...params], result)
    expect(
      visit()
        .send(...call('getGlobalOption', [], { 'max-concurrent-downloads': '5', dir: '/data' }))
        .send(...call('changeGlobalOption', [{ 'max-concurrent-downloads': '7' }], 'OK'))
        .send(...call('pause', ['2089b05ecca3d829'], '2089b05ecca3d829'))
        .recorded(),
    ).toEqual([
      'update global option: /max-concurrent-downloads "5" → "7"',
      expect.stringMatching(/^update svc 2089b05ecca3d829: \/paused/),
    ])
  })
  test('a batch, answered out of order', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api',
          [{ jsonrpc: '2.0', id: 1, method: 'user.get', params: {} }],
          [{ jsonrpc: '2.0', id: 1, result: [{ userid: '7', username: 'ana', roleid: '1' }] }],
        )
        .send(
          'POST',
          '/api',
          [
            { jsonrpc: '2.0', id: 2, method: 'user.update', params: { userid: '7', roleid: '3' } },
            { jsonrpc: '2.0', id: 3, method: 'user.delete', params: ['8'] },
          ],
          [
            { jsonrpc: '2.0', id: 3, result: { userids: ['8'] } },
            { jsonrpc: '2.0', id: 2, result: { userids: ['7'] } },
          ],
        )
        .recorded(),
    ).toEqual(['update user 7: /roleid "1" → "3"', 'delete user 8'])
  })
  test('a model’s methods: what is asked while a form is filled in, and how a list was left, are no changes', () => {
    const context = { language: 'en', company: 1 }
    const call = (method: string, params: readonly unknown[], result: unknown) =>
      ['POST', '/erp/', { id: 3, method, params: [...params, context] }, { id: 3, result }] as const
    expect(
      visit()
        .send(
          ...call(
            'model.party.party.read',
            [[1], ['name', 'active']],
            [{ id: 1, name: 'Acme', active: true }],
          ),
        )
        .send(...call('model.party.party.on_change', [{ name: 'Acme Ltd' }, ['name']], { code: 'A1' }))
        .send(...call('model.party.party.on_change_with_code', [{ name: 'Acme Ltd' }], 'A1'))
        .send(...call('model.ir.ui.view_tree_width.set_width', ['party.party', { name: 120 }], null))
        .send(...call('model.party.party.write', [[1], { name: 'Acme Ltd', active: false }], null))
        .send(...call('model.party.party.read', [[1], ['name']], [{ id: 1, name: 'Acme Ltd' }]))
        .recorded(),
    ).toEqual(['update party 1: /name "Acme" → "Acme Ltd", /active true → false'])
  })
  test('verb and model among the parameters', () => {
    const call = (method: string, args: unknown, result: unknown) =>
      jsonRpc('/web/dataset/call_kw', 'call', { model: 'res.partner', method, args, kwargs: {} }, result)
    expect(
      visit()
        .send(...call('read', [[14]], [{ id: 14, name: 'Azure', phone: '1' }]))
        .send(...call('write', [[14], { phone: '2' }], true))
        .recorded(),
    ).toEqual(['update partner 14: /phone "1" → "2"'])
  })
  test('a REST body with a member called method is no call', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/payments',
          { method: 'card', amount: 5 },
          { id: 9, method: 'card', amount: 5 },
          { status: 201 },
        )
        .recorded(),
    ).toEqual(['create payment 9'])
  })
})

describe('tRPC', () => {
  test('batched mutations with superjson', () => {
    expect(
      visit()
        .get(
          '/api/trpc/project.byId?batch=1&input=%7B%220%22%3A%7B%22json%22%3A%7B%22id%22%3A%22p1%22%7D%7D%7D',
          [{ result: { data: { json: { id: 'p1', name: 'Old', public: false } } } }],
        )
        .send(
          'POST',
          '/api/trpc/project.update,project.archive?batch=1',
          { 0: { json: { id: 'p1', name: 'New' } }, 1: { json: { id: 'p2' } } },
          [{ result: { data: { json: { id: 'p1' } } } }, { error: { json: { message: 'FORBIDDEN' } } }],
        )
        .recorded(),
    ).toEqual(['update project p1: /name "Old" → "New"', 'refused update project p2: /archived ? → true'])
  })
})

describe('GraphQL', () => {
  const read = (data: unknown): [string, string, unknown, unknown] => [
    'POST',
    '/graphql',
    {
      operationName: 'Item',
      variables: { id: 'u1' },
      query: 'query Item($id: ID!) { user(id: $id) { id name role { id name } } }',
    },
    { data },
  ]
  const USER = { user: { __typename: 'User', id: 'u1', name: 'Ana', role: { id: 'r1', name: 'Viewer' } } }
  test('inline input', () => {
    expect(
      visit()
        .send(...read(USER))
        .send(
          'POST',
          '/graphql',
          { query: 'mutation { updateUser(id: "u1", input: {name: "Anna", roleId: null}) { id name } }' },
          { data: { updateUser: { id: 'u1', name: 'Anna' } } },
        )
        .recorded(),
    ).toEqual(['update user u1: /name "Ana" → "Anna"'])
  })
  test('aliases and several fields, one of them refused', () => {
    expect(
      visit()
        .send(...read(USER))
        .send(
          'POST',
          '/graphql',
          {
            query:
              'mutation ($n: String!) { a: userUpdate(input: {id: "u1", name: $n}) { user { id } userErrors { message } } b: roleDelete(id: "r9") { deletedId userErrors { message } } }',
            variables: { n: 'Anna' },
          },
          {
            data: {
              a: { user: { id: 'u1' }, userErrors: [] },
              b: { deletedId: null, userErrors: [{ message: 'in use' }] },
            },
          },
        )
        .recorded(),
    ).toEqual(['update user u1: /name "Ana" → "Anna"', 'refused delete role r9'])
  })
  test('a batch array and an error with 200', () => {
    expect(
      visit()
        .send(...read(USER))
        .send(
          'POST',
          '/graphql',
          [{ query: 'mutation A { deleteUser(id: "u1") { id } }' }, { query: 'query B { me { id name } }' }],
          [
            { errors: [{ message: 'no', path: ['deleteUser'] }], data: { deleteUser: null } },
            { data: { me: { id: 'u9' } } },
          ],
        )
        .recorded(),
    ).toEqual(['refused delete user u1'])
  })
  test('a persisted mutation of which only the name is sent', () => {
    expect(
      visit()
        .send(...read(USER))
        .send(
          'POST',
          '/graphql',
          {
            operationName: 'UpdateUser',
            variables: { id: 'u1', name: 'Anna' },
            extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } },
          },
          { data: { updateUser: { id: 'u1', name: 'Anna' } } },
        )
        .recorded(),
    ).toEqual(['update user u1: /name "Ana" → "Anna"'])
  })
  test('by primary key and by set', () => {
    expect(
      visit()
        .send(...read(USER))
        .send(
          'POST',
          '/v1/graphql',
          {
            query:
              'mutation M($id: uuid!, $s: user_set_input!) { update_user_by_pk(pk_columns: {id: $id}, _set: $s) { id } }',
            variables: { id: 'u1', s: { name: 'Anna' } },
          },
          { data: { update_user_by_pk: { id: 'u1' } } },
        )
        .recorded(),
    ).toEqual(['update user u1: /name "Ana" → "Anna"'])
  })
  test('creation, settings without an id, sign-in', () => {
    expect(
      visit()
        .send(
          'POST',
          '/graphql',
          { query: '{ settings { title limit } }' },
          { data: { settings: { title: 'Acme', limit: 5 } } },
        )
        .send(
          'POST',
          '/graphql',
          { query: 'mutation { createTag(input: {name: "x"}) { tag { id name } } }' },
          { data: { createTag: { tag: { id: 't1', name: 'x' } } } },
        )
        .send(
          'POST',
          '/graphql',
          { query: 'mutation { updateSettings(input: {limit: 9}) { limit } }' },
          { data: { updateSettings: { limit: 9 } } },
        )
        .send(
          'POST',
          '/graphql',
          { query: 'mutation { login(email: "a", password: "b") { token } }' },
          { data: { login: { token: 't' } } },
        )
        .recorded(),
    ).toEqual(['create tag t1', 'update setting: /limit 5 → 9'])
  })
})

describe('frames', () => {
  test('Socket.IO with acknowledgements', () => {
    expect(
      visit()
        .socket(
          '/socket.io/?EIO=4',
          [
            'receive',
            '42["monitorList",{"1":{"id":1,"name":"Site","url":"https://a.example","interval":60,"active":true}}]',
          ],
          [
            'send',
            '420["editMonitor",{"id":1,"name":"Site","url":"https://a.example","interval":30,"active":true}]',
          ],
          ['receive', '430[{"ok":true,"msg":"Saved","monitorID":1}]'],
          ['send', '421["add",{"name":"New","url":"https://b.example"}]'],
          ['receive', '431[{"ok":true,"monitorID":2}]'],
          ['send', '422["deleteMonitor",1]'],
          ['receive', '432[{"ok":false,"msg":"no"}]'],
          ['send', '423["pauseMonitor",1]'],
          ['receive', '433[{"ok":true}]'],
        )
        .recorded(),
    ).toEqual([
      'update monitor 1: /interval 60 → 30, /active true → false',
      'create monitor 2',
      'refused delete monitor 1',
    ])
  })
  test('Phoenix channels', () => {
    expect(
      visit()
        .socket(
          '/live/websocket',
          [
            'receive',
            ['1', null, 'room:1', 'user_list', { users: [{ id: 4, name: 'Ana', role: 'viewer' }] }],
          ],
          ['send', ['1', '5', 'room:1', 'update_user', { id: 4, role: 'admin' }]],
          ['receive', ['1', '5', 'room:1', 'phx_reply', { status: 'ok', response: {} }]],
          ['send', [null, '6', 'phoenix', 'heartbeat', {}]],
        )
        .recorded(),
    ).toEqual(['update user 4: /role "viewer" → "admin"'])
  })
  test('plain JSON frames', () => {
    expect(
      visit()
        .socket(
          '/ws',
          ['send', { id: 1, type: 'config/get' }],
          ['receive', { id: 1, type: 'result', success: true, result: { theme: 'light', zone: 'x' } }],
          ['send', { id: 2, type: 'config/update', theme: 'dark' }],
          ['receive', { id: 2, type: 'result', success: true, result: null }],
          ['send', { type: 'ping' }],
        )
        .recorded(),
    ).toEqual(['update config: /theme "light" → "dark"'])
  })
})

describe('names that are hard to read', () => {
  test('verbs inside a name, questions without a verb, what a start did', () => {
    expect(
      visit()
        .send(
          ...rpc(
            'torrent-get',
            { fields: ['id'] },
            { torrents: [{ id: 3, name: 'deb', status: 0, path: '/a' }] },
          ),
        )
        .send(...rpc('torrent-start', { ids: [3] }))
        .send(
          ...rpc(
            'torrent-get',
            { fields: ['id'] },
            { torrents: [{ id: 3, name: 'deb', status: 4, path: '/a' }] },
          ),
        )
        .send(
          ...rpc(
            'torrent-add',
            { filename: 'magnet:?xt=1', paused: true },
            { 'torrent-added': { id: 9, name: 'x' } },
          ),
        )
        .send(...rpc('free-space', { path: '/a' }, { 'size-bytes': 5 }))
        .send(...rpc('port-test', {}, { 'port-is-open': true }))
        .recorded(),
    ).toEqual(['update torrent 3: /status 0 → 4', 'create torrent 9'])
  })
  test('a session and an object in front of the verb; several hosts at once', () => {
    const call = (id: number, ...params: readonly unknown[]): unknown => ({
      jsonrpc: '2.0',
      id,
      method: 'call',
      params: ['0123456789abcdef', 'uci', ...params],
    })
    expect(
      visit()
        .send(
          'POST',
          '/ubus',
          [call(1, 'get', { config: 'system' })],
          [
            {
              jsonrpc: '2.0',
              id: 1,
              result: [0, { values: { cfg1: { hostname: 'old', timezone: 'UTC' } } }],
            },
          ],
        )
        .send(
          'POST',
          '/ubus',
          [call(2, 'set', { config: 'system', section: 'cfg1', values: { hostname: 'new' } })],
          [{ jsonrpc: '2.0', id: 2, result: [0] }],
        )
        .send(
          'POST',
          '/api',
          {
            jsonrpc: '2.0',
            id: 3,
            method: 'host.massupdate',
            params: { hosts: [{ hostid: '1' }, { hostid: '2' }], status: 1 },
          },
          { jsonrpc: '2.0', id: 3, result: { hostids: ['1', '2'] } },
        )
        .recorded(),
    ).toEqual([
      'update system cfg1: /hostname "old" → "new"',
      'update host 1: /status ? → 1',
      'update host 2: /status ? → 1',
    ])
  })
  test('a password that confirms a save is no id', () => {
    const drafts = visit()
      .socket(
        '/socket.io/?EIO=4',
        ['send', '420["getSettings"]'],
        ['receive', '430[{"ok":true,"data":{"keepDays":180,"entryPage":"a"}}]'],
        ['send', '421["setSettings",{"keepDays":30,"entryPage":"a"},"pw-current-1"]'],
        ['receive', '431[{"ok":true}]'],
      )
      .drafts()
    expect(drafts.map(({ resourceType, changes }) => [resourceType, changes.length])).toEqual([
      ['setting', 1],
    ])
    expect(JSON.stringify(drafts)).not.toContain('pw-current-1')
  })
  test('components that live on the server', () => {
    const snapshot = JSON.stringify({
      data: { name: 'Ana', role: 'viewer' },
      memo: { id: 'x1', name: 'edit-user', path: 'users/5/edit' },
      checksum: 'c',
    })
    expect(
      visit()
        .send(
          'POST',
          '/livewire/update',
          {
            components: [
              { snapshot, updates: { name: 'Anna' }, calls: [{ path: '', method: 'save', params: [] }] },
            ],
          },
          { components: [{ snapshot: '{}', effects: {} }] },
        )
        .recorded(),
    ).toEqual(['update user 5: /name "Ana" → "Anna"'])
    expect(
      visit()
        .send(
          'POST',
          '/livewire/update',
          { components: [{ snapshot, updates: { name: 'An' }, calls: [] }] },
          {},
        )
        .recorded(),
    ).toEqual([])
  })
})

describe('flat frames over one socket, each with its command and what it is about', () => {
  const SHED = 'shed//Kq7vT2mXw9LbR4pZ@n8Yc'
  const start = (): Visit =>
    visit().socket(
      '/control',
      ['receive', { action: 'userinfo', userinfo: { _id: 'user//ana', name: 'Ana', rights: 7 } }],
      ['receive', { action: 'users', users: [{ _id: 'user//ben', name: 'ben', phone: '12' }] }],
      ['receive', { action: 'sheds', sheds: [{ _id: SHED, name: 'North', note: 'Dry' }] }],
      ['receive', { action: 'pumps', pumps: { [SHED]: [{ _id: 'pump//p7', name: 'Main' }] } }],
      ['send', { action: 'edituser', id: 'user//ben', phone: '34' }],
      ['send', { action: 'editshed', shedid: SHED, shedname: 'South', note: 'Wet' }],
      ['send', { action: 'changemachine', pumpid: 'pump//p7', name: 'Spare' }],
      ['send', { action: 'changeuserpass', userid: 'user//ben', pass: 'Summer-31' }],
      ['send', { action: 'removemachines', pumpids: ['pump//p7'] }],
      ['send', { action: 'deleteshed', shedid: SHED, shedname: 'South' }],
      ['send', { action: 'loginKeys' }],
      ['send', { action: 'loginKeys', remove: ['~k:41'] }],
    )

  test('which item, whatever the command calls it', () => {
    expect(start().recorded()).toEqual([
      'update user user//ben: /phone "12" → "34", /pass ? → {"$redacted":"password"}',
      `update shed ${SHED}: /name "North" → "South", /note "Dry" → "Wet"`,
      'update machine pump//p7: /name "Main" → "Spare"',
      'delete machine pump//p7',
      `delete shed ${SHED}`,
      'delete login key ~k:41',
    ])
  })

  test('one that the app says no to in words', () => {
    expect(
      visit()
        .socket(
          '/control',
          ['receive', { action: 'users', users: [{ _id: 'user//ben', name: 'ben', phone: '12' }] }],
          ['send', { action: 'adduser', username: 'ben', phone: '56' }],
          ['receive', { action: 'msg', type: 'notify', value: 'User already exists', title: 'New account' }],
          ['send', { action: 'adduser', username: 'cleo', phone: '78' }],
          ['receive', { action: 'event', event: { kind: 'user', text: 'Account made' } }],
        )
        .drafts()
        .filter(({ action }) => action === 'create')
        .map(({ resourceId, evidence: { grade } }) => [resourceId, grade]),
    ).toEqual([
      ['ben', 'rejected'],
      ['cleo', 'sent'],
    ])
  })

  test('who is signed in', () => {
    expect(
      new Set(
        start()
          .drafts()
          .map(({ account }) => account),
      ),
    ).toEqual(new Set(['Ana']))
  })
})
