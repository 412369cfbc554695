/**
 * The canonical append: the one shape of Yjs update (v1) that carries feeds. Per feed a block of ContentBinary items of
 * length 1, appended to the root array `f:<feed>` by that feed's own client id; no deletes. PROTOCOL.md section 3.
 * Reads and writes it without a Y.Doc, byte for byte as Yjs 13.6 does. Knows nothing of what the items hold.
 */
import { type Bytes, createByteReader, type Decoded, decoded, faulty, textToBytes } from './bytes.ts'

/** Items of one feed, contiguous from Yjs clock `clock`. */
export interface FeedRun {
  /** The Yjs client id: 0 to 2^53 - 1. */
  readonly feed: number
  /** Position of the first item in this feed's array, in this document (not the feed's own sequence number). */
  readonly clock: number
  readonly items: readonly Bytes[]
}

export type UpdateFault =
  | 'malformed' // truncated, a number too long or too large
  | 'trailing bytes'
  | 'deletes'
  | 'empty block'
  | 'blocks out of order' // also: one feed twice
  | 'foreign struct' // not a ContentBinary item, or placed otherwise than by an append
  | 'foreign array' // a root of another name
  | 'foreign origin' // not placed right after this feed's previous item

/** ContentBinary; with `ORIGIN` it has a left neighbour, without it names its root. */
const CONTENT_BINARY = 3
const ORIGIN = 0x80
const ROOT = 1

/** Runs in descending order of feed, none empty, each feed once. The items are views into `bytes`. */
export const decodeUpdate = (bytes: Uint8Array): Decoded<readonly FeedRun[], UpdateFault> => {
  const reader = createByteReader(bytes)
  const runs: FeedRun[] = []
  const blocks = reader.varUint()
  for (let block = 0; block < blocks && !reader.failed; block++) {
    const structs = reader.varUint()
    const feed = reader.varUint()
    const clock = reader.varUint()
    if (reader.failed) break
    if (structs === 0) return faulty('empty block')
    if (feed >= (runs.at(-1)?.feed ?? Number.POSITIVE_INFINITY)) return faulty('blocks out of order')
    if (!Number.isSafeInteger(clock + structs)) return faulty('malformed')
    const items: Bytes[] = []
    for (let index = 0; index < structs; index++) {
      const info = reader.byte()
      if (reader.failed) break
      const position = clock + index
      if (info !== (position === 0 ? CONTENT_BINARY : CONTENT_BINARY | ORIGIN))
        return faulty('foreign struct')
      if (position === 0) {
        const parentIsRoot = reader.varUint()
        const name = reader.take(reader.varUint())
        if (reader.failed) break
        if (parentIsRoot !== ROOT) return faulty('foreign struct')
        if (!isRootName(name, feed)) return faulty('foreign array')
      } else {
        const originFeed = reader.varUint()
        const originClock = reader.varUint()
        if (reader.failed) break
        if (originFeed !== feed || originClock !== position - 1) return faulty('foreign origin')
      }
      const item = reader.take(reader.varUint())
      if (reader.failed) break
      items.push(item)
    }
    runs.push({ feed, clock, items })
  }
  const deletes = reader.varUint()
  if (reader.failed) return faulty('malformed')
  if (deletes !== 0) return faulty('deletes')
  if (!reader.atEnd) return faulty('trailing bytes')
  return decoded(runs)
}

/** The update that Yjs 13.6 would write for these runs. Runs may come in any order, each feed once. */
export const encodeUpdate = (runs: readonly FeedRun[]): Bytes => {
  const blocks = runs.filter((run) => run.items.length > 0).sort((a, b) => b.feed - a.feed)
  const writer = createWriter(capacityFor(blocks))
  writer.varUint(blocks.length)
  for (const { feed, clock, items } of blocks) {
    writer.varUint(items.length)
    writer.varUint(feed)
    writer.varUint(clock)
    items.forEach((item, index) => {
      const position = clock + index
      if (position === 0) {
        writer.byte(CONTENT_BINARY)
        writer.varUint(ROOT)
        writer.sized(textToBytes(rootName(feed)))
      } else {
        writer.byte(CONTENT_BINARY | ORIGIN)
        writer.varUint(feed)
        writer.varUint(position - 1)
      }
      writer.sized(item)
    })
  }
  writer.varUint(0)
  return writer.finish()
}

/** How many items of each feed a document holds: Yjs' state vector. */
export type StateVector = ReadonlyMap<number, number>

export const encodeStateVector = (vector: StateVector): Bytes => {
  const writer = createWriter(16 * (vector.size + 1))
  writer.varUint(vector.size)
  for (const [feed, clock] of [...vector].sort((a, b) => b[0] - a[0])) {
    writer.varUint(feed)
    writer.varUint(clock)
  }
  return writer.finish()
}

/** Any order, as Yjs takes it; a feed named twice is refused. */
export const decodeStateVector = (
  bytes: Uint8Array,
): Decoded<StateVector, 'malformed' | 'trailing bytes' | 'feed twice'> => {
  const reader = createByteReader(bytes)
  const vector = new Map<number, number>()
  const count = reader.varUint()
  for (let index = 0; index < count && !reader.failed; index++) {
    const feed = reader.varUint()
    const clock = reader.varUint()
    if (reader.failed) break
    if (vector.has(feed)) return faulty('feed twice')
    vector.set(feed, clock)
  }
  if (reader.failed) return faulty('malformed')
  return reader.atEnd ? decoded(vector) : faulty('trailing bytes')
}

/** The part of `runs` that a document with this state vector lacks: the answer to a sync step 1. */
export const runsMissingFrom = (runs: readonly FeedRun[], vector: StateVector): FeedRun[] =>
  runs.flatMap(({ feed, clock, items }) => {
    const skip = Math.max(0, (vector.get(feed) ?? 0) - clock)
    return skip < items.length ? [{ feed, clock: clock + skip, items: items.slice(skip) }] : []
  })

/** The root array of a feed. */
export const rootName = (feed: number): string => `f:${feed}`

const isRootName = (name: Uint8Array, feed: number): boolean => {
  const expected = rootName(feed)
  if (name.length !== expected.length) return false
  for (let index = 0; index < name.length; index++)
    if (name[index] !== expected.charCodeAt(index)) return false
  return true
}

/** Enough for these blocks, so that nothing is copied to make room. */
const capacityFor = (blocks: readonly FeedRun[]): number => {
  let capacity = 16
  for (const { items } of blocks) {
    capacity += 64
    for (const { length } of items) capacity += length + 32
  }
  return capacity
}

/** Grows by doubling. */
const createWriter = (capacity: number) => {
  let bytes = new Uint8Array(capacity)
  let length = 0
  const reserve = (more: number): void => {
    if (length + more <= bytes.length) return
    const grown = new Uint8Array(Math.max(bytes.length * 2, length + more))
    grown.set(bytes)
    bytes = grown
  }
  const byte = (value: number): void => {
    reserve(1)
    bytes[length++] = value
  }
  const varUint = (value: number): void => {
    let rest = value
    while (rest > 0x7f) {
      byte(0x80 | (rest % 128))
      rest = Math.floor(rest / 128)
    }
    byte(rest)
  }
  const sized = (part: Uint8Array): void => {
    varUint(part.length)
    reserve(part.length)
    bytes.set(part, length)
    length += part.length
  }
  return { byte, varUint, sized, finish: (): Bytes => bytes.slice(0, length) }
}
