import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  base64urlToBytes,
  bytesToBase64url,
  bytesToHex,
  bytesToText,
  hexToBytes,
  textToBytes,
} from '../../lib/log/bytes.ts'

test('writes base64url as others do, and reads it back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const text = bytesToBase64url(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64url'))
      expect(base64urlToBytes(text)).toEqual(bytes)
    }),
  )
})

test('reads no other text: equal bytes have one text', () => {
  for (const text of ['A', 'AAAAA', 'AB', 'AAB', 'AA==', 'A+A/', 'AA A', 'AAÄA', 'AA\u{4141}A'])
    expect(base64urlToBytes(text)).toBeUndefined()
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), (text) => {
      const bytes = base64urlToBytes(text)
      if (bytes) expect(bytesToBase64url(bytes)).toBe(text)
    }),
  )
})

test('reads text right after bytes that are none', () => {
  const text = '\u{feff}Zürich \u{1f5d2}'
  for (const broken of [[0xf0, 0x9f], [0xff], [0xc3]]) {
    expect(bytesToText(Uint8Array.from(broken))).toBeUndefined()
    expect(bytesToText(textToBytes(text))).toBe(text)
  }
})

test('reads hex that is lower-case and of the length that is asked for, and nothing else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(hexToBytes(bytesToHex(bytes), bytes.length)).toEqual(bytes)
      expect(hexToBytes(bytesToHex(bytes), bytes.length + 1)).toBeUndefined()
    }),
  )
  for (const text of ['AB', '0g', ' 1', '1 ', '-1', '0x', 'ÿÿ', '\u{661}1', '1\n', '`a'])
    expect(hexToBytes(text, 1)).toBeUndefined()
})
