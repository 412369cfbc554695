/** Runs inside an extension page, built by `in-page.ts`: a team whose log is as long as asked for, by the product's own code. */
import { createUuid } from '../../../lib/model/uuid.ts'
import { openDatabase } from '../../../lib/store/database.ts'
import { createOutbox, recordEntries } from '../../../lib/sync/outbox.ts'
import { createTeams } from '../../../lib/sync/teams.ts'
import { benchEntry } from './store-script.ts'

const BATCH = 500
const db = openDatabase()
const { subtle } = crypto
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
const nowMs = Date.now
const fetcher: typeof fetch = (input, init) => fetch(input, init)

/** A team on the relay, with `count` entries in this device's feed that the relay has yet to get. */
export const fillTeam = async (relay: string, count: number, endMs: number): Promise<void> => {
  const teams = createTeams({ db, subtle, random, nowMs, fetch: fetcher })
  const made = await teams.make('Acme', { id: crypto.randomUUID(), name: 'Ana', device: 'Bench' })
  if (!made.ok) throw new Error(made.reason)
  const team = made.value
  for (const { origin } of [
    benchEntry(0, 1, endMs),
    ...Array.from({ length: 8 }, (_, i) => benchEntry(i, 8, endMs)),
  ].map(({ app }) => app))
    await db.apps.put({ origin, name: origin, state: 'recording', addedAt: 0, team })
  const connected = await teams.connect(team, relay)
  if (!connected.ok) throw new Error(connected.reason)
  const context = await teams.context(team)
  if (!context) throw new Error('there is no team')
  const outbox = createOutbox({ db, subtle, nowMs, random })
  for (let start = 0; start < count; start += BATCH) {
    const size = Math.min(BATCH, count - start)
    const entries = Array.from({ length: size }, (_, index) => benchEntry(start + index, count, endMs))
    await recordEntries(db, entries, nowMs())
    while ((await outbox.sealDue(context, BATCH)).length > 0);
  }
}

/** One more entry of this moment, waiting to be sent. */
export const addOne = async (index: number): Promise<void> => {
  const { id: _id, ...entry } = benchEntry(index, index + 1, nowMs())
  await recordEntries(db, [{ ...entry, id: createUuid(nowMs(), random(10)) }], nowMs())
}

/** How many entries there are in this device's feed, how many of them the relay has confirmed, and how many wait to be sealed. */
export const standing = async (): Promise<{ written: number; stored: number; waiting: number }> => {
  const [team] = await db.teams.toArray()
  const head = team && (await db.heads.get([team.team, team.self.feed]))
  return { written: head?.seq ?? 0, stored: head?.storedSeq ?? 0, waiting: await db.outbox.count() }
}
