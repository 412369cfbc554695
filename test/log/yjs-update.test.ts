import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { bytesToHex } from '../../lib/log/bytes.ts'
import {
  decodeStateVector,
  decodeUpdate,
  encodeStateVector,
  encodeUpdate,
  type FeedRun,
  rootName,
  runsMissingFrom,
} from '../../lib/log/yjs-update.ts'

const FEED = 6_012_345_678_901_234

/** A stock Y.Doc that writes as this feed does. */
const writerOf = (feed: number) => {
  const doc = new Y.Doc()
  doc.clientID = feed
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  return { doc, updates, push: (...items: Uint8Array[]) => doc.getArray(rootName(feed)).push(items) }
}

const item = fc.uint8Array({ maxLength: 300 })
const feedId = fc.oneof(fc.nat({ max: 200 }), fc.maxSafeNat())
const feeds = fc.uniqueArray(fc.tuple(feedId, fc.array(item, { minLength: 1, maxLength: 6 })), {
  maxLength: 4,
  selector: ([feed]) => feed,
})

const toRuns = (update: Uint8Array): readonly FeedRun[] => {
  const decoded = decodeUpdate(update)
  if (!decoded.ok) throw new Error(decoded.fault)
  return decoded.value
}

describe('[W1] the canonical append is what Yjs writes', () => {
  test('golden bytes: first, second and a pair of pushes of Yjs 13.6.33', () => {
    const { updates, push } = writerOf(FEED)
    push(Uint8Array.of(1, 2, 3))
    push(Uint8Array.of(4))
    push(Uint8Array.of(5), Uint8Array.of())
    expect(updates.map(bytesToHex)).toEqual([
      '0101f2dfd483a586d70a0003011266' + '3a363031323334353637383930313233340301020300',
      '0101f2dfd483a586d70a0183f2dfd483a586d70a00010400',
      '0102f2dfd483a586d70a0283f2dfd483a586d70a01010583f2dfd483a586d70a020000',
    ])
    expect(encodeUpdate([{ feed: FEED, clock: 0, items: [Uint8Array.of(1, 2, 3)] }])).toEqual(updates[0])
    expect(encodeUpdate([{ feed: FEED, clock: 1, items: [Uint8Array.of(4)] }])).toEqual(updates[1])
    expect(encodeUpdate([{ feed: FEED, clock: 2, items: [Uint8Array.of(5), Uint8Array.of()] }])).toEqual(
      updates[2],
    )
  })

  test('every push of every feed, the whole document and its state vector are written alike', () => {
    fc.assert(
      fc.property(feeds, (contents) => {
        const reader = new Y.Doc()
        for (const [feed, items] of contents) {
          const { updates, push } = writerOf(feed)
          items.forEach((bytes, clock) => {
            push(bytes)
            expect(encodeUpdate([{ feed, clock, items: [new Uint8Array(bytes)] }])).toEqual(updates[clock])
          })
          for (const update of updates) Y.applyUpdate(reader, update)
        }
        const runs = contents.map(([feed, items]) => ({
          feed,
          clock: 0,
          items: items.map((x) => new Uint8Array(x)),
        }))
        expect(encodeUpdate(runs)).toEqual(Y.encodeStateAsUpdate(reader))
        const vector = new Map(contents.map(([feed, items]) => [feed, items.length]))
        expect(encodeStateVector(vector)).toEqual(Y.encodeStateVector(reader))
        expect(decodeStateVector(Y.encodeStateVector(reader))).toEqual({ ok: true, value: vector })
      }),
    )
  })

  test('a stock Y.Doc reads ours and holds the same arrays', () => {
    fc.assert(
      fc.property(feeds, (contents) => {
        const doc = new Y.Doc()
        const runs = contents.map(([feed, items]) => ({
          feed,
          clock: 0,
          items: items.map((x) => new Uint8Array(x)),
        }))
        Y.applyUpdate(doc, encodeUpdate(runs))
        expect(doc.store.pendingStructs).toBeNull()
        for (const [feed, items] of contents) {
          expect(doc.getArray<Uint8Array>(rootName(feed)).toArray().map(bytesToHex)).toEqual(
            items.map(bytesToHex),
          )
        }
      }),
    )
  })
})

describe('[W2] accepts what an append-only Yjs client sends', () => {
  test('step 2 for any state vector is the same as runsMissingFrom', () => {
    fc.assert(
      fc.property(feeds, fc.nat({ max: 7 }), (contents, had) => {
        const runs = contents.map(([feed, items]) => ({
          feed,
          clock: 0,
          items: items.map((x) => new Uint8Array(x)),
        }))
        const doc = new Y.Doc()
        Y.applyUpdate(doc, encodeUpdate(runs))
        const vector = new Map(contents.map(([feed, items]) => [feed, Math.min(had, items.length)]))
        const stepTwo = Y.encodeStateAsUpdate(doc, encodeStateVector(vector))
        const sorted = [...runs].sort((a, b) => b.feed - a.feed)
        expect(toRuns(stepTwo)).toEqual(runsMissingFrom(sorted, vector))
      }),
    )
  })

  test('mergeUpdates of contiguous pushes', () => {
    const one = writerOf(7)
    const two = writerOf(9)
    for (let value = 0; value < 5; value++) {
      one.push(Uint8Array.of(value))
      two.push(Uint8Array.of(value), Uint8Array.of(value, value))
    }
    const merged = toRuns(Y.mergeUpdates([...one.updates, ...two.updates]))
    expect(merged.map(({ feed, clock, items }) => [feed, clock, items.length])).toEqual([
      [9, 0, 10],
      [7, 0, 5],
    ])
  })

  test('the empty step 2', () => {
    expect(decodeUpdate(Uint8Array.of(0, 0))).toEqual({ ok: true, value: [] })
    expect(encodeUpdate([])).toEqual(Uint8Array.of(0, 0))
  })
})

describe('[W3] rejects everything else, with a reason', () => {
  const faultOf = (write: (doc: Y.Doc, array: Y.Array<unknown>) => void): string => {
    const { doc } = writerOf(FEED)
    const array = doc.getArray(rootName(FEED))
    array.push([Uint8Array.of(1), Uint8Array.of(2)])
    const before = Y.encodeStateVector(doc)
    write(doc, array)
    const decoded = decodeUpdate(Y.encodeStateAsUpdate(doc, before))
    return decoded.ok ? 'accepted' : decoded.fault
  }

  test.each<[string, string, (doc: Y.Doc, array: Y.Array<unknown>) => void]>([
    ['a delete', 'deletes', (_, array) => array.delete(0)],
    ['an insert at the front', 'foreign struct', (_, array) => array.insert(0, [Uint8Array.of(9)])],
    ['an insert in the middle', 'foreign struct', (_, array) => array.insert(1, [Uint8Array.of(9)])],
    ['a string', 'foreign struct', (_, array) => array.push(['text'])],
    ['a nested type', 'foreign struct', (_, array) => array.push([new Y.Map()])],
    ['another array', 'foreign struct', (doc) => doc.getArray('f:1').push([Uint8Array.of(1)])],
    ['a map entry', 'foreign struct', (doc) => doc.getMap('m').set('k', Uint8Array.of(1))],
    ['text', 'foreign struct', (doc) => doc.getText('t').insert(0, 'hello')],
    ['a subdocument', 'foreign struct', (_, array) => array.push([new Y.Doc()])],
  ])('%s', (_, fault, write) => {
    expect(faultOf(write)).toBe(fault)
  })

  test('the first item of a feed in an array of another name', () => {
    const { doc, updates } = writerOf(FEED)
    doc.getArray('f:1').push([Uint8Array.of(1)])
    expect(decodeUpdate(updates[0] as Uint8Array)).toEqual({ ok: false, fault: 'foreign array' })
  })

  test('a gap that Yjs itself would write as a skip', () => {
    const { updates, push } = writerOf(FEED)
    for (let value = 0; value < 3; value++) push(Uint8Array.of(value))
    const merged = Y.mergeUpdates([updates[0] as Uint8Array, updates[2] as Uint8Array])
    expect(decodeUpdate(merged)).toEqual({ ok: false, fault: 'foreign struct' })
  })

  test('trailing bytes, truncation at any byte, numbers in a longer form', () => {
    const update = encodeUpdate([{ feed: 3, clock: 0, items: [Uint8Array.of(1, 2)] }])
    expect(decodeUpdate(Uint8Array.of(...update, 0))).toEqual({ ok: false, fault: 'trailing bytes' })
    for (let length = 0; length < update.length; length++) {
      expect(decodeUpdate(update.subarray(0, length))).toEqual({ ok: false, fault: 'malformed' })
    }
    expect(decodeUpdate(Uint8Array.of(0x80, 0, 0))).toEqual({ ok: false, fault: 'malformed' })
    expect(decodeUpdate(new Uint8Array(20).fill(0xff))).toEqual({ ok: false, fault: 'malformed' })
  })

  test('a feed twice, an empty block', () => {
    const block = [1, 3, 0, 3, 1, 3, 0x66, 0x3a, 0x33, 0]
    expect(decodeUpdate(Uint8Array.of(1, ...block, 0)).ok).toBe(true)
    expect(decodeUpdate(Uint8Array.of(2, ...block, ...block, 0))).toEqual({
      ok: false,
      fault: 'blocks out of order',
    })
    expect(decodeUpdate(Uint8Array.of(1, 0, 3, 0, 0))).toEqual({ ok: false, fault: 'empty block' })
  })
})

test('[W4] what is accepted encodes back to the very same bytes, so a relay that re-encodes changes nothing', () => {
  const mutated = fc
    .tuple(feeds, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 }), fc.option(fc.nat()))
    .map(([contents, edits, cut]) => {
      const bytes = encodeUpdate(
        contents.map(([feed, items]) => ({ feed, clock: 0, items: items.map((x) => new Uint8Array(x)) })),
      )
      for (const [at, value] of edits) bytes[at % bytes.length] = value
      return cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1))
    })
  fc.assert(
    fc.property(mutated, (bytes) => {
      const decoded = decodeUpdate(bytes)
      if (decoded.ok) expect(encodeUpdate(decoded.value)).toEqual(new Uint8Array(bytes))
    }),
    { numRuns: 20_000 },
  )
})
