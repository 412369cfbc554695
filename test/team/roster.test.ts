import { describe, expect, test } from 'vitest'
import { bytesToHex } from '../../lib/log/bytes.ts'
import { foldRoster } from '../../lib/team/apply-operation.ts'
import {
  changeRole,
  foundTeam,
  removeDevice,
  removeMember,
  rename,
  revokeInvite,
  rotateKey,
  setRelay,
  shareKeys,
} from '../../lib/team/author.ts'
import { keyHashOf, openEpochKeys, openName, sealLockbox, sealPrevious } from '../../lib/team/epoch-keys.ts'
import { signerOf } from '../../lib/team/identity.ts'
import { inviteLinkToText, parseInviteLink } from '../../lib/team/invite.ts'
import {
  decodeOperation,
  encodeOperation,
  type LaterOperation,
  signOperation,
} from '../../lib/team/operation.ts'
import { devicesWithoutKey, mayCount, roleOf } from '../../lib/team/roster.ts'
import {
  createTestDeps,
  createTestTeam,
  noHeads,
  RELAY,
  randomBytes,
  subtle,
  verifier,
  WEEK_MS,
} from '../helpers/team.ts'

const hash = (fill: number) => new Uint8Array(32).fill(fill)

describe('a team', () => {
  test('[T1] begins with one admin, whose genesis names it', async () => {
    const team = await createTestTeam()
    const genesis = team.operations[0]
    expect(team.roster.team).toBe(genesis?.hash.slice(0, 32))
    expect(roleOf(team.roster, team.founder.feed)).toBe('admin')
    const keys = await team.keysOf(team.founder)
    expect([...keys.keys()]).toEqual([1])
    expect(await openName(subtle, team.roster.name, team.roster, keys)).toBe('Acme')
  })

  test('[T2] is the same for everyone who folds the same operations', async () => {
    const team = await createTestTeam()
    await team.admit('Ben')
    await team.admit('Cleo', 'reader')
    const folded = await foldRoster(team.operations.map(encodeOperation), verifier)
    expect(folded.fault).toBeUndefined()
    expect(folded.roster).toEqual(team.roster)
  })

  test('[T3] an operation that names another predecessor is stale and can be made again', async () => {
    const team = await createTestTeam()
    const keys = await team.keysOf(team.founder)
    const first = await rename(team.deps, team.founder, team.roster, keys, 'Acme One')
    const second = await rename(team.deps, team.founder, team.roster, keys, 'Acme Two')
    await team.append(first)
    await expect(team.append(second)).rejects.toThrow('stale')
    await team.append(await rename(team.deps, team.founder, team.roster, keys, 'Acme Two'))
    expect(await openName(subtle, team.roster.name, team.roster, keys)).toBe('Acme Two')
  })

  test('shows no name to who has no key', async () => {
    const team = await createTestTeam()
    await team.admit('Benjamin Blumchen')
    const disk = team.operations.map(({ json }) => new TextDecoder().decode(json)).join()
    for (const secret of ['Acme', 'Ana', 'Benjamin', 'laptop']) expect(disk).not.toContain(secret)
  })
})

describe('joining', () => {
  test('[J1] a link that was parsed from its text admits one person, who gets the key from an admin', async () => {
    const team = await createTestTeam()
    const link = await team.invite(team.founder, 'writer')
    const parsed = parseInviteLink(` ${inviteLinkToText(link)}\n`, team.deps.nowMs())
    expect(parsed).toEqual({ ok: true, value: link })
    const ben = await team.accept(link, 'Ben')
    expect(devicesWithoutKey(team.roster).map(({ feed }) => feed)).toEqual([ben.feed])
    expect((await team.keysOf(ben)).size).toBe(0)
    await team.handOver(team.founder)
    expect(devicesWithoutKey(team.roster)).toEqual([])
    const keys = await team.keysOf(ben)
    expect(keys).toEqual(await team.keysOf(team.founder))
    const name = team.roster.members.get(ben.member)?.name
    expect(name && (await openName(subtle, name, team.roster, keys))).toBe('Ben')
  })

  test('[J2] a used, revoked, expired or unknown invite admits nobody', async () => {
    const team = await createTestTeam()
    const used = await team.invite(team.founder, 'writer')
    await team.accept(used, 'Ben')
    await expect(team.accept(used, 'Mallory')).rejects.toThrow('invite used up')
    const revoked = await team.invite(team.founder, 'writer')
    const id = [...team.roster.invites.keys()].at(-1) as string
    await team.append(await revokeInvite(team.deps, team.founder, team.roster, id))
    await expect(team.accept(revoked, 'Mallory')).rejects.toThrow('no such invite')
    const late = await team.invite(team.founder, 'writer')
    team.deps.set(team.deps.nowMs() + WEEK_MS + 1)
    await expect(team.accept(late, 'Mallory')).rejects.toThrow('invite expired')
    const unknown = { ...late, secret: hash(7) }
    await expect(team.accept(unknown, 'Mallory')).rejects.toThrow('no such invite')
  })

  test('[J3] a join without the invite key, or for other keys than it signed, is refused', async () => {
    const team = await createTestTeam()
    const link = await team.invite(team.founder, 'writer')
    const other = await createTestTeam()
    const stranger = other.founder.keys
    const id = [...team.roster.invites.keys()][0] as string
    const join: LaterOperation = {
      v: 1,
      team: team.roster.team,
      index: team.roster.head.length,
      prev: team.roster.head.hash,
      time: team.deps.nowMs(),
      by: stranger.signPublic,
      kind: 'join',
      invite: id,
      member: '00'.repeat(16),
      memberName: { invite: id, box: 'AAAA' },
      deviceName: { invite: id, box: 'AAAA' },
      agree: stranger.agreePublic,
      proof: '00'.repeat(64),
    }
    await expect(team.append(await signOperation(join, signerOf(subtle, stranger)))).rejects.toThrow(
      'bad signature',
    )
    await team.accept(link, 'Ben')
  })

  test('[J4] a second device belongs to the same member and may be given the key by the first', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const link = await team.inviteOwnDevice(ben)
    const phone = await team.accept(link, 'Ben')
    expect(phone.member).toBe(ben.member)
    expect(phone.feed).not.toBe(ben.feed)
    await team.handOver(ben)
    expect((await team.keysOf(phone)).size).toBe(1)
    expect(roleOf(team.roster, phone.feed)).toBe('writer')
  })

  test('[J5] nobody else may invite a device in a member’s name, and the invites of a former admin are void', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben', 'admin')
    const link = await team.invite(ben, 'admin')
    await team.append(await changeRole(team.deps, team.founder, team.roster, ben.member, 'writer', noHeads))
    await expect(team.accept(link, 'Mallory')).rejects.toThrow('no such invite')
    await expect(team.invite(ben, 'reader')).rejects.toThrow('not allowed')
  })
})

describe('roles', () => {
  test('[R1] only admins change roles, remove others, rotate and name the relay', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const keys = await team.keysOf(ben)
    const { deps, roster, founder } = team
    await expect(removeMember(deps, ben, roster, keys, founder.member, noHeads)).rejects.toThrow(
      'not allowed',
    )
    await expect(removeDevice(deps, ben, roster, keys, founder.feed, noHeads)).rejects.toThrow('not allowed')
    const attempts = [
      await changeRole(deps, ben, roster, ben.member, 'admin', noHeads),
      await rotateKey(deps, ben, roster, keys),
      await setRelay(deps, ben, roster, { address: RELAY, key: founder.keys.signPublic }),
      await rename(deps, ben, roster, keys, 'Mallory Inc'),
      await rename(deps, ben, roster, keys, 'Mallory', founder.member),
    ]
    for (const attempt of attempts) await expect(team.append(attempt)).rejects.toThrow('not allowed')
    await team.append(await rename(deps, ben, roster, keys, 'Benjamin', ben.member))
  })

  test('[R2] the last admin can be neither removed nor demoted, nor leave', async () => {
    const team = await createTestTeam()
    await team.admit('Ben')
    const { deps, roster, founder } = team
    const keys = await team.keysOf(founder)
    await expect(removeMember(deps, founder, roster, keys, founder.member, noHeads)).rejects.toThrow(
      'last admin',
    )
    await expect(removeDevice(deps, founder, roster, keys, founder.feed, noHeads)).rejects.toThrow(
      'last admin',
    )
    const demoted = await changeRole(deps, founder, roster, founder.member, 'reader', noHeads)
    await expect(team.append(demoted)).rejects.toThrow('last admin')
  })

  test('[R2] an admin who has no device left is no admin to rely on', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben', 'admin')
    const { deps, founder } = team
    const removed = await removeDevice(
      deps,
      founder,
      team.roster,
      await team.keysOf(founder),
      ben.feed,
      noHeads,
    )
    await team.append(...removed)
    const keys = await team.keysOf(founder)
    await expect(removeDevice(deps, founder, team.roster, keys, founder.feed, noHeads)).rejects.toThrow(
      'last admin',
    )
    await expect(removeMember(deps, founder, team.roster, keys, founder.member, noHeads)).rejects.toThrow(
      'last admin',
    )
  })

  test('[R3] nothing of a reader counts; as a writer they may append; a reader again, up to the cut', async () => {
    const team = await createTestTeam()
    const cleo = await team.admit('Cleo', 'reader')
    const header = (seq: number) => ({ feed: cleo.feed, seq, epoch: 1 })
    expect(mayCount(team.roster, header(1), hash(1))).toEqual({ ok: false, fault: 'after the cut' })
    await team.append(await changeRole(team.deps, team.founder, team.roster, cleo.member, 'writer', noHeads))
    expect(mayCount(team.roster, header(1), hash(1)).ok).toBe(true)
    const heads = new Map([[cleo.feed, { seq: 2, hash: hash(2) }]])
    await team.append(await changeRole(team.deps, team.founder, team.roster, cleo.member, 'reader', heads))
    expect(mayCount(team.roster, header(2), hash(2)).ok).toBe(true)
    expect(mayCount(team.roster, header(2), hash(3))).toEqual({ ok: false, fault: 'forks the cut' })
    expect(mayCount(team.roster, header(3), hash(3))).toEqual({ ok: false, fault: 'after the cut' })
  })
})

describe('removal', () => {
  test('[X1] pins the last valid entry and makes a key that the removed member does not get', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const before = await team.keysOf(ben)
    const heads = new Map([[ben.feed, { seq: 5, hash: hash(5) }]])
    const keys = await team.keysOf(team.founder)
    await team.append(...(await removeMember(team.deps, team.founder, team.roster, keys, ben.member, heads)))
    expect(roleOf(team.roster, ben.feed)).toBeUndefined()
    expect(team.roster.rotationDue).toBe(false)
    expect([...(await team.keysOf(team.founder)).keys()].sort()).toEqual([1, 2])
    expect(await team.keysOf(ben)).toEqual(before)
    expect(mayCount(team.roster, { feed: ben.feed, seq: 5, epoch: 1 }, hash(5)).ok).toBe(true)
    expect(mayCount(team.roster, { feed: ben.feed, seq: 6, epoch: 1 }, hash(6)).ok).toBe(false)
    const late = await setRelay(team.deps, ben, team.roster, { address: RELAY, key: ben.keys.signPublic })
    await expect(team.append(late)).rejects.toThrow('not a member')
  })

  test('[X2] entries of who stayed count under an older epoch, none under one to come', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const cleo = await team.admit('Cleo')
    const keys = await team.keysOf(team.founder)
    await team.append(
      ...(await removeMember(team.deps, team.founder, team.roster, keys, ben.member, noHeads)),
    )
    expect(mayCount(team.roster, { feed: cleo.feed, seq: 1, epoch: 1 }, hash(1)).ok).toBe(true)
    const ahead = mayCount(team.roster, { feed: cleo.feed, seq: 1, epoch: 3 }, hash(1))
    expect(ahead).toEqual({ ok: false, fault: 'unknown epoch' })
  })

  test('[X3] who leaves alone leaves a rotation due, which an admin makes; newcomers read the history', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const left = await removeMember(team.deps, ben, team.roster, await team.keysOf(ben), ben.member, noHeads)
    await team.append(...left)
    expect(team.roster.rotationDue).toBe(true)
    const keys = await team.keysOf(team.founder)
    await team.append(await rotateKey(team.deps, team.founder, team.roster, keys))
    expect(team.roster.rotationDue).toBe(false)
    const cleo = await team.admit('Cleo')
    expect([...(await team.keysOf(cleo)).keys()].sort()).toEqual([1, 2])
  })

  test('[X4] a removed device cannot come back, its member can go on with another', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const phone = await team.accept(await team.inviteOwnDevice(ben), 'Ben')
    await team.handOver(team.founder)
    const keys = await team.keysOf(phone)
    await team.append(...(await removeDevice(team.deps, phone, team.roster, keys, ben.feed, noHeads)))
    expect(roleOf(team.roster, ben.feed)).toBeUndefined()
    expect(roleOf(team.roster, phone.feed)).toBe('writer')
    expect(team.roster.rotationDue).toBe(true)
  })

  test('[X5] a removal that forgets a device, or names a foreign one, is refused', async () => {
    const team = await createTestTeam()
    const ben = await team.admit('Ben')
    const common = {
      v: 1 as const,
      team: team.roster.team,
      index: team.roster.head.length,
      prev: team.roster.head.hash,
      time: 1,
      by: team.founder.keys.signPublic,
    }
    const signer = signerOf(subtle, team.founder.keys)
    const zeros = '0'.repeat(64)
    for (const cuts of [[], [{ feed: team.founder.feed, seq: 0, hash: zeros }]]) {
      const removal = await signOperation(
        { ...common, kind: 'remove-member', member: ben.member, cuts },
        signer,
      )
      await expect(team.append(removal)).rejects.toThrow('cuts do not fit')
    }
  })
})

describe('keys', () => {
  test('[K1] a new epoch without a lockbox for every device is refused', async () => {
    const team = await createTestTeam()
    await team.admit('Ben')
    const honest = await rotateKey(team.deps, team.founder, team.roster, await team.keysOf(team.founder))
    if (honest.operation.kind !== 'epoch') throw new Error('unreachable')
    const lockboxes = honest.operation.lockboxes.filter(({ feed }) => feed === team.founder.feed)
    const selfish = await signOperation(
      { ...honest.operation, lockboxes },
      signerOf(subtle, team.founder.keys),
    )
    await expect(team.append(selfish)).rejects.toThrow('lockboxes do not fit')
  })

  test('[K2] a lockbox with another key than the epoch names gives no key', async () => {
    const team = await createTestTeam()
    const ben = await team.accept(await team.invite(team.founder, 'writer'), 'Ben')
    const honest = await shareKeys(team.deps, team.founder, team.roster, await team.keysOf(team.founder))
    const other = await createTestTeam()
    const forged = await shareKeys(team.deps, team.founder, team.roster, await other.keysOf(other.founder))
    expect(honest && forged).toBeDefined()
    if (forged) await team.append(forged)
    expect((await team.keysOf(ben)).size).toBe(0)
  })
})

test('[K1] another key than the epoch names is none, in a lockbox and sealed under the next', async () => {
  const team = await createTestTeam()
  const { self, key, wrong } = { self: team.founder, key: randomBytes(32), wrong: randomBytes(32) }
  const [first] = team.roster.epochs
  if (!first) throw new Error('no epoch')
  const box = await sealLockbox(subtle, key, self.keys.agreePublic)
  const next = { epoch: 2, keyHash: keyHashOf(key), boxes: new Map([[self.feed, box]]) }
  const keysWith = async (previous: Uint8Array<ArrayBuffer>) => {
    const second = { ...next, previous: await sealPrevious(subtle, previous, key) }
    const epochs = [{ ...first, boxes: new Map() }, second]
    return openEpochKeys(subtle, { ...team.roster, epochs }, self.keys)
  }
  const known = (await team.keysOf(self)).get(1) as Uint8Array<ArrayBuffer>
  expect([...(await keysWith(known)).keys()]).toEqual([2, 1])
  expect([...(await keysWith(wrong)).keys()]).toEqual([2])
})

describe('bytes', () => {
  test('[O1] an operation decodes to itself; other text, shape, version or size is refused', async () => {
    const { genesis } = await foundTeam(createTestDeps(), { team: 'A', member: 'B', device: 'C' })
    const bytes = encodeOperation(genesis)
    expect(decodeOperation(bytes)).toEqual({ ok: true, value: genesis })
    const text = new TextDecoder().decode(bytes.subarray(65))
    const withText = (other: string) =>
      Uint8Array.of(...bytes.subarray(0, 65), ...new TextEncoder().encode(other))
    expect(decodeOperation(withText(` ${text}`))).toEqual({ ok: false, fault: 'not canonical' })
    expect(decodeOperation(withText('{"kind":"genesis"}'))).toEqual({ ok: false, fault: 'unknown shape' })
    expect(decodeOperation(withText('['.repeat(60_000)))).toEqual({ ok: false, fault: 'malformed' })
    expect(decodeOperation(withText('['.repeat(20_000) + ']'.repeat(20_000))).ok).toBe(false)
    expect(decodeOperation(Uint8Array.of(2, ...bytes.subarray(1)))).toEqual({
      ok: false,
      fault: 'unknown version',
    })
    expect(decodeOperation(new Uint8Array(65 * 1024))).toEqual({ ok: false, fault: 'too large' })
    expect(decodeOperation(bytes.subarray(0, 30))).toEqual({ ok: false, fault: 'malformed' })
  })

  test('[O2] a changed byte anywhere is refused', async () => {
    const { genesis } = await foundTeam(createTestDeps(), { team: 'A', member: 'B', device: 'C' })
    const bytes = encodeOperation(genesis)
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] = (changed[at] as number) ^ 1
      const folded = await foldRoster([changed], verifier)
      expect(folded.fault, `byte ${at} of ${bytesToHex(changed)}`).toBeDefined()
    }
  })
})
