/**
 * Firefox ESR: it installs, the hook runs, an entry of each kind of save appears, and each page shows and searches them. axe is asked
 * about each page in both themes, the sidebar and the popup are opened by the browser itself too, and pictures are left in `test/e2e/screenshots` to be looked at.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildOnce } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const FIREFOX = process.env.FIREFOX || '/usr/bin/firefox-esr'
const ID = 'daybook@daybook.dev'
/** Firefox makes up an address for each extension; here it is told which. */
const HOST = '6f1d3c52-8a0e-4f7b-9c35-2b7d1e904a68'

const SHOTS = join(import.meta.dirname, 'screenshots')
const AXE = readFileSync(join(import.meta.dirname, '../../node_modules/axe-core/axe.min.js'), 'utf8')

let app: RunningServer
let browser: Browser

beforeAll(async () => {
  if (!existsSync(FIREFOX)) return
  mkdirSync(SHOTS, { recursive: true })
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
    extraPrefsFirefox: {
      'extensions.webextensions.uuids': JSON.stringify({ [ID]: HOST }),
      'extensions.openPopupWithoutUserGesture.enabled': true,
    },
  })
  await browser.installExtension(await buildOnce('firefox'))
}, 240_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

test.skipIf(!existsSync(FIREFOX))(
  'a request and a classic form are recorded and shown',
  async () => {
    const review = await openOwn('review.html', 'h1')

    const page = await browser.newPage()
    await page.goto(app.origin)
    expect(await page.evaluate('fetch.toString()')).toBe(
      await page.evaluate("'function fetch() {\\n    [native code]\\n}'"),
    )
    await page.evaluate(`fetch('/api/flags/dark-mode', {
    method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ enabled: true }),
  }).then((answer) => answer.json())`)
    // As a person does: what a script empties before anybody is there counts as the app's own.
    await page.click('input[name=site_name]', { count: 3 })
    await page.keyboard.type('From Firefox')
    await Promise.all([page.waitForNavigation(), page.click('button')])

    await review.bringToFront()
    for (const text of ['dark-mode', 'Old', 'From Firefox'])
      await review.waitForFunction(
        (wanted) => document.body.textContent.includes(wanted),
        { timeout: 20_000, polling: 200 },
        text,
      )
  },
  120_000,
)

test.skipIf(!existsSync(FIREFOX))(
  'popup, sidebar page and Audit Logs show, search, open and export what was recorded',
  async () => {
    const inView = `app=${encodeURIComponent(app.origin)}`
    for (const path of [`popup.html?${inView}`, `sidepanel.html?${inView}`]) {
      const page = await openOwn(path, '[data-entry]')
      expect(await page.$eval('header h1', ({ textContent }) => textContent)).toBe(new URL(app.origin).host)
      await page.click('[data-entry]')
      await page.waitForSelector('.details .diff, .details button')
      await page.type('input[role=combobox]', 'dark-mode')
      await page.waitForFunction(() => document.querySelectorAll('[data-entry]').length === 1)
      await page.close()
    }
    const review = await openOwn('review.html?q=dark-mode', '[data-entry]')
    const heads = await review.$$eval('[role=columnheader]', (cells) => cells.map((cell) => cell.textContent))
    expect(heads).toEqual(['Time', 'Actor', 'Resource Type', 'Resource ID', 'Action', 'Before', 'After'])
    expect(await review.$$eval('[data-entry]', (rows) => rows.length)).toBe(1)
    await review.keyboard.press('j')
    await review.keyboard.press('Enter')
    await review.waitForSelector('aside[aria-label=Details]')
    await review.click('button[aria-label="Choose export format"]')
    await review.waitForSelector('[role=menuitem]')
    const formats = await review.$$eval('[role=menuitem]', (items) => items.map((item) => item.textContent))
    expect(formats.map((format) => format.trim().split(/\s/)[0])).toEqual([
      'CSV',
      'JSON',
      'JSONL',
      'Evidence',
    ])
  },
  120_000,
)

test.skipIf(!existsSync(FIREFOX))(
  'axe finds nothing on any page, in either theme',
  async () => {
    const inView = `app=${encodeURIComponent(app.origin)}`
    const pages = [
      ['popup', `popup.html?${inView}`, 400, 560],
      ['panel', `sidepanel.html?${inView}`, 360, 800],
      ['review', 'review.html', 1280, 800],
      ['options', 'options.html', 1000, 800],
      ['team', 'team.html', 1000, 800],
    ] as const
    for (const [name, path, width, height] of pages) {
      const showsEntries = name !== 'options' && name !== 'team'
      const page = await openOwn(path, showsEntries ? '[data-entry]' : 'h1')
      await page.setViewport({ width, height })
      if (showsEntries) {
        await page.click('[data-entry]')
        await page.waitForSelector('.diff')
      }
      for (const theme of ['light', 'dark']) {
        await page.evaluate((chosen) => {
          document.documentElement.dataset.theme = chosen
        }, theme)
        await page.screenshot({ path: join(SHOTS, `firefox-${name}-${theme}.png`) })
        expect(await askAxe(page), `${name} ${theme}`).toEqual([])
      }
      await page.close()
    }
  },
  120_000,
)

test.skipIf(!existsSync(FIREFOX))(
  'the browser’s own sidebar follows the tab and its toolbar button opens the popup, both with nothing cut off',
  async () => {
    const own = await openOwn('options.html', 'h1')
    await inBrowser('showSidebar()')
    const page = await browser.newPage()
    await page.goto(app.origin)
    await page.bringToFront()
    await page.evaluate(`fetch('/api/flags/sidebar', {
      method: 'PATCH', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ enabled: true }),
    }).then((answer) => answer.json())`)
    await sees(own, 'sidebar', new URL(app.origin).host, 'sidebar')
    await own.evaluate(() => (globalThis as unknown as { browser: FirefoxApi }).browser.action.openPopup())
    await sees(own, 'popup', new URL(app.origin).host, 'sidebar')
    const pictures = {
      sidebar: `SidebarController.browser.contentDocument.getElementById('webext-panels-browser')`,
      popup: `document.querySelector('browser.webextension-popup-browser')`,
    }
    for (const [name, view] of Object.entries(pictures)) {
      const picture = await inBrowser(`drawView(${view})`)
      writeFileSync(
        join(SHOTS, `firefox-real-${name}.png`),
        Buffer.from(picture.split(',')[1] ?? '', 'base64'),
      )
    }
    await inBrowser('SidebarController.hide()')
    await page.close()
    await own.close()
  },
  120_000,
)

interface FirefoxApi {
  readonly action: { readonly openPopup: () => Promise<void> }
  readonly extension: { readonly getViews: (of: { type: string }) => Window[] }
}

/** Waits until the one view of that kind says all of the texts, and fails where it is wider than its window. */
const sees = async (own: Page, type: string, ...texts: readonly string[]): Promise<void> => {
  await own.waitForFunction(
    (kind, wanted) => {
      const { extension } = (globalThis as unknown as { browser: FirefoxApi }).browser
      const shown = extension.getViews({ type: kind })[0]?.document.body.textContent ?? ''
      return wanted.every((text) => shown.includes(text))
    },
    { timeout: 30_000, polling: 200 },
    type,
    texts,
  )
  const tooWide = await own.evaluate((kind) => {
    const { extension } = (globalThis as unknown as { browser: FirefoxApi }).browser
    const [view] = extension.getViews({ type: kind })
    return (view?.document.documentElement.scrollWidth ?? 0) - (view?.innerWidth ?? 0)
  }, type)
  expect(tooWide, `${type} is cut off`).toBeLessThanOrEqual(0)
}

/** A sidebar that is asked for while its frame still loads says so, and comes when it is asked again. */
const BROWSER_SCRIPT = `const showSidebar = async () => {
  const id = [...SidebarController.sidebars.keys()].find((one) => one.includes('daybook'))
  try {
    await SidebarController.show(id)
  } catch {
    SidebarController.hide()
    await SidebarController.show(id)
  }
}
const drawView = async (view) => {
  const picture = await view.browsingContext.currentWindowGlobal.drawSnapshot(null, 1, 'white')
  const canvas = document.createElementNS('http://www.w3.org/1999/xhtml', 'canvas')
  Object.assign(canvas, { width: picture.width, height: picture.height })
  canvas.getContext('2d').drawImage(picture, 0, 0)
  return canvas.toDataURL()
}`

interface BidiConnection {
  readonly send: (method: string, parameters: object) => Promise<{ readonly result: unknown }>
}

/** Runs in the window of Firefox itself, where its sidebar and its toolbar are. */
const inBrowser = async (expression: string): Promise<string> => {
  const { connection } = browser as unknown as { readonly connection: BidiConnection }
  const { result: tree } = await connection.send('browsingContext.getTree', { 'moz:scope': 'chrome' })
  const [window] = (tree as { contexts: { context: string }[] }).contexts
  const { result } = await connection.send('script.evaluate', {
    expression: `{ ${BROWSER_SCRIPT}; Promise.resolve(${expression}).then(String) }`,
    target: { context: window?.context },
    awaitPromise: true,
  })
  const answer = result as { type: string; result?: { value: string }; exceptionDetails?: { text: string } }
  if (answer.type !== 'success') throw new Error(answer.exceptionDetails?.text)
  return answer.result?.value ?? ''
}

interface Axe {
  readonly run: () => Promise<{
    readonly violations: { readonly id: string; readonly nodes: { readonly html: string }[] }[]
  }>
}

const askAxe = async (page: Page): Promise<string[]> => {
  await page.evaluate(AXE)
  const violations = await page.evaluate(
    async () => (await (globalThis as unknown as { axe: Axe }).axe.run()).violations,
  )
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

/** The page is fine, but Firefox never tells that it has loaded. */
const openOwn = async (path: string, selector: string): Promise<Page> => {
  const page = await browser.newPage()
  await page.goto(`moz-extension://${HOST}/${path}`, { timeout: 3000 }).catch(() => {})
  await page.waitForSelector(selector)
  return page
}

const PAGE = `<!doctype html><title>General</title><h1>General settings</h1><form method="post" action="/settings">
  <label>Site name <input name="site_name" value="Old"></label><button>Save</button></form>`
