/** "Forget this app", "Keep entries" and "Wipe everything", by hand in a real browser: what is said to go is gone from its database. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'
import { until } from '../helpers/sync-world.ts'

const ACME = { origin: 'https://console.acme.dev', name: 'Acme Console', state: 'recording', addedAt: 0 }
const DIARY = { ...ACME, origin: 'https://diary.test', name: 'Diary' }
const DAY_MS = 86_400_000
const ENTRIES = Array.from({ length: 20 }, (_, index) =>
  makeEntry(index, {
    app:
      index % 2 === 0 ? { origin: ACME.origin, name: ACME.name } : { origin: DIARY.origin, name: DIARY.name },
    time: new Date(Date.now() - index * 4 * DAY_MS).toISOString(),
  }),
)

let browser: ExtensionBrowser
beforeAll(async () => {
  browser = await launchWithExtension()
  browser.context.setDefaultTimeout(60_000)
})
afterAll(() => browser.close())
beforeEach(async () => {
  const page = await browser.openPage('options.html')
  await fillStore(page, ENTRIES, { apps: [ACME, DIARY] })
  await page.close()
})

const idsStored = async () => (await browser.entries()).map(({ id }) => id).sort()
const idsOf = (passes: (entry: (typeof ENTRIES)[number]) => boolean) =>
  ENTRIES.filter(passes)
    .map(({ id }) => id)
    .sort()

test('of an app that is forgotten nothing is left, and all of the others', async () => {
  const page = await browser.openPage('options.html')
  await page.getByRole('button', { name: 'More about Acme Console' }).click()
  await page.getByRole('menuitem', { name: 'Forget what was recorded' }).click()
  await page.getByRole('button', { name: 'Forget', exact: true }).click()
  await page.getByRole('button', { name: 'More about Acme Console' }).waitFor({ state: 'detached' })
  await until('it is erased', async () => (await idsStored()).length === 10)
  expect(await idsStored()).toEqual(idsOf(({ app }) => app.origin === DIARY.origin))
  const review = await browser.openPage('review.html')
  await review.locator('[data-entry]').first().waitFor()
  expect(await review.getByText('Acme Console').count()).toBe(0)
  await Promise.all([page.close(), review.close()])
})

test('what is older than it is to be kept is erased once that is confirmed', async () => {
  const page = await browser.openPage('options.html')
  await page.getByLabel('Keep entries').selectOption('30 days')
  expect(await idsStored()).toHaveLength(20)
  await page.getByRole('button', { name: 'Erase', exact: true }).click()
  await until('they are erased', async () => (await idsStored()).length === 8)
  expect(await idsStored()).toEqual(idsOf(({ time }) => Date.parse(time) > Date.now() - 30 * DAY_MS))
  await page.close()
})

test('wiped, every table is empty, and no opened file is left beside', async () => {
  const review = await browser.openPage('review.html')
  await review.locator('input[type=file]').setInputFiles({
    name: 'kept.jsonl',
    mimeType: 'application/json',
    buffer: Buffer.from(`${JSON.stringify(makeEntry(1))}\n`),
  })
  await review.getByText('You are reading the file kept.jsonl').waitFor()
  expect(await review.evaluate(databaseNames)).toHaveLength(2)
  await review.close()
  const page = await browser.openPage('options.html')
  await page.getByRole('button', { name: 'Wipe everything' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Wipe everything' }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await page.evaluate(databaseNames)).toEqual(['daybook'])
  // The background writes down what it looks after as soon as it runs: nothing of that is a person's.
  const left = await page.evaluate(countRows)
  expect(Object.entries(left).filter(([name, count]) => count > 0 && name !== 'settings')).toEqual([])
  await page.close()
})

/** In the page. */
const databaseNames = async (): Promise<readonly (string | undefined)[]> =>
  (await indexedDB.databases()).map(({ name }) => name)

/** In the page. */
const countRows = async (): Promise<Record<string, number>> => {
  const asked = <Value>(request: IDBRequest<Value>) =>
    new Promise<Value>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
  const opened = await asked(indexedDB.open('daybook'))
  const names = [...opened.objectStoreNames]
  const transaction = opened.transaction(names)
  const counts = await Promise.all(
    names.map(async (name) => [name, await asked(transaction.objectStore(name).count())] as const),
  )
  opened.close()
  return Object.fromEntries(counts)
}
