/**
 * REST and what passes for it: the path names the resource, the method or a verb in the path says what happens to it.
 * Handles partial and whole bodies, verbs in the path, several ids in a body or query, deltas, JSON Patch, JSON:API.
 */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isSame } from '../../compare.ts'
import { identityOf } from '../../identity.ts'
import type { ReadMemory } from '../../read-memory.ts'
import { type Verb, verbOf } from '../../words.ts'
import { type Call, type Decoder, NO_CHANGE } from '../decoder.ts'
import { readingOf } from '../read.ts'
import { decodeAspect } from './aspects.ts'
import { isJsonPatchStep, jsonPatch, sentValue } from './bodies.ts'
import { decodeDelete } from './deletes.ts'
import { decodeParticiple } from './empty-writes.ts'
import { decodeGrouped } from './grouped.ts'
import { membersOfItems } from './members-of-items.ts'
import { keepsDraft, keepsOnlyState, makesUp, startsWork } from './own-state.ts'
import { isQuery, isRehearsal } from './questions.ts'
import { withTarget } from './target.ts'
import { isTelemetry } from './telemetry.ts'
import { decodeWrite } from './writes.ts'

export const decodeRest: Decoder = (given, memory) => {
  if (keepsDraft(given)) return NO_CHANGE
  const call = withTarget(given, memory)
  const sent = sentValue(call)
  const verb = call.address.verb ?? verbInBody(sent) ?? verbInQuery(call)
  if (
    (verb && (verb.kind === 'run' || verb.kind === 'noise')) ||
    isRehearsal(call, sent) ||
    isTelemetry(call, sent) ||
    keepsOnlyState(call, sent) ||
    startsWork(call) ||
    makesUp(call, sent)
  )
    return NO_CHANGE
  const grouped = decodeGrouped(call, sent)
  if (grouped) return { findings: grouped }
  const state = decodeParticiple(call, sent)
  if (state) return { findings: [state] }
  // "Resolve" is done to an item; without one it asks.
  if (verb?.word === 'resolve' && call.address.id === undefined) return NO_CHANGE
  if (verb && verb.kind === 'session' && call.method !== 'DELETE') return NO_CHANGE
  if (
    verb?.word === 'publish' &&
    isJsonObject(sent) &&
    ['payload', 'message', 'messages'].some((key) => Object.hasOwn(sent, key))
  )
    return NO_CHANGE
  if (verb?.kind === 'read' || isQuery(call, sent) || isQuestionOfItsOwn(call, sent, verb, memory))
    return { findings: [], readings: [readingOf(call)] }
  const aspect = decodeAspect(call, sent)
  if (aspect) return { findings: [aspect] }
  const members = membersOfItems(call, sent)
  if (members) return { findings: members }
  if (call.method === 'DELETE' || verb?.kind === 'delete')
    return { findings: decodeDelete(call, sent, memory) }
  if (Array.isArray(sent) && sent.length > 0 && sent.every(isJsonPatchStep))
    return { findings: [jsonPatch(call, sent as JsonObject[])] }
  return { findings: decodeWrite(call, withoutVerb(call, sent), memory, verb) }
}

/** Where questions go by POST and changes have verbs, what has none asks; unless it is answered by nothing, by what was sent, or by a new id alone. */
const isQuestionOfItsOwn = (
  { isAskedByPost, method, exchange, request, answer }: Call,
  sent: Json | undefined,
  verb: Verb | undefined,
  memory: ReadMemory,
): boolean => {
  if (!isAskedByPost || verb || method !== 'POST' || exchange.status === 201 || request.kind !== 'json')
    return false
  if (answer.kind === 'none') return false
  const told = answer.kind === 'json' && isJsonObject(answer.value) ? answer.value : {}
  const keys = isJsonObject(sent) ? Object.keys(sent) : []
  const own = Object.keys(told).length <= 3 ? identityOf(told) : undefined
  const isBorn = own?.strength === 'strong' && keys.length > 0 && !memory.knowsId(own.id)
  return (
    !isBorn && !keys.some((key) => Object.hasOwn(told, key) && isSame(told[key], (sent as JsonObject)[key]))
  )
}

/** {"action": "suspend"} to an item's address. */
const verbInBody = (sent: Json | undefined): Verb | undefined =>
  isJsonObject(sent) ? verbNamed(VERB_KEYS.map((key) => sent[key])) : undefined

/** {cmd: 'block-sta', mac}: a verb with its noun says nothing of the item itself. */
const withoutVerb = ({ address }: Call, sent: Json | undefined): Json | undefined => {
  if (!isJsonObject(sent) || address.verb) return sent
  const key = VERB_KEYS.find((name) => Object.hasOwn(sent, name))
  const isCommand = key !== undefined && verbNamed([sent[key]]) && Object.keys(sent).length > 1
  return isCommand ? Object.fromEntries(Object.entries(sent).filter(([name]) => name !== key)) : sent
}

/** `POST /keys/site%3Atitle?action=delete`: an empty post to an item's address. */
const verbInQuery = ({ method, address, request }: Call): Verb | undefined =>
  method === 'POST' && address.id !== undefined && request.kind === 'none'
    ? verbNamed(address.query.flatMap(([key, value]) => (VERB_KEYS.includes(key) ? [value] : [])))
    : undefined

const VERB_KEYS = ['action', 'op', 'operation', 'command', 'cmd']

const verbNamed = (values: readonly (Json | undefined)[]): Verb | undefined => {
  const name = values.find((one): one is string => typeof one === 'string' && one.length < 40)
  const found = name === undefined ? undefined : verbOf(name)?.verb
  return found && found.kind !== 'read' && found.kind !== 'noise' ? found : undefined
}
