/**
 * What all calls of an app have in common, learned by comparing them: the word that its API is mounted under, the members that its client
 * sends with each call (its name, version and keys, the tenant), and whether it asks by POST too. None says what a call is about.
 */
import { looksLikeId } from '../model/id-shape.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import { isPrefix } from './address.ts'
import type { Call } from './decoders/decoder.ts'
import { isPlural, verbOf } from './words.ts'

export interface Common {
  readonly learn: (call: Call) => void
  /** How many words at the front of the path say where the app is mounted, be they verbs or nouns elsewhere. */
  readonly mountOf: (origin: string, segments: readonly string[]) => number
  /** Are questions asked by POST, and changes told by verbs in the path (`/plans/list`, `/plans/save`) rather than by methods? */
  readonly isAskedByPost: (origin: string) => boolean
  /** The call without the members that each call has. */
  readonly opened: (call: Call) => Call
}

/** Calls about fewer different things prove nothing: three items may be archived one after the other. */
const MIN_SUBJECTS = 3
const MANY_SUBJECTS = 5
const MAX_NAMES = 300
/** `/portal/acme/api/…` */
const MAX_MOUNT = 3
/** So many different questions by POST are a habit. */
const MIN_QUESTIONS = 4

interface Tally {
  calls: number
  readonly subjects: Set<string>
}
interface Seen {
  calls: number
  bodies: number
  /** Paths that were asked by POST. */
  readonly questions: Set<string>
  /** PUT, PATCH or DELETE was sent. */
  tellsByMethod: boolean
  /** By the front of the path, of one word or more. */
  readonly mounts: Map<string, Tally>
  /** By name and text. */
  readonly members: Map<string, Tally>
}

export const createCommon = (): Common => {
  const byOrigin = new Map<string, Seen>()

  const isShared = (key: string, value: unknown, { bodies, members }: Seen): boolean =>
    typeof value === 'string' && isCommon(members.get(memberKey(key, value)), bodies * 0.8)

  return {
    learn: (call) => {
      const { origin, segments, noun = '' } = call.address
      const [first, second] = segments
      const seen = byOrigin.get(origin) ?? {
        calls: 0,
        bodies: 0,
        questions: new Set(),
        tellsByMethod: false,
        mounts: new Map(),
        members: new Map(),
      }
      byOrigin.set(origin, seen)
      if (/^(PUT|PATCH|DELETE)$/.test(call.method)) seen.tellsByMethod = true
      const isQuestion =
        call.method === 'POST' && call.address.verb?.kind === 'read' && call.answer.kind === 'json'
      if (isQuestion && seen.questions.size < MAX_NAMES) seen.questions.add(call.address.path)
      if (
        call.answer.kind === 'json' &&
        first !== undefined &&
        second !== undefined &&
        !isOf(first, segments)
      ) {
        seen.calls++
        for (const front of frontsOf(segments)) {
          const subject = segments[front.length] ?? ''
          // Ids follow the word of a collection, whatever that is called.
          if (!looksLikeId(subject)) count(seen.mounts, front.join('/'), subject)
        }
      }
      const body = bodyOf(call)
      if (!body) return
      seen.bodies++
      for (const [key, value] of Object.entries(body))
        if (typeof value === 'string' && value.length <= 500) count(seen.members, memberKey(key, value), noun)
    },
    mountOf: (origin, segments) => {
      const seen = byOrigin.get(origin)
      if (!seen) return 0
      const isMount = (front: readonly string[]): boolean => {
        const tally = seen.mounts.get(front.join('/'))
        // What looks like a collection and an item must be in front of nearly all: the tenant.
        if (!isPlain(front)) return isCommon(tally, seen.calls * 0.95, MANY_SUBJECTS)
        return isCommon(tally, seen.calls * (front.length === 1 ? 0.6 : 0.9))
      }
      return frontsOf(segments).findLast(isMount)?.length ?? 0
    },
    isAskedByPost: (origin) => {
      const seen = byOrigin.get(origin)
      return seen !== undefined && !seen.tellsByMethod && seen.questions.size >= MIN_QUESTIONS
    },
    opened: (call) => {
      const body = bodyOf(call)
      const seen = byOrigin.get(call.address.origin)
      if (!body || !seen) return call
      const members = Object.entries(body)
      const own = members.filter(([key, value]) => !isShared(key, value, seen))
      return own.length === members.length || own.length === 0
        ? call
        : { ...call, request: { kind: 'json', value: Object.fromEntries(own) } }
    },
  }
}

/** `/plans/list`, `/plans/save`, `/plans/5`, `/plans/basic`: what is done to plans and which, and nothing under a mount of that name. */
const isOf = (first: string, [, second = '', ...more]: readonly string[]): boolean =>
  looksLikeId(second) ||
  (more.length === 0 && verbOf(second)?.rest.length === 0) ||
  (isPlural(first) && !isPlural(second) && verbOf(second) === undefined)

/** `/portal/acme/api/plans` → portal; portal, acme; … None ends in a collection: what follows that is an item of it. */
const frontsOf = (segments: readonly string[]): (readonly string[])[] =>
  Array.from({ length: Math.max(Math.min(MAX_MOUNT, segments.length - 1), 0) }, (_, index) =>
    segments.slice(0, index + 1),
  ).filter((front) => {
    const last = front.at(-1) ?? ''
    return front.length === 1 || isPrefix(last) || !isPlural(last)
  })

/** Neither a collection nor an id beyond its first word. */
const isPlain = (front: readonly string[]): boolean =>
  front.every(
    (segment, index) => index === 0 || isPrefix(segment) || !(isPlural(segment) || looksLikeId(segment)),
  )

const count = (tallies: Map<string, Tally>, name: string, subject: string): void => {
  const tally = tallies.get(name) ?? { calls: 0, subjects: new Set() }
  if (!tallies.has(name) && tallies.size >= MAX_NAMES) return
  tallies.set(name, tally)
  tally.calls++
  if (tally.subjects.size < MANY_SUBJECTS) tally.subjects.add(subject)
}

const isCommon = (tally: Tally | undefined, calls: number, subjects = MIN_SUBJECTS): boolean =>
  tally !== undefined && tally.subjects.size >= subjects && tally.calls >= calls

const memberKey = (key: string, value: string): string => `${key}\0${value}`

/** Of calls by name and of queries the decoders know the envelope themselves. */
const bodyOf = ({ request }: Call): JsonObject | undefined =>
  request.kind === 'json' &&
  isJsonObject(request.value) &&
  !Object.hasOwn(request.value, 'jsonrpc') &&
  !Object.hasOwn(request.value, 'query')
    ? request.value
    : undefined
