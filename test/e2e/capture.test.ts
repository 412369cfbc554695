/** Real pages in Chromium with the built extension: what a person changes there is in the store, with before and after, and nothing else is. */
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
  sockets.on('connection', (socket) => {
    socket.send(
      JSON.stringify({
        type: 'state',
        data: { document: { id: 'doc-7', title: 'Old title', theme: 'light' } },
      }),
    )
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      socket.send(JSON.stringify({ id: message.id, result: { ok: true, ...message.params } }))
    })
  })
  browser = await launchWithExtension({ hostRules: `MAP app.test:80 127.0.0.1:${app.port}` })
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

const open = async (path: string): Promise<Page> => {
  const page = await browser.context.newPage()
  await page.goto(`${app.origin}${path}`)
  return page
}

const entriesWhile = async (act: () => Promise<void>, count = 1) => {
  const known = new Set((await browser.entries()).map(({ id }) => id))
  await act()
  return browser.waitForEntries(({ id }) => !known.has(id), count)
}

test('a classic form that is posted and answered with a redirect is one update with the values from before', async () => {
  const [entry, ...others] = await entriesWhile(async () => {
    const page = await open('/form/security')
    await page.getByLabel('Session timeout').fill('15')
    await page.getByLabel('Require two factors').check()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
  })
  expect(others).toEqual([])
  expect(entry).toMatchObject({
    action: 'update',
    evidence: { grade: 'accepted', via: 'form', method: 'POST' },
    actor: { name: 'Test Person' },
  })
  expect(entry?.changes.map(({ label, before, after }) => [label, String(before), String(after)])).toEqual(
    expect.arrayContaining([['Session timeout', '30', '15']]),
  )
  expect(entry?.changes).toHaveLength(2)
})

test('a form that comes back with an error is refused, not saved', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/form/security')
    await page.getByLabel('Session timeout').fill('-1')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('must be positive').waitFor()
  })
  expect(entry?.evidence.grade).toBe('rejected')
})

test('a form that a script submits is recorded like one that a person submits', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/form/general')
    await page.getByLabel('Site name').fill('Blue')
    await page.evaluate(() => document.querySelector('form')?.submit())
    await page.getByText('Saved').waitFor()
  })
  expect(entry).toMatchObject({ action: 'update', changes: [{ before: 'Old', after: 'Blue' }] })
})

test('a search form records nothing', async () => {
  const page = await open('/form/search')
  await page.getByLabel('Search').fill('x')
  await page.getByRole('button', { name: 'Go' }).click()
  await page.getByText('Results').waitFor()
  await page.close()
  const [entry] = await entriesWhile(async () => {
    const form = await open('/form/general')
    await form.getByLabel('Site name').fill('After the search')
    await form.getByRole('button', { name: 'Save' }).click()
    await form.getByText('Saved').waitFor()
    await form.close()
  })
  expect(entry?.changes).toMatchObject([{ after: 'After the search' }])
})

test('a controlled field of a single-page app gets its label and its value from before', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/spa')
    await page.getByLabel('Display name').fill('Second')
    await page.getByRole('switch', { name: 'Beta features' }).click()
    await page.getByRole('button', { name: 'Save changes' }).click()
    await page.getByText('Done').waitFor()
    await page.close()
  })
  expect(entry).toMatchObject({ resourceType: 'profile', action: 'update', before: { displayName: 'First' } })
  expect(entry?.changes.map(({ pointer, label }) => [pointer, label])).toEqual(
    expect.arrayContaining([
      ['/displayName', 'Display name'],
      ['/beta', 'Beta features'],
    ]),
  )
})

test('a change that is sent over a WebSocket is recorded', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/socket')
    await page.getByLabel('Title').fill('New title')
    await page.getByLabel('Title').blur()
    await page.getByText('Autosaved').waitFor()
    await page.close()
  })
  expect(entry?.evidence.via).toBe('websocket')
  expect(entry?.changes).toMatchObject([{ label: 'Title', after: 'New title' }])
})

test('settings in a frame of the same app are recorded', async () => {
  const page = await open('/frames')
  const [entry] = await entriesWhile(async () => {
    const frame = page.frameLocator('iframe')
    await frame.getByLabel('Site name').fill('From a frame')
    await frame.getByRole('button', { name: 'Save' }).click()
    await frame.getByText('Saved').waitFor()
  })
  expect(entry?.changes).toMatchObject([{ after: 'From a frame' }])
  await page.close()
})

test('an app whose own service worker answers its requests is recorded', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/worker')
    await page.getByText('Controlled').waitFor()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByText('Renamed').waitFor()
    await page.close()
  })
  expect(entry).toMatchObject({ resourceType: 'project', resourceId: '9', evidence: { grade: 'accepted' } })
})

test('what a beacon sends while the page closes is recorded as sent', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await open('/beacon')
    await page.close()
  })
  expect(entry).toMatchObject({ resourceId: 'd1', evidence: { grade: 'sent', via: 'beacon' } })
})

test('on a plain http page, where there is no WebCrypto, the same is recorded', async () => {
  const [entry] = await entriesWhile(async () => {
    const page = await browser.context.newPage()
    await page.goto('http://app.test/form/general')
    expect(await page.evaluate(() => typeof crypto.subtle)).toBe('undefined')
    await page.getByLabel('Site name').fill('Plain')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').waitFor()
  })
  expect(entry).toMatchObject({ app: { origin: 'http://app.test' }, changes: [{ after: 'Plain' }] })
})

test('what is recorded is shown without any network', async () => {
  await browser.context.setOffline(true)
  const page = await browser.openPage('review.html')
  await page.getByRole('heading', { name: 'Audit Logs' }).waitFor()
  await page.getByText('Session timeout').first().waitFor()
  await page.close()
  await browser.context.setOffline(false)
})

const settings: Record<string, Record<string, string>> = {
  security: { timeout: '30', two_factor: '' },
  general: { site_name: 'Old' },
}
const profile = { id: 'p1', displayName: 'First', beta: false }

const formPage = (
  name: string,
  message = '',
  values = settings[name] ?? {},
) => `<!doctype html><title>${name}</title>
  <h1>${name === 'security' ? 'Security' : 'General'} settings</h1>${message}
  <form method="post" action="/form/${name}"><input type="hidden" name="csrf_token" value="c0ffee">
  ${
    name === 'security'
      ? `<label>Session timeout <input name="timeout" value="${values.timeout}"></label>
         <label><input type="checkbox" name="two_factor" value="1" ${values.two_factor ? 'checked' : ''}> Require two factors</label>`
      : `<label>Site name <input name="site_name" value="${values.site_name}"></label>`
  }<button>Save</button></form>`

const PAGES: Record<string, string> = {
  '/form/search':
    '<form action="/form/results"><label>Search <input name="q"></label><button>Go</button></form>',
  '/form/results': '<h1>Results</h1>',
  '/frames': '<h1>Console</h1><iframe src="/form/general"></iframe>',
  '/spa': `<h1>Profile</h1><div id="root"></div><script type="module">
    let state = await (await fetch('/api/profiles/p1')).json()
    const root = document.querySelector('#root')
    root.innerHTML = '<form><label>Display name <input></label><button type="button" role="switch">Beta features</button><button>Save changes</button></form><p></p>'
    const [input, toggle, form] = ['input', '[role=switch]', 'form'].map((one) => root.querySelector(one))
    // As React does for a controlled field: markup and property follow the state at every key.
    const render = () => { input.value = state.displayName; input.setAttribute('value', state.displayName); toggle.setAttribute('aria-checked', state.beta) }
    input.addEventListener('input', () => { state = { ...state, displayName: input.value }; render() })
    toggle.addEventListener('click', () => { state = { ...state, beta: !state.beta }; setTimeout(render) })
    form.addEventListener('submit', async (event) => {
      event.preventDefault()
      const { displayName, beta } = state
      await fetch('/api/profiles/p1', { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ displayName, beta }) })
      root.querySelector('p').textContent = 'Done'
    })
    render()
  </script>`,
  '/socket': `<h1>Document</h1><label>Title <input id="title"></label><p></p><script>
    const socket = new WebSocket(location.origin.replace('http', 'ws'))
    const title = document.querySelector('#title')
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data)
      if (message.type === 'state') title.value = message.data.document.title
      else document.querySelector('p').textContent = 'Autosaved'
    }
    title.addEventListener('change', () => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'document.update', params: { id: 'doc-7', title: title.value } })))
  </script>`,
  '/worker': `<h1>Projects</h1><p></p><button>Rename</button><script>
    const said = (text) => { document.querySelector('p').textContent = text }
    navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => {
      if (navigator.serviceWorker.controller) said('Controlled')
      else navigator.serviceWorker.addEventListener('controllerchange', () => said('Controlled'))
    })
    document.querySelector('button').onclick = async () => {
      const answer = await fetch('/api/projects/9', { method: 'PUT', body: JSON.stringify({ id: 9, name: 'Renamed' }), headers: { 'content-type': 'application/json' } })
      said((await answer.json()).name)
    }
  </script>`,
  '/beacon': `<h1>Draft</h1><script>
    addEventListener('pagehide', () => navigator.sendBeacon('/api/drafts/d1', new URLSearchParams({ _method: 'PUT', title: 'Last words' })))
  </script>`,
}

const WORKER = `self.addEventListener('install', () => self.skipWaiting())
  self.addEventListener('activate', (event) => event.waitUntil(clients.claim()))
  self.addEventListener('fetch', (event) => {
    if (event.request.url.includes('/api/projects/'))
      event.respondWith(event.request.json().then((body) => new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' } })))
  })`

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const { pathname } = new URL(request.url ?? '/', 'http://x')
  const body = await readBody(request)
  const html = (status: number, text: string) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(text)
  const json = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  const name = pathname.match(/^\/form\/(security|general)$/)?.[1]
  if (pathname === '/sw.js') response.writeHead(200, { 'content-type': 'text/javascript' }).end(WORKER)
  else if (pathname.startsWith('/api/profiles/'))
    json(request.method === 'PATCH' ? Object.assign(profile, JSON.parse(body)) : profile)
  else if (pathname.startsWith('/api/')) response.writeHead(204).end()
  else if (name && request.method === 'POST') {
    const sent = Object.fromEntries(new URLSearchParams(body))
    if (Number(sent.timeout) < 0)
      html(200, formPage(name, '<p role="alert" class="error">Session timeout must be positive</p>', sent))
    else {
      settings[name] = { ...settings[name], two_factor: '', ...sent }
      response.writeHead(303, { location: `/form/${name}?saved` }).end()
    }
  } else if (name)
    html(200, formPage(name, request.url?.endsWith('?saved') ? '<p role="status">Saved</p>' : ''))
  else html(PAGES[pathname] ? 200 : 404, `<!doctype html><title>Console</title>${PAGES[pathname] ?? ''}`)
}
