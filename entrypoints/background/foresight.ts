/** Keeps what pages foresaw, and stores it when nothing more is heard of them: by a timer, and by an alarm where the worker is stopped meanwhile. */
import type { WxtBrowser } from 'wxt/browser'
import type { Apps } from './apps.ts'
import type { Ingest } from './ingest.ts'
import type { VisitKey } from './visits.ts'
import { createWills, LAST_WORDS_MS, SILENT_MS } from './wills.ts'

export interface Foresight {
  /** `drafts` as a page told them, unchecked. */
  readonly foresee: (
    visit: VisitKey,
    told: {
      readonly drafts: readonly unknown[]
      readonly waiting: readonly string[]
      readonly withdrawn: readonly string[]
    },
  ) => Promise<void>
  /** Another page is in this frame: the one before is gone. */
  readonly visited: (visit: VisitKey) => Promise<void>
  readonly stored: (origin: string, ids: readonly string[]) => Promise<void>
  readonly forgetApp: (origin: string) => Promise<void>
}

interface ForesightDeps {
  readonly browser: WxtBrowser
  readonly apps: Apps
  readonly ingest: Ingest
  readonly now: () => number
  /** Nothing is stored before this. */
  readonly ready: Promise<void>
}

const ALARM = 'pages that fell silent'
/** Chrome's shortest. */
const ALARM_MINUTES = 0.5
const MAX_ID = 100

export const startForesight = ({ browser, apps, ingest, now, ready }: ForesightDeps): Foresight => {
  const wills = createWills({
    area: browser.storage.session,
    now,
    store: async (origin, drafts) => {
      const app = await apps.recordedApp(origin)
      if (app) await ingest.add(app, drafts)
    },
    stateOf: async (tabId) => {
      const tab = await browser.tabs.get(tabId).catch(() => undefined)
      return tab ? (tab.status === 'loading' ? 'loading' : 'complete') : 'gone'
    },
  })
  let isWaiting = false
  let hasAlarm = false

  const sweepIn = (ms: number) => {
    if (!isWaiting)
      setTimeout(() => {
        isWaiting = false
        void sweep()
      }, ms)
    isWaiting = true
    if (hasAlarm) return
    hasAlarm = true
    void browser.alarms.create(ALARM, { delayInMinutes: ALARM_MINUTES, periodInMinutes: ALARM_MINUTES })
  }
  const sweep = async () => {
    await ready
    const nextMs = await wills.sweep()
    if (nextMs !== undefined) return sweepIn(nextMs)
    hasAlarm = false
    await browser.alarms.clear(ALARM)
  }

  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === ALARM) void sweep()
  })
  browser.tabs.onRemoved.addListener((tabId) => void wills.gone(tabId).then(sweep))
  void sweep()

  return {
    foresee: async ({ tabId, frameId, origin }, { drafts, waiting, withdrawn }) => {
      await wills.drop(origin, withdrawn)
      const at = now()
      const added = drafts.flatMap((draft) => {
        const id = idOf(draft)
        return id === undefined
          ? []
          : [{ id, origin, tabId, frameId, at, isWaiting: waiting.includes(id), draft }]
      })
      if (added.length === 0) return
      await wills.add(added)
      sweepIn(SILENT_MS)
    },
    visited: async ({ tabId, frameId }) => {
      if (await wills.gone(tabId, frameId)) sweepIn(LAST_WORDS_MS)
    },
    stored: (origin, ids) => wills.drop(origin, ids),
    forgetApp: wills.forgetApp,
  }
}

const idOf = (draft: unknown): string | undefined =>
  typeof draft === 'object' &&
  draft !== null &&
  'id' in draft &&
  typeof draft.id === 'string' &&
  draft.id.length <= MAX_ID
    ? draft.id
    : undefined
