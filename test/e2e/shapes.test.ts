/** Pages built in ways that a recorder easily overlooks: sockets in their usual protocols, buttons that send a form elsewhere, wizards, tabs out of sight. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

let app: RunningServer
let browser: ExtensionBrowser

beforeAll(async () => {
  app = await listen(serve)
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket, { url = '' }) => {
    const speak = SOCKETS[url.slice(1)] ?? (() => undefined)
    const greeting = speak()
    if (greeting !== undefined) socket.send(greeting)
    socket.on('message', (data) => {
      const answer = speak(String(data))
      if (answer !== undefined) socket.send(answer)
    })
  })
  browser = await launchWithExtension()
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

/** What was recorded while a person acted in the page. */
const entriesOf = async (path: string, act: (page: Page) => Promise<unknown>) => {
  const known = new Set((await browser.entries()).map(({ id }) => id))
  const page = await browser.context.newPage()
  await page.goto(`${app.origin}${path}`)
  await act(page)
  const found = await browser.waitForEntries(({ id }) => !known.has(id))
  await page.close()
  return found
}

const rename = async (page: Page) => {
  await page.getByText('Connected').waitFor()
  await page.getByLabel('Title').fill('New title')
  await page.getByLabel('Title').blur()
  await page.getByText('Autosaved').waitFor()
}

test.each([
  ['Socket.IO', 'socketio'],
  ['Phoenix channels', 'phoenix'],
  ['plain JSON messages', 'plain'],
])('an autosave over %s is one update of that document', async (_name, kind) => {
  const entries = await entriesOf(`/socket/${kind}`, rename)
  expect(entries).toMatchObject([
    {
      resourceType: 'document',
      resourceId: 'doc-7',
      action: 'update',
      changes: [{ pointer: '/title', label: 'Title', before: 'Old title', after: 'New title' }],
      evidence: { via: 'websocket', grade: 'accepted' },
    },
  ])
})

test('a form in a frame that a script submits is recorded', async () => {
  const entries = await entriesOf('/framed', async (page) => {
    const frame = page.frameLocator('iframe')
    await frame.getByLabel('Site name').fill('By script')
    await frame.getByRole('button', { name: 'Apply' }).click()
    await frame.getByText('Saved').waitFor()
  })
  expect(entries).toMatchObject([
    {
      action: 'update',
      changes: [{ pointer: '/site_name', label: 'Site name', before: 'Old', after: 'By script' }],
      evidence: { via: 'form', grade: 'accepted' },
    },
  ])
})

test('a button that sends its form to another address deletes, and the fields beside it changed nothing', async () => {
  const entries = await entriesOf('/users/12/edit', async (page) => {
    await page.getByRole('button', { name: 'Delete user' }).click()
    await page.getByText('User deleted').waitFor()
  })
  expect(entries).toMatchObject([
    {
      resourceType: 'user',
      resourceId: '12',
      action: 'delete',
      evidence: { via: 'form', grade: 'accepted' },
    },
  ])
})

test('a button that searches with the fields of a form records nothing', async () => {
  const entries = await entriesOf('/users/14/edit', async (page) => {
    await page.getByLabel('Name').fill('Looked for')
    await page.getByRole('button', { name: 'Find others' }).click()
    await page.getByText('No others').waitFor()
    await page.goto(`${app.origin}/users/14/edit`)
    await page.getByLabel('Name').fill('Grace')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('User saved').waitFor()
  })
  expect(entries).toMatchObject([
    {
      resourceType: 'user',
      resourceId: '14',
      action: 'update',
      changes: [{ pointer: '/name', label: 'Name', before: 'Ada', after: 'Grace' }],
    },
  ])
})

test('of a wizard of three posts only the last is a change', async () => {
  const entries = await entriesOf('/webhooks/new/1', async (page) => {
    await page.getByLabel('Address').fill('https://hooks.test/a')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Event').selectOption('push')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Create webhook' }).click()
    await page.getByText('Webhook created').waitFor()
  })
  expect(entries).toMatchObject([{ resourceType: 'webhook', action: 'create' }])
})

test('a change of a tab that nobody looks at is recorded', async () => {
  const entries = await entriesOf('/hidden', async (page) => {
    await page.getByText('Ready').waitFor()
    const front = await browser.context.newPage()
    await front.bringToFront()
    await page.evaluate(() =>
      fetch('/api/themes/3', {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: '{"colour":"green"}',
      }),
    )
    await front.close()
  })
  expect(entries).toMatchObject([
    {
      resourceType: 'theme',
      resourceId: '3',
      action: 'update',
      changes: [{ pointer: '/colour', before: 'blue', after: 'green' }],
    },
  ])
})

test('what a page reuses for its next call was taken as it was sent', async () => {
  const entries = await entriesOf('/reuse', async (page) => {
    await page.getByRole('button', { name: 'Save all' }).click()
    await page.getByText('All saved').waitFor()
    await browser.waitForEntries(({ resourceType }) => resourceType === 'tag', 4)
  })
  expect(entries.map(({ resourceId, changes }) => [resourceId, changes[0]?.after]).sort()).toEqual([
    ['1', 'first'],
    ['2', 'second'],
    ['3', 'third'],
    ['4', 'fourth'],
  ])
})

test('a form that came by script after the page did, and is gone when its answer comes, shows the old values', async () => {
  const entries = await entriesOf('/dialogs', async (page) => {
    await page.getByRole('link', { name: 'Edit task' }).click()
    await page.getByLabel('Title').fill('Fix the sign-in page')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Stored').waitFor()
  })
  expect(entries).toMatchObject([
    {
      resourceType: 'task',
      resourceId: '7',
      action: 'update',
      changes: [
        { pointer: '/title', label: 'Title', before: 'Fix the login page', after: 'Fix the sign-in page' },
      ],
    },
  ])
  expect(entries[0]?.changes).toHaveLength(1)
})

test('a form that script filled in shows the old values of what script sends', async () => {
  const entries = await entriesOf('/filled', async (page) => {
    await page.getByText('Filled').waitFor()
    await page.getByLabel('City').fill('Bern')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Stored').waitFor()
  })
  expect(entries).toMatchObject([
    { action: 'update', changes: [{ pointer: '/city', label: 'City', before: 'Oslo', after: 'Bern' }] },
  ])
  expect(entries[0]?.changes).toHaveLength(1)
})

const DOCUMENT = { id: 'doc-7', title: 'Old title', theme: 'light' }

/** What a server says at first, and to a message. */
const SOCKETS: Record<string, (message?: string) => string | undefined> = {
  socketio: (message) => {
    if (message === undefined) return `42["document",${JSON.stringify(DOCUMENT)}]`
    const [, ref, text = '[]'] = /^42(\d+)(.*)$/.exec(message) ?? []
    return `43${ref}[{"ok":true,"document":${JSON.stringify({ ...DOCUMENT, ...JSON.parse(text)[1] })}}]`
  },
  phoenix: (message) => {
    if (message === undefined) return JSON.stringify([null, null, 'document:doc-7', 'document', DOCUMENT])
    const [join, ref, topic, , payload] = JSON.parse(message)
    return JSON.stringify([
      join,
      ref,
      topic,
      'phx_reply',
      { status: 'ok', response: { ...DOCUMENT, ...payload } },
    ])
  },
  plain: (message) => {
    if (message === undefined) return JSON.stringify({ type: 'document', data: DOCUMENT })
    const { requestId, payload } = JSON.parse(message)
    return JSON.stringify({ requestId, type: 'ack', payload: { ...DOCUMENT, ...payload } })
  },
}

/** What the page sends when the title has changed. */
const SENDS: Record<string, string> = {
  socketio: `'421' + JSON.stringify(['document:update', { id: 'doc-7', title }])`,
  phoenix: `JSON.stringify(['1', '2', 'document:doc-7', 'update_document', { id: 'doc-7', title }])`,
  plain: `JSON.stringify({ action: 'updateDocument', requestId: 5, payload: { id: 'doc-7', title } })`,
}

const socketPage = (kind: string) => `<h1>Document</h1><label>Title <input id="title"></label><p></p><script>
  const socket = new WebSocket(location.origin.replace('http', 'ws') + '/${kind}')
  const [field, said] = ['#title', 'p'].map((one) => document.querySelector(one))
  socket.onmessage = () => {
    if (said.textContent === '') field.value = 'Old title'
    said.textContent = said.textContent === '' ? 'Connected' : 'Autosaved'
  }
  field.addEventListener('change', () => { const title = field.value; socket.send(${SENDS[kind]}) })
</script>`

const userPage = (said = '', name = 'Ada', id = '') => `<h1>Edit user</h1>${said}
  <form method="post" action="/users/${id}"><label>Name <input name="name" value="${name}"></label>
  <button>Save</button>
  <button formaction="/users/${id}/delete">Delete user</button>
  <button formaction="/users" formmethod="get">Find others</button></form>`

/** Sends the form of the page by script, and says so. */
const SENDING = `document.onsubmit = async (event) => {
    event.preventDefault()
    const form = event.target
    const sent = fetch(form.getAttribute('action'), { method: 'POST', body: new FormData(form) })
    form.remove()
    await sent
    document.querySelector('p').textContent = 'Stored'
  }`

const PAGES: Record<string, string> = {
  '/dialogs': `<h1>Task</h1><a href="/dialog">Edit task</a><p></p><div></div><script>
  ${SENDING}
  document.querySelector('a').onclick = async (event) => {
    event.preventDefault()
    document.querySelector('div').innerHTML = await (await fetch('/dialog')).text()
  }</script>`,
  '/dialog': `<form action="/tasks?action=update&id=7"><label>Title <input name="title" value="Fix the login page"></label>
  <label>Priority <input name="priority" value="2"></label><label>Colour <input name="colour" value="blue"></label><button>Save</button></form>`,
  '/filled': `<h1>Address</h1><form action="/settings/address"><label>Street <input name="street"></label>
  <label>City <input name="city"></label><label>Country <input name="country"></label><button>Save</button></form><p></p><script>
  ${SENDING}
  setTimeout(() => {
    for (const [name, value] of Object.entries({ street: 'Main Street 1', city: 'Oslo', country: 'NO' }))
      document.querySelector('[name=' + name + ']').value = value
    document.querySelector('p').textContent = 'Filled'
  }, 100)</script>`,
  '/framed': '<h1>Console</h1><iframe src="/frame"></iframe>',
  '/frame': `<h1>General settings</h1><form method="post" action="/frame">
    <label>Site name <input name="site_name" value="Old"></label></form><button onclick="document.forms[0].submit()">Apply</button>`,
  '/users': '<h1>Users</h1><p>No others</p>',
  '/webhooks/new/1': `<h1>New webhook</h1><form method="post" action="/webhooks/new/2">
    <label>Address <input name="address"></label><button name="step" value="next">Next</button></form>`,
  '/hidden': `<p></p><script>fetch('/api/themes/3').then((answer) => answer.json()).then(() => { document.querySelector('p').textContent = 'Ready' })</script>`,
  '/reuse': `<h1>Tags</h1><button>Save all</button><p></p><script>
    document.querySelector('button').onclick = async () => {
      const init = { method: 'PUT', headers: { 'content-type': 'application/json' } }
      const form = new FormData()
      const search = new URLSearchParams()
      const bytes = new TextEncoder().encode('{"name":"third"}')
      const calls = []
      form.set('name', 'first')
      calls.push(fetch('/api/tags/1', { method: 'PUT', body: form }))
      form.set('name', 'wrong')
      search.set('name', 'second')
      calls.push(fetch('/api/tags/2', { method: 'PUT', body: search }))
      search.set('name', 'wrong')
      calls.push(fetch('/api/tags/3', { ...init, body: bytes }))
      bytes.fill(32)
      init.body = '{"name":"fourth"}'
      calls.push(fetch('/api/tags/4', init))
      init.body = '{"name":"wrong"}'
      init.method = 'DELETE'
      await Promise.all(calls)
      document.querySelector('p').textContent = 'All saved'
    }
  </script>`,
}

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname, search } = new URL(request.url ?? '/', 'http://x')
  const body = await readBody(request)
  const sent = new URLSearchParams(body)
  const html = (text: string) =>
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8' })
      .end(`<!doctype html><title>Console</title>${text}`)
  const goTo = (location: string) => response.writeHead(303, { location }).end()
  const isPost = request.method === 'POST'
  const [, folder, id = ''] = pathname.split('/')
  if (pathname.startsWith('/api/themes/'))
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ id: 3, colour: request.method === 'PATCH' ? 'green' : 'blue' }))
  else if (pathname.startsWith('/api/')) response.writeHead(204).end()
  else if (folder === 'socket') html(socketPage(id))
  else if (pathname === '/frame' && isPost) goTo('/frame?saved')
  else if (pathname === '/frame' && search) html('<p role="status">Saved</p>')
  else if (pathname.endsWith('/delete')) goTo('/users?deleted')
  else if (pathname === '/users' && search === '?deleted') html('<p role="status">User deleted</p>')
  else if (folder === 'users' && id && isPost) goTo(`/users/${id}/edit?name=${sent.get('name')}`)
  else if (folder === 'users' && id)
    html(
      search
        ? userPage('<p role="status">User saved</p>', new URLSearchParams(search).get('name') ?? '', id)
        : userPage('', 'Ada', id),
    )
  else if (pathname === '/webhooks/new/2')
    html(`<h1>New webhook</h1><form method="post" action="/webhooks/new/3"><input type="hidden" name="address" value="${sent.get('address')}">
      <label>Event <select name="event"><option value="pull">Pull<option value="push">Push</select></label><button name="step" value="next">Next</button></form>`)
  else if (pathname === '/webhooks/new/3')
    html(`<h1>New webhook</h1><form method="post" action="/webhooks"><input type="hidden" name="address" value="${sent.get('address')}">
      <input type="hidden" name="event" value="${sent.get('event')}"><button>Create webhook</button></form>`)
  else if (pathname === '/webhooks' && isPost) goTo('/webhooks/31')
  else if (pathname === '/webhooks/31') html('<h1>Webhook</h1><p role="status">Webhook created</p>')
  else html(PAGES[pathname] ?? '')
}
