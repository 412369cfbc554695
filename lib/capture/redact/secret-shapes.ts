/**
 * What a value says about itself: the maintained rule set of shapes that are secrets wherever they stand (keys by prefix, JWT, PEM,
 * password hashes, Authorization values), and what only looks random. Knows no names. Patterns are linear: no nested repetition.
 */
import type { SecretKind } from './secret-names.ts'

export interface Shape {
  readonly pattern: RegExp
  readonly kind: SecretKind
}

const END = '(?![A-Za-z0-9_-])'
const START = '(?<![A-Za-z0-9])'
const shape = (source: string, kind: SecretKind): Shape => ({
  pattern: new RegExp(START + source + END, 'g'),
  kind,
})

/** To be searched in any text. Sources: the vendors' own pages on key formats and secret scanning. */
export const SHAPES: readonly Shape[] = [
  {
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----|$)/g,
    kind: 'private key',
  },
  {
    pattern: /-----BEGIN OpenVPN Static key V1-----[\s\S]*?(?:-----END OpenVPN Static key V1-----|$)/g,
    kind: 'private key',
  },
  // The same without their armour: PKCS#8, PKCS#1, SEC 1, OpenSSH, PKCS#12, as base64 begins.
  {
    pattern:
      /(?<![A-Za-z0-9+/])(?:MII[A-Za-z0-9+/]{3}IBADANBgkqhkiG9w0BAQ|MII[A-Za-z0-9+/]{3}IBAAK[BC]|MII[A-Za-z0-9+/]{3}BOBgkqhkiG9w0BBQ0|MII[A-Za-z0-9+/]{3}IBAzCC|MI[GH][A-Za-z0-9+/]{1,3}AgEAM[A-Za-z0-9+/]{1,4}ByqGSM49AgEG|MHcCAQEEI|MIGkAgEBBD|MC4CAQAwBQYDK2VwBCIEI|b3BlbnNzaC1rZXktdjE)[A-Za-z0-9+/\s]*={0,2}/g,
    kind: 'private key',
  },
  { pattern: /PuTTY-User-Key-File-\d[\s\S]*?(?:Private-MAC: ?\S+|$)/g, kind: 'private key' },
  { pattern: /AGE-SECRET-KEY-1[A-Z0-9]{20,}/g, kind: 'private key' },
  // JSON Web Token, also encrypted ones (five parts).
  { pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}/g, kind: 'token' },
  shape('(?:AKIA|ASIA|ABIA|ACCA|AGPA|AROA|AIPA|ANPA)[A-Z2-7]{16}', 'key'),
  shape('gh[pousr]_[A-Za-z0-9]{20,}', 'token'),
  shape('github_pat_[A-Za-z0-9_]{20,}', 'token'),
  shape('gl(?:pat|rt|dt|ptt|cbt|ft|soat|imt|agent|oas|ffct|wt)-[A-Za-z0-9_.=-]{16,}', 'token'),
  shape('(?:sk|rk|pk|whsec|sess|ek)_(?:live_|test_|prod_)?[A-Za-z0-9+/=]{16,}', 'key'),
  shape('whsec_[A-Za-z0-9+/=]{16,}', 'key'),
  shape('xox[abeoprs](?:-[A-Za-z0-9.]+)+', 'token'),
  shape('xapp-[A-Za-z0-9-]{16,}', 'token'),
  shape('AIza[A-Za-z0-9_-]{30,}', 'key'),
  shape('ya29\\.[A-Za-z0-9_-]{20,}', 'token'),
  shape('GOCSPX-[A-Za-z0-9_-]{20,}', 'secret'),
  shape('sk-(?:[a-z]+-){0,3}[A-Za-z0-9_-]{20,}', 'key'),
  shape(
    '(?:npm|hf|pul|dp|dckr_pat|nfp|lin_api|ntn|shpat|shpss|shpca|shppa|sntrys|sntryu|rpa|tskey|pat|phx|phc|glsa|glc|dop_v1|doo_v1|dor_v1|pscale_[a-z]+|ops|figd|rnd|sbp|vercel|fly)_[A-Za-z0-9_=-]{16,}',
    'token',
  ),
  shape('(?:pypi|tskey|PMAK|key|NRAK|ATATT3|ATCTT3|ATBB|dapi|lsv2|r8)[-_]?[A-Za-z0-9_=-]{24,}', 'token'),
  shape('SG\\.[A-Za-z0-9_-]{16,}\\.[A-Za-z0-9_-]{16,}', 'key'),
  shape('(?:SK|AC)[0-9a-f]{32}', 'key'),
  shape('(?:hv[sbr]|dp\\.[a-z]{2,5})\\.[A-Za-z0-9_-]{20,}', 'token'),
  shape('[0-9a-f]{32}-us\\d{1,2}', 'key'),
  shape('[A-Za-z0-9_~.-]{3}\\dQ~[A-Za-z0-9_~.-]{30,}', 'secret'),
  shape('sq0[a-z]{3}-[A-Za-z0-9_-]{20,}', 'token'),
  shape('EAA[A-Z][A-Za-z0-9]{40,}', 'token'),
  shape('HRKU-[A-Za-z0-9_-]{20,}', 'token'),
  shape('[A-Za-z0-9]{14}\\.atlasv1\\.[A-Za-z0-9_=-]{40,}', 'token'),
  shape('pat[A-Za-z0-9]{14}\\.[0-9a-f]{40,}', 'token'),
  shape('secret_[A-Za-z0-9]{40,}', 'token'),
  shape('[12]/\\d{12,}:[0-9a-f]{32}', 'token'),
  shape('pk_\\d{3,12}_[A-Z0-9]{20,}', 'token'),
  shape('pat-[a-z]{2}\\d-[0-9a-f]{8}-[0-9a-f-]{27}', 'token'),
  // Payment cards as they are written in groups of four.
  {
    pattern: /(?<![\d-])(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|5\d\d))([ -])\d{4}\1\d{4}\1\d{4}(?![\d-])/g,
    kind: 'card',
  },
  // A chat bot's, also in addresses: /bot123:AA…
  { pattern: /(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{30,}/g, kind: 'token' },
  // scope:environment.hash, and vendor_kind_random
  shape('[\\w*.-]{1,40}:[\\w*-]{1,40}\\.[0-9a-f]{32,}', 'token'),
  shape('[a-z][a-z0-9]{1,15}_(?:live|test|prod|dev|sk|pat|key|secret|token|api)_[A-Za-z0-9]{16,}', 'token'),
  // password hashes: bcrypt, crypt(3), argon2, scrypt, PBKDF2, phpass, LDAP
  { pattern: /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{50,}/g, kind: 'hash' },
  { pattern: /\$(?:1|5|6|7|y|gy|apr1|md5|sha1|P|H|S)\$[^\s"':,;]{8,}/g, kind: 'hash' },
  { pattern: /\$(?:argon2(?:id|i|d)|scrypt|pbkdf2[a-z0-9-]*|bcrypt-sha256)\$[^\s"']{16,}/g, kind: 'hash' },
  { pattern: /(?:pbkdf2|scrypt|bcrypt|argon2)(?:[_:][a-z0-9:]*)?\$[^\s"']{16,}/g, kind: 'hash' },
  {
    pattern: /\{S?(?:SHA|MD5|SSHA|SHA256|SSHA256|SHA512|SSHA512|CRYPT)\}[A-Za-z0-9+/=$.]{16,}/gi,
    kind: 'hash',
  },
  // Authorization values
  {
    pattern: /(?<![A-Za-z])(?:Bearer|Token|ApiKey|GenieKey|SSWS|PRIVATE-TOKEN:?) +[A-Za-z0-9._~+/=:-]{12,}/g,
    kind: 'token',
  },
  { pattern: /(?<![A-Za-z])(?:Basic|Negotiate|NTLM) +[A-Za-z0-9+/_-]{8,}={0,2}/g, kind: 'credentials' },
  { pattern: /(?<![A-Za-z])Digest +[a-z]+="[^"]*"[^\r\n]*/g, kind: 'credentials' },
  // chat and alert hooks, whose address is the key
  { pattern: /(?<=hooks\.[a-z0-9.-]{1,60}\/)[A-Za-z0-9_-]+\/[A-Za-z0-9_/-]{12,}/g, kind: 'token' },
  { pattern: /(?<=\/(?:api\/)?webhooks\/\d{5,25}\/)[A-Za-z0-9_-]{16,}/g, kind: 'token' },
  { pattern: /(?<=\/IncomingWebhook\/)[A-Za-z0-9_/-]{16,}/g, kind: 'token' },
]

/** "Unchanged" as servers and forms write it: stars, bullets, `<hidden>`, nothing. */
export const isPlaceholder = (value: string): boolean => {
  const text = value.trim()
  if (text === '') return true
  if (text.length <= 80 && /^[*•●·∙⬤xX#._\u2022-]{2,}$/.test(text))
    return !/^[xX]{2}$/.test(text) || text.length > 2
  return (
    text.length <= 60 &&
    /^[<[({_*%]*\s*(?:(?:value |password |secret |token )?(?:is )?(?:hidden|redacted|masked|unchanged|secret|encrypted|not shown|no change|unset|not set|set|concealed|protected|sensitive|filtered))\s*[>\])}_*%]+$/i.test(
      text,
    )
  )
}

/** Words, numbers, switches, dates and durations: no secrets even where the name promises one (except passwords). */
export const isPlainWord = (value: string): boolean =>
  /^(?:none|null|nil|undefined|true|false|yes|no|on|off|enabled?|disabled?|required?|optional|mandatory|default|auto(?:matic)?|manual|always|never|basic|bearer|digest|oauth2?|saml|oidc|jwt|api ?key|strict|lax|weak|medium|strong|any|all|public|private|custom|standard|inherit(?:ed)?|client|server|admin|user|frontend|backend|read-?only|read|write|full-access|local|ldap|unlimited|personal|service|session|permanent|token|password|secret|key|-1|n\/a)$/i.test(
    value,
  ) || isSwitchOrDate(value)

export const isSwitchOrDate = (value: string): boolean =>
  /^(?:true|false|yes|no|on|off|[+-]?\d{1,3}(?:\.\d+)?|\d+ ?(?:ms|s|m|h|d|w|y|sec|min|minutes?|hours?|days?|weeks?|months?|years?)|\d{4}-\d\d-\d\d(?:[T ][\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)$/i.test(
    value,
  )

/** Where a text says where the secret comes from, not what it is: `${DB_PASSWORD}`, `{{ token }}`, `process.env.KEY`, `getToken()`. */
export const isReference = (value: string): boolean =>
  /^(?:\$\{\{?[\w .:-]{1,80}\}\}?|\{\{[^{}]{1,80}\}\}|\$[A-Z_][A-Z0-9_]*|%[A-Z_]{1,80}%|(?:process\.env|secrets|vars|env|var|os\.environ)\.[\w.]{1,80}|[A-Za-z_$][\w.$]{0,80}\([^()]{0,80}\)?)$/.test(
    value,
  )

/** Random to the eye: long, no spaces, several kinds of characters, and no address, path, date, version or dotted name. */
export const looksRandom = (value: string, least = 16): boolean => {
  if (value.length < least || value.length > 8192 || /\s/.test(value)) return false
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|\/|\.{1,2}\/|[\w.+-]+@[\w-]+\.|[a-z]:\\)/i.test(value)) return false
  if (/^\d{4}-\d\d-\d\d/.test(value) || /^v?\d+(?:\.\d+){1,3}/.test(value)) return false
  if (/^[a-z]+(?:[-_./ ][a-z]+)+\d{0,4}$/i.test(value) || /^[a-z]+\d{0,4}$/.test(value)) return false
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((kind) => kind.test(value)).length
  return kinds >= 2 && bitsPerCharacter(value) >= (value.length < 16 ? 2.5 : 3)
}

const bitsPerCharacter = (text: string): number => {
  const counts = new Map<string, number>()
  for (const character of text.slice(0, 512)) counts.set(character, (counts.get(character) ?? 0) + 1)
  const length = Math.min(text.length, 512)
  let bits = 0
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length)
  return bits
}

/** Public halves of key pairs and certificates are no secrets, unless the private one comes after. */
export const isPublicKey = (value: string): boolean =>
  !value.includes('PRIVATE KEY') &&
  /^\s*(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-|sk-ssh-|-----BEGIN (?:PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE|PGP PUBLIC KEY|SSH2 PUBLIC))/.test(
    value,
  )

/** Cheap and generous: whether any of the shapes could be in a text. */
export const mayHoldShape = (text: string): boolean =>
  /[A-Za-z0-9_+/=.-]{14}|\d{4}[ -]\d{4}|\$[A-Za-z0-9]|-----BEGIN|PuTTY|\{S?(?:SHA|MD5|CRYPT)|(?:bearer|basic|token|digest|ntlm|negotiate|apikey|ssws) /i.test(
    text,
  )
