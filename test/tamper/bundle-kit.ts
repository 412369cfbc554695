/**
 * What it takes to tamper with a bundle: its files as texts, changed and packed again by whoever passes it on, or listed and
 * signed anew by a member.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import { manifestSignedBytes } from '../../lib/export/bundle/format.ts'
import { bytesToHex, hexToBytes, textToBytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope, type Envelope } from '../../lib/log/envelope.ts'
import { entryKeyOf, sealEntry } from '../../lib/log/seal.ts'
import { signerOf } from '../../lib/team/identity.ts'
import { type Files, packFiles, unpackBundle } from '../helpers/bundle.ts'
import type { BundleWorld } from '../helpers/bundle-world.ts'
import { makeEntry } from '../helpers/entries.ts'
import type { Browser } from '../helpers/sync-world.ts'
import { subtle } from '../helpers/team.ts'

export interface BundleTampering {
  readonly attack: string
  readonly by: 'whoever passes the file on' | 'the member who made it' | 'another member'
  /** The name of the fault that says it best. */
  readonly named: string
  readonly verdict: 'integrity' | 'completeness'
  readonly tamper: (world: BundleWorld) => Promise<Uint8Array<ArrayBuffer>>
}

type Change = (files: Files, world: BundleWorld) => Files | Promise<Files>

export const passedOn = (
  attack: string,
  named: string,
  verdict: BundleTampering['verdict'],
  change: Change,
): BundleTampering => ({
  attack,
  by: 'whoever passes the file on',
  named,
  verdict,
  tamper: async (world) => packFiles(await change(unpackBundle(world.zip), world)),
})

export const bytes = (
  attack: string,
  named: string,
  change: (zip: Uint8Array<ArrayBuffer>, world: BundleWorld) => Uint8Array<ArrayBuffer>,
): BundleTampering => ({
  attack,
  by: 'whoever passes the file on',
  named,
  verdict: 'integrity',
  tamper: async (world) => change(world.zip.slice(), world),
})

/** The maker changes what they like, and then lists and signs it anew. */
export const signedAnew = (
  attack: string,
  named: string,
  verdict: BundleTampering['verdict'],
  change: Change,
): BundleTampering => ({
  attack,
  by: 'the member who made it',
  named,
  verdict,
  tamper: async (world) =>
    packFiles(await sign(await change(unpackBundle(world.zip), world), world, world.ana)),
})

interface StatedFeed {
  feed: number
  first: number
  last: number
  hash: string
  headers: number
  disclosed: number
}

export const manifestOf = (files: Files) =>
  JSON.parse(files['manifest.json'] as string) as {
    feeds: StatedFeed[]
    counts: Record<'headers' | 'disclosed', number>
    files: Record<string, { bytes: number; sha256: string }>
    roster: { length: number; hash: string }
    generatedBy: { feed: number; member: string }
    team: { id: string; name: string }
  }

export const withManifest = (
  files: Files,
  change: (manifest: ReturnType<typeof manifestOf>) => void,
): Files => {
  const manifest = manifestOf(files)
  change(manifest)
  return { ...files, 'manifest.json': `${JSON.stringify(manifest, undefined, 2)}\n` }
}

/** Lists what is there now, and signs. */
export const sign = async (files: Files, world: BundleWorld, by: Browser): Promise<Files> => {
  const { self } = await world.contextOf(by)
  const listed = withManifest(files, (manifest) => {
    for (const name of Object.keys(manifest.files)) {
      const text = files[name]
      if (text === undefined) delete manifest.files[name]
      else
        manifest.files[name] = {
          bytes: textToBytes(text).length,
          sha256: bytesToHex(sha256(textToBytes(text))),
        }
    }
    manifest.feeds = manifest.feeds.flatMap((feed) => {
      const lines = linesOf(files, feed.feed)
      if (lines.length === 0) return []
      const last = envelopeOf(lines.at(-1) as string)
      const first = envelopeOf(lines[0] as string)
      const disclosed = lines.filter((line) => line.split(' ').length === 4).length
      const ends = { first: first.header.seq, last: last.header.seq, hash: bytesToHex(last.hash) }
      return [{ ...feed, ...ends, headers: lines.length, disclosed }]
    })
    manifest.counts.headers = manifest.feeds.reduce((sum, { headers }) => sum + headers, 0)
    manifest.counts.disclosed = manifest.feeds.reduce((sum, { disclosed }) => sum + disclosed, 0)
    manifest.generatedBy = { ...manifest.generatedBy, feed: self.feed, member: self.member }
  })
  const signer = signerOf(subtle, self.keys)
  const signature = await signer.sign(manifestSignedBytes(textToBytes(listed['manifest.json'] as string)))
  return { ...listed, 'manifest.sig': `${bytesToHex(signature)}\n` }
}

export const linesOf = (files: Files, feed: number): string[] =>
  (files[`feeds/${feed}.txt`] ?? '').split('\n').filter((line) => line !== '')
export const withLines = (files: Files, feed: number, lines: readonly string[]): Files => ({
  ...files,
  [`feeds/${feed}.txt`]: lines.map((line) => `${line}\n`).join(''),
})
export const changeLines = (files: Files, feed: number, change: (lines: string[]) => string[]): Files =>
  withLines(files, feed, change(linesOf(files, feed)))

export const envelopeOf = (line: string): Envelope => {
  const [header = '', signature = '', body = ''] = line.split(' ')
  const hex = header + signature + body
  const decoded = decodeEnvelope(hexToBytes(hex, hex.length / 2) as Uint8Array)
  if (!decoded.ok) throw new Error(decoded.fault)
  return decoded.value
}
export const lineOf = ({ headerBytes, signature, body }: Envelope, key?: Uint8Array): string =>
  [headerBytes, signature, ...(body.length > 0 ? [body] : []), ...(key ? [key] : [])]
    .map(bytesToHex)
    .join(' ')

export const feedOf = async (world: BundleWorld, browser: Browser): Promise<number> =>
  (await world.contextOf(browser)).self.feed
export const flip = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`
/** The position of the first line that is disclosed, after the `after`th. */
export const disclosedAt = (lines: readonly string[], after = 0): number =>
  lines.findIndex((line, index) => index >= after && line.split(' ').length === 4)
export const field = (line: string, index: number, change: (text: string) => string): string =>
  line
    .split(' ')
    .map((text, at) => (at === index ? change(text) : text))
    .join(' ')

/** Seals Bo's or Ana's entry anew, in the place of the one at `index`. */
export const sealedAnew = async (
  world: BundleWorld,
  author: Browser,
  signer: Browser,
  line: string,
  sessionTimeout: number,
): Promise<string> => {
  const { keys } = await world.contextOf(author)
  const { self } = await world.contextOf(signer)
  const { header } = envelopeOf(line)
  const { kind: _kind, keyCommit: _commit, bodyHash: _hash, ...open } = header
  const entry = makeEntry(header.seq, { after: { sessionTimeout } })
  const epochKey = keys.get(header.epoch) as Uint8Array<ArrayBuffer>
  const envelope = await sealEntry(subtle, entry, open, epochKey, signerOf(subtle, self.keys))
  return lineOf(envelope, entryKeyOf(epochKey, header))
}

/** Takes the lines out of `entries.jsonl` whose disclosed envelopes are gone: the maker does it properly. */
export const trimEntries = (files: Files): Files => {
  const feeds = Object.keys(files).flatMap((name) => /^feeds\/(\d+)\.txt$/.exec(name)?.[1] ?? [])
  const manifest = manifestOf(files)
  const all = (files['entries.jsonl'] as string).split('\n').filter((line) => line !== '')
  let at = 0
  const kept: string[] = []
  for (const { feed, disclosed } of manifest.feeds) {
    const mine = all.slice(at, at + disclosed)
    at += disclosed
    if (!feeds.includes(String(feed))) continue
    const left = linesOf(files, feed).filter((line) => line.split(' ').length === 4).length
    kept.push(...mine.slice(0, left))
  }
  return { ...files, 'entries.jsonl': kept.map((line) => `${line}\n`).join('') }
}

export const indexOfText = (haystack: Uint8Array, text: string): number => Buffer.from(haystack).indexOf(text)
export const replaceLast = (
  haystack: Uint8Array<ArrayBuffer>,
  old: string,
  text: string,
): Uint8Array<ArrayBuffer> => {
  haystack.set(textToBytes(text), Buffer.from(haystack).lastIndexOf(old))
  return haystack
}
