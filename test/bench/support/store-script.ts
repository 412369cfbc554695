/** Runs inside an extension page, built by `in-page.ts`: the product's own store code, with entries made on the spot. */
import type { Action, Entry } from '../../../lib/model/entry.ts'
import { createUuid } from '../../../lib/model/uuid.ts'
import { openDatabase } from '../../../lib/store/database.ts'
import { appendEntries } from '../../../lib/store/entries.ts'
import { type EntryFilter, queryRows, searchRows } from '../../../lib/store/query.ts'
import { seenArrival } from '../../../lib/store/settings.ts'

const BATCH = 2000
const APPS = ['console.acme.dev', 'grafana.acme.dev', 'billing.example.com', 'wiki.acme.dev']
const PEOPLE = ['Ana Lima', 'Ben Okafor', 'Maya Roy', 'Jonas Weber', 'Priya Raman']
const TYPES = ['setting', 'feature flag', 'webhook', 'member', 'prompt', 'dashboard']
const FIELDS = ['timeout', 'enabled', 'rollout', 'owner', 'url', 'threshold', 'language', 'schedule']
const WORDS = [
  'fast',
  'slow',
  'green',
  'amber',
  'north',
  'south',
  'daily',
  'weekly',
  'staff',
  'guest',
  'beta',
  'stable',
]

/** The `index`th of entries a minute apart, the last one at `endMs`. About 1 kB each. */
export const benchEntry = (index: number, count: number, endMs: number): Entry => {
  const pick = <Value>(list: readonly Value[], step: number) =>
    list[(index * step + (index >> 5)) % list.length] as Value
  const timeMs = endMs - (count - 1 - index) * 60_000
  const random = new Uint8Array(10)
  new DataView(random.buffer).setUint32(4, Math.imul(index + 1, 0x9e3779b1))
  const id = createUuid(timeMs, random)
  const host = pick(APPS, 7)
  const field = pick(FIELDS, 3)
  // Three of the oldest, and a few among all, hold a word of their own.
  const rare = index < 3 ? 'quagga' : index % 5000 === 2500 ? 'xylophone' : pick(WORDS, 5)
  const before = {
    [field]: `${pick(WORDS, 11)} ${index % 97}`,
    note: pick(WORDS, 13).repeat(8),
    list: WORDS.slice(0, 6),
  }
  const after = { ...before, [field]: `${rare} ${index % 89}` }
  const name = index % 10_000 === 77 ? 'Zoe Rare' : pick(PEOPLE, 3)
  return {
    id,
    time: new Date(timeMs).toISOString(),
    actor: {
      id: name.toLowerCase().replace(' ', '-'),
      name,
      email: `${name.split(' ')[0]}@acme.dev`.toLowerCase(),
    },
    app: { origin: `https://${host}`, name: host },
    resourceType: pick(TYPES, 5),
    resourceId: `r-${index % 1000}`,
    resourceName: `${pick(WORDS, 17)} ${pick(WORDS, 19)} ${index % 1000}`,
    action: (['update', 'update', 'update', 'create', 'delete'] as const)[index % 5] as Action,
    before,
    after,
    changes: [
      {
        pointer: `/${field}`,
        label: `Label of ${field}`,
        op: 'replace',
        before: before[field] ?? null,
        after: after[field] ?? null,
      },
    ],
    evidence: {
      grade: 'accepted',
      via: 'fetch',
      method: 'PATCH',
      url: `https://${host}/api/items/${index % 1000}`,
      status: 200,
      beforeFrom: 'read',
    },
    redactions: [],
  }
}

const db = openDatabase()

/** Goes on where it was stopped. */
export const fill = async (count: number, endMs: number): Promise<void> => {
  for (let start = await db.bodies.count(); start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start)
    await appendEntries(
      db,
      Array.from({ length: size }, (_, index) => benchEntry(start + index, count, endMs)),
    )
  }
}

/** One more entry of this moment; when it was handed to the store, in Unix milliseconds. */
export const addNow = (index: number): number => {
  const nowMs = performance.timeOrigin + performance.now()
  const { id: _id, ...entry } = benchEntry(index, index + 1, nowMs)
  const id = createUuid(nowMs, crypto.getRandomValues(new Uint8Array(10)))
  void appendEntries(db, [{ ...entry, id, resourceId: `added-${id}` }])
  return nowMs
}

/** Milliseconds until the first rows stood ready, of each of `runs` tries. */
export const timeFirstRows = async (
  filter: EntryFilter,
  runs: number,
): Promise<{ times: number[]; rows: number }> => {
  const times: number[] = []
  let rows = 0
  for (let run = 0; run < runs; run++) {
    const start = performance.now()
    for await (const step of searchRows(db, filter)) {
      rows = step.rows.length
      if (rows > 0) break
    }
    times.push(performance.now() - start)
  }
  return { times, rows }
}

/** Milliseconds for each of `pages` pages, one after the other. */
export const timePages = async (filter: EntryFilter, limit: number, pages: number): Promise<number[]> => {
  const times: number[] = []
  let after: string | undefined
  for (let page = 0; page < pages; page++) {
    const start = performance.now()
    const found = await queryRows(db, filter, { limit, after })
    times.push(performance.now() - start)
    if (found.rows.length !== limit || found.next === undefined) throw new Error(`page ${page} is not whole`)
    after = found.next
  }
  return times
}

/** Any entries, written as the background writes them. */
export const append = (entries: readonly Entry[]): Promise<void> => appendEntries(db, entries)

/** Up to which arrival number an app's entries have been looked at. */
export const seen = async (origin: string): Promise<number> => (await seenArrival(db, origin)) ?? 0
