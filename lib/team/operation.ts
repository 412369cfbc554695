/**
 * One signed operation of a team's roster, as bytes: `version ‖ signature ‖ canonical JSON`. PROTOCOL.md section 5.
 * The relay reads all of it but names and keys, which are sealed. Knows shapes; the rules are in roster.ts.
 */
import * as v from 'valibot'
import {
  type Bytes,
  bytesToHex,
  bytesToText,
  concatBytes,
  createByteReader,
  type Decoded,
  decoded,
  faulty,
  hexToBytes,
  textToBytes,
} from '../log/bytes.ts'
import { digest, SIGNATURE_BYTES, type TeamId } from '../log/envelope.ts'
import type { Signer, Verifier } from '../log/signature.ts'
import { canonicalJson, type Json, parseJson } from '../model/json.ts'

export type Role = 'admin' | 'writer' | 'reader'

/** 32 hex digits, random. */
export type MemberId = string
/** 64 hex digits: an Ed25519 public key, or the invite's. */
export type KeyText = string

/** Text that members can read and the relay can't: AES-GCM under a team key or an invite's name key, base64url. */
export type SealedText =
  | { readonly epoch: number; readonly box: string }
  | { readonly invite: KeyText; readonly box: string }

/** A device's feed as it was when its right to append ended. `seq` 0 and zeros where nothing of it counts. */
export interface Cut {
  readonly feed: number
  readonly seq: number
  readonly hash: string
}

/** An epoch key, readable by the device of that feed alone. */
export interface Lockbox {
  readonly feed: number
  readonly box: string
}

interface Common {
  readonly v: 1
  /** 0 for the genesis, then one more each. */
  readonly index: number
  /** SHA-256 of the previous operation's JSON; zeros for the genesis. */
  readonly prev: string
  /** The author's wall clock, Unix time in milliseconds. */
  readonly time: number
  /** The author's Ed25519 key. */
  readonly by: KeyText
}

export interface Genesis extends Common {
  readonly kind: 'genesis'
  readonly nonce: string
  readonly name: SealedText
  readonly member: MemberId
  readonly memberName: SealedText
  readonly deviceName: SealedText
  /** The author's X25519 key. */
  readonly agree: KeyText
  readonly keyHash: string
  /** The first epoch key for the author. Its feed is not known before the genesis is hashed. */
  readonly box: string
}

interface Later extends Common {
  readonly team: TeamId
}

/** `member` is named where the invite is for another device of that member. */
export interface InviteOperation extends Later {
  readonly kind: 'invite'
  readonly invite: KeyText
  readonly role: Role
  readonly member?: MemberId
  readonly expires: number
  readonly uses: number
  /** Opens the names that joiners give; sealed under the team key, so that any member can read them. */
  readonly nameKey: SealedText
}
export interface RevokeOperation extends Later {
  readonly kind: 'revoke'
  readonly invite: KeyText
}
/** Written by the joiner; `proof` is the invite key's signature over `joinProofBytes`. */
export interface JoinOperation extends Later {
  readonly kind: 'join'
  readonly invite: KeyText
  readonly member: MemberId
  readonly memberName: SealedText
  readonly deviceName: SealedText
  readonly agree: KeyText
  readonly proof: string
}
export interface RoleOperation extends Later {
  readonly kind: 'role'
  readonly member: MemberId
  readonly role: Role
  /** Of all the member's devices, where the new role may not write. */
  readonly cuts: readonly Cut[]
}
export interface RemoveMemberOperation extends Later {
  readonly kind: 'remove-member'
  readonly member: MemberId
  readonly cuts: readonly Cut[]
}
export interface RemoveDeviceOperation extends Later {
  readonly kind: 'remove-device'
  readonly cut: Cut
}
export interface RenameOperation extends Later {
  readonly kind: 'rename'
  /** Absent: the team itself. */
  readonly member?: MemberId
  readonly name: SealedText
}
/** A fresh key for everybody who is still there; `previous` is the key before it, sealed under it. */
export interface EpochOperation extends Later {
  readonly kind: 'epoch'
  readonly epoch: number
  readonly keyHash: string
  readonly previous: string
  readonly lockboxes: readonly Lockbox[]
}
/** Hands the current key to devices that joined since. */
export interface ShareKeyOperation extends Later {
  readonly kind: 'share-key'
  readonly epoch: number
  readonly lockboxes: readonly Lockbox[]
}
export interface RelayOperation extends Later {
  readonly kind: 'relay'
  readonly address: string
  /** Signs receipts. */
  readonly key: KeyText
}

export type LaterOperation =
  | InviteOperation
  | RevokeOperation
  | JoinOperation
  | RoleOperation
  | RemoveMemberOperation
  | RemoveDeviceOperation
  | RenameOperation
  | EpochOperation
  | ShareKeyOperation
  | RelayOperation
export type Operation = Genesis | LaterOperation

export interface SignedOperation {
  readonly operation: Operation
  readonly json: Bytes
  /** SHA-256 of `json`, in hex: what the next operation's `prev` names. */
  readonly hash: string
  readonly signature: Bytes
}

export const MAX_OPERATION_BYTES = 64 * 1024
const VERSION = 1
const SIGNATURE_DOMAIN = textToBytes('daybook/roster/v1\n')
const JOIN_DOMAIN = textToBytes('daybook/join/v1\n')

export type OperationFault = 'too large' | 'malformed' | 'unknown version' | 'not canonical' | 'unknown shape'

export const decodeOperation = (bytes: Uint8Array): Decoded<SignedOperation, OperationFault> => {
  if (bytes.length > MAX_OPERATION_BYTES) return faulty('too large')
  const reader = createByteReader(bytes)
  const version = reader.byte()
  const signature = reader.take(SIGNATURE_BYTES)
  const json = reader.rest()
  if (reader.failed) return faulty('malformed')
  if (version !== VERSION) return faulty('unknown version')
  const text = bytesToText(json)
  const parsed = text === undefined ? undefined : parseJson(text)
  if (parsed === undefined) return faulty('malformed')
  // One text per operation: the hash is that of the bytes, the rules are those of the value.
  if (canonicalText(parsed) !== text) return faulty('not canonical')
  const operation = v.safeParse(operationSchema, parsed)
  if (!operation.success) return faulty('unknown shape')
  return decoded({ operation: operation.output, json, hash: bytesToHex(digest(json)), signature })
}

export const encodeOperation = ({ json, signature }: SignedOperation): Bytes =>
  concatBytes(Uint8Array.of(VERSION), signature, json)

/** Throws where `operation` is none that a decoder would take: a programmer's error. */
export const signOperation = async (operation: Operation, signer: Signer): Promise<SignedOperation> => {
  v.assert(operationSchema, operation)
  const json = textToBytes(canonicalJson(operation as unknown as Json))
  const signature = await signer.sign(concatBytes(SIGNATURE_DOMAIN, json))
  return { operation, json, hash: bytesToHex(digest(json)), signature }
}

/** True where its author signed it and, for a join, the invite's key signed the joiner's keys. */
export const verifyOperation = async (
  { operation, json, signature }: SignedOperation,
  verifier: Verifier,
): Promise<boolean> => {
  const author = hexToBytes(operation.by, 32)
  if (!author || !(await verifier.verify(author, concatBytes(SIGNATURE_DOMAIN, json), signature)))
    return false
  if (operation.kind !== 'join') return true
  const invite = hexToBytes(operation.invite, 32)
  const proof = hexToBytes(operation.proof, SIGNATURE_BYTES)
  return (
    invite !== undefined && proof !== undefined && verifier.verify(invite, joinProofBytes(operation), proof)
  )
}

/** What an invite's key signs: these keys may join this team as this member. */
export const joinProofBytes = ({
  team,
  by,
  agree,
  member,
}: Pick<JoinOperation, 'team' | 'by' | 'agree' | 'member'>): Bytes =>
  concatBytes(JOIN_DOMAIN, textToBytes([team, by, agree, member].join('\n')))

/** The team that a genesis makes. */
export const teamIdOf = (genesis: SignedOperation): TeamId => genesis.hash.slice(0, 32)

/** Deeply nested JSON overflows the stack of a recursive writer; such text is no operation. */
const canonicalText = (value: Json): string | undefined => {
  try {
    return canonicalJson(value)
  } catch {
    return undefined
  }
}

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)))
const base64url = (maxLength: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.regex(/^[A-Za-z0-9_-]+$/))
const count = (min = 0, max: number = Number.MAX_SAFE_INTEGER) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(min), v.maxValue(max))
const sealedText = v.union([
  v.strictObject({ epoch: count(1, 0xffff_ffff), box: base64url(1024) }),
  v.strictObject({ invite: hex(32), box: base64url(1024) }),
])
const role = v.picklist(['admin', 'writer', 'reader'])
const cut = v.strictObject({ feed: count(1), seq: count(), hash: hex(32) })
const lockbox = v.strictObject({ feed: count(1), box: base64url(256) })
const lockboxes = v.pipe(v.array(lockbox), v.maxLength(256))
const cuts = v.pipe(v.array(cut), v.maxLength(256))
const common = { v: v.literal(1), index: count(), prev: hex(32), time: count(), by: hex(32) }
const later = { ...common, team: hex(16) }

const operationSchema = v.variant('kind', [
  v.strictObject({
    ...common,
    kind: v.literal('genesis'),
    nonce: hex(16),
    name: sealedText,
    member: hex(16),
    memberName: sealedText,
    deviceName: sealedText,
    agree: hex(32),
    keyHash: hex(32),
    box: base64url(256),
  }),
  v.strictObject({
    ...later,
    kind: v.literal('invite'),
    invite: hex(32),
    role,
    member: v.exactOptional(hex(16)),
    expires: count(),
    uses: count(1, 1000),
    nameKey: sealedText,
  }),
  v.strictObject({ ...later, kind: v.literal('revoke'), invite: hex(32) }),
  v.strictObject({
    ...later,
    kind: v.literal('join'),
    invite: hex(32),
    member: hex(16),
    memberName: sealedText,
    deviceName: sealedText,
    agree: hex(32),
    proof: hex(64),
  }),
  v.strictObject({ ...later, kind: v.literal('role'), member: hex(16), role, cuts }),
  v.strictObject({ ...later, kind: v.literal('remove-member'), member: hex(16), cuts }),
  v.strictObject({ ...later, kind: v.literal('remove-device'), cut }),
  v.strictObject({ ...later, kind: v.literal('rename'), member: v.exactOptional(hex(16)), name: sealedText }),
  v.strictObject({
    ...later,
    kind: v.literal('epoch'),
    epoch: count(1, 0xffff_ffff),
    keyHash: hex(32),
    previous: base64url(256),
    lockboxes,
  }),
  v.strictObject({ ...later, kind: v.literal('share-key'), epoch: count(1, 0xffff_ffff), lockboxes }),
  v.strictObject({
    ...later,
    kind: v.literal('relay'),
    address: v.pipe(v.string(), v.maxLength(512), v.url()),
    key: hex(32),
  }),
])
