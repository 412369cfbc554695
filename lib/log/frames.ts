/**
 * The frames of one room's socket: those of y-websocket 3, one message a frame, and four of ours from 110 up, which
 * the relay sends only to clients that offered `RELAY_SUBPROTOCOL`. A decoded frame is still untrusted.
 */
import {
  type Bytes,
  concatBytes,
  createByteReader,
  type Decoded,
  decoded,
  faulty,
  textToBytes,
} from './bytes.ts'

/** The relay's own feed in a roster's room. */
export const ROSTER_FEED = 0

/** Offered in Sec-WebSocket-Protocol by a client that understands receipts and seals. */
export const RELAY_SUBPROTOCOL = 'daybook.v1'

/** In front of a token in Sec-WebSocket-Protocol, so that it is not taken for a protocol. */
export const TOKEN_SUBPROTOCOL_PREFIX = 'daybook.token.'

export const MESSAGE_AWARENESS = 1
export const MESSAGE_RECEIPT = 110
export const MESSAGE_SEALED = 111
export const MESSAGE_ROSTER = 112
export const MESSAGE_SUMMARY = 113

/** The room of the open segment, whichever that is. */
export const HEAD_ROOM = 'head'

/** How a relay ends a socket. 4400 to 4499 are final for a stock client; all others are worth a retry. */
export const CLOSE = {
  badFrame: 4400,
  badToken: 4401,
  notAllowed: 4403,
  notFound: 4404,
  fork: 4409,
  tooLarge: 4413,
  notAnAppend: 4422,
  badEntry: 4423,
  stopping: 1012,
  tooSlow: 1013,
  storage: 4503,
  /** The client's document is not of this segment as the relay has it: throw the document away, then retry. */
  misplaced: 4509,
  tooMany: 4529,
} as const
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE]

export type Frame =
  | { readonly type: 'step1'; readonly vector: Bytes }
  | { readonly type: 'update'; readonly update: Bytes }
  /** Presence: an awareness update, `00` where it is nobody's. The relay passes it on unread and never stores it. */
  | { readonly type: 'awareness'; readonly update: Bytes }
  | { readonly type: 'queryAwareness' }
  | { readonly type: 'denied'; readonly reason: Bytes }
  | { readonly type: 'receipt'; readonly receipt: Bytes }
  | { readonly type: 'sealed'; readonly next: number }
  | { readonly type: 'roster'; readonly length: number }
  /** JSON; and a receipt for the last entry of whom it is sent to, empty where there is none. */
  | { readonly type: 'summary'; readonly json: Bytes; readonly receipt: Bytes }

export type FrameFault = 'malformed' | 'trailing bytes' | 'unknown type'

const SYNC = 0
const AUTH = 2
const QUERY_AWARENESS = 3

const STEP1 = 0
const STEP2 = 1
const UPDATE = 2

export const decodeFrame = (bytes: Uint8Array): Decoded<Frame, FrameFault> => {
  const reader = createByteReader(bytes)
  const sized = (): Bytes => reader.take(reader.varUint())
  const read = (): Frame | undefined => {
    switch (reader.varUint()) {
      case SYNC:
        switch (reader.varUint()) {
          case STEP1:
            return { type: 'step1', vector: sized() }
          case STEP2:
          case UPDATE:
            return { type: 'update', update: sized() }
          default:
            return undefined
        }
      case MESSAGE_AWARENESS:
        return { type: 'awareness', update: sized() }
      case QUERY_AWARENESS:
        return { type: 'queryAwareness' }
      case AUTH:
        return reader.varUint() === 0 ? { type: 'denied', reason: sized() } : undefined
      case MESSAGE_RECEIPT:
        return { type: 'receipt', receipt: sized() }
      case MESSAGE_SEALED:
        return { type: 'sealed', next: reader.varUint() }
      case MESSAGE_ROSTER:
        return { type: 'roster', length: reader.varUint() }
      case MESSAGE_SUMMARY:
        return { type: 'summary', json: sized(), receipt: sized() }
      default:
        return undefined
    }
  }
  const frame = read()
  if (reader.failed) return faulty('malformed')
  if (!frame) return faulty('unknown type')
  return reader.atEnd ? decoded(frame) : faulty('trailing bytes')
}

/** Asks for what a document with this state vector lacks. */
export const encodeStep1 = (vector: Uint8Array): Bytes => message(SYNC, STEP1, vector)

/** Answers a step 1. */
export const encodeStep2 = (update: Uint8Array): Bytes => message(SYNC, STEP2, update)

export const encodeUpdateFrame = (update: Uint8Array): Bytes => message(SYNC, UPDATE, update)

/** Tells a stock client that its update was not taken; it logs the reason and stays. */
export const encodeDenied = (reason: string): Bytes => message(AUTH, 0, textToBytes(reason))

/** Tells the room who looks on. `update` is what y-protocols' `encodeAwarenessUpdate` gives. */
export const encodeAwarenessFrame = (update: Uint8Array): Bytes => sizedMessage([MESSAGE_AWARENESS], update)

/** Asks those in the room who they are. */
export const QUERY_AWARENESS_FRAME: Bytes = new Uint8Array([QUERY_AWARENESS])

/** y-websocket leaves after 30 s without a message; this one, an awareness update of nobody, changes nothing. */
export const HEARTBEAT_FRAME: Bytes = new Uint8Array([MESSAGE_AWARENESS, 1, 0])

export const encodeReceiptFrame = (receipt: Uint8Array): Bytes => sizedMessage([MESSAGE_RECEIPT], receipt)

/** Segment `next` is open; the one of this room takes no more. */
export const encodeSealedFrame = (next: number): Bytes =>
  concatBytes(new Uint8Array([MESSAGE_SEALED]), varUint(next))

/** The roster has so many operations now: fetch what is new. */
export const encodeRosterFrame = (length: number): Bytes =>
  concatBytes(new Uint8Array([MESSAGE_ROSTER]), varUint(length))

/** What a client that comes to the head has to know before it believes anything else. */
export const encodeSummaryFrame = (json: Uint8Array, receipt: Uint8Array): Bytes =>
  concatBytes(sizedMessage([MESSAGE_SUMMARY], json), varUint(receipt.length), receipt)

const message = (type: number, subtype: number, body: Uint8Array): Bytes =>
  sizedMessage([type, subtype], body)
const sizedMessage = (prefix: readonly number[], body: Uint8Array): Bytes =>
  concatBytes(new Uint8Array(prefix), varUint(body.length), body)

const varUint = (value: number): Uint8Array => {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128))
  bytes.push(rest)
  return new Uint8Array(bytes)
}
