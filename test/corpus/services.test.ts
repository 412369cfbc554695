/** Business services and their consoles: what is sent, what comes back, how little of it is said. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const form = {
  requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' },
  type: 'xhr',
}

describe('a payment service', () => {
  test('nested keys in a form, metadata that is unset by an empty string', () => {
    expect(
      visit()
        .get('/v1/customers/cus_NffrFeUfNV2Hib', {
          id: 'cus_NffrFeUfNV2Hib',
          object: 'customer',
          email: 'jenny@acme.example',
          description: null,
          metadata: { order_id: '6735' },
          invoice_settings: { footer: null },
        })
        .send(
          'POST',
          '/v1/customers/cus_NffrFeUfNV2Hib',
          'description=VIP&metadata[order_id]=7000&invoice_settings[footer]=Thanks',
          {
            id: 'cus_NffrFeUfNV2Hib',
            object: 'customer',
            email: 'jenny@acme.example',
            description: 'VIP',
            metadata: { order_id: '7000' },
            invoice_settings: { footer: 'Thanks' },
          },
          form,
        )
        .send(
          'POST',
          '/v1/products',
          'name=Gold&default_price_data[currency]=usd&default_price_data[unit_amount]=1500',
          { id: 'prod_NWjs8kKbJWmuuc', object: 'product', name: 'Gold', active: true },
          form,
        )
        .send(
          'POST',
          '/v1/payment_intents/pi_3MtwBwLkdIwHu7ix28a3tqPa/cancel',
          '',
          { id: 'pi_3MtwBwLkdIwHu7ix28a3tqPa', object: 'payment_intent', status: 'canceled' },
          form,
        )
        .send('DELETE', '/v1/coupons/Z4OV52SU', undefined, {
          id: 'Z4OV52SU',
          object: 'coupon',
          deleted: true,
        })
        .recorded(),
    ).toEqual([
      'update customer cus_NffrFeUfNV2Hib: /description null → "VIP", /metadata/order_id "6735" → "7000", /invoice_settings/footer null → "Thanks"',
      'create product prod_NWjs8kKbJWmuuc',
      expect.stringMatching(/^update payment intent pi_3MtwBwLkdIwHu7ix28a3tqPa.*cancel/),
      'delete coupon Z4OV52SU',
    ])
  })
})

describe('an issue tracker', () => {
  test('fields and operations on fields, transitions, comments, watchers, schemes', () => {
    expect(
      visit()
        .get('/rest/api/2/issue/ACME-12', {
          id: '10012',
          key: 'ACME-12',
          fields: { summary: 'Old', priority: { id: '3', name: 'Medium' }, labels: ['ui'], assignee: null },
        })
        .send(
          'PUT',
          '/rest/api/2/issue/ACME-12',
          { fields: { summary: 'New', priority: { id: '2' } }, update: { labels: [{ add: 'urgent' }] } },
          '',
          { status: 204 },
        )
        .send('PUT', '/rest/api/2/issue/ACME-13/assignee', { name: 'bo' }, '', { status: 204 })
        .send(
          'POST',
          '/rest/api/2/issue/ACME-12/comment',
          { body: 'Hello' },
          { id: '771', body: 'Hello' },
          { status: 201 },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update issue ACME-12: .*\/summary "Old" → "New".*priority.*/),
      expect.stringMatching(/^update (issue|assignee) ACME-13: .*"bo"/),
      'create comment 771',
    ])
  })
  test('edit in place by a form to an action, answered with all fields', () => {
    expect(
      visit()
        .send(
          'POST',
          '/secure/AjaxIssueAction.jspa?decorator=none',
          'duedate=2026-02-01&issueId=10012&atl_token=BXYZ-not-real-1234&singleFieldEdit=true&fieldsToForcePresent=duedate',
          {
            fields: [{ id: 'duedate', label: 'Due Date', editHtml: '<div/>' }],
            issue: { id: 10012, key: 'ACME-12' },
          },
          form,
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update issue 10012: .*\/duedate .*"2026-02-01"/)])
  })
})

describe('a database as a REST service', () => {
  test('rows are chosen in the query', () => {
    const how = { requestHeaders: { prefer: 'return=representation', 'content-type': 'application/json' } }
    expect(
      visit()
        .get('/rest/v1/plans?select=*&order=id.asc', [
          { id: 5, name: 'Basic', price: 9 },
          { id: 6, name: 'Pro', price: 19 },
        ])
        .send('PATCH', '/rest/v1/plans?id=eq.5', { price: 12 }, [{ id: 5, name: 'Basic', price: 12 }], how)
        .send('DELETE', '/rest/v1/plans?id=eq.6', undefined, '', { status: 204 })
        .send('DELETE', '/rest/v1/plans?id=in.(7,8)', undefined, '', { status: 204 })
        .send(
          'POST',
          '/rest/v1/plans?select=*',
          { name: 'Team', price: 49 },
          [{ id: 9, name: 'Team', price: 49 }],
          { ...how, status: 201 },
        )
        .send('POST', '/rest/v1/rpc/search_plans', { term: 'x' }, [{ id: 5 }])
        .recorded(),
    ).toEqual([
      'update plan 5: /price 9 → 12',
      'delete plan 6',
      'delete plan 7',
      'delete plan 8',
      'create plan 9',
    ])
  })
  test('mutations by where, with affected rows', () => {
    expect(
      visit()
        .send(
          'POST',
          '/v1/graphql',
          {
            query: 'query Users { users { id name role } }',
            variables: {},
          },
          { data: { users: [{ id: 5, name: 'Ana', role: 'viewer' }] } },
        )
        .send(
          'POST',
          '/v1/graphql',
          {
            query:
              'mutation M($id: Int!, $_set: users_set_input!) { update_users(where: {id: {_eq: $id}}, _set: $_set) { affected_rows returning { id role } } }',
            variables: { id: 5, _set: { role: 'editor' } },
          },
          { data: { update_users: { affected_rows: 1, returning: [{ id: 5, role: 'editor' }] } } },
        )
        .send(
          'POST',
          '/v1/graphql',
          {
            query:
              'mutation D { delete_users_by_pk(id: 6) { id } insert_users_one(object: {name: "Cy", role: "viewer"}) { id name } }',
          },
          { data: { delete_users_by_pk: { id: 6 }, insert_users_one: { id: 7, name: 'Cy' } } },
        )
        .recorded(),
    ).toEqual(['update user 5: /role "viewer" → "editor"', 'delete user 6', 'create user 7'])
  })
  test('documents with typed values and a mask of fields', () => {
    const name = 'projects/acme/databases/(default)/documents/rooms/r7'
    expect(
      visit()
        .get(`/v1/${name}`, {
          name,
          fields: {
            title: { stringValue: 'Blue' },
            seats: { integerValue: '8' },
            open: { booleanValue: true },
          },
          createTime: '2026-01-01T00:00:00Z',
          updateTime: '2026-01-01T00:00:00Z',
        })
        .send(
          'PATCH',
          `/v1/${name}?updateMask.fieldPaths=seats`,
          { fields: { seats: { integerValue: '12' } } },
          {
            name,
            fields: {
              title: { stringValue: 'Blue' },
              seats: { integerValue: '12' },
              open: { booleanValue: true },
            },
            updateTime: '2026-01-05T09:00:00Z',
          },
        )
        .recorded(),
    ).toEqual([expect.stringMatching(/^update room r7: \/\S*seats\S* "?8"? → "?12"?$/)])
  })
})

describe('a service of a large vendor', () => {
  test('OData PATCH of an entity by key, bound action, navigation', () => {
    expect(
      visit()
        .get('/api/data/v9.2/accounts(7d1a0000-1111-4222-8333-444455556666)?$select=name,telephone1', {
          '@odata.context': 'x',
          '@odata.etag': 'W/"1"',
          accountid: '7d1a0000-1111-4222-8333-444455556666',
          name: 'Fabrikam',
          telephone1: '1',
        })
        .send(
          'PATCH',
          '/api/data/v9.2/accounts(7d1a0000-1111-4222-8333-444455556666)',
          {
            telephone1: '2',
            'primarycontactid@odata.bind': '/contacts(8d1a0000-1111-4222-8333-444455556666)',
          },
          '',
          { status: 204 },
        )
        .send('PATCH', "/odata/Products('A-5')", { UnitPrice: 7 }, '', { status: 204 })
        .send('DELETE', '/odata/Products(9)', undefined, '', { status: 204 })
        .send(
          'POST',
          '/odata/Products',
          { Name: 'Tea' },
          { '@odata.context': 'x', ID: 12, Name: 'Tea' },
          { status: 201 },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update account 7d1a0000-1111-4222-8333-444455556666: \/telephone1 "1" → "2"/),
      'update product A-5: /UnitPrice ? → 7',
      'delete product 9',
      'create product 12',
    ])
  })
  test('PascalCase throughout', () => {
    expect(
      visit()
        .get('/api/Users/GetUser?UserId=31', {
          Success: true,
          Data: { UserId: 31, UserName: 'bo', IsLocked: false, RoleName: 'Viewer' },
        })
        .send(
          'POST',
          '/api/Users/UpdateUser',
          { UserId: 31, UserName: 'bo', IsLocked: false, RoleName: 'Editor' },
          { Success: true, Message: 'Saved', Data: null },
        )
        .send('POST', '/api/Users/DeleteUser', { UserId: 32 }, { Success: true, Message: '', Data: null })
        .send(
          'POST',
          '/api/Users/CreateUser',
          { UserName: 'cy', RoleName: 'Viewer' },
          { Success: true, Data: 33 },
        )
        .send(
          'POST',
          '/api/Users/UpdateUser',
          { UserId: 31, RoleName: '' },
          { Success: false, Message: 'Role is needed', Data: null },
        )
        .recorded(),
    ).toEqual([
      'update user 31: /RoleName "Viewer" → "Editor"',
      'delete user 32',
      'create user 33',
      expect.stringMatching(/^refused update user 31/),
    ])
  })
})

describe('GraphQL by the book of a relay', () => {
  test('global ids, an input object, payload with the edge, user errors', () => {
    expect(
      visit()
        .send(
          'POST',
          '/graphql',
          {
            query:
              'query Q($id: ID!) { node(id: $id) { ... on Repository { id name description hasIssuesEnabled } } }',
            variables: { id: 'UmVwb3NpdG9yeTo1' },
          },
          {
            data: {
              node: {
                __typename: 'Repository',
                id: 'UmVwb3NpdG9yeTo1',
                name: 'web',
                description: 'old',
                hasIssuesEnabled: true,
              },
            },
          },
        )
        .send(
          'POST',
          '/graphql',
          {
            query:
              'mutation M($input: UpdateRepositoryInput!) { updateRepository(input: $input) { repository { id description } clientMutationId } }',
            variables: {
              input: { repositoryId: 'UmVwb3NpdG9yeTo1', description: 'new', clientMutationId: '1' },
            },
          },
          {
            data: {
              updateRepository: {
                repository: { id: 'UmVwb3NpdG9yeTo1', description: 'new' },
                clientMutationId: '1',
              },
            },
          },
        )
        .send(
          'POST',
          '/graphql',
          {
            query:
              'mutation P($id: ID!, $input: ProductInput!) { productUpdate(id: $id, input: $input) { product { id title } errors: userErrors { field message } } }',
            variables: { id: 'gid://shop/Product/9', input: { title: '' } },
          },
          {
            data: {
              productUpdate: { product: null, errors: [{ field: ['title'], message: "can't be blank" }] },
            },
          },
        )
        .send(
          'POST',
          '/graphql',
          {
            operationName: 'addLabels',
            query:
              'mutation addLabels($i: AddLabelsToLabelableInput!) { addLabelsToLabelable(input: $i) { clientMutationId } }',
            variables: { i: { labelableId: 'SXNzdWU6OQ==', labelIds: ['TGFiZWw6MQ=='] } },
          },
          { data: { addLabelsToLabelable: { clientMutationId: null } } },
        )
        .recorded(),
    ).toEqual([
      'update repository UmVwb3NpdG9yeTo1: /description "old" → "new"',
      expect.stringMatching(/^refused update product gid:\/\/shop\/Product\/9/),
      expect.stringMatching(/^update label\w* SXNzdWU6OQ==/),
    ])
  })
})

describe('a content system by REST', () => {
  test('raw and rendered texts, terms, settings, trash and force', () => {
    const post = (title: string) => ({
      id: 12,
      title: { raw: title, rendered: title },
      content: { raw: 'x', rendered: '<p>x</p>' },
      status: 'publish',
      categories: [1],
      _links: { self: [{ href: 'x' }] },
    })
    expect(
      visit()
        .get('/wp-json/wp/v2/posts/12?context=edit', post('Old'))
        .send(
          'POST',
          '/wp-json/wp/v2/posts/12?_locale=user',
          { title: 'New', categories: [1, 4] },
          { ...post('New'), categories: [1, 4] },
          { requestHeaders: { 'x-http-method-override': 'PUT', 'content-type': 'application/json' } },
        )
        .send(
          'POST',
          '/index.php?rest_route=%2Fwp%2Fv2%2Fcategories&_locale=user',
          { name: 'Kitchen' },
          { id: 8, name: 'Kitchen', slug: 'kitchen', taxonomy: 'category' },
          { status: 201 },
        )
        .get('/wp-json/wp/v2/settings', { title: 'Acme', description: '', timezone: 'UTC' })
        .send(
          'POST',
          '/wp-json/wp/v2/settings',
          { title: 'Acme 2' },
          { title: 'Acme 2', description: '', timezone: 'UTC' },
        )
        .send('DELETE', '/wp-json/wp/v2/posts/12?force=true', undefined, {
          deleted: true,
          previous: post('New'),
        })
        .recorded(),
    ).toEqual([
      'update post 12: /title "Old" → "New", /categories [1] → [1,4]',
      'create category 8',
      'update setting: /title "Acme" → "Acme 2"',
      'delete post 12',
    ])
  })
})

describe('names in another language', () => {
  test('German keys and paths', () => {
    expect(
      visit()
        .get('/api/benutzer/7', { id: 7, vorname: 'Ana', nachname: 'Lee', rolle: 'Leser', aktiv: true })
        .send(
          'PUT',
          '/api/benutzer/7',
          { id: 7, vorname: 'Ana', nachname: 'Lee', rolle: 'Redakteur', aktiv: true },
          '',
          { status: 204 },
        )
        .send(
          'POST',
          '/api/kunden',
          { firma: 'Müller GmbH', ort: 'Köln' },
          { id: 55, firma: 'Müller GmbH', ort: 'Köln' },
          { status: 201 },
        )
        .send('DELETE', '/api/kunden/54', undefined, '', { status: 204 })
        .recorded(),
    ).toEqual(['update benutzer 7: /rolle "Leser" → "Redakteur"', 'create kunden 55', 'delete kunden 54'])
  })
})

describe('kebab, snake and camel of one thing', () => {
  test('a path in kebab, a body in camel, a read in snake', () => {
    expect(
      visit()
        .get('/api/v2/payment-methods', {
          payment_methods: [{ payment_method_id: 'pm-1', is_default: false, display_name: 'Card' }],
        })
        .send('PATCH', '/api/v2/payment-methods/pm-1', { isDefault: true, displayName: 'Card' }, { ok: true })
        .send('POST', '/api/v2/payment-methods/pm-1/set-default', undefined, { ok: true })
        .send('PUT', '/api/v2/organizations/acme/members/bo/role', { role: 'owner' }, '', { status: 204 })
        .send(
          'POST',
          '/api/v2/feature-flags/dark-mode/toggle',
          { enabled: true },
          { key: 'dark-mode', enabled: true },
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update payment method pm-1: \/is_default false → true/),
      expect.stringMatching(/^update member bo: \/role .* "owner"$/),
      'update feature flag dark-mode: /enabled ? → true',
    ])
  })
})
