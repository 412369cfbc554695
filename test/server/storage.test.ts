import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { openLmdbStorage } from '../../server/storage/lmdb.ts'
import type { RelayStorage } from '../../server/storage/storage.ts'
import { storageContract } from '../contract/storage.ts'
import { createMemoryStorage } from '../helpers/memory-storage.ts'

const opened: RelayStorage[] = []
const folders: string[] = []
afterEach(async () => {
  for (const storage of opened.splice(0)) await storage.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-storage-'))
  folders.push(folder)
  return folder
}

describe('LMDB', () => {
  storageContract(async () => {
    const folder = makeFolder()
    const open = (): RelayStorage => {
      const storage = openLmdbStorage(folder)
      opened.push(storage)
      return storage
    }
    return {
      storage: open(),
      reopen: async () => {
        await opened.pop()?.close()
        return open()
      },
    }
  })

  test('refuses a folder of a newer version and leaves it untouched', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'FORMAT'), '2\n')
    expect(() => openLmdbStorage(folder)).toThrow(/expected format 1, got 2/)
    expect(readdirSync(folder)).toEqual(['FORMAT'])
  })
})

describe('memory', () => {
  storageContract(async () => {
    const storage = createMemoryStorage()
    return { storage, reopen: async () => storage }
  })
})
