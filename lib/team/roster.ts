/** Who belongs to a team: what its operations amount to, and what may be asked of it. PROTOCOL.md section 5; the relay runs this same code. */
import { type Bytes, bytesToHex, type Decoded, decoded, faulty, textToBytes } from '../log/bytes.ts'
import { digest, type FeedId, type TeamId } from '../log/envelope.ts'
import type { Cut, KeyText, MemberId, Role, SealedText } from './operation.ts'

export interface Member {
  readonly id: MemberId
  readonly name: SealedText
  readonly role: Role
  readonly joinedMs: number
  /** They are an admin, or were one: what they erased then stays erased. */
  readonly wasAdmin?: true
  /** Their entries up to the cuts of their devices stay valid. */
  readonly removed?: true
}

export interface Device {
  readonly feed: FeedId
  readonly sign: KeyText
  readonly agree: KeyText
  readonly member: MemberId
  readonly name: SealedText
  readonly addedMs: number
  readonly removed?: true
  /** Nothing after this is valid. A device that may append has none. */
  readonly cut?: Cut
}

export interface Invite {
  readonly id: KeyText
  readonly by: MemberId
  readonly role: Role
  readonly member?: MemberId
  readonly expiresMs: number
  readonly uses: number
  readonly used: number
  readonly revoked?: true
  readonly nameKey: SealedText
}

export interface Epoch {
  readonly epoch: number
  readonly keyHash: string
  /** The key before it, sealed under this one. */
  readonly previous?: string
  readonly boxes: ReadonlyMap<FeedId, string>
}

export interface Roster {
  readonly team: TeamId
  readonly name: SealedText
  readonly head: RosterHead
  readonly members: ReadonlyMap<MemberId, Member>
  readonly devices: ReadonlyMap<FeedId, Device>
  readonly invites: ReadonlyMap<KeyText, Invite>
  /** Oldest first; never empty. */
  readonly epochs: readonly Epoch[]
  readonly relay?: { readonly address: string; readonly key: KeyText }
  /** Somebody left since the last key was made. */
  readonly rotationDue: boolean
}

export interface RosterHead {
  /** How many operations there are. */
  readonly length: number
  readonly hash: string
}
export const NO_OPERATIONS: RosterHead = { length: 0, hash: '0'.repeat(64) }

export type RosterFault =
  | 'not a genesis' // the first operation must be one, no other may
  | 'wrong team'
  | 'stale' // names another predecessor: make it again on the current head
  | 'not a member'
  | 'not allowed'
  | 'no such member'
  | 'no such device'
  | 'no such invite'
  | 'invite exists'
  | 'invite expired'
  | 'invite used up'
  | 'unsound key'
  | 'key was used before'
  | 'member exists'
  | 'last admin'
  | 'cuts do not fit'
  | 'wrong epoch'
  | 'lockboxes do not fit'
  | 'too many devices'
  | 'sealed under an unknown key'

/** 53 bits of SHA-256(team ‖ key), never 0: the device's feed in this team and its Yjs client id. */
export const feedOf = (team: TeamId, sign: KeyText): FeedId => {
  const hash = digest(textToBytes(`daybook/feed/v1\n${team}\n${sign}`))
  const view = new DataView(hash.buffer, hash.byteOffset)
  return (view.getUint32(0) & 0x1f_ffff) * 2 ** 32 + view.getUint32(4) || 1
}

export const deviceByKey = (roster: Roster, sign: KeyText): Device | undefined => {
  const device = roster.devices.get(feedOf(roster.team, sign))
  return device?.sign === sign ? device : undefined
}

/** What the device may do now; undefined for a stranger and for one that was removed. */
export const roleOf = (roster: Roster, feed: FeedId): Role | undefined => {
  const device = roster.devices.get(feed)
  return device && !device.removed ? roster.members.get(device.member)?.role : undefined
}

export type AppendFault = 'feed not in the roster' | 'after the cut' | 'forks the cut' | 'unknown epoch'

/** Whether the roster lets this header count, whoever brings it: its feed, its cut, its epoch. */
export const mayCount = (
  roster: Roster,
  header: { readonly feed: FeedId; readonly seq: number; readonly epoch: number },
  hash: Bytes,
): Decoded<Device, AppendFault> => {
  const device = roster.devices.get(header.feed)
  if (!device) return faulty('feed not in the roster')
  if (device.cut && header.seq > device.cut.seq) return faulty('after the cut')
  if (device.cut && header.seq === device.cut.seq && bytesToHex(hash) !== device.cut.hash)
    return faulty('forks the cut')
  if (header.epoch < 1 || header.epoch > roster.epochs.length) return faulty('unknown epoch')
  return decoded(device)
}

/** Whether an erase in feed `by` counts for an entry of feed `target`: its own member's, or an admin's. PROTOCOL.md E6. */
export const mayErase = (roster: Roster, by: FeedId, target: FeedId): boolean => {
  const [eraser, owner] = [roster.devices.get(by), roster.devices.get(target)]
  if (!eraser || !owner) return false
  return eraser.member === owner.member || roster.members.get(eraser.member)?.role === 'admin'
}

/** Whether such an erase may have counted once. A reader who hears of it late takes the missing body as explained. */
export const mightHaveErased = (roster: Roster, by: FeedId, target: FeedId): boolean =>
  mayErase(roster, by, target) || roster.members.get(roster.devices.get(by)?.member ?? '')?.wasAdmin === true

export const activeDevices = (roster: Roster, member?: MemberId): Device[] =>
  [...roster.devices.values()].filter(
    (device) => !device.removed && (member === undefined || device.member === member),
  )

/** Devices that still wait for somebody to hand them the current key. */
export const devicesWithoutKey = (roster: Roster): Device[] => {
  const boxes = currentEpoch(roster).boxes
  return activeDevices(roster).filter(({ feed }) => !boxes.has(feed))
}

export const currentEpoch = (roster: Roster): Epoch => roster.epochs[roster.epochs.length - 1] as Epoch

/** Why an invite can't be used at `nowMs`, if it can't. */
export const inviteFault = (roster: Roster, id: KeyText, nowMs: number): RosterFault | undefined => {
  const known = roster.invites.get(id)
  if (!known || known.revoked) return 'no such invite'
  if (known.used >= known.uses) return 'invite used up'
  if (nowMs > known.expiresMs) return 'invite expired'
  return undefined
}
