/**
 * The secrets that one visit has seen, and their disguises: as they are, JSON-escaped, percent-encoded, HTML-escaped, base64 and hex. Lives in
 * the page's process and is never stored. Bounded: the oldest is forgotten first.
 */
import type { SecretKind } from './secret-names.ts'

export interface SecretMemory {
  /** `typed`: the person typed it into a secret field, so that it counts however plain it looks. */
  readonly learn: (value: string, kind: SecretKind, how?: 'typed') => void
  /** The kind of a text that is a known secret as a whole. */
  readonly kindOf: (text: string, where?: 'name') => SecretKind | undefined
  /**
   * The text with every known secret inside it replaced by what `mark` says. In names (labels, types, ids) a password that is a plain word
   * ("admin") stays: the app's own words would be hidden, and tell nothing of it.
   */
  readonly scrub: (text: string, mark: (kind: SecretKind, secret: string) => string, where?: 'name') => string
}

const MAX_SECRETS = 512
const MAX_SECRET_LENGTH = 16 * 1024

export const createSecretMemory = (): SecretMemory => {
  const disguisesBySecret = new Map<string, Disguises>()

  const learn: SecretMemory['learn'] = (value, kind, how) => {
    for (const secret of new Set([value, value.trim()])) {
      if (secret.length < 3 || secret.length > MAX_SECRET_LENGTH || disguisesBySecret.has(secret)) continue
      if (!isTelling(secret, how === 'typed')) continue
      if (disguisesBySecret.size >= MAX_SECRETS) {
        const oldest = disguisesBySecret.keys().next().value
        if (oldest !== undefined) disguisesBySecret.delete(oldest)
      }
      disguisesBySecret.set(secret, disguisesOf(secret, kind))
    }
  }

  const kindOf: SecretMemory['kindOf'] = (text, where) =>
    where === 'name' && PLAIN_WORD.test(text.trim()) ? undefined : disguisesBySecret.get(text.trim())?.kind

  const scrub: SecretMemory['scrub'] = (text, mark, where) => {
    let scrubbed = text
    for (const [secret, { kind, anywhere, asWord }] of disguisesBySecret) {
      if (where === 'name' && PLAIN_WORD.test(secret)) continue
      for (const form of anywhere)
        if (scrubbed.includes(form)) scrubbed = scrubbed.replaceAll(form, () => mark(kind, secret))
      if (asWord && scrubbed.includes(secret))
        scrubbed = replaceWord(scrubbed, secret, () => mark(kind, secret))
    }
    return scrubbed
  }

  return { learn, kindOf, scrub }
}

interface Disguises {
  readonly kind: SecretKind
  /** Texts that give the secret away wherever they stand. */
  readonly anywhere: readonly string[]
  /** The secret is so short or plain that only a whole word gives it away. */
  readonly asWord: boolean
}

const PLAIN_WORD = /^[a-z]{1,8}$/i

/** A plain short word is everywhere on a page: unless it was typed as a password, hiding it would hide half the log. */
const isTelling = (secret: string, typed: boolean): boolean =>
  typed
    ? !/^(?:on|off|yes|true|false|null)$/i.test(secret)
    : secret.length >= 6 && !/^[a-z]{1,9}$|^[A-Z]?[a-z]{1,9}$|^\d{1,5}$/.test(secret)

const disguisesOf = (secret: string, kind: SecretKind): Disguises => {
  const asWord = secret.length < 6 || /^[a-z]{1,8}$/.test(secret)
  const bytes = new TextEncoder().encode(secret)
  const percent = encodePercent(secret)
  const forms = new Set([
    ...(asWord ? [] : [secret]),
    ...(secret.length < 6 ? [] : base64Forms(bytes)),
    ...(secret.length < 6 ? [] : [hex(bytes), hex(bytes).toUpperCase()]),
  ])
  for (const form of [
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    percent,
    percent.replaceAll('%20', '+'),
    percent.replaceAll(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`),
    percent.replaceAll(/%../g, (code) => code.toLowerCase()),
    encodePercent(percent),
    escapeHtml(secret),
    secret.replaceAll('\r\n', '\n'),
    secret.replaceAll(/\r?\n/g, '\r\n'),
  ])
    if (form !== secret && form.length >= 3) forms.add(form)
  return { kind, anywhere: [...forms].sort((a, b) => b.length - a.length), asWord }
}

/** The three ways in which base64 writes a run of bytes inside a longer one, without the characters that its neighbours share. */
const base64Forms = (bytes: Uint8Array): string[] => {
  const forms: string[] = []
  for (const shift of [0, 1, 2]) {
    const padded = new Uint8Array(shift + bytes.length)
    padded.set(bytes, shift)
    const whole = btoa(String.fromCharCode(...padded.subarray(0, 8192))).replace(/=+$/, '')
    const first = shift === 0 ? 0 : shift + 1
    const shared = (shift + Math.min(bytes.length, 8192 - shift)) % 3 === 0 ? 0 : 1
    const core = whole.slice(first, whole.length - shared)
    if (core.length >= 6) forms.push(core, core.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')

/** `encodeURIComponent`, except that a lone surrogate does not throw. */
const encodePercent = (text: string): string => {
  try {
    return encodeURIComponent(text)
  } catch {
    return text
  }
}

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const replaceWord = (text: string, word: string, mark: () => string): string => {
  let out = ''
  let from = 0
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    const whole = !isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + word.length])
    out += text.slice(from, at) + (whole ? mark() : word)
    from = at + word.length
  }
  return out + text.slice(from)
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}_]/u.test(character)
