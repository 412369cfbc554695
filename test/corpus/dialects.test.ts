/** Ways to say a change that some family of servers speaks: directories, routers, storage boxes, media servers, clouds. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  type: 'xhr',
}

describe('calls by name', () => {
  test('a method and its parameters by position, with no mark of a standard', () => {
    const ana = { uid: ['ana'], shell: ['/bin/sh'], mail: ['a@x'] }
    expect(
      visit()
        .send(
          'POST',
          '/directory/session/json',
          { method: 'batch', params: [[{ method: 'user_show', params: [['ana'], {}] }], { version: '2' }] },
          { result: { count: 1, results: [{ result: ana, value: 'ana', error: null }] }, error: null },
        )
        .send(
          'POST',
          '/directory/session/json',
          { method: 'user_mod', params: [['ana'], { shell: '/bin/bash', version: '2' }] },
          { result: { result: { ...ana, shell: ['/bin/bash'] }, value: 'ana' }, error: null },
        )
        .send(
          'POST',
          '/directory/session/json',
          { method: 'group_add_member', params: [['ops'], { user: ['ana'] }] },
          { result: { result: { cn: ['ops'] }, completed: 1 }, error: null },
        )
        .recorded(),
    ).toEqual([
      'update user ana: /shell ["/bin/sh"] → "/bin/bash"',
      expect.stringMatching(/^update group ops: \/user \? → \["ana"\]/),
    ])
  })
  test('an aspect of what they are called on', () => {
    const call = (id: number, method: string, params: object, result: object) =>
      ['POST', '/rpc', { id, method, params }, { id, result }] as const
    expect(
      visit()
        .send(...call(1, 'Switch.GetConfig', { id: 0 }, { id: 0, name: 'A', auto_off: false }))
        .send(...call(2, 'Switch.SetConfig', { id: 0, config: { auto_off: true } }, { restart: false }))
        .recorded(),
    ).toEqual(['update switch 0: /auto_off false → true'])
  })
  test('named in the path and again in the body', () => {
    const call = (method: string, params: object, result: object = {}) =>
      ['POST', `/portal/api/web/${method}`, { method, params }, { result }] as const
    expect(
      visit()
        .send(...call('getSites', {}, { sites: [{ id: '3', name: 'Sales' }] }))
        .send(...call('renameSite', { id: '3', name: 'Sales EU' }))
        .send(...call('deleteReports', { ids: ['8', '9'] }))
        .recorded(),
    ).toEqual(['update site 3: /name "Sales" → "Sales EU"', 'delete report 8', 'delete report 9'])
  })
  test('as fields: on what, what is done, and several in one', () => {
    const several = JSON.stringify([{ api: 'Box.Core.User', method: 'set', name: 'ana', mail: 'a@y' }])
    expect(
      visit()
        .send(
          'POST',
          '/web/entry.cgi',
          'api=Box.Core.User&method=get&version=1&name=%22ana%22',
          { data: { users: [{ name: 'ana', mail: 'a@x' }] }, success: true },
          form,
        )
        .send(
          'POST',
          '/web/entry.cgi',
          `api=Box.Request&method=request&mode=%22sequential%22&compound=${encodeURIComponent(several)}`,
          { data: { result: [{ success: true, data: { name: 'ana' } }] }, success: true },
          form,
        )
        .send(
          'POST',
          '/web/entry.cgi',
          'api=Box.Core.Terminal&method=set&version=3&ssh_port=22',
          { success: true },
          form,
        )
        .send(
          'POST',
          '/connectors/',
          'action=page%2Fget&id=3',
          { success: true, object: { id: 3, title: 'Old' } },
          form,
        )
        .send(
          'POST',
          '/connectors/',
          'action=page%2Fupdate&id=3&title=New',
          { success: true, object: { id: 3, title: 'New' } },
          form,
        )
        .recorded(),
    ).toEqual([
      'update user ana: /mail "a@x" → "a@y"',
      expect.stringMatching(/^update terminal: \/ssh_port \? →/),
      'update page 3: /title "Old" → "New"',
    ])
  })
})

test('methods on documents over a socket, named by their collection or by what they set', () => {
  const ok = (id: string) => ['receive', JSON.stringify({ msg: 'result', id, result: 1 })] as const
  const call = (id: string, method: string, ...params: unknown[]) =>
    ['send', JSON.stringify({ msg: 'method', id, method, params })] as const
  const board = { msg: 'added', collection: 'boards', id: 'b1', fields: { title: 'Old', color: 'red' } }
  expect(
    visit()
      .socket(
        '/sockjs/1/abc/websocket',
        ['receive', JSON.stringify(board)],
        call('3', '/boards/update', { _id: 'b1' }, { $set: { title: 'New' } }),
        ok('3'),
        call('5', '/cards/remove', { _id: 'c1' }),
        ok('5'),
      )
      .recorded(),
  ).toEqual(['update board b1: /title "Old" → "New"', 'delete card c1'])
  expect(
    visit()
      .socket(
        '/websocket',
        ['receive', JSON.stringify(board)],
        call('4', 'setBoardColor', 'b1', 'blue'),
        ok('4'),
      )
      .recorded(),
  ).toEqual(['update board b1: /color "red" → "blue"'])
})

test('fields sent by script: the verb in their type, in an action of three words, under a root that is called for the form', () => {
  const page = (location: string) => ({
    ...form,
    type: 'document',
    status: 302,
    responseHeaders: { location },
  })
  expect(
    visit()
      .send('POST', '/ajax_form.php', 'type=update-ports&port_id=12&disabled=1', { status: 'ok' }, form)
      .send(
        'POST',
        '/project/machines/',
        'csrfmiddlewaretoken=abcdef&action=machines__stop__5f0c77aa',
        '',
        page('/project/machines/'),
      )
      .recorded(),
  ).toEqual([
    expect.stringMatching(/^update port 12: \/disabled \? →/),
    'update machine 5f0c77aa: /status ? → "stopped"',
  ])
  expect(
    visit()
      .get(
        '/en/customer/3/edit',
        '<html><body><form method="post" action="/en/customer/3/edit"><input name="customer_edit_form[name]" value="Acme"><input name="customer_edit_form[budget]" value="0"><input type="hidden" name="customer_edit_form[_token]" value="abc.def"></form></body></html>',
      )
      .send(
        'POST',
        '/en/customer/3/edit',
        'customer_edit_form%5Bname%5D=Acme&customer_edit_form%5Bbudget%5D=500&customer_edit_form%5B_token%5D=abc.def',
        '',
        page('/en/customer/3'),
      )
      .get('/en/customer/3', '<html><body><p class="alert alert-success">Saved changes</p></body></html>')
      .recorded(),
  ).toEqual(['update customer 3: /budget "0" → "500"'])
})

test('what is done to an item, and what is sent beside it', () => {
  const ana = { id: 2, username: 'ana', locale: 'en', rights: { admin: false } }
  expect(
    visit()
      .get('/api/users/2', ana)
      .send('PUT', '/api/users/2', { what: 'user', which: ['all'], data: { ...ana, locale: 'de' } }, '')
      .send('POST', '/api/rules/r1/enable', 'false', '')
      .send('POST', '/api/groups.add_user', { id: 'c5', userId: 'u7', permission: 'read' }, { ok: true })
      .send('PUT', '/api/tasks/5/labels', { label_id: 3 }, { label_id: 3 }, { status: 201 })
      .send('POST', '/rooms/!abc:x/kick', { user_id: '@ben:x' }, {})
      .send('POST', '/rooms/!abd:x/invitation', { user_id: '@ben:x' }, {})
      .recorded(),
  ).toEqual([
    'update user 2: /locale "en" → "de"',
    'update rule r1: /enabled ? → false',
    'update group c5: /users ? → ["u7"]',
    'update task 5: /labels ? → [3]',
    'update room !abc:x: /user_id ? → "@ben:x"',
    'update room !abd:x: /user_id ? → "@ben:x"',
  ])
})

test('marks of a framework among fields', () => {
  expect(
    visit()
      .send(
        'POST',
        '/project/edit/5/',
        '__csrf__=B%40abcdef&__form__=1&name=Ops&__submit__=1',
        { payload: { redirect: '/project/5/' }, error: null },
        form,
      )
      .recorded(),
  ).toEqual(['update project 5: /name ? → "Ops"'])
})

describe('settings', () => {
  test('as rows of names and values', () => {
    expect(
      visit()
        .send(
          'POST',
          '/jsonrpc/config',
          { version: '1.1', method: 'config', params: [] },
          {
            version: '1.1',
            result: [
              { Name: 'MainDir', Value: '/d' },
              { Name: 'Port', Value: '6789' },
            ],
          },
        )
        .send(
          'POST',
          '/jsonrpc/saveconfig',
          {
            version: '1.1',
            method: 'saveconfig',
            params: [
              [
                { Name: 'MainDir', Value: '/e' },
                { Name: 'Port', Value: '6789' },
              ],
            ],
          },
          { version: '1.1', result: true },
        )
        .recorded(),
    ).toEqual(['update config: /MainDir "/d" → "/e"'])
  })
  test('read as rows, written in the query', () => {
    expect(
      visit()
        .get('/:/prefs', {
          Container: {
            size: 2,
            Setting: [
              { id: 'FriendlyName', label: 'Name', value: 'nas' },
              { id: 'Verbose', value: false },
            ],
          },
        })
        .send('PUT', '/:/prefs?FriendlyName=box&Verbose=0&X-Box-Token=abcdef012345', '', '')
        .recorded(),
    ).toEqual(['update pref: /FriendlyName "nas" → "box"'])
  })
})

test('a few members sent, one of them off', () => {
  expect(
    visit()
      .send('POST', '/admin/config/', { domain: 'https://v.x', signups_allowed: false, note: '' }, '')
      .recorded(),
  ).toEqual(['update config: /domain ? → "https://v.x", /signups_allowed ? → false'])
})

describe('addresses', () => {
  test('a state as the last word, put on and taken off', () => {
    const entry = { sys: { id: 'e1', version: 5 }, fields: {} }
    expect(visit().send('PUT', '/spaces/s1/entries/e1/published', '', entry).recorded()).toEqual([
      'update entry e1: /published ? → true',
    ])
    expect(visit().send('DELETE', '/spaces/s1/entries/e1/published', '', entry).recorded()).toEqual([
      'update entry e1: /published ? → false',
    ])
  })
  test('a list found by its title, a method that is told in a header', () => {
    const items = "/_api/web/lists/getbytitle('Docs')/items(4)"
    expect(
      visit()
        .get(items, { d: { __metadata: { type: 'DocsItem' }, Id: 4, Title: 'Old' } })
        .send('POST', items, { __metadata: { type: 'DocsItem' }, Title: 'New' }, '', {
          status: 204,
          requestHeaders: { 'x-http-method': 'MERGE' },
        })
        .send('POST', items, '', '', { requestHeaders: { 'x-http-method': 'DELETE' } })
        .recorded(),
    ).toEqual(['update item 4: /Title "Old" → "New"', 'delete item 4'])
  })
  test("a controller's actions, named by their method first", () => {
    expect(
      visit()
        .get('/backoffice/shopapi/content/GetById?id=70', {
          id: 70,
          title: 'Old',
          tabs: [{ id: 1, alias: 'content' }],
        })
        .send('POST', '/backoffice/shopapi/content/PostSave', { id: 70, title: 'New' }, {})
        .send('POST', '/backoffice/shopapi/content/DeleteById?id=71', '', '')
        .recorded(),
    ).toEqual(['update content 70: /title "Old" → "New"', 'delete content 71'])
  })
  test('a parameter in the path, what only asks, words that look like verbs or plurals', () => {
    expect(
      visit()
        .send('POST', '/machines/17/listKeys', '', { keys: [{ keyName: 'key1' }] })
        .send('POST', '/api/search/metadata', { page: 1 }, { assets: { items: [] } })
        .send('POST', '/api/tasks/12/form', { subject: 'x' }, { _embedded: { validationErrors: {} } })
        .send('PUT', '/api/content_types/page', { name: 'Page' }, { sys: { id: 'page' } })
        .send('POST', '/api/topics', { name: 'orders' }, { name: 'orders' })
        .send(
          'POST',
          '/manager/apps/stop;jsessionid=ABCDEF0123?path=/shop',
          '',
          '<html><body><pre>OK</pre></body></html>',
        )
        .recorded(),
    ).toEqual([
      'update content type page: /name ? → "Page"',
      'create topic orders',
      'update app: /running ? → false',
    ])
  })
  test('ids of others beside the name of what is meant, and ids that come to a place under an item', () => {
    expect(
      visit()
        .send('POST', '/api/permission', { permission: 'view', groupIds: ['2', '3'] }, '', { status: 204 })
        .send('PUT', '/api/albums/7/assets', { ids: ['a5'] }, [{ id: 'a5', success: true }])
        .recorded(),
    ).toEqual([
      'update permission: /permission ? → "view", /groupIds ? → ["2","3"]',
      'update album 7: /assets ? → ["a5"]',
    ])
  })
  test('aspects that a verb gives and takes: the item stays', () => {
    expect(
      visit()
        .send('PUT', '/admin/users/5/grant_admin', '', { success: true }, form)
        .send('PUT', '/admin/users/6/revoke_admin', '', { success: true }, form)
        .send('POST', '/api/users/7/remove_avatar', undefined, { ok: true })
        .send('POST', '/api/users/8/remove-from-group', { group_id: 4 }, { ok: true })
        .send('POST', '/api/users/9/deleteUser', {}, { ok: true })
        .recorded(),
    ).toEqual([
      'update user 5: /admin ? → true',
      'update user 6: /admin ? → false',
      'update user 7: /avatar ? → gone',
      'update user 8: /groups [4] → gone',
      'delete user 9',
    ])
  })
  test('a call of an action and its method, whose resource has attributes among its members', () => {
    const call = (method: string, data: unknown) => ({
      action: 'ui_Shelf',
      method,
      data,
      type: 'rpc',
      tid: 3,
    })
    const told = (data: unknown) => ({ tid: 3, type: 'rpc', result: { success: true, data } })
    const store = { name: 'main', online: true, attributes: { size: 1 } }
    expect(
      visit()
        .send('POST', '/service/direct', call('read', null), told([store, { ...store, name: 'spare' }]))
        .send(
          'POST',
          '/service/direct',
          call('update', [{ ...store, online: false }]),
          told({ ...store, online: false }),
        )
        .recorded(),
    ).toEqual(['update shelf main: /online true → false'])
  })
  test('how a save is meant beside what is saved, and answers that show something else under the same name', () => {
    expect(
      visit()
        .get('/v1/kv/data/web', { data: { data: { url: 'a', region: 'eu' }, metadata: { version: 1 } } })
        .send(
          'POST',
          '/v1/kv/data/web',
          { data: { url: 'b', region: 'eu' }, options: { cas: 1 } },
          { data: { version: 2, destroyed: false } },
        )
        .send('PATCH', '/v1/plans/5', { name: 'a', etag: 'BwX' }, { id: 5, name: 'a', etag: 'BwY' })
        .recorded(),
    ).toEqual(['update web: /url "a" → "b"', 'update plan 5: /name ? → "a"'])
  })
})

describe('what surrounds a call', () => {
  test('a mount of several words, some of them verbs elsewhere', () => {
    const mount = '/portal/acme/parse'
    expect(
      visit()
        .get(`${mount}/config`, { seats: 5 })
        .get(`${mount}/classes/Plan`, { results: [{ objectId: 'aB3dE5fG7h', name: 'Basic', price: 19 }] })
        .get(`${mount}/schemas`, { results: [] })
        .get(`${mount}/users/me`, { objectId: 'zY9xW7vU5t', username: 'ana' })
        .send('PUT', `${mount}/classes/Plan/aB3dE5fG7h`, { price: 25 }, { updatedAt: '2026-01-05T09:00:00Z' })
        .send('PUT', `${mount}/config`, { seats: 8 }, { result: true })
        .recorded(),
    ).toEqual(['update plan aB3dE5fG7h: /price 19 → 25', 'update config: /seats 5 → 8'])
  })
  test('the tenant in front of every call', () => {
    const tenant = '/api/tenants/7f3c1e6a-7c9a-4f37-9b70-33b6a6a3f111'
    expect(
      visit()
        .get(`${tenant}/settings`, { title: 'Depot', timeout: 30 })
        .get(`${tenant}/me`, { id: 1, name: 'Ana' })
        .get(`${tenant}/plans`, [{ id: 4, name: 'Basic' }])
        .get(`${tenant}/flags`, [])
        .get(`${tenant}/news`, [])
        .get(`${tenant}/alerts`, [])
        .send('PUT', `${tenant}/settings`, { title: 'Depot', timeout: 15 }, '', { status: 204 })
        .recorded(),
    ).toEqual(['update setting: /timeout 30 → 15'])
  })
  test('envelopes around what is sent and what is answered', () => {
    const told = (data: unknown) => ({ data, meta: { requestId: 'r-7f3c1e6a', elapsed: 12 } })
    expect(
      visit()
        .get('/api/plans/4', told({ id: 4, name: 'Basic', price: 19 }))
        .send(
          'PUT',
          '/api/plans/4',
          { data: { id: 4, name: 'Basic', price: 25 } },
          told({ id: 4, price: 25 }),
        )
        .send('POST', '/api/tags', { data: { name: 'Red' } }, told({ objectId: 'aB3dE5fG7h' }), {
          status: 201,
        })
        .recorded(),
    ).toEqual(['update plan 4: /price 19 → 25', 'create tag aB3dE5fG7h'])
  })
  test('where a form that went by script is sent on to names what it made', () => {
    expect(
      visit()
        .get('/users/new', { title: 'New user' })
        .send(
          'POST',
          '/users',
          'user%5Blogin%5D=jonas&user%5Bname%5D=Jonas',
          { status: 'success', redirect: '/users/6/edit' },
          form,
        )
        .recorded(),
    ).toEqual(['create user 6'])
  })
  test('reads by POST under a verb, and writes without one', () => {
    expect(
      visit()
        .send('POST', '/api/config/get', {}, { seats: 5, title: 'Depot' })
        .send('POST', '/api/commands/list', {}, [{ id: 'c-11111111', title: 'Start' }])
        .send('POST', '/api/users/list', {}, [])
        .send('POST', '/api/events/list', {}, [])
        .send('POST', '/api/commands', { title: 'Stop' }, { err: null, id: 'c-22222222' })
        .send('POST', '/api/config', { seats: 8, title: 'Depot' }, '')
        .recorded(),
    ).toEqual(['create command c-22222222', 'update config: /seats 5 → 8'])
  })
})

describe('components that live on the server', () => {
  const component = (
    name: string,
    data: object,
    updates: object,
    method: string,
    params: unknown[] = [],
  ) => ({
    components: [
      {
        snapshot: JSON.stringify({ data, memo: { id: 'abc', name, path: 'admin/users' } }),
        updates,
        calls: [{ path: '', method, params }],
      },
    ],
  })
  const done = { components: [{ snapshot: '{"data":{},"memo":{}}', effects: {} }] }
  const plain = (value: unknown) => [value, { s: 'arr' }]
  const list = 'admin.pages.list-users'

  test.each<[what: string, sent: object, expected: string]>([
    [
      'fields that a page keeps in one member',
      component(
        'admin.pages.edit-user',
        { data: plain({ id: 5, name: 'Ana' }) },
        { 'data.name': 'Anna' },
        'save',
        [5],
      ),
      'update user 5: /name "Ana" → "Anna"',
    ],
    [
      "a dialog's fields and its record, side by side",
      component(
        list,
        {
          mountedTableActions: plain(['edit']),
          mountedTableActionRecord: '5',
          mountedTableActionsData: plain([plain({ name: 'Ana', email: 'ana@acme.example' })]),
        },
        { 'mountedTableActionsData.0.name': 'Anna' },
        'callMountedTableAction',
      ),
      'update user 5: /name "Ana" → "Anna"',
    ],
    [
      'a dialog that holds them itself',
      component(
        list,
        { mountedActions: plain([plain({ name: 'create', data: plain({ name: null }) })]) },
        { 'mountedActions.0.data.name': 'Bo' },
        'callMountedAction',
      ),
      'create user Bo',
    ],
    [
      'a row that is deleted',
      component(
        list,
        { mountedTableActions: plain(['delete']), mountedTableActionRecord: '5' },
        {},
        'callMountedTableAction',
      ),
      'delete user 5',
    ],
    [
      'a switch in a row',
      component(list, {}, {}, 'updateTableColumnState', ['is_active', '5', true]),
      'update user 5: /is_active ? → true',
    ],
  ])('%s', (_, sent, expected) => {
    expect(visit().send('POST', '/livewire/update', sent, done).recorded()).toEqual([expected])
  })
})
