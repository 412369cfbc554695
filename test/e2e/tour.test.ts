/** The first tour: three steps at most, in the way of nothing, skipped by a click or Escape, and then never seen again. */
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { axeFaults } from '../helpers/axe.ts'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { fillStore } from '../helpers/fill.ts'

const SHOTS = join(import.meta.dirname, 'screenshots')
let extension: ExtensionBrowser
beforeAll(async () => {
  extension = await launchWithExtension()
  extension.context.setDefaultTimeout(60_000)
})
afterAll(() => extension.close())
beforeEach(async () => {
  const page = await extension.openPage('icon/16.png')
  await fillStore(page, [], { settings: [{ key: 'preferences', value: { tourStep: 0 } }] })
  await page.close()
})

const openPopup = async () => {
  const popup = await extension.openPage('popup.html?app=https%3A%2F%2Fconsole.acme.dev')
  await popup.setViewportSize({ width: 400, height: 560 })
  await popup.getByRole('combobox').waitFor()
  return popup
}

test('leads through three steps by keyboard, reads each step, and is over', async () => {
  const popup = await openPopup()
  const tour = popup.getByRole('region', { name: 'Switch recording on' })
  await tour.waitFor()
  const look = (theme: string) => popup.screenshot({ path: join(SHOTS, `popup-tour-${theme}.png`) })
  expect(await axeFaults(popup, { themes: ['light', 'dark'], look })).toEqual([])
  await tour.getByRole('button', { name: 'Next' }).press('Enter')
  await popup.getByRole('heading', { name: 'Change a setting there' }).and(popup.locator(':focus')).waitFor()
  await popup.getByRole('button', { name: 'Next' }).press('Enter')
  await popup.getByRole('button', { name: 'Done' }).press('Enter')
  await popup.getByText('3 of 3').waitFor({ state: 'detached' })
  await popup.reload()
  await popup.getByText('No changes yet').waitFor()
  expect(await popup.getByText('1 of 3').count()).toBe(0)
  await popup.close()
})

test('is skipped by Escape, in the empty Audit Logs too', async () => {
  const review = await extension.openPage('review.html')
  await review.setViewportSize({ width: 1280, height: 800 })
  await review.getByText('1 of 3').waitFor()
  await review.screenshot({ path: join(SHOTS, 'review-tour-light.png') })
  await review.getByRole('button', { name: 'Skip' }).press('Escape')
  await review.getByText('1 of 3').waitFor({ state: 'detached' })
  // Where nothing was ever recorded there is nothing to filter and nothing to count.
  expect(await review.getByRole('region', { name: /Filters|Overview/ }).count()).toBe(0)
  const popup = await openPopup()
  await popup.getByText('No changes yet').waitFor()
  expect(await popup.getByText('1 of 3').count()).toBe(0)
})
