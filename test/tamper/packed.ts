/**
 * What verify-bundle says of a bundle into which a member packed what an attack brought, as it came, and signed that. So the
 * matrix tells not only who stops an attack, but also that nothing of it would pass as evidence.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import {
  BUNDLE_TYPE,
  type BundleManifest,
  ENTRIES_FILE,
  entryLine,
  feedFile,
  MANIFEST_FILE,
  manifestSignedBytes,
  RECEIPTS_FILE,
  ROSTER_FILE,
  SIGNATURE_FILE,
  shownEntry,
  TYPE_FILE,
} from '../../lib/export/bundle/format.ts'
import { type Bytes, bytesToHex, textToBytes } from '../../lib/log/bytes.ts'
import { decodeEnvelope, type Envelope, type FeedId, SIGNATURE_BYTES } from '../../lib/log/envelope.ts'
import { entryKeyOf, openWithEntryKey } from '../../lib/log/seal.ts'
import type { EpochKeys } from '../../lib/team/epoch-keys.ts'
import type { Roster } from '../../lib/team/roster.ts'
import { checkBundle, type Files, faultsOf, packFiles } from '../helpers/bundle.ts'
import type { TestMember } from '../helpers/relay-team.ts'
import { subtle } from '../helpers/team.ts'

export interface Packing {
  readonly maker: TestMember
  /** What the maker knows; `operations` are what goes in. */
  readonly roster: Roster
  readonly operations: readonly Uint8Array[]
  readonly keys: EpochKeys
  /** By feed, in the order in which they came. */
  readonly brought: ReadonlyMap<FeedId, readonly Bytes[]>
}

/** Names of the faults, or how the bundle holds all the same. */
export const faultsWhenPacked = async (packing: Packing): Promise<readonly string[]> => {
  const { outcome } = await checkBundle(packFiles(await pack(packing)))
  if (outcome.kind !== 'checked') throw new Error(outcome.reason)
  const names = faultsOf(outcome.report).map(({ name }) => name)
  const { disclosed, sealed } = outcome.report.counts
  return names.length > 0 ? [...new Set(names)] : [`holds: ${disclosed} shown, ${sealed} sealed`]
}

const pack = async ({ maker, roster, operations, keys, brought }: Packing): Promise<Files> => {
  const files: Files = {
    [TYPE_FILE]: BUNDLE_TYPE,
    [ROSTER_FILE]: operations.map((bytes) => `${bytesToHex(bytes)}\n`).join(''),
    [RECEIPTS_FILE]: '',
    [ENTRIES_FILE]: '',
  }
  const feeds: BundleManifest['feeds'] = []
  for (const [feed, items] of [...brought].sort(([a], [b]) => a - b)) {
    const lines: string[] = []
    let last: Envelope | undefined
    let disclosed = 0
    for (const item of items) {
      const { line, entry, envelope } = await disclose(item, feed, roster, keys)
      lines.push(`${line}\n`)
      last = envelope ?? last
      if (entry === undefined) continue
      disclosed += 1
      files[ENTRIES_FILE] += entry
    }
    files[feedFile(feed)] = lines.join('')
    const { seq = items.length } = last?.header ?? {}
    const ends = { first: 1, last: seq, hash: bytesToHex(last?.hash ?? new Uint8Array(32)) }
    feeds.push({ feed, ...ends, headers: items.length, disclosed })
  }
  const listed = Object.entries(files).filter(([name]) => name !== TYPE_FILE)
  const manifest: BundleManifest = {
    format: 'daybook-evidence',
    version: 1,
    app: 'Daybook',
    appVersion: '0.1.0',
    generatedAt: new Date().toISOString(),
    team: { id: roster.team, name: 'Acme' },
    generatedBy: { feed: maker.self.feed, member: maker.self.member, name: 'Ana' },
    filter: {},
    from: null,
    to: null,
    members: {},
    roster: roster.head,
    feeds,
    counts: {
      headers: feeds.reduce((sum, { headers }) => sum + headers, 0),
      disclosed: feeds.reduce((sum, { disclosed }) => sum + disclosed, 0),
      leftOut: 0,
    },
    files: Object.fromEntries(
      listed.map(([name, text]) => {
        const bytes = textToBytes(text)
        return [name, { bytes: bytes.length, sha256: bytesToHex(sha256(bytes)) }]
      }),
    ),
  }
  const text = JSON.stringify(manifest)
  const signature = await maker.signer.sign(manifestSignedBytes(textToBytes(text)))
  return { ...files, [MANIFEST_FILE]: text, [SIGNATURE_FILE]: `${bytesToHex(signature)}\n` }
}

/** What stands before `seen`, the number of `seen`, and what stands behind; PROTOCOL.md section 2. */
const SEEN_COUNT_AT = 122
const FIXED_BYTES = 155
const SEEN_BYTES = 48

/** A feed's line, and the line for reading where the entry can be opened. What can't be decoded goes in as it is. */
const disclose = async (
  item: Bytes,
  feed: FeedId,
  roster: Roster,
  keys: EpochKeys,
): Promise<{ readonly line: string; readonly entry?: string; readonly envelope?: Envelope }> => {
  const headerLength = FIXED_BYTES + SEEN_BYTES * (item[SEEN_COUNT_AT] ?? 0)
  const bodyAt = headerLength + SIGNATURE_BYTES
  const sealed = [item.slice(0, headerLength), item.slice(headerLength, bodyAt)].map(bytesToHex)
  const body = item.slice(bodyAt)
  const bare = decodeEnvelope(item.slice(0, bodyAt))
  if (!bare.ok) return { line: sealed.join(' ') }
  const { header } = bare.value
  const envelope = { ...bare.value, body }
  if (header.kind === 'erase') return { line: [...sealed, bytesToHex(body)].join(' '), envelope }
  const epochKey = keys.get(header.epoch)
  if (body.length === 0 || (!epochKey && decodeEnvelope(item).ok)) return { line: sealed.join(' '), envelope }
  const key = epochKey ? entryKeyOf(epochKey, header) : new Uint8Array(32)
  const line = [...sealed, bytesToHex(body), bytesToHex(key)].join(' ')
  const opened = await openWithEntryKey(subtle, envelope, key)
  if (!opened.ok) return { line, envelope }
  const member = roster.devices.get(feed)?.member ?? ''
  const entry = entryLine(shownEntry(opened.value, opened.value.id, member, undefined))
  return { line, entry, envelope }
}
