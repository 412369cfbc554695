/** A team for tests of the relay: an admin, members who joined by invites, and pens that write their feeds. */

import type { Bytes } from '../../lib/log/bytes.ts'
import { CLOCK_ZERO, tick } from '../../lib/log/clock.ts'
import {
  digest,
  EMPTY_HEAD,
  type Envelope,
  encodeEnvelope,
  type FeedHead,
  type Header,
  headOf,
} from '../../lib/log/envelope.ts'
import { type EraseTarget, sealErase } from '../../lib/log/erase.ts'
import { signEnvelope } from '../../lib/log/seal.ts'
import type { Signer } from '../../lib/log/signature.ts'
import { applyOperation } from '../../lib/team/apply-operation.ts'
import { foundTeam, inviteMember, joinTeam, type Self, setRelay, shareKeys } from '../../lib/team/author.ts'
import { type EpochKeys, openEpochKeys } from '../../lib/team/epoch-keys.ts'
import { createDeviceKeys, signerOf } from '../../lib/team/identity.ts'
import { encodeOperation, type Role, type SignedOperation } from '../../lib/team/operation.ts'
import type { Roster } from '../../lib/team/roster.ts'
import { createToken } from '../../lib/team/token.ts'

import { randomBytes, subtle } from './team.ts'

export const TEST_RELAY = 'http://relay.test'

export interface TestMember {
  readonly self: Self
  readonly signer: Signer
}

export interface TestTeam {
  readonly operations: Bytes[]
  readonly members: readonly TestMember[]
  readonly roster: () => Roster
  readonly keys: () => EpochKeys
  /** Follows an operation and keeps its bytes. */
  readonly follow: (operation: SignedOperation) => Bytes
}

/** The first member is the admin; `roles` are those of the others. */
export const createTestTeam = async (
  roles: readonly Role[] = ['writer'],
  nowMs: () => number = Date.now,
  relay?: { readonly address: string; readonly key: string },
): Promise<TestTeam> => {
  const deps = { subtle, random: randomBytes, nowMs }
  const founded = await foundTeam(deps, { team: 'Acme', member: 'Ana', device: 'Laptop' })
  let roster = founded.roster
  const operations = [encodeOperation(founded.genesis)]
  const follow = (operation: SignedOperation): Bytes => {
    const applied = applyOperation(roster, operation)
    if (!applied.ok) throw new Error(applied.fault)
    roster = applied.value
    const bytes = encodeOperation(operation)
    operations.push(bytes)
    return bytes
  }
  const keys = await openEpochKeys(subtle, roster, founded.self.keys)
  const members: TestMember[] = [{ self: founded.self, signer: signerOf(subtle, founded.self.keys) }]
  if (relay) follow(await setRelay(deps, founded.self, roster, relay))
  for (const [index, role] of roles.entries()) {
    const request = { relay: TEST_RELAY, role, expiresMs: nowMs() + 3_600_000, uses: 1 }
    const { link, operation } = await inviteMember(deps, founded.self, roster, keys, request)
    follow(operation)
    const names = { member: `Member ${index + 1}`, device: 'Laptop' }
    const joined = await joinTeam(deps, await createDeviceKeys(subtle), roster, link.secret, names)
    follow(joined.operation)
    members.push({ self: joined.self, signer: signerOf(subtle, joined.self.keys) })
  }
  if (roles.length > 0) follow((await shareKeys(deps, founded.self, roster, keys)) as SignedOperation)
  return { operations, members, roster: () => roster, keys: () => keys, follow }
}

export const tokenFor = (
  { self, signer }: TestMember,
  nowMs = Date.now(),
  change: { readonly audience?: string; readonly team?: string } = {},
): Promise<string> =>
  createToken({
    audience: change.audience ?? TEST_RELAY,
    team: change.team ?? self.team,
    nowMs,
    random: randomBytes(16),
    device: signer,
  })

/** Writes envelopes without content worth reading: fast, and all that a relay can tell. */
export interface Pen {
  readonly head: () => FeedHead
  readonly write: (change?: Partial<Header>, size?: number) => Promise<Bytes>
  readonly erase: (targets: readonly EraseTarget[]) => Promise<Bytes>
  readonly writeMany: (count: number, size?: number) => Promise<Bytes[]>
}

export const createPen = ({ self, signer }: TestMember, start: FeedHead = EMPTY_HEAD): Pen => {
  let head = start
  const nextHeader = (): Header => ({
    kind: 'entry',
    team: self.team,
    feed: self.feed,
    seq: head.seq + 1,
    prev: head.hash,
    clock: tick(head.seq === 0 ? CLOCK_ZERO : head.clock, Date.now()),
    epoch: 1,
    keyCommit: new Uint8Array(32),
    nonce: new Uint8Array(12),
    seen: [],
    bodyHash: new Uint8Array(32),
  })
  const write = async (change: Partial<Header> = {}, size = 160): Promise<Bytes> => {
    const body = randomBytes(Math.min(size, 65_536))
    const header = { ...nextHeader(), bodyHash: digest(body), ...change }
    const envelope: Envelope = await signEnvelope(header, body, signer)
    head = headOf(envelope)
    return encodeEnvelope(envelope)
  }
  return {
    head: () => head,
    write,
    erase: async (targets) => {
      const { kind: _, keyCommit: _keyCommit, bodyHash: _bodyHash, ...header } = nextHeader()
      const envelope = await sealErase(targets, header, signer)
      head = headOf(envelope)
      return encodeEnvelope(envelope)
    },
    writeMany: async (count, size) => {
      const written: Bytes[] = []
      for (let index = 0; index < count; index++) written.push(await write({}, size))
      return written
    },
  }
}
