/**
 * What a relay says of a team to who comes in: which segment is open, and what it has. Made once for all who come before
 * something is added.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { type Bytes, bytesToBase64url, bytesToHex, textToBytes } from '../lib/log/bytes.ts'
import type { FeedId } from '../lib/log/envelope.ts'
import type { RelayStorage } from './storage/storage.ts'
import type { Team } from './team.ts'

/** The same for every member. */
export interface TeamSummary {
  readonly segment: number
  /** Made with the storage: another disk, other segments. */
  readonly disk: string
  /** Signs receipts; hex. */
  readonly key: string
  readonly rosterLength: number
  readonly rosterHash: string
  readonly feeds: readonly { readonly feed: FeedId; readonly seq: number; readonly hash: string }[]
  readonly permit?: string
}

export interface Summary {
  readonly value: TeamSummary
  /** The same as UTF-8 JSON. */
  readonly json: Bytes
}

export interface SummaryDeps {
  readonly storage: Pick<RelayStorage, 'secret'>
  readonly relayKey: Bytes
  readonly createToken: string | undefined
}

export type Summarize = (team: Team) => Promise<Summary>

export const createSummarize = ({ storage, relayKey, createToken }: SummaryDeps): Summarize => {
  const known = new WeakMap<Team, Summary & { readonly version: number }>()
  const key = bytesToHex(relayKey)
  let disk: string | undefined

  return async (team) => {
    disk ??= bytesToHex(await storage.secret('disk', () => randomBytes(16)))
    for (;;) {
      const { version } = team.head()
      const roster = team.roster()
      const last = known.get(team)
      if (last?.version === version && last.value.rosterHash === roster.head.hash) return last
      const heads = await Promise.all(
        Array.from(roster.devices.keys(), async (feed) => ({ feed, ...(await team.headOf(feed)) })),
      )
      if (team.head().version !== version) continue
      const value: TeamSummary = {
        segment: team.open().number,
        disk,
        key,
        rosterLength: roster.head.length,
        rosterHash: roster.head.hash,
        feeds: heads
          .filter(({ seq }) => seq > 0)
          .map(({ feed, seq, hash }) => ({ feed, seq, hash: bytesToBase64url(hash) })),
        ...(createToken !== undefined && { permit: permitOf(createToken, team.id) }),
      }
      const made = { version, value, json: textToBytes(JSON.stringify(value)) }
      known.set(team, made)
      return made
    }
  }
}

/** For the last entry of that feed; undefined while nothing of it is stored. */
export const receiptOf = async (team: Team, feed: FeedId): Promise<Bytes | undefined> => {
  const head = await team.headOf(feed)
  return head.seq > 0 ? team.receipt(feed, head) : undefined
}

/** Lets members of a team that was once created make it anew, on an empty disk: it follows from the create token alone. */
export const permitOf = (createToken: string, team: string): string =>
  createHmac('sha256', createToken).update(`daybook/permit/v1\n${team}`).digest('hex')
