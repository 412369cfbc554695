/**
 * What a form that left was meant to do: by the button that was pressed, then by fields that hold verbs, overrides, the address, the words
 * on the page. Nothing at all for searches, previews, sign-ins and the like.
 */
import { isMadeKind, readAddress } from '../address.ts'
import type { FormPost } from '../finding.ts'
import { isRouted } from '../front-controller.ts'
import { isAmbiguousVerb, splitWords, type Verb, verbOf } from '../words.ts'
import {
  fieldKeys,
  isActionName,
  isButtonName,
  isNeutralName,
  isPickName,
  isPlumbingName,
  isProofToken,
  readVerb,
  takenNewBy,
  withoutControlKind,
} from './form-names.ts'

export interface Intent {
  readonly kind: 'create' | 'update' | 'delete' | 'save'
  readonly verb?: Verb
  /** Words beside the verb: the noun in "Add New Category". */
  readonly rest: readonly string[]
  /** Ids in the button's own name: `fn[delete][jonas]`. */
  readonly ids: readonly string[]
  /** Fields that said it. */
  readonly spent: ReadonlySet<string>
  /** The verb was found, not assumed. */
  readonly told: boolean
}

/** `machines__stop__5f0c`: the list, what is done, and to which of its items. */
const idsInAction = (value: string): string[] => {
  const [, verb = '', id] = /^[a-z]\w*?__([a-z_]+?)__(\S+)$/i.exec(value) ?? []
  return id !== undefined && verbOf(verb) ? [id] : []
}

/** undefined: it changes nothing. */
export const intentOf = (post: FormPost): Intent | undefined => {
  const spent = new Set<string>()
  const query = queryOf(post.url)
  const candidates: Candidate[] = []
  const button = pressedButton(post)
  if (isPostback(post)) return undefined
  if (button) {
    spent.add(button.name)
    for (const part of ['.x', '.y', '_x', '_y']) spent.add(`${button.name}${part}`)
    candidates.push(...buttonCandidates(button))
  }
  const body = post.method === 'GET' ? [] : post.fields
  for (const [name, value] of body) {
    if (!isActionName(name) && !isActionName(fieldKeys(name).at(-1) ?? '')) continue
    if (value === '' || value === '-1') {
      spent.add(name)
      continue
    }
    const sure =
      /^_?method$/i.test(name) ||
      !/^(?:mode|m|a|q|step|event|type|method|op|opt|req|request|call)$/i.test(name)
    // What a person chooses beside other fields ("Event: tag") is a value.
    const isChosen =
      !sure &&
      isAmbiguousVerb(value.toLowerCase()) &&
      post.snapshot?.fields.some((field) => field.name === name && field.type !== 'hidden')
    const read = isChosen ? undefined : (readVerb(value) ?? (sure ? ownVerb(post, name, value) : undefined))
    if (read && (sure || read.verb || read.kind !== 'save')) {
      spent.add(name)
      candidates.push({
        ...read,
        ids: idsInAction(value),
        rank: /^_?method$/i.test(name) ? (read.kind === 'delete' ? 0 : 6) : 2,
      })
    }
  }
  // Sent by script with the form: the button that was pressed, by its usual name.
  for (const [name, value] of button ? [] : body) {
    const read = isButtonName(name) ? readVerb(value) : undefined
    if (!read) continue
    spent.add(name)
    candidates.push({ ...read, ids: [], rank: 2 })
  }
  // delete[jonas]=on, save=1: the verb is the field's own name.
  for (const [name, value] of post.fields) {
    const [first = '', ...more] = fieldKeys(name)
    const isMark = /^(?:1|on|true|yes|)$/.test(value) || more.length > 0
    const read = isMark && /^[a-z_]{3,24}$/i.test(first) ? readVerb(first) : undefined
    const type = post.snapshot?.fields.find((field) => field.name === name)?.type ?? 'hidden'
    const isField = !(type === 'hidden' || (type === 'checkbox' && more.length > 0))
    if (
      read?.verb &&
      !isField &&
      !isAmbiguousVerb(first.toLowerCase()) &&
      // "confirm=true" beside what is confirmed.
      read.verb.word !== 'confirm' &&
      read.verb.word === first.toLowerCase().replace(/^_/, '')
    )
      candidates.push({ ...read, rest: [], ids: more, rank: 4 })
  }
  for (const [name, value] of query) {
    if (!isActionName(fieldKeys(name)[0] ?? '')) continue
    const keys = fieldKeys(name)
    const text = keys.length > 1 ? (keys[1] as string) : value
    const read = verbOfRoute(post.url, text) ?? readVerb(text)
    if (read) {
      spent.add(name)
      candidates.push({ ...read, ids: keys.slice(2), rank: 3 })
    }
  }
  // `?create=`: the verb is a name without a value.
  for (const [name, value] of post.method === 'GET' ? [] : query) {
    const read = value === '' ? readVerb(name) : undefined
    if (read?.kind === 'create') candidates.push({ ...read, ids: [], rank: 5 })
  }
  const switched = post.method === 'GET' ? switchedByLink(post.url) : undefined
  if (switched) {
    const read = readVerb(switched.on ? 'enable' : 'disable')
    spent.add(switched.name)
    if (read) candidates.push({ ...read, ids: [], rank: 4 })
  }
  const override = post.requestHeaders['x-http-method-override'] ?? post.method
  if (override === 'DELETE') candidates.push({ kind: 'delete', word: 'delete', rest: [], ids: [], rank: 0 })
  else if (override === 'PATCH' || override === 'PUT')
    candidates.push({ kind: 'update', word: 'update', rest: [], ids: [], rank: 5 })
  const path = pathVerb(post.url)
  if (path) candidates.push({ ...path, ids: [], rank: 5 })

  // "Download", posted to `/jobs/add`: the server is to fetch it.
  const isFetched = post.method !== 'GET' && path?.word === 'add'
  const [best] = candidates
    .filter(({ word }) => !(isFetched && word === 'download'))
    .sort((a, b) => a.rank - b.rank)
  if (best && !isWriting(best.kind)) return undefined
  if (candidates.some(({ kind, rank }) => kind === 'session' && rank >= 2)) return undefined
  if (signsIn(post) || asksOnly(post, spent)) return undefined
  const words = wordsOnPage(post, button)
  if (!best) {
    const heard = words.find(({ kind }) => isWriting(kind))
    const refused = words.find(({ kind }) => !isWriting(kind))
    if (refused && !heard) return undefined
    return {
      kind: (heard?.kind as Intent['kind']) ?? 'save',
      rest: heard?.rest ?? [],
      ids: [],
      spent,
      told: heard !== undefined,
      ...(heard?.verb && { verb: heard.verb }),
    }
  }
  const rest =
    best.rest.length > 0
      ? best.rest
      : (candidates.find((one) => one !== best && one.rest.length > 0 && isWriting(one.kind))?.rest ?? [])
  return {
    kind: kindOf(best, candidates),
    rest,
    ids: candidates.find(({ ids }) => ids.length > 0 && best.kind !== 'save')?.ids ?? [],
    spent,
    told: true,
    ...(best.verb && { verb: best.verb }),
  }
}

/** "Retire", chosen for the rows that were ticked: an app's own word for what it does to them. */
const ownVerb = ({ snapshot, fields }: FormPost, name: string, value: string): Read | undefined => {
  const types = new Map((snapshot?.fields ?? []).map((field) => [field.name, field.type]))
  const isForRows =
    /^select/.test(types.get(name) ?? '') &&
    fields.some(([other]) => types.get(other) === 'checkbox' && isPickName(fieldKeys(other)[0] ?? other))
  const [word = ''] = splitWords(value)
  return isForRows && /^[a-z]{3,}$/.test(word)
    ? { kind: 'update', word, verb: { kind: 'update', word: splitWords(value).join('_') }, rest: [] }
    : undefined
}

/** As an action of a controller "close" closes the thing, not the dialog; a token proves that it was meant. */
const verbOfRoute = (url: string, text: string): Read | undefined => {
  const found = /^(?:close|cancel)$/i.test(text) && isRouted(url) ? verbOf(text) : undefined
  const isMeant = queryOf(url).some(([name, value]) => isProofToken(name) && value.length >= 6)
  return found && isMeant
    ? { kind: found.verb.kind, word: found.verb.word, verb: found.verb, rest: [] }
    : undefined
}

type Read = NonNullable<ReturnType<typeof readVerb>>
interface Candidate extends Read {
  readonly ids: readonly string[]
  /** Lower decides. */
  readonly rank: number
}

const isWriting = (kind: string): boolean => /^(?:create|update|delete|save)$/.test(kind)

/** A button "Save" on "Add user": the page knows better than the button whether something is made. */
const kindOf = (best: Candidate, candidates: readonly Candidate[]): Intent['kind'] => {
  if (best.kind !== 'save' && !(best.kind === 'update' && !best.verb)) return best.kind as Intent['kind']
  const surer = candidates.find(({ kind }) => kind === 'create' || kind === 'delete')
  return (surer?.kind ?? best.kind) as Intent['kind']
}

const queryOf = (url: string): [string, string][] => {
  try {
    return [...new URL(url).searchParams]
  } catch {
    return []
  }
}

/** A list or pager that sent the page to itself (`__EVENTTARGET`), with no button. */
const isPostback = (post: FormPost): boolean => {
  const target = eventTarget(post)
  return target !== undefined && !isWriting(readVerb(target)?.kind ?? '')
}

const eventTarget = (post: FormPost): string | undefined =>
  post.fields.find(([name, value]) => /^__?event_?target$/i.test(name) && value !== '')?.[1]

/** `?id=5&active=0&token=…`: a link that carries a token and what a switch is to be. */
export const switchedByLink = (url: string): { name: string; value: string; on: boolean } | undefined => {
  const query = queryOf(url)
  if (!query.some(([name, value]) => isProofToken(name) && value.length >= 6)) return undefined
  const found = query.find(
    ([name, value]) =>
      /^(?:is_?)?(?:active|enabled?|disabled?|published|visible|hidden|locked|blocked|approved|archived|featured|default)$/i.test(
        name,
      ) && /^(?:0|1|true|false|on|off|yes|no)$/i.test(value),
  )
  return found && { name: found[0], value: found[1], on: /^(?:1|true|on|yes)$/i.test(found[1]) }
}

interface Button {
  readonly name: string
  readonly value: string
  readonly label: string
}

const pressedButton = (post: FormPost): Button | undefined => {
  if (post.submitter) return post.submitter
  const target = eventTarget(post)
  if (target !== undefined) return { name: target, value: '', label: withoutControlKind(target) }
  const buttons = post.snapshot?.submitters ?? []
  for (const [name, value] of post.fields) {
    const plain = name.replace(/\.[xy]$/, '')
    const named = buttons.filter((button) => button.name !== '' && button.name === plain)
    const exact = named.find((button) => button.value === value) ?? named[0]
    if (exact) return exact
  }
  const image = post.fields.find(([name]) => /\.x$/.test(name))
  if (image) return { name: image[0].slice(0, -2), value: '', label: '' }
  for (const [name, value] of post.fields.toReversed()) {
    const fieldOfForm = post.snapshot?.fields.some((field) => field.name === name)
    if (fieldOfForm) continue
    if (
      /^(?:submit\w{0,8}|_?commit|btn\w{0,20}|button\w{0,20}|_?save\w{0,20}|_addanother|_continue)$/i.test(
        name,
      )
    )
      return { name, value, label: value }
    const keys = fieldKeys(name)
    if (keys.length > 1 && isActionName(keys[0] ?? '') && readVerb(keys[1] ?? ''))
      return { name, value, label: value }
  }
  // A form of one nameless button: that one.
  return buttons.length === 1 && post.via === 'form' ? buttons[0] : undefined
}

const buttonCandidates = (button: Button): Candidate[] => {
  const found: Candidate[] = []
  const keys = fieldKeys(button.name)
  const telling = keys.findIndex(
    (key, index) =>
      !(index < keys.length - 1 && isActionName(key)) && !isNeutralName(key) && readVerb(key) !== undefined,
  )
  const key = keys[telling]
  const named = key === undefined ? undefined : withoutAfterwards(readVerb(key), button.label)
  // "Confirm" says that it is meant, the label says what.
  const read = named?.word === 'confirm' && readVerb(button.label) ? undefined : named
  if (read) found.push({ ...read, ids: keys.slice(telling + 1), rank: 1 })
  const label = readVerb(button.label)
  // A value is a verb where the name is neutral: <button name="action" value="delete">.
  const value =
    button.value !== button.label && isActionOrNeutral(button.name) ? readVerb(button.value) : undefined
  if (value) found.push({ ...value, ids: [], rank: 1 })
  if (label)
    found.push({
      ...label,
      ids: read ? [] : keys.slice(1),
      rank: isVague(button.label) ? 6 : 3 - (read ? 0 : 1.5),
    })
  return found
}

/** `submit_return`, "Save and return": where one goes afterwards is no object of the verb. */
const withoutAfterwards = (read: Read | undefined, label: string): Read | undefined => {
  const [, after = ''] = /\b(?:and|&)\s(.+)$/i.exec(label) ?? []
  const told = after.toLowerCase().split(/\W+/)
  return read && read.rest.length > 0 && read.rest.every((word) => told.includes(word))
    ? { ...read, rest: [] }
    : read
}

const isActionOrNeutral = (name: string): boolean => isActionName(name) || isNeutralName(name)

/** "Apply", "OK", "Save": says that, not what. */
const isVague = (label: string): boolean =>
  /^\s*(?:apply|ok|go|execute|run|perform|submit|save(?: (?:changes|all|settings))?|update|confirm|continue|next|done|yes.*|send|set|change)\s*$/i.test(
    label,
  )

const wordsOnPage = (post: FormPost, button: Button | undefined): Read[] =>
  [button?.label, post.snapshot?.heading, post.page?.heading].flatMap((text) => {
    const read = text && text.length < 60 ? readVerb(text) : undefined
    return read ? [read] : []
  })

/** `/users/4/delete`, `/users/new`, `user-new.php`. */
const pathVerb = (url: string): Read | undefined => {
  const all = readAddress(url).segments
  const taken = takenNewBy(all.at(-1) ?? '')
  if (taken !== undefined) return { kind: 'create', word: 'post', rest: [taken] }
  const segments = all.slice(-3).reverse()
  for (const [index, segment] of segments.entries()) {
    const read = readVerb(
      segment
        .replace(/\.(?:php\d?|cgi|pl|aspx?|jspa?|jsf|xhtml|faces|do|action|html?)$/i, '')
        .replace(
          /^admin[-_]?ajax$|^options?(?:-.*)?$|^(?:search|test|tests|list|tag|issue|post|report|reports|page|tests?)$/i,
          '',
        ),
    )
    const makes = index === 1 && isMadeKind(all, all.length - 1)
    if (!read || (index > 0 && read.kind !== 'delete' && !makes)) continue
    // "AjaxIssueAction" issues nothing.
    if (read.verb && isAmbiguousVerb(read.word) && splitWords(segment)[0] !== read.word) continue
    if (
      read.kind === 'session' ||
      read.kind === 'nothing' ||
      read.kind === 'create' ||
      read.kind === 'delete' ||
      (read.kind === 'update' && index === 0)
    )
      return read
  }
  return undefined
}

/** Nothing but what to look for, which page of it, in which order, in which language. */
const asksOnly = (post: FormPost, spent: ReadonlySet<string>): boolean => {
  const buttons = new Set((post.snapshot?.submitters ?? []).map(({ name }) => name))
  const told = post.fields.filter(
    ([name]) => !spent.has(name) && !buttons.has(name) && !isPlumbingName(name) && !isNeutralName(name),
  )
  const asks = ([name]: readonly [string, string]): boolean => ASKING.test(fieldKeys(name)[0] ?? name)
  return post.fields.some(asks) && told.every(asks)
}
const ASKING =
  /^(?:q|s|query|queries|search|filters?|search_?(?:text|term|string|query|for)|keywords?|term|find|page|page_?(?:no|num|number|size)|per_?page|limit|offset|start|start_?(?:index|at)|jql|cql|soql|kql|sort|sort_?(?:by|order|dir)|order|order_?by|dir|direction|lang|language|locale)$/i

/** A password and at most one name beside it, and a page that knows nobody yet: a sign-in, whatever its words. */
const signsIn = (post: FormPost): boolean => {
  const fields =
    post.snapshot?.fields ??
    post.fields.map(([name, value]) => ({
      name,
      type: /pass|pwd|^p$/i.test(name) ? 'password' : 'text',
      values: [value],
      autocomplete: undefined,
      label: undefined,
    }))
  const passwords = fields.filter(({ type }) => type === 'password')
  if (passwords.length !== 1) return false
  // Without a password nobody signs in.
  const typed = post.fields.filter(([name]) => passwords.some((field) => field.name === name))
  if (typed.length > 0 && typed.every(([, value]) => value === '')) return false
  const others = fields.filter(
    ({ type, name }) => !/hidden|password|checkbox|submit/.test(type) && name !== '',
  )
  if (others.length > 2) return false
  const text = `${post.snapshot?.heading ?? ''} ${post.snapshot?.action ?? post.url} ${post.snapshot?.id ?? ''} ${(post.snapshot?.submitters ?? []).map(({ label }) => label).join(' ')} ${post.page?.title ?? ''}`
  if (/log[ _-]?(?:in|on)\b|sign[ _-]?(?:in|on)\b|\bsession|anmeld|authenticat/i.test(text)) return true
  // "Confirm your password to continue"
  if (
    others.length === 0 &&
    /confirm|continue|unlock|verify|sudo|re-?enter|re-?auth/i.test(`${text} ${post.page?.heading ?? ''}`)
  )
    return true
  if (passwords.some(({ autocomplete }) => autocomplete === 'current-password') && others.length <= 1)
    return true
  return (
    post.page !== undefined &&
    post.page.account === undefined &&
    others.length === 1 &&
    /user|login|mail|name|account/i.test(others[0]?.name ?? '') &&
    !/add|create|new|regist/i.test(text)
  )
}

/**
 * Whether a GET changes something: only with a verb that does, and a token or a redirect away from it. Opening an editor ("edit", "new") and
 * reading never count.
 */
export const changesByGet = (post: FormPost, intent: Intent): boolean => {
  if (!intent.told || !intent.verb || intent.kind === 'create') return false
  if (
    /^(?:edit|new|add|create|modify|change|copy|clone|sort|switch|start|set|tag|label|toggleview|apply|submit|follow|join|extend|shift|move)$/.test(
      intent.verb.word,
    ) &&
    post.via === 'form'
  )
    return false
  const query = queryOf(post.url)
  const token = query.some(([name, value]) => isProofToken(name) && value.length >= 6)
  if (post.via !== 'form') return token && (post.answer?.status ?? 0) < 400
  const { answer } = post
  const left =
    answer !== undefined &&
    (answer.redirects > 0 || (answer.status >= 300 && answer.status < 400)) &&
    !sameAddress(answer.url, post.url)
  const told = (answer?.page?.notices ?? []).some(
    ({ kind, text }) => kind === 'success' && !post.page?.notices.some((notice) => notice.text === text),
  )
  return left || (told && token) || (told && intent.kind === 'delete')
}

/** Whether it is worth looking at what comes of a link: a verb that changes is in its query or at the end of its path. */
export const mayChangeByLink = (url: string): boolean => {
  if (switchedByLink(url)) return true
  const verbs = queryOf(url).flatMap(([name, value]) => {
    const [first = '', second] = fieldKeys(name)
    return [isActionName(first) ? readVerb(second ?? value) : undefined, readVerb(first)]
  })
  return [...verbs, pathVerb(url)].some(
    (read) => read !== undefined && isWriting(read.kind) && read.kind !== 'create' && read.word !== 'edit',
  )
}

const sameAddress = (a: string | undefined, b: string): boolean =>
  a !== undefined && a.replace(/#.*$/, '') === b.replace(/#.*$/, '')
