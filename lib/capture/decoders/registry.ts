/** The decoders in the order in which they are asked; the first that knows the shape decides. REST is the last resort. */
import type { ReadMemory } from '../read-memory.ts'
import type { Call, Decoded, Decoder } from './decoder.ts'
import { decodeFieldCalls } from './field-calls.ts'
import { decodeGetChange } from './get-change.ts'
import { decodeGraphql } from './graphql.ts'
import { decodeLivewire } from './livewire.ts'
import { decodeRead } from './read.ts'
import { decodeRest } from './rest/decode-rest.ts'
import { decodeRpc } from './rpc/decode-rpc.ts'
import { decodeServerAction } from './server-actions.ts'
import { decodeSql } from './sql.ts'
import { decodeWebdav } from './webdav.ts'
import { decodeXmlCall } from './xml-calls.ts'

const DECODERS: readonly Decoder[] = [
  decodeSql,
  decodeGraphql,
  decodeLivewire,
  decodeServerAction,
  decodeFieldCalls,
  decodeXmlCall,
  decodeRpc,
  decodeGetChange,
  decodeWebdav,
  decodeRead,
  decodeRest,
]

export const decode = (call: Call, memory: ReadMemory): Decoded => {
  for (const decoder of DECODERS) {
    const decoded = decoder(call, memory)
    if (decoded) return decoded
  }
  return { findings: [] }
}
