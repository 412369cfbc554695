/**
 * What happened to the team, as entries of the timeline. Made by each device for itself from the same operations, with
 * the same ids, so that nothing has to be sent. Housekeeping (keys handed over, keys rotated) is left out.
 */
import { hexToBytes } from '../log/bytes.ts'
import type { Action, Change, Entry } from '../model/entry.ts'
import type { Json, JsonObject } from '../model/json.ts'
import { createUuid } from '../model/uuid.ts'
import { type EpochKeys, openName } from './epoch-keys.ts'
import type { MemberId, SealedText, SignedOperation } from './operation.ts'
import { deviceByKey, type Roster } from './roster.ts'

/** An actor's id in entries: the member's, written as a UUID. */
export const memberToActorId = (member: MemberId): string =>
  member.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** The member with this actor id; undefined where it is no UUID. */
export const actorIdToMember = (id: string): MemberId | undefined =>
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id.replaceAll('-', '') : undefined

/** `before` and `after` are the rosters around the operation. Undefined for housekeeping. */
export const rosterOperationToEntry = async (
  { operation, hash }: SignedOperation,
  before: Roster | undefined,
  after: Roster,
  keys: EpochKeys,
  subtle: SubtleCrypto,
): Promise<Entry | undefined> => {
  const nameOf = async (name: SealedText | undefined): Promise<string | undefined> =>
    name && openName(subtle, name, after, keys)
  const memberName = async (member: MemberId): Promise<string> =>
    (await nameOf(after.members.get(member)?.name)) ?? 'A member'
  const author = deviceByKey(after, operation.by)
  if (!author) return undefined

  const entry = async (event: TeamEvent): Promise<Entry> => ({
    id: createUuid(operation.time, hexToBytes(hash, 32) ?? new Uint8Array(32)),
    time: new Date(operation.time).toISOString(),
    actor: { id: memberToActorId(author.member), name: await memberName(author.member) },
    app: { origin: `daybook:team/${after.team}`, name: (await nameOf(after.name)) ?? 'Team' },
    ...event,
    changes: changesOf(event.before, event.after),
    evidence: { grade: 'accepted', via: 'dom', beforeFrom: 'log' },
    redactions: [],
  })

  switch (operation.kind) {
    case 'genesis':
      return entry({
        resourceType: 'team',
        resourceId: after.team,
        ...named(await nameOf(after.name)),
        action: 'create',
        before: null,
        after: { name: (await nameOf(after.name)) ?? '' },
      })
    case 'rename': {
      const old = operation.member === undefined ? before?.name : before?.members.get(operation.member)?.name
      const name = (await nameOf(operation.name)) ?? ''
      return entry({
        resourceType: operation.member === undefined ? 'team' : 'team member',
        resourceId: operation.member ?? after.team,
        resourceName: name,
        action: 'update',
        before: { name: (await nameOf(old)) ?? '' },
        after: { name },
      })
    }
    case 'invite':
      return entry({
        resourceType: 'team invite',
        resourceId: operation.invite.slice(0, 16),
        action: 'create',
        before: null,
        after: {
          for:
            operation.member === undefined
              ? 'a new member'
              : `a device of ${await memberName(operation.member)}`,
          role: operation.role,
          uses: operation.uses,
          expires: new Date(operation.expires).toISOString(),
        },
      })
    case 'revoke':
      return entry({
        resourceType: 'team invite',
        resourceId: operation.invite.slice(0, 16),
        action: 'delete',
        before: { role: after.invites.get(operation.invite)?.role ?? 'writer' },
        after: null,
      })
    case 'join': {
      const member = after.members.get(operation.member)
      const device = (await nameOf(operation.deviceName)) ?? 'A device'
      const isNew = !before?.members.has(operation.member)
      return entry({
        resourceType: isNew ? 'team member' : 'team device',
        resourceId: isNew ? operation.member : String(author.feed),
        resourceName: isNew ? await memberName(operation.member) : device,
        action: 'create',
        before: null,
        after: { role: member?.role ?? 'reader', device },
      })
    }
    case 'role':
      return entry({
        resourceType: 'team member',
        resourceId: operation.member,
        resourceName: await memberName(operation.member),
        action: 'update',
        before: { role: before?.members.get(operation.member)?.role ?? 'reader' },
        after: { role: operation.role },
      })
    case 'remove-member':
      return entry({
        resourceType: 'team member',
        resourceId: operation.member,
        resourceName: await memberName(operation.member),
        action: 'delete',
        before: { role: before?.members.get(operation.member)?.role ?? 'reader' },
        after: null,
      })
    case 'remove-device': {
      const device = after.devices.get(operation.cut.feed)
      return entry({
        resourceType: 'team device',
        resourceId: String(operation.cut.feed),
        ...named(await nameOf(device?.name)),
        action: 'delete',
        before: { of: device ? await memberName(device.member) : '' },
        after: null,
      })
    }
    case 'relay':
      return entry({
        resourceType: 'team relay',
        resourceId: after.team,
        action: before?.relay ? 'update' : 'create',
        before: before?.relay ? relayOf(before.relay) : null,
        after: relayOf(operation),
      })
    case 'epoch':
    case 'share-key':
      return undefined
  }
}

interface TeamEvent {
  readonly resourceType: string
  readonly resourceId: string
  readonly resourceName?: string
  readonly action: Action
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

/** The key tells relays apart that have one address, such as one that lost its disk. */
const relayOf = ({ address, key }: { readonly address: string; readonly key: string }): JsonObject => ({
  address,
  key: key.slice(0, 16),
})

const named = (name: string | undefined) => (name === undefined ? {} : { resourceName: name })

const changesOf = (before: JsonObject | null, after: JsonObject | null): Change[] =>
  [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].flatMap((key): Change[] => {
    const pointer = `/${key}`
    const label = key[0]?.toUpperCase() + key.slice(1)
    const old = before?.[key]
    const now = after?.[key]
    if (old === undefined) return [{ pointer, label, op: 'add', after: now as Json }]
    if (now === undefined) return [{ pointer, label, op: 'remove', before: old }]
    return old === now ? [] : [{ pointer, label, op: 'replace', before: old, after: now }]
  })
