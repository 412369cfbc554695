import 'fake-indexeddb/auto'
import { afterEach, expect, test, vi } from 'vitest'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { rescueEntries } from '../../lib/store/rescue.ts'
import { makeEntry } from '../helpers/entries.ts'

afterEach(() => vi.restoreAllMocks())

test('reads every entry that can be read, newest first, and counts those that can’t', async () => {
  const entries = Array.from({ length: 20 }, (_, index) => makeEntry(index))
  await appendEntries(openDatabase(), entries)
  const damaged = entries[7]?.id
  const { get } = IDBObjectStore.prototype
  vi.spyOn(IDBObjectStore.prototype, 'get').mockImplementation(function (this: IDBObjectStore, key) {
    if (key === damaged) throw new DOMException('', 'DataError')
    return get.call(this, key)
  })

  const rescued = await rescueEntries()

  expect(rescued?.lost).toBe(1)
  expect(rescued?.entries).toEqual(entries.filter(({ id }) => id !== damaged).reverse())
})

test('says that it has nothing where the database can’t be opened', async () => {
  const broken = {
    open: () => {
      throw new DOMException('', 'UnknownError')
    },
  } as unknown as IDBFactory
  expect(await rescueEntries(broken)).toBeUndefined()
})
