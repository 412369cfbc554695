/**
 * What the popup and the panel ask for before their own script is there: the tab in view and, from the disk, the first rows of
 * its app. Imports little, and nothing that draws.
 */
import { browser } from 'wxt/browser'
import { type FirstLook, firstLook } from '../lib/store/first-look.ts'
import { startOfDay } from './day.ts'
import { placeToOrigin, tabToPlace } from './tab.ts'

export interface Tab {
  readonly id?: number | undefined
  readonly url?: string | undefined
  readonly incognito?: boolean
}

/** What was known before anything was shown. */
export interface Opening {
  readonly tab: Tab | undefined
  readonly isFixed: boolean
  readonly look: FirstLook | undefined
}

/** A look that takes longer is not waited for. */
const LONGEST_LOOK_MS = 400

/** Reads the tab and, with it, the first rows. `app` in the address fixes the app, for a page that was opened for one. */
export const openInView = async (search: string, rowCount: number): Promise<Opening> => {
  const fixed = new URLSearchParams(search).get('app') ?? undefined
  const tab = await readTab(fixed)
  const looking = firstLook({
    origin: placeToOrigin(tabToPlace(tab)),
    limit: rowCount,
    startOfDay: (zone) => startOfDay(Date.now(), zone).getTime(),
  })
  const tooLong = new Promise<undefined>((done) => setTimeout(done, LONGEST_LOOK_MS, undefined))
  return { tab, isFixed: fixed !== undefined, look: await Promise.race([looking, tooLong]) }
}

/** The tab in view; with `origin` a page for that app, whatever tab is in view. */
export const readTab = async (origin?: string): Promise<Tab | undefined> => {
  if (origin !== undefined) return { url: `${origin}/` }
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true })
  return tab && { id: tab.id, url: tab.url ?? tab.pendingUrl, incognito: tab.incognito }
}
