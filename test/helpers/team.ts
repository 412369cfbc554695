/** People for tests of teams: each with a device, following one roster by hand. No network, no storage. */
import type { Bytes } from '../../lib/log/bytes.ts'
import { createVerifier } from '../../lib/log/signature.ts'
import { foldRoster } from '../../lib/team/apply-operation.ts'
import {
  type AuthorDeps,
  foundTeam,
  type Heads,
  inviteMember,
  joinTeam,
  type Self,
  shareKeys,
} from '../../lib/team/author.ts'
import { type EpochKeys, openEpochKeys } from '../../lib/team/epoch-keys.ts'
import { createDeviceKeys } from '../../lib/team/identity.ts'
import type { InviteLink } from '../../lib/team/invite.ts'
import { encodeOperation, type Role, type SignedOperation } from '../../lib/team/operation.ts'
import type { Roster } from '../../lib/team/roster.ts'

export const subtle = globalThis.crypto.subtle
export const verifier = createVerifier(subtle)
export const randomBytes = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))
export const noHeads: Heads = new Map()

/** A clock that tests set. */
export const createTestDeps = (
  startMs = Date.UTC(2026, 0, 1),
): AuthorDeps & { nowMs: () => number; set: (ms: number) => void } => {
  let now = startMs
  return {
    subtle,
    random: randomBytes,
    nowMs: () => now,
    set: (ms) => {
      now = ms
    },
  }
}

export const RELAY = 'https://relay.test'
export const WEEK_MS = 7 * 24 * 3_600_000

/** One roster that everybody follows, as an honest relay would keep it. */
export const createTestTeam = async (deps = createTestDeps(), founder = 'Ana') => {
  const {
    self,
    genesis,
    roster: first,
  } = await foundTeam(deps, { team: 'Acme', member: founder, device: `${founder}'s laptop` })
  const operations: SignedOperation[] = [genesis]
  let roster: Roster = first

  /** Judges and appends as every reader does; throws with the fault. */
  const append = async (...added: readonly SignedOperation[]): Promise<Roster> => {
    for (const operation of added) {
      const folded = await foldRoster([encodeOperation(operation)], verifier, roster)
      if (folded.fault) throw new Error(folded.fault)
      roster = folded.roster as Roster
      operations.push(operation)
    }
    return roster
  }
  const keysOf = (who: Self): Promise<EpochKeys> => openEpochKeys(subtle, roster, who.keys)

  const invite = async (by: Self, role: Role, uses = 1): Promise<InviteLink> => {
    const request = { relay: RELAY, role, expiresMs: deps.nowMs() + WEEK_MS, uses }
    const { link, operation } = await inviteMember(deps, by, roster, await keysOf(by), request)
    await append(operation)
    return link
  }
  const inviteOwnDevice = async (by: Self): Promise<InviteLink> => {
    const request = { relay: RELAY, role: 'reader' as const, expiresMs: deps.nowMs() + WEEK_MS, uses: 1 }
    const { link, operation } = await inviteMember(deps, by, roster, await keysOf(by), request, true)
    await append(operation)
    return link
  }
  const accept = async (link: InviteLink, name: string): Promise<Self> => {
    const keys = await createDeviceKeys(subtle)
    const joined = await joinTeam(deps, keys, roster, link.secret, {
      member: name,
      device: `${name}'s laptop`,
    })
    await append(joined.operation)
    return joined.self
  }
  const handOver = async (by: Self): Promise<void> => {
    const operation = await shareKeys(deps, by, roster, await keysOf(by))
    if (operation) await append(operation)
  }
  /** Invited by the founder, joined, and given the key. */
  const admit = async (name: string, role: Role = 'writer'): Promise<Self> => {
    const joined = await accept(await invite(self, role), name)
    await handOver(self)
    return joined
  }

  return {
    deps,
    founder: self,
    operations,
    get roster() {
      return roster
    },
    append,
    keysOf,
    invite,
    inviteOwnDevice,
    accept,
    handOver,
    admit,
  }
}
