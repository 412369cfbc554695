import { parseHTML } from 'linkedom'
import { describe, expect, test } from 'vitest'
import type { FormField, PageView } from '../../../lib/capture/exchange.ts'
import { parsePage } from '../../../lib/capture/har/navigations.ts'
import { jsonLiterals } from '../../../lib/capture/page/embedded.ts'
import { readPage } from '../../../lib/capture/page/read-page.ts'

const page = (body: string, head = ''): PageView =>
  readPage(
    parseHTML(`<!doctype html><html><head>${head}</head><body>${body}</body></html>`)
      .document as unknown as Document,
    'https://app.test/admin/settings?tab=mail',
  )
const form = (inner: string) => {
  const [first] = page(`<form method="post" action="/save">${inner}</form>`).forms
  if (!first) throw new Error('no form')
  return first
}
const field = (inner: string): FormField => {
  const [first] = form(inner).fields
  if (!first) throw new Error('no field')
  return first
}

describe('labels', () => {
  test.each([
    ['label for', '<label for="a">Session timeout:</label><input id="a" name="t">'],
    ['label around', '<label>Session timeout <input name="t"> </label>'],
    ['aria-label', '<input name="t" aria-label="Session timeout">'],
    ['aria-labelledby', '<b id="x">Session</b><i id="y">timeout *</i><input name="t" aria-labelledby="x y">'],
    ['row header', '<table><tr><th>Session timeout</th><td><input name="t"></td></tr></table>'],
    ['cell before', '<table><tr><td align=right>Session timeout:</td><td><input name="t"></td></tr></table>'],
    [
      'column header',
      '<table><tr><th>Id</th><th>Session timeout</th><th>x</th><th>y</th></tr><tr><td>1</td><td><input name="t"></td><td></td><td></td></tr></table>',
    ],
    ['definition list', '<dl><dt>Session timeout</dt><dd><input name="t"></dd></dl>'],
    ['text before', 'Session timeout: <input name="t">'],
    [
      'text before, in a div',
      '<div><div class="name">Session timeout</div><div><input name="t"></div></div>',
    ],
    [
      'text before, after a line break',
      'Other <input name="o" type="hidden"><br>Session timeout <input name="t">',
    ],
    ['legend', '<fieldset><legend>Session timeout</legend><input name="t"></fieldset>'],
    ['placeholder', '<input name="t" placeholder="Session timeout">'],
    ['name', '<input name="user[session_timeout]">'],
    [
      'required mark',
      '<label for="a">Session timeout <span>(required)</span></label><input id="a" name="t">',
    ],
  ])('%s', (_, html) => {
    const shown = form(html).fields.filter(({ type }) => type !== 'hidden')
    expect(shown[0]?.label).toBe('Session timeout')
  })

  test('a box that only says "Enable" is called what its row is called', () => {
    expect(
      field(
        '<table><tr><th>Two factors</th><td><label><input type="checkbox" name="t"> Enable</label></td></tr></table>',
      ).label,
    ).toBe('Two factors')
  })
  test('a box followed by its text', () => {
    expect(field('<input type="checkbox" name="t"> Keep me posted').label).toBe('Keep me posted')
  })
  test('radios are one field, called by their legend, with their choices', () => {
    expect(
      field(
        '<fieldset><legend>Role</legend><label><input type="radio" name="r" value="1"> Viewer</label><label><input type="radio" name="r" value="2" checked> Editor</label></fieldset>',
      ),
    ).toMatchObject({
      name: 'r',
      type: 'radio',
      label: 'Role',
      values: ['2'],
      choices: [
        { value: '1', label: 'Viewer' },
        { value: '2', label: 'Editor' },
      ],
    })
  })
})

describe('values', () => {
  test.each([
    ['<input name="a" value="1">', ['1']],
    ['<input name="a">', ['']],
    ['<textarea name="a">\nx &amp; y\n</textarea>', ['x & y\n']],
    ['<select name="a"><option value="1">One<option value="2" selected>Two</select>', ['2']],
    ['<select name="a"><option value="1">One<option value="2">Two</select>', ['1']],
    ['<select name="a"><option>One</select>', ['One']],
    ['<select name="a" multiple><option selected>a<option><option selected value="c">b</select>', ['a', 'c']],
    ['<input type="checkbox" name="a">', []],
    ['<input type="checkbox" name="a" checked>', ['on']],
    ['<input type="hidden" name="a" value="0"><input type="checkbox" name="a" value="1">', ['0']],
    ['<input type="hidden" name="a" value="0"><input type="checkbox" name="a" value="1" checked>', ['1']],
    [
      '<input type="checkbox" name="a[]" value="1" checked><input type="checkbox" name="a[]" value="2"><input type="checkbox" name="a[]" value="3" checked>',
      ['1', '3'],
    ],
    ['<input type="file" name="a">', []],
  ])('%s', (html, values) => {
    expect(field(html).values).toEqual(values)
  })

  test('buttons are submitters, also outside the form, and a field named "action" hides nothing', () => {
    const [first] = page(
      '<form id="f" method="POST" action="save?x=1"><input name="action" value="update"><input name="elements" value="z"><button name="do[save]">Save</button><input type="image" name="s" alt="Find"><button type="button" name="no">No</button></form><button form="f" name="out" value="1">Out</button>',
    ).forms
    expect(first).toMatchObject({
      action: 'https://app.test/admin/save?x=1',
      method: 'post',
      submitters: [
        { name: 'do[save]', value: '', label: 'Save' },
        { name: 's', value: '', label: 'Find' },
        { name: 'out', value: '1', label: 'Out' },
      ],
    })
    expect(first?.fields.map(({ name }) => name)).toEqual(['action', 'elements'])
  })

  test('the heading before a form names it, those of the frame do not', () => {
    const { heading, forms } = page(
      '<header><h1>Acme</h1></header><nav><h3>Tools</h3></nav><main><h1>Security</h1><form></form><h2>Sessions</h2><form></form></main>',
    )
    expect([heading, ...forms.map((each) => each.heading)]).toEqual(['Security', 'Security', 'Sessions'])
  })
})

describe('notices', () => {
  test.each([
    ['<div class="alert alert-danger">No</div>', 'error'],
    ['<div class="errorlist">No</div>', 'error'],
    ['<ul class="errorlist"><li>This field is required.</li></ul>', 'error'],
    ['<p class="errornote">Please correct the error below.</p>', 'error'],
    ['<div id="errorExplanation">Name can\'t be blank</div>', 'error'],
    ['<div class="flash error">No</div>', 'error'],
    ['<div role="alert">Could not save</div>', 'error'],
    ['<input aria-invalid="true" name="a">', 'error'],
    ['<table><tr><td class="value error">Age <input name="a"></td></tr></table>', 'error'],
    ['<h2>Error: Wrong password</h2>', 'error'],
    ['<div class="flash notice">Successful update.</div>', 'success'],
    ['<ul class="messagelist"><li class="success">The user was changed.</li></ul>', 'success'],
    ['<div class="alert alert-success">Yes</div>', 'success'],
    ['<div class="success">Yes</div>', 'success'],
    ['<div class="mw-message-box-success mw-message-box">Your preferences have been saved.</div>', 'success'],
    ['<div role="status">Saved</div>', 'success'],
    ['<div class="notice">Backups run at night</div>', 'info'],
  ])('%s', (html, kind) => {
    expect(page(html).notices.map((notice) => notice.kind)).toContain(kind)
  })
  test.each([
    '<div class="error" hidden>No</div>',
    '<div class="hidden"><p class="error">No</p></div>',
    '<div class="error"></div>',
    '<div class="no-errors">All fine</div>',
    '<tr class="status-publish"><td>x</td></tr>',
    '<a class="message-link">x</a>',
    '<h2>Error log</h2>',
  ])('%s says nothing', (html) => {
    expect(page(html).notices.filter(({ kind }) => kind === 'error')).toEqual([])
  })
})

describe('account', () => {
  test.each([
    ['<a href="/me">Howdy, <span>helena</span></a>', 'helena'],
    ['<div id="loggedas">Logged in as <a href="/users/1">ana.b</a></div>', 'ana.b'],
    ['<div id="user-tools">Welcome, <strong>admin</strong>. <a href="/logout/">Log out</a></div>', 'admin'],
    ['<li>Signed in as: Ana Braun (ana)</li>', 'Ana Braun (ana)'],
    [
      '<nav><ul><li class="nav-item user-nav-item"><a href="/account"><i class="user-ball">a</i>ana</a><ul><li><a href="/account">My Account</a></li><li><a href="/logout">Logout</a></li></ul></li></ul></nav>',
      'ana',
    ],
    [
      '<nav><ul class="menu-user"><li><a class="icon-support" href="/support">Support</a></li><li><a class="icon-profile" title="Ana (Site Administrator)" href="#">User settings</a></li></ul></nav>',
      'Ana',
    ],
    ['<header><span class="user-email">ana@acme.example</span></header>', 'ana@acme.example'],
    [
      '<nav><a href="/account">ana@acme.example</a> <a href="/sign_out">Sign out</a></nav>',
      'ana@acme.example',
    ],
    [
      '<div id="mw-head"><ul><li id="pt-userpage"><a href="/wiki/User:Ana">Ana</a></li><li><a href="/w?title=Special:UserLogout">Log out</a></li></ul></div>',
      'Ana',
    ],
    [
      '<nav><a href="/users/7">Ana Braun</a><form action="/users/sign_out" method="post"><button>Sign out</button></form></nav>',
      'Ana Braun',
    ],
  ])('%s', (html, account) => {
    expect(page(html).account).toBe(account)
  })
  test.each([
    '<p>Welcome to the console</p>',
    '<a href="/login">Sign in</a>',
    '<h1>Users</h1><table><tr><td class="user">Bo</td></tr></table>',
  ])('%s names nobody', (html) => {
    expect(page(html).account).toBeUndefined()
  })
  test('meta elements', () => {
    expect(page('', '<meta name="user-login" content="octo">').account).toBe('octo')
  })
})

describe('data in the markup', () => {
  test('JSON scripts, assignments, calls, data attributes and hidden fields', () => {
    const { embedded } = page(`
      <script type="application/json" id="state">{"a":{"id":1}}</script>
      <script type="application/ld+json">{"@type":"Organization"}</script>
      <script>window.app.boot = {"b": {"id": 2, "text": "};("}}; f(); function g() { return {x: 1} }</script>
      <script>preload( {"/posts/5": {"body": {"id": 5}}} )</script>
      <script>var t = JSON.parse('{"c":{"id":"\\u0033"}}')</script>
      <div id="d" data-props='{"d":{"id":4}}'></div>
      <div class="hidden" id="inline_6"><div class="title">Parking</div><div class="slug">parking</div></div>`)
    expect(embedded).toEqual([
      { name: 'state', value: { a: { id: 1 } } },
      { name: 'boot', value: { b: { id: 2, text: '};(' } } },
      { name: 'script 3', value: { '/posts/5': { body: { id: 5 } } } },
      { name: 'script 4', value: { c: { id: '3' } } },
      { name: 'd', value: { d: { id: 4 } } },
      { name: 'inline_6', value: { id: '6', title: 'Parking', slug: 'parking' } },
    ])
  })
  test('scripts that begin literals without end hold none', () => {
    for (const unit of ['= {"a', '=["', '({"', '={"a":[', '="\\'])
      expect([...jsonLiterals(unit.repeat(20_000))].length).toBe(0)
  })
})

test('rows carry ids, a name and cells', () => {
  const { rows } = page(
    '<table><thead><tr><th></th><th>Name</th><th>State</th></tr></thead><tbody><tr id="user-7"><td><input type="checkbox" name="ids[]" value="7"></td><td><a href="/users/7/edit">Ana</a></td><td>active</td></tr></tbody></table>',
  )
  expect(rows).toEqual([{ ids: ['7'], name: 'Ana', cells: { Name: 'Ana', State: 'active' } }])
})

test('attribute names count in any case', () => {
  const { forms } = parsePage(
    '<FORM METHOD="POST" ACTION="/admin/"><INPUT TYPE="HIDDEN" NAME="OP" VALUE="Add A=B"><INPUT TYPE="TEXT" NAME="N"></FORM>',
    'https://app.test/',
  )
  expect(forms[0]).toMatchObject({
    method: 'post',
    action: 'https://app.test/admin/',
    fields: [
      { name: 'OP', type: 'hidden', values: ['Add A=B'] },
      { name: 'N', type: 'text' },
    ],
  })
})
