/**
 * GraphQL over HTTP: one finding a root field of a mutation. Type and verb are in the field's name or the variable's type, never in the
 * alias. Handles inline input, batches, multipart uploads and persisted queries of which only the name is sent.
 * https://graphql.github.io/graphql-over-http/draft/
 */
import { type FieldNode, Kind, type OperationDefinitionNode, parse, type ValueNode } from 'graphql/language'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readJson } from '../body.ts'
import type { Finding } from '../finding.ts'
import { identityOf } from '../identity.ts'
import { refusalIn } from '../outcome.ts'
import { isSignIn } from '../sign-in.ts'
import { singularNoun, splitWords, type Verb, verbOf } from '../words.ts'
import { type Call, type Decoded, type Decoder, outcomeFields, type Reading, unwrap } from './decoder.ts'
import { decodeMembership } from './membership.ts'

const MAX_QUERY_CHARS = 100_000

export const decodeGraphql: Decoder = (call) => {
  const requests = requestsOf(call)
  if (!requests) return undefined
  const answers = call.answer.kind === 'json' ? call.answer.value : undefined
  const decoded = requests.map((request, index) =>
    decodeOne(call, request, Array.isArray(answers) ? answers[index] : answers),
  )
  return {
    findings: decoded.flatMap((one) => one.findings),
    readings: decoded.flatMap((one) => one.readings ?? []),
  }
}

interface GraphqlRequest {
  readonly query?: string
  readonly operationName?: string
  readonly variables: JsonObject
}

const requestsOf = (call: Call): GraphqlRequest[] | undefined => {
  const { request, address } = call
  let value: Json | undefined
  if (request.kind === 'json') value = request.value
  else if (request.kind === 'fields') {
    const operations = request.fields.find(([name]) => name === 'operations' || name === 'query')
    value =
      operations?.[0] === 'operations'
        ? readJson(operations[1])
        : operations && Object.fromEntries(request.fields)
  } else if (request.kind === 'text' && /^\s*(query|mutation|subscription)\b|^\s*\{\s*\w/.test(request.text))
    value = { query: request.text }
  else if (call.method === 'GET' && address.query.some(([name]) => name === 'query' || name === 'extensions'))
    value = Object.fromEntries(address.query)
  const list = Array.isArray(value) ? value : [value]
  if (list.length === 0 || list.length > 50) return undefined
  const requests = list.map(readRequest)
  return requests.every((one) => one !== undefined) ? requests : undefined
}

const readRequest = (value: Json | undefined): GraphqlRequest | undefined => {
  if (!isJsonObject(value)) return undefined
  const { query, operationName, extensions } = value
  const text =
    typeof query === 'string' ? query : typeof value.mutation === 'string' ? value.mutation : undefined
  const isText =
    text !== undefined &&
    /^\s*(#[^\n]*\n\s*)*((query|mutation|subscription|fragment)\b|\{\s*[\w.])/.test(text)
  const isPersisted =
    typeof operationName === 'string' &&
    (isJsonObject(extensions) ||
      typeof extensions === 'string' ||
      value.variables !== undefined ||
      value.id !== undefined ||
      value.doc_id !== undefined)
  if (!isText && !isPersisted) return undefined
  const variables = typeof value.variables === 'string' ? readJson(value.variables) : value.variables
  return {
    variables: isJsonObject(variables) ? variables : {},
    ...(isText && { query: text }),
    ...(typeof operationName === 'string' && { operationName }),
  }
}

const decodeOne = (call: Call, request: GraphqlRequest, answer: Json | undefined): Decoded => {
  const operation =
    request.query === undefined ? undefined : operationOf(request.query, request.operationName)
  const data = isJsonObject(answer) && isJsonObject(answer.data) ? answer.data : undefined
  if (
    operation
      ? operation.operation !== 'mutation'
      : verbOf(request.operationName ?? '') === undefined ||
        isReadVerb(verbOf(request.operationName ?? '')?.verb)
  )
    return { findings: [], readings: data ? [readingOf(operation, request, data)] : [] }
  const fields = operation
    ? operation.selectionSet.selections.filter((node): node is FieldNode => node.kind === Kind.FIELD)
    : []
  if (operation && fields.length > 0)
    return {
      findings: fields.flatMap((field) =>
        isNamespace(field)
          ? (field.selectionSet?.selections ?? []).flatMap((inner) => {
              const shown = data?.[field.alias?.value ?? field.name.value]
              return inner.kind === Kind.FIELD
                ? decodeField(
                    call,
                    inner,
                    operation,
                    request.variables,
                    answer,
                    isJsonObject(shown) ? shown : undefined,
                    field.name.value,
                  )
                : []
            })
          : decodeField(call, field, operation, request.variables, answer, data),
      ),
    }
  // Persisted: the name of the operation is all there is; the answer's root field may say more.
  const root = Object.keys(data ?? {}).find((key) => verbOf(key) !== undefined) ?? request.operationName ?? ''
  return {
    findings: findingsOf(
      call,
      root,
      request.variables,
      [],
      data?.[root],
      errorFor(answer, root, data?.[root]),
      undefined,
    ),
  }
}

/** `mutation { pages { update(id: 3) {…} } }`: the root field is no mutation but their place. */
const isNamespace = (field: FieldNode): boolean =>
  (field.arguments ?? []).length === 0 &&
  verbOf(field.name.value) === undefined &&
  (field.selectionSet?.selections ?? []).some(
    (one) => one.kind === Kind.FIELD && (one.arguments ?? []).length > 0,
  )

const isReadVerb = (verb: Verb | undefined): boolean => verb === undefined || verb.kind === 'read'

const operationOf = (query: string, name: string | undefined): OperationDefinitionNode | undefined => {
  if (query.length > MAX_QUERY_CHARS) return undefined
  try {
    const document = parse(query, { noLocation: true, maxTokens: 5_000 })
    const operations = document.definitions.filter(
      (one): one is OperationDefinitionNode => one.kind === Kind.OPERATION_DEFINITION,
    )
    return operations.find((one) => one.name?.value === name) ?? operations[0]
  } catch {
    return undefined
  }
}

const decodeField = (
  call: Call,
  field: FieldNode,
  operation: OperationDefinitionNode,
  variables: JsonObject,
  answer: Json | undefined,
  data: JsonObject | undefined,
  namespace?: string,
): Finding[] => {
  const alias = field.alias?.value ?? field.name.value
  const args = Object.fromEntries(
    (field.arguments ?? []).map((argument) => [argument.name.value, readNode(argument.value, variables)]),
  )
  const types = (operation.variableDefinitions ?? [])
    .map((one) => typeName(one.type))
    .filter((type) => /Input$/.test(type))
  return findingsOf(
    call,
    namespace === undefined ? field.name.value : inNamespace(field.name.value, singularNoun(namespace), args),
    args,
    types,
    data?.[alias],
    errorFor(answer, alias, data?.[alias]),
    types[0],
  )
}

/** `pages { update }` updates a page, `site { updateConfig }` the site config, `groups { assignUser(groupId, userId) }` a group. */
const inNamespace = (name: string, noun: string, args: JsonObject): string => {
  const { verb, rest = [] } = verbOf(name) ?? {}
  const member = rest.join(' ')
  const isMember = verb !== undefined && rest.length > 0 && [member, noun].every((one) => hasIdOf(args, one))
  if (isMember && /^(assign|add)$/.test(verb.word)) return `add ${member} to ${noun}`
  if (isMember && /^(unassign|remove)$/.test(verb.word)) return `remove ${member} from ${noun}`
  return rest.length > 0 && verb ? `${verb.word} ${noun} ${member}` : `${name} ${noun}`
}

const hasIdOf = (args: JsonObject, noun: string): boolean =>
  Object.keys(args).some((key) => splitWords(key).join(' ') === `${noun} id`)

const findingsOf = (
  call: Call,
  name: string,
  args: JsonObject,
  types: readonly string[],
  result: Json | undefined,
  refusal: string | undefined,
  inputType: string | undefined,
): Finding[] => {
  const found = verbOf(name) ?? types.map(verbOf).find((one) => one !== undefined)
  const verb = found?.verb ?? { kind: 'save', word: '' }
  if (verb.kind === 'read' || verb.kind === 'run' || verb.kind === 'session' || verb.kind === 'noise')
    return []
  const input = Object.values(args).find(isJsonObject)
  const { clientMutationId: _mark, ...given } = { ...args, ...input }
  if (verb.kind === 'create' && found && isPass(found.rest, Object.keys(given))) return []
  const joined =
    found &&
    decodeMembership(
      verb,
      found.rest,
      given,
      outcomeFields(refusal === undefined ? call.outcome : 'rejected', refusal ?? call.refusal),
    )
  if (joined) return [joined]
  const type = typeOf(found?.rest ?? splitWords(name), inputType)
  const { ids, content } = argumentsOf(args, type)
  const outcome = outcomeFields(refusal === undefined ? call.outcome : 'rejected', refusal ?? call.refusal)
  const results = Array.isArray(result) ? result : undefined
  const one = (id: string | undefined, index: number): Finding => {
    const shown = results ? results[index] : result
    const answer = unwrap(shown, Object.keys(content))
    const refused = results && shown === null && refusal !== undefined
    const shownId = answer && identityOf(answer, type)?.id
    const known = id ?? (typeof result === 'string' || typeof result === 'number' ? String(result) : shownId)
    const extent = verb.kind === 'create' ? 'whole' : 'partial'
    return {
      action: verb.kind as 'create' | 'update' | 'delete' | 'save',
      type,
      extent,
      ...outcome,
      ...(refused && { outcome: 'rejected' }),
      ...(known !== undefined && { id: known }),
      ...(verb.kind !== 'delete' && Object.keys(content).length > 0 && { after: content }),
      ...(verb.kind !== 'delete' && answer && Object.keys(answer).length > 0 && { answer }),
      ...(verb.kind === 'update' && verb.state && { state: verb.state }),
    }
  }
  if (verb.kind === 'create') {
    const list = Object.values(args).find(
      (value): value is JsonObject[] => Array.isArray(value) && value.length > 0 && value.every(isJsonObject),
    )
    if (list && Object.keys(content).length === 0)
      return list
        .slice(0, 100)
        .map((object, index) => ({ ...one(undefined, index), after: unwrap(object) ?? object }))
    return [one(undefined, 0)]
  }
  if (ids.length === 0 && verb.kind === 'save' && content && identityOf(content, type)?.strength === 'strong')
    return [one(identityOf(content, type)?.id, 0)]
  return ids.length > 0 ? ids.map((id, index) => one(id, index)) : [one(undefined, 0)]
}

/** `tokenCreate(email, password)` signs in, `createPresignedUpload` and `stagedUploadsCreate` let a file come. */
const isPass = (rest: readonly string[], names: readonly string[]): boolean =>
  isSignIn(rest.join(' '), names) ||
  /\b(?:presigned|signed url|staged uploads?|upload url)\b/.test(rest.join(' '))

/** `FeatureFlagUpdateInput` names the type better than a field called `item`. */
const typeOf = (rest: readonly string[], inputType: string | undefined): string => {
  const words = rest.filter((word) => !GRAMMAR.has(word))
  const by = words.indexOf('by')
  const noun = (by > 0 ? words.slice(0, by) : words).join(' ')
  if (noun !== '') return noun
  return splitWords(inputType ?? '')
    .filter((word) => !GRAMMAR.has(word) && verbOf(word) === undefined)
    .join(' ')
}
const GRAMMAR = new Set(['input', 'payload', 'one', 'pk', 'mutation', 'where', 'unique'])

/** Ids and content of a mutation's arguments, in the habits of Relay, Hasura, Prisma and others. */
const argumentsOf = (args: JsonObject, type: string): { ids: string[]; content: JsonObject } => {
  const ids: string[] = []
  let content: JsonObject = {}
  const own = splitWords(type).at(-1)
  const isId = (key: string): boolean => {
    const words = splitWords(key)
    const last = words.at(-1)
    return (
      (last === 'id' || last === 'ids' || last === 'uuid' || key === 'pk' || key === '_id') &&
      (words.length === 1 || words.includes(own ?? '') || words.length === 2)
    )
  }
  const takeIds = (value: Json | undefined): void => {
    if (typeof value === 'string' || typeof value === 'number') ids.push(String(value))
    else if (Array.isArray(value)) value.forEach(takeIds)
    else if (isJsonObject(value))
      takeIds(
        value.id ??
          value.uuid ??
          value._eq ??
          value.equals ??
          value.eq ??
          value._in ??
          value.in ??
          Object.values(value)[0],
      )
  }
  const idArgument = (object: JsonObject, deep: boolean): string | undefined => {
    const keys = Object.keys(object)
    return (
      keys.find((key) => /^(id|ids|_id|uuid)$/.test(key)) ??
      keys.find((key) => isId(key) && (!deep || splitWords(key).includes(own ?? ''))) ??
      (deep
        ? undefined
        : keys.find(
            (key) =>
              /^(key|slug|name|handle)$/.test(key) &&
              keys.length > 1 &&
              keys.some((other) => /^(data|input|patch|changes|values)$/.test(other)),
          ))
    )
  }
  const top = idArgument(args, false)
  if (top !== undefined) takeIds(args[top])
  for (const [key, value] of Object.entries(args)) {
    if (key === top) continue
    if (/^(where|filter|pk_columns|pkColumns|selector|by|ref|target)$/.test(key)) takeIds(value)
    else if (isJsonObject(value)) content = { ...content, ...value }
    else if (!Array.isArray(value) || value.every((one) => !isJsonObject(one)))
      content = { ...content, [key]: value }
    else if (ids.length > 0) content = { ...content, [key]: value }
  }
  const inner = idArgument(content, top === undefined && Object.keys(args).length > 1)
  if (ids.length === 0 && inner !== undefined) {
    takeIds(content[inner])
    content = Object.fromEntries(Object.entries(content).filter(([key]) => key !== inner))
  }
  content = Object.fromEntries(Object.entries(content).filter(([key]) => key !== 'clientMutationId'))
  const members = Object.entries(content)
  const nested = members.find(
    ([key, value]) =>
      isJsonObject(value) &&
      (/^(patch|data|input|changes|set|_set|values|attributes)$/.test(key) ||
        /Patch$/.test(key) ||
        (members.length === 1 && singularIs(key, type))),
  )
  if (nested && isJsonObject(nested[1])) content = nested[1]
  return { ids: [...new Set(ids)].slice(0, 200), content }
}

const singularIs = (key: string, type: string): boolean => splitWords(key).join(' ') === type

const readNode = (node: ValueNode, variables: JsonObject): Json => {
  switch (node.kind) {
    case Kind.VARIABLE:
      return Object.hasOwn(variables, node.name.value) ? (variables[node.name.value] ?? null) : null
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value)
    case Kind.STRING:
    case Kind.ENUM:
      return node.value
    case Kind.BOOLEAN:
      return node.value
    case Kind.NULL:
      return null
    case Kind.LIST:
      return node.values.map((one) => readNode(one, variables))
    case Kind.OBJECT:
      return Object.fromEntries(
        node.fields
          .filter((one) => one.name.value !== '__proto__')
          .map((one) => [one.name.value, readNode(one.value, variables)]),
      )
  }
}

const typeName = (type: { readonly kind: string }): string => {
  let node: unknown = type
  while (isNode(node) && 'type' in node) node = node.type
  return isNode(node) && 'name' in node && isNode(node.name) && 'value' in node.name
    ? String(node.name.value)
    : ''
}
const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Refused as a whole, in this field (`errors[].path`), or inside the payload (`userErrors`, `success: false`). */
const errorFor = (answer: Json | undefined, alias: string, result: Json | undefined): string | undefined => {
  if (!isJsonObject(answer)) return undefined
  const errors = Array.isArray(answer.errors) ? answer.errors.filter(isJsonObject) : []
  const own = errors.find((error) => !Array.isArray(error.path) || error.path[0] === alias)
  if (
    own &&
    (result === null ||
      result === undefined ||
      (Array.isArray(result) && result.every((one) => one === null)))
  )
    return typeof own.message === 'string' ? own.message.slice(0, 300) : 'error'
  if (!isJsonObject(result)) return undefined
  const many = result.userErrors ?? result.errors ?? result.fieldErrors ?? result.validationErrors
  if (Array.isArray(many) && many.length > 0) return refusalIn({ errors: many }) ?? 'error'
  if (
    typeof result.__typename === 'string' &&
    /(Error|Failure|Errors|Invalid|Denied)$/.test(result.__typename)
  )
    return typeof result.message === 'string' ? result.message : result.__typename
  const told = Object.entries(result).find(
    ([key, one]) => /(result|status|response)$/i.test(key) && refusalIn(one) !== undefined,
  )
  return refusalIn(result) ?? (told && refusalIn(told[1]))
}

/** Kept under the names of the schema, not under aliases: `item: featureFlag(…)` is a feature flag. */
const readingOf = (
  operation: OperationDefinitionNode | undefined,
  request: GraphqlRequest,
  data: JsonObject,
): Reading => {
  const names = new Map(
    (operation?.selectionSet.selections ?? [])
      .filter((node): node is FieldNode => node.kind === Kind.FIELD)
      .map((field) => [field.alias?.value ?? field.name.value, field.name.value]),
  )
  const scope = Object.values(request.variables).filter(
    (value): value is string => typeof value === 'string' && value.length < 100,
  )
  return {
    place: `graphql ${request.operationName ?? ''} ${JSON.stringify(request.variables).slice(0, 500)} ${[...names.values()].join(' ')}`,
    scope,
    value: Object.fromEntries(Object.entries(data).map(([key, value]) => [names.get(key) ?? key, value])),
  }
}
