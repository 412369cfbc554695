/**
 * Checks an evidence bundle that nobody vouches for, and gives its disclosed entries. Runs in a page and in Node, needs no
 * network, and holds 32 bytes an entry. It goes on after a fault, so that all of them can be named.
 * Trusts one thing: the team's id, which is the hash of its genesis; all else follows by signature and chain.
 */
import { sha256 } from '@noble/hashes/sha2.js'
import {
  type Bytes,
  bytesEqual,
  bytesToHex,
  bytesToText,
  concatBytes,
  hexToBytes,
  textToBytes,
} from '../../log/bytes.ts'
import { CLOCK_ZERO } from '../../log/clock.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type Envelope,
  type FeedHead,
  type FeedId,
  headOf,
  isErased,
} from '../../log/envelope.ts'
import { decodeErase, type EraseTarget } from '../../log/erase.ts'
import { ROSTER_FEED } from '../../log/frames.ts'
import { decodeReceipt, verifyReceipt } from '../../log/receipt.ts'
import { checkChain, verifyEnvelope } from '../../log/run.ts'
import { openWithEntryKey } from '../../log/seal.ts'
import { createVerifier, type Verifier } from '../../log/signature.ts'
import type { Entry } from '../../model/entry.ts'
import { parseJson } from '../../model/json.ts'
import type { SignedOperation } from '../../team/operation.ts'
import { foldRoster, mayCount, type Roster } from '../../team/roster.ts'
import { type Bits, createBits } from './bits.ts'
import {
  BUNDLE_TYPE,
  type BundleManifest,
  ENTRIES_FILE,
  entryLine,
  feedFile,
  MANIFEST_FILE,
  manifestSignedBytes,
  parseFeedLine,
  parseHexLine,
  parseManifest,
  RECEIPTS_FILE,
  ROSTER_FILE,
  SIGNATURE_FILE,
  shownEntry,
  shownIds,
  TYPE_FILE,
} from './format.ts'
import type { BundleCounts, BundleFault, BundleOutcome, BundleReport, Verdict } from './verdict.ts'
import { openZip, ZipFault, type ZipFile } from './zip-reader.ts'

export interface VerifyDeps {
  readonly subtle: SubtleCrypto
  /** Disclosed entries that were found true, in the order of the bundle. Awaited before more is read. */
  readonly onEntries?: (entries: readonly Entry[]) => Promise<void>
  readonly onProgress?: (headers: number) => void
  readonly signal?: AbortSignal | undefined
  /** A faster SHA-256 where there is one. */
  readonly createHash?: () => Hasher
}

export interface Hasher {
  readonly update: (bytes: Uint8Array) => unknown
  readonly digest: () => Uint8Array
}

/** Rejects when the signal aborts, and when `onEntries` does. */
export const verifyBundle = async (bundle: Blob, deps: VerifyDeps): Promise<BundleOutcome> => {
  const zip = await openZip(bundle)
  const isMarked = await saysBundle(bundle)
  if (!zip.ok) {
    if (!isMarked)
      return { kind: 'no bundle', reason: `This is no evidence bundle of Daybook’s. ${zip.fault}` }
    const check = createCheck(new Map(), deps)
    check.integrity.add({ name: 'damaged zip', detail: zip.fault })
    return { kind: 'checked', report: check.report() }
  }
  if (!isMarked && !zip.value.has(MANIFEST_FILE))
    return { kind: 'no bundle', reason: 'This zip is no evidence bundle: it has no manifest.json.' }
  const manifest = await readManifest(zip.value)
  if (!manifest.ok && !isMarked && !manifest.isOurs)
    return { kind: 'no bundle', reason: 'This zip is no evidence bundle of Daybook’s.' }
  const check = createCheck(zip.value, deps)
  if (!manifest.ok) check.integrity.add({ name: 'manifest unreadable', detail: manifest.detail })
  else await check.run(manifest.value, manifest.bytes)
  return { kind: 'checked', report: check.report() }
}

/** The first file's name and content stand at fixed places: enough to know a bundle that was cut off. */
const saysBundle = async (bundle: Blob): Promise<boolean> => {
  const start = new Uint8Array(
    await bundle.slice(0, 30 + TYPE_FILE.length + BUNDLE_TYPE.length).arrayBuffer(),
  )
  return bytesToText(start.subarray(30)) === TYPE_FILE + BUNDLE_TYPE
}

type ReadManifest =
  | { readonly ok: true; readonly value: BundleManifest; readonly bytes: Bytes }
  | { readonly ok: false; readonly isOurs: boolean; readonly detail: string }

const MAX_MANIFEST_BYTES = 64 * 2 ** 20
const MAX_LINE_BYTES = 2 ** 20
const MAX_FAULTS = 20

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

const readWhole = async (file: ZipFile | undefined, limit: number): Promise<Bytes | undefined> => {
  if (!file || file.bytes > limit) return undefined
  const chunks: Uint8Array[] = []
  try {
    for await (const chunk of file.read()) chunks.push(chunk)
  } catch (error) {
    if (error instanceof ZipFault) return undefined
    throw error
  }
  return concatBytes(...chunks)
}

const createCheck = (files: ReadonlyMap<string, ZipFile>, deps: VerifyDeps) => {
  const { subtle, signal, onEntries } = deps
  const createHash = deps.createHash ?? (() => sha256.create())
  const verifier = createVerifier(subtle)
  const integrity = createVerdict()
  const completeness = createVerdict()
  const counts = { headers: 0, disclosed: 0, sealed: 0, erased: 0, feeds: 0, operations: 0, receipts: 0 }
  const known = new Map<FeedId, KnownFeed>()
  const claims: Claim[] = []
  const erasures: { readonly by: FeedId; readonly targets: readonly EraseTarget[] }[] = []
  const compared = new Set<string>()
  let manifest: BundleManifest | undefined

  const run = async (read: BundleManifest, manifestBytes: Bytes): Promise<void> => {
    manifest = read
    checkFiles(read)
    const operations: SignedOperation[] = []
    const roster = await readRoster(read, operations)
    if (!roster) return
    await checkMaker(read, manifestBytes, roster)
    const entries = createLineQueue(linesOf(read, ENTRIES_FILE))
    for (const [index, feed] of read.feeds.entries()) {
      if (index > 0 && feed.feed <= (read.feeds[index - 1]?.feed ?? 0))
        integrity.add({ name: 'manifest unreadable', detail: 'Its feeds are not in ascending order.' })
      await readFeed(read, feed, roster, entries)
    }
    if (!entries.isLost && (await entries.next()))
      integrity.add({
        name: 'entry without proof',
        detail: `${ENTRIES_FILE} has more entries than the signed log discloses.`,
      })
    await entries.drain()
    await readReceipts(read, roster, relayKeysOf(operations))
    for (const name of Object.keys(read.files)) if (!compared.has(name)) await drain(linesOf(read, name))
    checkClaims(roster, operations)
    countErased(roster)
    checkCounts(read)
  }

  /** Exactly the files that the manifest names, and the manifest. */
  const checkFiles = (read: BundleManifest): void => {
    const own = new Set([TYPE_FILE, MANIFEST_FILE, SIGNATURE_FILE])
    for (const name of files.keys()) {
      if (!own.has(name) && !Object.hasOwn(read.files, name))
        integrity.add({ name: 'foreign file', detail: `“${name}” is not in the signed list of files.` })
    }
    const needed = [ROSTER_FILE, ENTRIES_FILE, RECEIPTS_FILE, ...read.feeds.map(({ feed }) => feedFile(feed))]
    for (const name of new Set([...needed, ...Object.keys(read.files)])) {
      if (!files.has(name)) completeness.add({ name: 'missing file', detail: `“${name}” is not in the zip.` })
      else if (!Object.hasOwn(read.files, name))
        integrity.add({ name: 'foreign file', detail: `“${name}” is not in the signed list of files.` })
    }
  }

  /** A file's lines, batch by batch; its size and hash are compared when all were read. */
  async function* linesOf(read: BundleManifest, name: string): AsyncGenerator<readonly Uint8Array[]> {
    const file = files.get(name)
    const stated = read.files[name]
    compared.add(name)
    if (!file || !stated) return
    const hash = createHash()
    let rest: Uint8Array = new Uint8Array(0)
    let bytes = 0
    try {
      for await (const chunk of file.read()) {
        signal?.throwIfAborted()
        hash.update(chunk)
        bytes += chunk.length
        const whole = rest.length === 0 ? chunk : concatBytes(rest, chunk)
        const lines: Uint8Array[] = []
        let start = 0
        for (let end = whole.indexOf(LINE_FEED); end !== -1; end = whole.indexOf(LINE_FEED, start)) {
          lines.push(whole.subarray(start, end))
          start = end + 1
        }
        rest = whole.slice(start)
        if (lines.length > 0) yield lines
        if (rest.length > MAX_LINE_BYTES || bytes > stated.bytes) break
      }
    } catch (error) {
      if (!(error instanceof ZipFault)) throw error
      integrity.add({ name: 'damaged zip', detail: error.message })
      return
    }
    if (rest.length > 0)
      integrity.add({ name: 'file changed', detail: `“${name}” ends in the middle of a line.` })
    if (bytes !== stated.bytes || bytesToHex(hash.digest()) !== stated.sha256)
      integrity.add({
        name: 'file changed',
        detail: `“${name}” is not the file whose SHA-256 the manifest was signed with.`,
      })
  }

  const readRoster = async (
    read: BundleManifest,
    operations: SignedOperation[],
  ): Promise<Roster | undefined> => {
    const encoded: Bytes[] = []
    for await (const lines of linesOf(read, ROSTER_FILE))
      encoded.push(...lines.map((line) => parseHexLine(line) ?? new Uint8Array(0)))
    const folded = await foldRoster(encoded, verifier)
    operations.push(...folded.operations)
    counts.operations = operations.length
    if (folded.fault)
      integrity.add({
        name: 'roster broken',
        detail: `Operation ${operations.length} of the roster is not valid (${folded.fault}): nobody after it is known.`,
      })
    const { roster } = folded
    if (!roster) {
      completeness.add({
        name: 'missing roster',
        detail: 'Without a roster nobody’s signature can be checked.',
      })
      return undefined
    }
    if (roster.team !== read.team.id)
      integrity.add({ name: 'wrong team', detail: 'The roster is another team’s than the manifest says.' })
    if (roster.head.length < read.roster.length)
      completeness.add({
        name: 'missing roster operations',
        detail: `The roster ends after ${roster.head.length} of ${read.roster.length} operations.`,
      })
    else if (roster.head.hash !== read.roster.hash)
      integrity.add({
        name: 'roster changed',
        detail: 'The roster is not the one that the manifest was signed with.',
      })
    return roster
  }

  const checkMaker = async (read: BundleManifest, bytes: Bytes, roster: Roster): Promise<void> => {
    const device = roster.devices.get(read.generatedBy.feed)
    const signatureText = await readWhole(files.get(SIGNATURE_FILE), 1024)
    const signature = signatureText && hexToBytes((bytesToText(signatureText) ?? '').trimEnd(), 64)
    if (!device)
      integrity.add({
        name: 'unknown signer',
        detail: `The manifest is signed by device ${read.generatedBy.feed}, which was never in this team.`,
      })
    else if (
      !signature ||
      !(await verifier.verify(keyOf(device.sign), manifestSignedBytes(bytes), signature))
    )
      integrity.add({
        name: 'bad manifest signature',
        detail: 'The manifest was changed, or was not signed by the device that it names.',
      })
    else if (device.member !== read.generatedBy.member)
      integrity.add({ name: 'wrong maker', detail: 'The manifest names another member than its device’s.' })
  }

  const readFeed = async (
    read: BundleManifest,
    stated: BundleManifest['feeds'][number],
    roster: Roster,
    entries: LineQueue,
  ): Promise<void> => {
    const { feed } = stated
    counts.feeds += 1
    const device = roster.devices.get(feed)
    const found: KnownFeed = { stretches: [], disclosed: createBits() }
    known.set(feed, found)
    const at = (seq?: number) => ({ feed, ...(seq !== undefined && { seq }) })
    let head: FeedHead | undefined
    let last: Envelope | undefined
    let headers = 0
    let taken = 0
    let isBroken = false

    const endRun = async (): Promise<void> => {
      if (!last || !device || (await verifyEnvelope(last, keyOf(device.sign), verifier))) return
      isBroken = true
      integrity.add({
        name: 'bad signature',
        detail: `Entry ${last.header.seq} is not signed by the device that owns the feed, so nothing of the run that it ends counts.`,
        ...at(last.header.seq),
      })
    }
    const take = async (line: Uint8Array): Promise<Disclosed | undefined> => {
      const number = headers + 1
      const parsed = parseFeedLine(line)
      const envelope = parsed && decodeEnvelope(parsed.envelope)
      if (!parsed || !envelope?.ok || envelope.value.headerBytes.length !== parsed.headerLength) {
        const why = envelope && !envelope.ok ? envelope.fault : 'malformed'
        integrity.add({
          name: why === 'malformed' ? 'malformed entry' : why,
          detail: `Line ${number} of ${feedFile(feed)} is no entry (${why}).`,
          ...at(stated.first + headers),
        })
        isBroken = true
        return undefined
      }
      const { header, hash } = envelope.value
      const { seq } = header
      if (head && seq > head.seq + 1) {
        await endRun()
        completeness.add({
          name: 'missing entries',
          detail: `Entries ${rangeText(head.seq + 1, seq - 1)} of the feed are missing.`,
          ...at(head.seq + 1),
        })
        head = undefined
      }
      const isFirst = head === undefined
      head ??= seq === 1 ? EMPTY_HEAD : { seq: seq - 1, hash: header.prev, clock: CLOCK_ZERO }
      const chain = checkChain([envelope.value], { team: roster.team, feed, head })
      if (!chain.ok) {
        integrity.add({
          name: chain.fault === 'already have' ? 'out of order' : chain.fault,
          detail: `Entry ${seq} doesn’t continue the feed’s chain (${chain.fault}).`,
          ...at(seq),
        })
        isBroken = true
        return undefined
      }
      const counted = mayCount(roster, header, hash)
      if (!counted.ok) {
        const name = counted.fault === 'feed not in the roster' ? 'unknown signer' : counted.fault
        integrity.add({
          name,
          detail:
            name === 'unknown signer'
              ? `Device ${feed} was never in this team.`
              : `The roster doesn’t let entry ${seq} count (${counted.fault}).`,
          ...at(seq),
        })
        isBroken = true
        return undefined
      }
      headers += 1
      counts.headers += 1
      last = envelope.value
      head = headOf(last)
      if (isFirst) found.stretches.push({ first: seq, hashes: createHashes() })
      found.stretches.at(-1)?.hashes.add(hash)
      for (const seen of header.seen) addClaim({ ...seen, by: `entry ${seq} of device ${feed}`, from: feed })
      if (header.kind === 'erase') {
        const erase = decodeErase(last)
        if (erase.ok) erasures.push({ by: feed, targets: erase.value })
        else integrity.add({ name: 'malformed erase', detail: `Entry ${seq} is no erasure.`, ...at(seq) })
        return undefined
      }
      if (!parsed.key) {
        if (!isErased(last))
          integrity.add({
            name: 'malformed entry',
            detail: `Entry ${seq} has a body and no key.`,
            ...at(seq),
          })
        counts.sealed += 1
        return undefined
      }
      found.disclosed.add(seq)
      return { envelope: last, key: parsed.key, member: counted.value.member }
    }

    for await (const lines of linesOf(read, feedFile(feed))) {
      const disclosed: Disclosed[] = []
      for (const line of lines) {
        if (isBroken) break
        const one = await take(line)
        if (one) disclosed.push(one)
      }
      taken += disclosed.length
      await openAll(read, disclosed, entries)
      deps.onProgress?.(counts.headers)
    }
    if (!isBroken) await endRun()
    else await entries.skip(stated.disclosed - taken)
    if (isBroken) return
    const first = found.stretches[0]?.first
    if (first !== undefined && first > stated.first)
      completeness.add({
        name: 'missing beginning',
        detail: `Entries ${rangeText(stated.first, first - 1)} of the feed are missing.`,
        ...at(stated.first),
      })
    if ((head?.seq ?? 0) < stated.last)
      completeness.add({
        name: 'missing tail',
        detail: `Entries ${rangeText((head?.seq ?? stated.first - 1) + 1, stated.last)} of the feed are missing.`,
        ...at((head?.seq ?? 0) + 1),
      })
    else if (head && (head.seq > stated.last || bytesToHex(head.hash) !== stated.hash))
      integrity.add({
        name: 'another history',
        detail: 'The feed ends otherwise than the manifest was signed with.',
        ...at(head.seq),
      })
  }

  /** Opens what is disclosed and compares it with the lines for reading. */
  const openAll = async (
    read: BundleManifest,
    disclosed: readonly Disclosed[],
    lines: LineQueue,
  ): Promise<void> => {
    if (disclosed.length === 0) return
    const opened = await Promise.all(
      disclosed.map(({ envelope, key }) => openWithEntryKey(subtle, envelope, key)),
    )
    const good: Entry[] = []
    for (const [index, result] of opened.entries()) {
      const { envelope, member } = disclosed[index] as Disclosed
      const { feed, seq } = envelope.header
      const line = lines.isLost ? undefined : await lines.next()
      if (!result.ok) {
        integrity.add({
          name: result.fault,
          detail: `Entry ${seq} can’t be opened (${result.fault}).`,
          feed,
          seq,
        })
        continue
      }
      counts.disclosed += 1
      const name = read.members[member]
      const shown = shownIds(result.value, envelope)
        .map((id) => shownEntry(result.value, id, member, name))
        .find((entry) => line && bytesEqual(line, textToBytes(entryLine(entry).slice(0, -1))))
      if (shown) good.push(shown)
      else if (!lines.isLost) {
        lines.lose()
        integrity.add({
          name: line ? 'entry differs' : 'entry missing',
          detail: `${ENTRIES_FILE} doesn’t say what entry ${seq} of the signed log says.`,
          feed,
          seq,
        })
      }
    }
    if (good.length > 0) await onEntries?.(good)
  }

  const readReceipts = async (
    read: BundleManifest,
    roster: Roster,
    relayKeys: readonly Bytes[],
  ): Promise<void> => {
    for await (const lines of linesOf(read, RECEIPTS_FILE)) {
      for (const line of lines) {
        const bytes = parseHexLine(line)
        const receipt = bytes && decodeReceipt(bytes)
        counts.receipts += 1
        if (!receipt?.ok || receipt.value.team !== roster.team) {
          integrity.add({
            name: 'forged receipt',
            detail: `Line ${counts.receipts} of ${RECEIPTS_FILE} is no receipt of this team’s relay.`,
          })
          continue
        }
        const { feed, seq, hash } = receipt.value
        if (!(await isSignedByAny(receipt.value, relayKeys, verifier)))
          integrity.add({
            name: 'forged receipt',
            detail: `The receipt for entry ${seq} of device ${feed} is not signed by a relay of this team’s.`,
            feed,
            seq,
          })
        else addClaim({ feed, seq, hash, by: 'the relay’s receipt', from: -1 })
      }
    }
  }

  /** Of what one device says of a feed the last is enough: the chain makes it speak for all before. */
  const addClaim = (claim: Claim): void => {
    const at = claims.findIndex(({ feed, from }) => feed === claim.feed && from === claim.from && from >= 0)
    const old = claims[at]
    if (!old) claims.push(claim)
    else if (claim.seq > old.seq) claims[at] = claim
  }

  const checkClaims = (roster: Roster, operations: readonly SignedOperation[]): void => {
    for (const { feed, cut } of roster.devices.values())
      if (cut && cut.seq > 0)
        claims.push({
          feed,
          seq: cut.seq,
          hash: hexToBytes(cut.hash, 32) as Bytes,
          by: 'the roster',
          from: -1,
        })
    for (const { feed, seq, hash, by } of claims) {
      if (feed === ROSTER_FEED) {
        const operation = operations[seq - 1]
        if (!operation)
          completeness.add({
            name: 'missing roster operations',
            detail: `The roster has ${operations.length} operations, but ${by} had seen ${seq}.`,
          })
        else if (operation.hash !== bytesToHex(hash))
          integrity.add({
            name: 'another roster',
            detail: `By ${by}, operation ${seq} of the roster was another.`,
          })
        continue
      }
      const cut = roster.devices.get(feed)?.cut
      if (cut && seq > cut.seq) continue
      const stretches = known.get(feed)?.stretches ?? []
      const first = stretches[0]?.first
      if (first !== undefined && seq < first) continue
      const stretch = stretches.findLast((one) => one.first <= seq)
      const own = stretch?.hashes.at(seq - stretch.first)
      if (own && !bytesEqual(own, hash))
        integrity.add({ name: 'fork', detail: `By ${by}, entry ${seq} of the feed was another.`, feed, seq })
      else if (!own)
        completeness.add({
          name: first === undefined ? 'missing feed' : 'missing tail',
          detail: `By ${by}, the feed has an entry ${seq}, which is not here.`,
          feed,
          seq,
        })
    }
  }

  const countErased = (roster: Roster): void => {
    const done = new Map<FeedId, Bits>()
    for (const { by, targets } of erasures) {
      const eraser = roster.devices.get(by)?.member
      const isAdmin = eraser !== undefined && roster.members.get(eraser)?.role === 'admin'
      for (const { feed, seq, hash } of targets) {
        const stretch = known.get(feed)?.stretches.findLast(({ first }) => first <= seq)
        const own = stretch?.hashes.at(seq - stretch.first)
        const mayErase = isAdmin || roster.devices.get(feed)?.member === eraser
        if (!own || !mayErase || !bytesEqual(own, hash) || known.get(feed)?.disclosed.has(seq)) continue
        const bits = done.get(feed) ?? createBits()
        done.set(feed, bits)
        if (!bits.has(seq)) counts.erased += 1
        bits.add(seq)
      }
    }
    counts.sealed -= counts.erased
  }

  const checkCounts = (read: BundleManifest): void => {
    if (!integrity.isClean || !completeness.isClean) return
    if (counts.headers !== read.counts.headers || counts.disclosed !== read.counts.disclosed)
      completeness.add({
        name: 'counts differ',
        detail: `The manifest says ${read.counts.headers} entries, ${read.counts.disclosed} of them disclosed; here are ${counts.headers} and ${counts.disclosed}.`,
      })
  }

  return {
    integrity,
    run,
    report: (): BundleReport => {
      if (!manifest)
        completeness.add({ name: 'unreadable', detail: 'What belongs in this bundle can’t be read.' })
      return {
        ...(manifest && { manifest }),
        integrity: integrity.verdict(),
        completeness: completeness.verdict(),
        counts: counts as BundleCounts,
      }
    },
  }
}

const LINE_FEED = 0x0a

interface Disclosed {
  readonly envelope: Envelope
  readonly key: Bytes
  readonly member: string
}

/** What somebody in the bundle knows of a feed. */
interface Claim {
  readonly feed: FeedId
  readonly seq: number
  readonly hash: Bytes
  readonly by: string
  /** The device that says so; below 0 for others. */
  readonly from: number
}

interface KnownFeed {
  /** Runs without a gap, in order. */
  readonly stretches: { readonly first: number; readonly hashes: Hashes }[]
  readonly disclosed: Bits
}

interface Hashes {
  readonly add: (hash: Bytes) => void
  readonly at: (index: number) => Bytes | undefined
}

const createHashes = (): Hashes => {
  let bytes = new Uint8Array(32 * 16)
  let count = 0
  return {
    add: (hash) => {
      if ((count + 1) * 32 > bytes.length) {
        const grown = new Uint8Array(bytes.length * 2)
        grown.set(bytes)
        bytes = grown
      }
      bytes.set(hash, count * 32)
      count += 1
    },
    at: (index) => (index < count ? bytes.subarray(index * 32, index * 32 + 32) : undefined),
  }
}

const createVerdict = () => {
  const faults: BundleFault[] = []
  let more = 0
  return {
    add: (fault: BundleFault): void => {
      if (faults.length < MAX_FAULTS) faults.push(fault)
      else more += 1
    },
    get isClean() {
      return faults.length === 0
    },
    verdict: (): Verdict => ({ holds: faults.length === 0, faults, more }),
  }
}

/** Lines one by one. `lost`: they don't fit the log any more, so that comparing on would only repeat the fault. */
interface LineQueue {
  readonly next: () => Promise<Uint8Array | undefined>
  readonly skip: (count: number) => Promise<void>
  readonly lose: () => void
  /** Reads to the end, so that the file's hash is compared. */
  readonly drain: () => Promise<void>
  readonly isLost: boolean
}

const createLineQueue = (batches: AsyncGenerator<readonly Uint8Array[]>): LineQueue => {
  let batch: readonly Uint8Array[] = []
  let at = 0
  let isLost = false
  const next = async (): Promise<Uint8Array | undefined> => {
    while (at >= batch.length) {
      const more = await batches.next()
      if (more.done) return undefined
      batch = more.value
      at = 0
    }
    return batch[at++]
  }
  return {
    next,
    skip: async (count) => {
      for (let skipped = 0; skipped < count && !isLost; skipped++) if (!(await next())) return
    },
    lose: () => {
      isLost = true
    },
    drain: () => drain(batches),
    get isLost() {
      return isLost
    },
  }
}

const drain = async (batches: AsyncGenerator<unknown>): Promise<void> => {
  for (;;) if ((await batches.next()).done) return
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

const keyOf = (text: string): Bytes => hexToBytes(text, 32) as Bytes

const rangeText = (first: number, last: number): string =>
  first === last ? `${first}` : `${first} to ${last}`
