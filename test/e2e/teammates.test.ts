/**
 * Two people of a team, each in a browser of their own over a real relay: what one sees of the other while both look, what one
 * keeps to themselves, and how what was written is erased, to the last disk. One story in order.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { EnvelopeRow } from '../../lib/store/log-tables.ts'
import { backUp } from '../../server/storage/backup.ts'
import { command, entriesOf, type Person, startPerson, tableOf, until } from '../helpers/people.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { listen, type RunningServer } from '../helpers/server.ts'

vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 })

const SHOTS = join(import.meta.dirname, 'screenshots')
const WORD = 'Zwetschgendatschi'
const PAGE = `<!doctype html><html lang="en"><title>Hooks</title><h1>Hook 7</h1><form>
  <label>Session timeout <input name="sessionTimeout" value="30"></label>
  <label>Note <input name="note"></label>
</form></html>`

let relay: RelayProcess
let acme: RunningServer
let ana: Person
let ben: Person
const panels = new Map<Person, Page>()
const panelOf = (who: Person): Page => panels.get(who) as Page

beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  relay = await startRelayProcess()
  acme = await listen((request, response) => {
    if (request.method === 'GET')
      return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(PAGE)
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString()) as object
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ id: 7, name: 'Billing', ...body }))
    })
  })
  ;[ana, ben] = await Promise.all([
    startPerson('Ana', `${acme.origin}/hooks/7`),
    startPerson('Ben', `${acme.origin}/hooks/7`),
  ])
  for (const who of [ana, ben]) await change(who, { sessionTimeout: 30, note: `first of ${who.name}` })
  await formTeam()
})
afterAll(async () => {
  for (const who of [ana, ben]) await who?.browser.close()
  await relay?.dispose()
  await acme?.close()
})

/** A save in the app, and its entry on disk. */
const change = async (who: Person, body: object): Promise<void> => {
  const before = (await entriesOf(who, acme.origin)).length
  await who.app.bringToFront()
  await who.app.evaluate(async (saved) => {
    await fetch('/api/hooks/7', {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(saved),
    })
  }, body)
  await until(
    `${who.name}’s change is recorded`,
    async () => (await entriesOf(who, acme.origin)).length > before,
  )
}

const formTeam = async (): Promise<void> => {
  const team = await command(ana, { type: 'team-make', name: 'Acme', device: 'Laptop' })
  await command(ana, { type: 'team-connect', team, relay: relay.address })
  const invitation = {
    type: 'team-invite',
    team,
    role: 'writer',
    uses: 1,
    days: 1,
    ownDevice: false,
  } as const
  await command(ben, { type: 'team-join', link: await command(ana, invitation), device: 'Laptop' })
  await until(
    'Ben has the key',
    async () => (await tableOf<{ state: string }>(ben, 'teams'))[0]?.state === 'active',
  )
  for (const who of [ana, ben]) {
    await command(who, { type: 'team-share-app', origin: acme.origin, team, older: false, holdMs: 0 })
    const options = await who.browser.openPage('options.html')
    await options.getByRole('checkbox', { name: /Show teammates/ }).check()
    await options.close()
    const panel = await who.browser.openPage('sidepanel.html')
    await panel.setViewportSize({ width: 360, height: 800 })
    panels.set(who, panel)
    // The tab in view is the app's; a panel beside it is in view as well. A page that was open before hears nothing of the team.
    await who.app.bringToFront()
    await who.app.reload()
  }
}

const takeShots = async (page: Page, name: string): Promise<void> => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await page.screenshot({ path: join(SHOTS, `${name}-${colorScheme}.png`) })
  }
}

const openPopup = async ({ browser }: Person): Promise<Page> => {
  const popup = await browser.openPage(`popup.html?app=${encodeURIComponent(acme.origin)}`)
  await popup.setViewportSize({ width: 400, height: 560 })
  return popup
}

const noteOf = (body: unknown): unknown => (body as { after?: { note?: unknown } }).after?.note

test('each sees that the other has the page open, and not any more once they leave', async () => {
  await change(ana, { sessionTimeout: 25, note: 'so that both have it' })
  await until('Ben has it', async () =>
    (await entriesOf(ben, acme.origin)).some((entry) => noteOf(entry) === 'so that both have it'),
  )
  for (const who of [ana, ben]) await who.app.bringToFront()
  // Sooner than what is said is repeated, which is after a minute.
  await panelOf(ben).getByText('Ana has this page open').waitFor({ timeout: 40_000 })
  await panelOf(ana).getByText('Ben has this page open').waitFor({ timeout: 40_000 })
  await takeShots(panelOf(ben), 'teammates-present')
  await ana.app.goto(`${acme.origin}/elsewhere`)
  await panelOf(ben).getByText('Ana is in this app').waitFor()
  await ana.app.goto(`${acme.origin}/hooks/7`)
  await panelOf(ben).getByText('Ana has this page open').waitFor()
})

test('who edits a field is told quietly when the other has just changed it', async () => {
  await ben.app.getByLabel('Session timeout').focus()
  await change(ana, { sessionTimeout: 15 })
  const warning = panelOf(ben).getByText(/Ana changed session ?timeout/i)
  await until(
    'Ben is told',
    async () => {
      await ben.app.getByLabel('Note').focus()
      await ben.app.getByLabel('Session timeout').focus()
      return warning.isVisible()
    },
    60_000,
    300,
  )
  await takeShots(panelOf(ben), 'teammates-warning')
  await ben.app.getByLabel('Note').focus()
  await warning.waitFor({ state: 'detached' })
})

test('what waits can be kept private with one click, and never goes', async () => {
  await relay.kill()
  await change(ana, { note: 'for nobody' })
  await change(ana, { note: 'for everybody' })
  const entry = (await entriesOf(ana, acme.origin)).find((one) => noteOf(one) === 'for nobody')
  const page = await ana.browser.openPage(`review.html?entry=${entry?.id}`)
  await page.getByText('Not connected').waitFor()
  const popup = await openPopup(ana)
  await popup.getByText('Not connected').waitFor()
  await takeShots(popup, 'teammates-offline')
  await popup.close()
  await page.getByRole('button', { name: 'Keep it private' }).click()
  await page.getByText('Kept private: on this machine only').first().waitFor({ state: 'attached' })
  await page.close()
  await relay.start()
  await until('Ben has the other one', async () =>
    (await entriesOf(ben, acme.origin)).some((one) => noteOf(one) === 'for everybody'),
  )
  expect(await tableOf(ana, 'outbox')).toEqual([])
  expect((await entriesOf(ben, acme.origin)).some((one) => noteOf(one) === 'for nobody')).toBe(false)
})

test('its author erases an entry: what it said is gone at the teammate’s and the relay’s disk, and a row says who did it', async () => {
  await change(ana, { note: WORD })
  await until('Ben has it', async () => JSON.stringify(await tableOf(ben, 'bodies')).includes(WORD))
  const entry = (await entriesOf(ana, acme.origin)).find((one) => noteOf(one) === WORD)
  const sealed = await bodyOf(ana, entry?.id ?? '')
  expect((await relayDisk()).includes(sealed)).toBe(true)

  const page = await ana.browser.openPage(`review.html?entry=${entry?.id}`)
  await page.getByRole('button', { name: /Erase for everybody/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Erase it' }).click()
  await until('Ben has it no more', async () => !JSON.stringify(await tableOf(ben, 'bodies')).includes(WORD))
  for (const who of [ana, ben])
    for (const table of ['bodies', 'rows', 'envelopes', 'outbox', 'alarms'])
      expect(JSON.stringify(await tableOf(who, table))).not.toContain(WORD)
  await until('the relay has it no more', async () => !(await relayDisk()).includes(sealed), 60_000, 500)
  await page.close()

  const review = await ben.browser.openPage('review.html')
  await review
    .getByText(/entry \d+ of Ana/)
    .first()
    .waitFor()
  await takeShots(review, 'teammates-erased')
  const row = (
    await tableOf<{ resourceType: string; actor: { name: string }; time: string }>(ben, 'bodies')
  ).find(({ resourceType }) => resourceType === 'entry')
  expect(row?.actor.name).toBe('Ana')
  expect(Math.abs(Date.parse(row?.time ?? '') - Date.now())).toBeLessThan(300_000)
  expect(await tableOf(ben, 'alarms')).toEqual([])
})

test('a relay that lost what it had confirmed is told loudly, and is filled again', async () => {
  await relay.kill()
  rmSync(relay.folder, { recursive: true, force: true })
  await relay.start()
  // Who comes back first sees it.
  const loud = 'The relay lost entries that it had confirmed.'
  const told = await Promise.any(
    [ana, ben].map(async (who) => {
      await who.team.getByText(loud).waitFor()
      return who
    }),
  )
  await told.team.setViewportSize({ width: 400, height: 900 })
  await takeShots(told.team, 'teammates-alarm')
  const popup = await openPopup(told)
  await popup.getByRole('alert').getByText('Something is wrong with the team’s log').waitFor()
  await takeShots(popup, 'teammates-alarm-popup')
  await popup.close()
  await change(ben, { note: 'after the loss' })
  await until('Ana has it', async () =>
    (await entriesOf(ana, acme.origin)).some((one) => noteOf(one) === 'after the loss'),
  )
})

/** The ciphertext of an entry, as it is on disk. */
const bodyOf = async (who: Person, entry: string): Promise<Buffer> => {
  const hex = await who.team.evaluate(
    (wanted) =>
      new Promise<string>((resolve, reject) => {
        const opening = indexedDB.open('daybook')
        opening.onsuccess = () => {
          const reading = opening.result
            .transaction('envelopes')
            .objectStore('envelopes')
            .index('entry')
            .get(wanted)
          reading.onerror = () => reject(reading.error)
          reading.onsuccess = () => {
            opening.result.close()
            const { bytes, bodyAt } = reading.result as EnvelopeRow
            resolve(Array.from(bytes.subarray(bodyAt), (byte) => byte.toString(16).padStart(2, '0')).join(''))
          }
        }
      }),
    entry,
  )
  return Buffer.from(hex, 'hex')
}

/** What the relay holds now, without the pages that its database has yet to use again: as in a backup. */
const relayDisk = async (): Promise<Buffer> => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-copy-'))
  try {
    await backUp(relay.folder, join(folder, 'copy'))
    return Buffer.concat(filesIn(folder).map((path) => readFileSync(path)))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const filesIn = (path: string): string[] =>
  readdirSync(path).flatMap((name) => {
    const child = join(path, name)
    return statSync(child).isDirectory() ? filesIn(child) : [child]
  })
