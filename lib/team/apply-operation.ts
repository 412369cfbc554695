/**
 * A roster as a pure fold over its operations. PROTOCOL.md section 5. One line of history: an operation names the one before it, so nothing
 * is ever merged. `applyOperation` judges the rules and expects that `verifyOperation` has judged the signatures; `foldRoster` does both.
 */
import { x25519 } from '@noble/curves/ed25519.js'
import { type Bytes, type Decoded, decoded, faulty, hexToBytes } from '../log/bytes.ts'
import type { FeedId } from '../log/envelope.ts'
import { isSoundPublicKey, type Verifier } from '../log/signature.ts'
import {
  type Cut,
  decodeOperation,
  type EpochOperation,
  type Genesis,
  type InviteOperation,
  type JoinOperation,
  type Lockbox,
  type MemberId,
  type OperationFault,
  type RoleOperation,
  type SealedText,
  type ShareKeyOperation,
  type SignedOperation,
  teamIdOf,
  verifyOperation,
} from './operation.ts'
import {
  activeDevices,
  currentEpoch,
  type Device,
  deviceByKey,
  feedOf,
  type Invite,
  inviteFault,
  type Member,
  NO_OPERATIONS,
  type Roster,
  type RosterFault,
  roleOf,
} from './roster.ts'

export const MAX_DEVICES = 256

/** The roster after `signed`, or why it may not follow. `undefined` is the roster before the genesis. */
export const applyOperation = (
  roster: Roster | undefined,
  signed: SignedOperation,
): Decoded<Roster, RosterFault> => {
  const { operation } = signed
  if (!roster) return operation.kind === 'genesis' ? found(operation, signed) : faulty('not a genesis')
  if (operation.kind === 'genesis') return faulty('not a genesis')
  if (operation.team !== roster.team) return faulty('wrong team')
  if (operation.index !== roster.head.length || operation.prev !== roster.head.hash) return faulty('stale')
  const next = { ...roster, head: { length: roster.head.length + 1, hash: signed.hash } }
  if (operation.kind === 'join') return join(next, operation)

  const author = deviceByKey(roster, operation.by)
  const member = author && !author.removed ? roster.members.get(author.member) : undefined
  if (!author || !member || member.removed) return faulty('not a member')
  const isAdmin = member.role === 'admin'
  switch (operation.kind) {
    case 'invite':
      // Another device of a member is for that member alone to invite: it writes in their name.
      return (operation.member === undefined ? isAdmin : operation.member === member.id)
        ? invite(next, operation, member.id)
        : faulty('not allowed')
    case 'revoke': {
      const known = roster.invites.get(operation.invite)
      if (!known) return faulty('no such invite')
      if (!isAdmin && known.by !== member.id) return faulty('not allowed')
      return decoded({ ...next, invites: put(roster.invites, known.id, { ...known, revoked: true }) })
    }
    case 'role':
      return isAdmin ? setRole(next, operation) : faulty('not allowed')
    case 'remove-member':
      return isAdmin || operation.member === member.id
        ? removeMember(next, operation.member, operation.cuts)
        : faulty('not allowed')
    case 'remove-device': {
      const device = roster.devices.get(operation.cut.feed)
      if (!device || device.removed) return faulty('no such device')
      return isAdmin || device.member === member.id
        ? removeDevice(next, device, operation.cut)
        : faulty('not allowed')
    }
    case 'rename': {
      if (!isAdmin && operation.member !== member.id) return faulty('not allowed')
      if (!isKnownSeal(roster, operation.name)) return faulty('sealed under an unknown key')
      if (operation.member === undefined) return decoded({ ...next, name: operation.name })
      const renamed = roster.members.get(operation.member)
      if (!renamed) return faulty('no such member')
      return decoded({
        ...next,
        members: put(roster.members, renamed.id, { ...renamed, name: operation.name }),
      })
    }
    case 'epoch':
      return isAdmin ? startEpoch(next, operation) : faulty('not allowed')
    case 'share-key': {
      const own = operation.lockboxes.every(({ feed }) => roster.devices.get(feed)?.member === member.id)
      return isAdmin || own ? shareKey(next, operation) : faulty('not allowed')
    }
    case 'relay':
      if (!isAdmin) return faulty('not allowed')
      if (!isSoundPublicKey(hexToBytes(operation.key, 32) as Bytes)) return faulty('unsound key')
      return decoded({ ...next, relay: { address: operation.address, key: operation.key } })
  }
}

export type FoldFault = RosterFault | OperationFault | 'bad signature'
export interface Folded {
  readonly roster: Roster | undefined
  readonly operations: readonly SignedOperation[]
  /** Why the operation after these was refused. */
  readonly fault?: FoldFault
}

/** Follows encoded operations from `start` as far as they are valid. */
export const foldRoster = async (
  encoded: Iterable<Uint8Array>,
  verifier: Verifier,
  start?: Roster,
): Promise<Folded> => {
  let roster = start
  const operations: SignedOperation[] = []
  for (const bytes of encoded) {
    const signed = decodeOperation(bytes)
    if (!signed.ok) return { roster, operations, fault: signed.fault }
    const applied = applyOperation(roster, signed.value)
    if (!applied.ok) return { roster, operations, fault: applied.fault }
    if (!(await verifyOperation(signed.value, verifier)))
      return { roster, operations, fault: 'bad signature' }
    roster = applied.value
    operations.push(signed.value)
  }
  return { roster, operations }
}

/** X25519 takes any 32 bytes; the few that give the same secret to everyone are refused, and so are second encodings. */
export const isSoundAgreeKey = (key: Bytes): boolean => {
  if (key.length !== 32 || (key[31] as number) >= 0x80) return false
  try {
    x25519.getSharedSecret(
      Uint8Array.from({ length: 32 }, () => 0x40),
      key,
    )
    return isBelowFieldPrime(key)
  } catch {
    return false
  }
}

const isBelowFieldPrime = (key: Bytes): boolean =>
  (key[0] as number) < 0xed || key[31] !== 0x7f || key.subarray(1, 31).some((byte) => byte !== 0xff)

const found = (operation: Genesis, signed: SignedOperation): Decoded<Roster, RosterFault> => {
  if (operation.index !== 0 || operation.prev !== NO_OPERATIONS.hash) return faulty('stale')
  if (!areSoundKeys(operation)) return faulty('unsound key')
  const names = [operation.name, operation.memberName, operation.deviceName]
  if (!names.every((name) => 'epoch' in name && name.epoch === 1))
    return faulty('sealed under an unknown key')
  const team = teamIdOf(signed)
  const feed = feedOf(team, operation.by)
  return decoded({
    team,
    name: operation.name,
    head: { length: 1, hash: signed.hash },
    members: new Map([
      [
        operation.member,
        {
          id: operation.member,
          name: operation.memberName,
          role: 'admin',
          joinedMs: operation.time,
          ...WAS_ADMIN,
        },
      ],
    ]),
    devices: new Map([[feed, deviceOf(operation, feed, operation.member)]]),
    invites: new Map(),
    epochs: [{ epoch: 1, keyHash: operation.keyHash, boxes: new Map([[feed, operation.box]]) }],
    rotationDue: false,
  })
}

const invite = (next: Roster, operation: InviteOperation, by: MemberId): Decoded<Roster, RosterFault> => {
  if (next.invites.has(operation.invite)) return faulty('invite exists')
  if (!isSoundPublicKey(hexToBytes(operation.invite, 32) as Bytes)) return faulty('unsound key')
  if (!('epoch' in operation.nameKey) || !isKnownSeal(next, operation.nameKey)) {
    return faulty('sealed under an unknown key')
  }
  if (operation.member !== undefined) {
    const member = next.members.get(operation.member)
    if (!member || member.removed) return faulty('no such member')
    if (member.role !== operation.role) return faulty('not allowed')
  }
  return decoded({
    ...next,
    invites: put(next.invites, operation.invite, {
      id: operation.invite,
      by,
      role: operation.role,
      ...(operation.member !== undefined && { member: operation.member }),
      expiresMs: operation.expires,
      uses: operation.uses,
      used: 0,
      nameKey: operation.nameKey,
    }),
  })
}

const join = (next: Roster, operation: JoinOperation): Decoded<Roster, RosterFault> => {
  const fault = inviteFault(next, operation.invite, operation.time)
  if (fault) return faulty(fault)
  const known = next.invites.get(operation.invite) as Invite
  const inviter = next.members.get(known.by)
  if (!inviter || inviter.removed || (known.member === undefined && inviter.role !== 'admin')) {
    return faulty('no such invite')
  }
  if (!areSoundKeys(operation)) return faulty('unsound key')
  const feed = feedOf(next.team, operation.by)
  if (next.devices.has(feed)) return faulty('key was used before')
  if (activeDevices(next).length >= MAX_DEVICES) return faulty('too many devices')
  for (const name of [operation.memberName, operation.deviceName]) {
    if (!('invite' in name) || name.invite !== known.id) return faulty('sealed under an unknown key')
  }
  const existing = next.members.get(operation.member)
  if (known.member === undefined && existing) return faulty('member exists')
  if (known.member !== undefined && (operation.member !== known.member || !existing || existing.removed)) {
    return faulty('no such member')
  }
  const member: Member = existing ?? {
    id: operation.member,
    name: operation.memberName,
    role: known.role,
    joinedMs: operation.time,
    ...(known.role === 'admin' && WAS_ADMIN),
  }
  return decoded({
    ...next,
    members: put(next.members, member.id, member),
    devices: put(next.devices, feed, {
      ...deviceOf(operation, feed, member.id),
      ...(member.role === 'reader' && { cut: { feed, seq: 0, hash: NO_OPERATIONS.hash } }),
    }),
    invites: put(next.invites, known.id, { ...known, used: known.used + 1 }),
  })
}

const WAS_ADMIN = { wasAdmin: true } as const

const setRole = (next: Roster, { member: id, role, cuts }: RoleOperation): Decoded<Roster, RosterFault> => {
  const member = next.members.get(id)
  if (!member || member.removed) return faulty('no such member')
  if (role !== 'admin' && isLastAdmin(next, id)) return faulty('last admin')
  const devices = activeDevices(next, id)
  const silenced = role === 'reader' && member.role !== 'reader'
  if (!cutsFit(cuts, silenced ? devices : [])) return faulty('cuts do not fit')
  const members = put(next.members, id, { ...member, role, ...(role === 'admin' && WAS_ADMIN) })
  if (silenced) return decoded({ ...next, members, devices: withCuts(next.devices, cuts, false) })
  if (role === 'reader' || member.role !== 'reader') return decoded({ ...next, members })
  const changed = new Map(next.devices)
  for (const { cut: _lifted, ...device } of devices) changed.set(device.feed, device)
  return decoded({ ...next, members, devices: changed })
}

const removeMember = (next: Roster, id: MemberId, cuts: readonly Cut[]): Decoded<Roster, RosterFault> => {
  const member = next.members.get(id)
  if (!member || member.removed) return faulty('no such member')
  if (isLastAdmin(next, id)) return faulty('last admin')
  if (!cutsFit(cuts, activeDevices(next, id))) return faulty('cuts do not fit')
  if (!cuts.every((cut) => staysWithin(next, cut))) return faulty('cuts do not fit')
  return decoded({
    ...next,
    members: put(next.members, id, { ...member, removed: true }),
    devices: withCuts(next.devices, cuts, true),
    rotationDue: true,
  })
}

const removeDevice = (next: Roster, device: Device, cut: Cut): Decoded<Roster, RosterFault> => {
  if (isLastAdmin(next, device.member) && activeDevices(next, device.member).length === 1)
    return faulty('last admin')
  if (!staysWithin(next, cut)) return faulty('cuts do not fit')
  return decoded({ ...next, devices: withCuts(next.devices, [cut], true), rotationDue: true })
}

const startEpoch = (next: Roster, operation: EpochOperation): Decoded<Roster, RosterFault> => {
  if (operation.epoch !== next.epochs.length + 1) return faulty('wrong epoch')
  const boxes = boxesByFeed(operation.lockboxes)
  // For everybody or for nobody: a key can't be kept from a member in silence.
  const devices = activeDevices(next)
  if (boxes?.size !== devices.length || !devices.every(({ feed }) => boxes.has(feed))) {
    return faulty('lockboxes do not fit')
  }
  const { epoch, keyHash, previous } = operation
  return decoded({
    ...next,
    epochs: [...next.epochs, { epoch, keyHash, previous, boxes }],
    rotationDue: false,
  })
}

const shareKey = (next: Roster, operation: ShareKeyOperation): Decoded<Roster, RosterFault> => {
  const current = currentEpoch(next)
  if (operation.epoch !== current.epoch) return faulty('wrong epoch')
  const added = boxesByFeed(operation.lockboxes)
  if (!added || added.size === 0) return faulty('lockboxes do not fit')
  for (const feed of added.keys()) {
    if (roleOf(next, feed) === undefined || current.boxes.has(feed)) return faulty('lockboxes do not fit')
  }
  const boxes = new Map([...current.boxes, ...added])
  return decoded({ ...next, epochs: [...next.epochs.slice(0, -1), { ...current, boxes }] })
}

const boxesByFeed = (lockboxes: readonly Lockbox[]): ReadonlyMap<FeedId, string> | undefined => {
  const boxes = new Map(lockboxes.map(({ feed, box }) => [feed, box]))
  return boxes.size === lockboxes.length ? boxes : undefined
}

const deviceOf = (operation: Genesis | JoinOperation, feed: FeedId, member: MemberId): Device => ({
  feed,
  sign: operation.by,
  agree: operation.agree,
  member,
  name: operation.deviceName,
  addedMs: operation.time,
})

const areSoundKeys = ({ by, agree }: Genesis | JoinOperation): boolean =>
  isSoundPublicKey(hexToBytes(by, 32) as Bytes) && isSoundAgreeKey(hexToBytes(agree, 32) as Bytes)

const isKnownSeal = (roster: Roster, sealed: SealedText): boolean =>
  'epoch' in sealed
    ? sealed.epoch >= 1 && sealed.epoch <= roster.epochs.length
    : roster.invites.has(sealed.invite)

/** An admin without a device can do nothing, so they don't count. */
const isLastAdmin = (roster: Roster, id: MemberId): boolean =>
  roster.members.get(id)?.role === 'admin' &&
  ![...roster.members.values()].some(
    (other) =>
      other.id !== id &&
      other.role === 'admin' &&
      !other.removed &&
      activeDevices(roster, other.id).length > 0,
  )

const cutsFit = (cuts: readonly Cut[], devices: readonly Device[]): boolean =>
  cuts.length === devices.length && devices.every(({ feed }) => cuts.some((cut) => cut.feed === feed))

/** A reader who is removed keeps the cut they have: a second one can't bring back what the first refused. */
const staysWithin = ({ devices }: Roster, cut: Cut): boolean => {
  const earlier = devices.get(cut.feed)?.cut
  return (
    earlier === undefined || cut.seq < earlier.seq || (cut.seq === earlier.seq && cut.hash === earlier.hash)
  )
}

const withCuts = (
  devices: ReadonlyMap<FeedId, Device>,
  cuts: readonly Cut[],
  removed: boolean,
): ReadonlyMap<FeedId, Device> => {
  const changed = new Map(devices)
  for (const cut of cuts) {
    const device = changed.get(cut.feed)
    if (device) changed.set(cut.feed, { ...device, cut, ...(removed && { removed: true }) })
  }
  return changed
}

const put = <Key, Value>(map: ReadonlyMap<Key, Value>, key: Key, value: Value): ReadonlyMap<Key, Value> =>
  new Map(map).set(key, value)
