/**
 * Fuzzes what reads bytes from outside: mutated real bytes must give a value or a reason, and a value only where it
 * encodes to the very same bytes. `FUZZ_CASES` sets the cases a decoder; a failure prints seed and path.
 */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Bytes, hexToBytes, textToBytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope, encodeEnvelope } from '../../lib/log/envelope.ts'
import { decodeErase } from '../../lib/log/erase.ts'
import { decodeReceipt, encodeReceipt } from '../../lib/log/receipt.ts'
import { createSignerFromSeed } from '../../lib/log/signature.ts'
import { decodeStateVector, decodeUpdate, encodeUpdate } from '../../lib/log/yjs-update.ts'
import { parseInviteLink } from '../../lib/team/invite.ts'
import { decodeOperation, encodeOperation } from '../../lib/team/operation.ts'
import { createToken, verifyToken } from '../../lib/team/token.ts'
import { subtle, verifier } from '../helpers/team.ts'
import { mutationOf } from './arbitraries.ts'

const CASES = Number(process.env.FUZZ_CASES ?? 25_000)
const vectors = JSON.parse(readFileSync(new URL('vectors.json', import.meta.url), 'utf8'))
const real = (...hex: readonly string[]) =>
  fc.constantFrom(...hex.map((text) => hexToBytes(text, text.length / 2) as Bytes))
const noise = fc.uint8Array({ maxLength: 400 }).map((bytes) => new Uint8Array(bytes))
const fuzzed = (...hex: readonly string[]) =>
  fc.oneof({ weight: 9, arbitrary: mutationOf(real(...hex)) }, { weight: 1, arbitrary: noise })
const run = (property: fc.IProperty<[Bytes]>) => fc.assert(property, { numRuns: CASES, endOnFailure: true })

const envelopes: string[] = vectors.envelopes.map(({ hex }: { hex: string }) => hex)

test('envelopes', () => {
  run(
    fc.property(fuzzed(...envelopes), (bytes) => {
      const envelope = decodeEnvelope(bytes)
      if (!envelope.ok) return
      expect(encodeEnvelope(envelope.value)).toEqual(bytes)
      const erase = decodeErase(envelope.value)
      if (erase.ok) expect(envelope.value.header.kind).toBe('erase')
    }),
  )
}, 600_000)

test('updates', () => {
  run(
    fc.property(fuzzed(vectors.update), (bytes) => {
      const update = decodeUpdate(bytes)
      if (update.ok) expect(encodeUpdate(update.value)).toEqual(bytes)
    }),
  )
}, 600_000)

test('state vectors', () => {
  run(
    fc.property(fuzzed(vectors.stateVector, '00', '0201010205'), (bytes) => {
      const vector = decodeStateVector(bytes)
      if (vector.ok) expect([...vector.value.keys()].every(Number.isSafeInteger)).toBe(true)
    }),
  )
}, 600_000)

test('roster operations', () => {
  run(
    fc.property(fuzzed(vectors.operations.genesis, vectors.operations.invite), (bytes) => {
      const operation = decodeOperation(bytes)
      if (operation.ok) expect(encodeOperation(operation.value)).toEqual(bytes)
    }),
  )
}, 600_000)

test('receipts', () => {
  run(
    fc.property(fuzzed(vectors.receipt.hex), (bytes) => {
      const receipt = decodeReceipt(bytes)
      if (receipt.ok) expect(encodeReceipt(receipt.value)).toEqual(bytes)
    }),
  )
}, 600_000)

test('tokens', async () => {
  const team: string = vectors.team
  const audience = 'https://relay.test'
  const invited = await createSignerFromSeed(subtle, new Uint8Array(32).fill(7))
  const device = await createSignerFromSeed(subtle, new Uint8Array(32).fill(8))
  const request = { audience, team, nowMs: 1000, random: new Uint8Array(16), device }
  const tokens = [await createToken(request), await createToken({ ...request, invite: invited })]
  const bytes = fc.constantFrom(...tokens.map((token) => textToBytes(token)))
  await fc.assert(
    fc.asyncProperty(fc.oneof(mutationOf(bytes), noise), async (mutated) => {
      const text = new TextDecoder('latin1').decode(mutated)
      const judged = await verifyToken(text, { audiences: [audience], nowMs: 2000, verifier })
      expect(judged.ok).toBe(tokens.includes(text))
    }),
    { numRuns: CASES, endOnFailure: true },
  )
}, 1_200_000)

test('invite links', () => {
  const link: string = vectors.invite.link
  const texts = fc.oneof(
    fc.string(),
    fc
      .tuple(fc.nat({ max: link.length }), fc.string({ maxLength: 3 }), fc.nat({ max: 4 }))
      .map(([at, text, skip]) => link.slice(0, at) + text + link.slice(at + skip)),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseInviteLink(text, 0)
      if (parsed.ok) expect(parsed.value.secret).toHaveLength(32)
    }),
    { numRuns: CASES },
  )
}, 600_000)
