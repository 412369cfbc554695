/**
 * Wires the background. It is the only writer of entries, trusts no page and may be stopped at any moment: whatever lasts is in the store,
 * and listeners are set before anything is awaited. One classic script: Chromium keeps that compiled, which it doesn't do for a worker's
 * modules, and a wake with everything to compile takes twice as long.
 */
import { browser } from 'wxt/browser'
import { defineBackground } from 'wxt/utils/define-background'
import { correctRows } from '../../lib/store/corrections.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { TROUBLE_KEY, type Trouble, troubleOf } from '../../lib/store/trouble.ts'
import { answer } from './answers.ts'
import { createApps } from './apps.ts'
import { startBells } from './bells.ts'
import { E2E_HOSTS, seedTestPerson } from './e2e.ts'
import { startForesight } from './foresight.ts'
import { createIngest } from './ingest.ts'
import { startRetention } from './retention.ts'
import { startTeams } from './teams.ts'
import { createVisits } from './visits.ts'

export default defineBackground({
  main() {
    const isTest = import.meta.env.MODE === 'e2e'
    const now = Date.now
    const db = openDatabase()
    const ready = isTest ? seedTestPerson(db) : Promise.resolve()
    const apps = createApps({ db, browser, now, alwaysRecordedHosts: isTest ? E2E_HOSTS : [] })
    const teams = startTeams(db, browser)
    const ingest = createIngest({ db, now, recorded: teams.recorded, wrote: tellTrouble() })
    const bells = startBells(db, browser)
    const visits = createVisits({ area: browser.storage.session })
    const foresight = startForesight({ browser, apps, ingest, now, ready })

    browser.runtime.onMessage.addListener((message: unknown, sender, sendResponse) => {
      // No answer closes the port: the sender's promise rejects or is empty, and it sends again.
      void ready
        .then(
          () =>
            teams.answer(message, sender) ??
            answer(message, sender, { db, apps, bells, ingest, visits, foresight, browser, now }),
        )
        .then(sendResponse, () => sendResponse())
      return true
    })
    void ready.then(() => correctRows(db))
    // A log that can't be opened is told of where something is written.
    startRetention({ db, alarms: browser.alarms, now }).catch(() => undefined)
    browser.runtime.onInstalled.addListener(() => void apps.register().then(apps.startInOpenTabs))
    browser.runtime.onStartup.addListener(() => void apps.register())
    browser.permissions.onAdded.addListener(() => {
      bells.permissionsChanged()
      void apps.permissionsAdded()
    })
    browser.permissions.onRemoved.addListener(() => void apps.register())
    browser.tabs.onRemoved.addListener((tabId) => void visits.forgetTab(tabId))
  },
})

/** Pages show that nothing can be stored until something was. Told only when it changes; a restarted background knows nothing. */
const tellTrouble = () => {
  let told: Trouble | undefined | null = null
  return (error?: unknown) => {
    const trouble = error === undefined ? undefined : troubleOf(error)
    if (trouble === told) return
    told = trouble
    const { session } = browser.storage
    void (trouble ? session.set({ [TROUBLE_KEY]: trouble }) : session.remove(TROUBLE_KEY))
  }
}
