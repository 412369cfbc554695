/**
 * Did the app take the form? A redirect is proof unless it leads to a refusal; a page of status 200 is none by itself: what it says
 * (notices that were not there before) and whether the form came back decide. Some pages only ask on: "Are you sure?", step 2 of 3.
 */
import type { FormSnapshot, PageView } from '../exchange.ts'
import type { FormPost, Outcome } from '../finding.ts'
import { isActionName, isPlumbingName, readVerb } from './form-names.ts'
import { valuesByName } from './form-values.ts'

export type FormOutcome = { readonly outcome: Outcome; readonly refusal?: string } | 'continues'

export const outcomeOfForm = (post: FormPost): FormOutcome => {
  const { answer } = post
  if (!answer) return { outcome: 'sent' }
  const { status, page, body } = answer
  const fresh = freshNotices(post.page, page)
  const refusal = fresh.find(({ kind }) => kind === 'error')?.text
  if (status >= 400) return { outcome: 'rejected', refusal: refusal ?? `status ${status}` }
  const told = fresh.some(({ kind }) => kind === 'success')
  if (body !== undefined && !page) return outcomeOfText(body, status)
  if (!page) return { outcome: status === 0 ? 'sent' : 'accepted' }
  if (asksToSignIn(page) && !(post.page && asksToSignIn(post.page)))
    return { outcome: 'rejected', refusal: 'signed out' }
  // A link that led to another page of the app: what is wrong there is no answer to it.
  const isElsewhere =
    post.method === 'GET' && answer.redirects > 0 && pathOf(page.url) !== pathOf(post.pageUrl)
  if (refusal !== undefined && !told && !isElsewhere) return { outcome: 'rejected', refusal }
  if (told || answer.redirects > 0 || (status >= 300 && status < 400)) return { outcome: 'accepted' }
  if (asksOn(post, page)) return 'continues'
  return { outcome: status === 0 && post.via !== 'form' ? 'sent' : 'accepted' }
}

/** What the answer says that the page before it did not. */
export const freshNotices = (
  before: PageView | undefined,
  after: PageView | undefined,
): PageView['notices'] => {
  const standing = new Set((before?.notices ?? []).map(({ text }) => text))
  return (after?.notices ?? []).filter(({ text }) => !standing.has(text))
}

const pathOf = (url: string): string => url.replace(/[?#].*$/, '')

const outcomeOfText = (body: string, status: number): FormOutcome => {
  const text = body.trim()
  if (/^(?:0|-1|false|null|ko|nok|no|fail(?:ed|ure)?)$/i.test(text))
    return { outcome: 'rejected', refusal: text }
  if (
    /^(?:error|fehler|exception|failed|invalid|access denied|permission denied|unauthorized|fatal)\b/i.test(
      text,
    ) ||
    /<(?:\w+:)?(?:wp_)?(?:error|fault|exception)\b/i.test(text)
  )
    return {
      outcome: 'rejected',
      refusal: text
        .replace(/<[^>]*>/g, ' ')
        .trim()
        .slice(0, 200),
    }
  return { outcome: status === 0 ? 'sent' : 'accepted' }
}

const asksToSignIn = (page: PageView): boolean =>
  page.forms.some(
    (form) =>
      form.fields.filter(({ type }) => type === 'password').length === 1 &&
      form.fields.filter(({ type }) => !/hidden|checkbox|password/.test(type)).length <= 2 &&
      /log ?-?in|sign ?-?in|log ?-?on|session|auth/i.test(
        `${form.action} ${form.heading ?? ''} ${form.submitters.map(({ label }) => label).join(' ')}`,
      ),
  )

/** The answer holds a form that carries what was sent, hidden, for one more post: a confirmation or the next step. */
const asksOn = (post: FormPost, page: PageView): boolean => {
  const sent = valuesByName(post.fields)
  const ownVisible = new Set(
    (post.snapshot?.fields ?? []).filter(({ type }) => type !== 'hidden').map(({ name }) => name),
  )
  const own = post.snapshot && signatureOf(post.snapshot)
  const comesBack = own === undefined || page.forms.some((form) => signatureOf(form) === own)
  return page.forms.some((form) => {
    if (form.method !== 'post') return false
    const hidden = form.fields.filter(({ type, name }) => type === 'hidden' && !isPlumbingName(name))
    const carried = hidden.filter(
      ({ name, values }) =>
        ownVisible.has(name) &&
        values.some((value) => value !== '' && (sent.get(name) ?? []).includes(value)),
    )
    if (carried.length > 0) return true
    // The same verb, hidden, in another form than the one that was sent, which is gone: the next step.
    if (!comesBack && carriesVerb(form, sent)) return true
    // A button of a page that was not seen, with nothing but a verb: it opens the form.
    if (own === undefined && sentNothingElse(post) && carriesVerb(form, sent) && asksForChoice(form))
      return true
    // A button by itself ("Edit configuration file") that opens a form: it carries the same words on.
    if (own !== undefined && ownVisible.size === 0 && !comesBack && opensForm(form, sent)) return true
    // No snapshot (a link, a list's button): the ids come back, hidden, with nothing but buttons.
    const shown = form.fields.filter(({ type }) => type !== 'hidden')
    const ids = hidden.filter(
      ({ name, values }) =>
        sent.has(name) && values.some((value) => value !== '' && (sent.get(name) ?? []).includes(value)),
    )
    const asks =
      form.fields.some(({ type, name, values }) => type === 'hidden' && CONFIRMED.test(name) && values[0]) ||
      /\b(?:are you sure|confirm|really|sure you want|yes|best\u00e4tigen|wirklich)\b/i.test(
        `${page.heading ?? ''} ${form.heading ?? ''} ${page.title} ${form.submitters.map(({ label, value }) => `${label} ${value}`).join(' ')}`,
      )
    return asks && shown.length <= 1 && (ids.length > 0 || post.method === 'GET')
  })
}

const CONFIRMED = /^_?(?:is_?)?(?:confirm(?:ed|ation)?|sure|really)$/i

const signatureOf = (form: FormSnapshot): string =>
  form.fields
    .filter(({ name }) => !isPlumbingName(name))
    .map(({ name, type }) => `${name} ${type}`)
    .sort()
    .join('\n')

const carriesVerb = (form: FormSnapshot, sent: ReadonlyMap<string, readonly string[]>): boolean =>
  form.fields.some(
    ({ type, name, values }) =>
      type === 'hidden' &&
      isActionName(name) &&
      isWritingVerb(values[0]) &&
      sent.get(name)?.[0] === values[0],
  )

const sentNothingElse = (post: FormPost): boolean =>
  post.fields.every(([name]) => isActionName(name) || isPlumbingName(name))

const asksForChoice = (form: FormSnapshot): boolean =>
  form.fields.some(({ type }) => /^(?:text|textarea|email|number|radio|select-one|url)$/.test(type))

const opensForm = (form: FormSnapshot, sent: ReadonlyMap<string, readonly string[]>): boolean =>
  form.fields.some(({ type }) => /^(?:text|textarea|email|number|password|select-one|url)$/.test(type)) &&
  form.fields.some(
    ({ type, name, values }) =>
      type === 'hidden' && isActionName(name) && values[0] !== undefined && sent.get(name)?.[0] === values[0],
  )

const isWritingVerb = (text: string | undefined): boolean =>
  text !== undefined && /^(?:create|update|delete|save)$/.test(readVerb(text)?.kind ?? '')
