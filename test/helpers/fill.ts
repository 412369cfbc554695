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

const DAY_MS = 86_400_000

/** A team of three with an invite out and a change that waits, in the database of the page; returns its undo. */
export const fillTeam = async (page: Page): Promise<() => Promise<void>> => {
  const nowMs = Date.now()
  const team = 'a1'.repeat(16)
  const member = (id: string, name: string, role: string, ...devices: readonly string[]) => ({
    id,
    name,
    role,
    joinedMs: nowMs - 20 * DAY_MS,
    removed: false,
    devices: devices.map((device, index) => ({
      feed: id.length * 10 + index,
      name: device,
      addedMs: nowMs - 19 * DAY_MS,
      removed: false,
      waits: id === 'jonas',
    })),
  })
  const row = {
    team,
    relay: 'http://relay.acme.test',
    state: 'active',
    links: {},
    view: {
      name: 'Acme Platform',
      members: [
        member('you', 'Maya Okafor', 'admin', 'Chromium on Linux', 'Firefox on macOS'),
        member('priya', 'Priya Raman', 'writer', 'Chromium on Windows'),
        member('jonas', 'Jonas Weber', 'reader', 'Chromium on Linux'),
      ],
      invites: [{ id: 'b2'.repeat(16), role: 'writer', expiresMs: nowMs + 2 * DAY_MS, usesLeft: 1 }],
    },
  }
  await page.evaluate(writeTeam, [row, { team, connection: 'connecting', unsent: 3 }] as const)
  return () => page.evaluate(removeTeams)
}

const writeTeam = async ([row, sync]: readonly [object, object]) => {
  const generate = (name: string, use: KeyUsage) =>
    crypto.subtle.generateKey({ name }, false, [use]) as Promise<CryptoKeyPair>
  const [sign, agree] = await Promise.all([generate('Ed25519', 'sign'), generate('X25519', 'deriveBits')])
  const self = {
    feed: 30,
    member: 'you',
    sign: sign.privateKey,
    agree: agree.privateKey,
    signPublic: '0'.repeat(64),
    agreePublic: '0'.repeat(64),
  }
  const request = indexedDB.open('daybook')
  await new Promise((done) => {
    request.onsuccess = done
  })
  const transaction = request.result.transaction(['teams', 'syncs'], 'readwrite')
  transaction.objectStore('teams').put({ ...row, self })
  transaction.objectStore('syncs').put(sync)
  await new Promise((done) => {
    transaction.oncomplete = done
  })
  request.result.close()
}

const removeTeams = async () => {
  const request = indexedDB.open('daybook')
  await new Promise((done) => {
    request.onsuccess = done
  })
  const transaction = request.result.transaction(['teams', 'syncs', 'alarms'], 'readwrite')
  for (const name of ['teams', 'syncs', 'alarms']) transaction.objectStore(name).clear()
  await new Promise((done) => {
    transaction.oncomplete = done
  })
  request.result.close()
}
