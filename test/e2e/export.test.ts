/** Exports as a person makes them: the file holds what the list shows, the export is logged, a file opens beside the log. */
import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'

let browser: ExtensionBrowser
let review: Page

const TYPES = ['setting', 'webhook', 'feature flag']
const ENTRIES = Array.from({ length: 60 }, (_, index) =>
  makeEntry(index * 400, {
    resourceType: TYPES[index % 3] as string,
    resourceId: `r-${index % 7}`,
    action: (['create', 'update', 'delete'] as const)[index % 3],
    after: { sessionTimeout: index, note: '=1+1, "quoted"\r\n<b>bold</b>' },
    ...(index % 10 === 0 && { evidence: { grade: 'rejected', via: 'fetch', beforeFrom: 'read' } as const }),
  }),
)

beforeAll(async () => {
  browser = await launchWithExtension()
  browser.context.setDefaultTimeout(60_000)
  review = await browser.openPage('review.html')
  await review.setViewportSize({ width: 1280, height: 900 })
  await fillStore(review, ENTRIES)
  await review.reload()
})
afterAll(() => browser.close())

const exportAs = async (page: Page, format: 'CSV' | 'JSON' | 'JSONL') => {
  await page.getByRole('button', { name: 'Choose export format' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: new RegExp(`^${format}\\b`) }).click()
  const download = await saved
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') }
}

/** Ids of all rows, once the list has come to rest. */
const idsOnScreen = async (page: Page): Promise<string[]> => {
  await page.locator('[data-entry]').or(page.getByText('Nothing matches')).first().waitFor()
  let ids = await readIds(page)
  for (let last: string[] = []; last.join() !== ids.join(); ) {
    last = ids
    ids = await readIds(page)
  }
  return ids
}

/** By scrolling through the whole list. */
const readIds = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const ids = new Set<string>()
    const frame = () => new Promise(requestAnimationFrame)
    const scroller = [...document.querySelectorAll('main *')].find(
      (element) =>
        element.scrollHeight > element.clientHeight + 10 &&
        getComputedStyle(element).overflowY !== 'visible' &&
        getComputedStyle(element).overflowY !== 'hidden',
    )
    if (scroller) scroller.scrollTop = 0
    for (let step = 0; step < 200; step++) {
      await frame()
      await frame()
      for (const row of document.querySelectorAll<HTMLElement>('[data-entry]'))
        ids.add(row.dataset.entry ?? '')
      if (!scroller || scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 2) break
      scroller.scrollTop += scroller.clientHeight / 2
    }
    return [...ids]
  })

test.each([
  'type:setting',
  'type:webhook',
  'action:delete',
  'action:create',
  'id:r-3',
  'type:setting id:r-2',
  'after:15 id:r-1',
  'proof:rejected',
  'timeout',
  'nothing-has-this-word',
])('the exported file holds what the list shows for %j', async (query) => {
  const page = await browser.context.newPage()
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.goto(`chrome-extension://${browser.extensionId}/review.html?q=${encodeURIComponent(query)}`)
  const shown = await idsOnScreen(page)
  const { text } = await exportAs(page, 'JSONL')
  const exported = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))
  const ids = exported.filter(({ resourceType }) => resourceType !== 'export').map(({ id }) => id)
  expect(ids.length > 0).toBe(query !== 'nothing-has-this-word')
  expect(new Set(ids)).toEqual(new Set(shown.filter((id) => ENTRIES.some((entry) => entry.id === id))))
  await page.close()
})

test('the menu tells how many entries there are to export, and of which days', async () => {
  const page = await browser.openPage('review.html?q=type%3Awebhook')
  await page.getByRole('button', { name: 'Choose export format' }).click()
  // Two of the twenty were rejected, and are hidden.
  await page.getByText(/^\s*18 entries\s+1 Nov 2026 UTC\s*$/).waitFor()
  const items = await page.getByRole('menuitem').allTextContents()
  expect(items.map((item) => item.trim().split(/\s/)[0])).toEqual(['CSV', 'JSON', 'JSONL', 'Evidence'])
  await page.close()
})

test('an export is itself an entry of the log, shown when it is asked for', async () => {
  await review.bringToFront()
  // Said for some seconds: a slow machine may read the file for longer.
  const said = review.getByText(/saved as daybook_private_.*\.csv/).waitFor()
  const { name } = await exportAs(review, 'CSV')
  expect(name).toMatch(/^daybook_private_2026-\d\d-\d\d_20\d\d-\d\d-\d\d\.csv$/)
  await said
  const search = review.getByRole('combobox')
  await search.fill('show:own')
  await review.getByRole('row').filter({ hasText: name }).waitFor()
  const { text } = await exportAs(review, 'JSON')
  await search.fill('')
  const { manifest, entries } = JSON.parse(text) as { manifest: { count: number }; entries: Entry[] }
  expect(manifest.count).toBe(entries.length)
  const logged = entries.find(
    ({ resourceType, resourceName }) => resourceType === 'export' && resourceName === name,
  )
  expect(logged).toMatchObject({
    action: 'create',
    actor: { name: 'Test Person' },
    before: null,
    after: { format: 'csv' },
    evidence: { grade: 'accepted' },
  })
})

test('one click exports in the format used last, with no dialog', async () => {
  const saved = review.waitForEvent('download')
  await review.getByRole('button', { name: 'Export Logs' }).click()
  expect((await saved).suggestedFilename()).toMatch(/\.json$/)
})

test('an exported file opens beside the log and leaves the log as it was', async () => {
  const page = await browser.openPage('review.html?q=type%3Awebhook')
  await idsOnScreen(page)
  const { name, text } = await exportAs(page, 'CSV')
  await page
    .locator('input[type=file]')
    .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) })
  await page.getByText(`You are reading the file ${name}`).waitFor()
  const entries = ENTRIES.filter(
    ({ resourceType, evidence }) => resourceType === 'webhook' && evidence.grade !== 'rejected',
  )
  expect(new Set(await idsOnScreen(page))).toEqual(new Set(entries.map(({ id }) => id)))
  await page.getByRole('button', { name: 'Back to your log' }).click()
  await page.getByRole('button', { name: 'Open a file' }).waitFor()
  await page.close()
})

test('popup and side panel export too', async () => {
  for (const path of ['popup.html', 'sidepanel.html']) {
    const page = await browser.openPage(path)
    const { text } = await exportAs(page, 'JSONL')
    expect(text.trim().split('\n').length).toBeGreaterThan(50)
    await page.close()
  }
})

test('a popup with many entries hands the export to Audit Logs, filter and all', {
  timeout: 240_000,
}, async () => {
  const many = Array.from({ length: 5_200 }, (_, index) =>
    makeEntry(index, { resourceType: index % 50 === 0 ? 'webhook' : 'setting' }),
  )
  await fillStore(review, many)
  const popup = await browser.openPage(`popup.html?app=${encodeURIComponent('https://console.acme.dev')}`)
  const opening = browser.context.waitForEvent('page', { timeout: 90_000 })
  await popup.getByRole('button', { name: 'Choose export format' }).click()
  await popup.getByRole('menuitem', { name: /^CSV\b/ }).click()
  const page = await opening
  const download = await page.waitForEvent('download', { timeout: 90_000 })
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n')
  expect(lines.length).toBe(many.length + 1)
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Audit Logs')
  await page.close()
})
