/**
 * Functions of the server called from a component: POST to the page's own address with the function's hash in a header, arguments as a JSON list
 * or as numbered fields, the answer as rows of a stream. The hash says nothing: the page's address names the resource, what was sent the change.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { placeOf } from '../address.ts'
import { fieldsToObject, readJson } from '../body.ts'
import { identityOf } from '../identity.ts'
import { refusalIn } from '../outcome.ts'
import { isPlural, verbOf } from '../words.ts'
import type { Call, Decoder } from './decoder.ts'
import { NO_CHANGE, outcomeFields } from './decoder.ts'

export const decodeServerAction: Decoder = (call) => {
  if (call.method !== 'POST' || !isServerAction(call)) return undefined
  const { address } = call
  const named = namedCall(call)
  if (named && !writes(named)) return NO_CHANGE
  const { id: sentId, content } = argumentsOf(named ? [named.args] : sentArguments(call))
  if (Object.keys(content).length === 0) return NO_CHANGE
  const refusal = refusalInRows(call) ?? call.refusal
  const known = address.id ?? sentId ?? address.scope.at(-1)
  const creates =
    known === undefined &&
    (address.verb?.kind === 'create' || isPlural(address.noun ?? '')) &&
    !isSettings(address.noun)
  return {
    findings: [
      {
        action: creates ? 'create' : 'update',
        type: address.noun ?? '',
        scope: address.scope,
        place: placeOf(address.segments),
        extent: creates ? 'whole' : 'partial',
        after: content,
        ...(known !== undefined && { id: known }),
        ...outcomeFields(refusal === undefined ? call.outcome : 'rejected', refusal),
      },
    ],
  }
}

/** By the function's hash, or by the kind of answer that only components understand. */
const isServerAction = ({ exchange: { requestHeaders, responseHeaders } }: Call): boolean =>
  requestHeaders['next-action'] !== undefined ||
  /text\/x-component/i.test(`${requestHeaders.accept ?? ''} ${responseHeaders['content-type'] ?? ''}`)

const isSettings = (noun = ''): boolean => /(setting|option|preference)s$/i.test(noun)

/** One action for all that an app does: [{name: "render-list", args: {…}}]. */
const namedCall = (call: Call): { name: string; args: JsonObject } | undefined => {
  const [only, ...others] = sentArguments(call)
  return others.length === 0 &&
    isJsonObject(only) &&
    typeof only.name === 'string' &&
    isJsonObject(only.args) &&
    Object.keys(only).length === 2
    ? { name: only.name, args: only.args }
    : undefined
}

const writes = ({ name }: { name: string }): boolean =>
  /^(create|update|save|delete)$/.test(verbOf(name)?.verb.kind ?? '')

const sentArguments = ({ request }: Call): readonly Json[] => {
  if (request.kind === 'fields') return [ownFields(request.fields)]
  return request.kind === 'json' && Array.isArray(request.value) ? request.value : []
}

const argumentsOf = (args: readonly Json[]): { id?: string; content: JsonObject } => {
  const objects = args.filter(isJsonObject)
  const content = Object.assign({}, ...objects) as JsonObject
  const identity = identityOf(content)
  const bare = args.find(
    (one): one is string | number =>
      typeof one === 'number' || (typeof one === 'string' && one !== '$undefined'),
  )
  if (identity?.strength === 'strong') {
    const { [identity.key]: _id, ...rest } = content
    return { id: identity.id, content: rest }
  }
  return { content, ...(bare !== undefined && { id: String(bare) }) }
}

/** `1_name`: the argument's number before the field's name; `$ACTION_…` and "0" are the framework's own. */
const ownFields = (fields: readonly (readonly [string, string])[]): Json =>
  fieldsToObject(
    fields
      .map(([name, value]) => [name.replace(/^\d+_/, ''), value] as const)
      .filter(([name]) => !name.startsWith('$') && !/^\d+$/.test(name)),
  )

/** Rows `1:{…}`; one that begins with E is an error that was thrown. */
const refusalInRows = ({ exchange }: Call): string | undefined => {
  for (const row of (exchange.responseBody ?? '').split('\n').slice(0, 200)) {
    const [, mark, text = ''] = /^[0-9a-f]{1,4}:(E?)(\{.*)$/.exec(row) ?? []
    if (mark === undefined) continue
    const value = readJson(text)
    const refusal = mark === 'E' ? (refusalIn({ error: value ?? 'error' }) ?? 'error') : refusalIn(value)
    if (refusal !== undefined) return refusal
  }
  return undefined
}
