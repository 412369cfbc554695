/** A team's log of any length in a database of this process: real keys, chains and signatures, as one device wrote it. */
import Dexie from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import type { Bytes } from '../../../lib/log/bytes.ts'
import { CLOCK_ZERO, tick } from '../../../lib/log/clock.ts'
import { bodyOffset, EMPTY_HEAD, encodeEnvelope, headOf } from '../../../lib/log/envelope.ts'
import { sealEntry } from '../../../lib/log/seal.ts'
import type { DaybookDatabase } from '../../../lib/store/database.ts'
import { appendEntries } from '../../../lib/store/entries.ts'
import type { EnvelopeRow } from '../../../lib/store/log-tables.ts'
import { migrate } from '../../../lib/store/migrations.ts'
import { rowOf } from '../../../lib/sync/team-context.ts'
import { makeEntry } from '../../helpers/entries.ts'
import { createTestTeam, type TestMember } from '../../helpers/relay-team.ts'
import { randomBytes, subtle } from '../../helpers/team.ts'

const NOTE = 'Rotated after the review of the quarter; see the runbook for who may do so. '.repeat(8)
const BATCH = 500

/** Entries of about 1 kB; every hundredth is of the type "webhook". */
export const createLargeLog = async (
  count: number,
): Promise<{ readonly db: DaybookDatabase; readonly team: string }> => {
  const db = new Dexie(`large ${count}`, {
    indexedDB: new IDBFactory(),
    IDBKeyRange,
    cache: 'disabled',
  }) as DaybookDatabase
  migrate(db)
  await db.open()
  const made = await createTestTeam([])
  const [{ self, signer }] = made.members as [TestMember]
  const epochKey = made.keys().get(1) as Bytes
  const row = rowOf(self, undefined, 'active')
  await db.teams.put({ ...row, view: { ...row.view, name: 'Acme' } })
  await db.operations.bulkPut(made.operations.map((bytes, index) => ({ team: self.team, index, bytes })))
  let head = EMPTY_HEAD
  for (let start = 0; start < count; start += BATCH) {
    const entries = Array.from({ length: Math.min(BATCH, count - start) }, (_, index) =>
      makeEntry(start + index, {
        resourceType: (start + index) % 100 === 0 ? 'webhook' : 'setting',
        after: { sessionTimeout: start + index, note: NOTE },
      }),
    )
    const rows: EnvelopeRow[] = []
    for (const entry of entries) {
      const envelope = await sealEntry(
        subtle,
        entry,
        {
          team: self.team,
          feed: self.feed,
          seq: head.seq + 1,
          prev: head.hash,
          clock: tick(head.seq === 0 ? CLOCK_ZERO : head.clock, Date.now()),
          epoch: 1,
          nonce: randomBytes(12),
          seen: [],
        },
        epochKey,
        signer,
      )
      head = headOf(envelope)
      const bytes = encodeEnvelope(envelope)
      rows.push({
        team: self.team,
        feed: self.feed,
        seq: head.seq,
        bytes,
        bodyAt: bodyOffset(envelope),
        entry: entry.id,
      })
    }
    await db.envelopes.bulkPut(rows)
    await appendEntries(db, entries)
  }
  const { seq, hash, clock } = head
  await db.heads.put({
    team: self.team,
    feed: self.feed,
    seq,
    hash,
    clockMs: clock.ms,
    clockCounter: clock.counter,
  })
  return { db, team: self.team }
}
