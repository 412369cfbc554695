/** What a URL says of a resource: nouns, ids, a verb, query. Knows general habits of paths, no app's paths. */
import { looksLikeId } from '../model/id-shape.ts'
import { behindFrontController, parseUrl } from './front-controller.ts'
import {
  isDone,
  isItemNamed,
  isNounBySelf,
  isNounOfTwo,
  isVerbSegment,
  SCRIPT,
  verbOfSegment,
} from './verb-segments.ts'
import { isAmbiguousVerb, isPlural, singular, type Verb, verbOf, verbOfWord } from './words.ts'

export interface Address {
  readonly origin: string
  /** Decoded, without trailing slash and format ending. */
  readonly path: string
  readonly segments: readonly string[]
  readonly query: readonly (readonly [string, string])[]
  /** The noun of the resource that the path ends in: `features` of `/projects/x/features/y`. */
  readonly noun?: string
  /** Its id in the path: `y`. */
  readonly id?: string
  /** Ids above it, outermost first. */
  readonly scope: readonly string[]
  /** The noun above it, whose item the last id of `scope` is. */
  readonly owner?: string
  /** A verb as the last word, or the last but one before an id. */
  readonly verb?: Verb
}

/** What else is known of a request, to tell nouns from ids. */
export interface AddressHints {
  /** Was the segment seen as the id of something in what was read? Of that noun, where one is given. */
  readonly isKnownId?: (segment: string, noun?: string) => boolean
  /** Was something of that noun read which has all of them as members? */
  readonly isRow?: (noun: string, ids: readonly string[]) => boolean
  /** PUT, PATCH and DELETE are sent to items rather than to lists. */
  readonly isItem?: boolean
  /** How many words at the front say only where the app is mounted. */
  readonly mountOf?: (segments: readonly string[]) => number
  /** A PUT, PATCH or DELETE: no read, whatever the path is called. */
  readonly isWrite?: boolean
  /** PATCH and DELETE: never a question, so a word that could be one (`price`) is a name. */
  readonly neverAsks?: boolean
  /** Does the body say that word as a kind of thing, so that it is a value in the path too? */
  readonly isKind?: (segment: string) => boolean
  /** Does the body set a member of that name? */
  readonly isSent?: (segment: string) => boolean
  /** Nothing was sent, so the path may hold the new value. */
  readonly isEmpty?: boolean
}

export const readAddress = (text: string, hints: AddressHints = {}): Address => {
  const url = parseUrl(text)
  if (!url) return { origin: '', path: text.slice(0, 2_000), segments: [], query: [], scope: [] }
  const all = behindFrontController(url)
    .split('/')
    .filter((part) => part !== '')
    .slice(0, 40)
    // `/stop;jsessionid=4F2A`: RFC 3986, 3.3
    .map((part) => decodePart(part.replace(/(?<=.);[\w.-]+=.*$/, '')))
  const segments = all.map((part, index) =>
    index === all.length - 1 ? part.replace(/(?<=.)\.(json|xml)$/i, '') : part,
  )
  const told = withPathParameters(withGluedVerb(withDottedVerb(segments)))
  const path = `/${told.segments.join('/')}`
  const query = [...url.searchParams, ...told.query].slice(0, 200)
  return { origin: url.origin, path, segments: told.segments, query, ...nameOf(told.segments, hints) }
}

/** `/groups.add_user`, `/desk.search.search_link`: a noun, and what is done to it, in one word. */
const withDottedVerb = (segments: readonly string[]): readonly string[] => {
  const last = segments.at(-1) ?? ''
  const [, noun, verb] = /^([a-z][a-z_-]+)\.((?:add|remove)_[a-z_]+)$/.exec(last) ?? []
  if (noun !== undefined && verb !== undefined) return [...segments.slice(0, -1), noun, verb]
  const [, module, procedure = ''] = /^([a-z]\w*(?:\.[a-z]\w*)+)\.([a-z]+(?:_[a-z]+)+)$/.exec(last) ?? []
  const asks = module !== undefined && verbOf(procedure)?.verb.kind === 'read'
  return asks ? [...segments.slice(0, -1), module, procedure] : segments
}

/** `/ticketedit`, `/wikinew`: a noun and what is done to it, with nothing between them. */
const withGluedVerb = (segments: readonly string[]): readonly string[] =>
  segments.flatMap((segment) => {
    const [, noun, verb] = GLUED_VERB.exec(segment) ?? []
    return noun === undefined || verb === undefined ? [segment] : [noun, verb]
  })

const GLUED_VERB = /^([a-z]{3,20})((?<!re|k)new|(?<!cr)edit|delete|(?<!pre|re|inter|over|pur)view)$/

/** `/products/save/id/5/store/0`: names and values after the verb, as some frameworks write a query. The id goes before the verb. */
const withPathParameters = (
  segments: readonly string[],
): { segments: readonly string[]; query: (readonly [string, string])[] } => {
  const at = segments.findIndex(
    (segment, index) => index > 0 && verbOf(segment) !== undefined && isIdName(segments[index + 1] ?? ''),
  )
  const rest = segments.slice(at + 1)
  if (at < 0 || rest.length % 2 !== 0 || !looksLikeId(rest[1] ?? '')) return { segments, query: [] }
  const query = rest.flatMap((name, index) =>
    index > 1 && index % 2 === 0 ? [[name, rest[index + 1] ?? ''] as const] : [],
  )
  return { segments: [...segments.slice(0, at), rest[1] as string, segments[at] as string], query }
}

const isIdName = (segment: string): boolean => /^id$|[a-z]_id$|^[a-z]+I[dD]$/.test(segment)

/**
 * What a document is found under again: its path without the names of the door (`/api/v1/`), and without the verb of its last word, so that
 * `getPreferences` is read where `setPreferences` is written.
 */
export const placeOf = (segments: readonly string[]): string => {
  const start = segments.findIndex((segment) => !PREFIX.test(segment))
  const all = start < 0 ? segments : segments.slice(start)
  // `getRule/5` is read where `setRule/5` is written.
  const tail = looksLikeId(all.at(-1) ?? '') && /[a-z][A-Z]/.test(all.at(-2) ?? '') ? all.slice(-1) : []
  const own = all.slice(0, all.length - tail.length)
  const last = own.at(-1) ?? ''
  // What `/plans/5/get` reads `/plans/5/save` writes.
  if (own.length > 1 && BARE.test(last)) return placeOf([...own.slice(0, -1), ...tail])
  const found = verbOf(last)
  const isNamed =
    found &&
    found.rest.length > 0 &&
    /^(read|update|save)$/.test(found.verb.kind) &&
    !isAmbiguousVerb(found.verb.word)
  return `/${[...own.slice(0, -1), isNamed ? found.rest.join('') : last, ...tail].join('/')}`.toLowerCase()
}

const BARE = /^(?:get|read|fetch|load|show|list|find|save|update|set|store|put|patch)$/i

/** Segments that name the API or the area of an app, never a resource. */
export const isPrefix = (segment: string): boolean => PREFIX.test(segment)

const PREFIX =
  /^(api|apis|rest|restapi|rpc|v\d+(\.\d+)*(beta|alpha)?\d*|\d{4}-\d\d-\d\d|json|ajax|graphql|gql|admin|manage|manager|management|backend|internal|public|private|private-api|web|webapi|app|service|svc|services|index\.php|cgi-bin|www|xhr|data|odata|collection-types|single-types|content-manager|jsonrpc|trpc|wp-json|console|dashboard-api|control|core|server|latest|current|extjs|_api|_rest|_?admin-?api|api-?v\d+|api\d*)$/i

/** Names of the door, not of what is behind it. */
const API_WORD =
  /^(api|apis|rest|rpc|jsonrpc|graphql|gql|v\d.*|json|ajax|trpc|xhr|index\.php|app|web|odata|batch|\$batch|query|endpoint)$/i

/** Nouns in paths are plain words: `apiKeys`, `api-keys`; `amq.direct` and `C64` are not. */
const NOUN = /^[a-z][a-z]*([A-Z][a-z]+)*([_-][a-z]+)*$/

/** `PUT /project/WEB` */
const CAPITALS = /^[A-Z][A-Z\d_-]+$/

const PASCAL = /^[A-Z][a-z]{2,}([A-Z][a-z]+)*$/

/** A word between an item and what is done to it; but `/commands/17` are commands. */
const isLink = (segment: string, next = ''): boolean =>
  /^(ajax|xhr|async|@[a-z]+)$/i.test(segment) ||
  (LINK_WORD.test(segment) && !(isPlural(segment) && looksLikeId(next)))

const PRONOUN = /^(me|self|current|mine|myself|@me|~|current-user|current_user|whoami)$/i
const LINK_WORD =
  /^(actions?|operations?|commands?|methods?|lifecycle|do|-|relationships|relations|links|by-id|by-name|id|bulk|batch|manage)$/i

/** `/panel/dialogs/users/5/rename`: on which part of the page it was done. */
const isSurface = (segment: string, index: number, all: readonly string[]): boolean =>
  index < all.length - 1 &&
  !looksLikeId(all[index + 1] as string) &&
  verbOf(all[index + 1] as string) === undefined &&
  /^(?:dialogs?|modals?|popups?|dropdowns?)$/i.test(segment)

/** `/ties/eu/s/web/q/jobs`: letters that say of what kind each end is. One alone may be a noun. */
const lettersBetween = (segments: readonly string[]): readonly number[] => {
  const found = segments.flatMap((segment, index) =>
    index > 1 && index < segments.length - 1 && /^[a-z]$/.test(segment) ? [index] : [],
  )
  return found.length > 1 && found.every((at, order) => order === 0 || at === (found[order - 1] ?? 0) + 2)
    ? found
    : []
}

/** `/collections/posts/records/5` and `/classes/Game/5` are about a post and a game. */
const withoutContainers = (all: readonly string[]): string[] => {
  const at = all.findIndex(
    (segment, index) =>
      (CONTAINER.test(segment) || isKindThere(all, index)) &&
      index + 2 < all.length &&
      /^[A-Za-z][A-Za-z_-]*$/.test(all[index + 1] as string) &&
      !CONTAINER.test(all[index + 1] as string) &&
      !verbOfWord((all[index + 1] as string).toLowerCase()) &&
      (CONTENT.test(all[index + 2] as string) ||
        isOpaque(all[index + 2] as string) ||
        // `/resources/plans/bulk/delete?ids=4,5`
        /^(bulk|batch)$/i.test(all[index + 2] as string)),
  )
  if (at < 0) return [...all]
  const isContent = CONTENT.test(all[at + 2] as string)
  return [...all.slice(0, at), all[at + 1] as string, ...all.slice(at + (isContent ? 3 : 2))]
}
const CONTAINER =
  /^(collections?|resources?|tables?|models?|content-?types?|classes|class|entit(y|ies)|objects?|doctypes?|document-?types?)$/i
const CONTENT = /^(records?|items?|entr(y|ies)|documents?|docs|rows?|objects?)$/i
/** `/items/plans/5` is about a plan. */
const isKindThere = (all: readonly string[], index: number): boolean =>
  CONTENT.test(all[index] ?? '') && isPlural(all[index + 1] ?? '') && index + 3 === all.length
const isOpaque = (segment: string): boolean =>
  looksLikeId(segment) || (/\d/.test(segment) && /[a-z]/i.test(segment) && segment.length >= 8)

interface Named {
  noun?: string
  id?: string
  scope: string[]
  owner?: string
  verb?: Verb
}

const nameOf = (
  all: readonly string[],
  {
    isKnownId = () => false,
    isRow = () => false,
    isItem = false,
    isEmpty = false,
    isWrite = false,
    mountOf = () => 0,
    isKind = () => false,
    neverAsks = false,
    isSent = () => false,
  }: AddressHints,
): Named => {
  let segments = withoutContainers(all.filter((part, index) => !isSurface(part, index, all)))
  let verb: Verb | undefined
  // "/items/5:cancel"
  const custom = /^(.+):([a-z][A-Za-z]{2,30})$/.exec(segments.at(-1) ?? '')
  const customVerb = custom && verbOf(custom[2] as string)?.verb
  if (custom && customVerb && !segments.at(-1)?.includes('::')) {
    verb = customVerb
    segments = [...segments.slice(0, -1), custom[1] as string]
  }
  // "/items(5)" and "/items('x')"; what is in "/lists/getbytitle('Docs')/items(5)" is found and not got.
  segments = segments.flatMap((part, index) => {
    const [, name = '', key = ''] = /^([A-Za-z_]\w*)\((?:\w+=)?'?([^()]*?)'?\)$/.exec(part) ?? []
    if (name === '') return [part]
    const isFound = /^get_?by/i.test(name) && index < segments.length - 1
    return [isFound ? '' : name, key].filter((piece) => piece !== '')
  })
  // Where one word of the path is written so, the others are words too: `/Managers/1/NetworkProtocol`.
  const isPascal = segments.some((segment) => PASCAL.test(segment) && isPlural(segment))
  const isNoun = (segment: string): boolean => NOUN.test(segment) || (isPascal && PASCAL.test(segment))
  const roles: ('prefix' | 'noun' | 'id' | 'verb' | 'link' | 'value')[] = []
  const mounted = mountOf(all)
  const letters = lettersBetween(segments)
  segments.forEach((segment, index) => {
    const previous = roles.findLast((role) => role !== 'value')
    const lastNoun = segments[roles.lastIndexOf('noun')] ?? ''
    const first = !roles.includes('noun')
    const lastOne = index === segments.length - 1
    const isDoor =
      index === 0 && (isPanel(segments) || (isWrite && verbOfWord(segment.toLowerCase())?.kind === 'read'))
    if (!lastOne && (isDoor || index < mounted)) roles.push('prefix')
    else if (letters.includes(index)) roles.push('link')
    else if (letters.includes(index - 1) || (letters[0] === index + 1 && roles.includes('noun')))
      roles.push('id')
    else if (isLink(segment, segments[index + 1]) && index > 0 && !lastOne) roles.push('link')
    else if (
      first &&
      PREFIX.test(segment) &&
      !(lastOne && index > 0 && !PREFIX.test(segments[index - 1] as string))
    )
      roles.push('prefix')
    // `/domains/deny/exact/ads.example` with {type: 'deny', kind: 'exact'}.
    else if (previous === 'noun' && !lastOne && isWrite && isKind(segment)) roles.push('value')
    else if (previous === 'noun' && PRONOUN.test(segment)) roles.push('id')
    else if (looksLikeId(segment)) roles.push(first && /^\d{1,2}$/.test(segment) ? 'prefix' : 'id')
    // `/auth/login`, though a page of the app has that name.
    else if (
      previous === 'noun' &&
      lastOne &&
      !isSessionVerb(segment) &&
      isKnownId(segment, segments[index - 1])
    )
      roles.push('id')
    else if (
      verb === undefined &&
      !(neverAsks && lastOne && isAmbiguousVerb(segment) && verbOfWord(segment)?.kind === 'read') &&
      !(
        isWrite &&
        lastOne &&
        (isSent(segment) || isNounOfTwo(segment) || isItemNamed(segment, previous, segments))
      ) &&
      isVerbSegment(segment, index, segments, previous)
    )
      roles.push('verb')
    else if (
      previous === 'noun' &&
      isPlural(lastNoun) &&
      (lastOne && isItem ? true : !isNounBySelf(segment, lastOne, isKnownId))
    )
      roles.push('id')
    else if (previous === 'id' && isPascal && PASCAL.test(segment)) roles.push('noun')
    else if (
      (previous === 'noun' || previous === 'id') &&
      !isPlural(segment) &&
      isKnownId(segment, isPlural(lastNoun) || lastNoun.length < 3 ? undefined : lastNoun)
    )
      roles.push('id')
    else if (
      (previous === 'noun' || previous === 'id') &&
      isKnownId(segment, lastNoun) &&
      // `/panel/users/4eJ8`, where a menu has an entry called users.
      !(isPlural(segment) && !lastOne && isKnownId(segments[index + 1] as string))
    )
      roles.push('id')
    else if (
      previous === 'id' &&
      lastOne &&
      isItem &&
      (isKnownId(segment) || isRow(lastNoun, [segments[index - 1] as string, segment]))
    )
      roles.push('id')
    else if (
      previous === 'noun' &&
      /\d/.test(segment) &&
      !isNoun(segment) &&
      (!/^[a-z_-]+\d{1,2}$/i.test(segment) ||
        isDone(segments, index + 1) ||
        // `/milestone/milestone3`
        segment.startsWith(singular(segments[index - 1] ?? ' ')))
    )
      roles.push('id')
    else if (previous === 'noun' && lastOne && isItem && isEmpty && roles.includes('id')) roles.push('id')
    else if (previous === 'id' && !isNoun(segment)) roles.push('id')
    else if (previous === 'noun' && lastOne && isItem && (/[^\w.-]/.test(segment) || CAPITALS.test(segment)))
      roles.push('id')
    // `/menus/manage/main`
    else if (previous === 'link' && segments[index - 1] === 'manage') roles.push('id')
    // `/content/add/article` makes an article.
    else if (previous === 'verb' && lastOne && isMadeKind(segments, index) && !isKnownId(segment))
      roles.push('noun')
    else if (previous === 'verb' && !isPlural(segment) && (isKnownId(segment) || lastOne)) roles.push('id')
    else roles.push('noun')
  })
  const named: Named = { scope: [] }
  const nouns: string[] = []
  let openIds: string[] = []
  segments.forEach((segment, index) => {
    const role = roles[index]
    if (role === 'noun') {
      nouns.push(segment)
      named.scope.push(...openIds)
      // `/projects/5/auth/limit` is about project 5.
      if (openIds.length > 0 || (nouns.length > 1 && named.scope.length === 0)) named.owner = nouns.at(-2)
      openIds = []
    } else if (role === 'id') openIds.push(segment)
    else if (role === 'verb') verb = verbOfSegment(segment)?.verb
  })
  named.noun = nouns.at(-1)?.replace(SCRIPT, '')
  // `/hub/name` with {name}
  const isMember = named.scope.length === 0 && openIds.length === 0 && FIELD.test(named.noun ?? '')
  if (isMember && nouns.length > 1 && isSent(named.noun ?? '')) named.noun = nouns.at(-2)
  // `/browser/server/obj/1/2` is about a server.
  const [kind] = nouns.slice(-2)
  if (
    nouns.length > 1 &&
    kind &&
    /^(obj|object|record|entry)$/i.test(named.noun ?? '') &&
    named.scope.length === 0
  )
    named.noun = kind
  // `/config/automation/config/5` is about automation 5.
  const [above, aspect] = nouns.slice(-2)
  if (openIds.length > 0 && above && /^config(uration)?$/i.test(aspect ?? '') && named.scope.length === 0)
    named.noun = above
  // `toggleRule/5/0` disables rule 5.
  const isSet =
    verb !== undefined && roles.at(-3) === 'verb' && openIds.length === 2 && /^[01]$/.test(openIds[1] ?? '')
  if (isSet) verb = verb?.word === 'toggle' ? verbOfWord(openIds.pop() === '1' ? 'enable' : 'disable') : verb
  if (openIds.length > 0) named.id = openIds.at(-1)
  if (openIds.length > 1) named.scope.push(...openIds.slice(0, -1))
  if (named.noun === undefined) {
    // "/updateUser": the noun is in the verb's own segment; else the last prefix is all there is ("/api/graphql").
    const inVerb = verb && verbOfSegment(segments[roles.lastIndexOf('verb')] ?? '')?.rest.join(' ')
    const last = segments.at(-1)
    named.noun =
      inVerb ||
      (last !== undefined && !verb && openIds.length === 0 && !API_WORD.test(last) ? last : undefined)
  } else if (verb) {
    const rest = verbOfSegment(segments[roles.lastIndexOf('verb')] ?? '')?.rest ?? []
    // "/app/setPreferences" is about preferences, "/torrents/setCategory" about torrents.
    // `/site/changeTitle` with {title}
    const isSentField = rest.length === 1 && FIELD.test(rest[0] as string) && isSent(rest[0] as string)
    const isField = verb.kind === 'update' && (isPlural(named.noun) || isSentField)
    const at = roles.lastIndexOf('verb')
    // "/filter/setRule/5" is about rule 5.
    if (
      rest.length > 0 &&
      roles[at + 1] === 'id' &&
      (at === roles.length - 2 || isSet) &&
      /[a-z][A-Z]/.test(segments[at] ?? '')
    )
      named.noun = rest.join(' ')
    if (
      rest.length > 0 &&
      !isField &&
      named.id === undefined &&
      roles.lastIndexOf('verb') > roles.lastIndexOf('noun')
    )
      named.noun = rest.join(' ')
  }
  if (verb) named.verb = verb
  return named
}

const isSessionVerb = (segment: string): boolean => verbOf(segment)?.verb.kind === 'session'

/** `/panel/users/5`, but not `/panel/5` */
const isPanel = ([door = '', next = '', ...more]: readonly string[]): boolean =>
  /^(?:panel|cp|control-?panel|back-?office)$/i.test(door) && NOUN.test(next) && more.length > 0

/** Behind the bare word for making something stands what is made. */
export const isMadeKind = (segments: readonly string[], at: number): boolean =>
  /^(?:add|new|create)$/i.test(segments[at - 1] ?? '') &&
  NOUN.test(segments[at] ?? '') &&
  !looksLikeId(segments[at] ?? '') &&
  verbOf(segments[at] ?? '') === undefined

const FIELD =
  /^(?:title|name|label|slug|status|state|description|email|role|language|template|position|color)$/

export const decodePart = (part: string): string => {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
