/** Starts Chromium with the built extension, for every end-to-end test. Builds it first where sources are newer; several test files may ask at once. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { type BrowserContext, chromium, type Page, type Worker } from 'playwright-core'
import type { Entry } from '../../lib/model/entry.ts'

export interface ExtensionBrowser {
  readonly context: BrowserContext
  readonly extensionId: string
  /** The service worker that ran at start; it may have been stopped since. */
  readonly worker: Worker
  /** A page of the extension in a tab: 'review.html'. */
  readonly openPage: (path: string) => Promise<Page>
  /** What is stored, oldest first. Read without the worker, which may be dead. */
  readonly entries: () => Promise<Entry[]>
  /** Waits until at least `count` entries that pass are stored; rejects, naming those there are, after 60 s. */
  readonly waitForEntries: (passes: (entry: Entry) => boolean, count?: number) => Promise<Entry[]>
  readonly close: () => Promise<void>
}

interface LaunchOptions {
  /** User data folder; a temporary one is removed on close. */
  readonly profile?: string
  /** Folder of a built extension; without it the e2e build of this checkout. `none`: a browser without any. */
  readonly build?: string
  /** For `--host-resolver-rules`: 'MAP app.test:80 127.0.0.1:1234'. */
  readonly hostRules?: string
}

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const ROOT = resolve(import.meta.dirname, '../..')
const SOURCES = [
  'entrypoints',
  'components',
  'lib',
  'public',
  'assets',
  'wxt.config.ts',
  'first-script.ts',
  'package.json',
]
const LOCK = join(ROOT, '.cache/e2e-build.lock')
const BUILD_LIMIT_MS = 120_000

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export const launchWithExtension = async ({
  profile,
  build,
  hostRules,
}: LaunchOptions = {}): Promise<ExtensionBrowser> => {
  const extension = build ?? (await buildOnce())
  const folder = profile ?? mkdtempSync(join(tmpdir(), 'daybook-e2e-'))
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: CHROMIUM,
    headless: true,
    args: [
      ...ARGS,
      `--disable-extensions-except=${extension}`,
      `--load-extension=${extension}`,
      ...(hostRules ? [`--host-resolver-rules=${hostRules}`] : []),
    ],
  })
  const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent('serviceworker'))
  const extensionId = new URL(worker.url()).host
  await waitUntilRecording(worker)
  const openPage = async (path: string) => {
    const page = await context.newPage()
    await page.goto(`chrome-extension://${extensionId}/${path}`)
    return page
  }
  let reader: Promise<Page> | undefined
  const entries = async () => {
    reader ??= openPage('icon/16.png')
    return (await reader).evaluate(readStore)
  }
  return {
    context,
    extensionId,
    worker,
    openPage,
    entries,
    waitForEntries: async (passes, count = 1) => {
      let found: Entry[] = []
      for (const end = Date.now() + 60_000; Date.now() < end; await pause(100)) {
        found = (await entries()).filter(passes)
        if (found.length >= count) return found
      }
      throw new Error(
        `${found.length} of ${count} entries were stored; all: ${JSON.stringify(await entries(), null, 1)}`,
      )
    },
    close: async () => {
      await context.close()
      if (!profile) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** The same browser without the extension: what a page sees there is what it must see with it. */
export const launchBare = async ({
  hostRules,
}: Pick<LaunchOptions, 'hostRules'> = {}): Promise<{
  readonly context: BrowserContext
  readonly close: () => Promise<void>
}> => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    headless: true,
    args: [...ARGS, ...(hostRules ? [`--host-resolver-rules=${hostRules}`] : [])],
  })
  return { context: await browser.newContext(), close: () => browser.close() }
}

/** Runs in a page of the extension. */
const readStore = () =>
  new Promise<Entry[]>((resolve, reject) => {
    const opening = indexedDB.open('daybook')
    opening.onerror = () => reject(opening.error)
    opening.onsuccess = () => {
      const reading = opening.result.transaction('bodies').objectStore('bodies').getAll()
      reading.onerror = () => reject(reading.error)
      reading.onsuccess = () => {
        opening.result.close()
        resolve(reading.result.sort((a: Entry, b: Entry) => (a.id < b.id ? -1 : 1)))
      }
    }
  })

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

const waitUntilRecording = async (worker: Worker): Promise<void> => {
  for (let tries = 0; tries < 600; tries += 1) {
    const registered = await worker.evaluate(async () => {
      const { scripting } = (globalThis as unknown as { chrome: typeof import('wxt/browser').browser }).chrome
      return (await scripting.getRegisteredContentScripts()).length
    })
    if (registered > 0) return
    await pause(50)
  }
  throw new Error('the extension registered no content scripts within 30 s')
}

/** The e2e build's folder, built anew where any source is newer. */
export const buildOnce = async (browser: 'chrome' | 'firefox' = 'chrome'): Promise<string> => {
  const folder = join(ROOT, `.output/${browser}-mv3-e2e`)
  const isStale = () => isOlderThanSources(folder)
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const end = Date.now() + BUILD_LIMIT_MS
  while (isStale()) {
    try {
      mkdirSync(LOCK)
    } catch {
      if (Date.now() > end || ageOf(LOCK) > BUILD_LIMIT_MS) rmSync(LOCK, { recursive: true, force: true })
      await pause(200)
      continue
    }
    try {
      if (isStale())
        execFileSync(
          process.execPath,
          [join(ROOT, 'node_modules/wxt/bin/wxt.mjs'), 'build', '--mode', 'e2e', '-b', browser, '--mv3'],
          { cwd: ROOT, stdio: 'pipe' },
        )
    } finally {
      rmSync(LOCK, { recursive: true, force: true })
    }
  }
  return folder
}

const isOlderThanSources = (folder: string): boolean => {
  const built = changedAt(join(folder, 'manifest.json'))
  return SOURCES.some((source) => newestIn(join(ROOT, source)) > built)
}

const newestIn = (path: string): number => {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (!stats) return 0
  if (!stats.isDirectory()) return stats.mtimeMs
  const inside = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return Math.max(stats.mtimeMs, ...inside.map((name) => changedAt(join(path, name))))
}

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
const ageOf = (path: string): number => Date.now() - changedAt(path)
