/**
 * What a bundle's headers, receipts and cuts say of feeds, against the headers that are in it: whoever names an entry that is
 * missing or another shows what was left out or rewritten. Holds 32 bytes an entry and a claim.
 */
import { type Bytes, bytesEqual, bytesToHex } from '../../log/bytes.ts'
import type { FeedId } from '../../log/envelope.ts'
import { ROSTER_FEED } from '../../log/frames.ts'
import type { SignedOperation } from '../../team/operation.ts'
import type { Roster } from '../../team/roster.ts'
import type { Findings } from './findings.ts'

/** That a feed (or the roster) has an entry with this number and header. */
export interface Claim {
  readonly feed: FeedId
  readonly seq: number
  readonly hash: Bytes
}

export interface Claims {
  /** The feed's file begins; its headers follow by `have`. */
  readonly begin: (feed: FeedId) => void
  /** `startsRun`: it continues none that is here. */
  readonly have: (header: Claim, startsRun: boolean) => void
  readonly hashAt: (feed: FeedId, seq: number) => Bytes | undefined
  /** A header of device `from` says so. */
  readonly byDevice: (claim: Claim, from: FeedId, seq: number) => void
  /** `by` in words: the relay's receipt, the roster. */
  readonly byOther: (claim: Claim, by: string) => void
  readonly check: (roster: Roster, operations: readonly SignedOperation[], findings: Findings) => void
}

/** Headers without a gap. */
interface Stretch {
  readonly first: number
  readonly hashes: HashList
}

export const createClaims = (): Claims => {
  const stretches = new Map<FeedId, Stretch[]>()
  /** What each device says of each feed, in the order in which it says it. */
  const ofDevices = new Map<string, Sayings>()
  const ofOthers: (Claim & { readonly by: string })[] = []

  const hashAt = (feed: FeedId, seq: number): Bytes | undefined => {
    const stretch = stretches.get(feed)?.findLast(({ first }) => first <= seq)
    return stretch?.hashes.at(seq - stretch.first)
  }

  const checkOne = (
    { feed, seq, hash }: Claim,
    by: string,
    roster: Roster,
    { integrity, completeness }: Findings,
  ): void => {
    const cut = roster.devices.get(feed)?.cut
    if (cut && seq > cut.seq) return
    const first = stretches.get(feed)?.[0]?.first
    if (first !== undefined && seq < first) return
    const own = hashAt(feed, seq)
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

  const checkRoster = (
    { seq, hash }: Claim,
    by: string,
    operations: readonly SignedOperation[],
    { integrity, completeness }: Findings,
  ): void => {
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
  }

  return {
    begin: (feed) => void stretches.set(feed, []),
    have: ({ feed, seq, hash }, startsRun) => {
      const known = stretches.get(feed) ?? []
      if (startsRun) known.push({ first: seq, hashes: createHashList() })
      known.at(-1)?.hashes.add(hash)
    },
    hashAt,
    byDevice: (claim, from, bySeq) => {
      const key = `${from} ${claim.feed}`
      const said = ofDevices.get(key) ?? { from, feed: claim.feed, places: [], hashes: createHashList() }
      ofDevices.set(key, said)
      said.places.push({ seq: claim.seq, bySeq })
      said.hashes.add(claim.hash)
    },
    byOther: (claim, by) => void ofOthers.push({ ...claim, by }),
    check: (roster, operations, findings) => {
      const checkAny = ({ by, ...claim }: Claim & { readonly by: string }): void => {
        if (claim.feed === ROSTER_FEED) checkRoster(claim, by, operations, findings)
        else checkOne(claim, by, roster, findings)
      }
      for (const { from, feed, places, hashes } of ofDevices.values()) {
        const claims = places.map(({ seq, bySeq }, index) => ({
          feed,
          seq,
          hash: hashes.at(index) as Bytes,
          by: `entry ${bySeq} of device ${from}`,
        }))
        const latest = claims.reduce((one, other) => (other.seq > one.seq ? other : one))
        const isHere = ({ seq }: Claim): boolean =>
          feed === ROSTER_FEED ? operations[seq - 1] !== undefined : hashAt(feed, seq) !== undefined
        checkAny(latest)
        // The chain makes the latest speak for all before it, where it is here and nothing between is missing.
        if (isHere(latest) && (stretches.get(feed)?.length ?? 1) === 1) continue
        for (const claim of claims) if (claim !== latest && isHere(claim)) checkAny(claim)
      }
      for (const claim of ofOthers) checkAny(claim)
    },
  }
}

/** 32 bytes a saying, and two numbers. */
interface Sayings {
  readonly from: FeedId
  readonly feed: FeedId
  readonly places: { readonly seq: number; readonly bySeq: number }[]
  readonly hashes: HashList
}

interface HashList {
  readonly add: (hash: Bytes) => void
  readonly at: (index: number) => Bytes | undefined
}

const createHashList = (): HashList => {
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
