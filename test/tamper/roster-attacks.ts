/** What may be tried with the list of members. Relay and browsers fold it by the same code; the name is why it stops there. */

import { foldRoster } from '../../lib/team/apply-operation.ts'
import {
  changeRole,
  inviteMember,
  joinTeam,
  removeMember,
  rename,
  rotateKey,
  setRelay,
} from '../../lib/team/author.ts'
import { createDeviceKeys, signerOf } from '../../lib/team/identity.ts'
import {
  encodeOperation,
  type JoinOperation,
  type SignedOperation,
  signOperation,
} from '../../lib/team/operation.ts'
import { createTestTeam, noHeads, randomBytes, subtle, verifier, WEEK_MS } from '../helpers/team.ts'
import type { Attack } from './attack.ts'
import { faultsWhenPacked } from './packed.ts'

const openLab = async () => {
  const team = await createTestTeam()
  const bo = await team.admit('Bo')
  const cy = await team.admit('Cy')
  return { team, ana: team.founder, bo, cy }
}
type Lab = Awaited<ReturnType<typeof openLab>>

/** The fault with which a fold over these bytes ends. */
const folded = (
  attack: string,
  by: Attack['by'],
  named: string,
  act: (lab: Lab) => Promise<readonly Uint8Array[]>,
): Attack => ({
  attack,
  by,
  foundBy: 'every reader of the roster',
  named,
  run: async () => {
    const lab = await openLab()
    const operations = await act(lab)
    const { fault } = await foldRoster(operations, verifier)
    const { roster } = lab.team
    const maker = { self: lab.ana, signer: signerOf(subtle, lab.ana.keys) }
    const packed = await faultsWhenPacked({
      maker,
      roster,
      operations,
      keys: new Map(),
      brought: new Map(),
    })
    return { names: fault === undefined ? [] : [fault], packed }
  },
})

const bytesOf = ({ operations }: Lab['team']): Uint8Array[] => operations.map(encodeOperation)
const followedBy = ({ team }: Lab, ...more: readonly SignedOperation[]): Uint8Array[] => [
  ...bytesOf(team),
  ...more.map(encodeOperation),
]

/** By an invite that is good, with other keys than the joiner's own. */
const joinWith = async (
  { team, ana }: Lab,
  keys: { readonly by?: string; readonly agree?: string },
): Promise<SignedOperation> => {
  const link = await team.invite(ana, 'writer')
  const own = await createDeviceKeys(subtle)
  const names = { member: 'Eve', device: 'Laptop' }
  const { operation } = await joinTeam(team.deps, own, team.roster, link.secret, names)
  return signOperation({ ...(operation.operation as JoinOperation), ...keys }, signerOf(subtle, own))
}

export const ROSTER_ATTACKS: readonly Attack[] = [
  folded('edit an operation', 'the relay', 'bad signature', async ({ team }) => {
    const all = bytesOf(team)
    const last = (all.at(-1) as Uint8Array).slice()
    last[10] = (last[10] as number) ^ 1
    return all.with(-1, last)
  }),
  folded('take an operation out', 'the relay', 'stale', async ({ team }) => bytesOf(team).toSpliced(2, 1)),
  folded('swap two operations', 'the relay', 'stale', async ({ team }) => {
    const all = bytesOf(team)
    return all.with(1, all[2] as Uint8Array).with(2, all[1] as Uint8Array)
  }),
  folded('begin with another genesis', 'the relay', 'wrong team', async ({ team }) => {
    const other = await openLab()
    return [bytesOf(other.team)[0] as Uint8Array, ...bytesOf(team).slice(1)]
  }),
  folded('follow an operation that nobody else has', 'a member', 'stale', async ({ team, ana }) => {
    const keys = await team.keysOf(ana)
    const shown = await rename(team.deps, ana, team.roster, keys, 'Shown')
    const hidden = await rename(team.deps, ana, team.roster, keys, 'Hidden')
    const before = bytesOf(team)
    await team.append(hidden)
    const next = await rename(team.deps, ana, team.roster, keys, 'Next')
    return [...before, encodeOperation(shown), encodeOperation(next)]
  }),
  folded('join with a key that signs for anybody', 'a member', 'unsound key', async (lab) =>
    followedBy(lab, await joinWith(lab, { by: `01${'00'.repeat(31)}` })),
  ),
  folded('join with a key that shares its secrets with anybody', 'a member', 'unsound key', async (lab) =>
    followedBy(lab, await joinWith(lab, { agree: '00'.repeat(32) })),
  ),
  folded(
    'bring back by a removal what a reader may not write',
    'a member',
    'cuts do not fit',
    async (lab) => {
      const { team, ana } = lab
      const dee = await team.admit('Dee', 'reader')
      const cut = { feed: dee.feed, seq: 5, hash: 'ab'.repeat(32) }
      const { length, hash } = team.roster.head
      const removal = await signOperation(
        {
          v: 1,
          kind: 'remove-member',
          member: dee.member,
          cuts: [cut],
          team: team.roster.team,
          index: length,
          prev: hash,
          by: ana.keys.signPublic,
          time: team.deps.nowMs(),
        },
        signerOf(subtle, ana.keys),
      )
      return followedBy(lab, removal)
    },
  ),
  folded('write on an old roster', 'a member', 'stale', async (lab) => {
    const { team, ana } = lab
    const old = team.roster
    await team.append(await rename(team.deps, ana, old, await team.keysOf(ana), 'New'))
    return followedBy(lab, await rename(team.deps, ana, old, await team.keysOf(ana), 'Old'))
  }),
  folded('make oneself an admin', 'a member', 'not allowed', async (lab) => {
    const { team, bo } = lab
    return followedBy(lab, await changeRole(team.deps, bo, team.roster, bo.member, 'admin', noHeads))
  }),
  folded('remove another without being an admin', 'a member', 'not allowed', async (lab) => {
    const { team, bo, cy } = lab
    const { length, hash } = team.roster.head
    const operation = await signOperation(
      {
        v: 1,
        kind: 'remove-member',
        team: team.roster.team,
        index: length,
        prev: hash,
        time: team.deps.nowMs(),
        by: bo.keys.signPublic,
        member: cy.member,
        cuts: [{ feed: cy.feed, seq: 0, hash: '0'.repeat(64) }],
      },
      signerOf(subtle, bo.keys),
    )
    return followedBy(lab, operation)
  }),
  folded('name another relay without being an admin', 'a member', 'not allowed', async (lab) => {
    const { team, bo } = lab
    const relay = { address: 'https://elsewhere.test', key: bo.keys.signPublic }
    return followedBy(lab, await setRelay(team.deps, bo, team.roster, relay))
  }),
  folded('make a new team key without being an admin', 'a member', 'not allowed', async (lab) => {
    const { team, bo } = lab
    return followedBy(lab, await rotateKey(team.deps, bo, team.roster, await team.keysOf(bo)))
  }),
  folded('use an invite twice', 'a stranger', 'invite used up', async (lab) => {
    const { team, ana } = lab
    const link = await team.invite(ana, 'writer')
    await team.accept(link, 'Dee')
    const joined = await joinTeam(team.deps, await createDeviceKeys(subtle), team.roster, link.secret, {
      member: 'Eve',
      device: 'Laptop',
    })
    return followedBy(lab, joined.operation)
  }),
  folded('use an invite after its time', 'a stranger', 'invite expired', async (lab) => {
    const { team, ana } = lab
    const link = await team.invite(ana, 'writer')
    team.deps.set(team.deps.nowMs() + 2 * WEEK_MS)
    const joined = await joinTeam(team.deps, await createDeviceKeys(subtle), team.roster, link.secret, {
      member: 'Eve',
      device: 'Laptop',
    })
    return followedBy(lab, joined.operation)
  }),
  folded('join by an invite that one guessed', 'a stranger', 'no such invite', async (lab) => {
    const { team } = lab
    const joined = await joinTeam(team.deps, await createDeviceKeys(subtle), team.roster, randomBytes(32), {
      member: 'Eve',
      device: 'Laptop',
    })
    return followedBy(lab, joined.operation)
  }),
  folded(
    'use the key of a device again that is in the team',
    'a member',
    'key was used before',
    async (lab) => {
      const { team, ana, bo } = lab
      const link = await team.invite(ana, 'writer')
      const joined = await joinTeam(team.deps, bo.keys, team.roster, link.secret, {
        member: 'Bo 2',
        device: 'Copy',
      })
      return followedBy(lab, joined.operation)
    },
  ),
  folded('come back with the device that was removed', 'an ex-member', 'not a member', async (lab) => {
    const { team, ana, bo } = lab
    await team.append(
      ...(await removeMember(team.deps, ana, team.roster, await team.keysOf(ana), bo.member, noHeads)),
    )
    return followedBy(
      lab,
      await rename(team.deps, bo, team.roster, await team.keysOf(ana), 'Bo again', bo.member),
    )
  }),
  folded('invite a device in another member’s name', 'a member', 'not allowed', async (lab) => {
    const { team, ana, bo } = lab
    const request = {
      relay: 'https://relay.test',
      role: 'admin' as const,
      expiresMs: team.deps.nowMs() + WEEK_MS,
      uses: 1,
    }
    const asAna = { ...bo, member: ana.member }
    const { operation } = await inviteMember(
      team.deps,
      asAna,
      team.roster,
      await team.keysOf(bo),
      request,
      true,
    )
    return followedBy(lab, operation)
  }),
  folded('demote the last admin', 'a member', 'last admin', async (lab) => {
    const { team, ana } = lab
    return followedBy(lab, await changeRole(team.deps, ana, team.roster, ana.member, 'writer', noHeads))
  }),
]
