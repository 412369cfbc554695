import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { expect, test } from 'vitest'
import * as syncProtocol from 'y-protocols/sync'
import * as Y from 'yjs'
import {
  decodeFrame,
  encodeDenied,
  encodeReceiptFrame,
  encodeSealedFrame,
  encodeStep1,
  encodeStep2,
  encodeSummaryFrame,
  encodeUpdateFrame,
  HEARTBEAT_FRAME,
} from '../../lib/log/frames.ts'

const yFrame = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, 0)
  write(encoder)
  return encoding.toUint8Array(encoder)
}

test('writes the sync frames that y-protocols writes', () => {
  const doc = new Y.Doc()
  doc.getArray('a').push([1])
  const update = Y.encodeStateAsUpdate(doc)
  expect(encodeStep1(Y.encodeStateVector(doc))).toEqual(yFrame((e) => syncProtocol.writeSyncStep1(e, doc)))
  expect(encodeStep2(update)).toEqual(yFrame((e) => syncProtocol.writeSyncStep2(e, doc)))
  expect(encodeUpdateFrame(update)).toEqual(yFrame((e) => syncProtocol.writeUpdate(e, update)))
})

test('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (body, next) => {
      expect(decodeFrame(encodeStep1(body))).toEqual({ ok: true, value: { type: 'step1', vector: body } })
      expect(decodeFrame(encodeUpdateFrame(body))).toEqual({
        ok: true,
        value: { type: 'update', update: body },
      })
      expect(decodeFrame(encodeReceiptFrame(body))).toEqual({
        ok: true,
        value: { type: 'receipt', receipt: body },
      })
      expect(decodeFrame(encodeSummaryFrame(body, new Uint8Array(next % 9)))).toEqual({
        ok: true,
        value: { type: 'summary', json: body, receipt: new Uint8Array(next % 9) },
      })
      expect(decodeFrame(encodeSealedFrame(next))).toEqual({ ok: true, value: { type: 'sealed', next } })
    }),
  )
  expect(decodeFrame(HEARTBEAT_FRAME)).toEqual({
    ok: true,
    value: { type: 'awareness', update: Uint8Array.of(0) },
  })
  expect(decodeFrame(encodeDenied('no'))).toMatchObject({ ok: true, value: { type: 'denied' } })
})

test('never throws on bytes that are no frame', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void decodeFrame(bytes)))
  expect(decodeFrame(new Uint8Array([0, 0, 5, 1]))).toEqual({ ok: false, fault: 'malformed' })
  expect(decodeFrame(new Uint8Array([0, 0, 0, 0]))).toEqual({ ok: false, fault: 'trailing bytes' })
  expect(decodeFrame(new Uint8Array([99]))).toEqual({ ok: false, fault: 'unknown type' })
})
