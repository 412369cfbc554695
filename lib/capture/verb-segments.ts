/** Which word of a path is a verb: by its place, its form and its neighbours. */
import { looksLikeId } from '../model/id-shape.ts'
import { isAmbiguousVerb, isPlural, singular, splitWords, verbOf, verbOfWord } from './words.ts'

/** `PUT /processors/5/run-status`: both words are nouns as often as verbs. */
export const isNounOfTwo = (segment: string): boolean => {
  const words = splitWords(segment)
  return words.length === 2 && words.every(isAmbiguousVerb)
}

/** `PUT /content_types/page`: what only asks is no verb of a write. */
export const isItemNamed = (
  segment: string,
  previous: string | undefined,
  segments: readonly string[],
): boolean =>
  previous === 'noun' &&
  isPlural(segments.at(-2) ?? '') &&
  isAmbiguousVerb(segment.toLowerCase()) &&
  verbOfWord(segment.toLowerCase())?.kind === 'read'

/** A verb comes last: what stands before it is an item. */
export const isDone = (segments: readonly string[], at: number): boolean =>
  at === segments.length - 1 && isVerbSegment(segments[at] as string, at, segments, 'noun')

/** Segments that read as a noun even after a plural ("/users/roles"): plurals, and verbs were taken before. */
export const isNounBySelf = (
  segment: string,
  last: boolean,
  isKnownId: (segment: string) => boolean,
): boolean =>
  isPlural(segment) && !isKnownId(segment) && !/[+~!]/.test(segment) && !(last && /[A-Z\d.@]/.test(segment))

export const isVerbSegment = (
  given: string,
  index: number,
  segments: readonly string[],
  previous: string | undefined,
): boolean => {
  const segment = withoutMethod(given)
  const atFront = index === 0 && segments.length > 1 ? verbOfWord(segment.toLowerCase()) : undefined
  if (index === 0 && segments.length > 1 && (!atFront || (atFront.kind === 'read' && segments.length > 2)))
    return false
  const bare = segment.replace(SCRIPT, '')
  const found = verbOf(bare)
  if (!found) return false
  const words = splitWords(bare)
  const last = index === segments.length - 1
  const isId = (at: number): boolean => looksLikeId(segments[at] ?? '')
  // `toggleRule/5f0c…/0`: the item, and what it is set to.
  const isBeforeValue =
    index === segments.length - 3 &&
    isId(index + 1) &&
    /^[01]$/.test(segments.at(-1) ?? '') &&
    /[a-z][A-Z]/.test(segment)
  const lastButId = isBeforeValue || (index === segments.length - 2 && isId(index + 1))
  if (previous === 'link') return !(lastButId && isPlural(segment))
  if (words.length === 1) {
    if (last) return !isAmbiguousVerb(words[0] as string) || previous === 'id' || index > 0
    if (lastButId) return !isPlural(segment) && !isAmbiguousVerb(words[0] as string)
    // `/portal/parse/classes/Plan`: a door with the name of a question.
    if (found.verb.kind === 'read' && index < segments.length - 2) return false
    return (
      !isAmbiguousVerb(words[0] as string) && !isPlural(segment) && singular(words[0] as string) === words[0]
    )
  }
  // "change-password", "getUser", "bulk-delete", but not "search-settings" or "access-tokens".
  const first = words[0] as string
  const isAsked = last && previous === 'id' && /^(list|query|search|fetch|find)[A-Z]/.test(segment)
  if (isPlural(segment) && !isAsked && (isAmbiguousVerb(first) || (lastButId && !COMMON_VERB.test(first))))
    return false
  // "shareapi_allow_links": a verb in the midst of a name.
  const isName = words.length > 2 && !/[a-z][A-Z]/.test(segment)
  if (isName && !verbOfWord(first) && !verbOfWord(words.at(-1) as string) && found.verb.kind !== 'session')
    return false
  if (isAmbiguousVerb(found.verb.word) && found.verb.word !== first && found.verb.word !== words.at(-1))
    return false
  if (!last && !lastButId) return false
  return (
    /[a-z][A-Z]/.test(segment) ||
    /^(check|test|preview|search|count|start|stop|change|restore|mark|export|print)$/.test(first) ||
    !isAmbiguousVerb(first) ||
    verbOfWord(words.at(-1) as string) !== undefined
  )
}

/** `merge_requests/5` and `pin-policies/5` are nouns, `delete_users/5` is not. */
const COMMON_VERB = /^(create|add|update|edit|set|delete|remove|get|list|save|bulk|mass|un|de|dis)$/

/** `PostSave`, `PutSort`: actions of a controller that are named by their method first. */
const withoutMethod = (segment: string): string => {
  const rest = /^(?:Post|Put|Patch)([A-Z][A-Za-z]+)$/.exec(segment)?.[1]
  return rest !== undefined && verbOf(rest) ? rest : segment
}

/** Verb and noun of an action's segment; `DeleteById` names none. */
export const verbOfSegment = (segment: string): ReturnType<typeof verbOf> => {
  const found = verbOf(withoutMethod(segment.replace(SCRIPT, '')))
  const by = found?.rest.indexOf('by') ?? -1
  return found && by >= 0 ? { verb: found.verb, rest: found.rest.slice(0, by) } : found
}

/** Server scripts: `delete.php` is a verb, `users.php` a noun. */
export const SCRIPT = /\.(php\d?|aspx?|ashx|jspa?|jsf|xhtml|faces|cgi|pl|do|action|html?|cfm|py|lua)$/i

export const isServerScript = (path: string): boolean => SCRIPT.test(path) && !/\.html?$/i.test(path)
