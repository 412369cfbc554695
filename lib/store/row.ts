/**
 * The light row of an entry: what a list shows and what a query tests, without the bodies.
 * Rows sort by `order`, a text that grows as entries get older, so that every index reads newest first in plain key order.
 */
import type { Action, BeforeFrom, Change, Entry, Grade, Via } from '../model/entry.ts'
import { isRedacted } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import { pointerToKeys } from '../model/json.ts'
import { textToWords } from './words.ts'

export interface EntryRow {
  /** Primary key; smaller is newer. See `orderOf`. */
  readonly order: string
  /** Counts up in the order in which entries reached this machine. Unread marks go by it. */
  readonly arrival: number
  readonly id: string
  readonly time: string
  readonly actorId: string
  readonly actorName: string
  readonly actorEmail?: string
  readonly account?: string
  /** Origin. */
  readonly app: string
  readonly appName: string
  readonly resourceType: string
  readonly resourceId: string
  readonly resourceName?: string
  readonly action: Action
  readonly grade: Grade
  readonly via: Via
  readonly method?: string
  readonly beforeFrom: BeforeFrom
  readonly changeCount: number
  /** The first change as text, cut to fit a line. */
  readonly first?: ChangeExcerpt
  readonly redacted?: true
  readonly group?: string
  readonly reason?: string
  readonly reverts?: string
  readonly backfilled?: true
  readonly recordedAt?: string
  readonly truncated?: true
  /** By the user's corrections it is no change. */
  readonly muted?: true
  /** All words that free text finds, space-separated, as far as they fit; `wordsCut` where they don't. */
  readonly words: string
  readonly wordsCut?: true
  /** `word order` for at most `MAX_TERMS` words; `MORE_TERMS order` where there are more. Multi-entry index. */
  readonly terms: readonly string[]
}

export interface ChangeExcerpt {
  readonly pointer: string
  readonly label?: string
  readonly op: Change['op']
  /** Absent when unknown or when there was none; a secret is `SECRET_TEXT`. */
  readonly before?: string
  readonly after?: string
}

export const MAX_TERMS = 12
/** Stands as a word for "this entry has words that are not indexed". No word of a text can be it. */
export const MORE_TERMS = '*'
export const SECRET_TEXT = '•••'

const MAX_WORDS_LENGTH = 400
const MAX_EXCERPT_LENGTH = 120

/** `arrival` is the entry's place in the order of arrival. */
export const entryToRow = (entry: Entry, arrival: number): EntryRow => {
  const order = orderOf(entry.time, entry.id)
  const own = [...ownWords(entry)]
  const words = [...new Set([...own, ...contextWords(entry)])].join(' ')
  const indexed = own.length > MAX_TERMS ? [...own.slice(0, MAX_TERMS - 1), MORE_TERMS] : own
  const [first] = entry.changes
  return {
    order,
    arrival,
    id: entry.id,
    time: entry.time,
    actorId: entry.actor.id,
    actorName: entry.actor.name,
    ...(entry.actor.email !== undefined && { actorEmail: entry.actor.email }),
    ...(entry.actor.account !== undefined && { account: entry.actor.account }),
    app: entry.app.origin,
    appName: entry.app.name,
    resourceType: entry.resourceType,
    resourceId: entry.resourceId,
    ...(entry.resourceName !== undefined && { resourceName: entry.resourceName }),
    action: entry.action,
    grade: entry.evidence.grade,
    via: entry.evidence.via,
    ...(entry.evidence.method !== undefined && { method: entry.evidence.method }),
    beforeFrom: entry.evidence.beforeFrom,
    changeCount: entry.changes.length,
    ...(first && { first: changeToExcerpt(first) }),
    ...(entry.redactions.length > 0 && { redacted: true }),
    ...(entry.group !== undefined && { group: entry.group }),
    ...(entry.reason !== undefined && { reason: entry.reason }),
    ...(entry.reverts !== undefined && { reverts: entry.reverts }),
    ...(entry.backfilled && { backfilled: true }),
    ...(entry.recordedAt !== undefined && { recordedAt: entry.recordedAt }),
    ...(entry.truncated && { truncated: true }),
    words: words.slice(0, MAX_WORDS_LENGTH),
    ...(words.length > MAX_WORDS_LENGTH && { wordsCut: true }),
    terms: indexed.map((word) => `${word} ${order}`),
  }
}

/** True for what was done in Daybook itself: its "app" is the extension. */
export const isOwnOrigin = (origin: string): boolean => /^[a-z]+(-[a-z]+)?-extension:/.test(origin)

/** Sort key of (time, id), newest first: time and id with each digit turned round. */
export const orderOf = (time: string, id: string): string =>
  orderOfTime(Date.parse(time)) +
  id.replace(/[0-9a-f]/g, (digit) => (15 - Number.parseInt(digit, 16)).toString(16))

/** The part of an order that stands for the time. All orders of that millisecond begin with it. */
export const orderOfTime = (unixMs: number): string => {
  const bounded = Number.isNaN(unixMs) ? 0 : Math.min(Math.max(unixMs, 0), LATEST_MS)
  return String(LATEST_MS - bounded).padStart(15, '0')
}

/** RFC 3339. */
export const orderToTime = (order: string): string =>
  new Date(LATEST_MS - Number(order.slice(0, 15))).toISOString()

const LATEST_MS = 253_402_300_799_999 // the end of the year 9999, the last that RFC 3339 can write

/** All words that free text finds in an entry. */
export const entryToWords = (entry: Entry): Set<string> =>
  new Set([...ownWords(entry), ...contextWords(entry)])

/** The words of the changed fields: labels and the keys of their pointers. */
export const fieldWords = (change: Change): Set<string> =>
  textToWords([change.label ?? '', ...pointerToKeys(change.pointer)].join(' '))

/** The words of a value; of a secret none. */
export const valueWords = (value: Json | undefined): Set<string> => textToWords(valueToText(value) ?? '')

/** What tells this entry from others of its app: indexed, most telling first. */
const ownWords = (entry: Entry): Set<string> =>
  new Set([
    ...entry.changes.flatMap((change) => [...fieldWords(change)]),
    ...textToWords(`${entry.resourceName ?? ''} ${entry.resourceId}`),
    ...entry.changes.flatMap((change) => [...valueWords(change.after), ...valueWords(change.before)]),
    ...textToWords(entry.reason ?? ''),
  ])

/** What is found by the facets' own indexes. */
const contextWords = (entry: Entry): Set<string> =>
  new Set([...actorWords(entry.actor), ...appWords(entry.app), ...textToWords(entry.resourceType)])

export const actorWords = (actor: { readonly name: string; readonly email?: string }): Set<string> =>
  textToWords(`${actor.name} ${actor.email ?? ''}`)

export const appWords = (app: { readonly origin: string; readonly name: string }): Set<string> =>
  textToWords(`${app.name} ${app.origin.replace(/^https?:\/\//, '')}`)

const changeToExcerpt = (change: Change): ChangeExcerpt => {
  const [before, after] = excerptPair(valueToText(change.before), valueToText(change.after))
  return {
    pointer: change.pointer,
    ...(change.label !== undefined && { label: change.label }),
    op: change.op,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
  }
}

/** A value as a person reads it in a line; undefined where there is none. */
export const valueToText = (value: Json | undefined): string | undefined => {
  if (value === undefined) return undefined
  if (typeof value === 'string') return value
  if (isRedacted(value)) return SECRET_TEXT
  try {
    return JSON.stringify(value, (_, part) => (isRedacted(part) ? SECRET_TEXT : part))
  } catch {
    return '…' // nested too deep to be written
  }
}

/** Cuts two texts to a line each, at words, so that where they differ stays in view. Line breaks and runs of spaces become one space. */
export const excerptPair = (
  before: string | undefined,
  after: string | undefined,
  maxLength = MAX_EXCERPT_LENGTH,
): [string | undefined, string | undefined] => {
  const [old, now] = [before, after].map((text) =>
    text !== undefined && text.length > maxLength ? text.replace(/\s+/g, ' ') : text,
  )
  const parted = old === undefined || now === undefined ? 0 : commonPrefixLength(old, now)
  const from = parted > maxLength / 2 ? wordStart(old ?? '', parted - Math.floor(maxLength / 4)) : 0
  const shared = old === undefined || now === undefined ? 0 : sharedEnd(old, now, parted, maxLength / 4)
  return [excerpt(old, from, maxLength, shared), excerpt(now, from, maxLength, shared)]
}

/** How many characters can go from the ends of both, so that the same few words follow what differs. */
const sharedEnd = (old: string, now: string, parted: number, context: number): number => {
  let length = 0
  const most = Math.min(old.length, now.length) - parted
  while (length < most && old.at(-1 - length) === now.at(-1 - length)) length += 1
  if (length <= context) return 0
  const end = old.length - length + context
  const space = old.indexOf(' ', end)
  return space >= 0 && space < end + 12 ? old.length - space : length - Math.floor(context)
}

/** Starts at `from` and leaves out the last `shared` characters; where that is too long it ends between words. */
const excerpt = (
  text: string | undefined,
  from: number,
  maxLength: number,
  shared: number,
): string | undefined => {
  if (text === undefined || text.length <= maxLength) return text
  const window = text.slice(from, text.length - shared)
  const start = from > 0 ? '…' : ''
  if (window.length <= maxLength) return `${start}${wellFormed(window)}${shared > 0 ? '…' : ''}`
  const rest = text.slice(from)
  const space = rest.lastIndexOf(' ', maxLength)
  const end = space > maxLength * 0.7 ? space : maxLength
  return `${start}${wellFormed(rest.slice(0, end))}…`
}

/** Half a surrogate pair at a cut would be no text any more. */
const wellFormed = (text: string): string => text.toWellFormed().replace(/^\ufffd|\ufffd$/g, '')

const wordStart = (text: string, near: number): number => {
  const space = text.indexOf(' ', near)
  return space >= 0 && space < near + 12 ? space + 1 : near
}

const commonPrefixLength = (a: string, b: string): number => {
  let length = 0
  while (length < a.length && a[length] === b[length]) length += 1
  return length
}
