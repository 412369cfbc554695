/** Addresses of apps with one script for everything, which are told in the query or in the body what to do to what. */
import { isServerScript } from './verb-segments.ts'
import { splitWords, verbOfWord } from './words.ts'

/** A script that serves every page is told which one: `index.php?route=/users/create`, `?r=user/update`. That path is the path. */
export const behindFrontController = ({ pathname, searchParams }: URL): string => {
  const query = [...searchParams]
  if (!isFrontController(pathname)) return dottedAction(pathname, query) ?? pathname
  const named = controllerIn(query)
  if (named !== undefined) return named
  const route = query.find(([name, value]) => isRoute(name, value))?.[1]
  return route === undefined ? pathname : `${pathname.replace(/[^/]*$/, '')}${route.replace(/^\/+/, '')}`
}

/** `?controller=UserStatusController&action=disable`, `?c=user&a=create`: a noun and a verb, so `user/disable`, `user/create`. */
const controllerIn = (query: readonly (readonly [string, string])[]): string | undefined => {
  const word = (names: RegExp): string | undefined =>
    query.find(([name, value]) => names.test(name) && /^[a-z][\w-]{1,60}$/i.test(value))?.[1]
  const action = word(/^_?(?:action|act|a)$/i)
  const controller = word(/^_?(?:controller|ctrl|c)$/i) ?? (action && word(/^(?:module|mod)$/i))
  if (controller === undefined) return undefined
  const words = splitWords(controller.replace(/[_-]?controller$/i, ''))
  let told: string | undefined
  while (words.length > 1 && ASPECT_OF_CONTROLLER.test(words.at(-1) as string))
    told = VERB_OF_NOUN[words.pop() as string] ?? told
  const isNeutral = /^(?:index|default|main|manage|process|handle|details?|do)$/i.test(action ?? '')
  const verb =
    told !== undefined && (isNeutral || /^(?:save|store|submit)$/i.test(action ?? ''))
      ? told
      : isNeutral
        ? undefined
        : action
  return `/${[words.join('-'), ...(verb === undefined ? [] : [verb])].join('/')}`
}

const ASPECT_OF_CONTROLLER =
  /^(?:creation|modification|edition|deletion|removal|registration|edit|editor|status|state|view|viewer|list|management|manager|ajax|bulk|change|property|properties)$/
const VERB_OF_NOUN: Readonly<Record<string, string>> = {
  creation: 'create',
  registration: 'create',
  modification: 'update',
  deletion: 'delete',
  removal: 'delete',
}

/** `console.php?action=host.update`: noun and verb in one word. */
const dottedAction = (pathname: string, query: readonly (readonly [string, string])[]): string | undefined =>
  isServerScript(pathname)
    ? nounThenVerb(
        query.find(
          ([name, value]) => /^action$/i.test(name) && /^[a-z]{2,30}(?:\.[a-z_]{2,30}){1,2}$/i.test(value),
        )?.[1],
      )
    : undefined

/** `popup.massupdate.host` and `host.update` alike. */
const nounThenVerb = (dotted: string | undefined): string | undefined => {
  const parts = dotted?.split('.').filter((part) => !/^(?:popup|modal|dialog|ajax)$/i.test(part)) ?? []
  const verbs = parts.filter((part) => verbOfWord(part.toLowerCase()) !== undefined)
  const nouns = parts.filter((part) => !verbs.includes(part))
  return parts.length === 0 ? undefined : `/${[...nouns, ...verbs].join('/')}`
}

/** Is the path told in the query? */
export const isRouted = (text: string): boolean => {
  const url = parseUrl(text)
  return url !== undefined && behindFrontController(url) !== url.pathname
}

/** The address with the route that a front controller was sent in the body. */
export const withSentRoute = (text: string, fields: readonly (readonly [string, string])[]): string => {
  const route = fields.find(([name, value]) => isRoute(name, value))
  const url = parseUrl(text)
  if (!route || !url || !isFrontController(url.pathname)) return text
  if (![...url.searchParams].some(([name, value]) => isRoute(name, value)))
    url.searchParams.set(route[0], route[1])
  return url.href
}

const isRoute = (name: string, value: string): boolean =>
  /^_?(?:(?:rest_)?route|path|controller)$|^r$/i.test(name) &&
  /^\/?[a-z][\w-]*(?:\/[\w.@-]+)*\/?$/i.test(value)
    ? value.includes('/')
    : /^q$/i.test(name) && /^\/?[a-z][\w-]*(?:\/[\w.@-]+)+\/?$/i.test(value)

const isFrontController = (pathname: string): boolean =>
  /(?:^|\/)(?:(?:index|main|app|admin|default)\.(?:php\d?|cgi|pl|aspx?|jsp))?$/i.test(pathname)

export const parseUrl = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}
