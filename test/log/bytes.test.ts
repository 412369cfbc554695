import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base64urlToBytes, bytesToBase64url } from '../../lib/log/bytes.ts'

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
