/** Components that live on the server: the page sends each one's snapshot, the fields edited since, and the methods to call. */
import { looksLikeId } from '../../model/id-shape.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readJson } from '../body.ts'
import { isScalar } from '../compare.ts'
import type { Finding } from '../finding.ts'
import { identityOf } from '../identity.ts'
import { singularNoun, type Verb, verbOf } from '../words.ts'
import { type Decoder, outcomeFields } from './decoder.ts'

export const decodeLivewire: Decoder = (call) => {
  const sent = call.request.kind === 'json' ? call.request.value : undefined
  const components = isJsonObject(sent) ? sent.components : undefined
  if (
    !Array.isArray(components) ||
    !components.every(
      (one) => isJsonObject(one) && typeof one.snapshot === 'string' && Array.isArray(one.calls),
    )
  )
    return undefined
  return {
    findings: components
      .filter(isJsonObject)
      .flatMap((one): Finding[] => findingOf(one, outcomeFields(call.outcome, call.refusal)) ?? []),
  }
}

const findingOf = (
  component: JsonObject,
  outcome: Pick<Finding, 'outcome' | 'refusal'>,
): Finding[] | undefined => {
  const snapshot = readJson(String(component.snapshot))
  const data = isJsonObject(snapshot) && isJsonObject(snapshot.data) ? plain(snapshot.data) : undefined
  const memo = isJsonObject(snapshot) && isJsonObject(snapshot.memo) ? snapshot.memo : {}
  const calls = Array.isArray(component.calls) ? component.calls.filter(isJsonObject) : []
  if (!isJsonObject(data)) return undefined
  const page = pageOf(memo)
  const updates = isJsonObject(component.updates) ? component.updates : {}
  const done = calls
    .map((one) => inDialog(one, data, updates) ?? inCell(one) ?? onPage(one, data, updates))
    .find(Boolean)
  if (!done) return undefined
  const { verb, before, after } = done
  const id = done.id ?? page.id
  return [
    {
      action: verb.kind as Finding['action'],
      type: done.type || page.noun,
      extent: 'partial',
      ...outcome,
      ...(id !== undefined && { id }),
      ...(verb.kind !== 'delete' && Object.keys(after).length > 0 && { after, ...(before && { before }) }),
      ...(verb.kind === 'update' && verb.state && { state: verb.state }),
    },
  ]
}

/** What one method did. */
interface Done {
  readonly verb: Verb
  readonly type: string
  readonly id?: string | undefined
  readonly before?: JsonObject
  readonly after: JsonObject
}

/** `resources.user-resource.pages.edit-user` at `admin/users/5/edit` */
const pageOf = (memo: JsonObject): { noun: string; id?: string } => {
  const name =
    String(memo.name ?? '')
      .split(/[./]/)
      .at(-1) ?? ''
  const id = String(memo.path ?? '')
    .split('/')
    .findLast(looksLikeId)
  const noun = verbOf(name)?.rest.join(' ') || name.replace(/^manage-/, '')
  return { noun: singularNoun(noun), ...(id !== undefined && { id }) }
}

const isWriting = (verb: Verb | undefined): verb is Verb =>
  /^(create|update|delete|save)$/.test(verb?.kind ?? '')

/** `save()`, `deleteUser(5)`, with the fields that were edited since: {'data.name': 'Anna'}. */
const onPage = ({ method, params }: JsonObject, data: JsonObject, updates: JsonObject): Done | undefined => {
  const found = verbOf(String(method))
  if (!found || !isWriting(found.verb)) return undefined
  const type = found.rest.join(' ')
  const [said] = Array.isArray(params) ? params.filter(isScalar) : []
  const identity = identityOf(data, type)
  const id = said ?? (identity?.strength === 'strong' ? identity.id : undefined)
  const prefix = sharedPrefix(Object.keys(updates), data)
  const shown = prefix === '' ? data : data[prefix.slice(0, -1)]
  return {
    verb: found.verb,
    type,
    ...(id !== undefined && id !== null && { id: String(id) }),
    after: under(prefix, updates),
    ...(isJsonObject(shown) && { before: shown }),
  }
}

/** All that was edited is in one member of the page: `data.`. */
const sharedPrefix = (keys: readonly string[], data: JsonObject): string => {
  const [first = ''] = keys[0]?.split('.') ?? []
  const isShared = keys.length > 0 && keys.every((key) => key.startsWith(`${first}.`))
  return isShared && isJsonObject(data[first]) ? `${first}.` : ''
}

/** `callMountedTableAction()`: the button of a dialog or a row, which the page holds with its record and its fields. */
const inDialog = ({ method }: JsonObject, data: JsonObject, updates: JsonObject): Done | undefined => {
  if (!/^call\w*Action$/.test(String(method))) return undefined
  const [key = '', list] =
    Object.entries(data).find(
      ([name, value]) => /^mounted\w*Actions$/.test(name) && Array.isArray(value) && value.length > 0,
    ) ?? []
  if (!Array.isArray(list)) return undefined
  const at = list.length - 1
  const own = list[at]
  const verb = verbOf(String(isJsonObject(own) ? own.name : own))?.verb
  if (!isWriting(verb)) return undefined
  const fields = data[`${key}Data`]
  const shown = isJsonObject(own) ? own.data : Array.isArray(fields) ? fields[at] : undefined
  const context = isJsonObject(own) && isJsonObject(own.context) ? own.context : {}
  const record = isJsonObject(own) ? context.recordKey : data[key.replace(/s$/, 'Record')]
  const before = isJsonObject(shown) ? shown : {}
  const edited = under(isJsonObject(own) ? `${key}.${at}.data.` : `${key}Data.${at}.`, updates)
  return {
    verb,
    type: '',
    ...(isScalar(record) && record !== null && { id: String(record) }),
    ...(verb.kind === 'create' ? { after: { ...before, ...edited } } : { after: edited, before }),
  }
}

/** `updateTableColumnState('active', '5', true)`: a switch in a row. */
const inCell = ({ method, params }: JsonObject): Done | undefined => {
  const [column, record, value] = Array.isArray(params) ? params : []
  const verb = verbOf('update')?.verb
  if (
    !verb ||
    !/^update\w*Column\w*$/.test(String(method)) ||
    typeof column !== 'string' ||
    value === undefined
  )
    return undefined
  return { verb, type: '', id: String(record), after: { [column]: value } }
}

/** What was edited below a place, by its own names. */
const under = (prefix: string, updates: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(updates)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  )

/** Values of more than plain types come as [value, {s: kind}]. */
const plain = (value: Json): Json => {
  if (Array.isArray(value))
    return value.length === 2 && isJsonObject(value[1]) && typeof value[1].s === 'string'
      ? plain(value[0] as Json)
      : value.map(plain)
  return isJsonObject(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]))
    : value
}
