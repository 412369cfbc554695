/** Arbitrary headers, envelopes and mutations of real bytes, for property tests and fuzzing. */
import fc from 'fast-check'
import type { Bytes } from '../../lib/log/bytes.ts'
import { digest, type Envelope, encodeHeader, type Header } from '../../lib/log/envelope.ts'

export const bytesOf = (length: number): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => new Uint8Array(bytes))

const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

export const arbitraryHeader: fc.Arbitrary<Header> = fc
  .record({
    kind: fc.constantFrom('entry' as const, 'erase' as const),
    team: bytesOf(16).map((bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')),
    feed: positive,
    seq: positive,
    prev: bytesOf(32),
    clock: fc.record({
      ms: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      counter: fc.integer({ min: 0, max: 0xffff }),
    }),
    epoch: fc.integer({ min: 0, max: 0xffff_ffff }),
    keyCommit: bytesOf(32),
    nonce: bytesOf(12),
    seen: fc
      .uniqueArray(fc.record({ feed: fc.nat({ max: 2 ** 31 - 1 }), seq: positive, hash: bytesOf(32) }), {
        maxLength: 5,
        selector: ({ feed }) => feed,
      })
      .map((seen) => seen.sort((a, b) => a.feed - b.feed)),
    bodyHash: bytesOf(32),
  })
  .filter(({ feed, seen }) => seen.every((head) => head.feed !== feed))

export const arbitraryEnvelope: fc.Arbitrary<Envelope> = fc
  .tuple(arbitraryHeader, bytesOf(64), fc.uint8Array({ maxLength: 200 }))
  .map(([header, signature, content]) => {
    const body = new Uint8Array(content)
    const whole = { ...header, bodyHash: body.length > 0 ? digest(body) : header.bodyHash }
    const headerBytes = encodeHeader(whole)
    return { header: whole, headerBytes, hash: digest(headerBytes), signature, body }
  })

/** Real bytes with a few of them changed, cut, doubled or moved. */
export const mutationOf = (real: fc.Arbitrary<Bytes>): fc.Arbitrary<Bytes> =>
  fc
    .tuple(
      real,
      fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 4 }),
      fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: undefined }),
      fc.constantFrom('keep' as const, 'cut' as const, 'splice' as const, 'double' as const),
    )
    .map(([bytes, edits, range, how]) => {
      const changed = bytes.slice()
      if (changed.length > 0) for (const [at, value] of edits) changed[at % changed.length] = value
      const [a, b] = (range ?? [0, 0]).map((at) => at % (changed.length + 1)) as [number, number]
      const [from, to] = a < b ? [a, b] : [b, a]
      if (how === 'cut') return changed.slice(0, to)
      if (how === 'splice') return new Uint8Array([...changed.subarray(0, from), ...changed.subarray(to)])
      if (how === 'double') return new Uint8Array([...changed.subarray(0, to), ...changed.subarray(from)])
      return changed
    })
