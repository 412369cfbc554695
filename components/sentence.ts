/** Says a row as a sentence, in parts that a component dresses: "Ana set **Session timeout** 30 → 15 and 3 more". */
import { looksAlike, reveal } from '../lib/diff/lookalike.ts'
import type { Grade } from '../lib/model/entry.ts'
import { pointerToKeys } from '../lib/model/json.ts'
import { type ChangeExcerpt, type EntryRow, excerptPair, SECRET_TEXT } from '../lib/store/row.ts'
import type { Zone } from './day.ts'
import { dayAndClock } from './format.ts'
import { text } from './locale/index.ts'

export interface Part {
  readonly kind: 'actor' | 'word' | 'name' | 'before' | 'arrow' | 'after' | 'secret' | 'more'
  readonly text: string
  /** Ends of what differs from the other value, where both are long. */
  readonly changed?: readonly [start: number, end: number]
}

export type Mark = keyof typeof text.marks

/** Two of them stand in two lines of the side panel, with what differs in view. */
const MAX_VALUE_LENGTH = 32

/** `you` is the id of the person at this machine. A brief one leaves texts out that its reader sees elsewhere. */
export const rowToSentence = (row: EntryRow, you: string | undefined, isBrief = false): Part[] => {
  const actor: Part = { kind: 'actor', text: row.actorId === you ? text.you : row.actorName }
  if (row.action !== 'update' || !row.first) return [actor, ...whole(row)]
  const more: Part[] = row.changeCount > 1 ? [{ kind: 'more', text: text.row.more(row.changeCount - 1) }] : []
  return [actor, ...changed(row.first, row.grade, isBrief), ...more]
}

export const sentenceToText = (parts: readonly Part[]): string =>
  parts.flatMap((part) => part.text || []).join(' ')

/** An entry as one of many in a list to choose from: "Sat 14 Nov, 14:03 · Ana set Session timeout 30 → 15". */
export const momentName = (row: EntryRow, you: string | undefined, zone: Zone): string =>
  `${dayAndClock(row.time, zone)} · ${sentenceToText(rowToSentence(row, you))}`

/** The name of a field: its label, or its key in words. */
export const fieldName = ({ label, pointer }: { label?: string; pointer: string }): string => {
  if (label) return label
  const keys = pointerToKeys(pointer)
  const named = keys.findLastIndex((key) => !/^\d+$/.test(key))
  const [key, ...inside] = keys.slice(Math.max(named, 0))
  return [humanise(key ?? ''), ...inside.map((index) => `#${Number(index) + 1}`)].join(' ')
}

/** Written in capitals wherever they are read. */
const INITIALS =
  /\b(?:api|cidr|cpu|css|csv|dns|gpu|html|https?|id|ip|json|jwt|ldap|mfa|oidc|otp|pdf|saml|scim|sla|smtp|sms|sql|ssh|ssl|sso|tcp|tls|totp|ttl|udp|ui|uri|url|utc|uuid|vat|vpn|xml)\b/gi

/** "sessionTimeout" and "session_timeout" are "Session timeout", "callback_url" is "Callback URL". */
export const humanise = (key: string): string => {
  const words = key
    .replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2')
    .replace(/[_\-.]+/g, ' ')
    .trim()
    .toLowerCase()
    .replace(INITIALS, (initials) => initials.toUpperCase())
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const resourceName = (row: EntryRow): string => row.resourceName || row.resourceId || row.resourceType

/** What a reader must know of an entry before trusting it. Only what is true and uncommon. */
export const marksOf = (row: EntryRow): Mark[] => {
  const marks: Mark[] = []
  const unproven: Partial<Record<Grade, Mark>> = { rejected: 'rejected', edited: 'edited', sent: 'sent' }
  const grade = unproven[row.grade]
  if (grade) marks.push(grade)
  if (row.action === 'update' && row.beforeFrom === 'unknown') marks.push('beforeUnknown')
  if (row.backfilled) marks.push('late')
  if (row.truncated) marks.push('truncated')
  if (row.reverts) marks.push('reverts')
  return marks
}

const whole = (row: EntryRow): Part[] => {
  const verbs = row.grade === 'rejected' ? text.row.tried : text.row.verb
  return [
    { kind: 'word', text: `${verbs[row.action]} ${row.resourceType}` },
    { kind: 'name', text: resourceName(row) },
  ]
}

const changed = (change: ChangeExcerpt, grade: Grade, isBrief: boolean): Part[] => {
  const name: Part = { kind: 'name', text: fieldName(change) }
  const [before, after] = excerptPair(...inWords(change), MAX_VALUE_LENGTH)
  if (before === SECRET_TEXT || after === SECRET_TEXT)
    return [
      { kind: 'word', text: text.row.changed },
      name,
      { kind: 'secret', text: name.text.toLowerCase().endsWith(text.row.secret) ? '' : text.row.secret },
    ]
  if (change.op === 'remove')
    return [
      { kind: 'word', text: text.row.cleared },
      name,
      ...(before === undefined ? [] : [value('before', before)]),
    ]
  const set: Part = { kind: 'word', text: grade === 'rejected' ? text.row.triedToSet : text.row.set }
  const isLong = (value = '') => value.length >= LONG
  // 100 became "100": how, is seen in the diff.
  if (after === undefined || after === before || (isBrief && (isLong(before) || isLong(after))))
    return [{ kind: 'word', text: text.row.changed }, name]
  if (before === undefined) return [set, name, { kind: 'word', text: text.row.to }, value('after', after)]
  return [
    set,
    name,
    value('before', before, after),
    { kind: 'arrow', text: '→' },
    value('after', after, before),
  ]
}

/** Both sides as a person would say them; as they were recorded where that would make them equal. */
const inWords = ({ before, after }: ChangeExcerpt): [string | undefined, string | undefined] => {
  if (looksAlike(before, after)) return [reveal(before ?? ''), reveal(after ?? '')]
  const words: [string | undefined, string | undefined] = [jsonInWords(before), jsonInWords(after)]
  return words[0] === words[1] ? [before, after] : words
}

/** A group goes by its name, a list of texts or numbers by its members. JSON may be cut off at the end. */
const jsonInWords = (json: string | undefined): string | undefined => {
  if (json?.startsWith('{"')) {
    const name = /"(?:name|title|label|displayName|key|slug|email)":"([^"\\]+)"/.exec(json)?.[1]
    return name ?? json
  }
  if (!json || !/^\[(?:"[^"\\]*"|[\d.-]+)(?:,|\])/.test(json)) return json
  return json
    .slice(1)
    .replace(/\]$/, '')
    .replace(/"([^"\\]*)"/g, '$1')
    .replaceAll(',', ', ')
}

const value = (kind: 'before' | 'after', shown: string, other = ''): Part => {
  const changed = changedPart(shown, other)
  return { kind, text: shown === '' ? '“”' : shown, ...(changed && { changed }) }
}

const LONG = 24

/** What is left of a long text without the words that it begins and ends with like the other one. */
const changedPart = (shown: string, other: string): [number, number] | undefined => {
  if (shown.length < LONG || other.length < LONG) return undefined
  const [words, others] = [shown.split(' '), other.split(' ')]
  let head = 0
  while (head < words.length && words[head] === others[head]) head += 1
  let tail = 0
  while (
    tail < words.length - head &&
    tail < others.length - head &&
    words.at(-1 - tail) === others.at(-1 - tail)
  )
    tail += 1
  const start = words.slice(0, head).join(' ').length + (head > 0 ? 1 : 0)
  const end = shown.length - words.slice(words.length - tail).join(' ').length - (tail > 0 ? 1 : 0)
  return (head > 0 || tail > 0) && end > start ? [start, end] : undefined
}
