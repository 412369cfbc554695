/** The databases of files that are opened beside the log: one at a time, and never the log's own. */
import Dexie from 'dexie'

const PREFIX = 'daybook-file-'

export const isFileDatabase = (name: string): boolean => name.startsWith(PREFIX)

export const newFileDatabase = (): string => `${PREFIX}${crypto.randomUUID()}`

export const forgetFile = (name: string): Promise<void> => Dexie.delete(name)

export const forgetFiles = async (): Promise<void> => {
  for (const name of await Dexie.getDatabaseNames()) if (isFileDatabase(name)) await forgetFile(name)
}
