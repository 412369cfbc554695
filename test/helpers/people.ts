/** People for end-to-end tests of a team: each a Chromium profile with Daybook, its team page open and an app to change things in. */
import type { Page } from 'playwright-core'
import type { TeamAnswer, TeamCommand } from '../../lib/messages/team.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from './browser.ts'

export interface Person {
  readonly name: string
  readonly browser: ExtensionBrowser
  /** The team page, which stays open: a view that is looked at. */
  readonly team: Page
  /** The app's page, where changes are made. */
  readonly app: Page
}

export const startPerson = async (name: string, appAddress: string): Promise<Person> => {
  const browser = await launchWithExtension()
  browser.context.setDefaultTimeout(60_000)
  const team = await browser.openPage('team.html')
  await team.evaluate(putProfile, { id: crypto.randomUUID(), name, email: `${name.toLowerCase()}@acme.test` })
  await team.reload()
  const app = await browser.context.newPage()
  await app.goto(appAddress)
  await team.bringToFront()
  return { name, browser, team, app }
}

/** Runs in the page: as the first-run form does. */
const putProfile = async (value: { id: string; name: string; email: string }): Promise<void> => {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('daybook')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const transaction = db.transaction('settings', 'readwrite')
  transaction.objectStore('settings').put({ key: 'profile', value })
  await new Promise((resolve) => {
    transaction.oncomplete = resolve
  })
  db.close()
}

/** Runs in the page: what is on this machine's disk. */
const readTable = async (table: string): Promise<unknown[]> => {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open('daybook')
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
  const request = db.transaction(table).objectStore(table).getAll()
  const rows = await new Promise<unknown[]>((resolve) => {
    request.onsuccess = () => resolve(request.result)
  })
  db.close()
  return rows
}

export const tableOf = <Row>({ team }: Person, table: string): Promise<Row[]> =>
  team.evaluate(readTable, table) as Promise<Row[]>

/** Of one app. */
export const entriesOf = async (who: Person, origin: string): Promise<Entry[]> =>
  (await tableOf<Entry>(who, 'bodies')).filter(({ app }) => app.origin === origin)

/** What the team page asks of the background; the answer's value. */
export const command = async ({ team }: Person, asked: TeamCommand): Promise<string> => {
  const answer = (await team.evaluate(`chrome.runtime.sendMessage(${JSON.stringify(asked)})`)) as TeamAnswer
  if (!answer.ok) throw new Error(`${asked.type}: ${answer.reason}`)
  return answer.value ?? ''
}

/** Milliseconds until it was so. */
export const until = async (
  what: string,
  isSo: () => Promise<boolean>,
  limitMs = 120_000,
  stepMs = 50,
): Promise<number> => {
  const start = performance.now()
  while (performance.now() - start < limitMs) {
    if (await isSo()) return performance.now() - start
    await new Promise((done) => setTimeout(done, stepMs))
  }
  throw new Error(`${what}: not within ${limitMs} ms`)
}
