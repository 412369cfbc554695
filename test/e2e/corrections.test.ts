/** The user's say: a correction made on a row is how the app is read from then on, in pages that are open too. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

let app: RunningServer
let browser: ExtensionBrowser
let page: Page
let review: Page

beforeAll(async () => {
  app = await listen(async (request, response) => {
    const body = await readBody(request)
    const isApi = request.url?.startsWith('/api/')
    response.writeHead(200, { 'content-type': isApi ? 'application/json' : 'text/html' })
    response.end(isApi ? body : '<!doctype html><title>Hooks</title><h1>Hooks</h1>')
  })
  browser = await launchWithExtension()
  page = await browser.context.newPage()
  await page.goto(app.origin)
  review = await browser.context.newPage()
  await review.setViewportSize({ width: 1600, height: 900 })
}, 180_000)

afterAll(async () => {
  await Promise.allSettled([browser?.close(), app?.close()])
})

const send = (path: string, fields: Readonly<Record<string, string>>) =>
  page.evaluate(
    ([to, body]) =>
      fetch(to as string, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: body as string,
      }),
    [path, JSON.stringify(fields)],
  )

/** The entry that this becomes. */
const save = async (path: string, colour: string, more: Readonly<Record<string, string>> = {}) => {
  await send(path, { code: 'wh-7', colour, ...more })
  const [entry] = await browser.waitForEntries(({ after }) => JSON.stringify(after)?.includes(`"${colour}"`))
  return entry as Entry
}

const correct = async (entry: Entry, kind: string, value?: string) => {
  await review.goto(`chrome-extension://${browser.extensionId}/review.html?entry=${entry.id}`)
  const details = review.getByRole('complementary', { name: 'Details' })
  await details.getByRole('button', { name: 'Correct this' }).click()
  const dialog = review.getByRole('dialog')
  await dialog.getByRole('radio', { name: kind }).check()
  if (value !== undefined && kind === 'Call this type') await dialog.getByRole('textbox').fill(value)
  else if (value !== undefined) await dialog.getByRole('combobox').selectOption(value)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  // Answered when open pages know.
  await review.evaluate(() => {
    const { runtime } = (globalThis as unknown as { chrome: typeof import('wxt/browser').browser }).chrome
    return runtime.sendMessage({ type: 'corrected' })
  })
}

test('what comes next is recorded by the corrections, with no reload', async () => {
  const first = await save('/api/hookconfigs/7', 'red')
  expect(first).toMatchObject({ resourceType: 'hookconfig', resourceId: '7' })

  await correct(first, 'Call this type', 'webhook')
  const called = await save('/api/hookconfigs/7', 'blue')
  expect(called.resourceType).toBe('webhook')

  await correct(called, 'This is the id', '/code')
  const named = await save('/api/hookconfigs/7', 'green')
  expect(named.resourceId).toBe('wh-7')

  await correct(named, 'Ignore this field', '/colour')
  const ignoring = await save('/api/hookconfigs/7', 'black', { size: 'large' })
  expect(ignoring.changes.map(({ pointer }) => pointer)).toEqual(['/size'])

  await correct(ignoring, 'This isn’t a change')
  await send('/api/hookconfigs/7', { code: 'wh-7', colour: 'white', size: 'small' })
  await save('/api/themes/1', 'yellow')
  const texts = (await browser.entries()).map((entry) => JSON.stringify(entry))
  expect(texts.filter((text) => text.includes('white') || text.includes('small'))).toEqual([])
})

test('an app that was removed is recorded no more', async () => {
  const settings = await browser.openPage('options.html')
  await settings.evaluate((origin) => {
    const { runtime } = (globalThis as unknown as { chrome: typeof import('wxt/browser').browser }).chrome
    return runtime.sendMessage({ type: 'remove-app', origin })
  }, app.origin)
  await page.reload()
  await send('/api/themes/2', { colour: 'purple' })
  const still = await listen((_request, response) =>
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Still</title>'),
  )
  await page.goto(still.origin)
  await page.evaluate(() =>
    fetch('/api/themes/3', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"colour":"orange"}',
    }),
  )
  await browser.waitForEntries(({ app: { origin } }) => origin === still.origin)
  expect(JSON.stringify(await browser.entries())).not.toContain('purple')
  await still.close()
})
