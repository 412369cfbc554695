/**
 * What a field's name or label says about its value: is a secret meant, and of which kind? Works on whole words, so that
 * `password_policy`, `tokenCount` and `passwordless` are no secrets while `newPass2` and "API key" are. Knows no values.
 */

/** The reason that stands in the mark. */
export type SecretKind =
  | 'password'
  | 'pin'
  | 'one-time code'
  | 'token'
  | 'key'
  | 'private key'
  | 'secret'
  | 'credentials'
  | 'card'
  | 'hash'
  | 'header'
  | 'environment'
  | 'rule'

export interface NamedSecret {
  readonly kind: SecretKind
  /** The name alone isn't enough: the value must look random too. */
  readonly unsure?: true
  /** The name says only "key": what opens something is long, and random from end to end. */
  readonly bare?: true
  /** The field's type or the user's own rule says so: whatever stands there is secret. */
  readonly sure?: true
}

/** `newPass2` → new pass 2, `config[smtp.apiKey]` → config smtp api key. Letters of any script. */
export const wordsOf = (name: string): string[] =>
  name
    .slice(0, 200)
    .normalize('NFC')
    .replace(/(\p{Ll}|\d)(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .replace(/(\p{L}{3,})(\d+)/gu, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)

/** What the name promises, or undefined where it promises no secret. Sentences of more than eight words promise nothing. */
export const secretOfName = (written: string): NamedSecret | undefined => {
  // Full-width letters are letters.
  const name = /^[ -~]*$/.test(written) ? written : written.normalize('NFKC')
  if (!mayNameSecret(name)) return undefined
  const words = wordsOf(name)
  if (words.length === 0 || words.length > 8) return undefined
  const text = words.join(' ')
  const last = lastTerm(text)
  if (!last) return undefined
  const before = text.slice(0, last.start).split(' ').filter(Boolean)
  const after = text.slice(last.end).split(' ').filter(Boolean)
  if (after.some((word) => ABOUT_A_SECRET.has(word))) return undefined
  const nearest = before.at(-1)
  if ([before[0], nearest].some((word) => word !== undefined && ABOUT_HAVING.has(word))) return undefined
  if (nearest === 'public' || before[0] === 'public') return undefined
  if (after.includes('hash') || after.includes('digest') || after.includes('salt')) return { kind: 'hash' }
  return last.unsure ? { kind: last.kind, unsure: true } : { kind: last.kind }
}

/** Cheap and generous: whether any word of the vocabulary could be in a text. */
export const mayNameSecret = (text: string): boolean =>
  /pat|p[a4]ss|pwd|psw|pw|pswd|wort|woord|l\u00f6senord|lo\u0308senord|salasana|senha|contrase|heslo|has\u0142o|parola|\u043f\u0430\u0440\u043e\u043b|\u5bc6|\u30d1\u30b9|adgang|passor|jelsz|[s\u015f]ifre|\ube44\ubc00|sandi|kh[a\u1ea9]u|lozink|geslo|parool|\u03ba\u03c9\u03b4\u03b9\u03ba|\u0e23\u0e2b\u0e31\u0e2a|pin|puk|otp|code|card|cc|cv[vcn]|csc|ssn|key|pem|seed|mnemonic|phrase|psk|token|jeton|jwt|bearer|sectok|srf|nonce|authent|secret|geheim|pepper|salt|cred|connection|community|auth|cookie|answer|schl|clave|ses|sid|sig|dsn|invite|magic/i.test(
    text,
  )

interface Term {
  readonly pattern: RegExp
  readonly kind: SecretKind
  readonly unsure?: true
}

const PASSWORD =
  '\\p{L}*(?:p[a4]ssw[o0]rd|password|passwd|passphrase|passcode|passwort|kennwort|wachtwoord|l\u00f6senord|salasana|senha|contrase\u00f1a|contrasena|heslo|has\u0142o|parola|\u043f\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u5bc6\u78bc|\u30d1\u30b9\u30ef\u30fc\u30c9|adgangskode|passord|jelsz[o\u00f3]|\u015fifre|sifre|\ube44\ubc00\ubc88\ud638|kata sandi|m[a\u1ead]t kh[a\u1ea9]u|lozinka|geslo|parool|\u03ba\u03c9\u03b4\u03b9\u03ba[o\u03cc]\u03c2|\u0e23\u0e2b\u0e31\u0e2a\u0e1c\u0e48\u0e32\u0e19)'
const PASS =
  '(?:user|new|old|my|require|cur|current|db|smtp|ftp|ldap|mysql|pg|root|admin|bind|login|mail|proxy|re|conf|confirm|verify|auth|http|imap|pop|snmp|wifi|radius|tmp|temp|sys|vpn|key|priv)?(?:pass|pwd|pw|psw|passw|pswd)(?:wd|phrase|code|chk|check|conf|confirm|verify|again|repeat|rpt|new|old)?'

const TERMS: readonly Term[] = [
  { pattern: /(?:one time|single use) (?:code|password|passcode|pin|token)s?/gu, kind: 'one-time code' },
  { pattern: /(?:otp|totp|hotp)(?: (?:code|secret|seed))?/gu, kind: 'one-time code' },
  {
    pattern:
      /(?:verification|recovery|backup|authenticator|authentication|2fa|mfa|two factor|second factor|sms|login|security|scratch|confirmation) codes?/gu,
    kind: 'one-time code',
  },
  {
    pattern: /(?:card|cc|credit card) (?:number|num|no|nr)|cardnumber|ccnum(?:ber)?|cvv|cvc|csc|cvn|ssn/gu,
    kind: 'card',
  },
  {
    pattern: new RegExp(`(?:${PASSWORD}|${PASS})s?|mot de passe|pass (?:word|phrase|code)`, 'gu'),
    kind: 'password',
  },
  { pattern: /(?:security|secret) (?:questions? )?answers?/gu, kind: 'password' },
  { pattern: /clave/gu, kind: 'password', unsure: true },
  { pattern: /(?:pin|door|alarm|gate|lock)(?: (?:code|number))|pin|puk|pincode/gu, kind: 'pin' },
  {
    pattern:
      /(?:private|priv|secret) (?:key|pem)s?|privatekey|privkey|seed phrase|mnemonic|recovery phrase/gu,
    kind: 'private key',
  },
  {
    pattern:
      /(?:api|access|signing|signature|encryption|encrypt|decryption|master|shared|pre ?shared|auth|authentication|authorization|webhook|wpa|wep|hmac|jwt|recovery|license|licence|ingest|ingestion|admin|storage|deploy|tsig|rndc|setup|manual entry|plaintext|hmac) keys?|(?:api|privater?|geheimer?|zugangs|client) ?schl(?:\u00fc|ue)ssel|(?:api|access|secret|auth|signing|shared|master|encryption|private|license)keys?|psk|appkey/gu,
    kind: 'key',
  },
  {
    pattern:
      /(?:client|consumer|host|app|application|account|service|server|product|session|integration|registration|subscription|ssh|ssl|tls|rsa|gpg|pgp|activation|security|write|read|write only|cookie|hash) keys?/gu,
    kind: 'key',
    unsure: true,
  },
  {
    pattern: /\p{L}*(?:token|jeton)s?|jwt|bearer|sectok|xsrf|csrf|\p{L}*nonce|authenticity/gu,
    kind: 'token',
  },
  { pattern: /(?:client|app|shared|webhook)?secrets?|geheimnis|pepper|salt/gu, kind: 'secret' },
  { pattern: /pat/gu, kind: 'token', unsure: true },
  { pattern: /seed/gu, kind: 'secret', unsure: true },
  {
    pattern:
      /credentials?|creds|connection string|snmp community|community string|authorization|masterauth/gu,
    kind: 'credentials',
  },
  {
    pattern:
      /auth|cookies?|session id|sid|sessid|phpsessid|jsessionid|signature|sig|dsn|invite (?:link|url|code)|magic link/gu,
    kind: 'credentials',
    unsure: true,
  },
]

/** The term that ends last, whole words only; of two that end together the longer. */
const lastTerm = (
  text: string,
): { start: number; end: number; kind: SecretKind; unsure?: true } | undefined => {
  let best: { start: number; end: number; kind: SecretKind; unsure?: true } | undefined
  for (const { pattern, kind, unsure } of TERMS) {
    for (const match of text.matchAll(pattern)) {
      const start = match.index
      const end = start + match[0].length
      if ((start > 0 && text[start - 1] !== ' ') || (end < text.length && text[end] !== ' ')) continue
      if (best && (best.end > end || (best.end === end && best.start <= start))) continue
      best = unsure ? { start, end, kind, unsure } : { start, end, kind }
    }
  }
  return best
}

const setOf = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** After a term these make the name speak about a secret instead of holding one: `token_lifetime`. */
const ABOUT_A_SECRET = setOf(
  'policy policies lifetime ttl expiry expires expire expired expiration expiring age length len min max minimum maximum count counts type types name names id ids uuid url urls uri endpoint enabled enable disabled disable required requirement requirements rotation rotate hint strength reset resets resetting change changed changes changing updated created modified last used prefix field fields format header label description comment note notes scope scopes status state mode method methods algorithm alg provider issuer audience source store manager limit limits usage used budget size interval days day hours hour minutes minute seconds second months ms history complexity set visible visibility placeholder title page form authentication login grant flow bucket rate window total version exists exist configured present reference path dir directory location protected protection permissions permission role roles options option settings setting allowed valid validity validation invalid attempts retries retry management rules rule expression regex pattern timeout period date time per auth based holder support supported quota price cost pricing timestamp public index indices domain domains realm richtlinie richtlinien',
)

/** Before a term these ask whether there is one, or how many. */
const ABOUT_HAVING = setOf(
  'has have having is are isset use uses using used require requires required allow allows allowed enable enables enabled disable disables disabled max min minimum maximum num number count total show shows hide hides display forgot forget lost force forces must can should without generate send expire remember save',
)
