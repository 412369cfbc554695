/** Who the page says is signed in: a greeting, an account menu, a meta element, the name beside the sign-out link. General patterns only. */
import { foldSpace, textOf } from './text.ts'

const MAX_ACCOUNT = 100

export const readAccount = (document: Document): string | undefined =>
  fromMeta(document) ?? fromSignedInText(document) ?? fromMenu(document) ?? fromSignOut(document)

const fromMeta = (document: Document): string | undefined => {
  for (const meta of [...document.querySelectorAll('meta[name][content]')].slice(0, 60)) {
    const name = (meta.getAttribute('name') ?? '').toLowerCase().replace(/[^a-z]/g, '')
    if (
      /^(?:userlogin|username|currentuser|currentusername|loggedinuser|octolyticsactorlogin|useremail|currentuserlogin|remoteuser|sessionuser)$/.test(
        name,
      )
    ) {
      const account = named(meta.getAttribute('content') ?? '')
      if (account) return account
    }
  }
  return undefined
}

/** "Logged in as: Wilma (wilma)", "Howdy, helena", "Welcome, <b>admin</b>." */
const fromSignedInText = (document: Document): string | undefined => {
  const signOut = findSignOut(document)
  const body = document.body ?? document.documentElement
  if (!body) return undefined
  const walker = document.createTreeWalker(body, 4)
  let visited = 0
  for (let node = walker.nextNode(); node && visited < 12_000; node = walker.nextNode(), visited++) {
    const text = node.nodeValue ?? ''
    if (text.length < 2 || text.length > 400) continue
    const match = SIGNED_IN.exec(text) ?? (signOut ? GREETING.exec(text) : null)
    if (!match || /^(?:script|style|textarea|option|title)$/.test(node.parentElement?.localName ?? ''))
      continue
    const rest = foldSpace(text.slice(match.index + match[0].length))
    const account = /[\p{L}\p{N}]/u.test(rest) ? named(rest) : nameAfter(node)
    if (account) return account
  }
  return undefined
}

const SIGNED_IN =
  /\b(?:(?:currently )?(?:logged|signed)[ -]in(?: as| user)?|authenticated as|acting as|howdy|angemeldet als|eingeloggt als|connect\u00e9\(?e?\)? en tant que|conectado como|ingelogd als)\b\s*[:,]?\s*/i
const GREETING = /^\s*(?:welcome(?: back)?|hello|hi|hallo|bonjour|hola|logged in|user|account)\s*[,:]\s*/i

const nameAfter = (node: Node): string | undefined => {
  let next: Node | null = node.nextSibling ?? node.parentElement?.nextSibling ?? null
  for (let step = 0; next && step < 4; step++, next = next.nextSibling) {
    const text =
      next.nodeType === 1
        ? textOf(next as Element, MAX_ACCOUNT)
        : next.nodeType === 3
          ? foldSpace(next.nodeValue ?? '')
          : ''
    if (text !== '') return named(text)
  }
  return undefined
}

const MENU =
  /^(?:(?:current|logged-?in|session|auth|my|nav|header|top|topbar|toolbar|account|display|pt|remote|icon)?[-_]?(?:user|account|profile|login|member|person|identity)[-_]?(?:name|id|email|mail|page|label|display|login|link|info|menu|nav|tools|dropdown|button|toggle|trigger|badge|identity|item|nav-item)?|logged-?(?:in-?)?(?:as|user)|who-?am-?i|display[-_]?name|current[-_]?user[-_\w]{0,12})$/i

/** An element named for the account that holds a short name and stands in the page's frame, not in its content. */
const fromMenu = (document: Document): string | undefined => {
  const found: { account: string; weight: number }[] = []
  for (const element of candidatesIn(document)) {
    const names = [
      element.getAttribute('id') ?? '',
      ...(element.getAttribute('class') ?? '').split(/\s+/),
      element.getAttribute('data-testid') ?? '',
    ]
    if (!names.some((name) => MENU.test(name)) || element.closest('form,table,label')) continue
    const title = element.getAttribute('title') ?? ''
    const account =
      named(withoutPictures(element)) ??
      (title.includes('(') ? named(title.replace(/\s*\(.*$/, '')) : undefined)
    if (!account) continue
    const framed = element.closest(
      'header,nav,aside,[role=banner],[role=navigation],[id*=header i],[id*=top i],[class*=header i],[class*=topbar i],[class*=navbar i],[class*=sidebar i],[id*=user i]',
    )
    const names0 = names.join(' ')
    const weight =
      (framed ? 2 : 0) +
      (/e?mail|user-?name|login|display/i.test(names0) ? 2 : 0) +
      (account.includes('@') ? 1 : 0)
    if (framed || /logged|current|session|whoami/i.test(names0)) found.push({ account, weight })
  }
  return found.sort((a, b) => b.weight - a.weight)[0]?.account
}

/** Of an entry with a menu below it the entry alone, without the letter or picture that stands for the person. */
const withoutPictures = (entry: Element): string => {
  const first = entry.localName === 'li' ? entry.firstElementChild : null
  const element = first && /^(?:a|button)$/.test(first.localName) ? first : entry
  const letter = [...element.querySelectorAll('i,svg,[class*=avatar i],[class*=initial i]')]
    .map((one) => (one.textContent ?? '').trim())
    .find((text) => text.length === 1)
  const text = textOf(element, MAX_ACCOUNT + 20)
  return letter !== undefined && text.startsWith(letter) ? text.slice(letter.length) : text
}

const NAMED_SO = /user|account|logged|login|profile|whoami|display-?name|member|identity|person/i

const candidatesIn = (document: Document): Element[] => {
  const found: Element[] = []
  for (const element of document.querySelectorAll('[class],[id],[data-testid]')) {
    const names = `${element.getAttribute('id') ?? ''} ${element.getAttribute('class') ?? ''} ${element.getAttribute('data-testid') ?? ''}`
    if (NAMED_SO.test(names)) found.push(element)
    if (found.length >= 300) break
  }
  return found
}

const fromSignOut = (document: Document): string | undefined => {
  const signOut = findSignOut(document)
  const inParentheses = /\(([^()]{2,60})\)/.exec(signOut ? textOf(signOut) : '')?.[1]
  if (inParentheses) return named(inParentheses)
  let level = signOut?.parentElement ?? null
  for (let step = 0; level && level.localName !== 'body' && step < 4; step++, level = level.parentElement) {
    const text = textOf(level, 400)
    const email = /[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+/.exec(text)?.[0]
    if (email) return email
    for (const link of [...level.querySelectorAll('a[href],strong,b,.name,[class*=name i]')].slice(0, 30)) {
      const href = link.getAttribute('href') ?? ''
      if (
        link.localName === 'a' &&
        !/(?:user|profile|account|member|people|person)s?\b[^/?]*[/?=]|\/(?:me|profile|account)\b|\/~/i.test(
          href,
        )
      )
        continue
      const account = named(textOf(link, MAX_ACCOUNT))
      if (account) return account
    }
  }
  return undefined
}

const SIGN_OUT = /(?:log|sign)[-_ ]?(?:out|off)/i

const findSignOut = (document: Document): Element | undefined =>
  [
    ...document.querySelectorAll(
      'a[href*="out" i],a[href*="logoff" i],form[action*="out" i],button,a[data-method]',
    ),
  ]
    .slice(0, 400)
    .find((element) =>
      element.localName === 'form'
        ? SIGN_OUT.test(element.getAttribute('action') ?? '')
        : SIGN_OUT.test(element.getAttribute('href') ?? '') ||
          /^\s*(?:log|sign)[ -]?(?:out|off)\b/i.test(element.textContent ?? ''),
    )

/** Words of menus, not names of people. */
const NO_NAME =
  /^(?:(?:(?:my|your|edit|view|update|the|user|change)\s+)*(?:account|profile|settings|preferences|dashboard|users?|user (?:tools|menu|manager|management|list|name)|home|menu|password|page|personal tools|notifications?|help|admin(?:istration)? (?:panel|area|menu)|toggle.*|open.*|log ?(?:in|out|on|off).*|sign ?(?:in|out|up|on|off).*|register.*|create account|guest|anonymous|not logged in.*|none|null|undefined|welcome.*|all users|members?|add.*|new.*|more|options|theme|language|search.*|back|skip.*))$/i

/** The name in a text that starts with one, or undefined where it is none. */
const named = (text: string): string | undefined => {
  const name = foldSpace(text)
    .split(
      /\s*(?:[|\u00b7\u2022\u25be\u25bc\u203a\u00bb!?;]|\s[-\u2013\u2014/]\s|\b(?:log|sign)[ -]?(?:out|off|in)\b|\. |\.$|,\s|\(\s*(?:log|sign|not)\b|\bfrom\b|\bto\b|\bon\b|\bat\b)/i,
      1,
    )[0]
    ?.trim()
    .replace(/[\s:,.([]+$/, '')
  if (!name || name.length > 80 || name.split(' ').length > 5) return undefined
  return !NO_NAME.test(name) && /[\p{L}]/u.test(name) ? name : undefined
}
