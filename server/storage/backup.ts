/** Copies the relay's LMDB folder while a relay writes to it, and puts such a copy in place of a lost one. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { open } from 'lmdb'
import { DATABASE_FILE, FORMAT_FILE, openLmdbStorage, readFormat } from './lmdb.ts'

/** One moment's content, compacted: pages that erased entries left behind are not in it. Throws where `to` is not empty. */
export const backUp = async (folder: string, to: string): Promise<void> => {
  readFormat(folder)
  claimEmpty(to)
  const root = open({ path: join(folder, DATABASE_FILE), readOnly: true, maxDbs: 8 })
  try {
    await root.backup(join(to, DATABASE_FILE), true)
  } finally {
    await root.close()
  }
  copyFileSync(join(folder, FORMAT_FILE), join(to, FORMAT_FILE))
}

/**
 * Throws where `folder` is not empty. The restored folder says that it is another disk: what members had receipts for since
 * the backup, they send again.
 */
export const restore = async (folder: string, from: string): Promise<void> => {
  readFormat(from)
  claimEmpty(folder)
  for (const file of [DATABASE_FILE, FORMAT_FILE]) copyFileSync(join(from, file), join(folder, file))
  const storage = openLmdbStorage(folder)
  await storage.forgetSecret('disk')
  await storage.close()
}

const claimEmpty = (folder: string): void => {
  if (folder === '') throw new Error('"copy" expected a folder: --copy DIR')
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new Error(`"${folder}" expected an empty folder, got one with files in it. Nothing was changed.`)
  mkdirSync(folder, { recursive: true })
}
