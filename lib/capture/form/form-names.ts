/** What the names of form fields mean, whatever the app: which carry no value of their own, which say what to do, which hold ids. */
import { inEnglish } from '../foreign-verbs.ts'
import { singular, splitWords, verbOf } from '../words.ts'

/** `a[b][]` → a, b; `smtp.host` → smtp, host. An empty last bracket (a list) is left out. */
export const fieldKeys = (name: string): string[] => {
  const bracketed = /^([^[\]]+)((?:\[[^[\]]*\])+)$/.exec(name)
  if (bracketed)
    return [bracketed[1] as string, ...(bracketed[2] as string).slice(1, -1).split('][')].filter(
      (key) => key !== '',
    )
  return /^[a-z_][\w-]*(?:\.[a-z_][\w-]*)+$/i.test(name) ? name.split('.') : [name.replace(/\[\]$/, '')]
}

/** Tokens, return addresses, encodings, view states: sent along, never a value of the resource. */
export const isPlumbingName = (name: string): boolean => {
  const words = splitWords(name)
  const text = words.join(' ')
  return (
    /\b(?:csrf\w*|xsrf|\w*nonce|sectok|authenticity token|csrfmiddlewaretoken|request token|form token|verification token|session (?:key|id|token)|sesskey|crumb|sid|phpsessid|antiforgery|__?token)\b/.test(
      text,
    ) ||
    /^(?:token|formkey|form key|form build id|form id|form uid|form type|utf 8|utf8|charset|max file size|viewstate\w*|eventvalidation|eventtarget|eventargument|lastfocus|previouspage|honeypot|changecheck|checksum|etag|submitted|is submitted|ajax request|ajax page request|json|form submitted|form sent|dosubmit|timestamp|pagegen timestamp|time|now|rnd|random|nocache|cachebuster|lock ?version|last ?modified|ajax|is ajax|format|wt|isajax|inajax|xhr|pjax|partial|js|javascript enabled|has js|screen id|has focus|interval|scroll ?(?:top|left|x|y|pos\w*)|\w* scroll ?top)$/.test(
      text,
    ) ||
    /(?:^|\b)(?:http )?(?:referer|referrer)$|^(?:return|return ?to|return ?url|back|back ?url|backurl|redirect|redirect ?to|redirect ?url|redirect ?uri|next|next ?url|next ?page|continue|destination|goto|came from|from|ref|url ?referrer|success ?url|cancel ?url|origin ?url)$/.test(
      text,
    ) ||
    /^__|_csrf|^ctoken$|_submit(?:ted)?$/i.test(name)
  )
}

/** A token that proves the request came from the app's own page: who changes something by GET sends one. */
export const isProofToken = (name: string): boolean =>
  /nonce|csrf|xsrf|sectok|token|sesskey|formkey|authenticity|^(?:_?hash|sid|auth|sig|signature|check|crumb|__?h|confirm|key)$|[-_.]crumb$/i.test(
    name,
  )

/** Places where apps put the verb. */
export const isActionName = (name: string): boolean =>
  /^_?(?:action\d?|act|actn|do|do_?action|op|oper|opt|operation|cmd|command|task|fn|func|function|mode|event|todo|call|_?method|req|request|ajax|ajax_?action|bulk_?action\d?|sub_?action|form_?action|sa|what|verb|step|submit_?action|btn_?action|button_?action|action_?type|type_?action|a|m|q|page_?action|drp_action)$/i.test(
    name,
  )

/** Boxes before the rows of a list, by their usual names. */
export const isPickName = (name: string): boolean =>
  /(?:^|[_-])(?:ids|selected|checked|sel|cid|chk|cb|pks?|uids?|picked|marked|selection|selected_action|selected_ids|check|checkbox|rows|select_\w+|selected_\w+)$/i.test(
    name,
  ) ||
  /^[a-z]{3,20}ids$/i.test(name) ||
  /^(?:chk|sel|cb|check|select|item|row|mark|del|delete|remove)(?:_?(?:item|row|id)s?)?$/i.test(name)

/** Places where apps that have one address put the name of the page. */
export const isPlaceName = (name: string): boolean =>
  /^(?:page|tab|section|sec|view|module|mod|controller|ctrl|do|area|option_page|screen|menu|panel|obj|object|entity|table|model|resource|taxonomy|post_type|content_type|type|component|com|pg|subpage|route|r|go|t|exec|node|settings_group|group_name)$/i.test(
    name,
  )

/** What frameworks call the button that sends the form; its value says what was pressed. */
export const isButtonName = (name: string): boolean => /^(?:commit|submit|button|btn)$/i.test(name)

/** A button's name that tells nothing. */
export const isNeutralName = (name: string): boolean =>
  name === '' ||
  /^(?:submit\w{0,4}|submit_?type|_?commit|btn\w*|button\w*|b|s|go|ok|yes|apply|send|submitbutton|x|y|form_submit|op|action|doit|do|confirm(?:ed|ation)?|proceed|continue|next|finish|sure|really)$/i.test(
    name,
  )

/** Words of a verb's object that name nothing: "Save changes", "Delete selected", "Add new". */
const EMPTY_NOUNS = new Set(
  'change changes selected all new inline item items row rows entry it this that these them data form submit now here more another and the a an to of my your our for with page values value record records field fields setting bulk ajax action many multiple checked quick post2 button save update only go admin panel request do object continue close edit editing add adding modify changed details detail information info as default main sure confirm trash trashbin bin recycle popup dialog modal'.split(
    ' ',
  ),
)

/** The noun in `delete-tag`, `createuser`, "Add New Category". */
export const nounOf = (words: readonly string[]): string | undefined => {
  const nouns = words.filter((word) => word.length > 2 && !EMPTY_NOUNS.has(word) && !/^\d+$/.test(word))
  return nouns.length === 0 || nouns.length > 3 ? undefined : nouns.join(' ')
}

/** A verb and its object, also where they are one word: `createuser`. */
export const readVerb = (
  text: string,
):
  | { kind: string; word: string; verb?: NonNullable<ReturnType<typeof verbOf>>['verb']; rest: string[] }
  | undefined => {
  const plain = withoutControlKind(text.trim().slice(0, 80)).replace(
    /(?<=.{3})[_-](?:submit|button|btn|action)$/i,
    '',
  )
  if (plain === '' || /^-?\d+$/.test(plain)) return undefined
  const words = splitWords(plain)
  const joined = words.map(inEnglish).join(' ')
  if (NOTHING.test(joined)) return { kind: 'nothing', word: joined, rest: [] }
  if (SESSION.test(joined)) return { kind: 'session', word: joined, rest: [] }
  const found = verbOf(plain)
  if (found && !(found.verb.kind === 'read' && words.length > 4))
    return { kind: found.verb.kind, word: found.verb.word, verb: found.verb, rest: firstOf(found.rest) }
  const glued =
    /^(create|add|insert|update|edit|modify|save|store|delete|remove|del|trash|enable|disable|activate|deactivate|approve|change|publish|rename)(?:_?)([a-z]{3,30})$/.exec(
      words[0] ?? '',
    )
  if (glued && !ONE_WORD.test(glued[0])) {
    const verb = verbOf(glued[1] as string)?.verb
    if (verb) return { kind: verb.kind, word: verb.word, verb, rest: [glued[2] as string, ...words.slice(1)] }
  }
  return undefined
}

/** "Save and display": what comes after is another thing that is done. */
const firstOf = (words: readonly string[]): string[] =>
  words.includes('and') ? words.slice(0, words.indexOf('and')) : [...words]

/** Words that only begin like a verb: "Address", "Delivery", "Editors". */
const ONE_WORD =
  /^(?:address|addons|addition|del(?:egat|et|icat|imit|iver)|edit(?:ing|ion|ors)|insert(?:ing|ion)|publish(?:ers|ing)|savings|storefront|change(?:log|set))/

/** `ctl00$Main$btnSave`, `serverForm:save`: where a control stands and what kind it is say nothing. */
export const withoutControlKind = (name: string): string => {
  const own =
    /^[\w$:.-]+$/.test(name) && /[$:]/.test(name)
      ? (name.split(/[$:]/).findLast((part) => part !== '') ?? name)
      : name
  return own.replace(
    /^(?:btn|lnk|cmd|ibtn|lbtn|but|hyp|hl|txt|ddl|chk|cbo|rbl|cbl|tb|hid|hdn|lbl)_?(?=[A-Z])/,
    '',
  )
}

const NOTHING =
  /search|suggest|autocomplete|typeahead|preview|\bfilter|lookup|heart ?beat|keep ?alive|\bpoll\b|\bping\b|\bcancel\b(?! (?:(?:the|this|my|your) )?(?:account|subscription|membership|order|booking|reservation|invitation|invite|appointment|event|plan)\b)|\bclose\b(?! (?:issue|ticket|topic|thread|account|poll|discussion))|\bback\b|\bprevious\b|\bprev\b|\babort\b|dismiss|\bexport\b|\bdownload\b|\bpost lock\b|\bremove post lock|\b(?:release|refresh|take|check) locks?\b|\bautosave\b|\bcompare\b|\bdiff\b|screen options?|\bmeta box|\bpostboxes\b|hidden columns|\btour\b|\bpointer\b|\brefresh\b|\breload\b|\bsort by\b|^(?:start|first|last|next page|page|select|choose|jump|show|view|list|display|expand|collapse|open|browse|test|try|check|validate|verify|help|print|login as|more|less|clear form|reset form)$/

const SESSION =
  /^(?:log|sign) ?(?:in|out|on|off)$|^(?:login|logout|logon|logoff|signin|signout|authenticate|do login|do logout|wp login|switch user)$|^(?:log|sign) (?:me )?in\b/

/** `post_ticket.cgi` takes what is new; `post_edit.php` and `post.php` are about posts. */
export const takenNewBy = (script: string): string | undefined => {
  const noun = /^post[_-]([a-z]{3,20})\.(?:php\d?|cgi|pl|aspx?|jsp)$/i.exec(script)?.[1]?.toLowerCase()
  return noun !== undefined && readVerb(noun) === undefined ? noun : undefined
}

/** Said of a page, a script, a heading: which thing it is about. `user-edit.php`, "Edit user", "User Manager" → user. */
export const topicOf = (text: string): string | undefined => {
  if (/<\w|\d{2}/.test(text)) return undefined
  const words = splitWords(
    objectOfAspect(text)
      .replace(/^\p{L}{3,20}:(?=\p{L})/u, '')
      .replace(/\.(?:php\d?|cgi|pl|aspx?|jspa?|jsf|xhtml|faces|do|action|html?|py|rb|cfm|exe)$/i, ''),
  )
  const kept = words.filter(
    (word, index) =>
      (!TOPIC_NOISE.has(word) || isKindOfServer(words, index)) &&
      !/^\d+$/.test(word) &&
      verbOnly(word) === undefined,
  )
  const last = kept.at(-1)
  if (last === undefined || kept.length > 4) return undefined
  const trimmed = /^(\p{L}{3,}?)(?:manager|management|editor|admin|list)$/u.exec(last)?.[1] ?? last
  return [...kept.slice(0, -1), singular(ABBREVIATIONS[trimmed] ?? trimmed)].join(' ')
}

/** "Mail server", where "server" alone says nothing. */
const isKindOfServer = (words: readonly string[], index: number): boolean =>
  words[index] === 'server' &&
  index === words.length - 1 &&
  index > 0 &&
  !TOPIC_NOISE.has(words[index - 1] ?? '') &&
  verbOnly(words[index - 1] ?? '') === undefined

/** "Configuration for queue General", "Permissions of the group Staff": the thing, not what of it. */
const objectOfAspect = (text: string): string =>
  /^[\p{L} ]{3,40}? (?:for|of|on|für|de|du|van|von) (?:the |der |dem |la |le )?(\p{Ll}[\p{Ll}-]{2,}(?: \p{Ll}[\p{Ll}-]+)?):? +(?:["'“‘«#(]|\p{Lu}|\d)/u.exec(
    text,
  )?.[1] ?? text

const verbOnly = (word: string): string | undefined =>
  /^(?:save|search|cancel|add|new|create|edit|update|delete|remove|modify|save|change|view|list|show|index|manage|all|your|my|the|a|an|for|of|in|to|and|store|process)$/.test(
    inEnglish(word),
  )
    ? word
    : undefined

const TOPIC_NOISE = new Set(
  'adm admin administration index main home default doku ajax api cgi bin exe lib wp app web php www manage manager management console dashboard handler action actions form forms proxy do site page ctl control panel content general edit mod script scripts public system server portal front backend frontend html includes inc core plugin2 modules'.split(
    ' ',
  ),
)

/** Abbreviations that any programmer writes. */
export const ABBREVIATIONS: Readonly<Record<string, string>> = {
  ext: 'extension',
  usr: 'user',
  grp: 'group',
  cat: 'category',
  msg: 'message',
  cfg: 'config',
  conf: 'config',
  acct: 'account',
  pg: 'page',
  tpl: 'template',
  tkt: 'ticket',
  proj: 'project',
  org: 'organization',
  perm: 'permission',
  perms: 'permission',
  attr: 'attribute',
  srv: 'server',
  svc: 'service',
  img: 'image',
  doc: 'document',
  prefs: 'preferences',
  db: 'database',
  tbl: 'table',
  dev: 'device',
}

export const isSettingsWord = (type: string): boolean =>
  /^(?:(?:general|site|system|global|app|application|server|user|admin|my|advanced|basic)\s)?(?:options?|settings?|configs?|configurations?|preferences?|prefs|parameters?|setup)(?: settings?)?$/.test(
    type,
  )

/** `user_id`, `post_ID`, `userid`, `idUser`, `uid`, `pk`: with the noun it is the id of, '' where it says none. */
export const idStem = (name: string): string | undefined => {
  const plain = (fieldKeys(name).at(-1) ?? name).replace(
    /^(?:old|orig|original|current|edit|prev)[_-]|[_-](?:old|orig|original|current|prev)$/i,
    '',
  )
  if (
    /^(?:id|_id|pk|uid|uuid|guid|oid|key|slug|rowid|record|recid|objid|itemid|entryid|nodeid|dn)$/i.test(
      plain,
    )
  )
    return ''
  const before = /^id(?:_([a-z]+)|([A-Z][a-z]+))$/.exec(plain)
  if (before) return (before[1] ?? before[2] ?? '').toLowerCase()
  const match = /^(.+?)[_-]?(?:id|uuid|pk|guid)$/i.exec(plain)
  const stem = match?.[1]
  if (
    !stem ||
    !(/[_-](?:id|uuid|pk|guid)$/i.test(plain) || /[a-z]I[dD]$/.test(plain) || GLUED_ID.test(plain))
  )
    return undefined
  // `list_form_pk`: of the row that the list is at.
  return /pk$/i.test(plain) && /(?:form|list|row|record)$/i.test(stem) ? '' : (splitWords(stem).at(-1) ?? '')
}

const GLUED_ID =
  /^(?:user|group|role|item|post|page|host|device|list|member|client|customer|order|product|article|node|project|ticket|issue|rule|account|domain|zone|record|site|job|task|event|message|file|category|tag|comment|forum|topic|thread|server|service|plugin|module|theme|template|menu|block|field|type|alias|mailbox|printer|queue|tree|graph|poller|profile)id$/i

export const isParentId = (stem: string): boolean =>
  /^(?:parent|owner|author|creator|checkuser|current|session|object|form|site|tenant|company|reply|screen|rev|revision|version|base|starttime|template|parentrev|oldrev)$/.test(
    stem,
  )
