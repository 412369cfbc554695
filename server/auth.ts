/**
 * Who is asking: a token signed by a device that the roster knows, or by a holder of one of its invites. Each token is
 * good once. Rights are the roster's, asked again whenever it changes.
 */
import type { FeedId } from '../lib/log/envelope.ts'
import { CLOSE } from '../lib/log/frames.ts'
import type { Verifier } from '../lib/log/signature.ts'
import type { KeyText } from '../lib/team/operation.ts'
import { type Device, inviteFault, type Roster, roleOf } from '../lib/team/roster.ts'
import { verifyToken } from '../lib/team/token.ts'
import { type Refusal, refuse } from './guard.ts'

/** A guest holds an invite and may read the roster, to join it. */
export type Rights = { readonly kind: 'member'; readonly feed: FeedId } | { readonly kind: 'guest' }

export type Authenticate = (
  token: string,
  roster: Roster,
) => Promise<{ readonly ok: true; readonly value: Rights } | Refusal>

export interface AuthDeps {
  /** The addresses under which this relay is known, besides the one in a team's roster. */
  readonly audiences: readonly string[]
  readonly verifier: Verifier
  readonly now: () => number
  readonly rememberedTokens: number
  /** Shared by relays over one storage: true for the first that claims an id. */
  readonly claim?: (id: string, expiresMs: number) => Promise<boolean>
}

export const createAuthenticate = ({
  audiences,
  verifier,
  now,
  rememberedTokens,
  claim,
}: AuthDeps): Authenticate => {
  const isFirstUse = createReplayGuard(now, rememberedTokens)
  const own = audiences.flatMap(bothSchemes)
  const factsByRoster = new WeakMap<Roster, RosterFacts>()
  const factsOf = (roster: Roster): RosterFacts => {
    const known = factsByRoster.get(roster) ?? {
      audiences:
        roster.relay && !own.includes(roster.relay.address)
          ? [...own, ...bothSchemes(roster.relay.address)]
          : own,
      devices: new Map(Array.from(roster.devices.values(), (device) => [device.sign, device])),
    }
    factsByRoster.set(roster, known)
    return known
  }
  return async (token, roster) => {
    const known = factsOf(roster)
    const claims = await verifyToken(token, { audiences: known.audiences, nowMs: now(), verifier })
    if (!claims.ok) return refuse(CLOSE.badToken, `token: ${claims.fault}`)
    const { team, device, invite, jti, exp } = claims.value
    if (team !== roster.team) return refuse(CLOSE.badToken, 'token: wrong team')
    if (!isFirstUse(jti, exp) || (claim && !(await claim(`${team} ${jti}`, exp))))
      return refuse(CLOSE.badToken, 'token: replayed')
    const member = known.devices.get(device)
    if (member && roleOf(roster, member.feed))
      return { ok: true, value: { kind: 'member', feed: member.feed } }
    if (member) return refuse(CLOSE.notAllowed, 'removed')
    if (invite !== undefined && !inviteFault(roster, invite, now()))
      return { ok: true, value: { kind: 'guest' } }
    return refuse(CLOSE.notAllowed, 'not a member')
  }
}

/** Worked out once for each state of a roster. */
interface RosterFacts {
  readonly audiences: readonly string[]
  readonly devices: ReadonlyMap<KeyText, Device>
}

/** Remembers ids until they expire. Full of living ones, it forgets the oldest. */
const createReplayGuard = (now: () => number, size: number) => {
  const expiryById = new Map<string, number>()
  return (id: string, expiresMs: number): boolean => {
    if (expiryById.has(id)) return false
    for (const [known, expiry] of expiryById) {
      if (expiry > now() && expiryById.size < size) break
      expiryById.delete(known)
    }
    expiryById.set(id, expiresMs)
    return true
  }
}

/** One relay speaks HTTP and WebSocket; a client may name it by either. */
const bothSchemes = (address: string): string[] => [
  address.replace(/^ws/, 'http'),
  address.replace(/^http/, 'ws'),
]
