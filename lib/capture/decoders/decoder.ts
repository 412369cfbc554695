/** What a decoder is given and what it says. One decoder per wire shape; the first that understands a call decides. */
import type { Json, JsonObject } from '../../model/json.ts'
import { isJsonObject } from '../../model/json.ts'
import type { Address } from '../address.ts'
import type { Body } from '../body.ts'
import type { Exchange } from '../exchange.ts'
import type { Finding, Outcome } from '../finding.ts'
import { identityOf, nameOf } from '../identity.ts'
import type { ReadMemory } from '../read-memory.ts'

/** An exchange with its texts understood. */
export interface Call {
  readonly exchange: Exchange
  /** Upper case, after overrides. */
  readonly method: string
  readonly address: Address
  readonly request: Body
  readonly answer: Body
  readonly outcome: Outcome
  readonly refusal?: string
  /** The app asks by POST and says by a verb in the path where something is to change. */
  readonly isAskedByPost?: true
}

/** Something that was read: kept for "before". */
export interface Reading {
  readonly place: string
  readonly value: Json
  readonly noun?: string
  readonly scope?: readonly string[]
}

export interface Decoded {
  readonly findings: readonly Finding[]
  readonly readings?: readonly Reading[]
}

/** undefined: not my shape. No findings: my shape, and no change. */
export type Decoder = (call: Call, memory: ReadMemory) => Decoded | undefined

export const NO_CHANGE: Decoded = { findings: [] }

export const outcomeFields = (outcome: Outcome, refusal?: string): Pick<Finding, 'outcome' | 'refusal'> => ({
  outcome,
  ...(refusal !== undefined && outcome === 'rejected' && { refusal }),
})

/** The object inside envelopes: {data: {…}}, {user: {…}}, {result: {item: {…}}}; with `lists` also {posts: [{…}]}. `like` are members it should have. */
export const unwrap = (
  value: Json | undefined,
  like: readonly string[] = [],
  { lists = false, depth = 0 }: { readonly lists?: boolean; readonly depth?: number } = {},
): JsonObject | undefined => {
  if (!isJsonObject(value) || depth > 4) return undefined
  const score = (object: JsonObject): number =>
    like.filter((key) => Object.hasOwn(object, key) && !isDescription(object[key])).length
  const inside = Object.entries(value).flatMap(([key, child]) => {
    if (BESIDE.test(key)) return []
    const one = lists && Array.isArray(child) && child.length === 1 ? child[0] : child
    return isJsonObject(one) ? [one] : []
  })
  const own = score(value)
  let best = value
  let bestScore = own
  for (const child of inside) {
    const found = unwrap(child, like, { lists, depth: depth + 1 })
    if (found && score(found) > bestScore) {
      best = found
      bestScore = score(found)
    }
  }
  if (bestScore > 0) return best
  const members = Object.entries(value)
  const envelope = members.find(([key, child]) => ENVELOPE.test(key) && isJsonObject(child))
  if (envelope && !identityOf(value)) return unwrap(envelope[1], like, { lists, depth: depth + 1 })
  const only = inside[0]
  return inside.length === 1 && only && members.length <= 2 && !identityOf(value)
    ? unwrap(only, like, { lists, depth: depth + 1 })
    : value
}
/** {fields: {title: {type: 'text', label: 'Title'}}, value: {title: 'Pump'}}: the first says what the form is like, not what is in it. */
const isDescription = (value: Json | undefined): boolean =>
  isJsonObject(value) && typeof value.type === 'string' && typeof value.label === 'string'

/** Told of the answer, not of what it shows. */
const BESIDE = /^(?:meta|_?links|pagination|paging|extensions|debug)$/i

const ENVELOPE =
  /^(data|result|item|response|payload|record|row|object|body|entity|resource|attributes|value)$/i

/** The resource that an answer shows, if it shows one. */
export const answerResource = (
  answer: Body,
  like: readonly string[],
  id?: string,
): JsonObject | undefined => {
  if (answer.kind !== 'json') return undefined
  const { value } = answer
  const object = unwrap(Array.isArray(value) && value.length === 1 ? value[0] : value, like, { lists: true })
  if (!object || Object.keys(object).length === 0) return undefined
  if (like.some((key) => Object.hasOwn(object, key))) return object
  const identity = identityOf(object)
  if (identity && (id === undefined || identity.id === id || identity.strength === 'strong')) return object
  return nameOf(object) !== undefined && Object.keys(object).length > 2 ? object : undefined
}

/** Where the answer leads: by a redirect, or in words that the page's script follows. */
export const sentOnTo = ({ exchange, answer }: Call): string | undefined => {
  if (exchange.responseUrl !== undefined && exchange.responseUrl !== exchange.url) return exchange.responseUrl
  const told = answer.kind === 'json' && isJsonObject(answer.value) ? Object.entries(answer.value) : []
  const inBody = told.find(([key]) =>
    /^(?:redirect(?:[-_]?(?:url|uri|to))?|location|next_?url)$/i.test(key),
  )?.[1]
  const inHeader = ['hx-redirect', 'hx-location', 'x-inertia-location', 'x-action-redirect']
    .map((name) => exchange.responseHeaders[name])
    .find((value) => value !== undefined)
  const to = inHeader ?? (typeof inBody === 'string' ? inBody : undefined)
  return to !== undefined && URL.canParse(to, exchange.url) ? new URL(to, exchange.url).href : undefined
}
