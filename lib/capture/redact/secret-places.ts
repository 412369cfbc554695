/**
 * What a value's place says: what holds it is secret, what stands beside it names or flags one (`{name: "API_KEY", value}`, pairs, maps of
 * headers and of environment variables), or the document is of a kind whose parts are. Knows no shapes.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { NamedSecret, SecretKind } from './secret-names.ts'
import { isPlainWord } from './secret-shapes.ts'

export interface Places {
  /** `secretOfName` and `wordsOf`, remembered: documents repeat their keys. */
  readonly secretOf: (name: string) => NamedSecret | undefined
  readonly wordsIn: (name: string) => readonly string[]
  /** Set where the resource itself is one: an "API key" entry's `value`. */
  readonly secretResource: NamedSecret | undefined
}

/** `own` is the last of the keys that is a name, if any is. */
export const secretByPlace = (
  keys: readonly string[],
  own: string | undefined,
  parent: Json | undefined,
  places: Places,
): NamedSecret | undefined => {
  const { secretOf, wordsIn, secretResource } = places
  const nameInPair = firstOfPair(keys, parent)
  if (nameInPair !== undefined) return secretUnder(own ?? '', nameInPair, places)
  if (own === undefined) return undefined
  const at = keys.lastIndexOf(own)
  const near = keys.slice(0, at).findLast((key) => !isIndex(key))
  const words = wordsIn(own)
  const isValue = GENERIC.has(words.join('')) || VALUES.has(words.at(-1) ?? '')
  const beside = isJsonObject(parent) ? besideOf(parent, wordsIn) : NOTHING_BESIDE
  const names = beside.names.filter(({ key }) => key !== own)
  // Of {name, value} the name is for reading.
  if (NAMES.has(words.at(-1) ?? '') && beside.hasValue) return undefined
  if (isValue) {
    for (const { key, name } of names) {
      const named = isHeaderName(key, wordsIn)
        ? headerSecret(name, places)
        : secretUnder(near ?? '', name, places)
      if (named) return named
    }
    if (beside.isFlagged) return { kind: 'secret', sure: true }
  } else if (isHeaderPlace(near ?? '', places) && !(names.length > 0 && beside.hasValue)) {
    const header = near === 'header' && isPlainMember(own) ? secretOf(own) : headerSecret(own, places)
    if (header) return header
  }
  const nearGlued = near === undefined ? '' : wordsIn(near).join('')
  // The variables of a GraphQL operation are no environment: `{id: 'UHJvZHVjdDo3Mg=='}`.
  const isEnvironment =
    ENVIRONMENTS.has(nearGlued) && (!/^var/.test(nearGlued) || /^[A-Z][A-Z\d_]*$/.test(own))
  if (isEnvironment && names.length === 0) return { kind: 'environment' }
  if (SECRET_MAPS.test(nearGlued)) return { kind: 'secret' }
  const isMap = near === undefined || (secretResource !== undefined && GENERIC.has(nearGlued))
  const holder = isMap ? secretResource : secretOf(near)
  if (isValue && holder) return holder
  if (words.some((word) => DESCRIBING.has(word))) return undefined
  if (holder?.kind === 'one-time code' && /^codes?$/i.test(own)) return holder
  // secrets: { DATABASE: 'x' } is a map of secrets; apiKey: { label: 'x' } describes one.
  if (holder && isMap && near !== undefined) return { ...holder, unsure: true }
  if (holder && near !== undefined && /(?:secret|credential|password|token|key)s$/i.test(near))
    return { ...holder, unsure: true }
  // encryption: { key: 'x' }, tls: { key: 'x' }
  const joined = near === undefined || holder ? undefined : secretOf(`${near} ${own}`)
  if (joined?.kind === 'card') return joined
  return joined && { ...joined, unsure: true }
}

export const isIndex = (key: string): boolean => /^\d+$/.test(key)

/** A place of request headers, as a map, a list or a text. */
export const isHeaderPlace = (key: string, { wordsIn }: Places): boolean =>
  /headers?$/i.test(key) && HEADERS.has(wordsIn(key).join(''))

/** `title` in the header of a page: names of HTTP headers have a dash, a capital or a secret's name. */
const isPlainMember = (name: string): boolean => /^[a-z]+$/.test(name)

/** Headers that everybody may read. */
export const isOpenHeader = (name: string): boolean => OPEN_HEADERS.test(name)

/**
 * The parts of a document that are secret whatever they are called: a Kubernetes Secret's data, the private numbers of a JSON Web Key. `kind`
 * may have become the resource's type already.
 */
export const secretPartsOf = (
  json: JsonObject,
  kind: Json | undefined = json.kind,
): readonly (readonly [part: string, kind: SecretKind])[] => {
  const isManifest = 'apiVersion' in json || json.kind !== undefined
  if (isManifest && typeof kind === 'string' && /^secrets?$/i.test(kind)) return SECRET_DATA
  if ('stringData' in json) return SECRET_DATA.slice(1)
  return typeof json.kty === 'string' ? PRIVATE_NUMBERS : []
}

const SECRET_DATA = (['data', 'stringData'] as const).map((part) => [part, 'secret'] as const)
const PRIVATE_NUMBERS = (['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'] as const).map(
  (part) => [part, 'private key'] as const,
)

/** What a name means for the value beside it, in a map or list of that kind. */
const secretUnder = (holder: string, name: string, places: Places): NamedSecret | undefined => {
  if (isHeaderPlace(holder, places)) return headerSecret(name, places)
  const named = places.secretOf(name)
  if (named) return named
  return ENVIRONMENTS.has(places.wordsIn(holder).join('')) ? { kind: 'environment' } : undefined
}

/** A cookie has blanks and does not look random: among headers the name is enough. */
const headerSecret = (name: string, { secretOf }: Places): NamedSecret | undefined =>
  isOpenHeader(name) ? undefined : { kind: secretOf(name)?.kind ?? 'header' }

/** `headerName` and `header` name one, `name` in a list of headers does by its place. */
const isHeaderName = (key: string, wordsIn: Places['wordsIn']): boolean => wordsIn(key)[0] === 'header'

/** `[["API_KEY", "x"], …]`. A single list of two is no pair. */
const firstOfPair = (keys: readonly string[], parent: Json | undefined): string | undefined => {
  if (keys.at(-1) !== '1' || !isIndex(keys.at(-2) ?? '') || typeof parent !== 'object' || parent === null)
    return undefined
  // A form's are numbered members.
  const pair = Array.isArray(parent) ? parent : Object.values(parent)
  const [name, value] = pair
  const isPlain = typeof value === 'string' && isPlainWord(value)
  return pair.length === 2 && typeof name === 'string' && !isPlain ? name : undefined
}

interface Beside {
  /** Members that say what something is called or of which type it is, by their keys. */
  readonly names: readonly { readonly key: string; readonly name: string }[]
  readonly hasValue: boolean
  /** `sensitive: true`, `type: "SecureString"`. */
  readonly isFlagged: boolean
}

const NOTHING_BESIDE: Beside = { names: [], hasValue: false, isFlagged: false }
/** What names its value stands in small objects. */
const MAX_BESIDE = 40

const besideOf = (parent: JsonObject, wordsIn: Places['wordsIn']): Beside => {
  const members = Object.entries(parent)
  if (members.length > MAX_BESIDE) return NOTHING_BESIDE
  const names: { key: string; name: string }[] = []
  let hasValue = false
  let isFlagged = false
  let isTyped = false
  for (const [key, member] of members) {
    const words = wordsIn(key)
    const last = words.at(-1) ?? ''
    if (VALUES.has(last)) hasValue = true
    if (
      (member === true || member === 'true' || member === '1' || member === 'on') &&
      FLAGS.test(words.join(''))
    )
      isFlagged = true
    if (typeof member !== 'string') continue
    if (TYPES.has(last) && FLAGGING_TYPE.test(member)) isTyped = true
    if (NAMES.has(last) || (last === 'path' && 'op' in parent)) names.push({ key, name: member })
  }
  return { names, hasValue, isFlagged: isTyped || (isFlagged && names.length > 0) }
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '))

const GENERIC = setOf(
  'value values val v data content contents raw plain plaintext text current currentvalue string stringvalue stringdata new newvalue old oldvalue secret secretvalue key body default defaultvalue initial optionvalue base32',
)
const VALUES = setOf('value values val v')
const DESCRIBING = setOf(
  'id name names title label description type kind comment note created updated modified at by date time role roles scope scopes status state enabled environment project user username login email url host port path provider issuer region bucket protocol method version expires expiry last count order group owner prefix uuid algorithm alg',
)
const NAMES = setOf(
  'name key k field label header variable var id option property prop attribute attr parameter param env setting code slug title type kind',
)
const TYPES = setOf('type kind format visibility sensitivity')
const FLAGS =
  /^(?:is)?(?:secret|secure|secured|sensitive|masked|encrypted|encryption|confidential|writeonly)$/
const FLAGGING_TYPE =
  /^(?:secret|secure|secured|sensitive|masked|encrypted|confidential|password)(?:[ _-]?(?:text|string|value|file|variable))?$/i
const HEADERS = setOf(
  'header headers customheader customheaders httpheader httpheaders requestheader requestheaders extraheader extraheaders additionalheaders responseheaders authheader authheaders webhookheaders',
)
const ENVIRONMENTS = setOf('env envs environ envvars environmentvariables variables vars')
const SECRET_MAPS =
  /^(?:secure|secret|secrets|sensitive|encrypted|passwords|passphrases)(?:(?:json)?(?:data|string|settings|properties|values|variables|vars|fields|params|parameters|inputs|config|configuration|map|store)+)?$/
const OPEN_HEADERS =
  /^(?:accept.*|content-.*|user-agent|host|cache-control|connection|origin|referer|vary|date|expires|pragma|server|x-frame-options|x-forwarded-.*|x-content-type-options|x-xss-protection|x-requested-with|strict-transport-security|access-control-.*|referrer-policy|permissions-policy|etag|if-.*|range|location|allow|te|upgrade.*|x-powered-by|x-robots-tag)$/i
