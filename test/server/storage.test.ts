import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { backUp, restore } from '../../server/storage/backup.ts'
import { DATABASE_FILE, openLmdbStorage } from '../../server/storage/lmdb.ts'
import type { RelayStorage } from '../../server/storage/storage.ts'
import { storageContract } from '../contract/storage.ts'
import { createMemoryStorage } from '../helpers/memory-storage.ts'
import { startRelayProcess } from '../helpers/relay-process.ts'

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

  test('leaves nothing of an erased body in a copy', async () => {
    const [folder, copy] = [makeFolder(), makeFolder()]
    const storage = openLmdbStorage(folder)
    opened.push(storage)
    const team = 'ab'.repeat(16)
    await storage.createTeam(team, Uint8Array.of(1))
    const entries = [600, 9_000].map((size, index) => {
      const bytes = crypto.getRandomValues(new Uint8Array(size))
      return { feed: 5, seq: index + 1, bytes, bodyAt: 300 }
    })
    const head = { version: 1, segment: 0, entries: 2, bytes: 9_600 }
    await storage.append(team, { expectedVersion: 0, segment: 0, entries, head, erased: [], awaited: [] })
    const erased = entries.map(({ bytes, ...entry }) => ({ ...entry, bytes: bytes.slice(0, 300) }))
    const next = { ...head, version: 2 }
    await storage.append(team, {
      expectedVersion: 1,
      segment: 0,
      entries: [],
      head: next,
      erased,
      awaited: [],
    })
    await backUp(folder, copy)
    const disk = readFileSync(join(copy, DATABASE_FILE))
    for (const { bytes } of entries) {
      expect(disk.includes(Buffer.from(bytes.subarray(0, 60)))).toBe(true)
      for (const from of [300, 440, bytes.length - 60])
        expect(disk.includes(Buffer.from(bytes.subarray(from, from + 60)))).toBe(false)
    }
  })

  test('copies what is stored while it is open, and restores it as another disk', async () => {
    const [folder, copy, restored] = [makeFolder(), makeFolder(), makeFolder()]
    const storage = openLmdbStorage(folder)
    opened.push(storage)
    const team = 'ab'.repeat(16)
    await storage.createTeam(team, Uint8Array.of(1))
    const disk = await storage.secret('disk', () => Uint8Array.of(1))
    const key = await storage.secret('relay key', () => Uint8Array.of(2))
    await backUp(folder, copy)
    await storage.createTeam('cd'.repeat(16), Uint8Array.of(2))
    await expect(backUp(folder, copy)).rejects.toThrow(/empty folder/)
    await expect(restore(folder, copy)).rejects.toThrow(/empty folder/)
    await restore(restored, copy)
    const again = openLmdbStorage(restored)
    opened.push(again)
    expect(await again.roster(team)).toEqual([Uint8Array.of(1)])
    expect(await again.roster('cd'.repeat(16))).toEqual([])
    expect(await again.secret('relay key', () => Uint8Array.of(9))).toEqual(key)
    expect(await again.secret('disk', () => Uint8Array.of(9))).not.toEqual(disk)
  })

  test('copies a folder that another process writes to', async () => {
    const relay = await startRelayProcess()
    const copy = makeFolder()
    const main = join(import.meta.dirname, '../../server/main.ts')
    try {
      execFileSync(process.execPath, [main, 'backup', '--data', relay.folder, '--copy', copy])
      expect(readdirSync(copy).sort()).toEqual(['FORMAT', 'relay.mdb'])
    } finally {
      await relay.dispose()
    }
  })
})

describe('memory', () => {
  storageContract(async () => {
    const storage = createMemoryStorage()
    return { storage, reopen: async () => storage }
  })
})
