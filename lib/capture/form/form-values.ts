/**
 * The fields of a form that left → before and after in one shape. Absence is a value: an unticked box is false, an empty list is []. Hidden
 * fields that only come back are left out, as are passwords that were not filled in and those typed to prove something.
 */
import { isJsonObject, type Json, type JsonObject, keysToPointer } from '../../model/json.ts'
import type { FormField } from '../exchange.ts'
import type { FormPost } from '../finding.ts'
import { MAX_FIELDS } from '../page/form.ts'
import { isPlaceholder } from '../redact/secret-shapes.ts'
import { splitWords } from '../words.ts'
import { fieldKeys, isActionName, isPlumbingName, isProofToken } from './form-names.ts'
import { secretTogether } from './secret-fields.ts'
import { chosenInLists } from './transfer-list.ts'

export interface FormValues {
  readonly before: JsonObject
  readonly after: JsonObject
  readonly labels: Readonly<Record<string, string>>
  readonly secretPointers: readonly string[]
  /** Fields that the person could fill in, and how many of them were empty in the form. */
  readonly visible: number
  readonly emptyBefore: number
}

export interface ValueOptions {
  /** Field names that said what to do or to which, and are no values. */
  readonly spent: ReadonlySet<string>
  readonly creates: boolean
  /** The record that the form was filled from by script, where the page holds it. */
  readonly record?: JsonObject
  /** What the bracketed names of all fields begin with, taken off. */
  readonly root?: readonly string[]
}

export const readValues = (post: FormPost, { spent, creates, record, root }: ValueOptions): FormValues => {
  const before: JsonObject = {}
  const after: JsonObject = {}
  const labels: Record<string, string> = {}
  const secretPointers: string[] = []
  const together = secretTogether(post.fields, post.snapshot?.fields)
  const sent = valuesByName(post.fields)
  const known = new Map((post.snapshot?.fields ?? []).map((field) => [field.name, field]))
  const isWhole = post.via === 'form' || sentShare(post, sent) >= 0.6
  const passwords = new Set<string>()
  const inLists = chosenInLists(post)
  const chosen = new Set((post.snapshot?.fields ?? []).filter(isMany).map(({ name }) => name))
  let visible = 0
  let emptyBefore = 0

  const put = (field: FormField, was: Json | undefined, is: Json): void => {
    const keys = keysOf(field.name, root)
    if (keys.length === 0 || keys.includes('__proto__')) return
    if (was !== undefined) setAt(before, keys, was)
    setAt(after, keys, is)
    const pointer = keysToPointer(keys)
    if (field.label) labels[pointer] = field.label
    if (isSecretField(field) || together.has(field.name)) secretPointers.push(pointer)
  }

  const namesakes = new Map<string, number>()
  for (const field of post.snapshot?.fields ?? []) {
    const place = namesakes.get(field.name) ?? 0
    namesakes.set(field.name, place + 1)
    // What a person sees and sets is a value, whatever it is called: "Format: A4".
    const isSeen = field.type !== 'hidden' && field.label !== undefined && !isProofToken(field.name)
    if (spent.has(field.name) || (isPlumbingName(field.name) && !isSeen) || field.type === 'file') continue
    if (isRemark(post, field) || isMark(post, field)) continue
    if (isSwitchedOff(post, field, sent)) continue
    const all = sent.get(field.name)
    const isOneOfMany = all !== undefined && all.length > 1 && all.length === sameNamed(post, field)
    const values = isOneOfMany ? [all[place] ?? ''] : all
    // The same field again, as it was: what differs among its namesakes is the change.
    if (isOneOfMany && place > 0 && sameValues(values ?? [], field.values)) continue
    if (field.type === 'hidden') {
      // A hidden field is no input of the person's, unless script changed it.
      if (
        values === undefined ||
        chosen.has(field.name) ||
        isRepeated(field, values, post) ||
        (!creates && sameValues(values, field.values)) ||
        (creates && isContext(field, values))
      )
        continue
    } else visible += 1
    if (values === undefined && (field.disabled || !isChoice(field) || !isWhole)) continue
    const listed = inLists.get(field.name)
    const is = listed ? [...(values ?? [])] : fieldValue(field, values ?? [])
    if (is === '' && hasNoBlank(field)) continue
    if (isSecretField(field)) {
      if (typeof is !== 'string' || is === '' || isPlaceholder(is) || isProof(field) || passwords.has(is))
        continue
      passwords.add(is)
    }
    const shown = listed ? [...listed] : shownValue(field)
    if (isEmpty(shown)) emptyBefore += field.type === 'hidden' ? 0 : 1
    if (creates) {
      if (!isEmpty(is)) put(field, undefined, is)
    } else if (record) {
      const was = recordValue(field, record, is)
      if (was !== undefined) put(field, was, is)
    } else
      put(
        field,
        isSecretField(field) && (shown === '' || isPlaceholder(String(shown))) ? undefined : shown,
        is,
      )
  }
  const pairs = post.snapshot ? [] : pairsIn(post.fields)
  for (const [name, value] of pairs)
    put({ name, type: looksSecret(name) ? 'password' : 'text', values: [] }, undefined, value)
  visible += pairs.length
  // What script added to a form that the person changed elsewhere had a value before that was not seen.
  const isTold =
    !creates && post.via === 'form' && known.size > 2 && JSON.stringify(before) !== JSON.stringify(after)
  const chosenElsewhere = isTold
    ? [...sent.keys()].filter(
        (name) =>
          !known.has(name) &&
          !spent.has(name) &&
          !isPlumbingName(name) &&
          !isButton(post, name) &&
          sent.get(name)?.every(isCode) &&
          !isNewRow(name, known),
      )
    : []
  // Of a form that was too long to be read whole, what is not known may have been there.
  const isCut = (post.snapshot?.fields.length ?? 0) >= MAX_FIELDS
  if ((!record || creates) && pairs.length === 0 && !isCut)
    for (const [name, values] of sent) {
      const [first = ''] = values
      if (chosenElsewhere.length > 1 && chosenElsewhere.includes(name)) continue
      if (known.has(name) || spent.has(name) || isPlumbingName(name) || isImagePart(name)) continue
      if (
        post.snapshot &&
        (isButton(post, name) || isActionName(name) || values.every((value) => value === ''))
      )
        continue
      if (isActionName(name)) continue
      const list = name.endsWith('[]') || values.length > 1
      const field: FormField = { name, type: looksSecret(name) ? 'password' : 'text', values: [] }
      if (isSecretField(field)) {
        if (first === '' || isPlaceholder(first) || isProof(field) || passwords.has(first)) continue
        passwords.add(first)
      }
      visible += 1
      if (post.snapshot && !isCode(first)) emptyBefore += 1
      if (first === '' && !list && creates) continue
      put(field, undefined, list ? [...values] : normal(first))
    }
  return { before, after, labels, secretPointers, visible, emptyBefore }
}

/** Chosen from a list rather than typed. */
const isCode = (value: string): boolean => /^[\w-]{0,20}$/.test(value)

/** `macros[1][name]` beside `macros[0][name]`: a row that was added. */
const isNewRow = (name: string, known: ReadonlyMap<string, unknown>): boolean => {
  const shape = name.replace(/\[\d+\]/g, '[]')
  return shape !== name && [...known.keys()].some((other) => other.replace(/\[\d+\]/g, '[]') === shape)
}

const sameNamed = (post: FormPost, { name, type }: FormField): number =>
  isChoiceType(type)
    ? 0
    : (post.snapshot?.fields ?? []).filter((field) => field.name === name && !isChoiceType(field.type)).length

export const valuesByName = (fields: FormPost['fields']): Map<string, string[]> => {
  const sent = new Map<string, string[]>()
  for (const [name, value] of fields.slice(0, 5_000)) {
    const values = sent.get(name)
    if (values) values.push(value)
    else sent.set(name, [value])
  }
  return sent
}

/** Names and values in fields beside each other: `fields_name[0]=price` and `fields[0]=9`, `key[]` and `value[]`. */
const pairsIn = (fields: FormPost['fields']): (readonly [string, string])[] =>
  fields.flatMap(([name, said], index): (readonly [string, string])[] => {
    const [, root = '', rest = ''] = /^([a-z_]+?)(?:_names?|_keys?)((?:\[[^[\]]*\])+)$/i.exec(name) ?? []
    if (root === '' || !/^[a-z_][\w -]{0,60}$/i.test(said)) return []
    const nth = fields.slice(0, index).filter(([other]) => other === name).length
    const values = fields.filter(([other]) => other === `${root}${rest}` || other === `${root}_value${rest}`)
    const value = values[rest.endsWith('[]') ? nth : 0]?.[1]
    return value === undefined ? [] : [[said, value]]
  })

/** How much of the form's visible text fields was sent: a script that saves one field sends one. */
const sentShare = (post: FormPost, sent: ReadonlyMap<string, unknown>): number => {
  const texts = (post.snapshot?.fields ?? []).filter(
    (field) => field.type !== 'hidden' && !isChoice(field) && !field.disabled,
  )
  return texts.length === 0 ? 1 : texts.filter((field) => sent.has(field.name)).length / texts.length
}

const keysOf = (name: string, root: readonly string[] = []): string[] => {
  const keys = fieldKeys(name)
  return keys.length > root.length && root.every((key, index) => keys[index] === key)
    ? keys.slice(root.length)
    : keys
}

const isChoiceType = (type: string): boolean => /^(?:checkbox|radio|select-multiple)$/.test(type)
const isChoice = (field: FormField): boolean => isChoiceType(field.type)
/** Boxes or a list of one name; a hidden field of that name only sees to it that something is sent. */
const isMany = (field: FormField): boolean =>
  field.type === 'select-multiple' || (field.type === 'checkbox' && field.name.endsWith('[]'))

/** One box is a yes or no; several of one name, and lists, are lists. */
const isFlag = (field: FormField): boolean =>
  field.type === 'checkbox' &&
  !field.name.endsWith('[]') &&
  (field.choices?.filter((choice) => choice.label !== '').length ?? 1) <= 1

const fieldValue = (field: FormField, values: readonly string[]): Json => {
  if (isFlag(field))
    return values.length > 0 && values.at(-1) === (field.choices?.[0]?.value ?? values.at(-1))
  if (field.type === 'checkbox' || field.type === 'select-multiple') return withoutDefault(field, values)
  if (values.length > 1 && field.type !== 'radio') return values.map(normal)
  return normal(values.at(-1) ?? '')
}

const shownValue = (field: FormField): Json => fieldValue(field, field.values)

/** Script put a blank into a list that had none: nothing could be chosen there. */
const hasNoBlank = ({ type, choices = [] }: FormField): boolean =>
  type === 'select-one' && choices.length > 0 && choices.every(({ value }) => value !== '')

/** The hidden first value of a list of boxes ("0", "") is there so that something is sent. */
const withoutDefault = (field: FormField, values: readonly string[]): string[] => {
  const choices = new Set((field.choices ?? []).map((choice) => choice.value))
  return values.filter((value) => (choices.size === 0 ? value !== '' : choices.has(value)))
}

const normal = (text: string): string => text.replaceAll('\r\n', '\n')

const recordValue = (field: FormField, record: JsonObject, is: Json): Json | undefined => {
  const key = fieldKeys(field.name).at(-1) ?? field.name
  const was = Object.hasOwn(record, field.name)
    ? record[field.name]
    : Object.hasOwn(record, key)
      ? record[key]
      : undefined
  if (typeof was !== 'string') return was
  if (isFlag(field)) return was !== '' && was === (field.choices?.[0]?.value ?? '1')
  if (Array.isArray(is)) {
    const list = was === '' ? [] : was.split(/\s*,\s*/)
    const there = new Set(is.map(String))
    // In the order sent, so that only what came or went differs.
    return list.length === is.length && list.every((one) => there.has(one)) ? is : list
  }
  return was
}

const sameValues = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((value, index) => normal(value) === normal(b[index] ?? ''))

/** Of a creation's hidden fields only those that hold a value that was chosen earlier (a wizard's) count. */
const isContext = (field: FormField, values: readonly string[]): boolean =>
  isActionName(field.name) ||
  /^(?:page|do|tab|view|screen|step|start|limit|offset|id|section|module|type)$/i.test(field.name) ||
  values.every((value) => value === '' || value === '0' || value === '-1')

/** `printer_name` beside `PRINTER_NAME`: the same again, for the script's own use. */
const isRepeated = (field: FormField, values: readonly string[], post: FormPost): boolean =>
  post.fields.some(
    ([name, value]) =>
      name !== field.name &&
      name.toLowerCase() === field.name.toLowerCase() &&
      value === values[0] &&
      name < field.name,
  )

const isEmpty = (value: Json): boolean =>
  value === '' ||
  value === false ||
  (Array.isArray(value) && value.length === 0) ||
  (isJsonObject(value) && Object.keys(value).length === 0)

export const isSecretField = (field: Pick<FormField, 'type' | 'autocomplete'>): boolean =>
  field.type === 'password' || /one-time-code|cc-(?:number|csc|exp)|-password/.test(field.autocomplete ?? '')

/** What the person says about the change ("Edit summary"), beside the text that is changed: no value of the resource. */
const isRemark = (post: FormPost, field: FormField): boolean =>
  field.type !== 'hidden' &&
  (/^(?:edit summary|change (?:note|message|comment|summary|description|reason)|commit (?:message|summary)|revision (?:note|log|message|comment|summary)|reason for (?:the |this )?(?:change|edit)|log message|audit (?:comment|reason|note))$/.test(
    splitWords(field.label ?? '').join(' '),
  ) ||
    (/^(?:\w+_)?(?:edit_?summary|wpSummary|summary|commit_?message|change_?note|revision_?log)$/i.test(
      fieldKeys(field.name).at(-1) ?? '',
    ) &&
      (post.snapshot?.fields ?? []).some(
        ({ type, name, values }) =>
          type === 'textarea' && name !== field.name && values.some((value) => value !== ''),
      ) &&
      field.values.every((value) => value === '')))

/**
 * Fields of a part that script switched off are not sent, neither boxes nor texts, or only the hidden field beside them is: they were left as
 * they are.
 */
const isSwitchedOff = (
  post: FormPost,
  field: FormField,
  sent: ReadonlyMap<string, readonly string[]>,
): boolean => {
  if (field.type === 'hidden') return false
  const fields = post.snapshot?.fields ?? []
  const values = sent.get(field.name)
  if (!isChoice(field)) {
    const beside = fields.find(({ name, type }) => name === field.name && type === 'hidden')
    return beside !== undefined && values !== undefined && sameValues(values, beside.values)
  }
  const [root, ...inner] = fieldKeys(field.name)
  if (values !== undefined || inner.length === 0) return false
  const texts = fields.filter(
    ({ name, type, disabled }) =>
      type !== 'hidden' &&
      !disabled &&
      !isChoiceType(type) &&
      name.includes('[') &&
      fieldKeys(name)[0] === root,
  )
  return texts.length > 0 && texts.every(({ name }) => !sent.has(name))
}

/** "Change the priority" beside the priority, in a form for several at once: boxes that say which fields are meant. */
const isMark = (post: FormPost, field: FormField): boolean => {
  const verb = /^(?:change|apply|update|set|modify|overwrite|replace)_/i.exec(field.name)?.[0]
  return (
    verb !== undefined &&
    isFlag(field) &&
    (post.snapshot?.fields ?? []).filter((other) => isFlag(other) && other.name.startsWith(verb)).length >= 2
  )
}

const looksSecret = (name: string): boolean =>
  /(?:^|[_\-[\].])(?:\w*passw(?:or)?d?\w*|\w*pass\d?|pwd\w*|passphrase|pin|otp)(?:$|[\]_-])/i.test(name)

/** The old password, or the new one again. */
const isProof = (field: FormField): boolean => {
  const text = splitWords(`${field.name} ${field.label ?? ''}`).join(' ')
  return (
    /\b(?:old|current|existing|previous|oldpass\w*|curpass\w*|admin password|your password)\b|^oldp/.test(
      text,
    ) || field.autocomplete === 'current-password'
  )
}

const isButton = (post: FormPost, name: string): boolean =>
  post.submitter?.name === name || (post.snapshot?.submitters ?? []).some((button) => button.name === name)

const isImagePart = (name: string): boolean => /\.[xy]$/.test(name)

const setAt = (root: JsonObject, keys: readonly string[], value: Json): void => {
  let node = root
  keys.forEach((key, index) => {
    if (index === keys.length - 1) {
      if (!isJsonObject(node[key])) node[key] = value
      return
    }
    const next = Object.hasOwn(node, key) ? node[key] : undefined
    if (isJsonObject(next)) node = next
    else {
      const made: JsonObject = {}
      node[key] = made
      node = made
    }
  })
}
