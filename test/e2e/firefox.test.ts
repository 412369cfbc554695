/** Smoke test in Firefox ESR: it installs, the hook runs, an entry of each kind of save appears on the review page. */
import { existsSync } from 'node:fs'
import { type Browser, launch } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildOnce } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const FIREFOX = process.env.FIREFOX || '/usr/bin/firefox-esr'
const ID = 'daybook@daybook.dev'
/** Firefox makes up an address for each extension; here it is told which. */
const HOST = '6f1d3c52-8a0e-4f7b-9c35-2b7d1e904a68'

let app: RunningServer
let browser: Browser

beforeAll(async () => {
  if (!existsSync(FIREFOX)) return
  app = await listen(async (request, response) => {
    const body = await readBody(request)
    if (request.url?.startsWith('/api/'))
      response.writeHead(200, { 'content-type': 'application/json' }).end(body)
    else if (request.method === 'POST') response.writeHead(303, { location: '/?saved' }).end()
    else response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE)
  })
  browser = await launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    headless: true,
    args: ['--remote-allow-system-access'],
    extraPrefsFirefox: { 'extensions.webextensions.uuids': JSON.stringify({ [ID]: HOST }) },
  })
  await browser.installExtension(await buildOnce('firefox'))
}, 240_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

test.skipIf(!existsSync(FIREFOX))(
  'a request and a classic form are recorded and shown',
  async () => {
    const review = await browser.newPage()
    // The page is fine, but Firefox never tells that it has loaded.
    await review.goto(`moz-extension://${HOST}/review.html`, { timeout: 5000 }).catch(() => {})
    await review.waitForSelector('h1')

    const page = await browser.newPage()
    await page.goto(app.origin)
    expect(await page.evaluate('fetch.toString()')).toBe(
      await page.evaluate("'function fetch() {\\n    [native code]\\n}'"),
    )
    await page.evaluate(`fetch('/api/flags/dark-mode', {
    method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ enabled: true }),
  }).then((answer) => answer.json())`)
    await page.locator('input[name=site_name]').fill('From Firefox')
    await Promise.all([page.waitForNavigation(), page.click('button')])

    await review.bringToFront()
    for (const text of ['dark-mode', 'From Firefox'])
      await review.waitForFunction(
        (wanted) => document.body.textContent.includes(wanted),
        { timeout: 20_000, polling: 200 },
        text,
      )
  },
  120_000,
)

const PAGE = `<!doctype html><title>General</title><h1>General settings</h1><form method="post" action="/settings">
  <label>Site name <input name="site_name" value="Old"></label><button>Save</button></form>`
