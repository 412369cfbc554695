/** The habits of whole families of consoles, as one sees them in their traffic; none of them was looked at while the rules were made. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  type: 'xhr',
}

describe('a headless CMS with a generic items API', () => {
  const items = visit()
    .get('/users/me?fields[]=*', {
      data: { id: 'aa-1', first_name: 'Ana', last_name: 'Lee', email: 'ana@acme.example' },
    })
    .get('/fields/articles', {
      data: [
        { field: 'title', meta: { id: 3 } },
        { field: 'body', meta: { id: 4 } },
      ],
    })
    .get('/items/articles/7?fields=*', {
      data: {
        id: 7,
        title: 'Old',
        body: '<p>x</p>',
        status: 'draft',
        date_updated: null,
        author: { id: 2, name: 'Bo' },
      },
    })
  test('PATCH of an item, settings of a singleton, presets as view state, bulk', () => {
    const recorded = items
      .send(
        'PATCH',
        '/items/articles/7',
        { title: 'New', author: 3 },
        {
          data: {
            id: 7,
            title: 'New',
            body: '<p>x</p>',
            status: 'draft',
            date_updated: '2026-01-05T09:00:00Z',
            author: 3,
          },
        },
      )
      .get('/settings', { data: { id: 1, project_name: 'Acme', project_color: '#fff', public_note: null } })
      .send(
        'PATCH',
        '/settings',
        { project_name: 'Acme 2' },
        { data: { id: 1, project_name: 'Acme 2', project_color: '#fff', public_note: null } },
      )
      .get('/presets/3', { data: { id: 3, layout_query: { tabular: { page: 1 } } } })
      .send('PATCH', '/presets/3', { layout_query: { tabular: { page: 2 } } }, { data: { id: 3 } })
      .send('PATCH', '/users/me/track/page', { last_page: '/content/articles' }, '', { status: 204 })
      .send('DELETE', '/items/articles', ['8', '9'], '', { status: 204 })
    expect(recorded.recorded()).toEqual([
      'update article 7: /title "Old" → "New", /author 2 → 3',
      'update setting 1: /project_name "Acme" → "Acme 2"',
      'delete article 8',
      'delete article 9',
    ])
    expect(recorded.drafts()[0]?.account).toBe('ana@acme.example')
  })
})

describe('a publishing tool that wraps everything in lists', () => {
  test('members, labels, settings, a draft that is published', () => {
    expect(
      visit()
        .get('/api/admin/users/me/?include=roles', {
          users: [{ id: '1', name: 'Ana Lee', slug: 'ana', email: 'ana@acme.example' }],
        })
        .get('/api/admin/members/m1/', {
          members: [
            { id: 'm1', uuid: 'u-1', email: 'x@acme.example', name: 'X', note: null, subscribed: true },
          ],
        })
        .send(
          'PUT',
          '/api/admin/members/m1/',
          {
            members: [
              {
                id: 'm1',
                email: 'x@acme.example',
                name: 'Xenia',
                note: 'vip',
                subscribed: true,
                newsletters: [],
              },
            ],
          },
          {
            members: [
              {
                id: 'm1',
                uuid: 'u-1',
                email: 'x@acme.example',
                name: 'Xenia',
                note: 'vip',
                subscribed: true,
                updated_at: '2026-01-05T09:00:00.000Z',
              },
            ],
          },
        )
        .send(
          'POST',
          '/api/admin/tags/',
          { tags: [{ name: 'News', slug: 'news' }] },
          { tags: [{ id: 't1', name: 'News', slug: 'news', created_at: '2026-01-05T09:00:00.000Z' }] },
          { status: 201 },
        )
        .send('DELETE', '/api/admin/posts/p1/', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual([
      'update member m1: /name "X" → "Xenia", /note null → "vip"',
      'create tag t1',
      'delete post p1',
    ])
  })
})

describe('a spreadsheet database', () => {
  test('rows under opaque tables, columns, views', () => {
    expect(
      visit()
        .get('/api/v1/db/data/noco/pabc123/mtable99/views/vw1?limit=25', {
          list: [
            { Id: 1, Title: 'a', Status: 'Todo' },
            { Id: 2, Title: 'b', Status: 'Done' },
          ],
          pageInfo: { totalRows: 2 },
        })
        .send(
          'PATCH',
          '/api/v1/db/data/noco/pabc123/mtable99/views/vw1/1',
          { Title: 'A!' },
          { Id: 1, Title: 'A!', Status: 'Todo' },
        )
        .get('/api/v1/db/meta/tables/mtable99', {
          id: 'mtable99',
          title: 'Tasks',
          columns: [{ id: 'c1', title: 'Title' }],
        })
        .send(
          'PATCH',
          '/api/v1/db/meta/tables/mtable99',
          { table_name: 'Jobs', title: 'Jobs' },
          { msg: 'ok' },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update \w+ 1: \/Title "a" → "A!"$/),
      expect.stringMatching(/^update table mtable99: .*\/title "Tasks" → "Jobs"/),
    ])
  })
})

describe('a dashboard tool', () => {
  const dash = {
    dashboard: {
      id: 4,
      uid: 'abc',
      title: 'Ops',
      version: 3,
      panels: [
        { id: 1, title: 'CPU', type: 'graph' },
        { id: 2, title: 'RAM', type: 'graph' },
      ],
    },
    meta: { slug: 'ops', version: 3, canEdit: true },
  }
  test('a save by POST that carries the id inside, queries and annotations', () => {
    expect(
      visit()
        .get('/api/dashboards/uid/abc', dash)
        .send(
          'POST',
          '/api/ds/query?ds_type=prometheus',
          { queries: [{ refId: 'A' }], from: '1', to: '2' },
          { results: {} },
        )
        .send(
          'POST',
          '/api/dashboards/db/',
          {
            dashboard: {
              ...dash.dashboard,
              panels: [
                { id: 1, title: 'CPU load', type: 'graph' },
                { id: 2, title: 'RAM', type: 'graph' },
              ],
            },
            message: '',
            overwrite: false,
            folderUid: '',
          },
          { id: 4, uid: 'abc', slug: 'ops', status: 'success', version: 4 },
        )
        .get('/api/datasources/uid/ds1', {
          id: 9,
          uid: 'ds1',
          name: 'Prom',
          url: 'http://old',
          access: 'proxy',
          version: 1,
          jsonData: { httpMethod: 'POST' },
        })
        .send(
          'PUT',
          '/api/datasources/uid/ds1',
          {
            id: 9,
            uid: 'ds1',
            name: 'Prom',
            url: 'http://new',
            access: 'proxy',
            version: 1,
            jsonData: { httpMethod: 'GET' },
          },
          {
            datasource: {
              id: 9,
              uid: 'ds1',
              name: 'Prom',
              url: 'http://new',
              version: 2,
              jsonData: { httpMethod: 'GET' },
            },
            id: 9,
            message: 'Datasource updated',
          },
        )
        .send(
          'PUT',
          '/api/user/preferences',
          { theme: 'dark', timezone: '' },
          { message: 'Preferences updated' },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update dashboard (abc|4): \/panels\/0\/title "CPU" → "CPU load"$/),
      'update datasource ds1: /url "http://old" → "http://new", /jsonData/httpMethod "POST" → "GET"',
      expect.stringMatching(/^update preference.*"dark"/),
    ])
  })
})

describe('a message broker', () => {
  test('users, permissions, policies and bindings under a virtual host', () => {
    expect(
      visit()
        .get('/api/whoami', { name: 'guest', tags: ['administrator'] })
        .get('/api/users', [{ name: 'guest', tags: ['administrator'], password_hash: 'abcd' }])
        .send(
          'PUT',
          '/api/users/app',
          { username: 'app', password: 'S3cret-pass!', tags: 'monitoring' },
          '',
          { status: 201 },
        )
        .send(
          'PUT',
          '/api/permissions/%2F/app',
          { username: 'app', vhost: '/', configure: '.*', write: '.*', read: '.*' },
          '',
          { status: 201 },
        )
        .get('/api/policies/%2F', [
          {
            vhost: '/',
            name: 'ttl',
            pattern: '.*',
            definition: { 'message-ttl': 1000 },
            priority: 0,
            'apply-to': 'queues',
          },
        ])
        .send(
          'PUT',
          '/api/policies/%2F/ttl',
          {
            vhost: '/',
            name: 'ttl',
            pattern: '.*',
            definition: { 'message-ttl': 5000 },
            priority: '0',
            'apply-to': 'queues',
          },
          '',
          { status: 204 },
        )
        .send(
          'POST',
          '/api/exchanges/%2F/amq.direct/publish',
          { routing_key: 'q', payload: 'x' },
          { routed: true },
        )
        .send('POST', '/api/queues/%2F/orders/get', { count: 1, ackmode: 'ack_requeue_true' }, [])
        .send('DELETE', '/api/users/app', { username: 'app' }, '', { status: 204 })
        .recorded(),
    ).toEqual([
      'create user app',
      'create permission app',
      'update policy ttl: /definition/message-ttl 1000 → 5000',
      'delete user app',
    ])
  })
})

describe('a download client whose API is url-encoded', () => {
  test('preferences as JSON in a field; ids joined by bars', () => {
    expect(
      visit()
        .get('/api/v2/app/preferences', { max_connec: 500, dht: true, save_path: '/data' })
        .get('/api/v2/torrents/info', [
          {
            hash: 'aaaabbbbccccddddeeeeffff0000111122223333',
            name: 'debian.iso',
            category: '',
            state: 'uploading',
          },
        ])
        .send(
          'POST',
          '/api/v2/app/setPreferences',
          `json=${encodeURIComponent(JSON.stringify({ max_connec: 200, dht: true }))}`,
          '',
          form,
        )
        .send(
          'POST',
          '/api/v2/torrents/setCategory',
          'hashes=aaaabbbbccccddddeeeeffff0000111122223333&category=linux',
          '',
          form,
        )
        .send(
          'POST',
          '/api/v2/torrents/delete',
          'hashes=aaaabbbbccccddddeeeeffff0000111122223333&deleteFiles=false',
          '',
          form,
        )
        .send('POST', '/api/v2/auth/login', 'username=a&password=b', 'Ok.', form)
        .recorded(),
    ).toEqual([
      'update preference: /max_connec 500 → 200',
      'update torrent aaaabbbbccccddddeeeeffff0000111122223333: /category "" → "linux"',
      'delete torrent aaaabbbbccccddddeeeeffff0000111122223333',
    ])
  })
})

describe('a virtualisation console', () => {
  test('PUT url-encoded, answers {data: null}, actions under status', () => {
    expect(
      visit()
        .get('/api2/json/nodes/pve/qemu/100/config', {
          data: { name: 'web', cores: 2, memory: '2048', digest: 'abc' },
        })
        .send(
          'PUT',
          '/api2/extjs/nodes/pve/qemu/100/config',
          'cores=4&digest=abc',
          { data: null, success: 1 },
          form,
        )
        .send('POST', '/api2/extjs/nodes/pve/qemu/100/status/start', '', { data: 'UPID:1', success: 1 }, form)
        .recorded()[0],
    ).toMatch(/^update .*\/cores 2 → "?4"?/)
  })
})

describe('a mailing list manager and a tracker', () => {
  test('PATCH of part of a list’s settings, members by address', () => {
    expect(
      visit()
        .get('/api/lists/staff@acme.example/config', {
          display_name: 'Staff',
          advertised: true,
          admin_immed_notify: true,
        })
        .send('PATCH', '/api/lists/staff@acme.example/config', 'advertised=false&display_name=Staff', '', {
          ...form,
          status: 204,
        })
        .send(
          'POST',
          '/api/members',
          { list_id: 'staff.acme.example', subscriber: 'bo@acme.example', role: 'member' },
          '',
          { status: 201, responseHeaders: { location: '/api/members/77' } },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update list staff@acme.example: \/advertised true → false$/),
      'create member 77',
    ])
  })
  test('an issue with its journal', () => {
    expect(
      visit()
        .get('/issues/12.json', {
          issue: {
            id: 12,
            subject: 'Bug',
            status: { id: 1, name: 'New' },
            assigned_to: { id: 5, name: 'Ana' },
            done_ratio: 0,
          },
        })
        .send('PUT', '/issues/12.json', { issue: { status_id: 2, done_ratio: 50, notes: 'half way' } }, '', {
          status: 204,
        })
        .recorded(),
    ).toEqual([expect.stringMatching(/^update issue 12: .*\/done_ratio 0 → 50/)])
  })
})
