/**
 * A form that left, with its page and its answer → what changed. Knows the habits of server-rendered apps, no app. An empty list means "no
 * change": a search, a preview, a sign-in, a step that asks on.
 */
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import { isSame } from '../compare.ts'
import type { Finding, FormPost } from '../finding.ts'
import { nameOf } from '../identity.ts'
import { decodeStatement, statementIn } from '../statement.ts'
import { changesByGet, type Intent, intentOf, switchedByLink } from './form-intent.ts'
import { ABBREVIATIONS, isPlumbingName, isProofToken, readVerb } from './form-names.ts'
import { outcomeOfForm } from './form-outcome.ts'
import { type FormValues, readValues } from './form-values.ts'
import { objectId } from './subject/link-object.ts'
import { newIdIn } from './subject/new-id.ts'
import { editedRows, type NumberedRow } from './subject/numbered-rows.ts'
import { rowOf, type Subject, subjectOf } from './subject/subject.ts'

/** 'continues': accepted, but only a step; the next post of the same values decides. */
export const readForm = (post: FormPost): Finding[] | 'continues' => {
  if (isHandedOn(post)) return []
  const intent = intentOf(post)
  if (!intent) return []
  if (post.method === 'GET' && !changesByGet(post, intent)) return []
  if (isSearchByPost(post)) return []
  const outcome = outcomeOfForm(post)
  if (outcome === 'continues') return 'continues'
  const statement = post.method === 'GET' ? undefined : statementIn(post.fields)
  if (statement !== undefined) return decodeStatement(statement, outcome.outcome)
  const subject = subjectOf(post, intent)
  if (isUnexplained(post, intent) && !setsValues(post, intent, subject)) return []
  // What was changed before is put to work.
  if (intent.verb?.word === 'apply' && subject.ids.length === 0 && isBare(post, intent, subject)) return []
  const base: Base = {
    ...(subject.type !== undefined && { type: subject.type }),
    scope: subject.scope,
    place: subject.place,
    outcome: outcome.outcome,
    ...(outcome.refusal !== undefined && { refusal: outcome.refusal }),
  }
  const rows = intent.kind === 'save' ? editedRows(post) : undefined
  if (rows) return rows.flatMap((row) => ofRow(row, post, intent, subject, base))
  const ids =
    subject.ids.length > 0
      ? subject.ids
      : optional(
          post.method === 'GET' && !(subject.isNew && isFilledIn(post, intent))
            ? objectId(post, subject.type)
            : undefined,
        )
  if (intent.kind === 'delete') return deletions(post, ids, base)
  const isAction =
    (post.method === 'GET' && !isFilledIn(post, intent)) ||
    ids.length > 1 ||
    (intent.verb?.state !== undefined && isBare(post, intent, subject))
  const setsFields =
    ids.length > 1 && post.method !== 'GET' && intent.kind === 'save' && !isBare(post, intent, subject)
  if (setsFields) return ids.map((id) => written(post, intent, subject, id, base))
  if (isAction && intent.kind !== 'create') return actions(post, intent, ids, base)
  return [written(post, intent, subject, ids[0], base)]
}

/** One row of a list that was edited where it stands; nothing of those that were left alone. */
const ofRow = (row: NumberedRow, post: FormPost, intent: Intent, subject: Subject, base: Base): Finding[] => {
  if (row.isRemoved) return deletions(post, [row.id], base)
  const { root: _root, ...ofOne } = subject
  const finding = written(row.post, intent, { ...ofOne, ids: [row.id] }, row.id, base)
  return isSame(finding.before, finding.after) ? [] : [finding]
}

/** A form that saves by GET: it was shown, was filled in, and says that it saves. */
const isFilledIn = ({ via, method, snapshot, answer }: FormPost, { kind, verb }: Intent): boolean =>
  via === 'form' &&
  method === 'GET' &&
  (answer?.redirects ?? 0) > 0 &&
  (kind === 'create' || /^(?:save|store|update)$/.test(verb?.word ?? '')) &&
  (snapshot?.fields ?? []).some(({ type }) => type !== 'hidden')

/** Sent away to an address that holds what was chosen: a search that is asked by POST. */
const isSearchByPost = ({ method, url, fields, answer }: FormPost): boolean => {
  const arrived = answer && answer.redirects > 0 ? (answer.url ?? '') : ''
  const target = URL.canParse(arrived) ? new URL(arrived) : undefined
  if (method !== 'POST' || !target || !URL.canParse(url) || target.pathname !== new URL(url).pathname)
    return false
  const told = new Set(target.searchParams.values())
  const chosen = fields.filter(([name, value]) => value !== '' && !isPlumbingName(name))
  return (
    told.size >= 3 && chosen.filter(([, value]) => told.has(value)).length >= Math.max(3, chosen.length * 0.6)
  )
}

/** A page of nothing but hidden fields and no button sends itself: what is in it was told before. */
const isHandedOn = ({ via, method, fields, snapshot, submitter, page }: FormPost): boolean => {
  if (via !== 'form' || method !== 'POST' || submitter !== undefined) return false
  const told = fields.filter(([, value]) => value !== '')
  if (told.length > 0 && told.length <= 5 && told.every(([, value]) => /^[\w+/=-]{40,}$/.test(value)))
    return (
      snapshot === undefined ||
      (told.some(([name]) => !isPlumbingName(name)) && snapshot.fields.every(({ type }) => type === 'hidden'))
    )
  if (snapshot)
    return (
      snapshot.submitters.length === 0 &&
      snapshot.fields.length > 0 &&
      snapshot.fields.every(({ type }) => type === 'hidden') &&
      snapshot.fields.some(({ name }) => !isPlumbingName(name)) &&
      // Sent before the page was read, or all that the page holds.
      (page?.forms.length ?? 1) === 1
    )
  return false
}

/** Sent by a script, from no form that was seen, with no verb. */
const isUnexplained = (post: FormPost, intent: Intent): boolean =>
  post.method !== 'GET' && post.via !== 'form' && !intent.told && !post.snapshot

/** Values of one thing, with the token that proves a change was meant. */
const setsValues = (post: FormPost, intent: Intent, subject: Subject): boolean =>
  subject.ids.length === 1 &&
  post.fields.some(([name, value]) => isProofToken(name) && value.length >= 6) &&
  !isBare(post, intent, subject)

type Base = Pick<Finding, 'type' | 'scope' | 'place' | 'outcome' | 'refusal'>

const optional = (id: string | undefined): string[] => (id === undefined ? [] : [id])

// Deletes

const deletions = (post: FormPost, ids: readonly string[], base: Base): Finding[] =>
  (ids.length > 0 ? ids : [undefined]).map((id) => {
    const row = id === undefined ? undefined : rowOf(post, id)
    const record = id === undefined ? undefined : recordOf(post, id)
    const before = record ?? (row && Object.keys(row.cells).length > 0 ? { ...row.cells } : undefined)
    const name = row?.name ?? nameOf(record)
    return {
      ...base,
      action: 'delete',
      ...(id !== undefined && { id }),
      ...(name !== undefined && { name }),
      extent: 'whole',
      ...(before && { before, beforeFrom: 'form' as const }),
    }
  })

// Verbs on one or more: "Approve", "Disable"

const actions = (post: FormPost, intent: Intent, ids: readonly string[], base: Base): Finding[] =>
  (ids.length > 0 ? ids : [undefined]).map((id) => {
    const row = id === undefined ? undefined : rowOf(post, id)
    const switched = post.method === 'GET' ? switchedByLink(post.url) : undefined
    const state = switched ? undefined : intent.verb?.state
    const showsState = row && Object.keys(row.cells).some((header) => /^(?:status|state)$/i.test(header))
    return {
      ...base,
      action: 'update',
      ...(id !== undefined && { id }),
      ...(row?.name !== undefined && { name: row.name }),
      extent: 'partial',
      ...(showsState && state && { before: { ...row.cells }, beforeFrom: 'form' as const }),
      // A "no" without a before would not show.
      ...(state && (state.value || showsState || post.via !== 'form')
        ? { state }
        : { after: switched ? { [switched.name]: switched.value } : told(intent) }),
    }
  })

/** "Set as default" → default: true; "Disable" → status: disabled; else the verb itself. */
const told = ({ verb, kind, rest }: Intent): JsonObject => {
  if (verb?.state) return { status: verb.state.word }
  const noun = rest.filter((word) => !/^(?:as|to|the|selected|this)$/.test(word)).join('_')
  return noun !== '' && /^(?:set|make|mark|use)$/.test(verb?.word ?? '')
    ? { [noun]: true }
    : /^(?:change|save|update|edit|modify|set|put|patch)$/.test(verb?.word ?? '')
      ? {}
      : { action: verb?.word ?? kind }
}

/** Nothing but a button: no field that a person could have filled in. */
const isBare = (post: FormPost, intent: Intent, subject: Subject): boolean => {
  const { visible } = readValues(post, {
    spent: new Set([...intent.spent, ...subject.spent]),
    creates: false,
  })
  return visible === 0
}

// Creates and updates

const written = (
  post: FormPost,
  intent: Intent,
  subject: Subject,
  id: string | undefined,
  base: Base,
): Finding => {
  const spent = new Set([...intent.spent, ...subject.spent])
  const rootOption = subject.root === undefined ? {} : { root: subject.root }
  const tried = readValues(post, { spent, creates: false, ...rootOption })
  const creates = isCreation(post, intent, subject, id, tried)
  const record = id === undefined || creates ? undefined : recordOf(post, id)
  const values =
    creates || record
      ? readValues(post, { spent, creates, ...rootOption, ...(record && fits(record, tried) && { record }) })
      : tried
  const shared = {
    ...base,
    extent: 'partial' as const,
    after: values.after,
    labels: values.labels,
    ...(values.secretPointers.length > 0 && { secretPointers: values.secretPointers }),
  }
  if (creates) {
    const own = withoutRoot(values.after)
    const names = namesIn(own)
    const made = subject.title ?? newIdIn(post, base.type, names) ?? id ?? naturalId(own, base.type)
    const name = nameOf(own) ?? names[0]
    return {
      ...shared,
      action: 'create',
      ...(made !== undefined && { id: made }),
      ...(name !== undefined && { name }),
    }
  }
  const row = id === undefined ? undefined : rowOf(post, id)
  const name =
    base.type === 'setting'
      ? (post.snapshot?.heading ?? post.page?.heading)
      : (nameOf(values.after) ?? nameOf(values.before) ?? row?.name)
  return {
    ...shared,
    action: 'update',
    // Only a button was pressed, beside fields that were left empty.
    ...(intent.verb && Object.keys(values.after).length === 0 && { after: told(intent) }),
    ...(id !== undefined && { id }),
    ...(name !== undefined && { name }),
    ...(Object.keys(values.before).length > 0 && { before: values.before, beforeFrom: 'form' as const }),
  }
}

/** {warehouse: {name, city}}: what all names begin with is no part of the thing. */
const withoutRoot = (after: JsonObject): JsonObject => {
  const [only, ...more] = Object.values(after)
  return more.length === 0 && isJsonObject(only) ? only : after
}

const isCreation = (
  post: FormPost,
  intent: Intent,
  subject: Subject,
  id: string | undefined,
  values: FormValues,
): boolean => {
  if (intent.kind === 'create') return true
  if ((id !== undefined && id !== subject.title) || subject.type === 'setting') return false
  if (subject.isNew) return true
  const headed = [post.snapshot?.heading, post.page?.heading, post.submitter?.label].some(
    (text) => text !== undefined && readVerb(text)?.kind === 'create',
  )
  if (headed && values.emptyBefore >= values.visible * 0.4) return true
  if (id !== undefined) return writesFirst(post)
  // A save with no id anywhere, of a form that was empty, whose answer names something new.
  return (
    intent.kind === 'save' &&
    values.visible > 0 &&
    values.emptyBefore >= values.visible * 0.6 &&
    newIdIn(post, subject.type, namesIn(values.after)) !== undefined
  )
}

/** The text of a page that had none. */
const writesFirst = ({ snapshot }: FormPost): boolean => {
  const texts = (snapshot?.fields ?? []).filter(({ type }) => type === 'textarea')
  return texts.length > 0 && texts.every(({ values }) => values.every((value) => value.trim() === ''))
}

/** The fields of one row, which script put into the form: a hidden element of the page with that id. */
const recordOf = (post: FormPost, id: string): JsonObject | undefined => {
  const found = post.page?.embedded.find(
    ({ value }) => isJsonObject(value) && typeof value.id === 'string' && value.id === id,
  )?.value
  return isJsonObject(found) ? found : undefined
}

const fits = (record: JsonObject, { after }: FormValues): boolean =>
  Object.keys(after).filter((key) => Object.hasOwn(record, key)).length >= 2

/** A login or e-mail address serves as id where the app shows none. */
const naturalId = (after: JsonObject, type: string | undefined): string | undefined => {
  const stem = type?.split(' ').at(-1) ?? ''
  const fresh = Object.keys(after).find((key) => {
    const noun = /^new_([a-z]+)$/i.exec(key)?.[1]?.toLowerCase()
    return noun !== undefined && (ABBREVIATIONS[noun] ?? noun) === stem && typeof after[key] === 'string'
  })
  if (fresh !== undefined) return String(after[fresh])
  for (const pattern of [
    new RegExp(
      `^(?:${stem.replace(/[^a-z]/g, '')}[_-]?(?:id|name|login)|login|username|user_?login|userid|uid|slug|key|name|code|title|email|host(?:name)?|address)$`,
      'i',
    ),
  ]) {
    const key = Object.keys(after).find((name) => pattern.test(name) && typeof after[name] === 'string')
    if (key !== undefined) return String(after[key])
  }
  return undefined
}

const namesIn = (after: JsonObject): string[] =>
  Object.entries(after)
    .filter(
      ([key, value]) =>
        typeof value === 'string' &&
        value.length > 0 &&
        value.length <= 100 &&
        /name|title|login|label|subject|email|user|slug|host|key|code|^id$/i.test(key) &&
        !/pass|secret|token/i.test(key),
    )
    .map(([, value]) => String(value))
