/**
 * What was sent, over what was before → the resource's state after: members under the names that were read, in the types that were read,
 * without placeholders, proofs and words that are meant for the server alone.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { isBlank, isSame, isScalar } from '../compare.ts'
import type { Finding } from '../finding.ts'
import { identityOf } from '../identity.ts'
import { memberFor, overlap } from '../read-memory.ts'
import { inTypeOf } from '../typed-text.ts'
import { isSecretKey, splitWords } from '../words.ts'
import { isPlaceholder, isProofOfPerson } from './noise.ts'
import { applyOperations } from './operations.ts'

export const afterOf = (finding: Finding, before: Json | undefined): Json | undefined => {
  const stated = finding.state ? stateChange(finding.state, before) : undefined
  if (finding.operations) return applyOperations(before ?? {}, finding.operations)
  const sent =
    isJsonObject(finding.after) && stated ? { ...finding.after, ...stated } : (finding.after ?? stated)
  if (sent === undefined) return before
  if (!isJsonObject(sent)) return sent
  const answer = isJsonObject(finding.answer) ? finding.answer : undefined
  const known = isJsonObject(before) ? before : undefined
  const isFullyAnswered = answer !== undefined && overlap(Object.keys(sent), answer) >= 0.5

  // Instructions, answered by the whole resource as they left it.
  const isOrder =
    known !== undefined &&
    answer !== undefined &&
    finding.action === 'update' &&
    overlap(Object.keys(known), answer) >= 0.5 &&
    Object.entries(sent).some(([, value]) => isInstructions(value)) &&
    overlap(Object.keys(sent), known) === 0 &&
    overlap(Object.keys(sent), answer) === 0
  if (isOrder) return mergeInto(known, answer)

  /** Neither read before nor answered: a word to the server, not a member of the resource. */
  const isForServer = (key: string, value: Json): boolean =>
    known !== undefined && !isSecretKey(key) && (answer ? isFullyAnswered : isBlank(value))

  /** Beside a verb that says it all: how, not what. */
  const isBesideVerb = (key: string): boolean =>
    stated !== undefined && known !== undefined && !Object.hasOwn(stated, key)

  const entries = Object.entries(sent).flatMap(([given, value]): [string, Json][] => {
    const key = (known && (memberFor(given, known) ?? nameFor(given, finding.type, known))) ?? given
    const was = known && Object.hasOwn(known, key) ? known[key] : undefined
    const member = answer && (Object.hasOwn(answer, key) ? key : memberFor(given, answer))
    const told = member === undefined ? undefined : answer?.[member]
    const isNews = was === undefined && told === undefined
    if (isNews && (isForServer(key, value) || (key === given && isBesideVerb(key)) || isProofOfPerson(key)))
      return []
    const relation = relationOf(value, was)
    if (relation !== undefined) return [[key, relation]]
    if (isPlaceholder(value)) return was === undefined ? [] : [[key, was]]
    // `_changedBy`, sent as it was: what the server keeps for itself.
    if (key.startsWith('_') && told !== undefined && !isSame(told, value))
      return was === undefined ? [] : [[key, was]]
    if (told !== undefined && !isPlaceholder(told) && !(isScalar(value) && !isScalar(told)))
      return [[key, told]]
    return [[key, typeof value === 'string' ? inTypeOf(was, value) : value]]
  })
  const after = Object.fromEntries(entries)
  return finding.extent === 'partial' && known ? { ...known, ...after } : after
}

/** `pumpname` of a pump, which is read as its `name`. */
const nameFor = (key: string, type = '', known: JsonObject): string | undefined =>
  type !== '' &&
  splitWords(key).join('') === `${splitWords(type).join('')}name` &&
  Object.hasOwn(known, 'name')
    ? 'name'
    : undefined

/** [{kind: 'turnOn'}, …]: what is to be done, in words of the app. */
const isInstructions = (value: Json): boolean =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(
    (one) =>
      isJsonObject(one) &&
      ['kind', 'op', 'operation', 'action', 'type', 'command'].some((key) => Object.hasOwn(one, key)),
  )

/** `enabled: true` for "enable": under the name that the resource has for it, where it was read. */
export const stateChange = (state: NonNullable<Finding['state']>, before: Json | undefined): JsonObject => {
  const [first = 'state'] = state.fields
  if (!isJsonObject(before)) return { [first]: state.value }
  for (const field of state.fields) {
    const word = field.replace('!', '')
    const key = Object.keys(before).find(
      (name) =>
        splitWords(name)
          .join('')
          .replace(/^(is|has)/, '') === word,
    )
    if (key === undefined) continue
    const value = state.value !== field.startsWith('!')
    const old = before[key]
    if (typeof old === 'boolean' || old === null) return { [key]: value }
    if (typeof old === 'number') return { [key]: Number(value) }
    const words =
      typeof old === 'string'
        ? YES_AND_NO.find((pair) => pair.some((word) => word === old.toLowerCase()))
        : undefined
    if (words) return { [key]: words[value ? 0 : 1] }
  }
  const status = Object.keys(before).find(
    (name) => /^(status|state|_?status)$/i.test(name) && typeof before[name] === 'string',
  )
  return status === undefined ? { [first]: state.value } : { [status]: state.word }
}

const YES_AND_NO = [
  ['true', 'false'],
  ['1', '0'],
  ['yes', 'no'],
  ['on', 'off'],
] as const

/** Relations as ORMs write them: {connect: {id}}, {set: [{id}]}, {disconnect: true}. In the shape that was read; undefined for anything else. */
const relationOf = (value: Json, was: Json | undefined): Json | undefined => {
  if (!isJsonObject(value)) return undefined
  const { connect, disconnect, set } = value
  const isRelation = Object.keys(value).every((key) => /^(connect|disconnect|set|create)$/.test(key))
  if (!isRelation || !(connect ?? disconnect ?? set)) return undefined
  if (Array.isArray(set)) return set
  if (Array.isArray(was) || Array.isArray(connect)) {
    const gone = new Set(listOf(disconnect).map(idText))
    const kept = listOf(was).filter((one) => !gone.has(idText(one)))
    const there = new Set(kept.map(idText))
    return [...kept, ...listOf(connect).filter((one) => !there.has(idText(one)))]
  }
  if (disconnect === true || set === null) return null
  const target = connect ?? set
  return isJsonObject(target) ? (identityOf(target)?.id ?? target) : (target ?? null)
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? value : value ? [value] : []

const idText = (value: Json): string => (isJsonObject(value) ? (identityOf(value)?.id ?? '') : String(value))

/** Of what was before the members that the answer shows, as it shows them. */
export const mergeInto = (before: Json, answer: Json | undefined): Json => {
  if (!isJsonObject(before) || !isJsonObject(answer)) return before
  return {
    ...before,
    ...Object.fromEntries(Object.entries(answer).filter(([key]) => Object.hasOwn(before, key))),
  }
}
