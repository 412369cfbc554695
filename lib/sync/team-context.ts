/**
 * A team as this machine has it: its row, its roster folded from the stored operations, and the keys that open it.
 * Here are the pure parts; lib/sync/roster-book.ts keeps them on disk.
 */
import { type Bytes, hexToBytes } from '../log/bytes.ts'
import type { FeedId } from '../log/envelope.ts'
import type { DeviceView, InviteView, MemberView, TeamRow, TeamView } from '../store/log-tables.ts'
import type { Self } from '../team/author.ts'
import { type EpochKeys, openName } from '../team/epoch-keys.ts'
import { currentEpoch, inviteFault, type Roster, roleOf } from '../team/roster.ts'

/** What sealing and verifying a team's entries needs. */
export interface TeamContext {
  readonly row: TeamRow
  readonly self: Self
  readonly roster: Roster
  readonly keys: EpochKeys
}

/** Whose signatures a feed's envelopes carry; undefined for a feed that the roster does not know. */
export const publicKeyOf = (roster: Roster, feed: FeedId): Bytes | undefined => {
  const device = roster.devices.get(feed)
  return device && hexToBytes(device.sign, 32)
}

export const rowOf = (self: Self, relay: string | undefined, state: TeamRow['state']): TeamRow => ({
  team: self.team,
  ...(relay !== undefined && { relay }),
  self: { ...self.keys, feed: self.feed, member: self.member },
  state,
  links: {},
  view: { name: '', members: [], invites: [] },
})

export const selfOf = ({ team, self: { feed, member, ...keys } }: TeamRow): Self => ({
  keys,
  team,
  feed,
  member,
})

export const stateOf = ({ self }: TeamRow, roster: Roster, keys: EpochKeys): TeamRow['state'] => {
  if (roleOf(roster, self.feed) === undefined) return 'removed'
  return keys.has(currentEpoch(roster).epoch) ? 'active' : 'joining'
}

export const viewOf = async (
  roster: Roster,
  keys: EpochKeys,
  subtle: SubtleCrypto,
  nowMs: number,
): Promise<TeamView> => {
  const nameOf = async (name: Parameters<typeof openName>[1]) =>
    (await openName(subtle, name, roster, keys)) ?? ''
  const { boxes } = currentEpoch(roster)
  const members = await Promise.all(
    [...roster.members.values()].map(async ({ id, name, role, joinedMs, removed }): Promise<MemberView> => {
      const devices = [...roster.devices.values()].filter(({ member }) => member === id)
      return {
        id,
        name: await nameOf(name),
        role,
        joinedMs,
        removed: removed === true,
        devices: await Promise.all(
          devices.map(
            async (device): Promise<DeviceView> => ({
              feed: device.feed,
              name: await nameOf(device.name),
              addedMs: device.addedMs,
              removed: device.removed === true,
              waits: !device.removed && !boxes.has(device.feed),
            }),
          ),
        ),
      }
    }),
  )
  const invites = [...roster.invites.values()]
    .filter(({ id }) => inviteFault(roster, id, nowMs) === undefined)
    .map(
      ({ id, role, member, expiresMs, uses, used }): InviteView => ({
        id,
        role,
        ...(member !== undefined && { member }),
        expiresMs,
        usesLeft: uses - used,
      }),
    )
  return { name: await nameOf(roster.name), members, invites }
}
