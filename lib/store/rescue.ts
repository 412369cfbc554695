/**
 * Reads what can still be read of a database that is damaged, with the browser's own calls: entry by entry, passing over those
 * that can't be. Changes nothing.
 */
import type { Entry } from '../model/entry.ts'

export interface Rescued {
  readonly entries: readonly Entry[]
  /** Entries that are known by their id and could not be read. */
  readonly lost: number
}

/** Undefined where the database can't even be opened. */
export const rescueEntries = async (factory: IDBFactory = indexedDB): Promise<Rescued | undefined> => {
  let opened: IDBDatabase
  try {
    const request = factory.open('daybook')
    request.onupgradeneeded = () => request.transaction?.abort()
    opened = await settled(request)
  } catch {
    return undefined
  }
  try {
    // A failed read ends its transaction, so each has its own.
    const bodies = () => opened.transaction('bodies').objectStore('bodies')
    const entries: Entry[] = []
    let lost = 0
    for (const id of await settled(bodies().getAllKeys())) {
      try {
        entries.push(await settled<Entry>(bodies().get(id)))
      } catch {
        lost += 1
      }
    }
    return { entries: entries.sort((a, b) => (a.id < b.id ? 1 : -1)), lost }
  } catch {
    return undefined
  } finally {
    opened.close()
  }
}

const settled = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
