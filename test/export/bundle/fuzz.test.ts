/**
 * Fuzzes what reads bundles: mutated real bytes must give a value or a reason, never a crash, and nothing that isn't true.
 * `FUZZ_CASES` sets the cases of lines; of zips, which unpack, and of whole bundles, each a full check, it is a small part.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { feedLine, parseFeedLine } from '../../../lib/export/bundle/format.ts'
import { holds } from '../../../lib/export/bundle/verdict.ts'
import { openZip, ZipFault } from '../../../lib/export/bundle/zip-reader.ts'
import { decodeEnvelope } from '../../../lib/log/envelope.ts'
import type { Entry } from '../../../lib/model/entry.ts'
import { checkBundle, packFiles, unpackBundle } from '../../helpers/bundle.ts'
import { type BundleWorld, bundleWorld } from '../../helpers/bundle-world.ts'
import { mutationOf } from '../../log/arbitraries.ts'

const CASES = Number(process.env.FUZZ_CASES ?? 25_000)
let made: BundleWorld
let truth: ReadonlySet<string>

beforeAll(async () => {
  made = await bundleWorld()
  truth = new Set((await checkBundle(made.zip)).entries.map(textOf))
})
afterAll(() => made.close())

const textOf = (entry: Entry): string => JSON.stringify(entry)

test('lines of feeds', () => {
  const files = unpackBundle(made.zip)
  const lines = Object.entries(files).flatMap(([name, text]) =>
    name.startsWith('feeds/') ? text.trimEnd().split('\n') : [],
  )
  const real = fc.constantFrom(...lines.map((line) => new TextEncoder().encode(line)))
  fc.assert(
    fc.property(mutationOf(real), (bytes) => {
      const line = parseFeedLine(bytes)
      const envelope = line && decodeEnvelope(line.envelope)
      if (!line || !envelope?.ok || envelope.value.headerBytes.length !== line.headerLength) return
      expect(feedLine(envelope.value, line.key)).toBe(`${new TextDecoder().decode(bytes)}\n`)
    }),
    { numRuns: CASES, endOnFailure: true },
  )
}, 1_200_000)

test('zips', async () => {
  const real = fc.constant(packFiles({ 'a.txt': 'daybook '.repeat(40), 'feeds/1.txt': '00' }))
  await fc.assert(
    fc.asyncProperty(mutationOf(real), async (bytes) => {
      const zip = await openZip(new Blob([bytes]))
      if (!zip.ok) return
      for (const { bytes: stated, read } of zip.value.values()) {
        let length = 0
        try {
          for await (const chunk of read()) length += chunk.length
          expect(length).toBe(stated)
        } catch (error) {
          expect(error).toBeInstanceOf(ZipFault)
        }
      }
    }),
    { numRuns: Math.ceil(CASES / 25), endOnFailure: true },
  )
}, 1_200_000)

test('whole bundles: what is still said to hold says what it said before', async () => {
  await fc.assert(
    fc.asyncProperty(mutationOf(fc.constant(made.zip)), async (bytes) => {
      const { outcome, entries } = await checkBundle(bytes)
      for (const entry of entries) expect(truth.has(textOf(entry))).toBe(true)
      if (outcome.kind === 'checked' && holds(outcome.report)) expect(entries).toHaveLength(truth.size)
    }),
    { numRuns: Math.ceil(CASES / 250), endOnFailure: true },
  )
}, 1_200_000)
