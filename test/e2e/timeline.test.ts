/** What a person does with the timeline: reads it while new rows come, folds, filters, saves views, works by keyboard alone. */
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Entry } from '../../lib/model/entry.ts'
import { bringIntoPage } from '../bench/support/in-page.ts'
import type * as StoreScript from '../bench/support/store-script.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'

const APP = 'https://console.acme.dev'
const PROFILE = { key: 'profile', value: { id: 'you', name: 'Maya Okafor', email: 'maya@acme.dev' } }
const RECORDED = [{ origin: APP, name: 'Acme Console', state: 'recording', addedAt: 0 }]
/** Of different resources, so that nothing folds. */
const many = (count: number): Entry[] =>
  Array.from({ length: count }, (_, index) => makeEntry(index, { resourceId: `r-${index}` }))

declare global {
  /** In the page. */
  var storeScript: typeof StoreScript
}

let extension: ExtensionBrowser
let writer: Page
let pages: Page[]

beforeAll(async () => {
  extension = await launchWithExtension()
  writer = await extension.openPage('icon/16.png')
  await bringIntoPage(writer, 'store-script.ts', 'storeScript')
})
afterAll(() => extension.close())
beforeEach(() => {
  pages = []
})
afterEach(async () => {
  for (const page of pages) await page.close()
})

const fill = (entries: readonly Entry[]) =>
  fillStore(writer, entries, { settings: [PROFILE], apps: RECORDED })
/** As text: entries hold JSON of any depth, which types of the browser's driver don't end on. */
const append = (...entries: Entry[]) =>
  writer.evaluate((added) => storeScript.append(JSON.parse(added)), JSON.stringify(entries))
const open = async (path: string, size: { width: number; height: number } = { width: 1280, height: 800 }) => {
  const page = await extension.context.newPage()
  pages.push(page)
  await page.setViewportSize(size)
  // The e2e build was not granted this origin.
  await page.addInitScript(() => {
    ;(globalThis as unknown as { chrome: { permissions: object } }).chrome.permissions = {
      contains: async () => true,
    }
  })
  await page.goto(`chrome-extension://${extension.extensionId}/${path}`)
  await page.locator('[data-entry]').first().waitFor()
  return page
}
const row = (page: Page, id: string) => page.locator(`[data-entry="${id}"]`)
const idOf = (entry: Entry | undefined): string => entry?.id ?? ''
const topOf = async (page: Page, id: string) => (await row(page, id).boundingBox())?.y
/** Of the entries made by `many`, from the top. */
const numbersInView = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-entry]')]
      .filter(
        (one) => one.getBoundingClientRect().bottom > 140 && one.getBoundingClientRect().top < innerHeight,
      )
      .map((one) => Number(/r-(\d+)/.exec(one.textContent ?? '')?.[1]))
      .toSorted((a, b) => b - a),
  )
/** What has the focus, in words. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement as HTMLElement | null
    return element?.dataset.entry ?? element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? ''
  })

test('new rows wait behind a pill and never move the row that is being read', async () => {
  const entries = many(300)
  await fill(entries)
  const page = await open('review.html')
  await page.mouse.move(700, 500)
  await page.mouse.wheel(0, 4000)
  await expect.poll(() => row(page, idOf(entries.at(-1))).count()).toBe(0)
  const read = await page.evaluate(() => {
    const rows = [...document.querySelectorAll<HTMLElement>('[data-entry]')]
    return rows.find((one) => one.getBoundingClientRect().top > 300)?.dataset.entry ?? ''
  })
  const before = await topOf(page, read)
  const fresh = makeEntry(1000, { resourceId: 'fresh' })
  await append(fresh, makeEntry(1001, { resourceId: 'fresher' }), makeEntry(1002, { resourceId: 'freshest' }))

  const pill = page.getByRole('button', { name: '3 new' })
  await pill.waitFor()
  expect(await topOf(page, read)).toBe(before)
  expect(await row(page, fresh.id).count()).toBe(0)

  await pill.click()
  await row(page, fresh.id).waitFor()
  expect(await page.locator('[data-entry]').first().textContent()).toContain('freshest')
})

test('a link opens the list around its entry, which stays in place while newer rows load above it', async () => {
  const entries = many(330)
  const newest = entries.length - 1
  await fill(entries)
  const linked = idOf(entries[200])
  const page = await open(`review.html?entry=${linked}`)
  await expect.poll(() => topOf(page, linked)).toBeGreaterThan(200)
  expect(await topOf(page, linked)).toBeLessThan(700)

  // Up to the newest: no row is left out, and none moves but by the wheel.
  await page.mouse.move(500, 500)
  for (;;) {
    const shown = await numbersInView(page)
    expect(shown).toEqual(shown.map((_, index) => (shown[0] ?? 0) - index))
    const read = idOf(entries[shown[0] ?? 0])
    if (shown[0] === newest) break
    const before = (await topOf(page, read)) ?? 0
    await page.mouse.wheel(0, -300)
    await expect.poll(async () => (await numbersInView(page))[0]).toBeGreaterThan(shown[0] ?? 0)
    const moved = ((await topOf(page, read)) ?? 0) - before
    // At the top there is less left to scroll.
    if ((await numbersInView(page))[0] !== newest) expect(Math.abs(moved - 300)).toBeLessThan(3)
  }

  await page.reload()
  await expect.poll(() => topOf(page, linked)).toBeGreaterThan(200)
  const fresh = makeEntry(5000, { resourceId: 'fresh' })
  await append(fresh)
  await page.getByRole('button', { name: '1 new' }).click()
  await row(page, fresh.id).waitFor()
  expect(await row(page, idOf(entries[newest])).count()).toBe(1)
})

test('while nobody reads, new rows come in at the top', async () => {
  await fill(many(30))
  const page = await open('review.html')
  const fresh = makeEntry(1000, { resourceId: 'fresh' })
  await append(fresh)
  await row(page, fresh.id).waitFor()
  expect(await page.getByRole('button', { name: /new$/ }).count()).toBe(0)
})

test('what others did since the last look is marked unread, once', async () => {
  await fill(many(5))
  const popup = `popup.html?app=${encodeURIComponent(APP)}`
  const first = await open(popup, { width: 400, height: 560 })
  expect(await first.getByTitle('Unread').count()).toBe(0)
  // It has noted what it showed.
  await expect.poll(() => writer.evaluate((app) => storeScript.seen(app), APP)).toBeGreaterThan(0)
  await first.close()

  const theirs = makeEntry(1000, { resourceId: 'theirs' })
  const own = makeEntry(1001, { resourceId: 'own', actor: { id: 'you', name: 'Maya Okafor' } })
  await append(theirs, own)
  const second = await open(popup, { width: 400, height: 560 })
  await second.getByText('1 unread').waitFor()
  expect(await row(second, theirs.id).getByTitle('Unread').count()).toBe(1)
  expect(await second.getByTitle('Unread').count()).toBe(1)
  await expect.poll(() => writer.evaluate((app) => storeScript.seen(app), APP)).toBeGreaterThan(6)
  await second.close()

  const third = await open(popup, { width: 400, height: 560 })
  expect(await third.getByTitle('Unread').count()).toBe(0)
})

test('a burst of edits to one field folds into one row with their number, and opens to all of them', async () => {
  const values = [10, 20, 30, 40, 50, 60]
  const edits = values.slice(1).map((after, index) =>
    makeEntry(index, {
      before: { rollout: values[index] ?? 0 },
      after: { rollout: after },
      changes: [{ pointer: '/rollout', label: 'Rollout', op: 'replace', before: values[index] ?? 0, after }],
    }),
  )
  await fill(edits)
  const page = await open('sidepanel.html', { width: 360, height: 800 })
  const rows = page.locator('[data-entry]')
  expect(await rows.count()).toBe(1)
  expect(await rows.first().textContent()).toMatch(/10\s*→.*60.*5 edits/s)

  await rows.first().hover()
  await page.getByRole('button', { name: 'Show all 5 edits' }).click()
  await expect.poll(() => rows.count()).toBe(5)
  await page.getByRole('button', { name: 'Fold these edits' }).click()
  await expect.poll(() => rows.count()).toBe(1)
})

test('one click shows all times in UTC, and the next page opens so', async () => {
  await fill(many(1))
  const inTokyo = async (page: Page) => {
    const session = await extension.context.newCDPSession(page)
    await session.send('Emulation.setTimezoneOverride', { timezoneId: 'Asia/Tokyo' })
  }
  const page = await open('review.html')
  await inTokyo(page)
  await page.reload()
  await page.getByRole('row').getByText('17:00:00').waitFor()
  await page.getByRole('button', { name: 'UTC' }).click()
  await page.getByRole('row').getByText('08:00:00').waitFor()
  expect(await page.getByRole('row').locator('time').getAttribute('title')).toMatch(/17:00:00.*\n.*08:00:00/)
  await page.reload()
  await page.getByRole('row').getByText('08:00:00').waitFor()
  await page.getByRole('button', { name: 'Local' }).click()
  await page.getByRole('row').getByText('17:00:00').waitFor()
})

test('a view is saved, chosen, in the address, and removed', async () => {
  await fill(many(12))
  const page = await open('review.html')
  const search = page.getByRole('combobox', { name: 'Search and filter' })
  await search.fill('id:r-3')
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(1)
  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('textbox', { name: 'Name of the view' }).fill('The third')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByRole('button', { name: 'The third' }).waitFor()
  await search.fill('')
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(12)

  await page.getByRole('button', { name: 'Saved views' }).click()
  await page.getByRole('button', { name: /^The third/ }).click()
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(1)
  expect(new URL(page.url()).searchParams.get('q')).toBe('id:r-3')
  await page.reload()
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(1)

  await page.getByRole('button', { name: 'The third' }).click()
  await page.getByRole('button', { name: 'Remove the view “The third”' }).click()
  await page.getByText('No saved views yet').waitFor()
})

test('j, k, Enter, Escape, g, /, ? and e do what the list of shortcuts says', async () => {
  const entries = many(200)
  await fill(entries)
  const page = await open('review.html')
  const newest = entries.toReversed()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('k')
  await expect.poll(() => focused(page)).toBe(idOf(newest[1]))
  await page.keyboard.press('Enter')
  const details = page.getByRole('complementary', { name: 'Details' })
  await details.waitFor()
  expect(new URL(page.url()).searchParams.get('entry')).toBe(idOf(newest[1]))
  await page.keyboard.press('j')
  await expect.poll(() => new URL(page.url()).searchParams.get('entry')).toBe(idOf(newest[2]))
  await page.keyboard.press('Escape')
  await details.waitFor({ state: 'detached' })

  for (let step = 0; step < 60; step++) await page.keyboard.press('j')
  await expect.poll(() => focused(page)).toBe(idOf(newest[62]))
  expect(await row(page, idOf(newest[0])).count()).toBe(0)
  await page.keyboard.press('g')
  await row(page, idOf(newest[0])).waitFor()

  await page.keyboard.press('?')
  const shortcuts = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await shortcuts.waitFor()
  await page.keyboard.press('Escape')
  await shortcuts.waitFor({ state: 'hidden' })
  const download = page.waitForEvent('download')
  await page.keyboard.press('e')
  expect((await download).suggestedFilename()).toMatch(/^daybook_.*\.csv$/)
  await page.keyboard.press('/')
  expect(await focused(page)).toBe('Search and filter')
  // In the search they are letters.
  await page.keyboard.type('jk')
  expect(await page.getByRole('combobox').inputValue()).toBe('jk')
})

test('the activity strip chooses a span of time by keyboard and by mouse, and tells its numbers as a table', async () => {
  await fill([
    ...many(4),
    makeEntry(90_000, { action: 'create', resourceId: 'later' }),
    makeEntry(180_000, { action: 'delete', resourceId: 'last' }),
  ])
  const page = await open('review.html')
  const strip = page.getByRole('slider', { name: 'Changes over time' })
  await strip.focus()
  // Quarters of days, from the start of the first: the four are of its second.
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => strip.getAttribute('aria-valuetext')).toMatch(/0 created, 4 changed, 0 deleted$/)
  await page.keyboard.press('Shift+ArrowRight')
  await expect.poll(() => strip.getAttribute('aria-valuetext')).toMatch(/ – .*4 changed/)
  await page.keyboard.press('Enter')
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(4)
  const query = page.getByRole('combobox', { name: 'Search and filter' })
  expect(await query.inputValue()).toMatch(/^from:\S+ to:\S+$/)

  await query.fill('')
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(6)
  const box = await strip.boundingBox()
  if (!box) throw new Error('the strip has no box')
  const step = box.width / Number(await strip.getAttribute('aria-valuemax'))
  await page.mouse.move(box.x + step * 1.5, box.y + 10)
  await page.getByText(/: 0 created, 4 changed, 0 deleted$/).waitFor()
  await page.mouse.move(box.x + step * 0.5, box.y + 10)
  await page.mouse.down()
  await page.mouse.move(box.x + step * 1.5, box.y + 10)
  await page.mouse.up()
  await expect.poll(() => page.locator('[data-entry]').count()).toBe(4)

  await query.fill('')
  await page.getByRole('button', { name: 'Show as a table' }).focus()
  await page.keyboard.press('Enter')
  const table = page.getByRole('dialog', { name: 'Changes over time' }).getByRole('table')
  await table.waitFor()
  expect(await table.getByRole('columnheader').allTextContents()).toEqual([
    'From',
    'Create',
    'Update',
    'Delete',
  ])
  expect(await table.getByRole('row').count()).toBe(4)
})

for (const [path, width, height] of [
  [`popup.html?app=${encodeURIComponent(APP)}`, 400, 560],
  [`sidepanel.html?app=${encodeURIComponent(APP)}`, 240, 800],
  ['review.html', 1280, 800],
  ['review.html', 640, 400],
  ['options.html', 500, 600],
  ['team.html', 500, 600],
] as const)
  test(`Tab reaches every action of ${path.split('?')[0]} at ${width} px, in view and with a ring, and nothing is cut off`, async () => {
    await fill(many(3))
    const page = await extension.context.newPage()
    pages.push(page)
    await page.setViewportSize({ width, height })
    await page.emulateMedia({ reducedMotion: 'reduce' })
    await page.goto(`chrome-extension://${extension.extensionId}/${path}`)
    await page.locator('[data-entry], main button').first().waitFor()
    const wanted = await page.evaluate(markActions)
    expect(wanted.length).toBeGreaterThan(1)
    const faults: string[] = []
    const reached = new Set<string>()
    for (let press = 0; press < wanted.length + 20; press++) {
      await page.keyboard.press('Tab')
      const { name, fault } = await page.evaluate(describeFocus)
      if (name !== undefined) reached.add(name)
      if (fault) faults.push(fault)
    }
    expect(wanted.filter((name) => !reached.has(name))).toEqual([])
    expect(faults).toEqual([])
    expect(await page.evaluate(tooWide)).toEqual([])
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  })

/** Runs in the page: gives each action that can be seen a number, and says what it is. */
const markActions = () =>
  [...document.querySelectorAll<HTMLElement>('button, a[href], input, select, summary, [tabindex="0"]')]
    .filter(
      (element) =>
        element.tabIndex >= 0 &&
        !element.matches(':disabled') &&
        element.checkVisibility({ visibilityProperty: true }),
    )
    .map((element, index) => {
      element.dataset.action = `${index} ${element.getAttribute('aria-label') ?? element.textContent?.trim().slice(0, 40)}`
      return element.dataset.action
    })

/** Runs in the page: what stands out at the right, so that one would have to scroll sideways. */
const tooWide = () =>
  document.documentElement.scrollWidth <= innerWidth
    ? []
    : [...document.querySelectorAll<HTMLElement>('body *')]
        .filter((element) => element.getBoundingClientRect().right > innerWidth)
        .map(({ tagName, className }) => `${tagName} ${className}`)

/** Runs in the page: which action has the focus, and what is wrong with how it shows. */
const describeFocus = (): { name?: string; fault?: string } => {
  const element = document.activeElement as HTMLElement | null
  const name = element?.dataset.action
  if (!element || name === undefined) return {}
  const { outlineStyle, outlineWidth, opacity } = getComputedStyle(element)
  const box = element.getBoundingClientRect()
  const isInView = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
  const isRinged = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
  return {
    name,
    ...(!isInView && { fault: `${name} is out of view` }),
    ...(!isRinged && { fault: `${name} has no ring` }),
    ...(opacity === '0' && { fault: `${name} is not seen` }),
  }
}
