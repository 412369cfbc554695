/**
 * Exports above 50 MB, which go into a file that a person chooses. Only the dialog is stood in for: it hands out a file of the
 * browser's private file system, written through the browser's own streams, so that a test can say yes, and can fill the disk.
 */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { makeEntry } from '../helpers/entries.ts'
import { fillStore } from '../helpers/fill.ts'

const COUNT = 1_000
/** With it the entries come to 60 MB. */
const NOTE_LENGTH = 60_000

let browser: ExtensionBrowser
let review: Page

interface SaveDialog {
  /** What happens to the chosen file after some megabytes. */
  outcome: 'goes on' | 'disk full' | 'waits'
  release?: () => void
}
declare global {
  /** In the page. */
  var saveDialog: SaveDialog
}

beforeAll(async () => {
  browser = await launchWithExtension()
  browser.context.setDefaultTimeout(120_000)
  await browser.context.addInitScript(standInForDialog)
  review = await browser.openPage('review.html')
  await review.setViewportSize({ width: 1280, height: 900 })
  await fillStore(
    review,
    Array.from({ length: COUNT }, (_, index) => makeEntry(index)),
  )
  await review.evaluate(enlargeBodies, NOTE_LENGTH)
}, 300_000)
afterAll(() => browser.close())
beforeEach(async () => {
  await review.reload()
  await review.locator('[data-entry]').first().waitFor()
})

/** In the page, before its scripts. */
const standInForDialog = () => {
  globalThis.saveDialog = { outcome: 'goes on' }
  const open = async ({ suggestedName }: { suggestedName: string }) => {
    const folder = await navigator.storage.getDirectory()
    const handle = await folder.getFileHandle(suggestedName, { create: true })
    const createWritable = handle.createWritable.bind(handle)
    handle.createWritable = async (options) => {
      const stream = await createWritable(options)
      const write = stream.write.bind(stream)
      let bytes = 0
      stream.write = async (data) => {
        if (data instanceof Uint8Array) bytes += data.length
        if (bytes > 55e6 && saveDialog.outcome === 'disk full')
          throw new DOMException('No space left on the device', 'QuotaExceededError')
        if (bytes > 55e6 && saveDialog.outcome === 'waits')
          await new Promise<void>((done) => {
            saveDialog.release = done
          })
        return write(data)
      }
      return stream
    }
    return handle
  }
  Object.assign(globalThis, { showSaveFilePicker: open })
}

/** In the page: rows stay as they are. */
const enlargeBodies = async (length: number): Promise<void> => {
  const opened = await new Promise<IDBDatabase>((done, fail) => {
    const request = indexedDB.open('daybook')
    request.onsuccess = () => done(request.result)
    request.onerror = () => fail(request.error)
  })
  const transaction = opened.transaction('bodies', 'readwrite')
  const reading = transaction.objectStore('bodies').openCursor()
  reading.onsuccess = () => {
    const cursor = reading.result
    if (!cursor) return
    cursor.update({ ...cursor.value, after: { note: 'x'.repeat(length) } })
    cursor.continue()
  }
  await new Promise<void>((done, fail) => {
    transaction.oncomplete = () => done()
    transaction.onerror = () => fail(transaction.error)
  })
  opened.close()
}

/** Names and sizes of what the dialog has handed out, as the file system has it. */
const filesOnDisk = (): Promise<readonly { name: string; size: number }[]> =>
  review.evaluate(async () => {
    const files: { name: string; size: number }[] = []
    const folder = await navigator.storage.getDirectory()
    for await (const [name, handle] of folder.entries())
      if (handle instanceof FileSystemFileHandle) files.push({ name, size: (await handle.getFile()).size })
    return files
  })

const exportAs = async (format: string, outcome: SaveDialog['outcome']): Promise<void> => {
  await review.evaluate((wanted) => {
    saveDialog.outcome = wanted
  }, outcome)
  await review.getByRole('button', { name: 'Choose export format' }).click()
  await review.getByRole('menuitem', { name: new RegExp(`^${format}\\b`) }).click()
  await review.getByText('This is more than 50 MB').waitFor()
}

const loggedExports = async (): Promise<number> =>
  (await browser.entries()).filter(({ resourceType }) => resourceType === 'export').length

test('a full disk ends it in words, with nothing under the chosen name and nothing in the log', async () => {
  await exportAs('JSONL', 'disk full')
  await review.getByRole('button', { name: 'Choose a file' }).click()
  await review.getByText('The disk is full, so no file was saved').waitFor()
  expect(await filesOnDisk()).toEqual([])
  expect(await loggedExports()).toBe(0)
})

test('cancelled half-way it leaves nothing under the chosen name', async () => {
  await exportAs('JSON', 'waits')
  await review.getByRole('button', { name: 'Choose a file' }).click()
  await review.waitForFunction(() => saveDialog.release !== undefined)
  // Chromium writes beside the file, and puts that in its place when it is closed.
  const underWay = await filesOnDisk()
  expect(underWay.filter(({ name }) => !name.endsWith('.crswap')).map(({ size }) => size)).toEqual([0])
  await review.getByRole('button', { name: 'Cancel' }).click()
  await review.evaluate(() => saveDialog.release?.())
  await review.getByText('Cancelled. No file was saved.').waitFor()
  expect(await filesOnDisk()).toEqual([])
  expect(await loggedExports()).toBe(0)
})

test('cancelled while it asks it leaves nothing either', async () => {
  await exportAs('CSV', 'goes on')
  await review.getByRole('button', { name: 'Cancel' }).click()
  await review.getByText('Cancelled. No file was saved.').waitFor()
  expect(await filesOnDisk()).toEqual([])
})

test('with a file chosen it goes there, whole, and is logged under its name', async () => {
  await exportAs('JSONL', 'goes on')
  await review.getByRole('button', { name: 'Choose a file' }).click()
  await review.getByText(`${COUNT.toLocaleString('en')} entries saved as daybook_private_`).waitFor()
  const [file, ...others] = await filesOnDisk()
  expect(others).toEqual([])
  expect(file?.size).toBeGreaterThan(COUNT * NOTE_LENGTH)
  const lines = await review.evaluate(async (name) => {
    const folder = await navigator.storage.getDirectory()
    const text = await (await (await folder.getFileHandle(name)).getFile()).text()
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id as string)
  }, file?.name ?? '')
  expect(lines).toEqual(Array.from({ length: COUNT }, (_, index) => makeEntry(COUNT - 1 - index).id))
  const [logged] = await browser.waitForEntries(({ resourceType }) => resourceType === 'export')
  expect(logged).toMatchObject({ resourceName: file?.name, after: { entries: COUNT, bytes: file?.size } })
})
