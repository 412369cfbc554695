/**
 * Secrets inside texts: known ones in any disguise, telling shapes, `name=value` lines, and the secret parts of addresses. What is left of the
 * text stays readable; each secret becomes `[redacted token]`. A text that is nothing but a secret is the caller's to mark.
 */
import { type Mark, redactHeaderLines, redactLines } from './secret-lines.ts'
import type { SecretMemory } from './secret-memory.ts'
import { mayNameSecret, type SecretKind, secretOfName } from './secret-names.ts'
import {
  isPlaceholder,
  isPlainWord,
  isPublicKey,
  isReference,
  looksRandom,
  mayHoldShape,
  SHAPES,
} from './secret-shapes.ts'

export interface Found {
  readonly kind: SecretKind
  readonly secret: string
}

export interface RedactedText {
  readonly text: string
  readonly found: readonly Found[]
}

/** Longer texts are not searched but hidden as a whole. */
export const MAX_SEARCHED_LENGTH = 512 * 1024

export const inlineMark = (kind: SecretKind): string => `[redacted ${kind}]`

/** `headers`: the text is a list of them, a line each. */
export const redactText = (
  text: string,
  memory: SecretMemory,
  where?: 'name' | 'headers',
  depth = 0,
): RedactedText => {
  if (text.length < 3) return { text, found: [] }
  const found: Found[] = []
  const mark = (kind: SecretKind, secret: string): string => {
    found.push({ kind, secret })
    memory.learn(secret, kind)
    return inlineMark(kind)
  }
  let rest = memory
    .scrub(text, mark, where === 'name' ? where : undefined)
    .replace(/\u27e6([a-z0-9 -]{2,20}) \d+ (?:[0-9a-f]{4})?\u27e7/g, (_, kind) => `[redacted ${kind}]`)
  if (rest.includes('@') && rest.includes('//'))
    rest = rest.replace(/\/\/[^\s"'<>`\\]+/g, (address) => withoutPassword(address, mark))
  if (mayHoldShape(rest) && !isPublicKey(rest))
    for (const { pattern, kind } of SHAPES) rest = rest.replace(pattern, (secret) => mark(kind, secret))
  if (rest.includes('//') || rest.includes('?') || rest.includes('@')) rest = redactAddresses(rest, mark)
  if (where === 'headers') rest = redactHeaderLines(rest, mark)
  if (rest.length >= 8 && /[\s=:,<]/.test(rest)) rest = redactLines(rest, mark)
  if (/[=:>]|--|&gt;/.test(rest) && mayNameSecret(rest)) rest = redactAssignments(rest, mark)
  if (rest.length >= 16 && depth < MAX_CODED) rest = redactCoded(rest, mark, memory, depth)
  if (/%(?:22|3D)/i.test(rest) && depth < MAX_CODED) rest = redactEncoded(rest, found, memory, depth)
  return { text: rest, found }
}

/** JSON or a query that is percent-encoded. */
const redactEncoded = (text: string, found: Found[], memory: SecretMemory, depth: number): string =>
  text.replace(/[\w%.~!'()*+-]*%(?:22|3D)[\w%.~!'()*+-]*/gi, (encoded) => {
    const inner = redactText(decode(encoded), memory, undefined, depth + 1)
    found.push(...inner.found)
    return inner.found.length > 0 ? encodeURIComponent(inner.text) : encoded
  })

/** Base64 in base64 in base64 is nobody's. */
const MAX_CODED = 2

/** Texts in base64 that hold a secret: a file's content, a pair of name and password, a key with its armour. */
const redactCoded = (text: string, mark: Mark, memory: SecretMemory, depth: number): string =>
  text.replace(/(?<![A-Za-z0-9+/_=-])[A-Za-z0-9+/_-]{16,}={0,2}(?![A-Za-z0-9+/_=-])/g, (coded) => {
    const inner = decodedText(coded)
    const [first] = inner === undefined ? [] : redactText(inner, memory, undefined, depth + 1).found
    return first ? mark(first.kind, coded) : coded
  })

/** Undefined where it is no text. The beginning tells most: pictures and keys are not read to their end. */
const decodedText = (coded: string): string | undefined => {
  const plain = coded.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  if (plain.length % 4 === 1 || !isReadable(atob(plain.slice(0, 16)))) return undefined
  const text = atob(plain)
  return isReadable(text) ? text : undefined
}

const isReadable = (bytes: string): boolean => /^[\t\r\n\x20-\x7e\x80-\xf4]*$/.test(bytes)

/** An address as it may be stored: no user info, no secret query or fragment values, no one-time tokens in the path. */
export const redactUrl = (url: string, memory: SecretMemory): string =>
  redactText(
    redactAddress(url, (kind) => inlineMark(kind)),
    memory,
  ).text

const redactAddresses = (text: string, mark: Mark): string =>
  text
    // Oracle's thin/user/password@, Go's user:password@tcp(…)
    .replace(
      /(\bjdbc:oracle:\w{1,10}:[^/\s:]{1,80}\/|\b[\w.-]{1,80}:(?=[^\s@"'/]{1,400}@(?:tcp|unix|udp)\())([^\s@"']{1,400})(?=@)/g,
      (_, open: string, secret: string) => open + mark('password', secret),
    )
    .replace(
      // `pump//x@y` is an id, `//x@y` an address.
      /(?:[a-zA-Z][a-zA-Z0-9+.-]{0,20}:|(?<!\w))\/\/[^\s"'<>`\\]+|(?<![^\s"'=(])\/?[\w./-]*\?[\w.[\]%-]+=[^\s"'<>`\\]*/g,
      (address) => redactAddress(address, mark),
    )

const redactAddress = (address: string, mark: Mark): string => {
  const [, beforeQuery = '', query = '', fragment = ''] =
    /^([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(withoutPassword(address, mark)) ?? []
  const open = beforeQuery.replace(/(\/\/)([^/@:\s]{16,})(?=@)/, (_, slashes: string, secret: string) =>
    looksRandom(secret) ? slashes + mark('token', secret) : slashes + secret,
  )
  return (
    redactPath(open, mark) +
    redactQuery(query, mark) +
    (fragment.includes('=') ? redactQuery(fragment, mark) : redactPath(fragment, mark))
  )
}

/** A password may hold all that should be encoded in it, also `/`, `#` and `@`; a port and a path with an `@` are none. */
const withoutPassword = (address: string, mark: Mark): string => {
  const end = address.lastIndexOf('@')
  const user = end < 0 ? null : /\/\/[^/@:?#\s]*:/.exec(address.slice(0, end))
  if (!user) return address
  const start = user.index + user[0].length
  const secret = address.slice(start, end)
  const isPort = /^\d{1,5}(?:[/?#]|$)/.test(secret) && /[/?#]/.test(secret)
  if (secret === '' || /\s/.test(secret) || isPort || isRedactedAlready(secret)) return address
  return address.slice(0, start) + mark('password', secret) + address.slice(end)
}

const TOKEN_FOLLOWS =
  /^(?:reset|resets|reset[-_]?password|password[-_]?reset|invite|invites|invitation|invitations|accept[-_]?invite|join|signup|register|registration|activate|activation|confirm|confirmation|verify|verification|unsubscribe|magic|magic[-_]?link|login|token|tokens|hook|hooks|webhook|webhooks|services|share|shared|s|auth|callback|api[-_]?key|key|secret)$/i

/** A random segment right after one that hands out one-time addresses: `/invite/9f8c…`. */
const redactPath = (path: string, mark: Mark): string => {
  const segments = path.split('/')
  return segments
    .map((segment, index) => {
      const before = segments[index - 1] ?? ''
      const earlier = segments[index - 2] ?? ''
      const [, said, rest = ''] = /^((?:private|secret|token|key)-)(.+)$/i.exec(segment) ?? []
      if (said && looksRandom(rest, 16)) return said + mark('token', rest)
      if (!TOKEN_FOLLOWS.test(before) && !TOKEN_FOLLOWS.test(earlier)) return segment
      if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(segment) || /^[0-9a-f]{24}$/i.test(segment)) return segment
      return looksRandom(segment, 20) ? mark('token', segment) : segment
    })
    .join('/')
}

const redactQuery = (query: string, mark: Mark): string =>
  query.replace(/([?&;#])([^=&;#\s]+)=([^&;#\s]*)/g, (whole, lead: string, name: string, value: string) => {
    const decoded = decode(value)
    const named = secretOfName(decode(name))
    const plain = decoded === '' || isRedactedAlready(decoded) || isPlaceholder(decoded)
    if (plain) return whole
    if (
      named &&
      !(named.unsure ? !looksRandom(decoded, 8) : isPlainWord(decoded) && named.kind !== 'password')
    )
      return `${lead}${name}=${mark(named.kind, decoded)}`
    if (
      /^(?:key|code|state|hash|ticket|invite|k|t|p|pw|cred|x-amz-.*)$/i.test(name) &&
      looksRandom(decoded, name === 'p' ? 8 : 16)
    )
      return `${lead}${name}=${mark('token', decoded)}`
    return whole
  })

/** `SMTP_PASSWORD=x`, `password: x`, `"apiKey": "x"`, `<password>x</password>` (also escaped), parts of a form post, `--token x1`: in texts people paste. */
const redactAssignments = (text: string, mark: Mark): string =>
  text
    .replace(
      /((["']?)([\p{L}_][\p{L}\p{N}_. -]{1,48}?)\2[ \t]{0,4}(?:=>|:=|[:=])[ \t]{0,4})(?:"((?:[^"\\\n]|\\.){1,4096})"|'([^'\n]{1,4096})'|([^\s"',;&<>[\]{}]{1,4096}))/gu,
      (
        whole,
        lead: string,
        _quote: string,
        name: string,
        double?: string,
        single?: string,
        bare?: string,
        at = 0,
      ) => {
        const secret = double ?? single ?? bare ?? ''
        const named = secretOfName(name.trim().split(/[\s]+/).slice(-3).join(' '))
        if (!named || isPlaceholder(secret) || isRedactedAlready(secret) || isPlainWord(secret)) return whole
        if (bare !== undefined && isReference(bare)) return whole
        if (named.unsure && !looksRandom(secret)) return whole
        // "Password: see the wiki" is prose; "Password: hunter" alone on its line is not.
        const endsLine = /^[ \t,;]*(?:\r?\n|$)/.test(text.slice(at + whole.length, at + whole.length + 80))
        if (bare !== undefined && /^\p{L}{1,7}[.!?]?$/u.test(secret) && !/=\s*$/.test(lead) && !endsLine)
          return whole
        const quote = double !== undefined ? '"' : single !== undefined ? "'" : ''
        return `${lead}${quote}${mark(named.kind, decode(secret))}${quote}`
      },
    )
    .replace(
      /(<([A-Za-z][\w.:-]{1,40})(?: [^<>]{0,200})?>)([^<>\s][^<>]{2,4096})(?=<\/)/g,
      (whole, open: string, name: string, secret: string) => markNamed(whole, open, name, secret, mark),
    )
    .replace(ESCAPED_ELEMENT, (whole, open: string, name: string, secret: string) =>
      markNamed(whole, open, name, secret, mark),
    )
    .replace(FORM_PART, (whole, open: string, name: string, secret: string) =>
      markNamed(whole, open, name, secret, mark),
    )
    // Without "=" a word after an option may be prose: only one with a digit is taken for a value.
    .replace(OPTION, (whole, open: string, name: string, secret: string) =>
      /\d/.test(secret) ? markNamed(whole, open, name, secret, mark) : whole,
    )

const ESCAPED_ELEMENT = /(&lt;([A-Za-z][\w.:-]{1,40})&gt;)([^<>&\s][^<>&]{2,4096})(?=&lt;\/)/g
const FORM_PART =
  /(\bname="([^"\r\n]{1,80})"[^\r\n]{0,200}\r?\n(?:[^\r\n]{1,200}\r?\n){0,3}\r?\n)([^\r\n]{1,4096})/g
const OPTION = /((?<!\S)--([A-Za-z][\w-]{1,40}) {1,4})([^\s"'-][^\s"']{3,4095})/g

const markNamed = (whole: string, open: string, name: string, secret: string, mark: Mark): string => {
  const named = secretOfName(name)
  if (!named || isPlaceholder(secret) || isRedactedAlready(secret) || isPlainWord(secret)) return whole
  return named.unsure && !looksRandom(secret) ? whole : open + mark(named.kind, secret)
}

const isRedactedAlready = (text: string): boolean =>
  text.includes('[redacted') || text.includes('%5Bredacted')

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
