/**
 * A relay's receipts for what this machine has. Any one for a header that is here says that the relay has moved on. Only one signed
 * by the key that the roster names counts as stored: until an admin's word for a new relay's key comes, it is kept aside.
 */
import { type Bytes, bytesEqual, hexToBytes } from '../log/bytes.ts'
import { decodeEnvelope, type FeedId } from '../log/envelope.ts'
import { decodeReceipt, type SignedReceipt, verifyReceipt } from '../log/receipt.ts'
import type { Verifier } from '../log/signature.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { TeamContext } from './team-context.ts'

/** The last header of what was sent. */
export interface SentHead {
  readonly feed: FeedId
  readonly seq: number
  readonly hash: Bytes
}

export interface Receipts {
  /** What it is for, if that is here. `sent` spares looking it up. */
  readonly take: (context: TeamContext, bytes: Bytes, sent?: SentHead) => Promise<SignedReceipt | undefined>
  /** Those kept aside, on a newer roster. */
  readonly takeKept: (context: TeamContext) => Promise<void>
}

export const createReceipts = ({
  db,
  verifier,
}: {
  readonly db: DaybookDatabase
  readonly verifier: Verifier
}): Receipts => {
  const unproven = new Map<FeedId, Bytes>()

  const isHere = async ({ team, feed, seq, hash }: SignedReceipt, sent?: SentHead): Promise<boolean> => {
    if (sent && sent.feed === feed && sent.seq === seq) return bytesEqual(sent.hash, hash)
    const row = await db.envelopes.get([team, feed, seq])
    const envelope = row && decodeEnvelope(row.bytes)
    return envelope?.ok === true && bytesEqual(envelope.value.hash, hash)
  }

  const take: Receipts['take'] = async ({ row: { team }, roster }, bytes, sent) => {
    const receipt = decodeReceipt(bytes)
    if (!receipt.ok || receipt.value.team !== team || !(await isHere(receipt.value, sent))) return undefined
    const { feed, seq } = receipt.value
    const key = roster.relay && hexToBytes(roster.relay.key, 32)
    if (!key || !(await verifyReceipt(receipt.value, key, verifier))) {
      unproven.set(feed, bytes)
      return receipt.value
    }
    unproven.delete(feed)
    await db.transaction('rw', db.heads, async () => {
      const head = await db.heads.get([team, feed])
      if (head && (head.storedSeq ?? 0) <= seq)
        await db.heads.put({ ...head, storedSeq: seq, receipt: bytes })
    })
    return receipt.value
  }

  return {
    take,
    takeKept: async (context) => {
      for (const bytes of [...unproven.values()]) await take(context, bytes)
    },
  }
}
