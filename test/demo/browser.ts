/** Opens Chromium with the built extension in a profile of its own, which belongs to one person and is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { ROOT } from '../setup/steps.ts'
import type { Person } from './acme.ts'

export type ExtensionPage = 'popup' | 'sidepanel' | 'review' | 'options' | 'team'

export interface DaybookBrowser {
  readonly context: BrowserContext
  /** One of the extension's own pages, in a tab behind the active one: so a popup or panel sees the app as the tab in view. */
  readonly open: (name: ExtensionPage, search?: string) => Promise<Page>
  /** Resolves when the person has closed the window. */
  readonly closed: Promise<void>
  readonly close: () => Promise<void>
}

export interface BrowserOptions {
  readonly person: Person
  readonly headless: boolean
  /** Where the window stands, in CSS pixels from the left. */
  readonly left?: number
}

export const openDaybook = async ({
  person,
  headless,
  left = 0,
}: BrowserOptions): Promise<DaybookBrowser> => {
  const extension = join(ROOT, '.output/chrome-mv3-e2e')
  const profileFolder = await mkdtemp(join(tmpdir(), `daybook-${person.id}-`))
  const context = await chromium.launchPersistentContext(profileFolder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless,
    viewport: headless ? { width: 1280, height: 800 } : null,
    ignoreDefaultArgs: ['--enable-automation'],
    args: [
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
      `--window-position=${left},0`,
      '--window-size=1280,860',
      ...QUIET,
    ],
  })
  const closed = new Promise<void>((resolve) => context.once('close', () => resolve()))
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  const open = async (name: ExtensionPage, search = '') => {
    const opened = context.waitForEvent('page')
    await worker.evaluate(
      `chrome.tabs.create({ url: '/${name}.html${search}', active: false }).then(() => undefined)`,
    )
    const page = await opened
    await page.waitForLoadState()
    return page
  }
  await introduce(open, person)
  return {
    context,
    open,
    closed,
    close: async () => {
      await context.close()
      await rm(profileFolder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Without these Chromium asks its maker's servers for updates and more, which a closed network refuses one by one. */
const QUIET = [
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
]

/** Puts the person where the first-run page would: the extension's settings. */
const introduce = async (open: DaybookBrowser['open'], person: Person) => {
  const page = await open('options')
  await page.evaluate(
    (profile) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open('daybook')
        request.onerror = () => reject(request.error)
        request.onsuccess = () => {
          const transaction = request.result.transaction('settings', 'readwrite')
          transaction.objectStore('settings').put({ key: 'profile', value: profile })
          transaction.onerror = () => reject(transaction.error)
          transaction.oncomplete = () => {
            request.result.close()
            resolve()
          }
        }
      }),
    { id: person.id, name: person.name, email: person.email },
  )
  await page.close()
}
