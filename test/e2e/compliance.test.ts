/** The page can't tell that it is recorded: everything that it can see is the same in a browser with the extension and in one without. */
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { BrowserContext } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { type ExtensionBrowser, launchBare, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const CHECKS = readFileSync(join(import.meta.dirname, 'pages/compliance.js'), 'utf8')
const CSP =
  "default-src 'none'; script-src 'nonce-page'; connect-src *; frame-src 'self' blob:; form-action 'self'; base-uri 'none'"

type Results = Record<string, string>

let app: RunningServer
let other: RunningServer
let browser: ExtensionBrowser
let bare: Awaited<ReturnType<typeof launchBare>>
const results: Record<string, { readonly bare: Results; readonly recorded: Results }> = {}

beforeAll(async () => {
  ;[app, other, browser, bare] = await Promise.all([
    listen(serve),
    listen(serve),
    launchWithExtension(),
    launchBare(),
  ])
  const sockets = new WebSocketServer({ server: app.server })
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  )
  for (const path of ['/', '/strict'])
    results[path] = { bare: await runIn(bare.context, path), recorded: await runIn(browser.context, path) }
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), bare?.close(), app?.close(), other?.close()])
})

const runIn = async (context: BrowserContext, path: string): Promise<Results> => {
  const page = await context.newPage()
  await page.goto(`${app.origin}${path}`)
  const found = await page.evaluate(() =>
    (window as unknown as { runChecks: () => Promise<Results> }).runChecks(),
  )
  await page.close()
  return found
}

const NAMES = [...CHECKS.matchAll(/^ {2}'([^']+)': (?:async )?\(/gm)].map((match) => match[1] as string)

describe.each([
  ['a page', '/'],
  ['a page with a strict content security policy', '/strict'],
])('%s sees no difference in', (_name, path) => {
  test.each(NAMES)('%s', (name) => {
    const { bare: without, recorded } = results[path] as { bare: Results; recorded: Results }
    expect(without[name]).toBeDefined()
    expect(without[name]).not.toMatch(/^failed/)
    expect(recorded[name]).toEqual(without[name])
  })
})

test('and all that while it is recorded', async () => {
  const page = await browser.context.newPage()
  await page.goto(`${app.origin}/strict`)
  await page.evaluate(() => fetch('/api/themes/7', { method: 'PATCH', body: '{"colour":"blue"}' }))
  const [entry] = await browser.waitForEntries(({ resourceId }) => resourceId === '7')
  await page.close()
  expect(entry).toMatchObject({ resourceType: 'theme', action: 'update', changes: [{ after: 'blue' }] })
})

const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const json = (status: number, value: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  }
  const { pathname } = new URL(request.url ?? '/', 'http://x')
  const body = await readBody(request)
  if (pathname === '/' || pathname === '/strict') {
    response.writeHead(200, {
      'content-type': 'text/html',
      ...(pathname === '/strict' && { 'content-security-policy': CSP }),
    })
    response.end(`<!doctype html><title>Compliance</title><body><script nonce="page">
      window.violations = []
      addEventListener('securitypolicyviolation', (event) => violations.push(event.violatedDirective + event.blockedURI))
      window.otherOrigin = ${JSON.stringify(other.origin)}
      window.socketAddress = ${JSON.stringify(app.origin.replace('http', 'ws'))}
      ${CHECKS}</script>`)
  } else if (pathname === '/echo') {
    const {
      'content-type': type,
      'content-length': length,
      'transfer-encoding': encoding,
      'x-own': own,
    } = request.headers
    json(200, { method: request.method, body, headers: { 'content-type': type, length, encoding, own } })
  } else if (pathname === '/json' || pathname.startsWith('/api/')) json(200, { hello: 'world' })
  else if (pathname === '/bytes')
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(Buffer.alloc(10))
  else if (pathname === '/empty') response.writeHead(204).end()
  else if (pathname === '/redirect') response.writeHead(302, { location: '/json' }).end()
  else if (pathname === '/slow') {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const piece of ['[1', ',2', ',3]']) {
      response.write(piece)
      await new Promise((done) => setTimeout(done, 60))
    }
    response.end()
  } else if (pathname !== '/never') json(404, { error: 'missing' })
}
