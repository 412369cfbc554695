/**
 * Checks an evidence bundle that nobody vouches for, and gives its disclosed entries. Runs in a page and in Node, needs no
 * network, and holds 32 bytes an entry, and the ids of the disclosed. It goes on after a fault, so that all of them can be named.
 * Trusts one thing: the team's id, which is the hash of its genesis; all else follows by signature and chain.
 */
import { type Bytes, bytesEqual, bytesToText, hexToBytes } from '../../log/bytes.ts'
import type { FeedId } from '../../log/envelope.ts'
import type { EraseTarget } from '../../log/erase.ts'
import { decodeReceipt, verifyReceipt } from '../../log/receipt.ts'
import { createVerifier, type Verifier } from '../../log/signature.ts'
import type { Entry } from '../../model/entry.ts'
import { parseJson } from '../../model/json.ts'
import { foldRoster } from '../../team/apply-operation.ts'
import type { SignedOperation } from '../../team/operation.ts'
import { mayErase, type Roster } from '../../team/roster.ts'
import { type Bits, createBits } from './bits.ts'
import { type BundleFiles, createLineQueue, openBundleFiles, readWhole } from './bundle-files.ts'
import { type Claims, createClaims } from './claims.ts'
import { checkDisclosed } from './disclosure.ts'
import { type BundleEngine, createPortableEngine } from './engine.ts'
import { checkFeed } from './feed-check.ts'
import { createFindings, type Findings } from './findings.ts'
import {
  BUNDLE_TYPE,
  type BundleManifest,
  ENTRIES_FILE,
  feedFile,
  MANIFEST_FILE,
  manifestSignedBytes,
  parseHexLine,
  parseManifest,
  RECEIPTS_FILE,
  ROSTER_FILE,
  SIGNATURE_FILE,
  TYPE_FILE,
} from './format.ts'
import type { BundleCounts, BundleOutcome, BundleReport } from './verdict.ts'
import { openZip, type ZipFile } from './zip-reader.ts'

export interface VerifyDeps {
  readonly subtle: SubtleCrypto
  /** Disclosed entries that were found true, in the order of the bundle. Awaited before more is read. */
  readonly onEntries?: (entries: readonly Entry[]) => Promise<void>
  /** How many headers have been checked, of how many the manifest says. */
  readonly onProgress?: (headers: number, of: number) => void
  readonly signal?: AbortSignal | undefined
  /** What it computes with, where there is something faster than what runs everywhere. */
  readonly engine?: BundleEngine
}

/** Rejects when the signal aborts, and when `onEntries` does. */
export const verifyBundle = async (bundle: Blob, deps: VerifyDeps): Promise<BundleOutcome> => {
  const findings = createFindings()
  const unread = (name: string, detail: string): BundleOutcome => {
    findings.integrity.add({ name, detail })
    findings.completeness.add({
      name: 'unreadable',
      detail: 'What belongs in this bundle can’t be read.',
    })
    return { kind: 'checked', report: reportOf(findings, NOTHING_COUNTED) }
  }
  const zip = await openZip(bundle)
  const isMarked = await saysBundle(bundle)
  if (!zip.ok) {
    if (isMarked) return unread('damaged zip', zip.fault)
    return { kind: 'no bundle', reason: `This is no evidence bundle of Daybook’s. ${zip.fault}` }
  }
  if (!isMarked && !zip.value.has(MANIFEST_FILE))
    return { kind: 'no bundle', reason: 'This zip is no evidence bundle: it has no manifest.json.' }
  const manifest = await readManifest(zip.value)
  if (manifest.ok) return { kind: 'checked', report: await check(zip.value, manifest, findings, deps) }
  if (isMarked || manifest.isOurs) return unread('manifest unreadable', manifest.detail)
  return { kind: 'no bundle', reason: 'This zip is no evidence bundle of Daybook’s.' }
}

/** The first file's name and content stand at fixed places: enough to know a bundle that was cut off. */
const saysBundle = async (bundle: Blob): Promise<boolean> => {
  const start = new Uint8Array(
    await bundle.slice(0, 30 + TYPE_FILE.length + BUNDLE_TYPE.length).arrayBuffer(),
  )
  return bytesToText(start.subarray(30)) === TYPE_FILE + BUNDLE_TYPE
}

interface Manifest {
  readonly ok: true
  readonly value: BundleManifest
  /** As they were signed. */
  readonly bytes: Bytes
}
type ReadManifest = Manifest | { readonly ok: false; readonly isOurs: boolean; readonly detail: string }

const MAX_MANIFEST_BYTES = 64 * 2 ** 20

const readManifest = async (files: ReadonlyMap<string, ZipFile>): Promise<ReadManifest> => {
  const bytes = await readWhole(files.get(MANIFEST_FILE), MAX_MANIFEST_BYTES)
  const text = bytes && bytesToText(bytes)
  const json = text === undefined ? undefined : parseJson(text)
  const isOurs = text?.includes('"daybook-evidence"') ?? false
  if (!bytes || json === undefined)
    return { ok: false, isOurs, detail: `${MANIFEST_FILE} is missing, damaged or no JSON.` }
  const parsed = parseManifest(json)
  if (parsed.ok) return { ok: true, value: parsed.value, bytes }
  return { ok: false, isOurs, detail: `In ${MANIFEST_FILE}, ${parsed.fault}.` }
}

type Counts = { -readonly [Name in keyof BundleCounts]: BundleCounts[Name] }

const NOTHING_COUNTED: BundleCounts = {
  headers: 0,
  disclosed: 0,
  sealed: 0,
  erased: 0,
  feeds: 0,
  operations: 0,
  receipts: 0,
}

const reportOf = (
  { integrity, completeness }: Findings,
  counts: BundleCounts,
  manifest?: BundleManifest,
): BundleReport => ({
  ...(manifest && { manifest }),
  integrity: integrity.verdict(),
  completeness: completeness.verdict(),
  counts,
})

/** Roster first, because it says whose signatures count; then feed by feed; then what they say of each other. */
const check = async (
  zip: ReadonlyMap<string, ZipFile>,
  { value: manifest, bytes }: Manifest,
  findings: Findings,
  { subtle, signal, onEntries, onProgress, engine = createPortableEngine(subtle) }: VerifyDeps,
): Promise<BundleReport> => {
  const { integrity } = findings
  const verifier = createVerifier(subtle)
  const counts: Counts = { ...NOTHING_COUNTED }
  const { createHash } = engine
  const files = openBundleFiles({ files: zip, manifest, findings, createHash, signal })
  const claims = createClaims()
  const erasures: Erasure[] = []
  const ids = new Set<string>()
  const disclosed = new Map<FeedId, Bits>()

  files.checkNames()
  const people = await readRoster(files, manifest, verifier, findings)
  counts.operations = people.operations.length
  const { roster, operations } = people
  if (!roster) return reportOf(findings, counts, manifest)
  await checkMaker(manifest, bytes, zip.get(SIGNATURE_FILE), roster, verifier, findings)
  const lines = createLineQueue(files.lines(ENTRIES_FILE))

  for (const [index, stated] of manifest.feeds.entries()) {
    const { feed } = stated
    if (index > 0 && feed <= (manifest.feeds[index - 1]?.feed ?? 0))
      integrity.add({ name: 'manifest unreadable', detail: 'Its feeds are not in ascending order.' })
    const opened = createBits()
    disclosed.set(feed, opened)
    counts.feeds += 1
    const unreached = await checkFeed({
      stated,
      batches: files.lines(feedFile(feed)),
      roster,
      verifier,
      digest: engine.digest,
      claims,
      findings,
      onErase: (targets) => void erasures.push({ by: feed, targets }),
      onBatch: async (batch) => {
        counts.headers += batch.headers
        counts.sealed += batch.sealed
        for (const { envelope } of batch.disclosed) opened.add(envelope.header.seq)
        const task = { engine, lines, names: manifest.members, ids, findings, onEntries }
        counts.disclosed += await checkDisclosed(batch.disclosed, task)
        onProgress?.(counts.headers, manifest.counts.headers)
      },
    })
    await lines.skip(unreached)
  }
  if (!lines.isLost && (await lines.next()))
    integrity.add({
      name: 'entry without proof',
      detail: `${ENTRIES_FILE} has more entries than the signed log discloses.`,
    })
  await lines.drain()

  counts.receipts = await readReceipts(files, roster, relayKeysOf(operations), verifier, claims, findings)
  await files.readRest()
  for (const { feed, cut } of roster.devices.values())
    if (cut && cut.seq > 0) claims.byOther({ feed, seq: cut.seq, hash: keyOf(cut.hash) }, 'the roster')
  claims.check(roster, operations, findings)
  counts.erased = countErased(erasures, roster, claims, disclosed)
  counts.sealed -= counts.erased
  checkCounts(manifest, counts, findings)
  return reportOf(findings, counts, manifest)
}

const readRoster = async (
  files: BundleFiles,
  manifest: BundleManifest,
  verifier: Verifier,
  { integrity, completeness }: Findings,
): Promise<{ readonly roster: Roster | undefined; readonly operations: readonly SignedOperation[] }> => {
  const encoded: Bytes[] = []
  for await (const lines of files.lines(ROSTER_FILE))
    encoded.push(...lines.map((line) => parseHexLine(line) ?? new Uint8Array(0)))
  const { roster, operations, fault } = await foldRoster(encoded, verifier)
  if (fault)
    integrity.add({
      name: 'roster broken',
      detail: `Operation ${operations.length} of the roster is not valid (${fault}): nobody after it is known.`,
    })
  if (!roster)
    completeness.add({
      name: 'missing roster',
      detail: 'Without a roster nobody’s signature can be checked.',
    })
  else {
    const { length, hash } = roster.head
    if (roster.team !== manifest.team.id)
      integrity.add({ name: 'wrong team', detail: 'The roster is another team’s than the manifest says.' })
    if (length < manifest.roster.length)
      completeness.add({
        name: 'missing roster operations',
        detail: `The roster ends after ${length} of ${manifest.roster.length} operations.`,
      })
    else if (hash !== manifest.roster.hash)
      integrity.add({
        name: 'roster changed',
        detail: 'The roster is not the one that the manifest was signed with.',
      })
  }
  return { roster, operations }
}

const checkMaker = async (
  { generatedBy }: BundleManifest,
  manifestBytes: Bytes,
  signatureFile: ZipFile | undefined,
  roster: Roster,
  verifier: Verifier,
  { integrity }: Findings,
): Promise<void> => {
  const device = roster.devices.get(generatedBy.feed)
  const text = await readWhole(signatureFile, 1024)
  const signature = text && hexToBytes((bytesToText(text) ?? '').trimEnd(), 64)
  const signed = manifestSignedBytes(manifestBytes)
  if (!device)
    integrity.add({
      name: 'unknown signer',
      detail: `The manifest is signed by device ${generatedBy.feed}, which was never in this team.`,
    })
  else if (!signature || !(await verifier.verify(keyOf(device.sign), signed, signature)))
    integrity.add({
      name: 'bad manifest signature',
      detail: 'The manifest was changed, or was not signed by the device that it names.',
    })
  else if (device.member !== generatedBy.member)
    integrity.add({ name: 'wrong maker', detail: 'The manifest names another member than its device’s.' })
}

/** Gives how many there are. */
const readReceipts = async (
  files: BundleFiles,
  roster: Roster,
  relayKeys: readonly Bytes[],
  verifier: Verifier,
  claims: Claims,
  { integrity }: Findings,
): Promise<number> => {
  let count = 0
  for await (const lines of files.lines(RECEIPTS_FILE)) {
    for (const line of lines) {
      const bytes = parseHexLine(line)
      const receipt = bytes && decodeReceipt(bytes)
      count += 1
      if (!receipt?.ok || receipt.value.team !== roster.team) {
        const detail = `Line ${count} of ${RECEIPTS_FILE} is no receipt of this team’s relay.`
        integrity.add({ name: 'forged receipt', detail })
        continue
      }
      const { feed, seq } = receipt.value
      if (await isSignedByAny(receipt.value, relayKeys, verifier))
        claims.byOther(receipt.value, 'the relay’s receipt')
      else
        integrity.add({
          name: 'forged receipt',
          detail: `The receipt for entry ${seq} of device ${feed} is not signed by a relay of this team’s.`,
          feed,
          seq,
        })
    }
  }
  return count
}

const relayKeysOf = (operations: readonly SignedOperation[]): Bytes[] =>
  operations.flatMap(({ operation }) => (operation.kind === 'relay' ? [keyOf(operation.key)] : []))

const isSignedByAny = async (
  receipt: Parameters<typeof verifyReceipt>[0],
  keys: readonly Bytes[],
  verifier: Verifier,
): Promise<boolean> => {
  for (const key of keys) if (await verifyReceipt(receipt, key, verifier)) return true
  return false
}

/** A signed wish that entries go, and whose. */
interface Erasure {
  readonly by: FeedId
  readonly targets: readonly EraseTarget[]
}

/** Entries that stay sealed because somebody who may had them erased (PROTOCOL.md rule E6). */
const countErased = (
  erasures: readonly Erasure[],
  roster: Roster,
  claims: Claims,
  disclosed: ReadonlyMap<FeedId, Bits>,
): number => {
  const erased = new Set<string>()
  for (const { by, targets } of erasures)
    for (const { feed, seq, hash } of targets) {
      const own = claims.hashAt(feed, seq)
      if (!own || !bytesEqual(own, hash) || !mayErase(roster, by, feed)) continue
      if (!disclosed.get(feed)?.has(seq)) erased.add(`${feed} ${seq}`)
    }
  return erased.size
}

const checkCounts = (
  { counts: stated }: BundleManifest,
  counts: BundleCounts,
  { integrity, completeness }: Findings,
): void => {
  if (!integrity.isClean || !completeness.isClean) return
  if (counts.headers !== stated.headers || counts.disclosed !== stated.disclosed)
    completeness.add({
      name: 'counts differ',
      detail: `The manifest says ${stated.headers} entries, ${stated.disclosed} of them disclosed; here are ${counts.headers} and ${counts.disclosed}.`,
    })
}

const keyOf = (text: string): Bytes => hexToBytes(text, 32) as Bytes
