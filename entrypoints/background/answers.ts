/**
 * What each message is answered with. Who may ask what is decided here: the extension's own pages command; a page script reports
 * about the origin it runs in and nothing else.
 */
import type { Browser, WxtBrowser } from 'wxt/browser'
import {
  type Answers,
  type PageMessage,
  parsePageMessage,
  parseViewMessage,
  type ViewMessage,
  type Visit,
} from '../../lib/messages/messages.ts'
import { appByOrigin } from '../../lib/store/apps.ts'
import { unseenBells } from '../../lib/store/bells.ts'
import { correctRows } from '../../lib/store/corrections.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { addRefusals } from '../../lib/store/refusals.ts'
import { rulesOfApp } from '../../lib/store/rules.ts'
import type { Apps } from './apps.ts'
import type { Bells } from './bells.ts'
import { fingerprintKeyOf } from './fingerprint-key.ts'
import type { Foresight } from './foresight.ts'
import type { Ingest } from './ingest.ts'
import type { Visits } from './visits.ts'

type Sender = Browser.runtime.MessageSender
type Answer = Answers[keyof Answers]

export interface AnswerDeps {
  readonly db: DaybookDatabase
  readonly apps: Apps
  readonly ingest: Ingest
  readonly visits: Visits
  readonly bells: Bells
  readonly foresight: Foresight
  readonly browser: WxtBrowser
  readonly now: () => number
}

/** Undefined where the message is none of ours, malformed, or not for this sender to send. */
export const answer = async (
  message: unknown,
  sender: Sender,
  deps: AnswerDeps,
): Promise<Answer | undefined> => {
  if (sender.id !== deps.browser.runtime.id) return undefined
  if (sender.url?.startsWith(deps.browser.runtime.getURL('/'))) {
    const command = parseViewMessage(message)
    return command && answerView(command, deps)
  }
  const report = parsePageMessage(message)
  if (!report || !mayReport(sender, report.origin)) return undefined
  return answerPage(report, sender, deps)
}

const answerView = async (
  message: ViewMessage,
  { db, apps, bells, ingest, visits, foresight, browser }: AnswerDeps,
): Promise<Answer> => {
  switch (message.type) {
    case 'wake':
      return { ok: true }
    case 'record-app':
    case 'resume-app':
      return apps.record(message.origin, message.tabId)
    case 'pause-app':
      return apps.pause(message.origin)
    case 'remove-app': {
      const done = await apps.remove(message.origin)
      await Promise.all([visits.forgetApp(message.origin), foresight.forgetApp(message.origin)])
      return done
    }
    case 'corrected':
      await apps.tellRules()
      await correctRows(db)
      return { ok: true }
    case 'seen':
      await bells.seen()
      return { ok: true }
    case 'own-draft': {
      const origin = browser.runtime.getURL('/').replace(/\/$/, '')
      return ingest.add({ origin, name: 'Daybook' }, [message.draft])
    }
  }
}

const answerPage = async (
  message: PageMessage,
  sender: Sender,
  { db, apps, ingest, visits, foresight, browser, now }: AnswerDeps,
): Promise<Answer> => {
  const { origin } = message
  const visit = { tabId: sender.tab?.id ?? -1, frameId: sender.frameId ?? 0, origin }
  switch (message.type) {
    case 'visit':
      await foresight.visited(visit)
      return (await apps.isRecorded(origin))
        ? startVisit(
            db,
            origin,
            await visits.recall(visit, { name: message.name ?? '', openerTabId: sender.tab?.openerTabId }),
          )
        : { recording: false }
    case 'drafts': {
      const app = await apps.recordedApp(origin, sender.frameId === 0 ? sender.tab?.title : undefined)
      if (!app) return { stored: [], refused: idsOf(message.drafts) }
      const answer = await ingest.add(app, message.drafts)
      await foresight.stored(origin, [...answer.stored, ...answer.refused])
      // What rings elsewhere is the more important number.
      if ((await unseenBells(db)).length === 0) await countOnBadge(browser, visit.tabId, answer.stored.length)
      return answer
    }
    case 'foresee':
      if (await apps.isRecorded(origin)) await foresight.foresee(visit, message)
      return { ok: true }
    case 'remember':
      if (await apps.isRecorded(origin)) await visits.remember(visit, message.memory, message.target)
      return { ok: true }
    case 'editing':
      return { ok: true }
    case 'refused':
      await addRefusals(db, [{ at: now(), origin, reason: message.reason }])
      return { ok: true }
  }
}

const startVisit = async (
  db: DaybookDatabase,
  origin: string,
  memory: string | undefined,
): Promise<Visit> => ({
  recording: true,
  ...(memory !== undefined && { memory }),
  fingerprintKey: await fingerprintKeyOf(db, origin),
  rules: (await rulesOfApp(db, origin)).map(({ rule }) => rule),
  ...((await appByOrigin(db, origin))?.team !== undefined && { isShared: true }),
})

/** A frame without an address of its own (about:blank, srcdoc) has the origin of the page that it is in. */
const mayReport = (sender: Sender, origin: string): boolean => {
  if (!sender.tab) return false
  if (sender.origin !== undefined && sender.origin !== 'null') return sender.origin === origin
  return [sender.url, sender.tab.url].some((url) => url !== undefined && URL.parse(url)?.origin === origin)
}

const idsOf = (drafts: readonly unknown[]): string[] =>
  drafts.flatMap((draft) =>
    typeof draft === 'object' && draft !== null && 'id' in draft && typeof draft.id === 'string'
      ? [draft.id]
      : [],
  )

/** Changes in this tab since it was last looked at. The browser keeps the number, so a stopped worker loses nothing. */
const countOnBadge = async (browser: WxtBrowser, tabId: number, added: number): Promise<void> => {
  if (added === 0) return
  try {
    const shown = Number(await browser.action.getBadgeText({ tabId })) || 0
    await browser.action.setBadgeText({ tabId, text: String(shown + added) })
  } catch {
    // The tab is gone.
  }
}
