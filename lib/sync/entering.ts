/**
 * What is put right between this machine and a team's relay before anything else that the relay shows is believed: roster,
 * keys, duties, what one of them has lost. Each step can be cut off and is simply done again.
 */
import type { DaybookDatabase } from '../store/database.ts'
import { putSetting } from '../store/settings.ts'
import { devicesWithoutKey, roleOf } from '../team/roster.ts'
import type { Arrivals } from './arrivals.ts'
import { succeedCopied } from './copied-profile.ts'
import type { Receipts } from './receipts.ts'
import { createRelayHttp, type RelayAnswer } from './relay-http.ts'
import { compareWithRelay, readRemembered } from './relay-standing.ts'
import type { RelaySummary } from './summary.ts'
import type { TeamContext } from './team-context.ts'
import { isStranger, permitKey, type Teams } from './teams.ts'

export interface EnteringDeps {
  readonly db: DaybookDatabase
  readonly teams: Pick<Teams, 'context' | 'token' | 'follow' | 'connect' | 'succeed' | 'clocks'>
  readonly arrivals: Pick<Arrivals, 'openWaiting'>
  readonly receipts: Pick<Receipts, 'take'>
  readonly fetch: typeof fetch
  readonly nowMs: () => number
}

export type Entered =
  /** `missing`: sealed segments that are not here, oldest first. */
  | { readonly kind: 'in'; readonly missing: number[] }
  /** This browser is another device now: it has to come as that one. */
  | { readonly kind: 'anew' }
  | { readonly kind: 'removed' }
  | { readonly kind: 'failed'; readonly reason: string }

export interface Entering {
  /** Over HTTP, by who was refused: the answer says why, and a relay that lost the team is given it again. */
  readonly askWhy: (context: TeamContext) => Promise<RelayAnswer<RelaySummary>>
  readonly enter: (context: TeamContext, summary: RelaySummary) => Promise<Entered>
}

export const createEntering = ({ db, teams, arrivals, receipts, nowMs, ...deps }: EnteringDeps): Entering => {
  const askWhy: Entering['askWhy'] = async ({ row: { team, relay } }) => {
    const http = createRelayHttp(relay as string, deps.fetch, teams.clocks)
    const ask = () => http.summary(team, async () => (await teams.token(team)) ?? '')
    const answer = await ask()
    // Following notes down that this device was removed while it was away.
    if (!answer.ok && answer.status === 403 && answer.reason === 'removed') await teams.follow(team)
    if (answer.ok || (answer.status !== 404 && !isStranger(answer))) return answer
    // It does not know the team: it is new, or it lost its disk. Following fills its roster.
    const followed = await teams.follow(team)
    return followed.ok ? ask() : { ok: false, status: 0, reason: followed.reason }
  }

  const enter: Entering['enter'] = async (context, summary) => {
    const { team } = context.row
    const remembered = await readRemembered(db, team, summary.segment)
    const { permit, copiedFeed } = remembered
    // First of all: making the team anew may need it.
    if (summary.permit !== undefined && summary.permit !== permit)
      await putSetting(db, permitKey(team), summary.permit)
    const { head, relay } = context.roster
    const isAdmin = roleOf(context.roster, context.self.feed) === 'admin'
    // A relay that lost its disk lost its key too; an admin's word makes the new one count.
    if (isAdmin && relay?.key !== summary.key) {
      const connected = await teams.connect(team, context.row.relay as string)
      if (!connected.ok) return { kind: 'failed', reason: connected.reason }
    }
    const hasDuties = context.roster.rotationDue || devicesWithoutKey(context.roster).length > 0
    if (summary.rosterLength !== head.length || summary.rosterHash !== head.hash || hasDuties) {
      const followed = await teams.follow(team)
      if (!followed.ok) return { kind: 'failed', reason: followed.reason }
    }
    const current = (await teams.context(team)) ?? context
    if (current.row.state === 'removed') return { kind: 'removed' }
    if (copiedFeed !== undefined) {
      const succeeded = await succeedCopied(db, teams, current, copiedFeed)
      return succeeded.ok ? { kind: 'anew' } : { kind: 'failed', reason: succeeded.reason }
    }
    await arrivals.openWaiting(current, remembered.openedUpTo)
    const { isConfirmed, missing } = await compareWithRelay(db, current, summary, remembered, nowMs())
    if (summary.receipt && !isConfirmed) await receipts.take(current, summary.receipt)
    return { kind: 'in', missing }
  }

  return { askWhy, enter }
}
