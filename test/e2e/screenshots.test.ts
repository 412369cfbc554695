/**
 * Takes every page in every theme and state to `test/e2e/screenshots`, to be looked at, and asks axe about each.
 * `SHOTS=popup,review-full` takes those alone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { fillStore, fillTeam } from '../helpers/fill.ts'
import { APPS, tellStory } from '../helpers/story.ts'

const FOLDER = join(import.meta.dirname, 'screenshots')
const ONLY = process.env.SHOTS?.split(',')
const PROFILE = { key: 'profile', value: { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev' } }
const RECORDED = Object.values(APPS).map((app, index) => ({
  ...app,
  state: index === 2 ? 'paused' : 'recording',
  addedAt: 0,
}))

interface Shot {
  readonly name: string
  readonly path: string
  readonly size: readonly [width: number, height: number]
  /** Runs in the page before its own scripts. */
  readonly before?: () => void
  readonly prepare?: (page: Page) => Promise<unknown>
}

const app = `app=${encodeURIComponent(APPS.console.origin)}`
const POPUP: readonly [number, number] = [400, 560]
const PANEL: readonly [number, number] = [360, 800]
const WIDE: readonly [number, number] = [1280, 800]
const SETTINGS: readonly [number, number] = [1000, 1200]
const FRAMES = [
  { name: 'popup', path: `popup.html?${app}`, size: POPUP },
  { name: 'panel', path: `sidepanel.html?${app}`, size: PANEL },
  { name: 'review', path: 'review.html', size: WIDE },
] as const
const inEachFrame = (state: string, part: Partial<Shot> = {}): Shot[] =>
  FRAMES.map(({ name, ...frame }) => ({ ...frame, name: `${name}-${state}`, ...part }))

const openFourth = (page: Page) => page.locator('[data-entry]').nth(3).click()
const clickMenu = (page: Page) => page.getByRole('button', { name: 'Choose export format' }).click()
const showRows = (page: Page) => page.locator('[data-entry]').first().waitFor()

/** The database answers nothing, or only with a fault. */
const stall = () => {
  IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
}
const damage = () => {
  IDBFactory.prototype.open = () => {
    throw new DOMException('Internal error opening backing store for indexedDB.open.', 'UnknownError')
  }
}
/** What another page of a newer version would do; the upgrade is taken back. */
const takeOver = async (page: Page) => {
  await showRows(page)
  // The page may still have to open its own connection.
  await expect
    .poll(
      async () => {
        await page.evaluate(
          () =>
            new Promise((done) => {
              const request = indexedDB.open('daybook', 9999)
              request.onupgradeneeded = () => request.transaction?.abort()
              request.onerror = done
              request.onsuccess = done
            }),
        )
        return page.getByText('Daybook was updated').count()
      },
      { timeout: 20_000 },
    )
    .toBe(1)
}

const FULL: readonly Shot[] = [
  ...inEachFrame('full', { prepare: showRows }),
  ...inEachFrame('open', { prepare: openFourth }),
  ...inEachFrame('export', { prepare: clickMenu }),
  ...inEachFrame('loading', {
    before: stall,
    prepare: (page) => page.getByText('Loading').first().waitFor(),
  }),
  ...inEachFrame('unreadable', {
    before: damage,
    prepare: (page) => page.getByRole('button', { name: 'Save what can be read' }).waitFor(),
  }),
  ...inEachFrame('updated', { prepare: takeOver }),
  { name: 'popup-elsewhere', path: 'popup.html', size: POPUP, prepare: showRows },
  { name: 'popup-new-app', path: 'popup.html?app=https%3A%2F%2Fapp.linear.example', size: POPUP },
  {
    name: 'popup-paused',
    path: `popup.html?app=${encodeURIComponent(APPS.billing.origin)}`,
    size: POPUP,
    prepare: showRows,
  },
  {
    name: 'popup-menu',
    path: `popup.html?${app}`,
    size: POPUP,
    prepare: (page) => page.getByRole('button', { name: 'More about this app' }).click(),
  },
  {
    name: 'review-keyboard',
    path: 'review.html',
    size: WIDE,
    prepare: async (page) => {
      await showRows(page)
      await page.keyboard.press('j')
      await page.keyboard.press('j')
    },
  },
  {
    name: 'review-shortcuts',
    path: 'review.html',
    size: WIDE,
    prepare: async (page) => {
      await showRows(page)
      await page.keyboard.press('?')
    },
  },
  { name: 'review-800', path: 'review.html?q=actor%3Aana', size: [800, 800], prepare: showRows },
  { name: 'review-800-open', path: 'review.html', size: [800, 800], prepare: openFourth },
  { name: 'review-500', path: 'review.html', size: [500, 800], prepare: showRows },
  // 1280 at 200 %.
  { name: 'review-640', path: 'review.html', size: [640, 400], prepare: showRows },
  {
    name: 'review-completion',
    path: 'review.html',
    size: WIDE,
    prepare: (page) => page.getByRole('combobox').pressSequentially('actor:'),
  },
  { name: 'review-no-match', path: 'review.html?q=zebra', size: WIDE },
  { name: 'options', path: 'options.html', size: SETTINGS },
  {
    name: 'options-wipe',
    path: 'options.html',
    size: SETTINGS,
    prepare: (page) => page.getByRole('button', { name: 'Wipe everything' }).click(),
  },
  { name: 'team-start', path: 'team.html', size: SETTINGS },
]
const TEAM: readonly Shot[] = [
  { name: 'team', path: 'team.html', size: SETTINGS },
  { name: 'team-500', path: 'team.html', size: [500, 1200] },
]
const OFFLINE: readonly Shot[] = inEachFrame('offline', {
  prepare: (page) => page.getByText('Offline.').waitFor(),
})
const DISK_FULL: readonly Shot[] = inEachFrame('disk-full', {
  prepare: (page) => page.getByRole('button', { name: 'Free space' }).waitFor(),
})
const EMPTY: readonly Shot[] = [...inEachFrame('empty')]
const FIRST_RUN: readonly Shot[] = [{ name: 'popup-first-run', path: 'popup.html', size: POPUP }]

interface ExtensionApi {
  readonly permissions: { contains: (asked: object) => Promise<boolean> }
  readonly storage: {
    readonly session: {
      readonly set: (items: object) => Promise<void>
      readonly remove: (key: string) => Promise<void>
    }
  }
}
declare global {
  /** In the page. */
  var chromeOf: () => ExtensionApi
}

/** States differ by their words; with forced colours each kind of thing is looked at once. */
const FORCED = /-(full|open|menu|export|completion|start|unreadable)$|^(options|team)/

let extension: ExtensionBrowser
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  extension = await launchWithExtension()
})
afterAll(() => extension.close())

const THEMES = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
} as const

for (const [theme, media] of Object.entries(THEMES)) {
  test(`axe finds nothing on any page and state in the ${theme} theme`, async () => {
    const found: string[] = []
    const take = async (shots: readonly Shot[]) => {
      const isWanted = ({ name }: Shot) =>
        ONLY ? ONLY.includes(name) : theme !== 'forced' || FORCED.test(name)
      for (const shot of shots.filter(isWanted)) {
        const page = await newPage(media)
        found.push(...(await shoot(page, shot, theme)))
        await page.close()
      }
    }
    const filled = async (...[entries, others]: [Parameters<typeof fillStore>[1], object]) => {
      const page = await extension.openPage('icon/16.png')
      await fillStore(page, entries, others as Record<string, unknown[]>)
      await page.close()
    }
    await filled(tellStory(Date.now()), { settings: [PROFILE], apps: RECORDED })
    await take(FULL)
    await extension.context.setOffline(true)
    await take(OFFLINE)
    await extension.context.setOffline(false)
    const page = await newPage(media)
    await page.goto(`chrome-extension://${extension.extensionId}/icon/16.png`)
    await page.evaluate(() => chromeOf().storage.session.set({ 'store-trouble': 'full' }))
    await take(DISK_FULL)
    await page.evaluate(() => chromeOf().storage.session.remove('store-trouble'))
    const removeTeam = await fillTeam(page)
    await take(TEAM)
    await removeTeam()
    await page.close()
    await filled([], { settings: [PROFILE], apps: RECORDED })
    await take(EMPTY)
    await filled([], { settings: [{ key: 'profile', value: undefined }] })
    await take(FIRST_RUN)
    expect(found).toEqual([])
  })
}

const newPage = async (media: Parameters<Page['emulateMedia']>[0]): Promise<Page> => {
  const page = await extension.context.newPage()
  await page.emulateMedia(media)
  // The apps of the story are not among those that the e2e build was granted.
  await page.addInitScript(() => {
    globalThis.chromeOf = () => (globalThis as unknown as { chrome: ExtensionApi }).chrome
    chromeOf().permissions.contains = async () => true
  })
  return page
}

const shoot = async (page: Page, shot: Shot, theme: string): Promise<string[]> => {
  const { name, path, size, before, prepare } = shot
  const [width, height] = size
  await page.setViewportSize({ width, height })
  if (before) await page.addInitScript(before)
  await page.goto(`chrome-extension://${extension.extensionId}/${path}`)
  if (prepare) await prepare(page)
  else await page.locator('[data-entry], .state h2, form, h2').first().waitFor()
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
  await page.screenshot({ path: join(FOLDER, `${name}-${theme}.png`) })
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(
    ({ id, nodes }) => `${name}: ${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}
