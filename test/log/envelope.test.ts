import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesEqual, concatBytes } from '../../lib/log/bytes.ts'
import { CLOCK_ZERO, clockToText, compareClocks, MAX_DRIFT_MS, tick, witness } from '../../lib/log/clock.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type Envelope,
  encodeEnvelope,
  encodeHeader,
  type FeedHead,
  headOf,
  MAX_ENVELOPE_BYTES,
  withoutBody,
} from '../../lib/log/envelope.ts'
import { decodeErase, sealErase } from '../../lib/log/erase.ts'
import { createFeedWriter, type FeedStorage } from '../../lib/log/feed.ts'
import { checkChain, findFork, verifyRun } from '../../lib/log/run.ts'
import {
  entryKeyOf,
  MAX_BODY_BYTES,
  MAX_TEXT_BYTES,
  openEntry,
  openWith,
  openWithEntryKey,
  sealEntry,
} from '../../lib/log/seal.ts'
import { createSignerFromSeed } from '../../lib/log/signature.ts'
import { makeEntry } from '../helpers/entries.ts'
import { randomBytes, subtle, verifier } from '../helpers/team.ts'
import { arbitraryEnvelope, arbitraryHeader } from './arbitraries.ts'

const TEAM = 'ab'.repeat(16)
const FEED = 4_294_967_301
const KEY = randomBytes(32)
const signer = await createSignerFromSeed(subtle, randomBytes(32))
const place = { team: TEAM, feed: FEED, head: EMPTY_HEAD }

/** A feed in memory, whose storage can be told that another context wrote first. */
const createFeed = (nowMs = () => 1_000) => {
  const envelopes: Envelope[] = []
  let head: FeedHead = EMPTY_HEAD
  let interferences = 0
  const storage: FeedStorage = {
    head: async () => head,
    append: async (_, expected, added) => {
      if (interferences > 0) {
        interferences -= 1
        const [other] = await createFeedWriter({
          ...deps,
          storage: { ...storage, append: async () => true },
        }).append([makeEntry(900 + interferences)])
        envelopes.push(other as Envelope)
        head = headOf(other as Envelope)
      }
      if (head.seq !== expected.seq || !bytesEqual(head.hash, expected.hash)) return false
      envelopes.push(...added)
      head = headOf(added.at(-1) as Envelope)
      return true
    },
  }
  const deps = {
    subtle,
    signer,
    team: TEAM,
    feed: FEED,
    storage,
    context: async () => ({ epoch: 1, epochKey: KEY, seen: [], clock: CLOCK_ZERO }),
    nowMs,
    random: randomBytes,
  }
  return {
    envelopes,
    writer: createFeedWriter(deps),
    interfere: (times: number) => {
      interferences = times
    },
  }
}

const entries = (count: number) => Array.from({ length: count }, (_, index) => makeEntry(index))

describe('[E1] envelope bytes', () => {
  test('decode to what was encoded', () => {
    fc.assert(
      fc.property(arbitraryEnvelope, (envelope) => {
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual({ ok: true, value: envelope })
      }),
    )
  })

  test('a header that no decoder takes is not encoded', () => {
    fc.assert(
      fc.property(arbitraryHeader, (header) => {
        expect(() => encodeHeader({ ...header, feed: 0 })).toThrow('header')
        expect(() => encodeHeader({ ...header, seq: 0 })).toThrow('header')
        expect(() => encodeHeader({ ...header, nonce: new Uint8Array(11) })).toThrow()
        expect(() => encodeHeader({ ...header, team: 'AB' })).toThrow('team')
      }),
      { numRuns: 20 },
    )
  })

  test('too much of anything is refused', () => {
    expect(decodeEnvelope(new Uint8Array(MAX_ENVELOPE_BYTES + 1))).toEqual({ ok: false, fault: 'too large' })
    expect(decodeEnvelope(new Uint8Array(0))).toEqual({ ok: false, fault: 'malformed' })
    expect(decodeEnvelope(Uint8Array.of(2))).toEqual({ ok: false, fault: 'unknown version' })
    expect(decodeEnvelope(Uint8Array.of(1, 9))).toEqual({ ok: false, fault: 'unknown kind' })
  })
})

describe('[E2] erasing', () => {
  test('a body can go and chain and signature stay; another body is refused', async () => {
    const { envelopes, writer } = createFeed()
    await writer.append(entries(3))
    const middle = withoutBody(envelopes[1] as Envelope)
    const run = [envelopes[0] as Envelope, middle, envelopes[2] as Envelope]
    expect(await verifyRun(run, place, signer.publicKey, verifier)).toMatchObject({ ok: true })
    expect(decodeEnvelope(encodeEnvelope(middle))).toEqual({ ok: true, value: middle })
    expect(await openEntry(subtle, middle, KEY)).toEqual({ ok: false, fault: 'erased' })
    expect(findFork(middle, envelopes[1] as Envelope)).toBeUndefined()
    const swapped = concatBytes(middle.headerBytes, middle.signature, (envelopes[0] as Envelope).body)
    expect(decodeEnvelope(swapped)).toEqual({ ok: false, fault: 'body does not match its hash' })
  })

  test('[E6] an erase names its targets in plain', async () => {
    const { envelopes, writer } = createFeed()
    await writer.append(entries(2))
    const targets = envelopes
      .slice(0, 2)
      .map(({ header, hash }) => ({ feed: header.feed, seq: header.seq, hash }))
    const erase = await writer.erase(targets)
    expect(decodeErase(erase)).toEqual({ ok: true, value: targets })
    expect(decodeErase(envelopes[0] as Envelope)).toEqual({ ok: false, fault: 'no erase' })
    expect(await openEntry(subtle, erase, KEY)).toEqual({ ok: false, fault: 'no entry' })
    expect(await verifyRun(envelopes, place, signer.publicKey, verifier)).toMatchObject({ ok: true })
    const head = {
      team: TEAM,
      feed: FEED,
      seq: 1,
      prev: EMPTY_HEAD.hash,
      clock: CLOCK_ZERO,
      epoch: 1,
      seen: [],
    }
    expect(() => sealErase([], head, signer)).toThrow('targets')
  })
})

describe('[E3] keys', () => {
  test('an entry opens with its epoch key and with its own key, and with no other', async () => {
    const { envelopes, writer } = createFeed()
    const [entry] = entries(1)
    await writer.append(entries(1))
    const envelope = envelopes[0] as Envelope
    expect(await openEntry(subtle, envelope, KEY)).toEqual({ ok: true, value: entry })
    expect(await openWithEntryKey(subtle, envelope, entryKeyOf(KEY, envelope.header))).toEqual({
      ok: true,
      value: entry,
    })
    expect(await openEntry(subtle, envelope, randomBytes(32))).toEqual({
      ok: false,
      fault: 'key does not fit',
    })
  })

  test('one ciphertext can’t be sold with another header: all of it is authenticated', async () => {
    const { envelopes, writer } = createFeed()
    await writer.append(entries(1))
    const { header, body } = envelopes[0] as Envelope
    const moved = { ...header, clock: { ms: 5, counter: 5 } }
    const headerBytes = encodeHeader(moved)
    const forged = { ...(envelopes[0] as Envelope), header: moved, headerBytes, body }
    expect(await openEntry(subtle, forged, KEY)).toEqual({ ok: false, fault: 'cannot be opened' })
  })

  test('[E4] sizes are padded, the largest entry fits, a larger one is the caller’s error', async () => {
    const header = {
      team: TEAM,
      feed: FEED,
      seq: 1,
      prev: EMPTY_HEAD.hash,
      clock: CLOCK_ZERO,
      epoch: 1,
      seen: [],
      nonce: randomBytes(12),
    }
    const sizeOf = async (length: number) => {
      const entry = { ...makeEntry(0), reason: 'x'.repeat(length) }
      const envelope = await sealEntry(subtle, entry, header, KEY, signer)
      expect(await openEntry(subtle, envelope, KEY)).toEqual({ ok: true, value: entry })
      return envelope.body.length
    }
    expect(new Set(await Promise.all([1000, 1001, 1002, 1003].map(sizeOf))).size).toBeLessThan(3)
    const room =
      MAX_TEXT_BYTES - new TextEncoder().encode(JSON.stringify({ ...makeEntry(0), reason: '' })).length
    expect(await sizeOf(room)).toBe(MAX_BODY_BYTES)
    expect(MAX_BODY_BYTES).toBeLessThan(MAX_ENVELOPE_BYTES - 4000)
    await expect(sizeOf(room + 1)).rejects.toThrow('at most')
  })

  test('what is no entry is not sealed', async () => {
    const { writer } = createFeed()
    await expect(writer.append([{ ...makeEntry(0), time: 'yesterday' }])).rejects.toThrow('no entry')
  })
})

describe('[C1] chains', () => {
  const written = async (count: number): Promise<Envelope[]> => {
    const { envelopes, writer } = createFeed()
    await writer.append(entries(count))
    return envelopes
  }

  test('a feed written in any portions is one chain, and any prefix, continuation and order of calls agrees', async () => {
    const { envelopes, writer } = createFeed()
    await Promise.all([
      writer.append(entries(2)),
      writer.append([]),
      writer.append(entries(1)),
      writer.append(entries(3)),
    ])
    expect(envelopes.map(({ header }) => header.seq)).toEqual([1, 2, 3, 4, 5, 6])
    const whole = checkChain(envelopes, place)
    for (let cut = 1; cut < 6; cut++) {
      const first = checkChain(envelopes.slice(0, cut), place)
      if (!first.ok) throw new Error(first.fault)
      expect(checkChain(envelopes.slice(cut), { ...place, head: first.value })).toEqual(whole)
    }
  })

  test('gap, repetition, swap, foreign team and feed, empty run are told apart', async () => {
    const run = await written(4)
    const [one, two, three, four] = run as [Envelope, Envelope, Envelope, Envelope]
    const faultOf = (envelopes: readonly Envelope[], at = place) => {
      const checked = checkChain(envelopes, at)
      return checked.ok ? 'ok' : checked.fault
    }
    expect(faultOf([])).toBe('empty run')
    expect(faultOf([one, three])).toBe('gap')
    expect(faultOf([two])).toBe('gap')
    expect(faultOf([one, one])).toBe('already have')
    expect(faultOf([one, two, four, three])).toBe('gap')
    expect(faultOf([one], { ...place, team: 'cd'.repeat(16) })).toBe('wrong team')
    expect(faultOf([one], { ...place, feed: 1 })).toBe('wrong feed')
    const other = (await written(2))[1] as Envelope
    expect(faultOf([one, other])).toBe('wrong chain')
  })

  test('[C2] the last signature speaks for the run, and a run that ends in a bad one counts for nothing', async () => {
    const run = await written(3)
    const broken = run.map((envelope) => ({ ...envelope, signature: new Uint8Array(64) }))
    const last = run[2] as Envelope
    const verify = (envelopes: readonly Envelope[]) => verifyRun(envelopes, place, signer.publicKey, verifier)
    expect(await verify([...broken.slice(0, 2), last])).toMatchObject({ ok: true })
    expect(await verify([...run.slice(0, 2), broken[2] as Envelope])).toEqual({
      ok: false,
      fault: 'bad signature',
    })
    expect(await verify([run[0] as Envelope, broken[1] as Envelope])).toEqual({
      ok: false,
      fault: 'bad signature',
    })
    const stranger = await createSignerFromSeed(subtle, randomBytes(32))
    expect(await verifyRun(run, place, stranger.publicKey, verifier)).toEqual({
      ok: false,
      fault: 'bad signature',
    })
  })

  test('every changed bit of a run is found', async () => {
    const run = await written(2)
    const bytes = run.map(encodeEnvelope)
    const at = fc.tuple(fc.nat({ max: 1 }), fc.nat(), fc.nat({ max: 7 }))
    await fc.assert(
      fc.asyncProperty(at, async ([which, where, bit]) => {
        const changed = bytes.map((part) => part.slice())
        const part = changed[which] as Uint8Array
        const offset = where % part.length
        const isCovered =
          which === 1 ||
          offset < (run[0] as Envelope).headerBytes.length ||
          offset >= (run[0] as Envelope).headerBytes.length + 64
        part[offset] = (part[offset] as number) ^ (1 << bit)
        const decoded = changed.map((part) => decodeEnvelope(part))
        const envelopes = decoded.flatMap((result) => (result.ok ? [result.value] : []))
        if (envelopes.length < 2) return
        const verdict = await verifyRun(envelopes, place, signer.publicKey, verifier)
        // The first signature of a run is vouched for by the second: that alone may change.
        expect(verdict.ok).toBe(!isCovered)
      }),
      { numRuns: 300 },
    )
  })

  test('[C4] two headers for one place are a fork, whoever brings them', async () => {
    const [mine] = await written(1)
    const [twin] = await written(1)
    expect(findFork(mine as Envelope, twin as Envelope)).toMatchObject({ feed: FEED, seq: 1 })
    expect(findFork(mine as Envelope, mine as Envelope)).toBeUndefined()
  })
})

describe('the feed writer', () => {
  test('makes entries anew when another context was faster, and never forks', async () => {
    const { envelopes, writer, interfere } = createFeed()
    interfere(3)
    await writer.append(entries(2))
    expect(envelopes.map(({ header }) => header.seq)).toEqual([1, 2, 3, 4, 5])
    expect(await verifyRun(envelopes, place, signer.publicKey, verifier)).toMatchObject({ ok: true })
  })

  test('gives up loudly rather than spin', async () => {
    const { writer, interfere } = createFeed()
    interfere(1000)
    await expect(writer.append(entries(1))).rejects.toThrow('its head moved')
  })

  test('[C6] clocks grow although the wall clock goes back', async () => {
    const times = [5_000, 1_000, 9_000, 2_000]
    const { envelopes, writer } = createFeed(() => times.shift() ?? 2_000)
    await writer.append(entries(3))
    const texts = envelopes.map(({ header }) => clockToText(header.clock))
    expect([...texts].sort()).toEqual(texts)
    expect(new Set(texts).size).toBe(3)
  })
})

test('[C6] a clock from the future is not followed, one within the drift is', () => {
  const remote = (ms: number) => ({ ms, counter: 7 })
  expect(witness({ ms: 10, counter: 0 }, remote(20), 15)).toEqual(remote(20))
  expect(witness({ ms: 10, counter: 0 }, remote(15 + MAX_DRIFT_MS), 15)).toEqual(remote(15 + MAX_DRIFT_MS))
  expect(witness({ ms: 10, counter: 0 }, remote(16 + MAX_DRIFT_MS), 15)).toEqual({ ms: 10, counter: 0 })
  expect(compareClocks(tick({ ms: 5, counter: 0xffff }, 0), { ms: 5, counter: 0xffff })).toBeGreaterThan(0)
})

test('[E4] padding that is not zeros is refused', async () => {
  const [envelope] = await createFeed().writer.append([makeEntry(1)])
  const text = new TextEncoder().encode(JSON.stringify(makeEntry(1)))
  const padded = (byte: number) =>
    concatBytes(Uint8Array.of(0, 0, text.length >> 8, text.length & 255), text, Uint8Array.of(0, byte))
  const opened = (byte: number) =>
    openWith(() => padded(byte), envelope as Envelope, entryKeyOf(KEY, (envelope as Envelope).header))
  expect((await opened(0)).ok).toBe(true)
  expect(await opened(1)).toEqual({ ok: false, fault: 'no valid entry inside' })
})
