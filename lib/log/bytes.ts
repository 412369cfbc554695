/**
 * Bytes on the wire: joining, comparing, text forms, and a reader that never throws and never reads past the end.
 * Numbers are big-endian; unsigned varints are those of lib0 (7 bits a byte, lowest first).
 */

/** Bytes that WebCrypto takes: backed by an ArrayBuffer, never by shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>

/** What came out of untrusted bytes: a value, or the reason why there is none. */
export type Decoded<Value, Fault extends string> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly fault: Fault }

export const decoded = <Value>(value: Value): { readonly ok: true; readonly value: Value } => ({
  ok: true,
  value,
})
export const faulty = <Fault extends string>(
  fault: Fault,
): { readonly ok: false; readonly fault: Fault } => ({
  ok: false,
  fault,
})

export const concatBytes = (...parts: readonly Uint8Array[]): Bytes => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}

/** Not constant in time: for public bytes only. */
export const bytesEqual = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}

// Made once: making one costs more than what is converted.
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const textToBytes = (text: string): Bytes => encoder.encode(text)

/** UTF-8 text, or undefined where the bytes are none. */
export const bytesToText = (bytes: Uint8Array): string | undefined => {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export const bytesToHex = (bytes: Uint8Array): string => {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte]
  return hex
}

/** The bytes of lower-case hex text of exactly `length` bytes, or undefined. */
export const hexToBytes = (hex: string, length: number): Bytes | undefined => {
  if (hex.length !== length * 2) return undefined
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index++) {
    const high = HEX_VALUES[hex.charCodeAt(index * 2)] ?? -1
    const low = HEX_VALUES[hex.charCodeAt(index * 2 + 1)] ?? -1
    if (high < 0 || low < 0) return undefined
    bytes[index] = high * 16 + low
  }
  return bytes
}

const HEX_VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 16; value++) HEX_VALUES[value.toString(16).charCodeAt(0)] = value

/** base64url without padding (RFC 4648, section 5). */
export const bytesToBase64url = (bytes: Uint8Array): string => {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held & 0x3f) << 8) | byte
    for (bits += 8; bits >= 6; bits -= 6) text += BASE64URL[(held >> (bits - 6)) & 0x3f]
  }
  return bits === 0 ? text : text + BASE64URL[(held << (6 - bits)) & 0x3f]
}

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const BASE64URL_VALUES = new Int8Array(128).fill(-1)
for (let value = 0; value < 64; value++) BASE64URL_VALUES[BASE64URL.charCodeAt(value)] = value

/** The inverse of `bytesToBase64url`; undefined for any other text, so that equal bytes have one text. */
export const base64urlToBytes = (text: string): Bytes | undefined => {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array((text.length * 6) >> 3)
  let bits = 0
  let held = 0
  let length = 0
  for (let index = 0; index < text.length; index++) {
    const value = BASE64URL_VALUES[text.charCodeAt(index)] ?? -1
    if (value < 0) return undefined
    held = ((held << 6) | value) & 0xfff
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[length++] = held >> bits
  }
  // What is left over is written as zeros.
  return (held & ((1 << bits) - 1)) === 0 ? bytes : undefined
}

/** 8 bytes, big-endian, of a non-negative safe integer. */
export const uint64 = (value: number): Bytes => {
  const bytes = new Uint8Array(8)
  writeUint64(bytes, 0, value)
  return bytes
}

export const writeUint64 = (bytes: Uint8Array, offset: number, value: number): void => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  view.setUint32(offset, Math.floor(value / 2 ** 32))
  view.setUint32(offset + 4, value >>> 0)
}

/** Reads on until something is missing or malformed; from then on `failed` is true and every read gives zeros. */
export interface ByteReader {
  readonly failed: boolean
  readonly offset: number
  readonly atEnd: boolean
  byte(): number
  uint16(): number
  uint32(): number
  /** 8 bytes; fails above 2^53 - 1. */
  uint64(): number
  /** A varint of at most 2^53 - 1 in its shortest form. */
  varUint(): number
  /** A view, not a copy. */
  take(length: number): Bytes
  rest(): Bytes
}

const NOTHING: Bytes = new Uint8Array(0)

/** A class, because one is made for every frame, update and envelope: closures for each would cost more than what they read. */
class Reader implements ByteReader {
  readonly #bytes: Bytes
  #offset = 0
  #failed = false

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  get failed() {
    return this.#failed
  }
  get offset() {
    return this.#offset
  }
  get atEnd() {
    return this.#offset === this.#bytes.length
  }

  byte(): number {
    if (this.#failed || this.#offset >= this.#bytes.length) {
      this.#failed = true
      return 0
    }
    return this.#bytes[this.#offset++] as number
  }
  uint16(): number {
    return this.#big(2)
  }
  uint32(): number {
    return this.#big(4)
  }
  uint64(): number {
    const value = this.#big(8)
    if (Number.isSafeInteger(value)) return value
    this.#failed = true
    return 0
  }
  varUint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const next = this.byte()
      if (this.#failed) return 0
      value += (next & 0x7f) * factor
      if (value > Number.MAX_SAFE_INTEGER) break
      if (next < 0x80) {
        if (next === 0 && factor > 1) break
        return value
      }
      factor *= 128
      if (factor > 2 ** 49) break
    }
    this.#failed = true
    return 0
  }
  take(length: number): Bytes {
    if (this.#failed || length > this.#bytes.length - this.#offset) {
      this.#failed = true
      return NOTHING
    }
    this.#offset += length
    return this.#bytes.subarray(this.#offset - length, this.#offset)
  }
  rest(): Bytes {
    return this.take(this.#failed ? 0 : this.#bytes.length - this.#offset)
  }

  #big(length: number): number {
    let value = 0
    for (let index = 0; index < length; index++) value = value * 256 + this.byte()
    return value
  }
}

export const createByteReader = (input: Uint8Array): ByteReader => new Reader(input as Bytes)
