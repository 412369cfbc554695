/** A field and its value, sent as two members: {key: 'email', value: 'a@b'} sets the e-mail address, unless the resource is such a pair itself. */
import type { JsonObject } from '../../../model/json.ts'
import { isScalar } from '../../compare.ts'
import { memberFor, type ReadMemory } from '../../read-memory.ts'
import { isPlural, verbOf } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { isSettingsWord } from './ids.ts'

/** A variable, a setting: its own members are a name and a value. */
export const isPairItself = (id: string, { address }: Call, memory: ReadMemory): boolean => {
  const known = memory.find({ id, scope: address.scope, keys: ['value'] })
  return known !== undefined && memberFor('value', known) !== undefined
}

/** {name: 'phone', value: '2'}, beside the id: a field and its value. */
export const asPair = (sent: JsonObject): JsonObject => {
  const { value, name = sent.field ?? sent.column ?? sent.key, ...more } = sent
  return value !== undefined &&
    typeof name === 'string' &&
    /^[A-Za-z][\w.-]{0,60}$/.test(name) &&
    Object.keys(more).length <= 1
    ? { [name]: value }
    : sent
}

/** {key: 'email', value: 'a@b'} sets the e-mail address; `reset-password` with {value} the password. */
export const underOwnName = (sent: JsonObject, call: Call, memory: ReadMemory): JsonObject => {
  const { address, method } = call
  const isItem = address.id !== undefined && (/^(PUT|PATCH)$/.test(method) || address.verb?.kind === 'update')
  // `PUT /settings/title` with {title}: its value.
  if (isItem && Object.keys(sent).length === 1 && address.id !== undefined && isScalar(sent[address.id]))
    return { value: sent[address.id] ?? null }
  if (address.id !== undefined && isPairItself(address.id, call, memory)) return sent
  const name = ['key', 'fieldname', 'field', 'property', 'attribute'].find(
    (key) => typeof sent[key] === 'string',
  )
  const isPair = name !== undefined && sent.value !== undefined && Object.keys(sent).length <= 4
  if (
    isPair &&
    (isItem || isToOneDocument(call, sent) || sent.doctype !== undefined) &&
    /^[A-Za-z][\w.-]{0,60}$/.test(String(sent[name]))
  )
    return { [String(sent[name])]: sent.value ?? null }
  const words = verbOf(address.segments.at(-1) ?? '')?.rest ?? []
  const key = ['value', 'newValue', 'new_value'].find(
    (name) => Object.hasOwn(sent, name) && isScalar(sent[name]),
  )
  if (words.length === 0 || words.length > 3 || key === undefined || !address.verb) return sent
  const { [key]: value = null, ...rest } = sent
  return { [words.join('_')]: value, ...rest }
}

/** `PUT /look` with {key: 'theme', value: 'dark'} and no more: the look is one document, and no list of settings. */
const isToOneDocument = ({ address: { id, noun = '' }, method }: Call, sent: JsonObject): boolean =>
  id === undefined &&
  /^(PUT|PATCH)$/.test(method) &&
  noun !== '' &&
  !isPlural(noun) &&
  !isSettingsWord(noun) &&
  Object.keys(sent).length === 2
