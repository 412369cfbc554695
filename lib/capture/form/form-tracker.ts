/**
 * Brings together what a form was, what was sent and what came of it, across the navigation that lies between. A submission waits until a page
 * answers it; the steps of a wizard wait for the last one. What must outlive the page is handed out sealed: no secret leaves in it.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { readAddress } from '../address.ts'
import { type Body, readJson } from '../body.ts'
import { type Call, sentOnTo, unwrap } from '../decoders/decoder.ts'
import { callsInFields } from '../decoders/rpc/calls-in-fields.ts'
import type { Exchange, FormField, FormSnapshot, PageLoad, PageView, Submission } from '../exchange.ts'
import type { Finding, FormAnswer, FormPost } from '../finding.ts'
import { isRouted, withSentRoute } from '../front-controller.ts'
import { identityOf } from '../identity.ts'
import type { RedactionRules } from '../redact/redact-draft.ts'
import type { SecretMemory } from '../redact/secret-memory.ts'
import { statementIn } from '../statement.ts'
import { isServerScript } from '../verb-segments.ts'
import { readForm } from './decode-form.ts'
import { fitting, isSameForm, isSentTo, sameDocument, shownAndSent } from './fitting-form.ts'
import { isActionName, isButtonName, isPlumbingName, isProofToken, readVerb } from './form-names.ts'
import { isSecretField } from './form-values.ts'
import { changesNothing } from './quiet-posts.ts'
import { type Pending, seal, sealFields, sealForm, unseal, unsealField, unsealForm } from './sealed-post.ts'

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
  readonly shownForms: () => readonly FormSnapshot[]
  readonly fingerprintKey?: Uint8Array
  readonly parsePage?: (html: string, url: string) => PageView
}

/** A page that comes later than this is no answer. */
const MAX_WAIT_MS = 120_000

const MAX_PAGES = 4

const MAX_FRAGMENTS = 12

const MAX_FRAGMENT_CHARS = 300_000

export const createFormTracker = ({
  secrets,
  shownForms,
  fingerprintKey,
  parsePage,
}: TrackerDeps): FormTracker => {
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
    // Opened anew, maybe for another thing: it shows what is stored.
    if (pending === undefined || pending.post.method === 'GET') unsaved = undefined
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
      given.form.fields.length > 0 ? given.form : fitting(formsOn(page), url, given.fields, method),
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
    const read = readForm(answer ? { ...post, answer, knownRows: rowsSeen() } : post)
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
    const decided = /^(?:GET|HEAD)$/.test(call.method) ? decideLink(call) : decidePost(call)
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

  /** A GET that acts says so, and proves that it comes from the page. */
  const decideLink = (call: Call): Finding[] | undefined => {
    const { query } = call.address
    const isProven = query.some(([name, value]) => isProofToken(name) && value.length >= 6)
    return hasVerb(query) && isProven
      ? readCall(call, { method: 'GET', url: call.exchange.url, fields: query })
      : undefined
  }

  const decidePost = (call: Call): Finding[] | undefined => {
    const { exchange: given, request, address } = call
    if (request.kind !== 'fields') return undefined
    const { fields } = request
    if (statementIn(fields) !== undefined || holdsDocument(fields)) return undefined
    const shown = fitting(formsOn(pageOf(given.pageUrl)), given.url, fields, 'ANY')
    const snapshot = shownAndSent(shown, given.url, fields)
    if (!snapshot && isAnsweredAsApi(call) && callsInFields(call)) return undefined
    const url = withSentRoute(given.url, fields)
    if (changesNothing({ call, url, fields, snapshot })) return []
    const saysWhat =
      isRouted(url) || isServerScript(address.path) || hasVerb(fields) || hasVerb(address.query)
    // JSON answers and paths with ids are an API's, whatever the body's shape; unless a form that is sent there or a verb in it says otherwise.
    if (snapshot && !saysWhat && !isSentTo(snapshot, url) && isAnsweredAsApi(call)) return undefined
    const isOfApi = !isMarkup(call) || address.id !== undefined || address.verb !== undefined
    if (!snapshot && !saysWhat && isOfApi) return undefined
    return readCall(call, { method: call.method, url, fields, ...(snapshot && { snapshot }) })
  }

  const readCall = (
    call: Call,
    sent: Pick<FormPost, 'method' | 'url' | 'fields' | 'snapshot'>,
  ): Finding[] => {
    const { via, pageUrl, requestHeaders } = call.exchange
    const page = pageOf(pageUrl)
    const read = readForm({
      ...sent,
      via,
      pageUrl,
      requestHeaders,
      ...(page && { page }),
      answer: answerOf(call),
    })
    if (read === 'continues') return []
    const { value } = call.answer.kind === 'json' ? call.answer : { value: undefined }
    const told = isJsonObject(value) ? shownIn(value) : undefined
    const made = told && identityOf(told)
    return read.map((finding) => ({
      ...finding,
      ...(call.outcome === 'rejected' && {
        outcome: call.outcome,
        ...(call.refusal !== undefined && { refusal: call.refusal }),
      }),
      ...(told && finding.action === 'create' && { answer: told }),
      ...(made?.strength === 'strong' && finding.action === 'create' && read.length === 1 && { id: made.id }),
    }))
  }

  const answerOf = (call: Call): FormAnswer => {
    const { exchange: given, answer } = call
    const isPage = answer.kind === 'html' && parsePage
    const url = sentOnTo(call)
    return {
      status: given.status,
      redirects: 0,
      ...(url !== undefined && { url }),
      ...(isPage && { page: parsePage(wrapped(answer.text), given.url) }),
      ...(answer.kind === 'html' || answer.kind === 'text' ? { body: answer.text } : {}),
      ...(answer.kind === 'json' && typeof answer.value !== 'object' && { body: String(answer.value) }),
    }
  }

  const rowsSeen = (): ReadonlySet<string> =>
    new Set(pages.flatMap(({ rows = [] }) => rows.flatMap(({ ids }) => ids.slice(0, 1))))

  const pageOf = (url: string): PageView | undefined =>
    pages.find((page) => sameDocument(page.url, url)) ?? pages[0]

  const formsOn = (page: PageView | undefined): readonly FormSnapshot[] => [
    ...shownForms(),
    ...fragments,
    ...(page?.forms ?? []),
  ]

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

/** The resource in an answer, out of its envelope: {data: {id: 5, …}}. */
const shownIn = (answer: JsonObject): JsonObject | undefined => {
  const inner = unwrap(answer)
  const isInner = inner !== undefined && identityOf(inner)?.strength === 'strong'
  const shown = isInner ? inner : answer
  return showsResource(shown) ? shown : undefined
}

const hasVerb = (fields: readonly (readonly [string, string])[]): boolean =>
  fields.some(
    ([name, value]) =>
      (isActionName(name) || isButtonName(name)) && value.length < 60 && readVerb(value) !== undefined,
  )

const isMarkup = ({ answer, exchange }: Call): boolean =>
  answer.kind === 'html' || exchange.requestHeaders['hx-request'] !== undefined

const isAnsweredAsApi = ({ answer, method }: Call): boolean =>
  method !== 'POST' || (answer.kind === 'json' && typeof answer.value === 'object')

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
