/**
 * Rings for what arrives in watched views: a number on the toolbar icon, and on the desktop where the user allowed it. Rings
 * once for each entry, whoever wrote it, also for what came while the background was stopped.
 */
import { liveQuery } from 'dexie'
import type { WxtBrowser } from 'wxt/browser'
import { text } from '../../components/locale/index.ts'
import { rowToSentence, sentenceToText } from '../../components/sentence.ts'
import { countUnseen, type Rung, ringBells, unseenBells } from '../../lib/store/bells.ts'
import { latestArrival } from '../../lib/store/counts.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { preferences } from '../../lib/store/settings.ts'

export interface Bells {
  /** Something was looked at: the number goes down. */
  readonly seen: () => Promise<void>
  /** The browser's permissions changed. */
  readonly permissionsChanged: () => void
}

const COLOUR = '#4545c4'
const ID = 'bell '
/** Takes a tab's own text away. Both browsers know it, the types don't. */
const AS_ELSEWHERE = null as unknown as string

export const startBells = (db: DaybookDatabase, browser: WxtBrowser): Bells => {
  let queue: Promise<unknown> = Promise.resolve()
  const look = () => {
    queue = queue.then(async () => {
      const { timeZone } = await preferences(db)
      const dayToMs = (day: string) => Date.parse(timeZone === 'utc' ? `${day}T00:00:00Z` : `${day}T00:00:00`)
      const rung = await ringBells(db, { nowMs: Date.now(), dayToMs })
      if (rung.length === 0) return
      await showCount()
      for (const one of rung) await notify(one)
    })
    // The next arrival looks at it again.
    queue = queue.catch(() => undefined)
  }

  const showCount = async () => {
    const count = countUnseen(await unseenBells(db))
    await browser.action.setBadgeBackgroundColor({ color: COLOUR })
    await browser.action.setBadgeText({ text: count > 0 ? String(count) : '' })
    if (count === 0) return
    // A tab's own number would hide it.
    for (const { id } of await browser.tabs.query({})) {
      if (id !== undefined)
        await browser.action.setBadgeText({ tabId: id, text: AS_ELSEWHERE }).catch(() => undefined)
    }
  }

  const notify = async ({ view, rows }: Rung) => {
    const [newest] = rows
    if (!newest || !(await browser.permissions.contains({ permissions: ['notifications'] }))) return
    const sentence = sentenceToText(rowToSentence(newest, undefined))
    await browser.notifications?.create(`${ID}${view.id}`, {
      type: 'basic',
      iconUrl: browser.runtime.getURL('/icon/128.png'),
      title: text.bell.rang(view.name, rows.length),
      message: `${sentence} · ${newest.resourceName ?? newest.resourceId} · ${newest.appName}`,
    })
  }

  const open = async (notification: string) => {
    if (!notification.startsWith(ID)) return
    await browser.notifications.clear(notification)
    const view = await db.views.get(notification.slice(ID.length))
    const address = view ? `?${new URLSearchParams({ q: view.query })}` : ''
    await browser.tabs.create({ url: browser.runtime.getURL(`/review.html${address}` as '/review.html') })
  }
  let isListening = false
  const listen = () => {
    // Where the permission isn't given there is nothing to listen to.
    if (isListening || !browser.notifications) return
    isListening = true
    browser.notifications.onClicked.addListener((notification) => void open(notification))
  }

  listen()
  liveQuery(() => latestArrival(db)).subscribe({ next: look, error: () => undefined })
  return { seen: showCount, permissionsChanged: listen }
}
