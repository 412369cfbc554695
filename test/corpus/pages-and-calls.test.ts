/** JSON-RPC 1.0, one script for all tables, links that post, forms that ask again, switches named like times. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'
import { visit } from './visit.ts'

describe('JSON-RPC 1.0: {id, method, params: […]} to one address, a context last', () => {
  const context = { language: 'en', client: 'c-1', groups: [1, 2] }
  const call = (id: number, method: string, ...params: unknown[]) => ({
    id,
    method,
    params: [...params, context],
  })
  test('a method without a verb is a question, a context is no value, several may be made at once', () => {
    expect(
      visit()
        .send('POST', '/acme/', call(1, 'model.party.party.resources', 5), { id: 1, result: { notes: 0 } })
        .send('POST', '/acme/', call(2, 'model.party.party.read', [5], ['name']), {
          id: 2,
          result: [{ id: 5, name: 'Northwind' }],
        })
        .send('POST', '/acme/', call(3, 'model.party.party.write', [5], { name: 'Northwind GmbH' }), {
          id: 3,
          result: null,
        })
        .send('POST', '/acme/', call(4, 'model.res.group.create', [{ name: 'Auditors' }, { name: 'Ops' }]), {
          id: 4,
          result: [7, 8],
        })
        .send('POST', '/acme/', call(5, 'model.party.party.delete', [5]), { id: 5, result: null })
        .recorded(),
    ).toEqual([
      'update party 5: /name "Northwind" → "Northwind GmbH"',
      'create group 7',
      'create group 8',
      'delete party 5',
    ])
  })
  test('menu 1, read after user 1 was saved, says nothing of the user', () => {
    const user = { id: 1, name: 'Administrator', login: 'admin', active: 1 }
    expect(
      visit()
        .send('POST', '/acme/', call(1, 'model.res.user.read', [1], ['name']), { id: 1, result: [user] })
        .send('POST', '/acme/', call(2, 'model.res.user.write', [1], { name: 'Head' }), {
          id: 2,
          result: null,
        })
        .send('POST', '/acme/', call(3, 'model.ui.menu.read', [1], ['name']), {
          id: 3,
          result: [{ id: 1, name: 'Administration', active: 1, icon: 'gear' }],
        })
        .recorded(),
    ).toEqual(['update user 1: /name "Administrator" → "Head"'])
  })
})

describe('addresses', () => {
  test('two words are a noun, not an id with a prefix; a version glued to the door is no noun', () => {
    expect(
      visit()
        .send('DELETE', '/issue_statuses/6', undefined, {})
        .send('DELETE', '/payment_templates/4', undefined, {})
        .send('DELETE', '/apiv2/keys/old-flag', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual(['delete issue status 6', 'delete payment template 4', 'delete key old-flag'])
  })
})

test('a switch that is called active, and written as a number, is no time of last activity', () => {
  expect(
    visit()
      .send('GET', '/api/users/4', undefined, { id: 4, name: 'Petra', active: 1, last_active: 1767225600 })
      .send('PUT', '/api/users/4', { name: 'Petra', active: 0, last_active: 1767225700 }, {})
      .recorded(),
  ).toEqual(['update user 4: /active 1 → 0'])
})

describe('server-rendered pages', () => {
  const page = (inner: string): string => `<div id="content">${inner}</div>`
  test('a link that posts carries its value in its address', () => {
    expect(
      session()
        .open(
          '/users',
          page('<h2>Users</h2><table><tr><td><a href="/users/5/edit">petra</a></td></tr></table>'),
        )
        .post('/users/5?user%5Bstatus%5D=3', '_method=put&authenticity_token=abc%3D%3D', {
          to: '/users',
          html: page('<div class="flash notice">Successful update.</div>'),
        })
        .recorded(),
    ).toEqual(['update user 5: /status undefined → "3"'])
  })
  test('a form that is sent to its own page and comes back asks for other fields', () => {
    const form =
      '<form action="/issues/1" method="post"><input type="hidden" name="_method" value="patch"><input name="issue[subject]" value="Logo"><select name="issue[status_id]"><option value="1" selected>New</option><option value="2">Open</option></select><input type="submit" name="commit" value="Submit"></form>'
    expect(
      session()
        .open('/issues/1/edit', page(form))
        .send('POST', '/issues/1/edit.js', '_method=patch&issue%5Bsubject%5D=Logo&issue%5Bstatus_id%5D=2', {
          html: `replaceForm('${form.replaceAll('"', '\\"')}')`,
        })
        .post('/issues/1', '_method=patch&issue%5Bsubject%5D=Logo&issue%5Bstatus_id%5D=2&commit=Submit', {
          to: '/issues/1',
          html: page('<div class="flash notice">Successful update.</div>'),
        })
        .recorded(),
    ).toEqual(['update issue 1: /status_id "1" → "2"'])
  })
  test('a hidden default after a list of boxes is no box', () => {
    const form =
      '<form action="/projects/site" method="post"><input type="hidden" name="_method" value="patch"><input name="project[name]" value="Site"><input type="checkbox" name="project[modules][]" value="wiki" checked><input type="checkbox" name="project[modules][]" value="news"><input type="hidden" name="project[modules][]" value=""><input type="submit" name="commit" value="Save"></form>'
    expect(
      session()
        .open('/projects/site/settings', page(form))
        .post(
          '/projects/site',
          '_method=patch&project%5Bname%5D=Shop&project%5Bmodules%5D%5B%5D=wiki&project%5Bmodules%5D%5B%5D=&commit=Save',
          { to: '/projects/site/settings', html: page('<div class="flash notice">Successful update.</div>') },
        )
        .recorded(),
    ).toEqual(['update project site: /name "Site" → "Shop"'])
  })
  test('a form that script sends tells its button by name', () => {
    expect(
      session()
        .open('/projects/site/settings', page('<h2>Settings</h2>'))
        .send(
          'POST',
          '/projects/site/memberships',
          'membership%5Buser_ids%5D%5B%5D=5&membership%5Brole_ids%5D%5B%5D=4&commit=Add',
          { html: "$('#members').html('<table><tr><td>Petra</td></tr></table>')" },
        )
        .recorded(),
    ).toEqual(['create membership: /user_ids ["5"], /role_ids ["4"]'])
  })

  describe('one script for all tables', () => {
    const edit =
      '<form name="edit" method="post" action=""><input type="hidden" name="table" value="alias"><input type="hidden" name="token" value="0123456789"><textarea name="value[goto]">petra@acme.example</textarea><input type="checkbox" name="value[active]" value="1" checked><input type="submit" name="submit" value="Save changes"></form>'
    const done = page('<ul class="flash-info"><li>The alias info@acme.example has been updated!</li></ul>')
    test('the address says which table and which row', () => {
      expect(
        session()
          .open('/edit.php?table=alias&edit=info%40acme.example', page(edit))
          .post(
            '/edit.php?table=alias&edit=info%40acme.example',
            'table=alias&token=0123456789&value%5Bgoto%5D=ana%40acme.example&value%5Bactive%5D=1&submit=Save+changes',
            { to: '/list.php', html: done },
          )
          .recorded(),
      ).toEqual(['update alias info@acme.example: /goto "petra@acme.example" → "ana@acme.example"'])
    })
    test('a link with a token turns a switch; looking for something is nothing', () => {
      expect(
        session()
          .open('/list.php', page('<h2>Mailboxes</h2>'))
          .follow('/editactive.php?table=mailbox&id=petra%40acme.example&active=0&token=0123456789', {
            to: '/list.php?domain=acme.example',
            html: page('<h2>Mailboxes</h2>'),
          })
          .post('/list.php', 'search%5B_%5D=petra', { html: page('<h2>Mailboxes</h2>') })
          .recorded(),
      ).toEqual(['update mailbox petra@acme.example: /active undefined → "0"'])
    })
  })
})

test('a read of one member after a save does not deny the others', () => {
  const report = { _id: 'g7xYQRL6PmTR1ctd', name: 'sales', recipe: 'html', engine: 'plain', changedAt: 1 }
  expect(
    visit()
      .send('GET', '/odata/templates(g7xYQRL6PmTR1ctd)', undefined, { value: [report] })
      .send(
        'PATCH',
        '/odata/templates(g7xYQRL6PmTR1ctd)',
        { ...report, localization: { language: 'de' } },
        '',
      )
      .send('GET', '/odata/templates(g7xYQRL6PmTR1ctd)?$select=changedAt', undefined, {
        value: [{ _id: 'g7xYQRL6PmTR1ctd', changedAt: 2 }],
      })
      .recorded(),
  ).toEqual(['update template g7xYQRL6PmTR1ctd: /localization/language ? → "de"'])
})

test('a POST that is answered with a file has rendered something', () => {
  expect(
    visit()
      .send('POST', '/api/report/sales', { template: { name: 'sales', recipe: 'html' } }, '', {
        responseHeaders: { 'content-type': 'multipart/mixed; boundary=x' },
      })
      .send('POST', '/api/sheets/7', { columns: ['a', 'b'], title: 'Sales' }, '', {
        responseHeaders: { 'content-type': 'text/csv', 'content-disposition': 'attachment; filename=a.csv' },
      })
      .recorded(),
  ).toEqual([])
})

test('an empty post to an address of an item, with the verb in the query', () => {
  expect(
    visit()
      .get('/api/entries/17', { id: 17, name: 'Acme' })
      .send('POST', '/api/entries/17?action=delete', undefined, 'ok')
      .send('POST', '/api/entries/17?action=view', undefined, 'ok')
      .recorded(),
  ).toEqual(['delete entry 17'])
})

test('one field that is sent to an item is not the form "Add key" that has the field too', () => {
  expect(
    session()
      .open(
        '/',
        `<h2>Add key</h2><form action="/keys" method="post"><input name="keyName"><select name="keyType"><option>string</select>
         <input name="score"><input name="member"><textarea name="text"></textarea></form>`,
      )
      .send('POST', '/api/keys/17', 'text=Acme+GmbH', { html: 'OK' })
      .recorded(),
  ).toEqual(['update key 17: /text undefined → "Acme GmbH"'])
})
