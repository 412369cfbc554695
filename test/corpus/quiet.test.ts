/** What is sent and changes nothing: questions, runs, sessions, presence, view state, transports. One line each, in the words of many apps. */
import { describe, expect, test } from 'vitest'
import { session } from './session.ts'
import { visit } from './visit.ts'

const form = { requestHeaders: { 'content-type': 'application/x-www-form-urlencoded' }, type: 'xhr' }

describe('by script', () => {
  test.each<[method: string, path: string, body: unknown, answer: unknown, how?: object]>([
    // questions
    ['POST', '/api/v1/query', 'query=up&time=1', { status: 'success', data: { result: [] } }, form],
    ['POST', '/api/users/check-username', { username: 'bo' }, { available: true }],
    ['POST', '/api/users/exists', { email: 'bo@acme.example' }, { exists: false }],
    ['POST', '/api/orders/list', { page: 1, size: 20 }, { items: [], total: 0 }],
    ['POST', '/api/orders/search', { text: 'x' }, { hits: [] }],
    ['POST', '/api/reports/preview', { from: '2026-01-01' }, { rows: [] }],
    ['POST', '/api/markdown/render', { text: '# x' }, { html: '<h1>x</h1>' }],
    ['POST', '/api/rules/validate', { expression: 'a > 1' }, { valid: true }],
    ['POST', '/api/invoices/5/calculate', { lines: [] }, { total: 0 }],
    ['POST', '/api/dashboards/5/data', { filters: [] }, { series: [] }],
    ['POST', '/api/permissions/check', { actions: ['edit'] }, { edit: true }],
    ['POST', '/api/search/suggestions', { prefix: 'a' }, ['ab', 'ac']],
    ['POST', '/api/v2/resolve', { ids: ['a', 'b'] }, [{ id: 'a' }, { id: 'b' }]],
    ['POST', '/_msearch', '{"index":"x"}\n{"query":{}}\n', { responses: [] }],
    ['POST', '/api/frontend/settings/lookup', { keys: ['a'] }, { a: 1 }],
    [
      'POST',
      '/datatables/users',
      'draw=1&columns%5B0%5D%5Bdata%5D=id&start=0&length=10&search%5Bvalue%5D=',
      { draw: 1, data: [] },
      form,
    ],
    ['POST', '/ajax/search_users.php', 'term=an', [{ id: 1, text: 'Ana' }], form],
    ['POST', '/api/features', { keys: ['a', 'b'], _method: 'GET' }, { a: true }],
    ['QUERY', '/api/contacts', { where: {} }, []],
    ['POST', '/decide/?v=3', { token: 'abc', distinct_id: 'u1' }, { featureFlags: { a: true } }],
    ['POST', '/api/uploads/presign', { filename: 'a.png' }, { url: 'https://files.example/a' }],
    ['POST', '/api/geocode', { address: 'x' }, { lat: 1, lng: 2 }],
    ['POST', '/api/i18n', { keys: ['save'] }, { save: 'Speichern' }],
    ['POST', '/api/password/strength', { password: 'Not-a-real-1' }, { score: 2 }],
    ['POST', '/api/pipelines/5/sample', { n: 1 }, { rows: [] }],
    ['POST', '/api/tree/children', { node: 'a' }, [{ id: 'b' }]],
    ['POST', '/api/search/metadata', { page: 1 }, { assets: { items: [] } }],
    [
      'POST',
      '/api/method/desk.search.search_link',
      'txt=a&doctype=User',
      { message: [{ value: 'a' }] },
      form,
    ],
    ['POST', '/api/method/desk.follow.is_document_followed', 'doctype=Task', { message: 0 }, form],
    ['POST', '/jobs/web/tools/fillToolItems', '', { values: [{ name: 'a', value: 'a' }] }, form],
    ['POST', '/rest/resources', { r: ['a', 'b'], x: [] }, { resources: [] }],
    ['POST', '/rest/issueTable', 'startIndex=0&jql=a+%3D+b&layoutKey=split', { table: { ids: [1] } }, form],
    ['POST', '/v1/search/fuzzy', { Text: 'a', Context: 'all' }, { Matches: {} }],
    ['POST', '/v1/jobs/web/plan', { Job: { ID: 'web' }, Diff: true }, { Diff: { Type: 'Edited' }, Index: 5 }],
    ['PUT', '/api/v1/configmaps/a?dryRun=All', { data: { x: '2' } }, { data: { x: '2' } }],
    [
      'POST',
      '/apis/v1/selfsubjectrulesreviews',
      { spec: {} },
      { kind: 'SelfSubjectRulesReview', status: {} },
    ],
    ['POST', '/last_runs', 'ids=a', { a: { last_run: 'x' } }, form],
    ['POST', '/rest/parameters/options', { path: 'a', method: 'b' }, { data: [{ name: 'Ops', value: 4 }] }],
    ['POST', '/admin/slugify', { title: 'A b' }, { slug: 'a-b' }],
    ['POST', '/rest/ask-assistant', { question: 'x' }, { data: { code: 'x' } }],
    [
      'POST',
      '/service/direct',
      [{ action: 'ui_State', method: 'get', data: [{ hash: 'x' }], type: 'rpc', tid: 3 }],
      [{ tid: 3, action: 'ui_State', method: 'get', type: 'rpc', result: { success: true, data: {} } }],
    ],
    [
      'POST',
      '/graphql',
      {
        query:
          'mutation Login($e: String!, $p: String!) { tokenCreate(email: $e, password: $p) { token user { id } } }',
        variables: { e: 'bo@acme.example', p: 'Not-a-real-1' },
      },
      { data: { tokenCreate: { token: 'x', user: { id: '5' } } } },
    ],
    [
      'POST',
      '/graphql',
      {
        query: 'mutation C($n: String!) { createPresignedUpload(filename: $n) { url } }',
        variables: { n: 'a.png' },
      },
      { data: { createPresignedUpload: { url: 'https://files.example/a' } } },
    ],
    // runs, consoles, drafts, passes
    ['POST', '/api/queries/3/results', { id: 3, max_age: 0 }, { job: { id: 'x', status: 1 } }],
    ['DELETE', '/internal/search/async/FmRldGM0', undefined, { acknowledged: true }],
    ['POST', '/api2/nodes/pve/vncshell', 'websocket=1', { data: { ticket: 'x', port: 5900 } }, form],
    ['POST', '/drafts.json', 'draft_key=topic_5&sequence=1&data=%7B%7D', { success: 'OK' }, form],
    ['POST', '/api2/access/ticket', 'username=ana&password=Not-a-real-1', { data: { ticket: 'x' } }, form],
    ['POST', '/login/confirm', { password: 'Not-a-real-1' }, { lastLogin: 17000 }],
    // counted elsewhere
    ['POST', '/events/bulk/abc123', [{ kind: 'summary' }], '', { status: 202 }],
    ['POST', '/2/httpapi', { api_key: 'x', events: [] }, { code: 200 }],
    ['POST', '/v1/t', { event: 'x', writeKey: 'y', type: 'track' }, { success: true }],
    // where a person was, and how the page was left
    ['POST', '/json/messages/flags', 'messages=%5B1%5D&op=add&flag=read', { result: 'success' }, form],
    ['PUT', '/api/v2/tickets/7/viewed', {}, ''],
    ['PUT', '/api/v1/dashboard/1/filter_state/abc?tab_id=1', { value: '{}' }, { key: 'abc' }],
    ['POST', '/settings/save_tree_state/', { 1: ['/servers'] }, { success: 1 }],
    ['POST', '/api/activity/recents', { model: 'table', model_id: 1 }, ''],
    ['POST', '/api/event', { name: 'pageview', url: 'https://x', referrer: null }, 'ok'],
    ['POST', '/api/user/activity', { page: '/x', duration: 5 }, ''],
    ['POST', '/api/metrics/frontend', { paint: 1 }, ''],
    ['PUT', '/api/users/me/layout', { sidebar: 'collapsed' }, ''],
    ['POST', '/api/content/5/lock', {}, { locked_by: 1, expires: '2026-01-05T10:00:00Z' }],
    ['POST', '/api/push/subscribe', { endpoint: 'https://push.example/1', keys: { auth: 'x' } }, ''],
    ['POST', '/api/auth/sso/start', { provider: 'x' }, { url: 'https://id.example' }],
    ['DELETE', '/api/auth/session/current', undefined, '', { status: 204 }],
    // runs
    ['POST', '/api/jobs/5/run', undefined, { status: 'queued' }],
    ['POST', '/api/webhooks/5/test', undefined, { status: 200 }],
    ['POST', '/api/settings/smtp/test', { to: 'a@acme.example' }, { ok: true }],
    ['POST', '/api/library/scan', {}, { ok: true }],
    ['POST', '/api/cache/purge', undefined, { ok: true }],
    ['POST', '/api/users/5/send-welcome', undefined, '', { status: 204 }],
    [
      'POST',
      '/api/exports',
      { format: 'csv' },
      'id,name',
      { responseHeaders: { 'content-type': 'text/csv' } },
    ],
    ['POST', '/api/system/restart', undefined, '', { status: 202 }],
    // sessions
    ['POST', '/api/auth/refresh', { refreshToken: 'x' }, { accessToken: 'y' }],
    ['POST', '/oauth/token', 'grant_type=refresh_token&refresh_token=x', { access_token: 'y' }, form],
    ['POST', '/api/login', { username: 'ana', password: 'Not-a-real-1' }, { token: 'abc' }],
    [
      'POST',
      '/api/v1/sessions',
      { email: 'ana@acme.example', password: 'Not-a-real-1' },
      { token: 'abc' },
      { status: 201 },
    ],
    ['DELETE', '/api/v1/session', undefined, '', { status: 204 }],
    ['POST', '/api/session/extend', undefined, { ok: true }],
    [
      'POST',
      '/api/users/sign_in',
      { user: { email: 'a@acme.example', password: 'Not-a-real-1' } },
      { id: 1 },
    ],
    ['POST', '/api/auth/totp/verify', { code: '123456' }, { ok: true }],
    // presence, telemetry
    ['POST', '/api/keepalive', undefined, { ok: true }],
    ['POST', '/api/presence', { status: 'online' }, { ok: true }],
    ['POST', '/api/analytics/events', [{ name: 'click' }], { ok: true }],
    ['POST', '/api/telemetry', { event: 'open' }, '', { status: 202 }],
    ['POST', '/api/frontend/log', { level: 'error', message: 'x' }, '', { status: 204 }],
    ['POST', '/api/logs/client', { level: 'error', message: 'x' }, '', { status: 204 }],
    ['POST', '/csp-report', { 'csp-report': { 'document-uri': 'x' } }, '', { status: 204 }],
    ['POST', '/api/notifications/mark-all-read', undefined, { ok: true }],
    ['POST', '/api/notifications/5/seen', undefined, { ok: true }],
    ['POST', '/api/channels/5/typing', undefined, { ok: true }],
    ['POST', '/api/metrics/page-load', { ms: 100 }, '', { status: 204 }],
    ['POST', '/envelope/', '{"event_id":"x"}\n{"type":"session"}\n{}', '{}'],
    ['POST', '/api/v1/events/batch', { events: [{ type: 'view', ts: 1 }] }, { ok: true }],
    ['POST', '/topics/timings', 'topic_id=4&topic_time=3002', '', form],
    ['POST', '/presence/update', 'client_id=abc', {}, form],
    ['POST', '/-/track_feature_event', { event: 'x' }, '', { status: 204 }],
    ['PUT', '/api/notifications/5', { read: true }, { id: 5, read: true }],
    // files, and what comes back from elsewhere
    ['POST', '/api/uploads/chunk?index=3', 'binary', { ok: true }],
    ['POST', '/api/export/users', { format: 'csv' }, { jobId: '7' }],
    ['POST', '/saml/acs', 'SAMLResponse=abc&RelayState=x', '', form],
    // view state
    ['PUT', '/api/users/me/ui-settings', { widths: { name: 120 } }, {}],
    ['POST', '/api/table-state', { columns: ['a', 'b'], sort: 'a' }, { ok: true }],
    ['PUT', '/api/users/me/preferences', { sidebar_collapsed: true }, { ok: true }],
    ['POST', '/api/recent-items', { id: 5, type: 'page' }, { ok: true }],
    ['PUT', '/api/ui-state', { columns: ['a'], scrollTop: 4 }, { ok: true }],
    ['PATCH', '/api/users/me', { last_seen_at: '2026-01-05T09:00:00Z' }, { id: 1 }],
    ['POST', '/api/onboarding/dismiss', { tour: 'welcome' }, { ok: true }],
    // transports
    ['POST', '/socket.io/?EIO=4&transport=polling&t=a&sid=x', '40', 'ok'],
    ['POST', '/socket.io/?EIO=4&transport=polling&t=a&sid=x', '2', 'ok'],
    ['POST', '/hub/negotiate?negotiateVersion=1', undefined, { connectionId: 'x', availableTransports: [] }],
    ['POST', '/hub?id=abc', '{"protocol":"json","version":1}\u001e', ''],
    [
      'POST',
      '/?v-r=uidl&v-uiId=0',
      { csrfToken: 'x', rpc: [{ type: 'event', node: 3, event: 'focus' }], syncId: 1, clientId: 1 },
      'for(;;);[{"syncId":2}]',
    ],
    [
      'POST',
      '/app/service',
      '7|0|4|https://app.example/app/|AAA|com.acme.Svc|get|1|2|3|4|0|',
      '//OK[1,["x"],0,7]',
    ],
  ])('%s %s', (method, path, body, answer, how = {}) => {
    expect(visit().send(method, path, body, answer, how).recorded()).toEqual([])
  })
  test('a change by long polling is a change', () => {
    expect(
      visit()
        .send(
          'POST',
          '/socket.io/?EIO=4&transport=polling&t=a&sid=x',
          '42["updateUser",{"id":5,"name":"Bo"}]',
          'ok',
        )
        .recorded(),
    ).toEqual(['update user 5: /name ? → "Bo"'])
  })
})

describe('by pages', () => {
  const list =
    '<h1>Users</h1><form method="post" action="/users" id="filter"><label>Name <input name="name" value=""></label><select name="status"><option value="">All</option><option value="a">Active</option></select><input type="submit" name="apply_filter" value="Filter"></form><table><tr><th>Name</th></tr><tr><td><a href="/users/5">Ana</a></td></tr></table>'
  test.each<
    [what: string, html: string, path: string, fields: string, answer: { to?: string; html?: string }]
  >([
    ['a filter', list, '/users', 'name=An&status=a&apply_filter=Filter', { html: list }],
    [
      'a search',
      '<form method="post" action="/find"><input name="q"><button>Go</button></form>',
      '/find',
      'q=ana',
      { html: '<h1>Search results</h1>' },
    ],
    [
      'a pager',
      '<form method="post" action="/users"><input type="hidden" name="page" value="1"><button name="next" value="1">Next</button></form>',
      '/users',
      'page=1&next=1',
      { html: list },
    ],
    [
      'a page size',
      '<form method="post" action="/users"><select name="per_page"><option>10</option><option>50</option></select></form>',
      '/users',
      'per_page=50',
      { html: list },
    ],
    [
      'a language',
      '<form method="post" action="/lang"><select name="lang"><option value="en" selected>English</option><option value="de">Deutsch</option></select><button>Switch language</button></form>',
      '/lang',
      'lang=de',
      { to: '/', html: '' },
    ],
    [
      'signing out',
      '<form method="post" action="/logout"><input type="hidden" name="_csrf" value="abcdef12"><button>Sign out</button></form>',
      '/logout',
      '_csrf=abcdef12',
      { to: '/login', html: '' },
    ],
    [
      'a forgotten password',
      '<h1>Forgot your password?</h1><form method="post" action="/password/forgot"><input type="email" name="email"><button>Send reset link</button></form>',
      '/password/forgot',
      'email=ana%40acme.example',
      { html: '<p>Mail sent</p>' },
    ],
    [
      'a code',
      '<h1>Two-factor authentication</h1><form method="post" action="/login/otp"><input name="code" autocomplete="one-time-code"><button>Verify</button></form>',
      '/login/otp',
      'code=123456',
      { to: '/', html: '' },
    ],
    [
      'an export',
      '<form method="post" action="/users/export"><select name="format"><option>csv</option></select><button>Export</button></form>',
      '/users/export',
      'format=csv',
      { html: '' },
    ],
    [
      'a report',
      '<h1>Report</h1><form method="post" action="/report"><input name="from" value="2026-01-01"><input name="to" value=""><button>Show report</button></form>',
      '/report',
      'from=2026-01-01&to=2026-02-01',
      { html: '<h1>Report</h1>' },
    ],
    [
      'a test mail',
      '<form method="post" action="/settings/mail"><input name="host" value="mx"><button name="save">Save</button><button name="test" value="1">Send test mail</button></form>',
      '/settings/mail',
      'host=mx&test=1',
      { html: '<p>Sent</p>' },
    ],
    [
      'a reauthentication',
      '<h1>Confirm your password to continue</h1><form method="post" action="/sudo"><input type="password" name="password"><button>Confirm</button></form>',
      '/sudo',
      'password=Not-a-real-1',
      { to: '/admin', html: '' },
    ],
    [
      'a German sign-in',
      '<h1>Anmelden</h1><form method="post" action="/anmelden"><input name="benutzer"><input type="password" name="kennwort"><button>Anmelden</button></form>',
      '/anmelden',
      'benutzer=ana&kennwort=Not-a-real-1',
      { to: '/', html: '<p>Willkommen</p>' },
    ],
  ])('%s', (_, html, path, fields, answer) => {
    expect(session().open('/', html).post(path, fields, answer).recorded()).toEqual([])
  })
})
