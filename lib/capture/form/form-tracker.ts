/**
 * Brings together what a form was, what was sent and what came of it, across the navigation that lies between. A submission waits until a page
 * answers it; the steps of a wizard wait for the last one. What must outlive the page is handed out sealed: no secret leaves in it.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { isRouted, isServerScript, readAddress, withSentRoute } from '../address.ts'
import { type Body, readJson } from '../body.ts'
import type { Call } from '../decoders/decoder.ts'
import type { Exchange, FormField, FormSnapshot, PageLoad, PageView, Submission } from '../exchange.ts'
import type { Finding, FormAnswer, FormPost } from '../finding.ts'
import { type RedactionRules, sealJson } from '../redact/redact-draft.ts'
import type { SecretMemory } from '../redact/secret-memory.ts'
import { statementIn } from '../statement.ts'
import { readForm } from './decode-form.ts'
import { isActionName, isButtonName, isPlumbingName, isProofToken, readVerb } from './form-names.ts'
import { isSecretField, valuesByName } from './form-values.ts'
import { changesNothing } from './quiet-posts.ts'

export interface FormTracker {
  /** A page came: what was submitted is settled by it. */
  readonly load: (load: PageLoad) => Settled | undefined
  /** Returns the submission before, if no page ever answered it. */
  readonly submit: (submission: Submission) => Settled | undefined
  /** What the last submission comes to if no page ever answers it. It goes on waiting. */
  readonly unanswered: () => Settled | undefined
  /** The answer will come elsewhere, in another tab or frame. */
  readonly giveAway: () => void
  /** A call by script that has the shape of a form. undefined: it hasn't. */
  readonly exchange: (call: Call) => Finding[] | undefined
  readonly memory: () => Json
  readonly restore: (memory: Json) => void
}

export interface Settled {
  readonly findings: readonly Finding[]
  /** The post as an exchange, for the evidence. */
  readonly exchange: Exchange
}

interface TrackerDeps {
  readonly secrets: SecretMemory
  readonly fingerprintKey?: Uint8Array
  readonly parsePage?: (html: string, url: string) => PageView
}

interface Pending {
  readonly post: FormPost
  readonly atMs: number
}

/** A page that comes later than this is no answer. */
const MAX_WAIT_MS = 120_000
const MAX_PAGES = 4
const MAX_KEPT_ROWS = 60
const MAX_FRAGMENTS = 12
const MAX_FRAGMENT_CHARS = 300_000

export const createFormTracker = ({ secrets, fingerprintKey, parsePage }: TrackerDeps): FormTracker => {
  /** The last first. */
  let pages: PageView[] = []
  let pending: Pending | undefined
  /** Forms that came by script since the page did, the last first. */
  let fragments: FormSnapshot[] = []
  /** Fields of a wizard's earlier steps, as they were first shown. */
  let carried: FormField[] = []
  /** A form that was previewed or refused, as it was before: it comes back with what was typed. */
  let unsaved: FormSnapshot | undefined
  const rules: RedactionRules = { memory: secrets, ...(fingerprintKey && { fingerprintKey }) }

  const load: FormTracker['load'] = (given) => {
    const answer: FormAnswer = {
      status: given.status,
      redirects: given.redirects,
      url: given.page.url,
      page: given.page,
    }
    const answered = pending && given.atMs - pending.atMs <= MAX_WAIT_MS
    const settled = pending && settle(pending, answered ? answer : undefined, given.atMs)
    pending = undefined
    // Notices of a page that answered are news; on others they may stand for long.
    fragments = []
    pages = [answered ? { ...given.page, notices: [] } : given.page, ...pages].slice(0, MAX_PAGES)
    return settled
  }

  const submit: FormTracker['submit'] = (given) => {
    const unanswered = pending && settle(pending, undefined, given.atMs)
    const page = pageOf(given.pageUrl)
    const method = given.form.method === 'get' ? 'GET' : 'POST'
    const url = method === 'GET' ? withQuery(given.form.action, given) : given.form.action
    const sent = method === 'GET' ? given.fields : withAddressValues(url, given.fields)
    const snapshot = withCarried(
      given.form.fields.length > 0 ? given.form : fitting(page, url, given.fields, method, fragments),
    )
    for (const field of snapshot?.fields ?? [])
      if (isSecretField(field))
        for (const [name, value] of given.fields)
          if (name === field.name) secrets.learn(value, 'password', 'typed')
    pending = {
      post: {
        via: 'form',
        method,
        url,
        pageUrl: given.pageUrl,
        requestHeaders: {},
        fields: sent,
        ...(given.submitter && { submitter: given.submitter }),
        ...(snapshot && { snapshot }),
        ...(page && { page }),
      },
      atMs: given.atMs,
    }
    return unanswered
  }

  const settle = ({ post, atMs }: Pending, answer: FormAnswer | undefined, endedAtMs: number): Settled => {
    const read = readForm(answer ? { ...post, answer } : post)
    if (read === 'continues') carried = [...visibleFields(post), ...carried].slice(0, 400)
    else if (read.some(({ outcome }) => outcome !== 'rejected')) {
      carried = []
      unsaved = undefined
    } else if (post.method !== 'GET' && post.snapshot) unsaved = post.snapshot
    return { findings: read === 'continues' ? [] : read, exchange: toExchange(post, answer, atMs, endedAtMs) }
  }

  const unanswered: FormTracker['unanswered'] = () => {
    if (!pending) return undefined
    const { post, atMs } = pending
    const read = readForm(post)
    return { findings: read === 'continues' ? [] : read, exchange: toExchange(post, undefined, atMs, atMs) }
  }

  const exchange: FormTracker['exchange'] = (call) => {
    if (call.exchange.via === 'websocket') return undefined
    const isRead = /^(?:GET|HEAD)$/.test(call.method)
    const decided = decide(call, isRead)
    keepForms(call)
    return decided
  }

  /** A dialog's form is seen before it is sent. */
  const keepForms = ({ exchange: given, answer }: Call): void => {
    if (!parsePage || given.via === 'form') return
    for (const text of markupIn(answer)) {
      const forms = parsePage(wrapped(text), given.pageUrl).forms.filter(({ fields }) =>
        fields.some(({ type }) => type !== 'hidden'),
      )
      fragments = [...forms, ...fragments].slice(0, MAX_FRAGMENTS)
    }
  }

  const decide = (call: Call, isRead: boolean): Finding[] | undefined => {
    const { exchange: given, request, address } = call
    if (
      isRead &&
      !(
        hasVerb(address.query) &&
        address.query.some(([name, value]) => isProofToken(name) && value.length >= 6)
      )
    )
      return undefined
    if (!isRead && request.kind !== 'fields') return undefined
    const fields = request.kind === 'fields' ? request.fields : address.query
    if (!isRead && (statementIn(fields) !== undefined || holdsDocument(fields))) return undefined
    const page = pageOf(given.pageUrl)
    const url = isRead ? given.url : withSentRoute(given.url, fields)
    const snapshot = isRead
      ? undefined
      : shownAndSent(fitting(page, given.url, fields, 'ANY', fragments), given.url, fields)
    if (!isRead && changesNothing({ call, url, fields, snapshot })) return []
    const saysWhat =
      isRouted(url) ||
      isServerScript(address.path) ||
      hasVerb(fields) ||
      (request.kind === 'fields' && hasVerb(address.query))
    // JSON answers and paths with ids are an API's, whatever the body's shape; unless a form of the page or a verb in it says otherwise.
    if (!isRead && !snapshot && !saysWhat && !isMarkup(call)) return undefined
    if (!isRead && !snapshot && !saysWhat && (address.id !== undefined || address.verb !== undefined))
      return undefined
    const answer = answerOf(call)
    const read = readForm({
      via: given.via,
      method: isRead ? 'GET' : call.method,
      url,
      pageUrl: given.pageUrl,
      requestHeaders: given.requestHeaders,
      fields,
      ...(snapshot && { snapshot }),
      ...(page && { page }),
      answer,
    })
    if (read === 'continues') return []
    const told =
      call.answer.kind === 'json' && isJsonObject(call.answer.value) && showsResource(call.answer.value)
        ? call.answer.value
        : undefined
    return read.map((finding) => ({
      ...finding,
      ...(call.outcome === 'rejected' && {
        outcome: call.outcome,
        ...(call.refusal !== undefined && { refusal: call.refusal }),
      }),
      ...(told && finding.action === 'create' && { answer: told }),
    }))
  }

  const answerOf = ({ exchange: given, answer }: Call): FormAnswer => {
    const isPage = answer.kind === 'html' && parsePage
    return {
      status: given.status,
      redirects: 0,
      ...(given.responseUrl !== undefined && given.responseUrl !== given.url && { url: given.responseUrl }),
      ...(isPage && { page: parsePage(wrapped(answer.text), given.url) }),
      ...(answer.kind === 'html' || answer.kind === 'text' ? { body: answer.text } : {}),
      ...(answer.kind === 'json' && typeof answer.value !== 'object' && { body: String(answer.value) }),
    }
  }

  const pageOf = (url: string): PageView | undefined =>
    pages.find((page) => sameDocument(page.url, url)) ?? pages[0]

  const withCarried = (form: FormSnapshot | undefined): FormSnapshot | undefined => {
    if (!form) return form
    const again = unsaved && isSameForm(unsaved, form) ? unsaved : undefined
    const shownBefore = new Map(again?.fields.map((field) => [field.name, field]))
    const earlier = new Map(carried.map((field) => [field.name, field]))
    return {
      ...form,
      fields: form.fields.map((field) => {
        const first = field.type === 'hidden' ? earlier.get(field.name) : shownBefore.get(field.name)
        return first ? (field.type === 'hidden' ? first : { ...field, values: first.values }) : field
      }),
    }
  }

  return {
    load,
    submit,
    unanswered,
    giveAway: () => {
      pending = undefined
    },
    exchange,
    memory: () => ({
      pending: pending ? seal(pending, rules) : null,
      carried: sealFields(carried, rules),
      unsaved: unsaved ? sealForm(unsaved, rules) : null,
    }),
    restore: (memory) => {
      if (!isJsonObject(memory)) return
      pending = isJsonObject(memory.pending) ? unseal(memory.pending) : undefined
      unsaved = unsealForm(memory.unsaved)
      carried = Array.isArray(memory.carried) ? memory.carried.flatMap(unsealField) : []
    },
  }
}

/** One field is a JSON document and the others say what to do with it: an API's. */
const holdsDocument = (fields: FormPost['fields']): boolean => {
  const [document, ...more] = fields.filter(([, value]) => /^\s*\{\s*"/.test(value) && value.length > 20)
  return (
    document !== undefined && more.length === 0 && fields.length <= 2 && isJsonObject(readJson(document[1]))
  )
}

const toExchange = (
  post: FormPost,
  answer: FormAnswer | undefined,
  startedAtMs: number,
  endedAtMs: number,
): Exchange => ({
  via: 'form',
  method: post.method,
  url: post.url,
  pageUrl: post.pageUrl,
  requestHeaders: {},
  status: answer?.status ?? 0,
  responseHeaders: {},
  ...(answer?.url !== undefined && { responseUrl: answer.url }),
  startedAtMs,
  endedAtMs,
})

/** More than "it worked" and what to say to the person. */
const showsResource = (answer: JsonObject): boolean =>
  !Object.values(answer).some((value) => typeof value === 'string' && /<[a-z][^>]*>/i.test(value)) &&
  Object.keys(answer).some(
    (key) =>
      !/^(?:success|ok|status|code|error|errors|message|messages|msg|html|redirect\w*|url|title|reload|token|csrf\w*|result|notice|alert|sql_query)$/i.test(
        key,
      ),
  )

const hasVerb = (fields: readonly (readonly [string, string])[]): boolean =>
  fields.some(
    ([name, value]) =>
      (isActionName(name) || isButtonName(name)) && value.length < 60 && readVerb(value) !== undefined,
  )

const isMarkup = ({ answer, exchange }: Call): boolean =>
  answer.kind === 'html' || exchange.requestHeaders['hx-request'] !== undefined

/** Texts of an answer that hold a form: the answer itself, or members of its JSON. */
const markupIn = (answer: Body): string[] => {
  const texts =
    answer.kind === 'html'
      ? [answer.text]
      : answer.kind === 'json' && isJsonObject(answer.value)
        ? Object.values(answer.value).flatMap((one) => (isJsonObject(one) ? Object.values(one) : [one]))
        : []
  return texts.filter(
    (text): text is string =>
      typeof text === 'string' && text.length <= MAX_FRAGMENT_CHARS && /<form\b/i.test(text),
  )
}

/** Rows by themselves are dropped by HTML parsers. */
const wrapped = (html: string): string =>
  /^\s*<(?:tr|td|th|tbody|thead)\b/i.test(html) ? `<table>${html}</table>` : html

const sameDocument = (a: string, b: string): boolean => a.replace(/#.*$/, '') === b.replace(/#.*$/, '')
const pathOf = (url: string): string => url.replace(/[?#].*$/, '').replace(/\/$/, '')

/** The form on the page that was sent: the one whose fields these are. */
const fitting = (
  page: PageView | undefined,
  url: string,
  fields: FormPost['fields'],
  method: string,
  fragments: readonly FormSnapshot[] = [],
): FormSnapshot | undefined => {
  const names = [...new Set(fields.map(([name]) => name.replace(/\.[xy]$/, '')))].filter(
    (name) => !isPlumbingName(name),
  )
  const shown = [...fragments, ...(page?.forms ?? [])]
  // "Really? Yes": nothing to fill in, sent where it says.
  const bare = shown.find(
    (form) =>
      sameDocument(form.action, url) &&
      form.fields.every(({ type }) => type === 'hidden') &&
      names.every((name) => form.submitters.some((button) => button.name === name)),
  )
  if (bare || names.length === 0) return bare
  let best: { form: FormSnapshot; score: number } | undefined
  for (const form of shown) {
    const own = new Set([...form.fields.map(({ name }) => name), ...form.submitters.map(({ name }) => name)])
    const known = names.filter((name) => own.has(name)).length / names.length
    const there = pathOf(form.action) === pathOf(url)
    if (
      known < (there ? 0.4 : 0.6) ||
      (method !== 'ANY' && form.method !== (method === 'GET' ? 'get' : 'post'))
    )
      continue
    const pressed = form.submitters.some((button) => button.name !== '' && names.includes(button.name))
    const score = known + (there ? 0.3 : 0) + (pressed ? 0.3 : 0) - own.size / 10_000
    if (!best || score > best.score) best = { form, score }
  }
  return best?.form
}

/** A form whose tokens alone were sent is not what a script sent; nor is "Add key", sent in part and to elsewhere. */
const shownAndSent = (
  form: FormSnapshot | undefined,
  url: string,
  fields: FormPost['fields'],
): FormSnapshot | undefined => {
  const names = new Set(fields.map(([name]) => name))
  const shown = (form?.fields ?? []).filter(({ type }) => type !== 'hidden')
  const sent = shown.filter(({ name }) => names.has(name))
  if (!form || shown.length === 0) return form
  const creates = readVerb(form.heading ?? '')?.kind === 'create'
  const isOther = creates && sent.length < shown.length / 2 && pathOf(form.action) !== pathOf(url)
  return sent.length > 0 && !isOther ? form : undefined
}

const isSameForm = (a: FormSnapshot, b: FormSnapshot): boolean => {
  const names = new Set(a.fields.map(({ name }) => name))
  return (
    pathOf(a.action) === pathOf(b.action) &&
    a.method === b.method &&
    b.fields.filter(({ name }) => names.has(name)).length >= 0.8 * b.fields.length
  )
}

/** A link that posts carries its values in its address: `/users/5?user[status]=3` with nothing but `_method` and a token sent. */
const withAddressValues = (url: string, fields: FormPost['fields']): FormPost['fields'] =>
  fields.some(([name]) => !isPlumbingName(name) && !isActionName(name) && !/ids\[\w*\]$/i.test(name))
    ? fields
    : [
        ...fields,
        ...readAddress(url).query.filter(
          ([name]) => /^[a-z][\w-]*\[[a-z][\w-]*\](?:\[\])?$/i.test(name) || SWITCH.test(name),
        ),
      ]

const SWITCH = /^(?:is_?)?(?:status|state|active|enabled?|disabled?|visible|locked|published)$/i

const visibleFields = (post: FormPost): FormField[] =>
  (post.snapshot?.fields ?? []).filter(({ type, name }) => type !== 'hidden' && !isPlumbingName(name))

const withQuery = (action: string, { fields, form }: Submission): string => {
  if (form.fields.length === 0 && action.includes('?')) return action
  try {
    const url = new URL(action)
    url.search = new URLSearchParams(fields.map(([name, value]) => [name, value])).toString()
    return url.href
  } catch {
    return action
  }
}

// Sealed for the next page

const seal = ({ post, atMs }: Pending, rules: RedactionRules): Json => {
  const { snapshot, page } = post
  const sent = Object.fromEntries(valuesByName(post.fields))
  const shown = Object.fromEntries((snapshot?.fields ?? []).map((field) => [field.name, [...field.values]]))
  const labels = Object.fromEntries(
    (snapshot?.fields ?? []).flatMap((field) =>
      field.label === undefined
        ? []
        : ['sent', 'shown'].map((side) => [`/${side}/${escapeKey(field.name)}/0`, field.label as string]),
    ),
  )
  const secretPointers = (snapshot?.fields ?? [])
    .filter(isSecretField)
    .flatMap((field) => [`/sent/${escapeKey(field.name)}`, `/shown/${escapeKey(field.name)}`])
  const sealed = sealJson(
    { sent, shown, url: post.url, pageUrl: post.pageUrl } as JsonObject,
    { ...rules, labels, secretPointers },
    `${atMs}`,
  ) as JsonObject
  const values = bounded(sealed.shown, sealed.sent)
  const posted = bounded(sealed.sent, sealed.shown)
  // What had no room on one side would look changed.
  const isLost = (name: string): boolean =>
    (Object.hasOwn(sent, name) && !Object.hasOwn(posted, name)) ||
    (Object.hasOwn(shown, name) && !Object.hasOwn(values, name))
  return {
    url: sealed.url ?? '',
    pageUrl: sealed.pageUrl ?? '',
    sent: Object.fromEntries(Object.entries(posted).filter(([name]) => !isLost(name))),
    atMs,
    method: post.method,
    submitter: (post.submitter ?? null) as Json,
    form: snapshot
      ? ({
          ...snapshot,
          action: String(sealJson(snapshot.action, rules)),
          fields: snapshot.fields
            .filter(({ name }) => !isLost(name))
            .map((field) => ({
              ...plainField(field),
              values: values[field.name] ?? [],
            })),
        } as unknown as Json)
      : null,
    page: page
      ? sealJson(
          {
            ...page,
            forms: [],
            embedded: [],
            rows: (page.rows ?? []).slice(0, MAX_KEPT_ROWS),
          } as unknown as Json,
          rules,
        )
      : null,
  }
}

const sealFields = (fields: readonly FormField[], rules: RedactionRules): Json =>
  fields.map((field) => {
    const secretPointers = isSecretField(field) ? [`/${escapeKey(field.name)}`] : []
    const sealed = sealJson(
      { [field.name]: [...field.values] },
      { ...rules, secretPointers },
      '0',
    ) as JsonObject
    return { ...plainField(field), values: sealed[field.name] ?? [] } as unknown as Json
  })

/** Longer texts are cut, with a mark that keeps two that differ apart; they would not fit into an entry whole either. */
const MAX_KEPT_VALUE = 40_000
const MAX_KEPT = 200_000

/** Values by field name, within bounds. What is equal on the other side goes first: it says nothing. */
const bounded = (values: Json | undefined, other: Json | undefined): JsonObject => {
  if (!isJsonObject(values)) return {}
  let room = MAX_KEPT
  const kept: [string, Json][] = []
  for (const [name, list] of Object.entries(values)) {
    const same = isJsonObject(other) && JSON.stringify(other[name]) === JSON.stringify(list)
    const cut = texts(list).map((one) => (same && one.length > 1_000 ? one.slice(0, 1_000) : cutText(one)))
    const size = cut.reduce((sum, one) => sum + one.length, name.length)
    if (size > room) continue
    room -= size
    kept.push([name, cut])
  }
  return Object.fromEntries(kept)
}

const cutText = (value: string): string => {
  if (value.length <= MAX_KEPT_VALUE) return value
  let sum = 0
  for (let at = 0; at < value.length; at++) sum = (Math.imul(sum, 31) + value.charCodeAt(at)) >>> 0
  return `${value.slice(0, MAX_KEPT_VALUE)}\u2026 (${value.length} characters, ${sum.toString(36)})`
}

const sealForm = (form: FormSnapshot, rules: RedactionRules): Json =>
  ({
    ...form,
    action: String(sealJson(form.action, rules)),
    fields: sealFields(form.fields, rules),
  }) as unknown as Json

/** Long lists of choices say nothing that the answer needs. */
const plainField = ({ choices, ...field }: FormField): FormField => ({
  ...field,
  ...(choices && /checkbox|radio|multiple/.test(field.type) && { choices: choices.slice(0, 60) }),
})

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

const unseal = (memory: JsonObject): Pending | undefined => {
  const { sent, url, pageUrl, atMs, method, submitter, form, page } = memory
  if (!isJsonObject(sent) || typeof url !== 'string' || typeof pageUrl !== 'string') return undefined
  const fields = Object.entries(sent).flatMap(([name, values]) =>
    texts(values).map((value) => [name, value] as const),
  )
  const snapshot = unsealForm(form)
  return {
    atMs: Number(atMs) || 0,
    post: {
      via: 'form',
      method: method === 'GET' ? 'GET' : 'POST',
      url,
      pageUrl,
      requestHeaders: {},
      fields,
      ...(isJsonObject(submitter) && {
        submitter: { name: text(submitter.name), value: text(submitter.value), label: text(submitter.label) },
      }),
      ...(snapshot && { snapshot }),
      ...(isJsonObject(page) && { page: unsealPage(page) }),
    },
  }
}

const unsealForm = (form: Json | undefined): FormSnapshot | undefined => {
  if (!isJsonObject(form)) return undefined
  const submitters = Array.isArray(form.submitters) ? form.submitters.filter(isJsonObject) : []
  return {
    action: text(form.action),
    method: form.method === 'get' || form.method === 'dialog' ? form.method : 'post',
    ...(typeof form.id === 'string' && { id: form.id }),
    ...(typeof form.heading === 'string' && { heading: form.heading }),
    fields: Array.isArray(form.fields) ? form.fields.flatMap(unsealField) : [],
    submitters: submitters.map((button) => ({
      name: text(button.name),
      value: text(button.value),
      label: text(button.label),
    })),
  }
}

const unsealField = (field: Json): FormField[] => {
  if (!isJsonObject(field) || typeof field.name !== 'string') return []
  const choices = Array.isArray(field.choices) ? field.choices.filter(isJsonObject) : undefined
  return [
    {
      name: field.name,
      type: text(field.type),
      values: texts(field.values),
      ...(choices && {
        choices: choices.map((choice) => ({ value: text(choice.value), label: text(choice.label) })),
      }),
      ...(typeof field.label === 'string' && { label: field.label }),
      ...(typeof field.autocomplete === 'string' && { autocomplete: field.autocomplete }),
      ...(field.disabled === true && { disabled: true as const }),
    },
  ]
}

const unsealPage = (page: JsonObject): PageView => ({
  url: text(page.url),
  title: text(page.title),
  ...(typeof page.heading === 'string' && { heading: page.heading }),
  ...(typeof page.account === 'string' && { account: page.account }),
  forms: [],
  embedded: [],
  notices: (Array.isArray(page.notices) ? page.notices.filter(isJsonObject) : []).map((notice) => ({
    kind: 'info' as const,
    text: text(notice.text),
  })),
  rows: (Array.isArray(page.rows) ? page.rows.filter(isJsonObject) : []).map((row) => ({
    ids: texts(row.ids),
    ...(typeof row.name === 'string' && { name: row.name }),
    cells: Object.fromEntries(
      Object.entries(isJsonObject(row.cells) ? row.cells : {}).map(([key, value]) => [key, text(value)]),
    ),
  })),
})

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')
const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
