/** Documents whose page a server rendered and whose changes are sent as JSON, and what such pages ask around them. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'
import { visit } from './visit.ts'

const BORN = '2026-11-02T04:52:43.824Z'
const form = (action: string): string =>
  `<form action="${action}"><input name="name" value="Chair"><input type="number" name="price" value="49"><input type="checkbox" name="active" checked><input name="limits.perMinute" value="60"></form>`

describe('the form that a server rendered shows the old values', () => {
  const sent = {
    name: 'Chair',
    price: 55,
    active: false,
    limits: { perMinute: 90 },
    note: 'x',
    updatedAt: BORN,
  }
  test('of what script sends to the address of the form', () => {
    expect(
      session()
        .open('/admin/collections/products/1', form('/api/products/1?depth=0'))
        .send('PATCH', '/api/products/1?depth=0', JSON.stringify(sent), {
          json: { doc: { id: 1, ...sent }, message: 'Updated successfully.' },
        })
        .recorded(),
    ).toEqual(['update product 1: /price 49 → 55, /active true → false, /limits/perMinute 60 → 90'])
  })
  test('of what script sends elsewhere under the names of its fields', () => {
    expect(
      session()
        .open('/admin/products/1', form('/admin/products/1'))
        .send('PUT', '/api/products/1', JSON.stringify({ name: 'Stool', price: 49, active: true }), {
          json: '{}',
        })
        .recorded(),
    ).toEqual(['update product 1: /name "Chair" → "Stool"'])
  })
  test('and nothing of another page', () => {
    expect(
      session()
        .open('/admin/search', '<form><input name="name" value="Lamp"><input name="price" value="1"></form>')
        .open('/admin/products/1', '<p>Loading</p>')
        .send('PATCH', '/api/products/1', JSON.stringify({ name: 'Stool', price: 49 }), { json: {} })
        .recorded(),
    ).toEqual(['update product 1: /name undefined → "Stool", /price undefined → 49'])
  })
})

describe('around a document', () => {
  test('a document that is sent with the time of its making was there before', () => {
    const settings = { siteTitle: 'Acme Shop', createdAt: BORN, updatedAt: BORN }
    expect(
      visit()
        .send('POST', '/api/globals/site-settings', settings, {
          message: 'Updated',
          result: { id: 1, ...settings },
        })
        .recorded(),
    ).toEqual(['update site setting 1: /siteTitle ? → "Acme Shop"'])
  })
  test('asking what one may do with it changes nothing, nor does a view that is remembered', () => {
    expect(
      visit()
        .send(
          'POST',
          '/api/products/access/1',
          { id: 1, name: 'Chair' },
          { fields: true, create: true, update: true },
        )
        .send(
          'POST',
          '/api/ui-preferences/product-list',
          { value: { editViewType: 'default' } },
          { doc: { id: 1 } },
        )
        .recorded(),
    ).toEqual([])
  })
  test('one action for everything: the name of what it is asked for decides', () => {
    const call = (name: string, args: object) => JSON.stringify([{ name, args }])
    const component = { responseHeaders: { 'content-type': 'text/x-component' } }
    expect(
      visit()
        .send(
          'POST',
          '/admin/products/1',
          call('form-state', { id: 1, data: { name: 'Chair' } }),
          '0:{}',
          component,
        )
        .send('POST', '/admin/products/1', call('update-product', { name: 'Stool' }), '0:{}', component)
        .recorded(),
    ).toEqual(['update product 1: /name ? → "Stool"'])
  })
  test('ids in a nested filter of the query', () => {
    expect(
      visit()
        .send(
          'DELETE',
          '/api/articles?limit=0&where[and][0][id][in][0]=2&where[and][0][id][in][1]=3',
          undefined,
          {},
        )
        .recorded(),
    ).toEqual(['delete article 2', 'delete article 3'])
  })
  test('another kind of thing under the same small number is not what it was', () => {
    expect(
      visit()
        .get('/api/users/me', { user: { id: 1, name: 'Dana Roth', createdAt: BORN } })
        .send('PATCH', '/api/products/1', { name: 'Chair', price: 55, stock: 2, createdAt: BORN }, {})
        .recorded(),
    ).toEqual(['update product 1: /name ? → "Chair", /price ? → 55, /stock ? → 2'])
  })
})
