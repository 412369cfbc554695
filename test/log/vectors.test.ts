import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { type Bytes, bytesEqual, hexToBytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope, EMPTY_HEAD, type Envelope } from '../../lib/log/envelope.ts'
import { decodeErase } from '../../lib/log/erase.ts'
import { decodeReceipt, verifyReceipt } from '../../lib/log/receipt.ts'
import { verifyRun } from '../../lib/log/run.ts'
import { openEntry, openWithEntryKey } from '../../lib/log/seal.ts'
import { decodeUpdate } from '../../lib/log/yjs-update.ts'
import { foldRoster } from '../../lib/team/apply-operation.ts'
import { verifyToken } from '../../lib/team/token.ts'
import { subtle, verifier } from '../helpers/team.ts'
import { makeVectors, TIME_MS } from './vectors.ts'

type Vectors = Awaited<ReturnType<typeof makeVectors>>
const vectors: Vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const bytes = (hex: string): Bytes => hexToBytes(hex, hex.length / 2) as Bytes

test('the vectors are made again, byte for byte', async () => {
  expect(JSON.parse(JSON.stringify(await makeVectors()))).toEqual(vectors)
})

test('the vectors are read: update, run, entries, erase', async () => {
  const update = decodeUpdate(bytes(vectors.update))
  if (!update.ok) throw new Error(update.fault)
  expect(update.value).toEqual([
    { feed: vectors.feed, clock: 0, items: vectors.envelopes.map(({ hex }) => bytes(hex)) },
  ])
  const run: Envelope[] = []
  for (const { hex } of vectors.envelopes) {
    const envelope = decodeEnvelope(bytes(hex))
    if (!envelope.ok) throw new Error(envelope.fault)
    run.push(envelope.value)
  }
  const place = { team: vectors.team, feed: vectors.feed, head: EMPTY_HEAD }
  expect((await verifyRun(run, place, bytes(vectors.device.public), verifier)).ok).toBe(true)
  for (const [index, { entry, entryKey }] of vectors.envelopes.slice(0, 2).entries()) {
    const envelope = run[index] as Envelope
    expect(await openEntry(subtle, envelope, bytes(vectors.epochKey.key))).toEqual({ ok: true, value: entry })
    expect(await openWithEntryKey(subtle, envelope, bytes(entryKey as string))).toEqual({
      ok: true,
      value: entry,
    })
  }
  const erase = decodeErase(run[2] as Envelope)
  expect(erase.ok && erase.value[0] && bytesEqual(erase.value[0].hash, (run[1] as Envelope).hash)).toBe(true)
})

test('the vectors are read: roster, receipt, token', async () => {
  const { operations, receipt, token, team } = vectors
  const folded = await foldRoster([bytes(operations.genesis), bytes(operations.invite)], verifier)
  expect(folded.fault).toBeUndefined()
  expect(folded.roster?.team).toBe(team)
  expect([...(folded.roster?.devices.keys() ?? [])]).toEqual([vectors.feed])
  const read = decodeReceipt(bytes(receipt.hex))
  expect(read.ok && (await verifyReceipt(read.value, bytes(receipt.relayPublic), verifier))).toBe(true)
  const claims = await verifyToken(token.text, {
    audiences: ['wss://relay.test'],
    nowMs: TIME_MS + 1000,
    verifier,
  })
  expect(claims.ok).toBe(true)
})
