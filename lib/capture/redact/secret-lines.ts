/**
 * How configuration files, commands and code write a secret: `.env` lines, YAML over several lines, attributes, CDATA, options of well-known
 * commands, router and SQL statements. Takes any text; what is none of these stays as it is. Patterns are linear: no nested repetition.
 */
import { mayNameSecret, type NamedSecret, type SecretKind, secretOfName } from './secret-names.ts'
import { isOpenHeader } from './secret-places.ts'
import { isPlaceholder, isPlainWord, isReference, looksRandom } from './secret-shapes.ts'

/** Notes a secret, and gives what stands for it. */
export type Mark = (kind: SecretKind, secret: string) => string

export const redactLines = (text: string, mark: Mark): string => {
  let rest = text
  if (MAY_BE_STATEMENT.test(rest))
    for (const { pattern, kind } of STATEMENTS)
      rest = rest.replace(pattern, (whole, open: string, secret: string) =>
        isShown(secret) || /^\d+$/.test(secret) ? whole : open + mark(kind, secret),
      )
  if (!mayNameSecret(rest)) return rest
  for (const pattern of NAMED)
    rest = rest.replace(pattern, (whole, open: string, name: string, secret: string) => {
      const named = secretOfName(name)
      return !named || named.unsure || isShown(secret) ? whole : open + mark(named.kind, secret)
    })
  rest = redactSpoken(rest, mark)
  rest = rest.replace(ENV_LINE, (whole, open: string, name: string, value: string) => {
    const named = secretOfName(name)
    if (!named || named.unsure || isShown(value) || /^["']|[\s;&][A-Za-z_][\w .]*=/.test(value)) return whole
    return open + mark(named.kind, value)
  })
  return /:(?:\s|$)/.test(rest) ? redactYaml(rest, mark) : rest
}

/** `Name: value` lines of a field that holds headers. */
export const redactHeaderLines = (text: string, mark: Mark): string =>
  text.replace(
    /^([ \t]*([\w-]{1,80}): *)([^\r\n]+)$/gm,
    (whole, open: string, name: string, value: string) =>
      isOpenHeader(name) || isShown(value) ? whole : open + mark(secretOfName(name)?.kind ?? 'header', value),
  )

const isShown = (value: string): boolean =>
  isPlaceholder(value) || isPlainWord(value) || isReference(value) || value.includes('[redacted')

const MAY_BE_STATEMENT =
  /curl|wget|https?\s|--(?:proxy-)?user|mysql|sshpass|login|chpasswd|password|secret|community|-key|\bkey|identified|WIFI:|mnemonic|seed|recovery|ldap|-U|SecureString|sips?:|:\d{1,5}[: ]|:\*:/i

/** (what comes before) (secret) */
const STATEMENTS: readonly { readonly pattern: RegExp; readonly kind: SecretKind }[] = [
  // curl -u user:password
  {
    pattern:
      /((?:\b(?:curl|wget|https?)\b[^\r\n|]{0,400}?\s-u|(?<!\S)--(?:proxy-)?user)[ =]["']?[^\s:"']{1,80}:)([^\s"']{3,400})/g,
    kind: 'password',
  },
  // mysql -pPassword, sshpass -p password, docker login -p password
  { pattern: /(\bmysql\w{0,10}\b[^\r\n|;]{0,200}?\s-p)([^\s"']{3,400})/g, kind: 'password' },
  {
    pattern:
      /(\b(?:sshpass|(?:docker|podman|helm|az|oras|registry) login)\b[^\r\n|;]{0,200}?\s-p[ =]?)([^\s"'-][^\s"']{2,400})/g,
    kind: 'password',
  },
  // root:password, for chpasswd
  {
    pattern:
      /(\bchpasswd:?[ \t]*\r?\n(?:[^\r\n]{0,80}\r?\n){0,3}?[ \t-]*[a-z_][\w-]{0,31}:)([^\s"':]{3,400})/g,
    kind: 'password',
  },
  {
    pattern: /(\b[a-z_][\w-]{0,31}:)([^\s"':]{3,400})(?=["']?[ \t]*\|[ \t]*(?:sudo )?chpasswd)/g,
    kind: 'password',
  },
  { pattern: /(\bmachine\s+\S{1,200}\s+login\s+\S{1,200}\s+password\s+)(\S{1,400})/g, kind: 'password' },
  // routers: username ana password 7 0822455D0A16
  {
    pattern:
      /(^[ \t]*(?:enable|username|neighbor|snmp-server|tacacs-server|radius-server|crypto|line|ppp|pre-shared-key|key-string|set)\b[^\r\n]{0,200}?\b(?:password|secret|community|pre-shared-key|key|key-string)[ \t]+(?:(?:\d|encrypted|plain-text|ascii-text|hash)[ \t]+)?)((?=[^\s]{0,400}\d)[^\s"']{3,400})/gm,
    kind: 'secret',
  },
  { pattern: /(^[ \t]*(?:pre-shared-key|key-string)[ \t]+)([^\s"']{3,400})/gm, kind: 'secret' },
  // ldapsearch -w password, smbclient -U user%password, ConvertTo-SecureString "password"
  { pattern: /(\bldap\w{1,20}\b[^\r\n|;]{0,300}?\s-w[ \t]+)([^\s"'-][^\s"']{2,400})/g, kind: 'password' },
  { pattern: /(\s-U[ \t]*[\w.\\/-]{1,80}%)([^\s"']{3,400})/g, kind: 'password' },
  { pattern: /(\bConvertTo-SecureString\s+(?:-String\s+)?["'])([^"'\r\n]{1,400})/gi, kind: 'password' },
  // host:port:database:user:password, [host]:port user:password
  {
    pattern: /(^[ \t]*[\w.*-]{1,200}:(?:\d{1,5}|\*):[^:\s]{1,80}:[^:\s]{1,80}:)(\S{3,400})(?=[ \t\r]*$)/gm,
    kind: 'password',
  },
  {
    pattern: /(^[ \t]*\[?[\w.-]{1,200}\]?:\d{1,5}[ \t]+[^\s:]{1,80}:)(\S{3,400})(?=[ \t\r]*$)/gm,
    kind: 'password',
  },
  { pattern: /(\bsips?:[^\s:@]{1,80}:)([^\s@]{1,200})(?=@)/g, kind: 'password' },
  {
    pattern: /(<input\b(?=[^<>]{0,400}\btype=["']?password)[^<>]{0,400}?\bvalue=["'])([^"'<>\r\n]{1,400})/gi,
    kind: 'password',
  },
  // SQL
  {
    pattern:
      /(\b(?:PASSWORD|IDENTIFIED(?: WITH [\w"'`]{1,40})?(?: BY| AS))(?: PASSWORD)?[ \t]+')([^'\r\n]{1,400})(?=')/gi,
    kind: 'password',
  },
  // A network as phones scan it.
  { pattern: /(\bWIFI:(?:[^;\s]{1,80};){0,4}P:)([^;\s][^;]{1,80})(?=;)/g, kind: 'password' },
  // Twelve and more words after a name that announces them.
  {
    pattern:
      /(\b(?:mnemonic|seed|recovery|secret)[\w -]{0,20}[:=][ \t]*["']?)((?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8})/gi,
    kind: 'private key',
  },
]

/** (what comes before (name)) (secret) */
const NAMED: readonly RegExp[] = [
  // "name": "DB_PASSWORD", "value": "x", in what is not quite JSON
  /(["'](?:name|key|variable|Name|Key)["']\s{0,8}:\s{0,8}["']([^"'\r\n]{1,80})["']\s{0,8},\s{0,40}["'](?:value|Value)["']\s{0,8}:\s{0,8}["'])([^"'\r\n]{1,4096})(?=["'])/g,
  // \"password\":\"x\", JSON inside a text of JSON
  /(\\+["']([\p{L}_][\p{L}\p{N}_. -]{1,48})\\+["'][ \t]{0,4}:[ \t]{0,4}\\+["'])([^"'\\\r\n]{1,4096})(?=\\)/gu,
  // <add key="ApiKey" value="x">, <entry key="db.password">x</entry>
  /(\b(?:key|name|id)="([^"\r\n]{1,80})"[^<>]{0,200}?\bvalue=")([^"\r\n]{1,4096})(?=")/gi,
  /(<[A-Za-z][^<>]{0,200}?\b(?:key|name)="([^"\r\n<>]{1,80})"[^<>]{0,200}>\s{0,40})([^<>\s][^<>]{2,4096})(?=<\/)/g,
  /(<([A-Za-z][\w.:-]{1,40})(?: [^<>]{0,200})?>\s{0,40}<!\[CDATA\[)([^\]]{1,4096})(?=\]\]>)/g,
  // define('DB_PASSWORD', 'x'), os.setenv("API_KEY", "x")
  /([\w.]{2,40}\(\s{0,8}["']([\p{L}_][\w. -]{1,48})["']\s{0,8},\s{0,8}["'])([^"'\r\n]{1,4096})(?=["'])/gu,
  // --from-literal=password=x, Environment="DB_PASSWORD=x"
  /((?<=[="';])([A-Za-z_][\w.-]{1,60})=)([^\s"';&]{1,400})/g,
  // <key>Password</key> <string>x</string>
  /(<key>([^<>]{1,80})<\/key>\s{0,40}<string>)([^<>]{1,4096})(?=<\/string>)/g,
  // ["API_KEY", "x"]
  /(\[\s{0,8}["']([A-Z][A-Z0-9]{0,30}_[A-Z0-9_]{1,60})["']\s{0,8},\s{0,8}["'])([^"'\r\n]{1,4096})(?=["']\s{0,8}\])/g,
  // password = """x""", password = <<EOT … EOT, Pwd={x}
  /(([\p{L}_][\p{L}\p{N}_. -]{1,48}?)[ \t]{0,4}[:=][ \t]{0,4}"""\s{0,8})([^"]{1,4096}?)(?=\s{0,8}""")/gu,
  /(([\p{L}_][\p{L}\p{N}_. -]{1,48}?)[ \t]{0,4}=[ \t]{0,4}<<[-~]?["']?\w{1,20}["']?[ \t]*\r?\n)([^\r\n]{1,4096})/gu,
  /(\b([A-Za-z][A-Za-z ]{1,30})=\{)([^{}\r\n]{1,4096})(?=\})/g,
]

/** `requirepass x`, `SetEnv DB_PASSWORD x`, "the password is x": only what is no word. */
const redactSpoken = (text: string, mark: Mark): string => {
  let name = ''
  return text.replace(/[^\s"';,<>|()]+/g, (word) => {
    const before = name
    if (IS.test(word)) return word
    name = word
    if (word.length < 8 || before === '' || !/\d/.test(word) || word.includes('=')) return word
    if (isShown(word) || !looksRandom(word, 8) || !/^[A-Za-z][\w.-]{2,60}$/.test(before)) return word
    const named = secretOfName(before)
    return named && !named.unsure ? mark(named.kind, word) : word
  })
}

const IS = /^(?:is|was|ist|war|lautet|est|es|:|=)$/

/** Names in capitals have all of their line: blanks, `&` and `;` are the value's. */
const ENV_LINE =
  /^([ \t]{0,20}(?:export[ \t]{1,4}|set[ \t]{1,4}|-[ \t]{1,4}|ENV[ \t]{1,4}|ARG[ \t]{1,4})?([A-Z][A-Z0-9_]{1,80})=)([^\r\n]{1,4096}?)(?=[ \t\r]*$)/gm

interface Line {
  readonly text: string
  /** Where its key begins, after the dashes of lists. */
  readonly indent: number
  readonly isItem: boolean
  readonly key?: string
  readonly value: string
  /** All before the value. */
  readonly open: string
}

const lineOf = (text: string): Line => {
  const [, lead = '', quote = '', key, colon = ''] =
    /^([ \t]{0,200}(?:-[ \t]{1,8}){0,4})(["']?)([\p{L}\p{N}_./-]{1,80})\2([ \t]{0,8}:(?:[ \t]{1,8}|$))/u.exec(
      text,
    ) ?? []
  if (key === undefined) {
    const [open = ''] = /^[ \t]{0,200}(?:-[ \t]{1,8}){0,4}/.exec(text) ?? []
    return { text, indent: open.length, isItem: open.includes('-'), value: text.slice(open.length), open }
  }
  const open = lead + quote + key + quote + colon
  return { text, indent: lead.length, isItem: lead.includes('-'), key, value: text.slice(open.length), open }
}

/**
 * YAML that says a name on one line and its secret on others: blocks, lists, `name:` and `value:`, the data of a `kind: Secret`. A value on the
 * line of its name that has no blanks is taken whole. Nothing else of YAML is understood.
 */
const redactYaml = (text: string, mark: Mark): string => {
  let isSecretDocument = false
  /** What is deeper than this is the secret's. */
  let under: { readonly indent: number; readonly kind: SecretKind; readonly isBlock: boolean } | undefined
  let sibling: { readonly indent: number; readonly named: NamedSecret } | undefined
  const lines = text.split('\n')
  const documents = secretDocuments(lines)
  return lines
    .map((written, at) => {
      const end = written.endsWith('\r') ? '\r' : ''
      const line = lineOf(end ? written.slice(0, -1) : written)
      if (line.text.trim() === '') return written
      isSecretDocument = documents.has(at) ? documents.get(at) === true : isSecretDocument
      const hide = (kind: SecretKind): string => {
        const [, quote = '', bare = line.value] = /^(["'])(.*)\1\s*$/.exec(line.value) ?? []
        return isPlaceholder(bare) || bare.includes('[redacted')
          ? written
          : line.open + quote + mark(kind, bare.trim()) + quote + end
      }
      if (under) {
        const isInside =
          line.isItem && line.key === undefined ? line.indent > under.indent : line.indent > under.indent
        if (isInside && under.isBlock) {
          const [lead = ''] = /^\s*/.exec(line.text) ?? []
          return line.text.includes('[redacted') ? written : lead + mark(under.kind, line.text.trim()) + end
        }
        if (isInside && line.value !== '' && (line.key === undefined ? line.isItem : isSecretDocument))
          return BLOCK.test(line.value) ? written : hide(under.kind)
        if (isInside && isSecretDocument) return written
        under = undefined
      }
      if (line.key === undefined) return written
      const named = secretOfName(line.key)
      const kind = named && !named.unsure ? named.kind : undefined
      if (isSecretDocument && line.indent === 0 && /^(?:data|stringData)$/.test(line.key)) {
        under = { indent: 0, kind: 'secret', isBlock: false }
        return written
      }
      if (kind && (line.value.trim() === '' || BLOCK.test(line.value))) {
        under = { indent: line.indent, kind, isBlock: line.value.trim() !== '' }
        return written
      }
      if (/^(?:name|key)$/i.test(line.key)) {
        const meant = secretOfName(line.value.replaceAll(/["']/g, ''))
        sibling = meant && !meant.unsure ? { indent: line.indent, named: meant } : undefined
        return written
      }
      if (sibling && line.indent === sibling.indent && /^value$/i.test(line.key))
        return hide(sibling.named.kind)
      if (sibling && line.indent < sibling.indent) sibling = undefined
      return kind && /^[^\s"'{[&*!|>#][^\s]*[^\s\w][^\s]*\s*$/.test(line.value) && !isShown(line.value)
        ? hide(kind)
        : written
    })
    .join('\n')
}

/** `|`, `>-`, `|2` */
const BLOCK = /^[|>][+-]?\d?[+-]?\s*$/

/** Line at which a document begins → whether it is a `kind: Secret`. */
const secretDocuments = (lines: readonly string[]): ReadonlyMap<number, boolean> => {
  const documents = new Map<number, boolean>([[0, false]])
  let begin = 0
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('---')) {
      begin = at
      documents.set(at, false)
    }
    if (/^kind:\s*["']?Secret["']?\s*$/.test(line)) documents.set(begin, true)
  }
  return documents
}
