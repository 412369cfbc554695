/** Takes every page in every theme and state to `test/e2e/screenshots`, to be looked at, and asks axe about each. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { fillStore } from '../helpers/fill.ts'
import { APPS, tellStory } from '../helpers/story.ts'

const FOLDER = join(import.meta.dirname, 'screenshots')
const PROFILE = { key: 'profile', value: { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev' } }
const RECORDED = Object.values(APPS).map((app, index) => ({
  ...app,
  state: index === 2 ? 'paused' : 'recording',
  addedAt: 0,
}))

let extension: ExtensionBrowser
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  extension = await launchWithExtension()
})
afterAll(() => extension.close())

interface Shot {
  readonly name: string
  readonly path: string
  readonly width: number
  readonly height: number
  readonly prepare?: (page: Page) => Promise<unknown>
}

const app = `app=${encodeURIComponent(APPS.console.origin)}`
const openFirst = (page: Page) => page.locator('[data-entry]').nth(3).click()
const FULL: readonly Shot[] = [
  { name: 'popup', path: `popup.html?${app}`, width: 400, height: 560 },
  { name: 'popup-open', path: `popup.html?${app}`, width: 400, height: 560, prepare: openFirst },
  { name: 'popup-elsewhere', path: 'popup.html', width: 400, height: 560 },
  {
    name: 'popup-new-app',
    path: 'popup.html?app=https%3A%2F%2Fapp.linear.example',
    width: 400,
    height: 560,
  },
  { name: 'panel', path: `sidepanel.html?${app}`, width: 360, height: 800 },
  { name: 'panel-open', path: `sidepanel.html?${app}`, width: 360, height: 800, prepare: openFirst },
  { name: 'review-1280', path: 'review.html', width: 1280, height: 800 },
  { name: 'review-1280-open', path: 'review.html', width: 1280, height: 800, prepare: openFirst },
  { name: 'review-800', path: 'review.html?q=actor%3Aana', width: 800, height: 800 },
  { name: 'review-800-open', path: 'review.html', width: 800, height: 800, prepare: openFirst },
  { name: 'review-500', path: 'review.html', width: 500, height: 800 },
  {
    name: 'review-completion',
    path: 'review.html',
    width: 1280,
    height: 800,
    prepare: (page) => page.getByRole('combobox').pressSequentially('actor:'),
  },
  { name: 'review-no-match', path: 'review.html?q=zebra', width: 1280, height: 800 },
  { name: 'options', path: 'options.html', width: 1000, height: 1200 },
]
const EMPTY: readonly Shot[] = [
  { name: 'popup-empty', path: `popup.html?${app}`, width: 400, height: 560 },
  { name: 'panel-empty', path: `sidepanel.html?${app}`, width: 360, height: 800 },
  { name: 'review-empty', path: 'review.html', width: 1280, height: 800 },
]
const FIRST_RUN: readonly Shot[] = [{ name: 'popup-first-run', path: 'popup.html', width: 400, height: 560 }]

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing on any page in the ${theme} theme`, async () => {
    const page = await extension.openPage('review.html')
    await page.emulateMedia({ colorScheme: theme })
    // The apps of the story are not among those that the e2e build was granted.
    await page.addInitScript(() => {
      ;(
        globalThis as unknown as { chrome: { permissions: { contains: unknown } } }
      ).chrome.permissions.contains = async () => true
    })
    const found: string[] = []
    const only = process.env.SHOTS?.split(',')
    const take = async (shots: readonly Shot[]) => {
      for (const shot of shots)
        if (!only || only.includes(shot.name)) found.push(...(await shoot(page, shot, theme)))
    }
    await fillStore(page, tellStory(Date.now()), { settings: [PROFILE], apps: RECORDED })
    await take(FULL)
    await page.goto(`chrome-extension://${extension.extensionId}/review.html`)
    await fillStore(page, [], { settings: [PROFILE], apps: RECORDED })
    await take(EMPTY)
    await page.goto(`chrome-extension://${extension.extensionId}/review.html`)
    await fillStore(page, [], { settings: [{ key: 'profile', value: undefined }] })
    await take(FIRST_RUN)
    await page.close()
    expect(found).toEqual([])
  })
}

const shoot = async (
  page: Page,
  { name, path, width, height, prepare }: Shot,
  theme: string,
): Promise<string[]> => {
  await page.setViewportSize({ width, height })
  await page.goto(`chrome-extension://${extension.extensionId}/${path}`)
  await page.locator('[data-entry], .state h2, form').first().waitFor()
  await prepare?.(page)
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.screenshot({ path: join(FOLDER, `${name}-${theme}.png`) })
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(
    ({ id, nodes }) => `${name}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}
