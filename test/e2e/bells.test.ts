/** Watching: what arrives rings on the toolbar icon until it is looked at; own changes only where that is asked for. */
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildOnce, type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { listen, type RunningServer, readBody } from '../helpers/server.ts'

const SHOTS = join(import.meta.dirname, 'screenshots')
let extension: ExtensionBrowser
let app: RunningServer
beforeAll(async () => {
  let settings = { id: 'security', sessionTimeout: 30 }
  app = await listen(async (request, response) => {
    if (request.method === 'PATCH') settings = { ...settings, ...JSON.parse(await readBody(request)) }
    const isApi = request.url?.startsWith('/api/')
    response
      .writeHead(200, { 'content-type': isApi ? 'application/json' : 'text/html' })
      .end(isApi ? JSON.stringify(settings) : '<!doctype html><title>Console</title>')
  })
  extension = await launchWithExtension({ build: await buildThatMayNotify() })
  extension.context.setDefaultTimeout(60_000)
})
afterAll(async () => {
  await extension.close()
  await app.close()
})

/** Nobody can answer Chromium's question here: a copy of the build in which it was answered. */
const buildThatMayNotify = async (): Promise<string> => {
  const folder = join(mkdtempSync(join(tmpdir(), 'daybook-notify-')), 'build')
  cpSync(await buildOnce(), folder, { recursive: true })
  const file = join(folder, 'manifest.json')
  const manifest = JSON.parse(readFileSync(file, 'utf8'))
  writeFileSync(
    file,
    JSON.stringify({ ...manifest, permissions: [...manifest.permissions, 'notifications'] }),
  )
  return folder
}

const inWorker = async <Result>(read: (chrome: typeof import('wxt/browser').browser) => Promise<Result>) => {
  const worker =
    extension.context.serviceWorkers()[0] ?? (await extension.context.waitForEvent('serviceworker'))
  return worker.evaluate(`(${read})(chrome)`) as Promise<Result>
}
const badge = () => inWorker(({ action }) => action.getBadgeText({}))
const notified = () => inWorker(async ({ notifications }) => Object.keys(await notifications.getAll()))

test('a watched resource rings for what comes, until it is looked at, and is unwatched in the settings', async () => {
  const tab = await extension.context.newPage()
  await tab.goto(app.origin)
  const set = (sessionTimeout: number) =>
    tab.evaluate(async (value) => {
      await (await fetch('/api/settings/security')).json()
      await (
        await fetch('/api/settings/security', {
          method: 'PATCH',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ sessionTimeout: value }),
        })
      ).json()
    }, sessionTimeout)
  const recorded = (count: number) =>
    extension.waitForEntries(({ app: { origin } }) => origin === app.origin, count)

  await set(15)
  const [first] = await recorded(1)
  const review = await extension.openPage(`review.html?entry=${first?.id}`)
  await review.setViewportSize({ width: 1280, height: 900 })
  await review.getByRole('button', { name: 'Watch', exact: true }).click()
  await review.getByRole('button', { name: 'Watching', pressed: true }).waitFor()
  await review.screenshot({ path: join(SHOTS, 'watching-light.png') })
  await review.goto('about:blank')

  await set(16)
  await recorded(2)
  const settings = await extension.openPage('options.html')
  await settings.getByText('Count my own changes too').click()
  await expect.poll(() => settings.getByText('Count my own changes too').isChecked()).toBe(true)
  expect(await badge()).toBe('')
  expect(await notified()).toEqual([])

  await set(17)
  await recorded(3)
  await expect.poll(badge, { timeout: 30_000 }).toBe('1')
  await expect.poll(notified).toHaveLength(1)
  await settings.getByText(/^1 new in/).waitFor()
  for (const colorScheme of ['light', 'dark'] as const) {
    await settings.emulateMedia({ colorScheme })
    await settings.screenshot({ path: join(SHOTS, `watched-${colorScheme}.png`), fullPage: true })
  }
  const popup = await extension.openPage(`popup.html?app=${encodeURIComponent(app.origin)}`)
  await popup.setViewportSize({ width: 400, height: 560 })
  const rang = popup.getByRole('link', { name: /^1 new in/ })
  await rang.waitFor()
  await popup.screenshot({ path: join(SHOTS, 'popup-rang-light.png') })
  const opening = extension.context.waitForEvent('page')
  await rang.click()
  await (await opening).locator('[data-entry]').first().waitFor()
  await expect.poll(badge, { timeout: 30_000 }).toBe('')

  await settings.getByRole('button', { name: 'Stop watching' }).click()
  await settings.getByText('Nothing is watched.').waitFor()
})
