/** Frameworks whose pages speak to the server in a wire format of their own. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' },
  type: 'xhr',
}
const encoded = (fields: Readonly<Record<string, unknown>>): string =>
  new URLSearchParams(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  ).toString()

describe('an ORM over JSON-RPC (model, method, args, kwargs)', () => {
  const call = (model: string, method: string, args: unknown, kwargs: unknown = {}) => ({
    id: 7,
    jsonrpc: '2.0',
    method: 'call',
    params: { model, method, args, kwargs: { context: { lang: 'en_US', uid: 2 }, ...(kwargs as object) } },
  })
  const answer = (result: unknown) => ({ jsonrpc: '2.0', id: 7, result })
  test('read, write, create, unlink, a button, onchange', () => {
    expect(
      visit()
        .send(
          'POST',
          '/web/dataset/call_kw/res.partner/read',
          call('res.partner', 'read', [[14], ['name', 'phone', 'country_id']]),
          answer([{ id: 14, name: 'Azure Interior', phone: '+1', country_id: [233, 'United States'] }]),
        )
        .send(
          'POST',
          '/web/dataset/call_kw/res.partner/onchange',
          call('res.partner', 'onchange', [[14], { phone: '+2' }, 'phone', {}]),
          answer({ value: {} }),
        )
        .send(
          'POST',
          '/web/dataset/call_kw/res.partner/write',
          call('res.partner', 'write', [[14], { phone: '+2', country_id: 57 }]),
          answer(true),
        )
        .send(
          'POST',
          '/web/dataset/call_kw/res.partner/web_save',
          call('res.partner', 'web_save', [[14], { name: 'Azure' }], { specification: { name: {} } }),
          answer([{ id: 14, name: 'Azure' }]),
        )
        .send(
          'POST',
          '/web/dataset/call_kw/crm.tag/create',
          call('crm.tag', 'create', [{ name: 'Hot', color: 1 }]),
          answer(31),
        )
        .send('POST', '/web/dataset/call_kw/crm.tag/unlink', call('crm.tag', 'unlink', [[31]]), answer(true))
        .send(
          'POST',
          '/web/dataset/call_kw/crm.tag/name_search',
          call('crm.tag', 'name_search', [], { name: 'H', args: [] }),
          answer([[31, 'Hot']]),
        )
        .send(
          'POST',
          '/web/dataset/call_button/sale.order/action_confirm',
          call('sale.order', 'action_confirm', [[8]]),
          answer(true),
        )
        .recorded(),
    ).toEqual([
      'update partner 14: /name "Azure Interior" → "Azure", /phone "+1" → "+2", /country_id 233 → 57',
      'create tag 31',
      'delete tag 31',
      expect.stringMatching(/^update order 8/),
    ])
  })
})

describe('components of a CRM, called by actions in a form field', () => {
  const aura = (descriptor: string, params: unknown) =>
    encoded({
      message: { actions: [{ id: '12;a', descriptor, callingDescriptor: 'UNKNOWN', params }] },
      'aura.context': { mode: 'PROD', app: 'one:one' },
      'aura.pageURI': '/lightning/r/Contact/0035g00000abcdeAAA/view',
      'aura.token': 'eyJub25jZSI6IlRva2VuLW5vdC1yZWFsIn0..x',
    })
  const answered = (returnValue: unknown, state = 'SUCCESS') => ({
    actions: [{ id: '12;a', state, returnValue, error: [] }],
    context: { mode: 'PROD' },
  })
  test('a record is read, updated, created, deleted; a refusal', () => {
    expect(
      visit()
        .send(
          'POST',
          '/aura?r=7&ui-force-components-controllers-recordGlobalValueProvider.RecordGvp.getRecord=1',
          aura('serviceComponent://ui.force.RecordGvpController/ACTION$getRecord', {
            recordId: '0035g00000abcdeAAA',
          }),
          answered({
            apiName: 'Contact',
            id: '0035g00000abcdeAAA',
            fields: { Phone: { value: '1' }, LastName: { value: 'Lee' } },
          }),
          form,
        )
        .send(
          'POST',
          '/aura?r=9&aura.RecordUi.updateRecord=1',
          aura('aura://RecordUiController/ACTION$updateRecord', {
            recordId: '0035g00000abcdeAAA',
            recordInput: { apiName: 'Contact', fields: { Phone: '2' } },
          }),
          answered({ apiName: 'Contact', id: '0035g00000abcdeAAA', fields: { Phone: { value: '2' } } }),
          form,
        )
        .send(
          'POST',
          '/aura?r=10&aura.RecordUi.createRecord=1',
          aura('aura://RecordUiController/ACTION$createRecord', {
            recordInput: { apiName: 'Case', fields: { Subject: 'Broken' } },
          }),
          answered({ apiName: 'Case', id: '5005g00000zzzzzAAA', fields: { Subject: { value: 'Broken' } } }),
          form,
        )
        .send(
          'POST',
          '/aura?r=11&aura.RecordUi.deleteRecord=1',
          aura('aura://RecordUiController/ACTION$deleteRecord', { recordId: '5005g00000zzzzzAAA' }),
          answered(null),
          form,
        )
        .send(
          'POST',
          '/aura?r=12&aura.RecordUi.updateRecord=1',
          aura('aura://RecordUiController/ACTION$updateRecord', {
            recordId: '0035g00000abcdeAAA',
            recordInput: { apiName: 'Contact', fields: { Phone: 'x' } },
          }),
          answered(null, 'ERROR'),
          form,
        )
        .recorded(),
    ).toEqual([
      'update contact 0035g00000abcdeAAA: /Phone "1" → "2"',
      'create case 5005g00000zzzzzAAA',
      expect.stringMatching(/^delete (record|case) 5005g00000zzzzzAAA$/),
      expect.stringMatching(/^refused update contact 0035g00000abcdeAAA/),
    ])
  })
})

describe('methods over a socket (DDP)', () => {
  test('a method with its result; a subscription is none', () => {
    expect(
      visit()
        .socket(
          '/websocket',
          ['send', { msg: 'sub', id: 's1', name: 'settings', params: [] }],
          [
            'receive',
            { msg: 'added', collection: 'settings', id: 'Accounts_Enabled', fields: { value: false } },
          ],
          [
            'send',
            {
              msg: 'method',
              id: '4',
              method: 'saveSettings',
              params: [[{ _id: 'Accounts_Enabled', value: true }]],
            },
          ],
          ['receive', { msg: 'result', id: '4', result: true }],
          ['receive', { msg: 'updated', methods: ['4'] }],
          ['send', { msg: 'method', id: '5', method: 'deleteChannel', params: ['GENERAL'] }],
          ['receive', { msg: 'result', id: '5', error: { error: 'not-allowed', message: 'no' } }],
        )
        .recorded(),
    ).toEqual(['update setting Accounts_Enabled: /value false → true', 'refused delete channel GENERAL'])
  })
  test('the same call by POST, wrapped as text', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/v1/method.call/removeUserFromRoom',
          {
            message: JSON.stringify({
              msg: 'method',
              id: '9',
              method: 'removeUserFromRoom',
              params: [{ rid: 'r1', username: 'bo' }],
            }),
          },
          { message: JSON.stringify({ msg: 'result', id: '9', result: true }), success: true },
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^(delete|update) (user|room)/)])
  })
})

describe('forms of views that live on the server', () => {
  test('a submit event carries the form as text; validation is none', () => {
    expect(
      visit()
        .socket(
          '/live/websocket?vsn=2.0.0',
          ['send', ['4', '4', 'lv:phx-F1', 'phx_join', { url: 'https://app.example/products/3/edit' }]],
          ['receive', ['4', '4', 'lv:phx-F1', 'phx_reply', { status: 'ok', response: { rendered: {} } }]],
          [
            'send',
            [
              '4',
              '6',
              'lv:phx-F1',
              'event',
              {
                type: 'form',
                event: 'validate',
                value: 'product%5Bname%5D=Te&_target=product%5Bname%5D',
                cid: 1,
              },
            ],
          ],
          ['receive', ['4', '6', 'lv:phx-F1', 'phx_reply', { status: 'ok', response: { diff: {} } }]],
          [
            'send',
            [
              '4',
              '7',
              'lv:phx-F1',
              'event',
              { type: 'form', event: 'save', value: 'product%5Bname%5D=Tea&product%5Bprice%5D=4', cid: 1 },
            ],
          ],
          [
            'receive',
            [
              '4',
              '7',
              'lv:phx-F1',
              'phx_reply',
              { status: 'ok', response: { live_redirect: { to: '/products/3', kind: 'push' } } },
            ],
          ],
          ['send', ['4', '9', 'lv:phx-F1', 'event', { type: 'click', event: 'delete', value: { id: '5' } }]],
          ['receive', ['4', '9', 'lv:phx-F1', 'phx_reply', { status: 'ok', response: { diff: {} } }]],
        )
        .recorded(),
    ).toEqual(['update product: /name ? → "Tea", /price ? → "4"', expect.stringMatching(/^delete \w+ 5$/)])
  })
})

describe('server actions', () => {
  test('arguments as a list, answered by rows of the stream', () => {
    expect(
      visit()
        .send(
          'POST',
          '/dashboard/projects/42',
          '[{"id":42,"name":"Apollo II","visibility":"private"}]',
          '0:{"a":"$@1","f":"","b":"x"}\n1:{"ok":true}\n',
          {
            requestHeaders: {
              'next-action': '40a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
              'content-type': 'text/plain;charset=UTF-8',
              accept: 'text/x-component',
            },
          },
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update project 42: \/name \? → "Apollo II"/)])
  })
  test('a form: its fields are numbered and some are the framework’s own', () => {
    const boundary = '----WebKitFormBoundaryabc'
    const part = (name: string, value: string) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
    expect(
      visit()
        .send(
          'POST',
          '/settings/profile',
          `${part('1_$ACTION_ID_40a1b2c3d4e5f60718293a4b5c6d7e8f9012345678', '')}${part('1_displayName', 'Ana Lee')}${part('1_timezone', 'Europe/Oslo')}${part('0', '["$undefined","$K1"]')}--${boundary}--\r\n`,
          '0:{"a":"$@1","f":"","b":"x"}\n1:{"message":"Saved"}\n',
          {
            requestHeaders: {
              'next-action': '40a1b2c3d4e5f60718293a4b5c6d7e8f9012345678',
              'content-type': `multipart/form-data; boundary=${boundary}`,
              accept: 'text/x-component',
            },
          },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(
        /^update (profile|setting).*: \/displayName \? → "Ana Lee", \/timezone \? → "Europe\/Oslo"$/,
      ),
    ])
  })
  test('is known by its answer where the header is not seen', () => {
    expect(
      visit()
        .send(
          'POST',
          '/dashboard/projects/42',
          '[{"id":42,"name":"Apollo III"}]',
          '0:{"a":"$@1"}\n1:{"ok":true}\n',
          {
            requestHeaders: { 'content-type': 'text/plain;charset=UTF-8', accept: 'text/x-component' },
          },
        )
        .recorded(),
    ).toEqual(['update project 42: /name ? → "Apollo III"'])
  })
  test('an error row refuses; an action that only asks is none', () => {
    expect(
      visit()
        .send(
          'POST',
          '/projects/42',
          '[{"name":"x"}]',
          '0:{"a":"$@1","f":"","b":"x"}\n1:E{"digest":"1234"}\n',
          {
            requestHeaders: { 'next-action': '40a1', 'content-type': 'text/plain;charset=UTF-8' },
          },
        )
        .send('POST', '/projects/42', '[]', '0:{"a":"$@1"}\n1:[{"id":1}]\n', {
          requestHeaders: { 'next-action': '40a2', 'content-type': 'text/plain;charset=UTF-8' },
        })
        .recorded(),
    ).toEqual([expect.stringMatching(/^refused update project 42/)])
  })
})

describe('remote procedures behind a service path', () => {
  test('JSON to package.Service/Method', () => {
    const rpc = { requestHeaders: { 'content-type': 'application/json', 'connect-protocol-version': '1' } }
    expect(
      visit()
        .send(
          'POST',
          '/acme.projects.v1.ProjectService/GetProject',
          { id: 'p-1' },
          { project: { id: 'p-1', displayName: 'Apollo', retentionDays: 30 } },
          rpc,
        )
        .send(
          'POST',
          '/acme.projects.v1.ProjectService/UpdateProject',
          { project: { id: 'p-1', retentionDays: 60 }, updateMask: 'retentionDays' },
          { project: { id: 'p-1', displayName: 'Apollo', retentionDays: 60 } },
          rpc,
        )
        .send(
          'POST',
          '/acme.projects.v1.ProjectService/CreateProject',
          { displayName: 'Gemini' },
          { project: { id: 'p-2', displayName: 'Gemini', retentionDays: 30 } },
          rpc,
        )
        .send('POST', '/acme.projects.v1.ProjectService/DeleteProject', { id: 'p-2' }, {}, rpc)
        .send(
          'POST',
          '/acme.projects.v1.ProjectService/ListProjects',
          { pageSize: 50 },
          { projects: [] },
          rpc,
        )
        .send(
          'POST',
          '/acme.projects.v1.ProjectService/UpdateProject',
          { project: { id: 'p-1', retentionDays: -1 } },
          { code: 'invalid_argument', message: 'must be positive' },
          { ...rpc, status: 400 },
        )
        .recorded(),
    ).toEqual([
      'update project p-1: /retentionDays 30 → 60',
      'create project p-2',
      'delete project p-2',
      expect.stringMatching(/^refused update project p-1/),
    ])
  })
})

describe('a header that names the call', () => {
  test('the service, its version and the operation', () => {
    const target = (name: string) => ({
      requestHeaders: {
        'x-amz-target': `Logs_20140328.${name}`,
        'content-type': 'application/x-amz-json-1.1',
      },
    })
    expect(
      visit()
        .send('POST', '/', { name: 'web', retentionInDays: 30 }, '', target('PutRetentionPolicy'))
        .send('POST', '/', { limit: 50 }, { logGroups: [] }, target('DescribeLogGroups'))
        .recorded(),
    ).toEqual(['update retention policy web: /retentionInDays ? → 30'])
  })
})

describe('calls in a field of a form, answered by numbered chunks', () => {
  test('an rpc id says nothing; what it set and the object of it do', () => {
    const request = [[['Ab12Cd', JSON.stringify(['lists/7', { title: 'Groceries' }]), null, 'generic']]]
    expect(
      visit()
        .send(
          'POST',
          '/_/TasksUi/data/batchexecute?rpcids=Ab12Cd&source-path=%2Flists%2F7',
          encoded({ 'f.req': request, at: 'AB-not-real:1' }),
          `)]}'\n\n105\n[["wrb.fr","Ab12Cd","[\\"lists/7\\",{\\"title\\":\\"Groceries\\"}]",null,null,null,"generic"]]\n25\n[["e",4]]\n`,
          form,
        )
        .recorded(),
    ).toEqual([])
  })
})

describe('XML calls', () => {
  test('SOAP: the first element of the body is the verb and its object', () => {
    const soap = (inner: string) =>
      `<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns="urn:x"><soapenv:Header/><soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`
    const how = {
      requestHeaders: { 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:x#ModifyAccount"' },
    }
    expect(
      visit()
        .send(
          'POST',
          '/service/admin/soap/GetAccountRequest',
          soap('<ns:GetAccountRequest><ns:id>a-17</ns:id></ns:GetAccountRequest>'),
          soap(
            '<ns:GetAccountResponse><ns:account><ns:id>a-17</ns:id><ns:quota>100</ns:quota><ns:city>Oslo</ns:city></ns:account></ns:GetAccountResponse>',
          ),
          how,
        )
        .send(
          'POST',
          '/service/admin/soap/ModifyAccountRequest',
          soap(
            '<ns:ModifyAccountRequest><ns:id>a-17</ns:id><ns:quota>250</ns:quota></ns:ModifyAccountRequest>',
          ),
          soap('<ns:ModifyAccountResponse/>'),
          how,
        )
        .send(
          'POST',
          '/service/admin/soap/DeleteAccountRequest',
          soap('<ns:DeleteAccountRequest><ns:id>a-18</ns:id></ns:DeleteAccountRequest>'),
          soap(
            '<soapenv:Fault><faultcode>x</faultcode><faultstring>no such account</faultstring></soapenv:Fault>',
          ),
          { ...how, status: 500 },
        )
        .recorded(),
    ).toEqual(['update account a-17: /quota "100" → "250"', 'refused delete account a-18'])
  })
  test('XML-RPC', () => {
    const member = (name: string, value: string) =>
      `<member><name>${name}</name><value>${value}</value></member>`
    expect(
      visit()
        .send(
          'POST',
          '/xmlrpc',
          `<?xml version="1.0"?><methodCall><methodName>blog.editPost</methodName><params><param><value><int>31</int></value></param><param><value><struct>${member('title', '<string>New</string>')}${member('sticky', '<boolean>1</boolean>')}</struct></value></param></params></methodCall>`,
          '<?xml version="1.0"?><methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>',
          { requestHeaders: { 'content-type': 'text/xml' } },
        )
        .send(
          'POST',
          '/xmlrpc',
          '<?xml version="1.0"?><methodCall><methodName>d.set_priority</methodName><params><param><value><string>ABCDEF0123456789ABCDEF0123456789ABCDEF01</string></value></param><param><value><i8>3</i8></value></param></params></methodCall>',
          '<?xml version="1.0"?><methodResponse><fault><value><struct><member><name>faultString</name><value>no</value></member></struct></value></fault></methodResponse>',
          { requestHeaders: { 'content-type': 'text/xml' } },
        )
        .recorded(),
    ).toEqual([
      'update post 31: /title ? → "New", /sticky ? → true',
      expect.stringMatching(/^refused update /),
    ])
  })
  test('an XML document that is saved under its address', () => {
    expect(
      visit()
        .send(
          'GET',
          '/rest/layers/roads.xml',
          undefined,
          '<layer><name>roads</name><enabled>true</enabled><style>line</style></layer>',
          { responseHeaders: { 'content-type': 'application/xml' } },
        )
        .send(
          'PUT',
          '/rest/layers/roads.xml',
          '<layer><name>roads</name><enabled>false</enabled><style>line</style></layer>',
          '',
          {
            requestHeaders: { 'content-type': 'application/xml' },
          },
        )
        .recorded(),
    ).toEqual(['update layer roads: /enabled "true" → "false"'])
  })
})

describe('tRPC', () => {
  test('a batch of queries and mutations, one of them refused', () => {
    expect(
      visit()
        .get(`/api/trpc/team.get?batch=1&input=${encodeURIComponent('{"0":{"json":{"id":4}}}')}`, [
          { result: { data: { json: { id: 4, name: 'Blue', plan: 'free' } } } },
        ])
        .send(
          'POST',
          '/api/trpc/team.update,member.remove?batch=1',
          { 0: { json: { id: 4, name: 'Green' } }, 1: { json: { teamId: 4, memberId: 9 } } },
          [
            { result: { data: { json: { id: 4, name: 'Green', plan: 'free' } } } },
            { error: { json: { message: 'FORBIDDEN', code: -32003 } } },
          ],
        )
        .recorded(),
    ).toEqual(['update team 4: /name "Blue" → "Green"', expect.stringMatching(/^refused delete member 9$/)])
  })
})

describe('requests in a batch', () => {
  test('multipart with a change set', () => {
    const body = [
      '--batch_1',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      'GET Customers(5)?$select=Name,City HTTP/1.1',
      'Accept: application/json',
      '',
      '',
      '--batch_1',
      'Content-Type: multipart/mixed; boundary=changeset_1',
      '',
      '--changeset_1',
      'Content-Type: application/http',
      'Content-ID: 1',
      '',
      'MERGE Customers(5) HTTP/1.1',
      'Content-Type: application/json',
      '',
      '{"City":"Bergen"}',
      '--changeset_1--',
      '--batch_1--',
    ].join('\r\n')
    const answer = [
      '--r1',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 200 OK',
      'Content-Type: application/json',
      '',
      '{"d":{"__metadata":{"uri":"Customers(5)","type":"Acme.Customer"},"ID":5,"Name":"Ana","City":"Oslo"}}',
      '--r1',
      'Content-Type: multipart/mixed; boundary=c1',
      '',
      '--c1',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 204 No Content',
      '',
      '',
      '--c1--',
      '--r1--',
    ].join('\r\n')
    expect(
      visit()
        .send('POST', '/sap/opu/odata/sap/API_CUSTOMER/$batch', body, answer, {
          requestHeaders: { 'content-type': 'multipart/mixed; boundary=batch_1' },
        })
        .recorded(),
    ).toEqual(['update customer 5: /City "Oslo" → "Bergen"'])
  })
})
