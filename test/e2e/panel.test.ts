/** The side panel as it stays open beside an app: it follows the tab down to the resource in view, and warns of a teammate's change. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'
import { listen, type RunningServer } from '../helpers/server.ts'

const SHOTS = join(import.meta.dirname, 'screenshots')
const PAGE = `<!doctype html><title>Hooks</title><form>
  <label>Session timeout <input name="sessionTimeout" value="30"></label>
  <label>Password <input type="password" name="password"></label>
</form>`

let extension: ExtensionBrowser
let app: RunningServer
let panel: Page
let tab: Page
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  app = await listen((_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE))
  extension = await launchWithExtension()
  extension.context.setDefaultTimeout(60_000)
  panel = await extension.openPage('sidepanel.html')
  await panel.setViewportSize({ width: 360, height: 800 })
  const now = Date.now()
  const own = {
    actor: { id: 'test-person', name: 'Test Person' },
    app: { origin: app.origin, name: 'Hooks' },
  }
  const entry = (index: number, minutesAgo: number, part: Partial<Entry>) =>
    makeEntry(index, { ...own, time: new Date(now - minutesAgo * 60_000).toISOString(), ...part })
  await fillStore(
    panel,
    [
      entry(1, 300, { resourceType: 'webhook', resourceId: '7', resourceName: 'Billing' }),
      entry(2, 200, { resourceType: 'webhook', resourceId: '8', resourceName: 'Orders' }),
      entry(3, 2, {
        resourceType: 'webhook',
        resourceId: '7',
        resourceName: 'Billing',
        actor: { id: 'bo', name: 'Bo Roy' },
      }),
    ],
    { apps: [{ ...own.app, state: 'recording', addedAt: 0, team: 'team' }] },
  )
  await panel.reload()
  tab = await extension.context.newPage()
})
afterAll(async () => {
  await extension.close()
  await app.close()
})

const scope = () => panel.getByRole('group', { name: 'Follows the tab in view' })
const rows = () => panel.locator('[data-entry]')

test('shows the history of the resource in the tab, of the app where there is none, and follows', async () => {
  await tab.goto(`${app.origin}/hooks/7`)
  await scope().getByRole('button', { name: 'Billing', pressed: true }).waitFor()
  await expect.poll(() => rows().count()).toBe(2)
  await tab.goto(`${app.origin}/hooks/8/edit`)
  await scope().getByRole('button', { name: 'Orders', pressed: true }).waitFor()
  await expect.poll(() => rows().count()).toBe(1)
  await tab.goto(`${app.origin}/elsewhere`)
  await scope().getByRole('button', { name: 'This app', pressed: true }).waitFor()
  await expect.poll(() => rows().count()).toBe(3)
})

test('warns quietly when a teammate changed the field that is being edited, and of no other', async () => {
  await tab.goto(`${app.origin}/hooks/7`)
  await scope().getByRole('button', { name: 'Billing', pressed: true }).waitFor()
  const warning = panel.getByText('Bo Roy changed Session timeout')
  await expect
    .poll(
      async () => {
        await tab.getByLabel('Password').focus()
        await tab.getByLabel('Session timeout').focus()
        return warning.isVisible()
      },
      { timeout: 30_000, interval: 300 },
    )
    .toBe(true)
  for (const colorScheme of ['light', 'dark'] as const) {
    await panel.emulateMedia({ colorScheme })
    await panel.screenshot({ path: join(SHOTS, `panel-warning-${colorScheme}.png`) })
  }
  await tab.getByLabel('Password').focus()
  await warning.waitFor({ state: 'detached' })
})
