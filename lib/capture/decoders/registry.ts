/** The decoders in the order in which they are asked; the first that knows the shape decides. REST is the last resort. */
import type { ReadMemory } from '../read-memory.ts'
import type { Call, Decoded, Decoder } from './decoder.ts'
import { decodeGraphql } from './graphql.ts'
import { decodeRead } from './read.ts'
import { decodeRest } from './rest.ts'

const DECODERS: readonly Decoder[] = [decodeGraphql, decodeRead, decodeRest]

export const decode = (call: Call, memory: ReadMemory): Decoded => {
  for (const decoder of DECODERS) {
    const decoded = decoder(call, memory)
    if (decoded) return decoded
  }
  return { findings: [] }
}
