/** What an entry's details let a person do: correct how an app is read, compare moments, see a resource as it stood. */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'

const SHOTS = join(import.meta.dirname, 'screenshots')
const HOUR = 3600
const SECRET = { $redacted: 'token' }
const ANA = { id: 'ana', name: 'Ana Lima' }
const BO = { id: 'bo', name: 'Bo Roy' }

const hook = (hours: number, part: Partial<Entry>) =>
  makeEntry(hours * HOUR, { resourceType: 'hookconfig', resourceId: '7', resourceName: 'Billing', ...part })
const rotated = (hours: number, fingerprint: string) =>
  hook(hours, {
    actor: ANA,
    before: { token: SECRET },
    after: { token: SECRET, code: 'wh-7' },
    changes: [{ pointer: '/token', label: 'Signing secret', op: 'replace', before: SECRET, after: SECRET }],
    redactions: [{ pointer: '/token', reason: 'token', fingerprint }],
  })
const HOOKS = [
  hook(0, {
    actor: ANA,
    action: 'create',
    before: null,
    after: { url: 'https://a.example', retries: 3, token: SECRET },
    changes: [
      { pointer: '/url', label: 'Address', op: 'add', after: 'https://a.example' },
      { pointer: '/retries', label: 'Retries', op: 'add', after: 3 },
      { pointer: '/token', label: 'Signing secret', op: 'add', after: SECRET },
    ],
    redactions: [{ pointer: '/token', reason: 'token', fingerprint: 'aaaa' }],
  }),
  hook(5, {
    actor: BO,
    before: { url: 'https://a.example' },
    after: { url: 'https://b.example' },
    changes: [
      {
        pointer: '/url',
        label: 'Address',
        op: 'replace',
        before: 'https://a.example',
        after: 'https://b.example',
      },
    ],
  }),
  rotated(9, 'bbbb'),
  hook(30, {
    actor: BO,
    before: { retries: 3 },
    after: { retries: 5 },
    changes: [{ pointer: '/retries', label: 'Retries', op: 'replace', before: 3, after: 5 }],
  }),
  rotated(40, 'aaaa'),
]
const OTHERS = Array.from({ length: 6 }, (_, index) => makeEntry(index * HOUR + 60))

let extension: ExtensionBrowser
let page: Page
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true })
  extension = await launchWithExtension()
  extension.context.setDefaultTimeout(60_000)
})
afterAll(() => extension.close())
beforeEach(async () => {
  page = await extension.openPage('review.html')
  await page.setViewportSize({ width: 1600, height: 900 })
  await fillStore(page, [...HOOKS, ...OTHERS])
})

const open = async (query: string, entry?: Entry) => {
  const address = new URLSearchParams({ q: query, ...(entry && { entry: entry.id }) })
  await page.goto(`chrome-extension://${extension.extensionId}/review.html?${address}`)
  await page.locator('[data-entry]').or(page.getByText('Nothing matches')).first().waitFor()
}
const search = () => page.getByRole('combobox', { name: 'Search and filter' })
const details = () => page.getByRole('complementary', { name: 'Details' })
const correct = async (kind: string, value?: string) => {
  await details().getByRole('button', { name: 'Correct this' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio', { name: kind }).check()
  if (value !== undefined) await dialog.getByRole('textbox').fill(value)
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('a correction shapes list, facets, filters and export, and is taken back in the settings', async () => {
  await open('', HOOKS[4])
  await correct('Call this type', 'webhook')
  const facets = page.getByRole('region', { name: 'Filters' })
  await facets.getByRole('checkbox', { name: /webhook/ }).check()
  await page
    .locator('[data-entry]')
    .nth(HOOKS.length - 1)
    .waitFor()
  expect(await facets.getByText('hookconfig').count()).toBe(0)
  await details().getByText('Evidence').click()
  await details().getByText('Recorded as').waitFor()
  await page.screenshot({ path: join(SHOTS, 'corrected-light.png') })

  await page.getByRole('button', { name: 'Choose export format' }).click()
  const saved = page.waitForEvent('download')
  await page.getByRole('menuitem', { name: /^CSV\b/ }).click()
  const [head, ...lines] = readFileSync(await (await saved).path(), 'utf8')
    .trimEnd()
    .split('\r\n')
  expect(head?.endsWith(',recorded.resourceType,recorded.resourceId')).toBe(true)
  expect(lines).toHaveLength(HOOKS.length)
  for (const line of lines) expect(line).toMatch(/,webhook,7,.*,hookconfig,$/)

  await open('type:webhook', HOOKS[4])
  await correct('This isn’t a change')
  // All updates of it are requests of one shape.
  await page.getByText('1 entry', { exact: true }).waitFor()
  await search().fill('type:webhook show:muted')
  await page.getByText(`${HOOKS.length} entries`).waitFor()

  const settings = await extension.openPage('options.html')
  for (let left = 2; left > 0; left--) {
    await settings.getByRole('button', { name: 'Remove' }).first().click()
    await settings
      .getByRole('button', { name: 'Remove' })
      .nth(left - 1)
      .waitFor({ state: 'detached' })
  }
  await settings.close()
  await search().fill('type:hookconfig')
  await page.getByText(`${HOOKS.length} entries`).waitFor()
})

test('what is left out in the facets is left out in the query, and the other way round', async () => {
  await open('id:7')
  const facets = page.getByRole('region', { name: 'Filters' })
  await facets.getByRole('checkbox', { name: /Bo Roy/ }).hover()
  await facets.getByRole('button', { name: 'Leave out Bo Roy' }).click()
  await page.getByText('3 entries').waitFor()
  expect(await search().inputValue()).toBe('id:7 -actor:"Bo Roy"')
  await page.screenshot({ path: join(SHOTS, 'facets-left-out-light.png') })
  await facets.getByRole('checkbox', { name: /Bo Roy/ }).check()
  await page.getByText('2 entries').waitFor()
  expect(await search().inputValue()).toBe('id:7 actor:"Bo Roy"')
  await search().fill('-type:setting field:')
  await page.getByRole('option', { name: /Signing secret/ }).click()
  await page.getByText('3 entries').waitFor()
  await facets.getByRole('button', { name: 'Leave out setting', pressed: true }).waitFor()
})

test('each facet says how many entries a click on it shows', async () => {
  await open('id:7')
  const facets = page.getByRole('region', { name: 'Filters' })
  const numbers = (group: string) =>
    facets
      .getByRole('group', { name: group })
      .getByRole('checkbox')
      .evaluateAll((boxes) =>
        boxes.map((box) => box.closest('label')?.textContent?.trim().replace(/\s+/g, ' ')),
      )
  await expect.poll(() => numbers('Actor')).toEqual(['Ana Lima 3', 'Bo Roy 2'])
  expect(await numbers('Resource Type')).toEqual(['hookconfig 5'])
  await facets.getByRole('checkbox', { name: /Bo Roy/ }).check()
  await expect.poll(() => numbers('Resource Type')).toEqual(['hookconfig 2'])
  expect(await numbers('Actor')).toEqual(['Ana Lima 3', 'Bo Roy 2'])
  expect(await numbers('Action')).toEqual(['Update 2'])
  await page.screenshot({ path: join(SHOTS, 'facets-counted-light.png') })
})

test('facets open over the list beside open details, and choosing one leaves those open', async () => {
  await page.setViewportSize({ width: 1280, height: 800 })
  await open('id:7', HOOKS[1])
  const filters = page.getByRole('button', { name: 'Filters' })
  expect(await filters.getAttribute('aria-expanded')).toBe('false')
  await filters.click()
  const facets = page.getByRole('region', { name: 'Filters' })
  await facets.getByRole('checkbox', { name: /Ana Lima/ }).check()
  await page.getByText('3 entries').waitFor()
  await details().getByText('Bo Roy').first().waitFor()
  await page.screenshot({ path: join(SHOTS, 'facets-beside-details-light.png') })
  await filters.click()
  await facets.waitFor({ state: 'detached' })
  await details().getByText('Bo Roy').first().waitFor()
})

test('an entry is compared with the one before, with now, and any two with each other', async () => {
  await open('id:7', HOOKS[2])
  const compare = details().getByRole('combobox', { name: 'Compare' })
  const diff = details().locator('section.diff')
  const says = (...words: string[]) =>
    expect.poll(() => diff.textContent(), { timeout: 20_000 }).toMatch(new RegExp(words.join('[^]*')))
  await says('Signing secret', 'changed')
  await compare.selectOption('With now')
  await says('Retries', '3', '→', '5')
  await page.screenshot({ path: join(SHOTS, 'compare-now-light.png') })
  await compare.selectOption('With the entry before')
  await says('Signing secret', 'changed')
  await compare.selectOption('Two entries of your choice')
  await details()
    .getByRole('combobox', { name: 'From after' })
    .selectOption({ index: HOOKS.length - 1 })
  await details().getByRole('combobox', { name: 'To after' }).selectOption({ index: 0 })
  await says('Address', 'a.example', '→', 'b.example')
  // It was rotated and put back in between.
  expect(await diff.textContent()).not.toContain('Signing secret')
  await page.screenshot({ path: join(SHOTS, 'compare-two-light.png') })
})

test('a resource is seen at any moment, with who set each field', async () => {
  await open('id:7', HOOKS[1])
  await details().getByText('This resource through time').click()
  const table = details().getByRole('table')
  const fields = () => table.locator('tbody tr').allInnerTexts()
  await expect.poll(fields, { timeout: 20_000 }).toHaveLength(3)
  expect((await fields()).find((row) => row.startsWith('Address'))).toMatch(/b\.example\s+Bo Roy/)
  await details().getByRole('slider').press('Home')
  await expect
    .poll(async () => (await fields()).join('|'), { timeout: 20_000 })
    .toMatch(/a\.example\s+Ana Lima/)
  await details().getByRole('button', { name: 'Now', exact: true }).click()
  await expect
    .poll(async () => (await fields()).join('|'), { timeout: 20_000 })
    .toMatch(/Retries\s+5\s+Bo Roy/)
  await details()
    .getByRole('group', { name: 'What to show' })
    .last()
    .getByRole('button', { name: 'Whole' })
    .click()
  await details().getByText('As far as its entries held it').waitFor()
  await page.screenshot({ path: join(SHOTS, 'history-whole-light.png') })
  await details().getByRole('button', { name: 'Changed fields' }).click()
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.screenshot({ path: join(SHOTS, 'history-dark.png') })
  await page.emulateMedia({ colorScheme: 'light' })
  await details().getByLabel('At', { exact: true }).fill('2026-10-31T00:00')
  await details().getByLabel('At', { exact: true }).blur()
  await details().getByText('Nothing was recorded of it until then.').waitFor()
})
