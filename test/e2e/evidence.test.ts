/** The evidence bundle as a person makes, checks and opens it: in the menu, in the file, and dropped on Audit Logs. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { enTeam } from '../../components/locale/en-team.ts'
import type { TeamAnswer, TeamCommand } from '../../lib/messages/team.ts'
import { axeFaults } from '../helpers/axe.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { checkBundle, faultsOf, packFiles, unpackBundle } from '../helpers/bundle.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'
import { until } from '../helpers/sync-world.ts'

const SHOTS = join(import.meta.dirname, 'screenshots')
const SHARED = { origin: 'https://console.acme.dev', name: 'Acme Console', state: 'recording', addedAt: 0 }
const PRIVATE = { ...SHARED, origin: 'https://private.test', name: 'Diary' }
const ENTRIES = Array.from({ length: 24 }, (_, index) =>
  makeEntry(index, {
    app:
      index < 20
        ? { origin: SHARED.origin, name: SHARED.name }
        : { origin: PRIVATE.origin, name: PRIVATE.name },
    resourceType: index % 2 === 0 ? 'setting' : 'webhook',
  }),
)

let browser: ExtensionBrowser
let review: Page
let bundle: { readonly name: string; readonly bytes: Buffer }

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  browser = await launchWithExtension()
  browser.context.setDefaultTimeout(60_000)
  review = await browser.openPage('review.html')
  await review.setViewportSize({ width: 1280, height: 900 })
  await fillStore(review, ENTRIES, { apps: [SHARED, PRIVATE] })
  const team = await ask({ type: 'team-make', name: 'Acme Ops', device: 'Laptop' })
  await ask({ type: 'team-share-app', origin: SHARED.origin, team, older: true, holdMs: 0 })
  await until('all is sealed', async () => (await review.evaluate(countSealed)) === 20)
})
afterAll(() => browser.close())

const ask = async (command: TeamCommand): Promise<string> => {
  const answer = (await review.evaluate(
    `chrome.runtime.sendMessage(${JSON.stringify(command)})`,
  )) as TeamAnswer
  if (!answer.ok) throw new Error(`${command.type}: ${answer.reason}`)
  return answer.value ?? ''
}

/** In the page. */
const countSealed = async (): Promise<number> => {
  const asked = <Value>(request: IDBRequest<Value>) =>
    new Promise<Value>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
  const opened = await asked(indexedDB.open('daybook'))
  const count = await asked(opened.transaction('envelopes').objectStore('envelopes').count())
  opened.close()
  return count
}

const openMenu = async (query: string): Promise<void> => {
  await review.goto(`chrome-extension://${browser.extensionId}/review.html?q=${encodeURIComponent(query)}`)
  await review.locator('[data-entry]').first().waitFor()
  await review.getByRole('button', { name: 'Choose export format' }).click()
}

test('the menu says why a private app has no bundle', async () => {
  await openMenu(`app:${PRIVATE.origin}`)
  await review.getByText('A bundle needs signatures').waitFor()
  expect(await review.getByRole('menuitem').count()).toBe(4)
  await review.screenshot({ path: join(SHOTS, 'review-export-menu-light.png') })
  const team = review.context().waitForEvent('page')
  await review.getByRole('menuitem', { name: 'share with a team first' }).click()
  expect((await team).url()).toContain('/team.html')
  await (await team).close()
})

test('the menu makes a bundle of a team’s app, named after the team, and it holds', async () => {
  await openMenu(`app:${SHARED.origin} type:setting`)
  const saved = review.waitForEvent('download')
  await review.getByRole('menuitem', { name: 'Evidence bundle of Acme Ops' }).click()
  const download = await saved
  bundle = { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  expect(bundle.name).toMatch(/^daybook_acme-ops_2026-11-01_2026-11-01\.zip$/)
  const { outcome, entries } = await checkBundle(new Uint8Array(bundle.bytes))
  if (outcome.kind !== 'checked') throw new Error(outcome.reason)
  expect(faultsOf(outcome.report)).toEqual([])
  expect(outcome.report.counts).toMatchObject({ headers: 20, disclosed: 10, sealed: 10 })
  expect(entries.map(({ id }) => id).sort()).toEqual(
    ENTRIES.filter(({ app, resourceType }) => app.origin === SHARED.origin && resourceType === 'setting')
      .map(({ id }) => id)
      .sort(),
  )
})

test('other exports of a team’s app carry its name too', async () => {
  await openMenu(`app:${SHARED.origin}`)
  const saved = review.waitForEvent('download')
  await review.getByRole('menuitem', { name: /^CSV\b/ }).click()
  expect((await saved).suggestedFilename()).toMatch(/^daybook_acme-ops_/)
})

test('a bundle opens beside the log with both verdicts, and the log stays as it was', async () => {
  await review.locator('input[type=file]').setInputFiles({
    name: bundle.name,
    mimeType: 'application/zip',
    buffer: bundle.bytes,
  })
  await review.getByText(`You are reading the file ${bundle.name}`).waitFor()
  await review.getByText('Integrity and completeness hold').click()
  await review.getByRole('region', { name: 'Completeness' }).getByText('It does not prove').waitFor()
  await review.getByText('· 10 entries').waitFor()
  await review.locator('[data-entry]').first().waitFor()
  await expectAccessible(review, 'review-bundle')
  await review.getByRole('button', { name: 'Back to your log' }).click()
  await review.getByRole('button', { name: 'Open a file' }).waitFor()
})

test('of a bundle that was tampered with nothing is shown but what is wrong', async () => {
  const files = unpackBundle(bundle.bytes)
  const changed = (files['entries.jsonl'] as string).replace('"sessionTimeout":15', '"sessionTimeout":95')
  await review.locator('input[type=file]').setInputFiles({
    name: 'changed.zip',
    mimeType: 'application/zip',
    buffer: Buffer.from(packFiles({ ...files, 'entries.jsonl': changed })),
  })
  const alert = review.getByRole('alert')
  await alert.getByText('changed.zip could not be opened').waitFor()
  await alert.getByText('entry differs').waitFor()
  await expectAccessible(review, 'review-bundle-changed')
  expect(new URL(review.url()).searchParams.has('file')).toBe(false)
})

test('every alarm is told on the team page: what happened, whose, from which browser, and what to do', async () => {
  const { kinds, advice } = enTeam.alarms
  await review.evaluate(raiseAlarms, Object.keys(kinds))
  // Every page points there while there is one.
  await review.reload()
  await review.getByRole('alert').getByRole('link').waitFor()
  const page = await browser.openPage('team.html')
  const told = page.getByRole('alert')
  await told.getByText(Object.values(kinds)[0] as string).waitFor()
  const text = ((await told.textContent()) ?? '').replace(/\s+/g, ' ')
  for (const words of [...Object.values(kinds), ...Object.values(advice)]) expect(text).toContain(words)
  expect(text).toContain('’s browser Laptop, entry 3')
  await expectAccessible(page, 'team-alarms')
  const marks = told.getByRole('button', { name: enTeam.alarms.acknowledge })
  for (let left = Object.keys(kinds).length; left > 0; left--) {
    await marks.first().click()
    await until('it is read', async () => (await marks.count()) === left - 1)
  }
  await page.close()
})

/** In each theme; a picture of it is left to be looked at. */
const expectAccessible = async (page: Page, name: string) => {
  const look = (theme: string) =>
    page.screenshot({ path: join(SHOTS, `${name}-${theme}.png`), fullPage: true })
  expect(await axeFaults(page, { themes: ['light', 'dark', 'forced'], look })).toEqual([])
}

/** In the page. */
const raiseAlarms = async (kinds: readonly string[]): Promise<void> => {
  const asked = <Value>(request: IDBRequest<Value>) =>
    new Promise<Value>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
  const opened = await asked(indexedDB.open('daybook'))
  const transaction = opened.transaction(['teams', 'alarms'], 'readwrite')
  const [team] = await asked(transaction.objectStore('teams').getAll())
  for (const kind of kinds)
    await asked(
      transaction.objectStore('alarms').add({
        team: team.team,
        kind,
        time: Date.now(),
        feed: team.self.feed,
        seq: 3,
        detail: '',
        evidence: [],
        acknowledged: false,
      }),
    )
  opened.close()
}
