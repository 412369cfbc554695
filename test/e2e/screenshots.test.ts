/**
 * Asks axe about every page in every state and theme. A state is made once and looked at in each theme.
 * Pictures go to `test/e2e/screenshots`: a few, with `SHOTS=all` every one, with `SHOTS=popup-full,review-open` those states alone.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFaults, THEMES, type Theme } from '../helpers/axe.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { fillStore, fillTeam } from '../helpers/fill.ts'
import { APPS, tellStory } from '../helpers/story.ts'

const FOLDER = join(import.meta.dirname, 'screenshots')
const ALL = Object.keys(THEMES) as readonly Theme[]
const ASKED = process.env.SHOTS?.split(',') ?? []
const takesAll = ASKED.includes('all')
const isAsked = (name: string) => takesAll || ASKED.length === 0 || ASKED.includes(name)
/** What is pictured when nobody asks. */
const CHOSEN = /-(full|open)$|^(options|team)$|first-run/
const PROFILE = { key: 'profile', value: { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev' } }
const RECORDED = Object.values(APPS).map((app, index) => ({
  ...app,
  state: index === 2 ? 'paused' : 'recording',
  addedAt: 0,
}))
const VIEWS = [
  { id: 'flags', name: 'Production flags', query: 'type:"feature flag" app:"Acme Console"', addedAt: 1 },
  { id: 'access', name: 'Access, without Grafana', query: 'field:role -app:grafana', addedAt: 2, bell: true },
]

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

const openFourth = async (page: Page) => {
  await page.locator('[data-entry]').nth(3).click()
  await page.getByText('This resource through time').waitFor()
}
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
  { name: 'panel-240', path: `sidepanel.html?${app}`, size: [240, 700], prepare: showRows },
  { name: 'review-1440-open', path: 'review.html', size: [1440, 900], prepare: openFourth },
  {
    name: 'review-strip-hover',
    path: 'review.html',
    size: WIDE,
    prepare: async (page) => {
      await showRows(page)
      await page.getByRole('slider').hover()
    },
  },
  { name: 'review-500', path: 'review.html', size: [500, 800], prepare: showRows },
  // 1280 at 200 %.
  { name: 'review-640', path: 'review.html', size: [640, 400], prepare: showRows },
  {
    name: 'review-completion',
    path: 'review.html',
    size: WIDE,
    prepare: (page) => page.getByRole('combobox').pressSequentially('actor:'),
  },
  {
    name: 'review-refused',
    path: 'review.html?q=type%3A%22alert%20rule%22',
    size: WIDE,
    prepare: (page) => page.getByRole('button', { name: 'Show refused changes' }).waitFor(),
  },
  {
    name: 'review-views',
    path: 'review.html?q=actor%3Aana',
    size: WIDE,
    prepare: (page) => page.getByRole('button', { name: 'Saved views' }).click(),
  },
  {
    name: 'review-strip-table',
    path: 'review.html',
    size: WIDE,
    prepare: async (page) => {
      await showRows(page)
      await page.getByRole('button', { name: 'Show as a table' }).press('Enter')
    },
  },
  {
    name: 'review-correct',
    path: 'review.html',
    size: [1440, 900],
    prepare: async (page) => {
      await openFourth(page)
      await page.getByRole('button', { name: 'Correct this' }).click()
    },
  },
  ...[FRAMES[1], FRAMES[2]].map(
    ({ name, path, size }): Shot => ({
      name: `${name}-moments`,
      path,
      size,
      prepare: async (page) => {
        await openFourth(page)
        await page.getByRole('combobox', { name: 'Compare' }).selectOption('Two entries of your choice')
        await page.getByText('This resource through time').click()
        await page.getByText('As it stood after').or(page.getByText('As it stands now')).waitFor()
      },
    }),
  ),
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
const FIRST_RUN: readonly Shot[] = [
  { name: 'popup-first-run', path: 'popup.html', size: POPUP },
  { name: 'review-no-apps', path: 'review.html', size: WIDE },
]

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
let page: Page
beforeAll(async () => {
  mkdirSync(FOLDER, { recursive: true })
  extension = await launchWithExtension()
  page = await newPage()
})
afterAll(() => extension.close())
afterEach(() => extension.context.setOffline(false))

test('axe finds nothing in any theme where there is a log', async () => {
  await fill(tellStory(Date.now()), { settings: [PROFILE], apps: RECORDED, views: VIEWS })
  expect(await look(FULL)).toEqual([])
})

test('axe finds nothing in any theme without a network', async () => {
  await extension.context.setOffline(true)
  expect(await look(OFFLINE)).toEqual([])
})

test('axe finds nothing in any theme when the disk is full', async () => {
  await page.goto(addressOf('icon/16.png'))
  await page.evaluate(() => chromeOf().storage.session.set({ 'store-trouble': 'full' }))
  expect(await look(DISK_FULL)).toEqual([])
  await page.evaluate(() => chromeOf().storage.session.remove('store-trouble'))
})

test('axe finds nothing in any theme with a team', async () => {
  await page.goto(addressOf('icon/16.png'))
  const removeTeam = await fillTeam(page)
  expect(await look(TEAM)).toEqual([])
  await removeTeam()
})

test('axe finds nothing in any theme before anything is recorded', async () => {
  await fill([], { settings: [PROFILE], apps: RECORDED })
  expect(await look(EMPTY)).toEqual([])
  await fill([], { settings: [{ key: 'profile', value: undefined }], apps: [] })
  expect(await look(FIRST_RUN)).toEqual([])
})

const addressOf = (path: string) => `chrome-extension://${extension.extensionId}/${path}`

const fill = async (...[entries, others]: [Parameters<typeof fillStore>[1], object]): Promise<void> => {
  await page.goto(addressOf('icon/16.png'))
  await fillStore(page, entries, others as Record<string, unknown[]>)
}

const newPage = async (): Promise<Page> => {
  const opened = await extension.context.newPage()
  // The apps of the story are not among those that the e2e build was granted.
  await opened.addInitScript(() => {
    globalThis.chromeOf = () => (globalThis as unknown as { chrome: ExtensionApi }).chrome
    chromeOf().permissions.contains = async () => true
  })
  return opened
}

const look = async (shots: readonly Shot[]): Promise<string[]> => {
  const found: string[] = []
  for (const shot of shots.filter(({ name }) => isAsked(name)))
    found.push(...(await lookAt(shot)).map((fault) => `${shot.name}, ${fault}`))
  return found
}

const lookAt = async ({ name, path, size, before, prepare }: Shot): Promise<string[]> => {
  // What runs before a page's own scripts stays with the page.
  const own = before ? await newPage() : page
  if (before) await own.addInitScript(before)
  const [width, height] = size
  await own.setViewportSize({ width, height })
  await own.goto(addressOf(path))
  if (prepare) await prepare(own)
  else await own.locator('[data-entry], .state h2, form, h2').first().waitFor()
  const faults = await axeFaults(own, {
    themes: ALL.filter((theme) => theme !== 'forced' || takesAll || FORCED.test(name)),
    look: async (theme) => {
      const isPictured = ASKED.length > 0 || (CHOSEN.test(name) && theme !== 'forced')
      if (isPictured) await own.screenshot({ path: join(FOLDER, `${name}-${theme}.png`) })
    },
  })
  if (before) await own.close()
  return faults
}
