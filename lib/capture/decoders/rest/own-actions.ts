/** `POST /jobs/topPrio` with {ids: [4]}: an app's own word for what it does to things that were read before. */
import type { JsonObject } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { isPlural, splitWords } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { changed } from './findings.ts'
import { idsIn, withoutIds } from './ids.ts'

export const decodeOwnAction = (call: Call, sent: JsonObject, memory: ReadMemory): Finding[] | undefined => {
  const { address, method, exchange } = call
  const { id: word, noun = '' } = address
  const isAction =
    method === 'POST' &&
    exchange.status !== 201 &&
    address.verb === undefined &&
    word !== undefined &&
    /^[a-z]+(?:[A-Z][a-z]+|[-_][a-z]+)+$/.test(word) &&
    address.segments.at(-1) === word &&
    isPlural(address.segments.at(-2) ?? '') &&
    !memory.knowsId(word)
  if (!isAction) return undefined
  const { id: _word, ...ofList } = address
  const known = (ids: readonly string[]) => ids.filter((id) => memory.knowsId(id, noun))
  const listed = known(idsIn({ ...call, address: ofList }, sent))
  // {hash, id: 0, priority: 7}: the number is of a part, which was never read.
  const ids =
    listed.length > 0
      ? listed
      : known(Object.values(sent).flatMap((one) => (typeof one === 'string' ? [one] : [])))
  if (ids.length === 0) return undefined
  const rest = withoutIds(sent, ids)
  const told = Object.keys(rest).length > 0 ? rest : { action: splitWords(word).join(' ') }
  return ids.map((id) => changed({ ...call, address: { ...ofList, id } }, id, told, undefined))
}
