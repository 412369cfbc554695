import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { identityOf, nameOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { isPlural, singularNoun, type Verb } from '../../words.ts'
import { type Call, type Decoded, type Decoder, NO_CHANGE, outcomeFields, unwrap } from '../decoder.ts'
import { argumentsAfterVerb, nameOfCall, nounOfAnswer, ownerOf, stringsIn } from './call-name.ts'
import { callsOf, type RpcCall } from './calls.ts'
import { type Change, changeByName } from './named-changes.ts'
import { type Parameters, readParams } from './parameters.ts'

export const decodeRpc: Decoder = (call, memory) => {
  const calls = callsOf(call)
  if (!calls) return undefined
  const decoded = calls.map((one) => decodeRpcCall(one, call, memory, call.address.noun))
  return {
    findings: decoded.flatMap(({ findings }) => findings),
    readings: decoded.flatMap(({ readings }) => readings ?? []),
  }
}

/** `fallback`: the noun where neither the call nor its answer names one. */
export const decodeRpcCall = (
  rpc: RpcCall,
  call: Pick<Call, 'outcome' | 'refusal'>,
  memory: ReadMemory,
  fallback = '',
): Decoded => {
  const { verb, noun: ownNoun } = nameOfCall(rpc)
  if (verb?.word === 'subscribe' || verb?.word === 'unsubscribe') return NO_CHANGE
  const noun = ownNoun === '' ? (nounOfAnswer(rpc.result) ?? singularNoun(fallback)) : ownNoun
  if (LAST_SEEN.test(noun) || VIEW.test(rpc.method)) return NO_CHANGE
  const place = `rpc ${noun}`
  if (verb?.kind === 'read' || (!verb && !rpc.mutates)) return readBy(rpc, noun, place)
  if (verb?.kind === 'run' || verb?.kind === 'session' || verb?.kind === 'noise') return NO_CHANGE
  const outcome = outcomeFields(
    rpc.refusal === undefined ? call.outcome : 'rejected',
    rpc.refusal ?? call.refusal,
  )
  const about = { type: isChange(verb) ? ownerInIds(noun, rpc.params) : noun, place, ...outcome }
  const change: Change = {
    rpc,
    verb,
    kind: ofNothing(rpc.params) ? 'create' : (verb?.kind ?? 'update'),
    about,
  }
  const told = changeByName(change, memory)
  if (told) return { findings: told }
  const parameters = readParams(argumentsAfterVerb(rpc), about.type, change.kind, memory)
  const isNew = change.kind === 'create' || isFirstSet(change, parameters, memory)
  return { findings: isNew ? creations(change, parameters) : changes(change, parameters) }
}

const isChange = (verb: Verb | undefined): boolean => verb?.kind === 'update' || verb?.kind === 'save'

/** `changeuserpass({userid, pass})`: of the user. */
const ownerInIds = (noun: string, params: Json): string => {
  const owner = Object.keys(isJsonObject(params) ? params : {}).flatMap((key) => {
    const stem = /^([a-z]{3,})id$/i.exec(key)?.[1]?.toLowerCase()
    return stem !== undefined && noun !== stem && noun.startsWith(stem) && /^[a-z]+$/.test(noun) ? [stem] : []
  })
  return owner[0] ?? noun
}

/** `TicketLastVisit.update`: where the person was. */
const LAST_SEEN = /(?:^| )last (?:visit|visited|seen|read|view|viewed|access|accessed|activity)$/

/** `view_tree_width.set`, `column_order.save`: how a person left a list. */
const VIEW = /(?:^|[._])(?:view|tree|columns?|grid|panel)_(?:\w+_)?(?:widths?|state|order|layout)(?:$|[._])/i

const readBy = ({ result, refusal, params }: RpcCall, noun: string, place: string): Decoded =>
  result === undefined || refusal !== undefined
    ? NO_CHANGE
    : { findings: [], readings: [{ place, value: result, noun, scope: stringsIn(params) }] }

/** `save([], {name})`: of no item that is there already. */
const ofNothing = (params: Json): boolean => {
  const list = isJsonObject(params) && Array.isArray(params.args) ? params.args : params
  return Array.isArray(list) && Array.isArray(list[0]) && list[0].length === 0 && isJsonObject(list[1])
}

// Creations

/** `set-pump` with an id that the page made: the pumps were read, and it was not among them. */
const isFirstSet = (
  { verb, kind, about }: Change,
  { ids, content }: Parameters,
  memory: ReadMemory,
): boolean => {
  const [id, ...others] = ids
  if (id === undefined || others.length > 0 || kind === 'delete' || memory.knowsId(id)) return false
  const isWhole = /^(set|put|save|store|upsert)$/.test(verb?.word ?? '') && nameOf(content) !== undefined
  return isWhole && memory.reads().some(({ value }) => holdsListOf(about.type, value))
}

/** {pumps: [{id, …}, …]}, or inside an envelope. */
const holdsListOf = (noun: string, value: Json, depth = 0): boolean =>
  isJsonObject(value) &&
  Object.entries(value).some(([key, child]) =>
    Array.isArray(child)
      ? child.length > 0 && isPlural(key) && singularNoun(key) === noun && child.every(isJsonObject)
      : depth < 2 && holdsListOf(noun, child, depth + 1),
  )

const creations = ({ rpc, about }: Change, { ids, content }: Parameters): Finding[] => {
  const base = { ...about, action: 'create', extent: 'whole', ...ownerIfNamed(about.type, ids) } as const
  const several = madeTogether(rpc)
  if (several) return several.map((one) => ({ ...base, ...one }))
  const shown = resourceIn(rpc.result, Object.keys(content))
  const id = createdId(rpc.result, shown, about.type) ?? ids[0] ?? identityOf(content, about.type)?.id
  const name = nameOf(shown) ?? nameOf(content)
  return [
    {
      ...base,
      after: content,
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      ...(shown && identityOf(shown) && { answer: shown }),
    },
  ]
}

/** `create([{…}, {…}])`, answered with their ids in that order. */
const madeTogether = ({ params, result }: RpcCall): Pick<Finding, 'id' | 'after'>[] | undefined => {
  const [list] = Array.isArray(params) ? params : []
  if (!Array.isArray(list) || list.length === 0 || list.length > 100 || !list.every(isJsonObject))
    return undefined
  const told = Array.isArray(result) && result.length === list.length ? result : []
  return list.map((after, index) => {
    const id = told[index]
    return { after, ...((typeof id === 'string' || typeof id === 'number') && { id: String(id) }) }
  })
}

const createdId = (
  result: Json | undefined,
  shown: JsonObject | undefined,
  noun: string,
): string | undefined => {
  if (typeof result === 'string' || typeof result === 'number') return String(result)
  if (Array.isArray(result) && (typeof result[0] === 'string' || typeof result[0] === 'number'))
    return String(result[0])
  const identity = shown && identityOf(shown, noun)
  if (identity) return identity.id
  const lists = shown ? Object.values(shown).filter(Array.isArray) : []
  const first = lists.length === 1 ? lists[0]?.[0] : undefined
  return typeof first === 'string' || typeof first === 'number' ? String(first) : undefined
}

// Updates and deletions

const changes = ({ rpc, verb, kind, about }: Change, { ids, content }: Parameters): Finding[] => {
  const keys = Object.keys(content)
  const isEmpty = keys.length === 0
  // Nothing is set and nothing is said by the verb: a question with a lying name.
  if (isEmpty && kind !== 'delete' && !verb?.state) return []
  // What was set before is put to work.
  const isAnnounced = /^(apply|commit|confirm)$/.test(verb?.word ?? '') && keys.every((key) => HOW.test(key))
  if (ids.length === 0 && isAnnounced) return []
  const shown = resourceIn(rpc.result, keys)
  const base = { ...about, action: kind, ...ownerIfNamed(about.type, ids) }
  const change: Finding =
    kind === 'delete'
      ? { ...base, extent: 'whole' }
      : {
          ...base,
          extent: 'partial',
          ...(!isEmpty && { after: content }),
          ...(shown && keys.some((key) => Object.hasOwn(shown, key)) && { answer: shown }),
          ...(kind === 'update' && verb?.state && { state: verb.state }),
        }
  return ids.length > 0 ? ids.map((id) => ({ ...change, id })) : [change]
}

/** Says how a call is to be carried out, not what it sets. */
const HOW = /^(rollback|timeout|force|dry_?run|restart|reload|async|wait)$/i

/** With ids, the options are of those items. */
const ownerIfNamed = (noun: string, ids: readonly string[]): { type: string } => ({
  type: ids.length > 0 ? ownerOf(noun) : noun,
})

const resourceIn = (told: Json | undefined, keys: readonly string[]): JsonObject | undefined => {
  const result = Array.isArray(told) && told.length === 1 ? told[0] : told
  const like = unwrap(result, keys)
  const shown =
    like && keys.some((key) => Object.hasOwn(like, key)) ? like : unwrap(result, [], { lists: true })
  return shown && Object.keys(shown).length > 0 ? shown : undefined
}
