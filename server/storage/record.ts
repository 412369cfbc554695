/**
 * What the relay keeps in JetStream's messages: an append without its bodies, the bodies, a roster's operation, and the
 * doorbell that tells other relays. Written by relays alone, so a message that does not decode is a fault, not an attack.
 */
import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import type { AppendBatch, AwaitedErasure, SegmentRun, StoredEntry, TeamHead } from './storage.ts'

/** Each feed's last entry, and the segment that holds it. */
export type Tails = ReadonlyMap<number, { readonly seq: number; readonly segment: number }>

export interface LogRecord extends Omit<AppendBatch, 'entries'> {
  /** Without their bodies. */
  readonly headers: readonly Omit<StoredEntry, 'bodyAt'>[]
  /** The message of bodies, by its sequence; 0 for none. */
  readonly bodiesSeq: number
  /** Where every feed stood before this record; empty in all but a segment's first. */
  readonly tails: Tails
}

export interface Bodies {
  /** The sequence of the message whose bodies these were before some were erased; 0 for the first. */
  readonly of: number
  readonly items: readonly { readonly feed: number; readonly seq: number; readonly body: Uint8Array }[]
}

const VERSION = 1

export const toRecord = (batch: AppendBatch, bodiesSeq: number, tails: Tails): LogRecord => {
  const { entries, ...rest } = batch
  const headers = entries.map(({ feed, seq, bytes, bodyAt }) => ({
    feed,
    seq,
    bytes: bytes.subarray(0, bodyAt),
  }))
  return { ...rest, headers, bodiesSeq, tails }
}

export const toBodies = ({ entries }: AppendBatch): Bodies => ({
  of: 0,
  items: entries.flatMap(({ feed, seq, bytes, bodyAt }) =>
    bytes.length > bodyAt ? [{ feed, seq, body: bytes.subarray(bodyAt) }] : [],
  ),
})

/** The append again, with what is left of its bodies: they are in the order of the headers. */
export const toBatch = ({ headers, ...rest }: LogRecord, bodies: Bodies | undefined): AppendBatch => {
  let next = 0
  const entries = headers.map(({ feed, seq, bytes }): StoredEntry => {
    const item = bodies?.items[next]
    const isIts = item?.feed === feed && item.seq === seq
    if (isIts) next += 1
    return { feed, seq, bytes: isIts ? join(bytes, item.body) : bytes, bodyAt: bytes.length }
  })
  return { ...rest, entries }
}

/** A segment's entries by feed ascending. `bodies` by the sequence of the message that first held them. */
export const toRuns = (
  records: readonly LogRecord[],
  bodies: ReadonlyMap<number, Bodies>,
): readonly SegmentRun[] => {
  const runs = new Map<number, { feed: number; from: number; items: Uint8Array[] }>()
  for (const record of records)
    for (const { feed, seq, bytes } of toBatch(record, bodies.get(record.bodiesSeq)).entries) {
      const run = runs.get(feed)
      if (run) run.items.push(bytes)
      else runs.set(feed, { feed, from: seq, items: [bytes] })
    }
  return [...runs.values()].sort((a, b) => a.feed - b.feed)
}

export const encodeRecord = (record: LogRecord): Uint8Array =>
  encoding.encode((encoder) => {
    const number = (value: number) => encoding.writeVarUint(encoder, value)
    const bytes = (value: Uint8Array) => encoding.writeVarUint8Array(encoder, value)
    const list = <Item>(items: readonly Item[], write: (item: Item) => void) => {
      number(items.length)
      for (const item of items) write(item)
    }
    const { version, segment, entries, bytes: size } = record.head
    for (const value of [VERSION, record.expectedVersion, record.segment, version, segment, entries, size])
      number(value)
    number(record.bodiesSeq)
    const entry = (item: Omit<StoredEntry, 'bodyAt'>) => {
      number(item.feed)
      number(item.seq)
      bytes(item.bytes)
    }
    list(record.headers, entry)
    list(record.erased, entry)
    list(record.awaited, ({ feed, seq, hash }) => entry({ feed, seq, bytes: hash }))
    list([...record.tails], ([feed, tail]) => {
      number(feed)
      number(tail.seq)
      number(tail.segment)
    })
  })

export const decodeRecord = (data: Uint8Array): LogRecord => {
  const decoder = decoding.createDecoder(data)
  const number = () => decoding.readVarUint(decoder)
  const list = <Item>(read: () => Item): Item[] => Array.from({ length: number() }, read)
  const format = number()
  if (format !== VERSION) throw new Error(`"record" expected format ${VERSION}, got ${format}`)
  const expectedVersion = number()
  const segment = number()
  const head: TeamHead = { version: number(), segment: number(), entries: number(), bytes: number() }
  const bodiesSeq = number()
  const entry = () => ({ feed: number(), seq: number(), bytes: decoding.readVarUint8Array(decoder).slice() })
  const headers = list(entry)
  const erased = list(entry).map((item) => ({ ...item, bodyAt: item.bytes.length }))
  const awaited: AwaitedErasure[] = list(entry).map(({ feed, seq, bytes }) => ({ feed, seq, hash: bytes }))
  const tails = new Map(list(() => [number(), { seq: number(), segment: number() }] as const))
  return { expectedVersion, segment, head, bodiesSeq, headers, erased, awaited, tails }
}

export const encodeBodies = ({ of, items }: Bodies): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, of)
    encoding.writeVarUint(encoder, items.length)
    for (const { feed, seq, body } of items) {
      encoding.writeVarUint(encoder, feed)
      encoding.writeVarUint(encoder, seq)
      encoding.writeVarUint8Array(encoder, body)
    }
  })

export const decodeBodies = (data: Uint8Array): Bodies => {
  const decoder = decoding.createDecoder(data)
  const of = decoding.readVarUint(decoder)
  const items = Array.from({ length: decoding.readVarUint(decoder) }, () => ({
    feed: decoding.readVarUint(decoder),
    seq: decoding.readVarUint(decoder),
    body: decoding.readVarUint8Array(decoder),
  }))
  return { of, items }
}

/** Bytes under a number: an operation at its position, presence in its segment. */
export const encodeNumbered = (number: number, bytes: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, number)
    encoding.writeUint8Array(encoder, bytes)
  })

export const decodeNumbered = (data: Uint8Array): { readonly number: number; readonly bytes: Uint8Array } => {
  const decoder = decoding.createDecoder(data)
  return { number: decoding.readVarUint(decoder), bytes: decoding.readTailAsUint8Array(decoder).slice() }
}

/** A roster's operations by position: of several at one the first counts. */
export const operationsIn = (messages: readonly { readonly data: Uint8Array }[]): Uint8Array[] => {
  const operations: Uint8Array[] = []
  for (const { data } of messages) {
    const { number, bytes } = decodeNumbered(data)
    if (number === operations.length) operations.push(bytes)
  }
  return operations
}

export interface Bell {
  readonly relay: string
  readonly seq: number
  /** Empty, as the bodies are, where it is to be looked up. */
  readonly record: Uint8Array
  readonly bodies: Uint8Array
}

export const encodeBell = ({ relay, seq, record, bodies }: Bell): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarString(encoder, relay)
    encoding.writeVarUint(encoder, seq)
    encoding.writeVarUint8Array(encoder, record)
    encoding.writeVarUint8Array(encoder, bodies)
  })

export const decodeBell = (data: Uint8Array): Bell => {
  const decoder = decoding.createDecoder(data)
  return {
    relay: decoding.readVarString(decoder),
    seq: decoding.readVarUint(decoder),
    record: decoding.readVarUint8Array(decoder),
    bodies: decoding.readVarUint8Array(decoder),
  }
}

const join = (a: Uint8Array, b: Uint8Array): Uint8Array => {
  const whole = new Uint8Array(a.length + b.length)
  whole.set(a)
  whole.set(b, a.length)
  return whole
}
