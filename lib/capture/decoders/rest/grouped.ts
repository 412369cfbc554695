/** {create: […], update: […], delete: […]}: several at once, where the name of a list says what is done to each of its items. */
import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { isPrefix } from '../../address.ts'
import type { Finding } from '../../finding.ts'
import { identityOf } from '../../identity.ts'
import { singularNoun, splitWords } from '../../words.ts'
import type { Call } from '../decoder.ts'
import { base, idField } from './findings.ts'

const MAX_ITEMS = 200

type Action = 'create' | 'update' | 'delete'

/** undefined where the body is not of that shape. */
export const decodeGrouped = (call: Call, sent: Json | undefined): Finding[] | undefined => {
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

const actionOf = (name: string): Action | undefined => {
  const word = name.toLowerCase().replace(/s$/, '')
  if (/^(created?|insert(ed)?|new)$/.test(word)) return 'create'
  if (/^(updated?|patch(ed)?|changed?|modify|modified|upsert)$/.test(word)) return 'update'
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
