/** A post that waits for its answer, as it may outlive its page: bounded, and sealed, so that no secret leaves in it. */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { FormField, FormSnapshot, PageView } from '../exchange.ts'
import type { FormPost } from '../finding.ts'
import { type RedactionRules, sealJson } from '../redact/redact-draft.ts'
import { isSecretField, valuesByName } from './form-values.ts'
import { secretTogether } from './secret-fields.ts'

export interface Pending {
  readonly post: FormPost
  readonly atMs: number
}

export const seal = ({ post, atMs }: Pending, rules: RedactionRules): Json => {
  const { snapshot, page } = post
  const sent = Object.fromEntries(valuesByName(post.fields))
  const shown = Object.fromEntries(
    valuesByName((snapshot?.fields ?? []).flatMap(({ name, values }) => values.map((one) => [name, one]))),
  )
  const labels = Object.fromEntries(
    (snapshot?.fields ?? []).flatMap((field) =>
      field.label === undefined
        ? []
        : ['sent', 'shown'].map((side) => [`/${side}/${escapeKey(field.name)}/0`, field.label as string]),
    ),
  )
  const secretNames = secretTogether(post.fields, snapshot?.fields)
  const secretPointers = [
    ...secretNames,
    ...(snapshot?.fields ?? []).filter(isSecretField).map(({ name }) => name),
  ].flatMap((name) => [`/sent/${escapeKey(name)}`, `/shown/${escapeKey(name)}`])
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
          fields: withValues(
            snapshot.fields.filter(({ name }) => !isLost(name)),
            values,
          ),
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

const MAX_KEPT_ROWS = 60

/** Fields of one name share its values, in their order. */
const withValues = (fields: readonly FormField[], values: JsonObject): FormField[] => {
  const left = new Map(Object.entries(values).map(([name, list]) => [name, texts(list)]))
  return fields.map((field) => ({
    ...plainField(field),
    values: left.get(field.name)?.splice(0, field.values.length) ?? [],
  }))
}

export const sealForm = (form: FormSnapshot, rules: RedactionRules): Json =>
  ({
    ...form,
    action: String(sealJson(form.action, rules)),
    fields: sealFields(form.fields, rules),
  }) as unknown as Json

export const sealFields = (fields: readonly FormField[], rules: RedactionRules): Json => {
  const together = secretTogether([], fields)
  return fields.map((field) => {
    const secretPointers =
      isSecretField(field) || together.has(field.name) ? [`/${escapeKey(field.name)}`] : []
    const sealed = sealJson(
      { [field.name]: [...field.values] },
      { ...rules, secretPointers },
      '0',
    ) as JsonObject
    return { ...plainField(field), values: sealed[field.name] ?? [] } as unknown as Json
  })
}

/** Long lists of choices say nothing that the answer needs. */
const plainField = ({ choices, ...field }: FormField): FormField => ({
  ...field,
  ...(choices && /checkbox|radio|multiple/.test(field.type) && { choices: choices.slice(0, 60) }),
  // One tells that there was no blank among them.
  ...(choices &&
    field.type === 'select-one' &&
    choices.every(({ value }) => value !== '') && { choices: choices.slice(0, 1) }),
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

const escapeKey = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1')

export const unseal = (memory: JsonObject): Pending | undefined => {
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

export const unsealForm = (form: Json | undefined): FormSnapshot | undefined => {
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

export const unsealField = (field: Json): FormField[] => {
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

export const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '')

export const texts = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
