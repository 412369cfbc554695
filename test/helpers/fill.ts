/** Fills the database of an extension page: rows are made by the store's own code in Node, then put in as they are. */
import 'fake-indexeddb/auto'
import type { Page } from 'playwright-core'
import type { Entry } from '../../lib/model/entry.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'

/** Replaces entries and adds to the other tables. Open lists don't notice; load the page again. */
export const fillStore = async (
  page: Page,
  entries: readonly Entry[],
  others: Readonly<Record<string, readonly unknown[]>> = {},
): Promise<void> => {
  const db = openDatabase(`fill-${crypto.randomUUID()}`)
  await appendEntries(db, entries)
  const tables: Record<string, readonly unknown[]> = { ...others }
  for (const name of ['rows', 'bodies', 'facets']) tables[name] = await db.table(name).toArray()
  await db.delete()
  await page.evaluate(async (content) => {
    const request = indexedDB.open('daybook')
    const opened = await new Promise<IDBDatabase>((done, fail) => {
      request.onsuccess = () => done(request.result)
      request.onerror = () => fail(request.error)
    })
    const names = Object.keys(content)
    const transaction = opened.transaction(names, 'readwrite')
    for (const name of names) {
      const store = transaction.objectStore(name)
      if (name === 'rows' || name === 'bodies' || name === 'facets') store.clear()
      for (const value of content[name] ?? []) store.put(value)
    }
    await new Promise<void>((done, fail) => {
      transaction.oncomplete = () => done()
      transaction.onerror = () => fail(transaction.error)
    })
    opened.close()
  }, tables)
}
