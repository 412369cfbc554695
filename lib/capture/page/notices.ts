/** What the page tells the person after a save: errors, successes, and fields that it marks as wrong. By roles and by words that classes of any app use. */
import type { PageView } from '../exchange.ts'
import { labelOf } from './label.ts'
import { foldSpace, isHidden, textOf } from './text.ts'

export type Notice = PageView['notices'][number]

const MAX_NOTICES = 40
const MAX_NOTICE = 400

export const readNotices = (document: Document): Notice[] => {
  const notices = new Map<string, Notice>()
  const add = (kind: Notice['kind'], text: string): void => {
    if (text !== '' && notices.size < MAX_NOTICES && !notices.has(text)) notices.set(text, { kind, text })
  }
  let last: Element | undefined
  for (const element of candidatesIn(document)) {
    if (last?.contains(element)) continue
    const kind = kindOf(element)
    if (!kind || !isNoticeSized(element) || isHidden(element)) continue
    const text = textOf(element, MAX_NOTICE)
    if (!/[\p{L}\p{N}]/u.test(text)) continue
    last = element
    add(kind === 'unclear' ? kindOfText(text) : kind, text)
  }
  for (const field of [...document.querySelectorAll('[aria-invalid="true"]')].slice(0, 20)) {
    const described = field.getAttribute('aria-errormessage') ?? field.getAttribute('aria-describedby')
    const source = described
      ? document.querySelector(`[id="${(described.split(/\s+/)[0] ?? '').replace(/["\\]/g, '\\$&')}"]`)
      : null
    add(
      'error',
      (source && textOf(source, MAX_NOTICE)) || `${field.getAttribute('name') ?? 'A field'} is not valid`,
    )
  }
  for (const marked of [...document.querySelectorAll(MARKED_FIELDS)].slice(0, 40)) {
    const control = marked.matches(CONTROLS) ? marked : marked.querySelector(CONTROLS)
    if (!control || marked.querySelectorAll(CONTROLS).length > 3 || isHidden(marked)) continue
    add('error', `${labelOf(control) ?? control.getAttribute('name') ?? 'A field'} is marked as wrong`)
  }
  for (const element of [...document.querySelectorAll('h1,h2,h3,h4,strong,b,font,big,p')].slice(0, 200)) {
    if (last?.contains(element)) continue
    const text = textOf(element, 120)
    if (REFUSES.test(text) && !isHidden(element) && !element.closest('a,label,nav,th,li,dt,form'))
      add('error', text)
  }
  const title = foldSpace(document.title ?? '')
  if (REFUSES.test(title)) add('error', title.slice(0, 120))
  return [...notices.values()]
}

/** What a sentence itself says, where its place says nothing. */
export const kindOfText = (text: string): Notice['kind'] =>
  FAILS.test(text) && !SAYS_DONE.test(text) ? 'error' : SUCCEEDS.test(text) ? 'success' : 'info'

const CONTROLS = 'input:not([type=hidden]):not([type=submit]):not([type=button]),select,textarea'
const MARKED_FIELDS = [
  'error',
  'errors',
  'invalid',
  'has-error',
  'has-danger',
  'is-invalid',
  'is-error',
  'is-danger',
  'field_with_errors',
  'field-error',
  'fielderror',
  'input-error',
  'form-error',
  'validation-error',
]
  .map((word) => `.${word}`)
  .join(',')

const WORDS =
  'error danger invalid fail success notice notification alert flash message warn info toast callout feedback status updated saved msg snackbar problem confirm'.split(
    ' ',
  )
const NAMED_SO = new RegExp(WORDS.join('|'), 'i')

/** One pass with one pattern: selectors like `[class*=error i]` for each word would cost many times as much. */
const candidatesIn = (document: Document): Element[] => {
  const found: Element[] = []
  for (const element of document.querySelectorAll('[class],[id],[role],[aria-live]')) {
    const role = element.getAttribute('role')
    const names = `${element.getAttribute('class') ?? ''} ${element.getAttribute('id') ?? ''}`
    if (
      role === 'alert' ||
      role === 'status' ||
      element.getAttribute('aria-live') === 'assertive' ||
      NAMED_SO.test(names)
    )
      found.push(element)
    if (found.length >= 400) break
  }
  return found
}

const ERROR =
  /^(?:\w*errors?\w*|danger|invalid\w*|fail(?:ed|ure|s)?|problems?|critical|negative|alert-error|validation)$/
const SUCCESS = /^(?:\w*success\w*|updated|saved|confirmation|confirm|positive|done|ok|okay)$/
const INFO =
  /^(?:notices?|noticebox|notification|alert|flash|messages?|messagelist|msg|warn(?:ing)?\w*|info\w*|toast|callout|feedback|snackbar|banner|status|statusmsg|usermessage|sysmsg)$/
/** Parts of other things that share those words. */
const NOT_A_NOTICE =
  /^(?:no|non|without|hide|hidden|icon|btn|button|link|menu|nav|tab|toggle|count|counter|badge|col|column|row|head|header|footer|field|input|control|form|group|label|wrapper|container|list|table|item|text|page|box|title|content|body|body|type|log|logs|date|on|if|has|is|was|template|placeholder|tooltip|help|hint|modal|dialog|select|option|send|compose|view|new|unread|reader|screen|version|server|system|user|contact|article|post|comment|order)$/

const kindOf = (element: Element): Notice['kind'] | 'unclear' | undefined => {
  if (
    /^(?:body|html|form|table|tbody|thead|tr|input|select|textarea|button|option|label|a|main|nav|svg|i|iframe|script|style|fieldset|header|footer)$/.test(
      element.localName,
    )
  )
    return undefined
  const classes = (element.getAttribute('class') ?? '').split(/\s+/)
  const id = element.getAttribute('id') ?? ''
  const role = element.getAttribute('role')
  let kind: Notice['kind'] | undefined
  let isError = false
  /** "msg-bad", "notification good" */
  const judged = new Set<string>()
  const isMessage = INFO.test(
    classes.find((name) => INFO.test(name.split(/[-_]/)[0] ?? ''))?.split(/[-_]/)[0] ?? '',
  )
  for (const name of [...classes, id]) {
    const words = name
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .split(/[^\p{L}]+/u)
      .filter(Boolean)
    if (
      words.length === 0 ||
      words.length > 5 ||
      words[0] === 'no' ||
      words[0] === 'has' ||
      words[0] === 'on'
    )
      continue
    if (isMessage) for (const word of words) judged.add(word)
    const telling = words.filter((word) => !NOT_A_NOTICE.test(word))
    if (telling.some((word) => ERROR.test(word)) && !words.includes('success')) isError = true
    // "status-publish", "message-list", "info-button" name things, not what the page has to say.
    const whole =
      words.length === telling.length ||
      words.length === 1 ||
      words.some((word) => /^(?:box|list|bar|container|wrapper|content|text|message)$/.test(word))
    if (telling.some((word) => SUCCESS.test(word)) && whole) kind = 'success'
    else if (
      !kind &&
      telling.length > 0 &&
      whole &&
      words.every(
        (word) =>
          INFO.test(word) ||
          NOT_A_NOTICE.test(word) ||
          /^(?:primary|secondary|inline|dismissible|block|large|small|alt|ui|mw|cdx|el|ant|mui|toastr|global|main|first|last|top)$/.test(
            word,
          ),
      )
    )
      kind = 'info'
  }
  const said = /^(error|success)\b.{0,12}$/i
    .exec(element.getAttribute('aria-label') ?? '')?.[1]
    ?.toLowerCase()
  if (said === 'error' || judged.has('bad')) return 'error'
  if (said === 'success' || judged.has('good')) return 'success'
  // "notice-success settings-error" is both: the text decides.
  if (isError) return kind === 'success' ? 'unclear' : 'error'
  if (kind === 'success') return 'success'
  if (
    kind === 'info' ||
    role === 'alert' ||
    role === 'status' ||
    element.getAttribute('aria-live') === 'assertive'
  )
    return 'unclear'
  return undefined
}

/** A notice is a sentence or a few: not a form, not a list of things. */
const isNoticeSized = (element: Element): boolean =>
  element.querySelectorAll('input:not([type=hidden]),select,textarea').length === 0 &&
  element.querySelectorAll('tr,section,article').length < 4 &&
  (element.textContent ?? '').length < 4000 &&
  !isMenu(element)

/** "Saved searches": nothing but links. */
const isMenu = (element: Element): boolean => {
  const links = [...element.querySelectorAll('a')]
  const words = (text: string | null): string => (text ?? '').replace(/[^\p{L}\p{N}]+/gu, '')
  return (
    links.length > 0 && words(element.textContent) === links.map((link) => words(link.textContent)).join('')
  )
}

const FAILS =
  /\b(?:errors?|fail(?:ed|ure|s)?|invalid|incorrect|could not|couldn['’]t|cannot|can['’]t|unable|not (?:allowed|permitted|saved|valid|found|be (?:empty|blank))|denied|forbidden|refused|rejected|(?:is|are) required|must (?:be|have|contain|not)|already (?:exists?|taken|in use|registered)|please (?:correct|fix|enter|provide)|too (?:short|long|large|small)|expired|wrong|did not match|do not match|doesn['’]t match|mismatch|fehler|ung\u00fcltig|fehlgeschlagen|erreur|\u00e9chec|invalide)\b/i
/** "The rule has been changed. It must be applied to take effect." */
const SAYS_DONE =
  /^[^.!?]{0,120}\b(?:has|have|was|were) (?:been )?(?:successfully )?(?:saved|updated|created|added|deleted|removed|changed|stored)\b(?![^.!?]{0,40}\b(?:but|not|fail\w*|error)\b)/i
const SUCCEEDS =
  /\b(?:success(?:ful(?:ly)?)?|saved|updated|created|added|deleted|removed|changed|stored|enabled|disabled|activated|deactivated|published|restored|moved|approved|completed?|done|gespeichert|aktualisiert|gel\u00f6scht|enregistr\u00e9e?s?|modifi\u00e9e?s?|supprim\u00e9e?s?)\b/i
const REFUSES =
  /^[\p{L} ]{3,50} error$|^(?:(?:(?:an?|internal|server|fatal|application|validation|permission|database|form)\s+)*errors?\b(?!\s+(?:log|report|message|page|handling|level)s?\b)|(?:unable|failed) to\b|cannot\b|could not\b|(?:access|permission) (?:is )?denied|forbidden\b|unauthorized\b|bad request\b|not found\b|invalid\b|fehler\b|erreur\b|(?:4\d\d|5\d\d)\b.*(?:error|forbidden|denied|not found|bad))/iu
