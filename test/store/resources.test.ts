import 'fake-indexeddb/auto'
import { liveQuery } from 'dexie'
import { afterEach, expect, test } from 'vitest'
import { toEntryDiff } from '../../lib/diff/entry-diff.ts'
import { momentsToEntry } from '../../lib/diff/moments.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { appendEntries } from '../../lib/store/entries.ts'
import { resourceAt, resourceHistory, resourceInUrl } from '../../lib/store/resources.ts'
import { orderOf } from '../../lib/store/row.ts'
import { makeEntry } from '../helpers/entries.ts'

const opened: ReturnType<typeof openDatabase>[] = []
const storeOf = async (...entries: readonly Entry[]) => {
  const db = openDatabase(`resources-${crypto.randomUUID()}`)
  opened.push(db)
  await appendEntries(db, entries)
  return db
}
afterEach(async () => {
  for (const db of opened.splice(0)) await db.delete()
})

const HOOK = { app: 'https://console.acme.dev', type: 'webhook', id: '7', name: 'Billing' }
const SECRET = { $redacted: 'token' }
const ANA = { id: 'ana', name: 'Ana Lima' }
const BO = { id: 'bo', name: 'Bo Roy' }
const step = (index: number, part: Partial<Entry>) =>
  makeEntry(index, { resourceType: 'webhook', resourceId: '7', resourceName: 'Billing', ...part })
const token = (fingerprint: string) => ({
  redactions: [{ pointer: '/token', reason: 'token', fingerprint }],
  changes: [{ pointer: '/token', label: 'Secret', op: 'replace', before: SECRET, after: SECRET }] as const,
})
const orderOfEntry = ({ time, id }: Entry) => orderOf(time, id)

const created = step(0, {
  actor: ANA,
  action: 'create',
  before: null,
  after: { url: 'a', retries: 3, token: SECRET },
  changes: [
    { pointer: '/url', label: 'Address', op: 'add', after: 'a' },
    { pointer: '/retries', op: 'add', after: 3 },
    { pointer: '/token', label: 'Secret', op: 'add', after: SECRET },
  ],
  redactions: [{ pointer: '/token', reason: 'token', fingerprint: 'aaaa' }],
})
/** Its form showed the address only. */
const moved = step(1, {
  actor: BO,
  before: { url: 'a' },
  after: { url: 'b' },
  changes: [{ pointer: '/url', label: 'Address', op: 'replace', before: 'a', after: 'b' }],
})
const rotated = step(2, { actor: BO, before: { token: SECRET }, after: { token: SECRET }, ...token('bbbb') })
/** No answer was seen: only the change is known. */
const {
  before: _before,
  after: _after,
  ...unseen
} = step(3, {
  actor: ANA,
  changes: [{ pointer: '/retries', op: 'replace', after: 5 }],
})
const putBack = step(4, { actor: ANA, before: { token: SECRET }, after: { token: SECRET }, ...token('aaaa') })
const ALL = [created, moved, rotated, unseen, putBack]

test('a resource is known at any moment, each field with who set it last', async () => {
  const db = await storeOf(...ALL)
  const now = await resourceAt(db, HOOK)
  expect(now.value).toEqual({ url: 'b', retries: 5, token: SECRET })
  expect(now.fields.map(({ pointer, actor, time }) => [pointer, actor.name, time])).toEqual([
    ['/token', 'Ana Lima', putBack.time],
    ['/retries', 'Ana Lima', unseen.time],
    ['/url', 'Bo Roy', moved.time],
  ])
  const early = await resourceAt(db, HOOK, orderOfEntry(moved))
  expect(early.value).toEqual({ url: 'b', retries: 3, token: SECRET })
  expect(early.entry?.id).toBe(moved.id)
})

test('what was deleted has no fields, and what was made again begins anew', async () => {
  const gone = step(5, { action: 'delete', before: { url: 'b' }, after: null, changes: [] })
  const again = step(6, {
    action: 'create',
    before: null,
    after: { url: 'c' },
    changes: [{ pointer: '/url', op: 'add', after: 'c' }],
  })
  const db = await storeOf(...ALL, gone, again)
  expect(await resourceAt(db, HOOK, orderOfEntry(gone))).toMatchObject({ value: null, fields: [] })
  expect((await resourceAt(db, HOOK)).value).toEqual({ url: 'c' })
})

test('a field inside of what was set later is not blamed on whoever set it before', async () => {
  const inner = step(1, {
    actor: ANA,
    changes: [{ pointer: '/headers/0/value', op: 'replace', before: 'x', after: 'y' }],
  })
  const outer = step(2, {
    actor: BO,
    changes: [{ pointer: '/headers', op: 'replace', before: [], after: [1] }],
  })
  const db = await storeOf(inner, outer)
  expect((await resourceAt(db, HOOK)).fields.map(({ pointer }) => pointer)).toEqual(['/headers'])
})

test('two moments are compared with labels, and a secret only by whether it is the same', async () => {
  const db = await storeOf(...ALL)
  const compare = async (from: Entry, to: Entry) => {
    const [older, newer] = [
      await resourceAt(db, HOOK, orderOfEntry(from)),
      await resourceAt(db, HOOK, orderOfEntry(to)),
    ]
    const { groups } = toEntryDiff(momentsToEntry(older, newer, to))
    return groups.flatMap(({ items }) =>
      items.map(({ kind, label, difference }) => [kind, label ?? difference.pointer, difference.after]),
    )
  }
  expect(await compare(created, rotated)).toEqual([
    ['value', 'Address', 'b'],
    ['secret', 'Secret', SECRET],
  ])
  expect(await compare(created, putBack)).toEqual([
    ['value', 'Address', 'b'],
    ['value', '/retries', 5],
  ])
})

test('history is read newest first, and the resource in view is found in the address', async () => {
  const db = await storeOf(...ALL, makeEntry(9))
  expect((await resourceHistory(db, HOOK)).rows.map(({ id }) => id)).toEqual(
    ALL.toReversed().map(({ id }) => id),
  )
  expect(await resourceHistory(db, HOOK, 2)).toMatchObject({ isWhole: false })
  expect(await resourceInUrl(db, HOOK.app, `${HOOK.app}/hooks/7/edit?tab=security`)).toMatchObject({
    type: 'setting',
    id: 'security',
  })
  expect(await resourceInUrl(db, HOOK.app, `${HOOK.app}/hooks/7/edit`)).toEqual(HOOK)
})

test('a page that looks on sees the first entry of the resource in view arrive, and each later one', async () => {
  const db = await storeOf(makeEntry(99))
  const names: (string | undefined)[] = []
  const lengths: number[] = []
  const inView = liveQuery(() => resourceInUrl(db, HOOK.app, `${HOOK.app}/hooks/7`)).subscribe((found) =>
    names.push(found?.name),
  )
  const history = liveQuery(() => resourceHistory(db, HOOK)).subscribe(({ rows }) =>
    lengths.push(rows.length),
  )
  await expect.poll(() => [names, lengths]).toEqual([[undefined], [0]])
  await appendEntries(db, [created])
  await expect.poll(() => [names.at(-1), lengths.at(-1)]).toEqual(['Billing', 1])
  await appendEntries(db, [moved])
  await expect.poll(() => lengths.at(-1)).toBe(2)
  inView.unsubscribe()
  history.unsubscribe()
})
