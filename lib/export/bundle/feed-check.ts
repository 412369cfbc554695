/**
 * Checks one device's file: each line an entry, the entries a chain that the roster lets count, each run of them ending in a
 * valid signature. A gap ends one run and begins another (PROTOCOL.md rule B1). After the first line that is no part of the
 * feed nothing of it is believed, but the file is read on, for its hash.
 */
import { type Bytes, bytesToHex, hexToBytes } from '../../log/bytes.ts'
import { CLOCK_ZERO } from '../../log/clock.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type Envelope,
  type FeedHead,
  headOf,
  isErased,
} from '../../log/envelope.ts'
import { decodeErase, type EraseTarget } from '../../log/erase.ts'
import { checkChain, verifyEnvelope } from '../../log/run.ts'
import type { Verifier } from '../../log/signature.ts'
import { mayCount, type Roster } from '../../team/roster.ts'
import type { Claims } from './claims.ts'
import type { Disclosed } from './disclosure.ts'
import type { Findings } from './findings.ts'
import { type BundleManifest, type FeedLine, feedFile, parseFeedLine } from './format.ts'

export interface FeedTask {
  /** What the manifest says of it. */
  readonly stated: BundleManifest['feeds'][number]
  readonly batches: AsyncIterable<readonly Uint8Array[]>
  readonly roster: Roster
  readonly verifier: Verifier
  readonly digest: (bytes: Uint8Array) => Bytes
  readonly claims: Claims
  readonly findings: Findings
  readonly onErase: (targets: readonly EraseTarget[]) => void
  /** The disclosed ones of each batch, in order; awaited. `headers` and `sealed` are those of the batch. */
  readonly onBatch: (batch: FeedBatch) => Promise<void>
}

export interface FeedBatch {
  readonly headers: number
  readonly sealed: number
  readonly disclosed: readonly Disclosed[]
}

/** Gives how many of its disclosed entries were not reached because of a fault. */
export const checkFeed = async (task: FeedTask): Promise<number> => {
  const { stated, batches, roster, verifier, claims, findings, onBatch } = task
  const { feed } = stated
  const device = roster.devices.get(feed)
  claims.begin(feed)
  const reader = createFeedReader(task)
  let left = stated.disclosed

  /** The ends of runs that were reached: a signature speaks for all of its run. */
  const checkSignatures = async (ends: readonly Envelope[]): Promise<void> => {
    for (const end of ends) {
      const key = device && hexToBytes(device.sign, 32)
      if (!key || (await verifyEnvelope(end, key, verifier))) continue
      const { seq } = end.header
      const detail = `Entry ${seq} is not signed by the device that owns the feed, so nothing of the run that it ends counts.`
      findings.integrity.add({ name: 'bad signature', detail, feed, seq })
      reader.stop()
    }
  }

  for await (const lines of batches) {
    const batch = { headers: 0, sealed: 0, disclosed: [] as Disclosed[] }
    for (const line of lines) {
      if (reader.isStopped) break
      const taken = reader.take(line)
      if (!taken) continue
      batch.headers += 1
      if (taken === 'sealed') batch.sealed += 1
      else if (taken !== 'erase') batch.disclosed.push(taken)
    }
    await checkSignatures(reader.takeRunEnds())
    left -= batch.disclosed.length
    await onBatch(batch)
  }
  if (!reader.isStopped && reader.last) await checkSignatures([reader.last])
  if (reader.isStopped) return left
  checkExtent(stated, reader.first, reader.last, findings)
  return 0
}

type Taken = Disclosed | 'sealed' | 'erase'

interface FeedReader {
  /** Undefined for a line that is no part of the feed, or holds nothing that counts. */
  readonly take: (line: Uint8Array) => Taken | undefined
  /** The last entries of runs that ended in a gap since this was last asked. */
  readonly takeRunEnds: () => readonly Envelope[]
  readonly stop: () => void
  readonly isStopped: boolean
  readonly first: number | undefined
  readonly last: Envelope | undefined
}

const createFeedReader = ({
  stated,
  roster,
  digest,
  claims,
  findings: { integrity, completeness },
  onErase,
}: FeedTask): FeedReader => {
  const { feed } = stated
  let head: FeedHead | undefined
  let first: number | undefined
  let last: Envelope | undefined
  let runEnds: Envelope[] = []
  let lineNumber = 0
  let isStopped = false

  const refuse = (name: string, detail: string, seq: number): undefined => {
    isStopped = true
    integrity.add({ name, detail, feed, seq })
  }

  const decode = (line: Uint8Array): { envelope: Envelope; parsed: FeedLine } | undefined => {
    lineNumber += 1
    const parsed = parseFeedLine(line)
    const envelope = parsed && decodeEnvelope(parsed.envelope, digest)
    if (parsed && envelope?.ok && envelope.value.headerBytes.length === parsed.headerLength)
      return { envelope: envelope.value, parsed }
    const why = envelope && !envelope.ok ? envelope.fault : 'malformed'
    const detail = `Line ${lineNumber} of ${feedFile(feed)} is no entry (${why}).`
    return refuse(why === 'malformed' ? 'malformed entry' : why, detail, stated.first + lineNumber - 1)
  }

  /** Whether it continues the feed, or begins a run behind a gap. */
  const isNext = (envelope: Envelope): boolean => {
    const { seq, prev } = envelope.header
    if (head && last && seq > head.seq + 1) {
      runEnds.push(last)
      completeness.add({
        name: 'missing entries',
        detail: `Entries ${rangeText(head.seq + 1, seq - 1)} of the feed are missing.`,
        feed,
        seq: head.seq + 1,
      })
      head = undefined
    }
    const place = head ?? (seq === 1 ? EMPTY_HEAD : { seq: seq - 1, hash: prev, clock: CLOCK_ZERO })
    const chain = checkChain([envelope], { team: roster.team, feed, head: place })
    if (chain.ok) return true
    const name = chain.fault === 'already have' ? 'out of order' : chain.fault
    refuse(name, `Entry ${seq} doesn’t continue the feed’s chain (${chain.fault}).`, seq)
    return false
  }

  const memberOf = ({ header, hash }: Envelope): string | undefined => {
    const counted = mayCount(roster, header, hash)
    if (counted.ok) return counted.value.member
    if (counted.fault === 'feed not in the roster')
      return refuse('unknown signer', `Device ${feed} was never in this team.`, header.seq)
    const detail = `The roster doesn’t let entry ${header.seq} count (${counted.fault}).`
    return refuse(counted.fault, detail, header.seq)
  }

  return {
    take: (line) => {
      const decoded = decode(line)
      if (!decoded || !isNext(decoded.envelope)) return undefined
      const { envelope, parsed } = decoded
      const member = memberOf(envelope)
      if (member === undefined) return undefined
      const { seq, seen, kind } = envelope.header
      claims.have({ feed, seq, hash: envelope.hash }, head === undefined)
      first ??= seq
      last = envelope
      head = headOf(envelope)
      for (const claim of seen) claims.byDevice(claim, feed, seq)
      if (kind === 'erase') {
        const erase = decodeErase(envelope)
        if (erase.ok) onErase(erase.value)
        else integrity.add({ name: 'malformed erase', detail: `Entry ${seq} is no erasure.`, feed, seq })
        return 'erase'
      }
      if (parsed.key) return { envelope, key: parsed.key, member }
      if (!isErased(envelope))
        integrity.add({
          name: 'malformed entry',
          detail: `Entry ${seq} has a body and no key.`,
          feed,
          seq,
        })
      return 'sealed'
    },
    takeRunEnds: () => {
      const ends = runEnds
      runEnds = []
      return ends
    },
    stop: () => {
      isStopped = true
    },
    get isStopped() {
      return isStopped
    },
    get first() {
      return first
    },
    get last() {
      return last
    },
  }
}

/** Whether the feed goes from where to where the manifest says. */
const checkExtent = (
  stated: FeedTask['stated'],
  first: number | undefined,
  last: Envelope | undefined,
  { integrity, completeness }: Findings,
): void => {
  const { feed } = stated
  if (first !== undefined && first > stated.first)
    completeness.add({
      name: 'missing beginning',
      detail: `Entries ${rangeText(stated.first, first - 1)} of the feed are missing.`,
      feed,
      seq: stated.first,
    })
  const seq = last?.header.seq ?? stated.first - 1
  if (seq < stated.last)
    completeness.add({
      name: 'missing tail',
      detail: `Entries ${rangeText(seq + 1, stated.last)} of the feed are missing.`,
      feed,
      seq: seq + 1,
    })
  else if (last && (seq > stated.last || bytesToHex(last.hash) !== stated.hash))
    integrity.add({
      name: 'another history',
      detail: 'The feed ends otherwise than the manifest was signed with.',
      feed,
      seq,
    })
}

const rangeText = (first: number, last: number): string =>
  first === last ? `${first}` : `${first} to ${last}`
