/**
 * Which origins are recorded, and the scripts that do it: registered for exactly the apps that are on and that the browser still grants,
 * started in tabs that are open already, stopped everywhere when an app is paused or removed.
 */
import type { WxtBrowser } from 'wxt/browser'
import type { BackgroundMessage, Done } from '../../lib/messages/messages.ts'
import type { App } from '../../lib/model/entry.ts'
import { appByOrigin, apps as listApps, putApp, removeApp, setAppState } from '../../lib/store/apps.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { rulesOfApp } from '../../lib/store/rules.ts'
import { titleToAppName } from './app-name.ts'

export interface Apps {
  readonly isRecorded: (origin: string) => Promise<boolean>
  /** `title` of the page in view: names an app that has no name but its host so far. */
  readonly recordedApp: (origin: string, title?: string) => Promise<App | undefined>
  /** Starts or resumes. Where the browser hasn't granted the origin yet, it starts when it does. */
  readonly record: (origin: string, tabId?: number) => Promise<Done>
  readonly pause: (origin: string) => Promise<Done>
  readonly remove: (origin: string) => Promise<Done>
  /** Registers the scripts anew from the list of apps. An app whose permission was taken away becomes paused. */
  readonly register: () => Promise<void>
  /** The user's corrections, as they are now, for the pages that are open. */
  readonly tellRules: () => Promise<void>
  readonly startInOpenTabs: () => Promise<void>
  readonly permissionsAdded: () => Promise<void>
}

interface AppsDeps {
  readonly db: DaybookDatabase
  readonly browser: WxtBrowser
  readonly now: () => number
  /** Hosts whose origins, of any port, are recorded without being asked. */
  readonly alwaysRecordedHosts: readonly string[]
}

const HOOK = 'hook'
const PAGE = 'page'
/** In `storage.session`: the origin whose grant the user is being asked for. */
const WANTED = 'wanted-app'
/** There too, by origin: an app that the user removed isn't recorded again without being asked. */
const removedKey = (origin: string) => `removed ${origin}`

export const createApps = ({ db, browser, now, alwaysRecordedHosts }: AppsDeps): Apps => {
  let queue: Promise<unknown> = Promise.resolve()
  const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = queue.then(work)
    queue = result.catch(() => {})
    return result
  }

  const isGranted = (origin: string) => browser.permissions.contains({ origins: [originToPattern(origin)] })

  const recordedApp: Apps['recordedApp'] = async (origin, title) => {
    const app = await appByOrigin(db, origin)
    const named = app?.name === new URL(origin).host ? titleToAppName(title) : undefined
    if (app && named !== undefined) {
      await putApp(db, { ...app, name: named })
      return app.state === 'recording' ? { origin, name: named } : undefined
    }
    if (app) return app.state === 'recording' ? { origin, name: app.name } : undefined
    if (!alwaysRecordedHosts.includes(new URL(origin).hostname)) return undefined
    if ((await browser.storage.session.get(removedKey(origin)))[removedKey(origin)]) return undefined
    const name = new URL(origin).host
    await putApp(db, { origin, name, state: 'recording', addedAt: now() })
    return { origin, name }
  }

  /** Match patterns of all that is to be recorded. */
  const wantedPatterns = async (): Promise<string[]> => {
    const patterns = new Set(alwaysRecordedHosts.map((host) => `http://${host}/*`))
    for (const app of await listApps(db)) {
      if (app.state !== 'recording') continue
      if (await isGranted(app.origin)) patterns.add(originToPattern(app.origin))
      else await setAppState(db, app.origin, 'paused')
    }
    return [...patterns]
  }

  const register = () =>
    inTurn(async () => {
      const matches = await wantedPatterns()
      const registered = await browser.scripting.getRegisteredContentScripts({ ids: [HOOK, PAGE] })
      const ids = registered.map(({ id }) => id)
      if (matches.length === 0) {
        if (ids.length > 0) await browser.scripting.unregisterContentScripts({ ids })
        return
      }
      const scripts = scriptsFor(matches)
      const known = scripts.filter(({ id }) => ids.includes(id))
      const added = scripts.filter(({ id }) => !ids.includes(id))
      if (known.length > 0) await browser.scripting.updateContentScripts(known)
      if (added.length > 0) await browser.scripting.registerContentScripts(added)
    })

  const startInTab = async (tabId: number) => {
    const target = { tabId, allFrames: true }
    try {
      await browser.scripting.executeScript({
        target,
        files: ['/hook.js'],
        world: 'MAIN',
        injectImmediately: true,
      })
      await browser.scripting.executeScript({ target, files: ['/page.js'], injectImmediately: true })
    } catch {
      // A tab that can't be scripted (an error page, one that just closed) starts recording with its next page.
    }
  }

  const tabsOf = (patterns: string[]) => browser.tabs.query({ url: patterns })

  const startInTabsOf = async (patterns: string[]) => {
    if (patterns.length === 0) return
    for (const { id } of await tabsOf(patterns)) if (id !== undefined) await startInTab(id)
  }

  const tellTabsOf = async (message: BackgroundMessage) => {
    for (const { id } of await tabsOf([originToPattern(message.origin)]))
      if (id !== undefined) await browser.tabs.sendMessage(id, message).catch(() => {})
  }
  const stopInTabsOf = (origin: string) => tellTabsOf({ type: 'stop', origin })

  const record: Apps['record'] = async (origin, tabId) => {
    if (!(await isGranted(origin))) {
      await browser.storage.session.set({ [WANTED]: { origin, tabId } })
      return { ok: false, reason: 'The browser has not granted access to this app.' }
    }
    const app = await appByOrigin(db, origin)
    await putApp(db, {
      ...app,
      origin,
      name: app?.name ?? new URL(origin).host,
      state: 'recording',
      addedAt: app?.addedAt ?? now(),
    })
    await register()
    await startInTabsOf([originToPattern(origin)])
    return { ok: true }
  }

  return {
    recordedApp,
    isRecorded: async (origin) => (await recordedApp(origin)) !== undefined,
    record,
    pause: async (origin) => {
      await setAppState(db, origin, 'paused')
      await register()
      await stopInTabsOf(origin)
      return { ok: true }
    },
    remove: async (origin) => {
      await removeApp(db, origin)
      await browser.storage.session.set({ [removedKey(origin)]: true })
      await register()
      await stopInTabsOf(origin)
      await browser.permissions.remove({ origins: [originToPattern(origin)] }).catch(() => false)
      return { ok: true }
    },
    register,
    tellRules: async () => {
      for (const { origin, state } of await listApps(db)) {
        if (state !== 'recording') continue
        const rules = (await rulesOfApp(db, origin)).map(({ rule }) => rule)
        await tellTabsOf({ type: 'rules', origin, rules })
      }
    },
    startInOpenTabs: async () => startInTabsOf(await wantedPatterns()),
    permissionsAdded: async () => {
      const wanted = (await browser.storage.session.get(WANTED))[WANTED] as { origin: string } | undefined
      if (!wanted || !(await isGranted(wanted.origin))) return
      await browser.storage.session.remove(WANTED)
      await record(wanted.origin)
    },
  }
}

/** Firefox knows no ports in match patterns: there, a whole host is granted, and the page script checks the exact origin. */
export const originToPattern = (origin: string): string => {
  const { protocol, hostname, host } = new URL(origin)
  return `${protocol}//${import.meta.env.FIREFOX ? hostname : host}/*`
}

const scriptsFor = (matches: string[]) => [
  { id: HOOK, js: ['hook.js'], world: 'MAIN' as const, ...everyFrameAtStart(matches) },
  { id: PAGE, js: ['page.js'], ...everyFrameAtStart(matches) },
]

const everyFrameAtStart = (matches: string[]) => ({
  matches,
  runAt: 'document_start' as const,
  allFrames: true,
  matchOriginAsFallback: true,
  persistAcrossSessions: true,
})
