/**
 * Makes a device's roster operations: found a team, invite, join, change roles, remove and rotate, hand over keys.
 * Each returns operations that continue the given roster; one that the relay answers "stale" is simply made again on
 * the new head. Sends and stores nothing.
 */
import { type Bytes, bytesToHex } from '../log/bytes.ts'
import type { FeedHead, FeedId, TeamId } from '../log/envelope.ts'
import { applyOperation } from './apply-operation.ts'
import {
  EPOCH_KEY_BYTES,
  type EpochKeys,
  keyHashOf,
  sealLockbox,
  sealPrevious,
  sealText,
} from './epoch-keys.ts'
import { createDeviceKeys, type DeviceKeys, signerOf } from './identity.ts'
import { INVITE_SECRET_BYTES, type InviteLink, inviteKeysOf } from './invite.ts'
import {
  type Cut,
  type JoinOperation,
  joinProofBytes,
  type KeyText,
  type LaterOperation,
  type MemberId,
  type Role,
  type SealedText,
  type SignedOperation,
  signOperation,
} from './operation.ts'
import {
  activeDevices,
  currentEpoch,
  deviceByKey,
  devicesWithoutKey,
  feedOf,
  NO_OPERATIONS,
  type Roster,
} from './roster.ts'

export interface AuthorDeps {
  readonly subtle: SubtleCrypto
  readonly random: (length: number) => Bytes
  readonly nowMs: () => number
}

/** This device in a team. */
export interface Self {
  readonly keys: DeviceKeys
  readonly team: TeamId
  readonly feed: FeedId
  readonly member: MemberId
}

/** Who a person is to a new team. With an `id`, the member is the same as in the entries that they wrote alone. */
export interface Introduction {
  readonly member: string
  readonly device: string
  readonly id?: MemberId
}

/** A team of one, complete without a relay. */
export const foundTeam = async (
  deps: AuthorDeps,
  names: Introduction & { readonly team: string },
): Promise<{ readonly self: Self; readonly genesis: SignedOperation; readonly roster: Roster }> => {
  const { subtle, random, nowMs } = deps
  const keys = await createDeviceKeys(subtle)
  const key = random(EPOCH_KEY_BYTES)
  const member = names.id ?? bytesToHex(random(16))
  const genesis = await signOperation(
    {
      v: 1,
      kind: 'genesis',
      index: 0,
      prev: NO_OPERATIONS.hash,
      time: nowMs(),
      by: keys.signPublic,
      nonce: bytesToHex(random(16)),
      name: await sealName(deps, names.team, 1, key),
      member,
      memberName: await sealName(deps, names.member, 1, key),
      deviceName: await sealName(deps, names.device, 1, key),
      agree: keys.agreePublic,
      keyHash: keyHashOf(key),
      box: await sealLockbox(subtle, key, keys.agreePublic),
    },
    signerOf(subtle, keys),
  )
  const roster = followed(undefined, genesis)
  return {
    self: { keys, team: roster.team, feed: feedOf(roster.team, keys.signPublic), member },
    genesis,
    roster,
  }
}

export interface InviteRequest {
  readonly relay: string
  readonly role: Role
  readonly expiresMs: number
  readonly uses: number
}

/** An invite for new members, or with `ownDevice` for one more device of the author. */
export const inviteMember = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  { relay, role, expiresMs, uses }: InviteRequest,
  ownDevice = false,
): Promise<{ readonly link: InviteLink; readonly operation: SignedOperation }> => {
  const secret = deps.random(INVITE_SECRET_BYTES)
  const invite = await inviteKeysOf(deps.subtle, secret)
  const own = ownDevice ? roster.members.get(self.member) : undefined
  const operation = await sign(deps, self, roster, {
    kind: 'invite',
    invite: invite.id,
    role: own?.role ?? role,
    ...(own && { member: own.id }),
    expires: expiresMs,
    uses,
    nameKey: await sealWithCurrent(deps, roster, keys, bytesToHex(invite.nameKey)),
  })
  return { link: { relay, team: roster.team, secret, expiresMs }, operation }
}

/** The join of a device that is not in the roster yet. `keys` are made once and kept, so that a retry is the same device. */
export const joinTeam = async (
  deps: AuthorDeps,
  keys: DeviceKeys,
  roster: Roster,
  secret: Bytes,
  names: Introduction,
): Promise<{ readonly self: Self; readonly operation: SignedOperation }> => {
  const { subtle, random } = deps
  const invite = await inviteKeysOf(subtle, secret)
  const isTaken = names.id === undefined || roster.members.has(names.id)
  const fresh = isTaken ? bytesToHex(random(16)) : (names.id as MemberId)
  const member = roster.invites.get(invite.id)?.member ?? fresh
  const team = roster.team
  const sealed = async (text: string): Promise<SealedText> => ({
    invite: invite.id,
    box: await sealText(subtle, text, invite.nameKey, random(12)),
  })
  const proof = await invite.signer.sign(
    joinProofBytes({ team, by: keys.signPublic, agree: keys.agreePublic, member }),
  )
  const join: Draft<JoinOperation> = {
    kind: 'join',
    invite: invite.id,
    member,
    memberName: await sealed(names.member),
    deviceName: await sealed(names.device),
    agree: keys.agreePublic,
    proof: bytesToHex(proof),
  }
  const self = { keys, team, feed: feedOf(team, keys.signPublic), member }
  return { self, operation: await sign(deps, self, roster, join) }
}

/**
 * A new device in the place of this one, made by it: where this profile was copied or restored from a backup, and so must not
 * write on in its feed. An invite for oneself, the join by fresh keys, and the key handed over.
 */
export const succeed = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  names: Introduction,
): Promise<{ readonly self: Self; readonly operations: readonly SignedOperation[] }> => {
  const request = { relay: '', role: 'writer', expiresMs: deps.nowMs() + SUCCESSION_MS, uses: 1 } as const
  const invite = await inviteMember(deps, self, roster, keys, request, true)
  const invited = followed(roster, invite.operation)
  const join = await joinTeam(deps, await createDeviceKeys(deps.subtle), invited, invite.link.secret, names)
  const joined = followed(invited, join.operation)
  const share = await shareKeys(deps, self, joined, keys)
  return { self: join.self, operations: [invite.operation, join.operation, ...(share ? [share] : [])] }
}

const SUCCESSION_MS = 10 * 60_000

/** Hands the current key to every device that waits for it and that this one may serve; undefined where there is none. */
export const shareKeys = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
): Promise<SignedOperation | undefined> => {
  const { epoch } = currentEpoch(roster)
  const key = keys.get(epoch)
  const isAdmin = roster.members.get(self.member)?.role === 'admin'
  const waiting = devicesWithoutKey(roster).filter(({ member }) => isAdmin || member === self.member)
  if (!key || waiting.length === 0) return undefined
  return sign(deps, self, roster, {
    kind: 'share-key',
    epoch,
    lockboxes: await lockboxesFor(deps, key, waiting),
  })
}

/** Where each feed stands as far as this device knows; a feed without a head has no valid entry. */
export type Heads = ReadonlyMap<FeedId, Pick<FeedHead, 'seq' | 'hash'>>

/** Ends a membership at the last entries that this device knows, and makes a new key. */
export const removeMember = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  member: MemberId,
  heads: Heads,
): Promise<readonly SignedOperation[]> => {
  const cuts = cutsOf(roster, member, heads)
  return withRotation(
    deps,
    self,
    roster,
    keys,
    await sign(deps, self, roster, { kind: 'remove-member', member, cuts }),
  )
}

export const removeDevice = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  feed: FeedId,
  heads: Heads,
): Promise<readonly SignedOperation[]> => {
  const cut = cutOf(roster, feed, heads)
  return withRotation(
    deps,
    self,
    roster,
    keys,
    await sign(deps, self, roster, { kind: 'remove-device', cut }),
  )
}

export const changeRole = (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  member: MemberId,
  role: Role,
  heads: Heads,
): Promise<SignedOperation> => {
  const silenced = role === 'reader' && roster.members.get(member)?.role !== 'reader'
  return sign(deps, self, roster, {
    kind: 'role',
    member,
    role,
    cuts: silenced ? cutsOf(roster, member, heads) : [],
  })
}

/** A new key for all who are there: due after somebody left, and good now and then. Admins only. */
export const rotateKey = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
): Promise<SignedOperation> => {
  const previous = currentKey(roster, keys)
  const key = deps.random(EPOCH_KEY_BYTES)
  return sign(deps, self, roster, {
    kind: 'epoch',
    epoch: roster.epochs.length + 1,
    keyHash: keyHashOf(key),
    previous: await sealPrevious(deps.subtle, previous, key),
    lockboxes: await lockboxesFor(deps, key, activeDevices(roster)),
  })
}

export const revokeInvite = (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  invite: KeyText,
): Promise<SignedOperation> => sign(deps, self, roster, { kind: 'revoke', invite })

export const setRelay = (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  relay: { readonly address: string; readonly key: KeyText },
): Promise<SignedOperation> => sign(deps, self, roster, { kind: 'relay', ...relay })

/** Without `member`, the team's own name. */
export const rename = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  name: string,
  member?: MemberId,
): Promise<SignedOperation> =>
  sign(deps, self, roster, {
    kind: 'rename',
    ...(member !== undefined && { member }),
    name: await sealWithCurrent(deps, roster, keys, name),
  })

type WithoutFrame<Kind> = Kind extends LaterOperation
  ? Omit<Kind, 'v' | 'team' | 'index' | 'prev' | 'time' | 'by'>
  : never
type Draft<Kind extends LaterOperation = LaterOperation> = WithoutFrame<Kind>

const sign = ({ subtle, nowMs }: AuthorDeps, { keys }: Pick<Self, 'keys'>, roster: Roster, draft: Draft) => {
  const { length, hash } = roster.head
  const operation = {
    v: 1,
    team: roster.team,
    index: length,
    prev: hash,
    time: nowMs(),
    by: keys.signPublic,
    ...draft,
  }
  return signOperation(operation as LaterOperation, signerOf(subtle, keys))
}

/** An admin makes the new key at once; a member who leaves can't, and an admin's device will. */
const withRotation = async (
  deps: AuthorDeps,
  self: Self,
  roster: Roster,
  keys: EpochKeys,
  removal: SignedOperation,
): Promise<readonly SignedOperation[]> => {
  const after = followed(roster, removal)
  const device = deviceByKey(after, self.keys.signPublic)
  const stays = device !== undefined && !device.removed && after.members.get(device.member)?.role === 'admin'
  return stays ? [removal, await rotateKey(deps, self, after, keys)] : [removal]
}

const followed = (roster: Roster | undefined, operation: SignedOperation): Roster => {
  const applied = applyOperation(roster, operation)
  if (!applied.ok) throw new Error(`the roster refuses "${operation.operation.kind}": ${applied.fault}`)
  return applied.value
}

const currentKey = (roster: Roster, keys: EpochKeys): Bytes => {
  const key = keys.get(currentEpoch(roster).epoch)
  if (!key) throw new Error('this device has not been given the team key yet')
  return key
}

const sealName = async (
  { subtle, random }: AuthorDeps,
  text: string,
  epoch: number,
  key: Bytes,
): Promise<SealedText> => ({
  epoch,
  box: await sealText(subtle, text, key, random(12)),
})

const sealWithCurrent = (
  deps: AuthorDeps,
  roster: Roster,
  keys: EpochKeys,
  text: string,
): Promise<SealedText> => sealName(deps, text, currentEpoch(roster).epoch, currentKey(roster, keys))

const lockboxesFor = (
  { subtle }: AuthorDeps,
  key: Bytes,
  devices: readonly { readonly feed: FeedId; readonly agree: KeyText }[],
) =>
  Promise.all(devices.map(async ({ feed, agree }) => ({ feed, box: await sealLockbox(subtle, key, agree) })))

const cutsOf = (roster: Roster, member: MemberId, heads: Heads): Cut[] =>
  activeDevices(roster, member).map(({ feed }) => cutOf(roster, feed, heads))

const cutOf = (roster: Roster, feed: FeedId, heads: Heads): Cut => {
  const earlier = roster.devices.get(feed)?.cut
  if (earlier) return earlier
  const head = heads.get(feed)
  return head
    ? { feed, seq: head.seq, hash: bytesToHex(head.hash) }
    : { feed, seq: 0, hash: NO_OPERATIONS.hash }
}
