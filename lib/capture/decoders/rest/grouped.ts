/** {create: […], update: […], delete: […]}: several at once, where the name of a list says what is done to each of its items. */
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import type { Finding, Operation } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { singularNoun, splitWords } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { base, idField } from './findings.ts'

const MAX_ITEMS = 200

type Action = 'create' | 'update' | 'delete'

/** undefined where the body is not of that shape. */
export const decodeGrouped = (call: Call, sent: Json | undefined): Finding[] | undefined => {
  const steps = stepsIn(sent)
  if (steps) return steps.map((step) => ofStep(call, step))
  const isNamedSo = /^(batch|bulk)$/.test(splitWords(call.address.segments.at(-1) ?? '')[0] ?? '')
  if (!isJsonObject(sent) || (call.address.id !== undefined && !isNamedSo)) return undefined
  const groups = Object.entries(sent)
  if (groups.length < (isNamedSo ? 1 : 2) || !groups.every(([name, list]) => actionOf(name) && isItems(list)))
    return undefined
  const items = groups.flatMap(([name, list]) =>
    (list as Json[]).map((item, index) => ({ name, item, answer: answerTo(call, name, item, index) })),
  )
  if (items.length === 0 || items.length > MAX_ITEMS) return undefined
  return items.map(({ name, item, answer }) => finding(call, actionOf(name) as Action, item, answer))
}

interface Step {
  readonly action: Action
  readonly content: Json
}

/** {mutations: [{patch: {id, set}}, {delete: {id}}]}, {writes: [{update: {name: 'plans/pro', fields}}]}: each step is named by its verb. */
const stepsIn = (sent: Json | undefined): Step[] | undefined => {
  const lists = isJsonObject(sent)
    ? Object.entries(sent).filter(
        ([name, list]) => STEPS.test(name) && Array.isArray(list) && list.length > 0,
      )
    : []
  const list = lists.length === 1 ? (lists[0]?.[1] as Json[]) : []
  if (list.length === 0 || list.length > MAX_ITEMS) return undefined
  const steps = list.map((one): Step | undefined => {
    const told = isJsonObject(one)
      ? Object.entries(one).filter(
          ([name, content]) => actionOf(name) && (isJsonObject(content) || typeof content === 'string'),
        )
      : []
    const [name = '', content = null] = told[0] ?? []
    return told.length === 1 ? { action: actionOf(name) as Action, content } : undefined
  })
  return steps.every((step) => step !== undefined) ? steps : undefined
}
const STEPS = /^(mutations|writes|operations|ops|actions|changes|commands|steps)$/i

/** The id stands in it, or its path does: `…/documents/plans/pro`. */
const ofStep = (call: Call, { action, content }: Step): Finding => {
  const said = isJsonObject(content) ? content : {}
  const path =
    typeof content === 'string'
      ? content
      : typeof said.name === 'string' && said.name.includes('/')
        ? said.name
        : ''
  const [above, last] = path.split('/').slice(-2)
  const kind = said._type ?? said.type ?? said.kind
  const type =
    typeof kind === 'string' ? kind : above !== undefined && last !== undefined ? singularNoun(above) : ''
  const id = path === '' ? (identityOf(said, type)?.id ?? undefined) : (last ?? above)
  const { id: _id, _id: _key, _type, name: _name, ifRevisionID: _revision, ...rest } = said
  const values = [said.set, said.fields, said.data, said.doc, said.attributes].find(isJsonObject) ?? rest
  const removed = Array.isArray(said.unset)
    ? said.unset.filter((one): one is string => typeof one === 'string')
    : []
  return {
    ...base(call),
    action,
    type,
    ...idField(id),
    extent: action === 'update' ? 'partial' : 'whole',
    ...(removed.length > 0
      ? { operations: [...setting(values), ...removing(removed)] }
      : action !== 'delete' && { after: values }),
  }
}

const setting = (values: JsonObject): Operation[] =>
  Object.entries(values).map(([key, value]) => ({ op: 'add', pointer: keysToPointer(key.split('.')), value }))

const removing = (paths: readonly string[]): Operation[] =>
  paths.map((path) => ({ op: 'remove', pointer: keysToPointer(path.split('.')) }))

const actionOf = (name: string): Action | undefined => {
  const word = name.toLowerCase().replace(/s$/, '')
  if (/^(created?|createifnotexist|insert(ed)?|new)$/.test(word)) return 'create'
  if (/^(updated?|patch(ed)?|changed?|modify|modified|upsert|createorreplace|replace)$/.test(word))
    return 'update'
  return /^(deleted?|destroy(ed)?|removed?)$/.test(word) ? 'delete' : undefined
}

const isItems = (list: Json | undefined): boolean =>
  Array.isArray(list) && list.every((one) => isJsonObject(one) || /^(string|number)$/.test(typeof one))

/** Under the same name, by id or at the same place. */
const answerTo = ({ answer }: Call, name: string, item: Json, index: number): JsonObject | undefined => {
  const list = answer.kind === 'json' && isJsonObject(answer.value) ? answer.value[name] : undefined
  const objects = Array.isArray(list) ? list.filter(isJsonObject) : []
  const id = idOf(item, '')
  return objects.find((one) => id !== undefined && idOf(one, '') === id) ?? objects[index]
}

const idOf = (item: Json, type: string): string | undefined =>
  isJsonObject(item) ? identityOf(item, type)?.id : String(item)

const finding = (call: Call, action: Action, item: Json, answer: JsonObject | undefined): Finding => {
  const type = nounOf(call)
  const own = action === 'create' && answer ? idOf(answer, type) : idOf(item, type)
  const shared = { ...base(call), action, type, ...idField(own) }
  if (action === 'delete') return { ...shared, extent: 'whole' }
  const content = isJsonObject(item) ? item : {}
  const key = identityOf(content, type)?.key
  return {
    ...shared,
    extent: action === 'create' ? 'whole' : 'partial',
    after:
      action === 'create'
        ? content
        : Object.fromEntries(Object.entries(content).filter(([name]) => name !== key)),
    ...(answer && { answer }),
  }
}

/** `/products/batch` is about products. */
const nounOf = ({ address }: Call): string => {
  const words = splitWords(address.segments.at(-1) ?? '')
  const before = address.segments.at(-2)
  return /^(batch|bulk)$/.test(words[0] ?? '') && before !== undefined && !isPrefix(before)
    ? singularNoun(before)
    : (address.noun ?? '')
}
