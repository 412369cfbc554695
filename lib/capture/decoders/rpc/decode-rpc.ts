/**
 * Calls by name, whatever carried them: HTTP, a socket's frame, XML. The verb and the noun are in the method's name; reads are calls too and
 * are where "before" is.
 */
import { looksLikeId } from '../../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import type { Finding } from '../../finding.ts'
import { identityOf, nameOf, referenceIn } from '../../identity.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import { isPlural, singularNoun, splitWords, type Verb, verbOf } from '../../words.ts'
import { type Call, type Decoded, type Decoder, NO_CHANGE, outcomeFields, unwrap } from '../decoder.ts'
import { decodeMembership } from '../membership.ts'
import { argumentsAfterVerb, nameOfCall, nounOfAnswer, ownerOf, stringsIn } from './call-name.ts'
import { callsOf, type RpcCall } from './calls.ts'
import { type Parameters, readParams } from './parameters.ts'

/** A call that changes something, with its name understood. */
interface Change {
  readonly rpc: RpcCall
  readonly verb: Verb | undefined
  readonly kind: 'create' | 'update' | 'delete' | 'save'
  readonly about: Pick<Finding, 'place' | 'outcome' | 'refusal'> & { readonly type: string }
}

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
  if (LAST_SEEN.test(noun)) return NO_CHANGE
  const place = `rpc ${noun}`
  if (verb?.kind === 'read' || (!verb && !rpc.mutates)) return readBy(rpc, noun, place)
  if (verb?.kind === 'run' || verb?.kind === 'session' || verb?.kind === 'noise') return NO_CHANGE
  const outcome = outcomeFields(
    rpc.refusal === undefined ? call.outcome : 'rejected',
    rpc.refusal ?? call.refusal,
  )
  const about = { type: noun, place, ...outcome }
  const change: Change = {
    rpc,
    verb,
    kind: ofNothing(rpc.params) ? 'create' : (verb?.kind ?? 'update'),
    about,
  }
  const told =
    membership(change) ??
    membersOfOwner(change, memory) ??
    renaming(change) ??
    updatesOfSeveral(change) ??
    updateByReference(change) ??
    memberOfNamed(change) ??
    memberByPosition(change, memory) ??
    updatesById(change)
  if (told) return { findings: told }
  const parameters = readParams(argumentsAfterVerb(rpc), noun, change.kind, memory)
  const isNew = change.kind === 'create' || isFirstSet(change, parameters, memory)
  return { findings: isNew ? creations(change, parameters) : changes(change, parameters) }
}

/** `TicketLastVisit.update`: where the person was. */
const LAST_SEEN = /(?:^| )last (?:visit|visited|seen|read|view|viewed|access|accessed|activity)$/

const readBy = ({ result, refusal, params }: RpcCall, noun: string, place: string): Decoded =>
  result === undefined || refusal !== undefined
    ? NO_CHANGE
    : { findings: [], readings: [{ place, value: result, noun, scope: stringsIn(params) }] }

/** `save([], {name})`: of no item that is there already. */
const ofNothing = (params: Json): boolean => {
  const list = isJsonObject(params) && Array.isArray(params.args) ? params.args : params
  return Array.isArray(list) && Array.isArray(list[0]) && list[0].length === 0 && isJsonObject(list[1])
}

// Changes that their names say whole

const membership = ({ rpc, about: { outcome, refusal } }: Change): Finding[] | undefined => {
  const named = verbOf(rpc.method.split(/[.:/]/).at(-1) ?? '')
  const given = firstObject(rpc.params)
  const refused = { outcome, ...(refusal !== undefined && { refusal }) }
  const joined = named && given && decodeMembership(named.verb, named.rest, given, refused)
  return joined && [joined]
}

/** `group_add_member(['ops'], {user: ['ben']})` */
const membersOfOwner = (
  { rpc: { method, params }, about }: Change,
  memory: ReadMemory,
): Finding[] | undefined => {
  const words = splitWords(method.split(/[.:/]/).at(-1) ?? '')
  const at = words.findIndex((word) => /^(add|remove)$/.test(word))
  if (at < 1 || at === words.length - 1 || !Array.isArray(params)) return undefined
  const type = words.slice(0, at).join(' ')
  const { ids, content } = readParams(params, type, 'update', memory)
  const lists = Object.entries(content).filter(([, value]) => Array.isArray(value))
  if (ids.length !== 1 || lists.length === 0) return undefined
  const op = words[at] === 'add' ? 'include' : 'exclude'
  const operations = lists.flatMap(([key, list]) =>
    (list as Json[]).map((value) => ({ op, pointer: keysToPointer([key]), value }) as const),
  )
  return [{ ...about, type, action: 'update', extent: 'partial', id: ids[0] as string, operations }]
}

/** `rename({from, to})` */
const renaming = ({ rpc, verb, about }: Change): Finding[] | undefined => {
  const { from, to } = firstObject(rpc.params) ?? {}
  if (verb?.word !== 'rename' || !isId(from) || !isId(to)) return undefined
  return [{ ...about, action: 'update', extent: 'partial', id: String(from), after: { name: to } }]
}

/** `saveSettings([{_id, value}, …])` */
const updatesOfSeveral = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  if (kind !== 'update' && kind !== 'save') return undefined
  const list = Array.isArray(params) ? params.find(Array.isArray) : undefined
  if (!list || list.length === 0 || list.length > 100) return undefined
  const updates = list.flatMap((one): Finding[] => {
    const identity = isJsonObject(one) ? identityOf(one) : undefined
    if (!isJsonObject(one) || identity?.strength !== 'strong') return []
    const { [identity.key]: _id, ...after } = one
    return Object.keys(after).length === 0
      ? []
      : [{ ...about, action: kind, extent: 'partial', id: identity.id, after }]
  })
  return updates.length === list.length ? updates : undefined
}

/** `SetSettingValue({setting: 'title', value})`, `SetAddonEnabled({addonid, enabled})`: the item and the member that is set. */
const memberOfNamed = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  const words = about.type.split(' ')
  const member = words.at(-1) as string
  const noun = words.slice(0, -1).join(' ')
  if (kind !== 'update' || noun === '' || !isJsonObject(params) || Object.keys(params).length !== 2)
    return undefined
  const compact = (key: string): string => splitWords(key).join('')
  const value = Object.entries(params).find(([key]) => compact(key) === member)
  const item = Object.entries(params).find(([key]) =>
    [noun, `${noun} id`].map(compact).includes(compact(key)),
  )
  return value && item && isId(item[1])
    ? [
        {
          ...about,
          action: kind,
          extent: 'partial',
          type: noun,
          id: String(item[1]),
          after: { [value[0]]: value[1] },
        },
      ]
    : undefined
}

/** `setBoardColor('b1', 'blue')`, where board b1 was read with a member of that name. */
const memberByPosition = (
  { rpc: { params }, kind, about }: Change,
  memory: ReadMemory,
): Finding[] | undefined => {
  const words = about.type.split(' ')
  const noun = words.slice(0, -1).join(' ')
  const [id, value, ...more] = Array.isArray(params) ? params : []
  if (kind !== 'update' || noun === '' || !isId(id) || value === undefined || more.length > 0)
    return undefined
  const known = memory.find({ id: String(id), type: noun, scope: [], keys: [words.at(-1) as string] })
  const member = known && memberFor(words.at(-1) as string, known)
  return member === undefined
    ? undefined
    : [{ ...about, action: kind, extent: 'partial', type: noun, id: String(id), after: { [member]: value } }]
}

/** `update({2: {name}, 3: {name}})` */
const updatesById = ({ rpc: { params }, kind, about }: Change): Finding[] | undefined => {
  const given = Array.isArray(params) && params.length === 1 ? params[0] : params
  const items = isJsonObject(given) ? Object.entries(given) : []
  return kind === 'update' &&
    items.length > 0 &&
    items.length <= 100 &&
    items.every(([id, one]) => looksLikeId(id) && isJsonObject(one))
    ? items.map(([id, after]) => ({ ...about, action: kind, extent: 'partial', id, after }))
    : undefined
}

/** `update_editable({itemtype: 'activity', itemid: 17, value})` */
const updateByReference = ({ rpc, kind, about }: Change): Finding[] | undefined => {
  const told = kind === 'update' && isJsonObject(rpc.params) ? referenceIn(rpc.params) : undefined
  if (!told) return undefined
  const { type, id, rest } = told
  const after = rest.value === undefined ? rest : { value: rest.value }
  return [{ ...about, action: 'update', extent: 'partial', type, id, after }]
}

const firstObject = (params: Json): JsonObject | undefined => {
  const given = Array.isArray(params) ? params.find(isJsonObject) : params
  return isJsonObject(given) ? given : undefined
}

const isId = (value: Json | undefined): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '')

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
