/** What is written otherwise than it is read: under a verb glued to its noun, as rows of names and values, as bare values, as plain text. */
import { describe, expect, test } from 'vitest'
import { visit } from './visit.ts'

const FORM = { requestHeaders: { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' } }

describe('a verb and its noun in one word', () => {
  test('is written where the noun alone is read', () => {
    expect(
      visit()
        .get('/timers', { lamp: 5, fan: 9 })
        .send('POST', '/savetimers', { lamp: 7, fan: 9 }, { success: true })
        .send('POST', '/deletetimer?id=12', undefined, { success: true })
        .recorded(),
    ).toEqual(['update timer: /lamp 5 → 7', 'delete timer 12'])
  })

  test('no verb is read into words that merely begin like one', () => {
    expect(
      visit()
        .send('PUT', '/api/settings', { lamp: 7 }, {})
        .send('PUT', '/api/addresses/5', { city: 'Bonn' }, {})
        .recorded(),
    ).toEqual(['update setting: /lamp ? → 7', 'update address 5: /city ? → "Bonn"'])
  })
})

describe('a list of another shape', () => {
  test('rows of a name and a value: those that differ from what was read of the things', () => {
    const pump = (pump: string, speed: number): object => ({ pump, speed, turns: 0, note: `Pump ${pump}` })
    const halls = [
      { hall: 'north', pumps: [pump('n1', 3), pump('n2', 4), pump('n3', 5)] },
      { hall: 'south', pumps: [pump('s1', 6)] },
    ]
    const rows = [
      { name: 'n1', value: 3 },
      { name: 'n2', value: 8 },
      { name: 'n3', value: 5 },
      { name: 's1', value: 6 },
    ]
    expect(
      visit()
        .get('/pumps', halls)
        .send('POST', '/savepumps', JSON.stringify(rows), { success: true }, FORM)
        .send('POST', '/savepumps', JSON.stringify([{ name: 's1', value: 7 }]), { success: true }, FORM)
        .recorded(),
    ).toEqual(['update pump n2: /speed 4 → 8', 'update pump s1: /value ? → 7'])
  })

  test('bare values: the one that is new takes the place of the one that is gone', () => {
    expect(
      visit()
        .get('/levels', [
          { level: 'low', limit: 4 },
          { level: 'high', limit: 15 },
          { level: 'none', limit: null },
        ])
        .send('POST', '/savelevels', JSON.stringify([15, null, 5]), { success: true }, FORM)
        .recorded(),
    ).toEqual(['update level low: /limit 4 → 5'])
  })
})

test('a text that is read is compared with the text that is saved', () => {
  expect(
    visit()
      .get('/getnotice', 'open\nuntil five\n')
      .send('POST', '/savenotice', 'open\nuntil six\n', { success: true }, FORM)
      .recorded(),
  ).toEqual(['update notice: /content "open\\nuntil five" → "open\\nuntil six"'])
})

describe('what a body names', () => {
  test('ids beside what is set, which the path names', () => {
    expect(
      visit()
        .send('PATCH', '/api/pumps/speed', { hashes: ['4CA8184AF2', '5DB9295B03'], speed: 3 }, '')
        .recorded(),
    ).toEqual(['update pump 4CA8184AF2: /speed ? → 3', 'update pump 5DB9295B03: /speed ? → 3'])
  })

  test('a new thing that refers to others by their ids, made by PUT', () => {
    const rule = { label: 'Night', pumpIDs: ['olxBKbUzsY6wbeZY'], match: 'n*' }
    expect(
      visit()
        .get('/api/plant', { pumps: [{ _id: 'olxBKbUzsY6wbeZY', label: 'North' }], rules: [] })
        .send('PUT', '/api/plant/rules', rule, { ...rule, _id: 'Cqz2XjURFBv6bYSE' })
        .recorded(),
    ).toEqual(['create rule Cqz2XjURFBv6bYSE'])
  })

  test('a person who is made at the door', () => {
    expect(
      visit()
        .send('POST', '/api/auth/register', { username: 'jonas', level: 5 }, { username: 'jonas' })
        .recorded(),
    ).toEqual(['create user jonas'])
  })
})

describe('things that may be new', () => {
  const plant = { pumps: [{ id: 'p-1', name: 'North', speed: 3 }], version: 4 }

  test('set under an id that the page made: new where it is missing from the list that was read', () => {
    expect(
      visit()
        .get('/api/plant', plant)
        .send('POST', '/api/plantData', { cmd: 'set-pump', data: { id: 'p-1', name: 'North', speed: 5 } }, '')
        .send('POST', '/api/plantData', { cmd: 'set-pump', data: { id: 'p-2', name: 'West', speed: 1 } }, '')
        .recorded(),
    ).toEqual(['update pump p-1: /speed 3 → 5', 'create pump p-2'])
  })

  test('saved under a login that the list has already', () => {
    expect(
      visit()
        .get('/api/users', [{ username: 'petra', fullname: 'Petra Lang', groups: 1 }])
        .send('POST', '/api/users', { username: 'petra', fullname: 'Petra Klein', groups: 1 }, '')
        .send('POST', '/api/users', { username: 'mira', fullname: 'Mira Stein', groups: 1 }, '')
        .recorded(),
    ).toEqual(['update user petra: /fullname "Petra Lang" → "Petra Klein"', 'create user mira'])
  })

  test("a client's options around what is sent, and an id that the query alone has", () => {
    const options = { headers: { normalizedNames: {}, lazyUpdate: null } }
    expect(
      visit()
        .get('/api/roles', [{ id: 'r_7aa548a6', name: 'Night', note: 'at night' }])
        .send(
          'POST',
          '/api/roles',
          { ...options, params: [{ id: 'r_7aa548a6', name: 'Night', note: 'late' }] },
          '',
        )
        .send('DELETE', '/api/roles?role=r_7aa548a6')
        .recorded(),
    ).toEqual(['update role r_7aa548a6: /note "at night" → "late"', 'delete role r_7aa548a6'])
  })
})

test('a script of several statements changes several rows', () => {
  const sql =
    "UPDATE [pump]\nSET [name]='North; old'\nWHERE ([pump].[id] = 3)\n;\nUPDATE [pump]\nSET [speed]='5'\nWHERE ([pump].[id] = 4)\n;\n"
  expect(
    visit().send('POST', '/run', { sql, useTransaction: true }, { type: 'response' }).recorded(),
  ).toEqual(['update pump 3: /name ? → "North; old"', 'update pump 4: /speed ? → "5"'])
})
