/** Bodies that are neither JSON nor fields: the body is the value itself, as key-value stores and file editors have it. */
import { isJsonObject } from '../../../model/json.ts'
import { placeOf } from '../../address.ts'
import type { Finding } from '../../finding.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import type { Call } from '../decoder.ts'
import { TEXT } from '../read.ts'
import { base } from './findings.ts'

/** The body is the value itself: `PUT /kv/title` with "Acme". What was read of it may be in base64. */
export const decodeText = (call: Call, text: string, memory: ReadMemory): Finding[] => {
  const { address, method } = call
  if (address.id === undefined) return wholeText(call, text, memory)
  if (!/^(PUT|POST|PATCH)$/.test(method) || text === '') return []
  const known = memory.find({ id: address.id, scope: address.scope, keys: [] })
  const key =
    known &&
    ['value', 'content', 'source', 'text', 'body', 'yaml']
      .map((name) => memberFor(name, known))
      .find((name) => name !== undefined && typeof known[name] !== 'object')
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

/** The text that a path names without an id: read there, or saved by the verb in it. */
const wholeText = (call: Call, text: string, memory: ReadMemory): Finding[] => {
  const { address, method } = call
  const known = memory.atPlace(placeOf(address.segments))
  const was = isJsonObject(known) ? known[TEXT] : undefined
  const isSaved = typeof was === 'string' || /^(save|update)$/.test(address.verb?.kind ?? '')
  if (!isSaved || !/^(PUT|POST|PATCH)$/.test(method) || address.noun === undefined) return []
  return [
    {
      ...base(call),
      action: 'update',
      type: address.noun,
      extent: 'partial',
      after: { [TEXT]: text },
      ...(typeof was === 'string' && { before: { [TEXT]: was }, beforeFrom: 'read' as const }),
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
