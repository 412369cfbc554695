/** Makes the test vectors of PROTOCOL.md from fixed keys: `node test/log/vectors.ts` rewrites vectors.json. */
import { writeFileSync } from 'node:fs'
import { type Bytes, bytesToHex, hexToBytes } from '../../lib/log/bytes.ts'
import { EMPTY_HEAD, encodeEnvelope, type FeedHead, headOf } from '../../lib/log/envelope.ts'
import { sealErase } from '../../lib/log/erase.ts'
import { encodeReceipt, signReceipt } from '../../lib/log/receipt.ts'
import { entryKeyOf, sealEntry } from '../../lib/log/seal.ts'
import { createSignerFromSeed } from '../../lib/log/signature.ts'
import { encodeStateVector, encodeUpdate } from '../../lib/log/yjs-update.ts'
import type { Entry } from '../../lib/model/entry.ts'
import { keyHashOf } from '../../lib/team/epoch-keys.ts'
import { inviteKeysOf, inviteLinkToText } from '../../lib/team/invite.ts'
import { encodeOperation, joinProofBytes, signOperation } from '../../lib/team/operation.ts'
import { feedOf, NO_OPERATIONS } from '../../lib/team/roster.ts'
import { createToken } from '../../lib/team/token.ts'

const subtle = globalThis.crypto.subtle
const fill = (value: number, length = 32): Bytes => new Uint8Array(length).fill(value)

export const TIME_MS = Date.UTC(2026, 10, 22, 14, 3, 22)

export const entryOfVectors = (number: number): Entry => ({
  id: `019aabcd-0000-7000-8000-00000000000${number}`,
  time: '2026-11-22T14:03:22.000Z',
  actor: { id: '0b'.repeat(16), name: 'Ana' },
  app: { origin: 'https://console.acme.test', name: 'Acme Console' },
  resourceType: 'setting',
  resourceId: 'security',
  action: 'update',
  before: { sessionTimeout: 15 * number },
  after: { sessionTimeout: 15 * number + 15 },
  changes: [
    {
      pointer: '/sessionTimeout',
      label: 'Session timeout',
      op: 'replace',
      before: 15 * number,
      after: 15 * number + 15,
    },
  ],
  evidence: { grade: 'accepted', via: 'fetch', method: 'PATCH', status: 200, beforeFrom: 'read' },
  redactions: [],
})

/** Everything that PROTOCOL.md defines, from keys that anybody can make. AES-GCM nonces are fixed here and nowhere else. */
export const makeVectors = async () => {
  const deviceSeed = fill(1)
  const device = await createSignerFromSeed(subtle, deviceSeed)
  const agreePublic = '07aaff3e9fc167275544f4c3a6a17cd837f2ec6e78cd8a57b1e3dfb3cc035a76'
  const epochKey = fill(3)
  const deviceKey = bytesToHex(device.publicKey)

  const genesis = await signOperation(
    {
      v: 1,
      kind: 'genesis',
      index: 0,
      prev: NO_OPERATIONS.hash,
      time: TIME_MS,
      by: deviceKey,
      nonce: '0a'.repeat(16),
      name: { epoch: 1, box: 'AAAA' },
      member: '0b'.repeat(16),
      memberName: { epoch: 1, box: 'AAAA' },
      deviceName: { epoch: 1, box: 'AAAA' },
      agree: agreePublic,
      keyHash: keyHashOf(epochKey),
      box: 'AAAA',
    },
    device,
  )
  const team = genesis.hash.slice(0, 32)
  const feed = feedOf(team, deviceKey)
  const inviteSecret = fill(5)
  const invite = await inviteKeysOf(subtle, inviteSecret)
  const inviteOperation = await signOperation(
    {
      v: 1,
      kind: 'invite',
      team,
      index: 1,
      prev: genesis.hash,
      time: TIME_MS,
      by: deviceKey,
      invite: invite.id,
      role: 'writer',
      expires: TIME_MS + 86_400_000,
      uses: 1,
      nameKey: { epoch: 1, box: 'AAAA' },
    },
    device,
  )
  const proof = { team, by: '0c'.repeat(32), agree: agreePublic, member: '0d'.repeat(16) }

  let head: FeedHead = EMPTY_HEAD
  const envelopes: { readonly hex: string; readonly entryKey?: string; readonly entry?: Entry }[] = []
  for (const number of [1, 2]) {
    const entry = entryOfVectors(number)
    const nonce = fill(number, 12)
    const header = {
      team,
      feed,
      seq: number,
      prev: head.hash,
      clock: { ms: TIME_MS, counter: number },
      epoch: 1,
      nonce,
      seen: number === 2 ? [{ feed: 0, seq: 2, hash: hexToBytes(inviteOperation.hash, 32) as Bytes }] : [],
    }
    const envelope = await sealEntry(subtle, entry, header, epochKey, device)
    head = headOf(envelope)
    envelopes.push({
      hex: bytesToHex(encodeEnvelope(envelope)),
      entryKey: bytesToHex(entryKeyOf(epochKey, header)),
      entry,
    })
  }
  const second = head
  const erase = await sealErase(
    [{ feed, seq: second.seq, hash: second.hash }],
    { team, feed, seq: 3, prev: second.hash, clock: { ms: TIME_MS + 1, counter: 0 }, epoch: 1, seen: [] },
    device,
  )
  envelopes.push({ hex: bytesToHex(encodeEnvelope(erase)) })

  const relaySeed = fill(9)
  const relay = await createSignerFromSeed(subtle, relaySeed)
  const receipt = await signReceipt({ team, feed, seq: 2, hash: second.hash, timeMs: TIME_MS + 40 }, relay)
  const items = envelopes.map(({ hex }) => hexToBytes(hex, hex.length / 2) as Bytes)
  return {
    device: { seed: bytesToHex(deviceSeed), public: deviceKey },
    team,
    feed,
    epochKey: { key: bytesToHex(epochKey), hash: keyHashOf(epochKey) },
    operations: {
      genesis: bytesToHex(encodeOperation(genesis)),
      invite: bytesToHex(encodeOperation(inviteOperation)),
    },
    invite: {
      link: inviteLinkToText({
        relay: 'https://relay.test',
        team,
        secret: inviteSecret,
        expiresMs: TIME_MS + 86_400_000,
      }),
      public: invite.id,
      nameKey: bytesToHex(invite.nameKey),
      joinProof: {
        ...proof,
        signature: bytesToHex(await invite.signer.sign(joinProofBytes(proof))),
      },
    },
    envelopes,
    update: bytesToHex(encodeUpdate([{ feed, clock: 0, items }])),
    stateVector: bytesToHex(encodeStateVector(new Map([[feed, items.length]]))),
    receipt: {
      relaySeed: bytesToHex(relaySeed),
      relayPublic: bytesToHex(relay.publicKey),
      hex: bytesToHex(encodeReceipt(receipt)),
    },
    token: {
      nowMs: TIME_MS,
      text: await createToken({
        audience: 'wss://relay.test',
        team,
        nowMs: TIME_MS,
        random: fill(6, 16),
        device,
      }),
    },
  }
}

if (import.meta.main) {
  const path = new URL('vectors.json', import.meta.url)
  writeFileSync(path, `${JSON.stringify(await makeVectors(), null, 2)}\n`)
}
