/**
 * The vocabulary of web APIs: how identifiers are cut into words, which words are verbs and what each verb does, what is singular.
 * Lists hold words that any app may use, never the names of one.
 */
import type { Action } from '../model/entry.ts'
import { inEnglish } from './foreign-verbs.ts'

/** `read`, `run` (executes something), `session` (sign-in and out) and `noise` (telemetry, presence, view state) change no resource. */
export type VerbKind = Action | 'save' | 'read' | 'run' | 'session' | 'noise'

export interface Verb {
  readonly kind: VerbKind
  readonly word: string
  /** What the verb alone says of the new state: `archive` → archived, true. */
  readonly state?: VerbState
}

export interface VerbState {
  /** Words that a field for it is called, most likely first; `!` before one that says the opposite. */
  readonly fields: readonly string[]
  readonly value: boolean
  /** How a text field (status, state) would say it. */
  readonly word: string
}

/** `featureFlags`, `feature_flags`, `api::feature.flag`, `HTTPServer2` → lower-case words. */
export const splitWords = (text: string): string[] =>
  text
    .slice(0, 200)
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')

/** `policies` → `policy`. Leaves alone what isn't plural (`status`, `access`, `news`). */
export const singular = (word: string): string => {
  if (word.length < 4 || SAME_IN_PLURAL.has(word)) return word === 'ids' ? 'id' : word
  if (IRREGULAR[word] !== undefined) return IRREGULAR[word]
  if (/(ss|us|is|xes)$/.test(word) || SCIENCE.test(word))
    return word.endsWith('xes') ? word.slice(0, -2) : word
  if (word.endsWith('ies')) return word.length > 4 ? `${word.slice(0, -3)}y` : word.slice(0, -1)
  if (/(sh|ch|ss|z)es$/.test(word) || /(stat|al|vir|b|campus)uses$/.test(word) || word.endsWith('sses'))
    return word.slice(0, -2)
  if (word.endsWith('s')) return word.slice(0, -1)
  return word
}

export const isPlural = (word: string): boolean => {
  const last = splitWords(word).at(-1)
  return last !== undefined && singular(last) !== last
}

/** Words with the last one singular: `paymentMethods` → `payment method`. */
export const singularNoun = (identifier: string): string => {
  const words = splitWords(identifier)
  const last = words.pop()
  return last === undefined ? '' : [...words, singular(last)].join(' ')
}

/** A key as a label for people: `maxUploadMb` → `Max upload mb`. */
export const humanise = (key: string): string => {
  const text = splitWords(key).join(' ')
  return text === '' ? key : text.charAt(0).toUpperCase() + text.slice(1)
}

/** What a single word does, if it is a verb that APIs use. */
export const verbOfWord = (word: string): Verb | undefined => {
  const plain = inEnglish(word).replace(/^(bulk|mass|batch|multi|force|soft|hard|quick)[-_]?(?=.{2})/, '')
  const kind = VERBS.get(plain)
  if (kind === undefined) return undefined
  const state = STATES.get(plain)
  return { kind, word: plain, ...(state && { state }) }
}

/**
 * The verb of an identifier of one or more words, with the words that are left: `updateFeatureFlag` → update + feature flag,
 * `torrent-set`, `user.create`, `bulkDelete`. The first word decides, then the last.
 */
export const verbOf = (identifier: string): { verb: Verb; rest: string[] } | undefined => {
  const words = unglued(splitWords(identifier).filter((word) => !BULK.has(word)))
  const first = words[0]
  const last = words.at(-1)
  if (first === undefined || last === undefined) return undefined
  const negated =
    words.length > 1 && (first === 'un' || first === 'de' || first === 'dis')
      ? verbOfWord(first + words[1])
      : undefined
  if (negated) return { verb: negated, rest: words.slice(2) }
  // "doDelete", "confirmRename": how a server says that the request carries it out.
  if (
    /^(do|perform|process|handle|confirm)$/.test(first) &&
    words.length > 1 &&
    !AMBIGUOUS.has(words[1] as string)
  ) {
    const verb = verbOfWord(words[1] as string)
    if (verb) return { verb, rest: words.slice(2) }
  }
  if (/^(sign|log)$/.test(first) && /^(in|out|on|off)$/.test(words[1] ?? ''))
    return { verb: { kind: 'session', word: `${first}${words[1]}` }, rest: words.slice(2) }
  // Marked as read, by the page for the person.
  if (first === 'mark' && words.some((word) => word === 'read' || word === 'seen' || word === 'unread'))
    return { verb: { kind: 'noise', word: 'read' }, rest: words.slice(1) }
  const head = verbOfWord(first)
  const tail = words.length > 1 ? verbOfWord(last) : undefined
  // "session-set", "torrent-set", "queue_delete": a noun that is also a verb gives way to a real verb at the end; "issueArchive" to a state.
  const isNoun =
    tail && AMBIGUOUS.has(first) && (!AMBIGUOUS.has(last) || (tail.state && RATHER_NOUN.has(first)))
  if (head && !isNoun) return { verb: head, rest: words.slice(1) }
  if (tail) return { verb: tail, rest: words.slice(0, -1) }
  // "torrent-rename-path", "users.update.many": a verb inside, a sure one first. What stands before it is the noun.
  const middle = words.slice(1, -1)
  const sure = middle.findIndex((word) => !AMBIGUOUS.has(word) && verbOfWord(word) !== undefined)
  const inside = sure >= 0 ? sure : middle.findIndex((word) => verbOfWord(word) !== undefined)
  if (inside < 0) return undefined
  const verb = verbOfWord(middle[inside] as string)
  // "core_course_update_section": behind two words of a namespace, the noun comes after.
  const isNamespaced = words.length > inside + 2 && (inside >= 1 || first.length <= 3)
  return verb && { verb, rest: isNamespaced ? words.slice(inside + 2) : words.slice(0, inside + 1) }
}

/** `savetimers` → save, timers: a verb and its noun in one word. */
const unglued = (words: string[]): string[] => {
  const [only = '', ...more] = words
  const [, verb, noun] = (more.length === 0 && !VERBS.has(only) && GLUED.exec(only)) || []
  if (!verb || !noun) return words
  // `saveanddisplay`, `updatesurveylocalesettings`: the rest are several words, glued too.
  return noun.length > 14 || /^(and|from|then|as)/.test(noun) ? [verb] : [verb, noun]
}
/** Not "updated", "creator", "settings", "getter", "address", "editor" and the like. */
const GLUED =
  /^(save(?!d[^aeiou]|r|point)|(?:upd|cre)ate(?!d|[sr]$)|delete(?!d[^aeiou]|r)|remove(?!d[^aeiou]|r)|change(?!d[^aeiou]|r|s|log|over|able|freq)|get(?!t|away)|set(?!t|up|point|back|list|s)|add(?!r|on|i|e|l)|edit(?!o|i|e|a))([a-z]{3,30})$/

/** `addLabelsToIssue`, `removeUserFromGroup`: what joins or leaves what. */
export const membershipOf = (
  verb: Verb,
  rest: readonly string[],
): { member: string; owner: string; joins: boolean } | undefined => {
  const joins = /^(add|attach|assign|connect|link|include|invite|join)$/.test(verb.word)
  if (!joins && !/^(remove|detach|unassign|disconnect|unlink|exclude|delete)$/.test(verb.word))
    return undefined
  const at = rest.indexOf(joins ? 'to' : 'from')
  if (at < 1 || at === rest.length - 1) return undefined
  return { member: rest.slice(0, at).join(' '), owner: singularNoun(rest.slice(at + 1).join(' ')), joins }
}

export const isVolatileKey = (key: string): boolean => {
  const words = splitWords(key)
  const text = words.join(' ')
  return key === '__v' || VOLATILE.has(text) || VOLATILE_PATTERN.test(text)
}

/** Write-only by habit: sent, and not read back. */
export const isSecretKey = (key: string): boolean =>
  splitWords(key).some((word) =>
    /^(password|passwd|pass|passphrase|pwd|secret|token|credentials?|pin|key)$/.test(word),
  )

const words = (text: string): string[] => text.trim().split(/\s+/)

/** `statistics`, but not `topics`. */
const SCIENCE =
  /(?:analy|statis|ma|heuris|logis|poli|robo)tics$|(?:phys|econom|electron|graph|diagnos|dynam|eth|bas)ics$|(?:mathemat|diagnost)ics$/

const SAME_IN_PLURAL = new Set(
  words(
    'status access address news series settings2 dns https alias bus canvas process class bias basis analysis https tls css js os gps sms ss',
  ),
)
const IRREGULAR: Readonly<Record<string, string>> = {
  people: 'person',
  children: 'child',
  statuses: 'status',
  addresses: 'address',
  aliases: 'alias',
  accesses: 'access',
  processes: 'process',
  classes: 'class',
  indices: 'index',
  indexes: 'index',
  vertices: 'vertex',
  matrices: 'matrix',
  criteria: 'criterion',
  schemata: 'schema',
  databases: 'database',
  cases: 'case',
  releases: 'release',
  licenses: 'license',
  leases: 'lease',
  responses: 'response',
  caches: 'cache',
  series: 'series',
  movies: 'movie',
  cookies: 'cookie',
  queries: 'query',
  data: 'data',
  media: 'media',
}

const VERBS = new Map<string, VerbKind>()
const learn = (kind: VerbKind, list: string): void => {
  for (const word of words(list)) VERBS.set(word, kind)
}
learn(
  'create',
  'create add new insert register invite import upload duplicate clone copy generate issue provision subscribe enroll addone createone createmany insertone',
)
learn(
  'update',
  `update edit modify mod set change patch rename move enable disable activate deactivate reactivate publish unpublish archive unarchive restore lock unlock
  suspend unsuspend resume unpause pause approve unapprove reject ban unban assign unassign close reopen toggle on off rotate regenerate reset start
  stop mute unmute block unblock promote demote grant transfer reorder resort attach detach merge pin unpin hide unhide confirm deny accept decline
  schedule unschedule spam unspam star unstar favorite unfavorite link unlink join cancel resolve unresolve acknowledge unacknowledge put replace configure reconfigure switch turn apply updateone
  updatemany mark unmark setdefault makedefault undelete untrash recover revert rollback connect disconnect freeze unfreeze expire kick expel evict allocate deallocate deprovision cordon uncordon drain hibernate extend allow follow
  unfollow customize hold release tag untag label unlabel make adjust increment decrement shift swap sort checkout checkin`,
)
learn('save', 'save upsert store write persist submit commit deploy sync2 setup')
learn(
  'delete',
  `delete remove destroy drop trash revoke uninstall unregister del erase discard deleteone deletemany deleteall removeall unsubscribe terminate rm
  unset wipe`,
)
learn(
  'read',
  `get list search query find filter fetch ask fuzzy slugify encode decode encrypt decrypt read view count lookup suggest suggestions autocomplete complete validate validation check verify test tests preview render
  estimate calculate compute diff compare export download report reports stats statistics browse evaluate eval playground simulate simulation dryrun ping poll
  logs typeahead options2 paginate page load inspect describe explain show tell is has can retrieve select exists availability available available2 aggregate scroll
  msearch decide compile geocode presign sample introspect introspection history histogram parse format lint quote price detect analyze analyse discover translate preflight probe findone findmany findall
  listing datatable datatables grid table browse tree children2 multicall2 watch observe unwatch peek info status`,
)
learn(
  'run',
  `run execute exec trigger inject scan rescan refresh reindex rebuild invoke send resend retry rerun restart reboot reload shutdown wakeup replay requeue
  reprocess recalculate recheck reannounce flush compact vacuum optimize repair announce broadcast notify dispatch call warmup snapshot backup build
  gc collect2 purgecache clearcache print purge invalidate sync resync`,
)
learn(
  'session',
  `login logout logon logoff signin signout signon authenticate authorize auth sso session sessions token2 refreshtoken accesstoken renew impersonate whoami
  reauthenticate mfa totp2 challenge csrf handshake`,
)
learn(
  'noise',
  `heartbeat keepalive telemetry track tracking analytics beacon collect metrics pageview pageviews presence typing seen rum impression impressions
  trace traces vitals pulse ack dismiss touch readmarker breadcrumb`,
)

/** Nouns as often as verbs: they count as verbs only where no other word is one, or in last place of a path. */
const AMBIGUOUS = new Set(
  words(
    `session sessions test tests report reports status info page table tree filter query search view options label tag link schedule issue release copy export import
    lock star token track collect metrics call build backup print table logs stats statistics on off start stop new hold block price quote check format
    trace traces snapshot log address state auth challenge listing grid count read run index load watch complete register preview replay book sort change
    shift switch mark pin mod checkout checkin list trash archive spam move title restore history make extend sample availability tracking analytics suggestions impressions validation simulation pulse sync`,
  ),
)
const RATHER_NOUN = new Set(
  words('issue report label query status session tag view page filter table tree token option options list'),
)
export const isAmbiguousVerb = (word: string): boolean => AMBIGUOUS.has(word)

const BULK = new Set(words('bulk mass batch multi multiple many all selected inline quick'))

const STATES = new Map<string, VerbState>()
const state = (on: string, off: string, fields: string, word: string, opposite: string): void => {
  for (const verb of words(on)) STATES.set(verb, { fields: words(fields), value: true, word })
  for (const verb of words(off)) STATES.set(verb, { fields: words(fields), value: false, word: opposite })
}
state('enable on', 'disable off', 'enabled active on !disabled !paused', 'enabled', 'disabled')
state(
  'activate reactivate',
  'deactivate',
  'active enabled activated !disabled !inactive',
  'active',
  'inactive',
)
state('publish', 'unpublish', 'published public !draft', 'published', 'draft')
state('archive', 'unarchive', 'archived !active', 'archived', 'active')
state('lock', 'unlock', 'locked', 'locked', 'unlocked')
state('suspend', 'unsuspend', 'suspended !active !enabled', 'suspended', 'active')
state('pause', 'resume unpause', 'paused !active !enabled !running', 'paused', 'active')
state('approve', 'unapprove', 'approved', 'approved', 'pending')
state('reject', 'unreject', 'rejected', 'rejected', 'pending')
state('ban', 'unban', 'banned !active', 'banned', 'active')
state('block', 'unblock', 'blocked !active !enabled', 'blocked', 'active')
state('mute', 'unmute', 'muted', 'muted', 'unmuted')
state('pin', 'unpin', 'pinned', 'pinned', 'unpinned')
state('hide', 'unhide', 'hidden !visible', 'hidden', 'visible')
state('star', 'unstar', 'starred', 'starred', 'unstarred')
state('favorite', 'unfavorite', 'favorite favourite', 'favorite', 'none')
state('close', 'reopen', 'closed !open', 'closed', 'open')
state('start', 'stop', 'running started !stopped !paused', 'running', 'stopped')
state('freeze', 'unfreeze', 'frozen', 'frozen', 'active')
state('spam', 'unspam', 'spam', 'spam', 'active')
state('confirm', '', 'confirmed', 'confirmed', 'unconfirmed')
state('accept', '', 'accepted', 'accepted', 'pending')
state('decline deny', '', 'declined denied', 'declined', 'pending')
state('resolve', 'unresolve', 'resolved !open', 'resolved', 'open')
state('acknowledge', 'unacknowledge', 'acknowledged', 'acknowledged', 'open')
state('restore', '', 'restored !deleted !archived !trashed', 'restored', 'deleted')
state('cancel', '', 'canceled cancelled !active', 'canceled', 'active')
state('follow', 'unfollow', 'followed following', 'followed', 'none')
state('promote', 'demote', 'promoted', 'promoted', 'demoted')

/** The state that a participle at the end of a path names: `/entries/5/published`. */
export const stateOfParticiple = (word: string): VerbState | undefined =>
  /(?:ed|en)$/.test(word)
    ? [...STATES.values()].find(({ fields, value }) => value && fields[0] === word)
    : undefined

/** What servers change by themselves: times, versions, counters. */
const VOLATILE = new Set(
  words(
    `etag rev revision version timestamp sesskey modified updated created ctime mtime atime lastmod nonce csrf checksum uptime`,
  ),
)
const VOLATILE_PATTERN =
  /^((date |time )?(last )?(updated|modified|changed|edited|created|saved|used|accessed|synced|visited|refreshed)( at| on| by| date| time| ts| gmt| utc| datetime| timestamp)*|last (seen|checked|login|active|activity)( at| on| by| date| time| ts| gmt| utc| datetime| timestamp)*|(seen|checked|login|active|activity)( at| on| date| time| ts| gmt| utc| datetime| timestamp)+|(update|modification|change|creation|create|modify|server|last\w* \w+) (time|date|timestamp|count|at|on|by)( gmt| ms| utc)?|(row |object |resource |content |config |lock |data )(version|revision|etag|hash)|.* (etag|nonce|csrf token|xsrf token)|(x )?(csrf|xsrf)( middleware)?( token)?|authenticity token|typename|__typename|resource version|version (key|id)|form (key|token|build id)|meta version|optimistic lock|sequence number|change ?check|elapsed|took)$/
