/** Bodies that are neither JSON nor fields: the body is the value itself, as key-value stores and file editors have it. */
import type { Finding } from '../../finding.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import type { Call } from '../decoder.ts'
import { base } from './findings.ts'

/** The body is the value itself: `PUT /kv/title` with "Acme". What was read of it may be in base64. */
export const decodeText = (call: Call, text: string, memory: ReadMemory): Finding[] => {
  const { address, method } = call
  if (address.id === undefined || !/^(PUT|POST|PATCH)$/.test(method) || text === '') return []
  const known = memory.find({ id: address.id, scope: address.scope, keys: ['value'] })
  const key = known && (memberFor('value', known) ?? memberFor('content', known))
  const was = key === undefined ? undefined : known?.[key]
  return [
    {
      ...base(call),
      action: 'save',
      type: address.noun ?? '',
      id: address.id,
      extent: 'partial',
      after: { [key ?? 'value']: text },
      ...(key !== undefined &&
        typeof was === 'string' && {
          before: { [key]: fromBase64(was) ?? was },
          beforeFrom: 'read' as const,
        }),
    },
  ]
}

const fromBase64 = (text: string): string | undefined => {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
    const plain = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return [...plain].every((character) => character >= ' ' || /\s/.test(character)) ? plain : undefined
  } catch {
    return undefined
  }
}
