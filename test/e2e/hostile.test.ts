/** An app that means harm: nothing of it runs in Daybook, nothing breaks, and what isn't stored is refused with a reason that can be seen. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildOnce, type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

let app: RunningServer
let browser: ExtensionBrowser

beforeAll(async () => {
  app = await listen(async (request, response) => {
    const body = await readBody(request)
    if (request.url?.startsWith('/api/'))
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(request.method === 'DELETE' ? '{}' : body)
    else
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Hostile</title><h1>Hostile</h1>')
  })
  browser = await launchWithExtension()
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

/** Sends a change from a page that stays open. */
const patch = async (id: string, body: string) => {
  const page = await browser.context.newPage()
  await page.goto(app.origin)
  await page.evaluate(
    ([path, text]) =>
      fetch(path as string, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: text as string,
      }),
    [`/api/items/${id}`, body],
  )
}

/** Whatever was sent before, an honest change goes through after it. */
const expectStillRecording = async (id: string) => {
  await patch(id, '{"name":"honest"}')
  const [entry] = await browser.waitForEntries(({ resourceId }) => resourceId === id)
  expect(entry?.changes).toMatchObject([{ after: 'honest' }])
}

test('markup and script in values are shown as text', async () => {
  const markup = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
  await patch('101', JSON.stringify({ name: markup, [markup]: markup }))
  await browser.waitForEntries(({ resourceId }) => resourceId === '101')
  for (const path of ['review.html', 'popup.html', 'sidepanel.html']) {
    const page = await browser.openPage(path)
    await page.waitForTimeout(500)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    expect(await page.locator('img[src="x"]').count()).toBe(0)
    await page.close()
  }
})

test('keys like __proto__ change nothing and are kept as data', async () => {
  await patch(
    '102',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"name":"kept"}',
  )
  const [entry] = await browser.waitForEntries(({ resourceId }) => resourceId === '102')
  expect(JSON.stringify(entry)).toContain('kept')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  await expectStillRecording('202')
})

test('lone surrogates, control characters and right-to-left marks are stored', async () => {
  await patch('103', '{"name":"\\ud800 \\udfff \\u0000 \\u202e end"}')
  const [entry] = await browser.waitForEntries(({ resourceId }) => resourceId === '103')
  expect(JSON.stringify(entry)).toContain('end')
})

test('a very long value is cut to what an entry may hold', async () => {
  await patch('104', JSON.stringify({ name: 'x'.repeat(200_000) }))
  const [entry] = await browser.waitForEntries(({ resourceId }) => resourceId === '104')
  expect(JSON.stringify(entry).length).toBeLessThan(70_000)
})

test('10,000 levels and bodies of 5 MB break nothing', async () => {
  await patch('105', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)
  await patch('106', JSON.stringify({ name: 'x'.repeat(5_000_000) }))
  await patch('107', `[${'[],'.repeat(100_000)}[]]`)
  await expectStillRecording('205')
})

test('forged messages on the channel are refused with a reason, or stored like any request the page could make', async () => {
  const hook = readFileSync(join(await buildOnce(), 'hook.js'), 'utf8')
  const channel = hook.match(/[0-9a-f]{32}/)?.[0] as string
  const page = await browser.context.newPage()
  await page.goto(app.origin)
  await page.evaluate((name) => {
    const urge = (data: unknown) => document.dispatchEvent(new MessageEvent(`${name}-urgent`, { data }))
    for (const data of [
      '',
      'nonsense',
      '{}',
      '{"via":"fetch"}',
      'x'.repeat(3_000_000),
      null,
      { toString: 1 },
    ])
      urge(data)
    urge(
      JSON.stringify({
        via: 'fetch',
        method: 'PATCH',
        url: 'javascript:alert(1)',
        pageUrl: location.href,
        requestHeaders: {},
        status: 200,
        responseHeaders: {},
        startedAtMs: 1,
        endedAtMs: 2,
      }),
    )
    for (let count = 0; count < 5000; count += 1) urge(`{"flood":${count}}`)
    const { port1 } = new MessageChannel()
    document.dispatchEvent(new MessageEvent(`${name}-offer`, { ports: [port1] }))
  }, channel)
  await page.waitForTimeout(1000)
  await page.close()
  await expectStillRecording('206')
  const options = await browser.openPage('options.html')
  await options.getByText('malformed or too large').first().waitFor()
  await options.close()
})

test('a page can neither reach the background nor read what is stored', async () => {
  const page = await browser.context.newPage()
  await page.goto(app.origin)
  const seen = await page.evaluate(async (id) => {
    const { chrome } = window as unknown as { chrome?: { runtime?: unknown } }
    const file = await fetch(`chrome-extension://${id}/review.html`).then(
      () => 'readable',
      () => 'refused',
    )
    return { runtime: typeof chrome?.runtime, file, databases: (await indexedDB.databases()).length }
  }, browser.extensionId)
  expect(seen).toEqual({ runtime: 'undefined', file: 'refused', databases: 0 })
  await page.close()
})
