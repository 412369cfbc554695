/** Habits of single APIs that others share: where they put verbs, names, values and refusals. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  type: 'xhr',
}
const multipart = (fields: Readonly<Record<string, string>>) => {
  const boundary = '----WebKitFormBoundaryxyz'
  return {
    body: `${Object.entries(fields)
      .map(
        ([name, value]) =>
          `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      .join('')}--${boundary}--\r\n`,
    how: { requestHeaders: { 'content-type': `multipart/form-data; boundary=${boundary}` }, type: 'fetch' },
  }
}

describe('names under generic nouns', () => {
  test('records of a collection are called by the collection', () => {
    expect(
      visit()
        .get('/api/collections/posts/records?page=1', {
          page: 1,
          items: [{ id: 'k3x9q2m1z7w5abc', collectionName: 'posts', title: 'Old', public: false }],
        })
        .send(
          'PATCH',
          '/api/collections/posts/records/k3x9q2m1z7w5abc',
          { title: 'New' },
          {
            id: 'k3x9q2m1z7w5abc',
            collectionName: 'posts',
            title: 'New',
            public: false,
          },
        )
        .send(
          'POST',
          '/api/collections/tags/records',
          { label: 'x' },
          { id: 'z3x9q2m1z7w5abc', collectionName: 'tags', label: 'x' },
        )
        .send('DELETE', '/api/collections/tags/records/z3x9q2m1z7w5abc', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual([
      'update post k3x9q2m1z7w5abc: /title "Old" → "New"',
      'create tag z3x9q2m1z7w5abc',
      'delete tag z3x9q2m1z7w5abc',
    ])
  })
  test('records of a resource, edited by a verb, with dotted fields and a notice', () => {
    const edit = multipart({ id: '5', email: 'ana@new.example', 'address.city': 'Oslo' })
    expect(
      visit()
        .get('/admin/api/resources/users/records/5/show', {
          record: {
            id: '5',
            title: 'ana',
            params: { id: '5', email: 'ana@acme.example', 'address.city': 'Oslo' },
          },
        })
        .send(
          'POST',
          '/admin/api/resources/users/records/5/edit',
          edit.body,
          {
            record: {
              id: '5',
              params: { id: '5', email: 'ana@new.example', 'address.city': 'Oslo' },
              errors: {},
            },
            notice: { message: 'Successfully updated', type: 'success' },
          },
          edit.how,
        )
        .send('POST', '/admin/api/resources/users/records/6/delete', undefined, {
          record: { id: '6', params: {} },
          notice: { message: 'Successfully deleted', type: 'success' },
        })
        .send(
          'POST',
          '/admin/api/resources/users/records/5/edit',
          multipart({ id: '5', email: 'x' }).body,
          {
            record: { id: '5', params: { email: 'x' }, errors: { email: { message: 'is no address' } } },
            notice: { message: 'There are validation errors', type: 'error' },
          },
          edit.how,
        )
        .recorded(),
    ).toEqual([
      'update user 5: /email "ana@acme.example" → "ana@new.example"',
      'delete user 6',
      expect.stringMatching(/^refused update user 5/),
    ])
  })
})

describe('documents inside fields', () => {
  test('JSON in one part of a multipart body', () => {
    const { body, how } = multipart({ _payload: JSON.stringify({ title: 'New', _status: 'published' }) })
    expect(
      visit()
        .get('/api/pages/65f0c0ffee65f0c0ffee65f0?depth=0', {
          id: '65f0c0ffee65f0c0ffee65f0',
          title: 'Old',
          _status: 'published',
        })
        .send(
          'PATCH',
          '/api/pages/65f0c0ffee65f0c0ffee65f0?locale=en',
          body,
          {
            message: 'Updated successfully.',
            doc: { id: '65f0c0ffee65f0c0ffee65f0', title: 'New', _status: 'published' },
          },
          how,
        )
        .recorded(),
    ).toEqual(['update page 65f0c0ffee65f0c0ffee65f0: /title "Old" → "New"'])
  })
  test('a document with its type and name in a field called doc', () => {
    const doc = {
      doctype: 'Customer',
      name: 'CUST-0004',
      customer_name: 'Acme',
      credit_limit: 100,
      modified: '2026-01-01 00:00:00',
    }
    expect(
      visit()
        .get('/api/method/frappe.desk.form.load.getdoc?doctype=Customer&name=CUST-0004', {
          docs: [doc],
          docinfo: {},
        })
        .send(
          'POST',
          '/api/method/frappe.desk.form.save.savedocs',
          `doc=${encodeURIComponent(JSON.stringify({ ...doc, credit_limit: 250 }))}&action=Save`,
          { docs: [{ ...doc, credit_limit: 250, modified: '2026-01-05 00:00:00' }], docinfo: {} },
          form,
        )
        .send(
          'POST',
          '/api/method/frappe.client.set_value',
          'doctype=Customer&name=CUST-0004&fieldname=territory&value=Norway',
          { message: { name: 'CUST-0004' } },
          form,
        )
        .send('POST', '/api/method/frappe.client.delete', 'doctype=Customer&name=CUST-0005', {}, form)
        .recorded(),
    ).toEqual([
      expect.stringMatching(
        /^update customer CUST-0004: \/credit_limit 100 → 250, \/territory \? → "Norway"$/,
      ),
      'delete customer CUST-0005',
    ])
  })
  test('a method override inside JSON', () => {
    expect(
      visit()
        .get('/parse/classes/Game/Xk2bQ9aLmT', { objectId: 'Xk2bQ9aLmT', score: 4, cheat: false })
        .send(
          'POST',
          '/parse/classes/Game/Xk2bQ9aLmT',
          { score: 7, _method: 'PUT', _ApplicationId: 'app', _ClientVersion: 'js4.0.0' },
          { updatedAt: '2026-01-05T09:00:00.000Z' },
        )
        .send('POST', '/parse/classes/Game/Yk2bQ9aLmT', { _method: 'DELETE', _ApplicationId: 'app' }, {})
        .send(
          'POST',
          '/parse/classes/Game',
          { where: {}, limit: 100, _method: 'GET', _ApplicationId: 'app' },
          { results: [] },
        )
        .recorded(),
    ).toEqual(['update game Xk2bQ9aLmT: /score 4 → 7', 'delete game Yk2bQ9aLmT'])
  })
})

describe('one setting at a time', () => {
  test('key and value in the body of an item', () => {
    const ocs = (statuscode: number, data: unknown = []) => ({
      ocs: { meta: { status: statuscode === 200 ? 'ok' : 'failure', statuscode, message: 'x' }, data },
    })
    expect(
      visit()
        .get(
          '/ocs/v2.php/cloud/users/ana?format=json',
          ocs(200, { id: 'ana', email: 'ana@acme.example', quota: 'none', groups: ['staff'] }),
        )
        .send('PUT', '/ocs/v2.php/cloud/users/ana', { key: 'email', value: 'ana@new.example' }, ocs(200))
        .send('POST', '/ocs/v2.php/cloud/users/ana/groups', { groupid: 'admin' }, ocs(200))
        .send('PUT', '/ocs/v2.php/cloud/users/ana', { key: 'quota', value: 'x' }, ocs(103))
        .recorded(),
    ).toEqual([
      'update user ana: /email "ana@acme.example" → "ana@new.example", /groups ["staff"] → ["staff","admin"]',
      expect.stringMatching(/^refused update user ana/),
    ])
  })
  test('what is a name and a value itself keeps both', () => {
    expect(
      visit()
        .get('/api/variables', { variables: [{ id: 'v1', name: 'REGION', value: 'eu' }] })
        .send('POST', '/api/variables/update', { id: 'v1', name: 'REGION', value: 'us' }, { ok: true })
        .recorded(),
    ).toEqual(['update variable v1: /value "eu" → "us"'])
  })
  test('the setting is the item, its value has its own name', () => {
    expect(
      visit()
        .get('/admin/site_settings.json', {
          site_settings: [
            { setting: 'title', value: 'Forum' },
            { setting: 'min_age', value: '13' },
          ],
        })
        .send('PUT', '/admin/site_settings/title', 'title=Acme+Forum', '', form)
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update site setting title: \/(title|value) ("Forum"|\?) → "Acme Forum"$/),
    ])
  })
  test('values in the query of a PUT', () => {
    expect(
      visit()
        .get('/1/cards/5f2b8c7d9e1a3b4c5d6e7f80', {
          id: '5f2b8c7d9e1a3b4c5d6e7f80',
          name: 'Old',
          closed: false,
        })
        .send(
          'PUT',
          '/1/cards/5f2b8c7d9e1a3b4c5d6e7f80?name=New&key=abcdef0123456789&token=abcdef0123456789',
          undefined,
          {
            id: '5f2b8c7d9e1a3b4c5d6e7f80',
            name: 'New',
            closed: false,
          },
        )
        .recorded(),
    ).toEqual(['update card 5f2b8c7d9e1a3b4c5d6e7f80: /name "Old" → "New"'])
  })
  test('nested settings under one key', () => {
    expect(
      visit()
        .get('/api/config', {
          config: { dns: { upstreams: ['9.9.9.9'], port: 53 }, webserver: { port: '80' } },
          took: 0.01,
        })
        .send(
          'PATCH',
          '/api/config',
          { config: { dns: { upstreams: ['1.1.1.1'] } } },
          { config: { dns: { upstreams: ['1.1.1.1'] } }, took: 0.02 },
        )
        .recorded(),
    ).toEqual(['update config: /dns/upstreams ["9.9.9.9"] → ["1.1.1.1"]'])
  })
})

describe('verbs in unusual places', () => {
  test('after a dot in the path', () => {
    expect(
      visit()
        .get('/api/v1/users.info?userId=u77', {
          user: { _id: 'u77', name: 'Bo', active: true },
          success: true,
        })
        .send(
          'POST',
          '/api/v1/users.update',
          { userId: 'u77', data: { name: 'Bob' } },
          { user: { _id: 'u77', name: 'Bob', active: true }, success: true },
        )
        .send(
          'POST',
          '/api/v1/users.create',
          { name: 'Cy', email: 'cy@acme.example' },
          { user: { _id: 'u78', name: 'Cy' }, success: true },
        )
        .send('POST', '/api/v1/channels.delete', { roomId: 'GENERAL' }, { success: true })
        .send('POST', '/api/v1/settings/Site_Name', { value: 'Acme' }, { success: true })
        .recorded(),
    ).toEqual([
      'update user u77: /name "Bo" → "Bob"',
      'create user u78',
      'delete channel GENERAL',
      expect.stringMatching(/^update setting Site_Name: \/value \? → "Acme"$/),
    ])
  })
  test('beside the noun, with a body of name and data', () => {
    expect(
      visit()
        .get('/control/clients', { clients: [{ name: 'tv', ids: ['192.0.2.4'], filtering_enabled: true }] })
        .send(
          'POST',
          '/control/clients/update',
          { name: 'tv', data: { name: 'tv', ids: ['192.0.2.4'], filtering_enabled: false } },
          'OK',
        )
        .send('POST', '/control/clients/delete', { name: 'phone' }, 'OK')
        .send('POST', '/control/safebrowsing/enable', undefined, 'OK')
        .send(
          'POST',
          '/control/filtering/add_url',
          { name: 'List', url: 'https://l.example/x.txt', whitelist: false },
          'OK 12 rules added',
        )
        .recorded(),
    ).toEqual([
      'update client tv: /filtering_enabled true → false',
      'delete client phone',
      expect.stringMatching(/^update safebrowsing/),
      expect.stringMatching(/^create /),
    ])
  })
  test('as methods in a JSON list', () => {
    expect(
      visit()
        .send(
          'POST',
          '/lib/ajax/service.php?sesskey=AbCdEf1234&info=core_course_get_section',
          [{ index: 0, methodname: 'core_course_get_section', args: { id: 8 } }],
          [{ error: false, data: { id: 8, name: 'Intro' } }],
        )
        .send(
          'POST',
          '/lib/ajax/service.php?sesskey=AbCdEf1234&info=core_update_inplace_editable',
          [{ index: 0, methodname: 'core_course_update_section', args: { id: 8, name: 'Welcome' } }],
          [{ error: false, data: { id: 8, name: 'Welcome' } }],
        )
        .send(
          'POST',
          '/lib/ajax/service.php?sesskey=AbCdEf1234',
          [{ index: 0, methodname: 'core_group_delete_groups', args: { groupids: [3, 4] } }],
          [{ error: true, exception: { message: 'no right', errorcode: 'nopermissions' } }],
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/section 8: \/name "Intro" → "Welcome"$/),
      expect.stringMatching(/^refused delete .*group 3/),
      expect.stringMatching(/^refused delete .*group 4/),
    ])
  })
  test('in a topic of a bus', () => {
    expect(
      visit()
        .socket(
          '/api',
          [
            'send',
            {
              topic: 'bridge/request/device/rename',
              payload: { from: '0x00158d0001', to: 'Lamp', transaction: 'a-1' },
            },
          ],
          [
            'receive',
            {
              topic: 'bridge/response/device/rename',
              payload: { data: { from: '0x00158d0001', to: 'Lamp' }, status: 'ok', transaction: 'a-1' },
            },
          ],
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update device 0x00158d0001: .*"Lamp"/)])
  })
  test('in the type of a frame', () => {
    expect(
      visit()
        .socket(
          '/api/websocket',
          ['send', { type: 'config/area_registry/list', id: 3 }],
          [
            'receive',
            {
              id: 3,
              type: 'result',
              success: true,
              result: [{ area_id: 'kitchen', name: 'Kitchen', floor_id: null }],
            },
          ],
          ['send', { type: 'config/area_registry/update', area_id: 'kitchen', name: 'Küche', id: 4 }],
          [
            'receive',
            {
              id: 4,
              type: 'result',
              success: true,
              result: { area_id: 'kitchen', name: 'Küche', floor_id: null },
            },
          ],
          ['send', { type: 'config/area_registry/delete', area_id: 'attic', id: 5 }],
          ['receive', { id: 5, type: 'result', success: false, error: { code: 'not_found', message: 'no' } }],
          [
            'send',
            {
              type: 'call_service',
              domain: 'light',
              service: 'turn_on',
              service_data: { entity_id: 'light.x' },
              id: 6,
            },
          ],
          ['receive', { id: 6, type: 'result', success: true, result: null }],
        )
        .recorded()
        .slice(0, 2),
    ).toEqual([
      expect.stringMatching(/^update area.* kitchen: \/name "Kitchen" → "Küche"$/),
      expect.stringMatching(/^refused delete area.* attic$/),
    ])
  })
  test('a namespace of mutations', () => {
    expect(
      visit()
        .send(
          'POST',
          '/graphql',
          {
            query: 'query($id: Int!) { pages { single(id: $id) { id title isPublished } } }',
            variables: { id: 3 },
          },
          {
            data: { pages: { single: { id: 3, title: 'Old', isPublished: true } } },
          },
        )
        .send(
          'POST',
          '/graphql',
          {
            query:
              'mutation ($id: Int!, $title: String) { pages { update(id: $id, title: $title) { responseResult { succeeded errorCode message } page { updatedAt } } } }',
            variables: { id: 3, title: 'New' },
          },
          {
            data: {
              pages: {
                update: {
                  responseResult: { succeeded: true, errorCode: 0, message: 'ok' },
                  page: { updatedAt: 'x' },
                },
              },
            },
          },
        )
        .send(
          'POST',
          '/graphql',
          {
            query:
              'mutation ($id: Int!) { users { delete(id: $id) { responseResult { succeeded message } } } }',
            variables: { id: 9 },
          },
          { data: { users: { delete: { responseResult: { succeeded: false, message: 'no' } } } } },
        )
        .recorded(),
    ).toEqual(['update page 3: /title "Old" → "New"', expect.stringMatching(/^refused delete user 9$/)])
  })
})

describe('files over HTTP', () => {
  test('PROPFIND reads; MKCOL, MOVE, DELETE change; contents are PUT', () => {
    expect(
      visit()
        .send(
          'PROPFIND',
          '/remote.php/dav/files/ana/Docs',
          '<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>',
          '<?xml version="1.0"?><d:multistatus xmlns:d="DAV:"><d:response><d:href>/remote.php/dav/files/ana/Docs/</d:href></d:response></d:multistatus>',
          { status: 207 },
        )
        .send(
          'REPORT',
          '/remote.php/dav/files/ana',
          '<?xml version="1.0"?><oc:filter-files xmlns:oc="x"/>',
          '',
          { status: 207 },
        )
        .send('MKCOL', '/remote.php/dav/files/ana/Plans', undefined, '', { status: 201 })
        .send('MOVE', '/remote.php/dav/files/ana/Docs/a.txt', undefined, '', { status: 201 })
        .send('DELETE', '/remote.php/dav/files/ana/Docs/b.txt', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^create \w+ .*Plans$/),
      expect.stringMatching(/^update \w+ .*a\.txt/),
      expect.stringMatching(/^delete \w+ .*b\.txt$/),
    ])
  })
})

describe('owners and slugs', () => {
  test('two slugs name one thing; what is below it is named by its own noun', () => {
    expect(
      visit()
        .get('/api/0/projects/acme/web/', {
          id: '12',
          slug: 'web',
          name: 'Web',
          platform: 'node',
          resolveAge: 0,
          organization: { slug: 'acme' },
        })
        .send(
          'PUT',
          '/api/0/projects/acme/web/',
          { resolveAge: 720 },
          { id: '12', slug: 'web', name: 'Web', platform: 'node', resolveAge: 720 },
        )
        .get('/repos/acme/web', {
          id: 1,
          name: 'web',
          full_name: 'acme/web',
          description: 'old',
          has_wiki: true,
        })
        .send(
          'PATCH',
          '/repos/acme/web',
          { description: 'new' },
          { id: 1, name: 'web', full_name: 'acme/web', description: 'new', has_wiki: true },
        )
        .send('PUT', '/repos/acme/web/collaborators/bo', { permission: 'push' }, '', { status: 201 })
        .send('DELETE', '/repos/acme/web/hooks/77', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update project (web|12): \/resolveAge 0 → 720$/),
      expect.stringMatching(/^update repo (web|1|acme\/web): \/description "old" → "new"$/),
      'create collaborator bo',
      'delete hook 77',
    ])
  })
  test('a workflow whose nodes have ids, switched on by a verb', () => {
    const flow = (url: string) => ({
      id: 'wf8KqLm2',
      name: 'Sync',
      active: false,
      nodes: [
        { id: 'n-1', name: 'HTTP', parameters: { url } },
        { id: 'n-2', name: 'Set', parameters: {} },
      ],
      connections: {},
    })
    expect(
      visit()
        .get('/rest/workflows/wf8KqLm2', { data: flow('https://a.example') })
        .send(
          'PATCH',
          '/rest/workflows/wf8KqLm2',
          { ...flow('https://b.example'), versionId: 'x' },
          { data: flow('https://b.example') },
        )
        .send(
          'POST',
          '/rest/workflows/wf8KqLm2/activate',
          { versionId: 'x' },
          { data: { ...flow('https://b.example'), active: true } },
        )
        .recorded()
        .join('; '),
    ).toBe(
      'update workflow wf8KqLm2: /active false → true, /nodes/0/parameters/url "https://a.example" → "https://b.example"',
    )
  })
})

describe('who is signed in', () => {
  const accountOf = (path: string, answer: unknown): string | undefined =>
    visit()
      .get(path, answer)
      .send('PATCH', '/api/plans/5', { name: 'Pro' }, { id: 5, name: 'Pro' })
      .drafts()[0]?.account

  test.each([
    ['/api/settings', { tenant: { username: 'ana', name: 'Ana', isAdmin: true }, theme: 'light' }, 'ana'],
    [
      '/api/start',
      { activeAdministrator: { id: '1', emailAddress: 'ana@acme.example' } },
      'ana@acme.example',
    ],
    ['/api/start', { me: { id: '1', identifier: 'superadmin', channels: [] } }, 'superadmin'],
    ['/api/settings', { mailbox: { username: 'relay', host: 'mx1' } }, undefined],
  ])('%s %j → %s', (path, answer, account) => {
    expect(accountOf(path, answer)).toBe(account)
  })
})
