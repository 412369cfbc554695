/** Forms whose fields are numbered: lists that are edited where they stand, parts of one thing, actions on the rows that were ticked. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'

const saved = {
  to: '/admin/fleet/device/',
  html: '<ul class="messagelist"><li class="success">Saved.</li></ul>',
}

/** How a framework names the field of a row. */
const NAMES: Readonly<Record<string, (row: number, field: string) => string>> = {
  'with hyphens': (row, field) => `form-${row}-${field}`,
  'in brackets': (row, field) => `devices[${row}][${field}]`,
  'as members': (row, field) => `devices[${row}].${field}`,
}
const ROWS = [
  { id: '12', name: 'sw-1', status: 'active', units: '1' },
  { id: '15', name: 'sw-2', status: 'active', units: '2' },
  { id: '19', name: 'fw-1', status: 'spare', units: '1' },
]
const option = (value: string, chosen: string) =>
  `<option${value === chosen ? ' selected' : ''}>${value}</option>`

describe.each(Object.entries(NAMES))('%s', (_style, nameOf) => {
  const list = `<h1>Devices</h1><form method="post" action=""><input type="hidden" name="csrf_token" value="tok-not-real"><select name="action"><option value="">---</option><option value="retire">Retire</option></select><button name="go">Go</button><table>${ROWS.map(
    (row, index) =>
      `<tr><td><input type="checkbox" name="_selected_action" value="${row.id}"></td><th><a href="/admin/fleet/device/${row.id}/">${row.name}</a></th><td><input type="hidden" name="${nameOf(index, 'id')}" value="${row.id}"><select name="${nameOf(index, 'status')}">${['active', 'spare', 'retired'].map((value) => option(value, row.status)).join('')}</select></td><td><input name="${nameOf(index, 'units')}" value="${row.units}"></td></tr>`,
  ).join('')}</table><button name="_save">Save</button></form>`
  const sent = (changed: Readonly<Record<string, string>>, more: readonly (readonly [string, string])[]) =>
    new URLSearchParams([
      ['csrf_token', 'tok-not-real'],
      ...ROWS.flatMap((row, index) =>
        (['id', 'status', 'units'] as const).map((field): [string, string] => [
          nameOf(index, field),
          changed[`${row.id} ${field}`] ?? row[field],
        ]),
      ),
      ...more.map(([name, value]): [string, string] => [name, value]),
    ]).toString()

  test('each row that was edited in the list is a change of its own', () => {
    expect(
      session()
        .open('/admin/fleet/device/', list)
        .post(
          '/admin/fleet/device/',
          sent({ '12 units': '4', '19 status': 'retired' }, [
            ['action', ''],
            ['_save', ''],
          ]),
          saved,
        )
        .recorded(),
    ).toEqual(['update device 12: /units "1" → "4"', 'update device 19: /status "spare" → "retired"'])
  })

  test('an app’s own word is done to the rows that were ticked, not to those that came along', () => {
    expect(
      session()
        .open('/admin/fleet/device/', list)
        .post(
          '/admin/fleet/device/',
          sent({}, [
            ['action', 'retire'],
            ['_selected_action', '15'],
            ['_selected_action', '19'],
            ['go', ''],
          ]),
          saved,
        )
        .recorded(),
    ).toEqual([
      expect.stringMatching(/^update device 15: .*retire/),
      expect.stringMatching(/^update device 19: .*retire/),
    ])
  })

  test('rows beside fields of its own are parts of the one thing', () => {
    const part = (row: number, field: string) => nameOf(row, field)
    const edit = `<h1>Change device</h1><form method="post" action="" id="device_form"><label for="n">Name</label><input id="n" name="name" value="fw-1"><input type="hidden" name="${part(0, 'id')}" value="71"><input name="${part(0, 'vlan')}" value="10"><input type="hidden" name="${part(1, 'id')}" value="72"><input name="${part(1, 'vlan')}" value="20"><input type="submit" name="_save" value="Save"></form>`
    const body = new URLSearchParams([
      ['name', 'fw-1'],
      [part(0, 'id'), '71'],
      [part(0, 'vlan'), '10'],
      [part(1, 'id'), '72'],
      [part(1, 'vlan'), '30'],
      ['_save', 'Save'],
    ])
    expect(
      session()
        .open('/admin/fleet/device/19/change/', edit)
        .post('/admin/fleet/device/19/change/', body.toString(), saved)
        .recorded(),
    ).toEqual([expect.stringMatching(/^update device 19: \S*1\S*vlan "20" → "30"$/)])
  })
})

test('a row that is marked for removal is gone', () => {
  const list =
    '<h1>Labels</h1><form method="post" action=""><input type="hidden" name="form-0-id" value="3"><input name="form-0-name" value="core"><input type="checkbox" name="form-0-DELETE"><input type="hidden" name="form-1-id" value="4"><input name="form-1-name" value="edge"><input type="checkbox" name="form-1-DELETE"><input type="submit" value="Save"></form>'
  expect(
    session()
      .open('/admin/labels/', list)
      .post(
        '/admin/labels/',
        'form-0-id=3&form-0-name=core&form-0-DELETE=on&form-1-id=4&form-1-name=edge',
        saved,
      )
      .recorded(),
  ).toEqual([expect.stringMatching(/^delete label 3/)])
})
