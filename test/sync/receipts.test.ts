/** A relay's receipt counts where the key that the roster names signed it, and for what is here. */
import Dexie from 'dexie'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { expect, test } from 'vitest'
import { bytesToHex } from '../../lib/log/bytes.ts'
import { decodeEnvelope } from '../../lib/log/envelope.ts'
import { encodeReceipt, signReceipt } from '../../lib/log/receipt.ts'
import { createSignerFromSeed } from '../../lib/log/signature.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { migrate } from '../../lib/store/migrations.ts'
import { createReceipts } from '../../lib/sync/receipts.ts'
import { rowOf, type TeamContext } from '../../lib/sync/team-context.ts'
import { createPen, createTestTeam, TEST_RELAY, type TestMember } from '../helpers/relay-team.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'

const world = async () => {
  const relay = await createSignerFromSeed(subtle, randomBytes(32))
  const key = bytesToHex(relay.publicKey)
  const team = await createTestTeam([], Date.now, { address: TEST_RELAY, key })
  const [ana] = team.members as [TestMember]
  const { self } = ana
  const db = new Dexie(`receipts ${crypto.randomUUID()}`, {
    indexedDB: new IDBFactory(),
    IDBKeyRange,
  }) as DaybookDatabase
  migrate(db)
  const bytes = await createPen(ana).write()
  const envelope = decodeEnvelope(bytes)
  if (!envelope.ok) throw new Error(envelope.fault)
  const place = { team: self.team, feed: self.feed, seq: 1 }
  const { hash } = envelope.value
  await db.envelopes.put({ ...place, bytes, bodyAt: bytes.length })
  await db.heads.put({ ...place, hash, clockMs: 0, clockCounter: 0 })
  const context: TeamContext = {
    row: rowOf(self, undefined, 'active'),
    self,
    roster: team.roster(),
    keys: team.keys(),
  }
  const receipts = createReceipts({ db, verifier })
  const take = async (signer: typeof relay, named = hash) => {
    const receipt = await signReceipt({ ...place, hash: named, timeMs: 1 }, signer)
    await receipts.take(context, encodeReceipt(receipt))
    return (await db.heads.get([self.team, self.feed]))?.storedSeq
  }
  return { relay, take }
}

test('a receipt signed by another key stores nothing, one by the relay’s key does', async () => {
  const { relay, take } = await world()
  expect(await take(await createSignerFromSeed(subtle, randomBytes(32)))).toBeUndefined()
  expect(await take(relay)).toBe(1)
})

test('a receipt for an entry that is another here stores nothing', async () => {
  const { relay, take } = await world()
  expect(await take(relay, new Uint8Array(32))).toBeUndefined()
})
