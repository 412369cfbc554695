/** A bundle tampered with in every way we could think of: each is found and named, and nothing of it passes for true. */
import { zipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkBundle, faultsOf, packFiles, unpackBundle } from '../../helpers/bundle.ts'
import { type BundleWorld, bundleWorld } from '../../helpers/bundle-world.ts'
import { BUNDLE_TAMPERINGS } from '../../tamper/bundle-tamperings.ts'

let made: BundleWorld
beforeAll(async () => {
  made = await bundleWorld()
})
afterAll(() => made.close())

test('there are at least thirty ways', () => {
  expect(BUNDLE_TAMPERINGS.length).toBeGreaterThanOrEqual(30)
  expect(new Set(BUNDLE_TAMPERINGS.map(({ attack }) => attack)).size).toBe(BUNDLE_TAMPERINGS.length)
})

test.each(BUNDLE_TAMPERINGS)('$attack: $named', async ({ named, verdict, tamper }) => {
  const zip = await tamper(made)
  const { outcome } = await checkBundle(zip)
  if (outcome.kind !== 'checked') throw new Error(`taken for no bundle: ${outcome.reason}`)
  expect(outcome.report[verdict].holds).toBe(false)
  expect(faultsOf(outcome.report).map(({ name }) => name)).toContain(named)
})

test('what a zip may not do is refused before anything is unpacked', async () => {
  const files = unpackBundle(made.zip)
  const bomb = zipSync({
    'manifest.json': new TextEncoder().encode(files['manifest.json'] as string),
    'feeds/1.txt': [new Uint8Array(64 * 2 ** 20), { level: 9 }],
  })
  const { outcome } = await checkBundle(new Uint8Array(bomb))
  expect(outcome.kind).toBe('no bundle')
})

test('a foreign zip is no bundle', async () => {
  const { mimetype: _type, ...files } = unpackBundle(made.zip)
  const foreign = zipSync({ 'word/document.xml': new TextEncoder().encode('<xml/>') })
  expect((await checkBundle(new Uint8Array(foreign))).outcome.kind).toBe('no bundle')
  const renamed = zipSync({ 'manifest.json': new TextEncoder().encode('{"format":"other"}') })
  expect((await checkBundle(new Uint8Array(renamed))).outcome.kind).toBe('no bundle')
  expect((await checkBundle(packFiles(files))).outcome.kind).toBe('checked')
})
