/**
 * A form as it stands: fields with what they hold, what they are called, what could be chosen, and the buttons. On a live document the
 * current values, on a parsed one those of its markup. Never reads a form's own properties: a field named "action" hides them.
 */
import type { FormField, FormSnapshot } from '../exchange.ts'
import { choiceLabelOf, groupLabelOf, humanizeName, labelOf } from './label.ts'
import { foldSpace, MAX_TEXT, textOf, trimLabel } from './text.ts'

export const MAX_FIELDS = 600
const MAX_CHOICES = 120
/** Longer values are of no use as a "before". */
const MAX_VALUE = 256 * 1024

/** `url`: the page's address, against which the action is resolved. `heading`: what to say where the form has no name of its own. */
export const readForm = (form: Element, url: string, heading?: string): FormSnapshot => {
  const controls = controlsOf(form)
  const own = ownHeadingOf(form) ?? heading
  const id = form.getAttribute('id') ?? undefined
  const method = (form.getAttribute('method') ?? 'get').trim().toLowerCase()
  return {
    action: resolve(form.getAttribute('action') ?? '', url),
    method: method === 'post' || method === 'dialog' ? method : 'get',
    ...(id ? { id } : {}),
    ...(own ? { heading: own } : {}),
    fields: withoutPrefix(readFields(controls)),
    submitters: controls.filter(isSubmitter).slice(0, 60).map(readSubmitter),
  }
}

/** One control by itself. Radios and boxes of one name are one field: give any of them. */
export const readField = (element: Element): FormField => {
  const type = typeOf(element)
  const label =
    labelOf(element) ?? humanizeName(element.getAttribute('name') ?? element.getAttribute('id') ?? type)
  const autocomplete = element.getAttribute('autocomplete')
  const choices =
    element.localName === 'select'
      ? optionsOf(element)
      : type === 'checkbox'
        ? [{ value: checkedValueOf(element), label }]
        : undefined
  return {
    name: element.getAttribute('name') ?? '',
    type,
    values: valuesOf(element),
    ...(choices ? { choices } : {}),
    ...(type === 'hidden' ? {} : { label }),
    ...(autocomplete ? { autocomplete } : {}),
    ...(element.hasAttribute('disabled') || element.closest('fieldset[disabled]')
      ? { disabled: true as const }
      : {}),
  }
}

/** The controls that belong to a form, in document order, also those outside it (`form="id"`, or by the parser in bad tables). */
const controlsOf = (form: Element): Element[] => {
  const inside = [...form.querySelectorAll(CONTROLS)].filter((control) => !control.hasAttribute('form'))
  const id = form.getAttribute('id')
  const outside = id
    ? [...form.ownerDocument.querySelectorAll(CONTROLS)].filter(
        (control) => control.getAttribute('form') === id,
      )
    : []
  const owned = ownedByParser(form)
  const all = new Set([...inside, ...outside, ...owned])
  return [...all].slice(0, MAX_FIELDS + 60)
}

const CONTROLS = 'input,select,textarea,button'

const ownedByParser = (form: Element): Element[] => {
  if (typeof HTMLFormElement === 'undefined' || !(form instanceof HTMLFormElement)) return []
  const elements: unknown = Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements')?.get?.call(
    form,
  )
  return elements instanceof HTMLFormControlsCollection
    ? [...elements].filter((control) => control.matches(CONTROLS))
    : []
}

const readFields = (controls: readonly Element[]): FormField[] => {
  const fields: FormField[] = []
  const choicesByName = new Map<string, Element[]>()
  for (const control of controls) {
    if (!isChoice(control)) continue
    const key = `${typeOf(control)} ${control.getAttribute('name')}`
    choicesByName.set(key, [...(choicesByName.get(key) ?? []), control])
  }
  for (const control of controls) {
    const name = control.getAttribute('name')
    if (!name || isButton(control) || fields.length >= MAX_FIELDS) continue
    const group = isChoice(control) ? (choicesByName.get(`${typeOf(control)} ${name}`) ?? []) : []
    if (group.length > 0 && group[0] !== control) continue
    const isGroup = typeOf(control) === 'radio' || group.length > 1
    fields.push(isGroup ? readGroup(group) : withHiddenDefault(readField(control), fields))
  }
  return fields
}

/** Where the page gives no labels, the part that all names begin with says nothing: `form_smtp_host`, `wpTitle`. */
const withoutPrefix = (fields: readonly FormField[]): FormField[] => {
  const shown = fields.filter(({ type }) => type !== 'hidden')
  const prefix = shown.length < 3 ? '' : commonPrefix(shown.map(({ name }) => name))
  return fields.map((field) =>
    prefix !== '' && field.label !== undefined && field.label === humanizeName(field.name)
      ? { ...field, label: humanizeName(field.name.slice(prefix.length)) }
      : field,
  )
}

/** Up to the end of a word. */
const commonPrefix = (names: readonly string[]): string => {
  const [first = '', ...others] = names
  let length = 0
  while (length < first.length && others.every((name) => name[length] === first[length])) length += 1
  const shared = first.slice(0, length)
  const ends = [...first.matchAll(/[^\p{L}\p{N}]+|(?<=\p{Ll})(?=\p{Lu})/gu)].map(
    (match) => match.index + match[0].length,
  )
  const end = ends.findLast((at) => at <= shared.length) ?? 0
  return names.every((name) => name.length > end) ? first.slice(0, end) : ''
}

const readGroup = (group: readonly Element[]): FormField => {
  const [first] = group as [Element]
  const choices = group.slice(0, MAX_CHOICES).map((choice) => ({
    value: checkedValueOf(choice),
    label: choiceLabelOf(choice) ?? checkedValueOf(choice),
  }))
  const name = first.getAttribute('name') ?? ''
  const label = groupLabelOf(first)
  const isFixed = (choice: Element): boolean => choice.hasAttribute('disabled')
  const allFixed = group.every(isFixed)
  return {
    name,
    type: typeOf(first),
    // One that is ticked for good among others that can be chosen is never sent, and so never taken away.
    values: group.filter((choice) => isChecked(choice) && (allFixed || !isFixed(choice))).map(checkedValueOf),
    choices,
    // A group's own name beats the label of its first choice.
    label: label && !choices.some((choice) => choice.label === label) ? label : humanizeName(name),
    ...(allFixed ? { disabled: true as const } : {}),
  }
}

/** A hidden field of the same name before an unticked box says what is sent instead. */
const withHiddenDefault = (field: FormField, earlier: FormField[]): FormField => {
  if (field.type !== 'checkbox' || field.name.endsWith('[]')) return field
  const index = earlier.findLastIndex((other) => other.name === field.name && other.type === 'hidden')
  const hidden = earlier[index]
  if (!hidden) return field
  earlier.splice(index, 1)
  const [unticked = ''] = hidden.values
  return {
    ...field,
    values: field.values.length > 0 ? field.values : hidden.values,
    choices: [...(field.choices ?? []), { value: unticked, label: '' }],
  }
}

const typeOf = (element: Element): string => {
  if (element.localName === 'select')
    return element.hasAttribute('multiple') ? 'select-multiple' : 'select-one'
  if (element.localName === 'textarea') return 'textarea'
  const type = (element.getAttribute('type') ?? '').trim().toLowerCase()
  if (element.localName === 'button') return type || 'submit'
  return type || (element.localName === 'input' ? 'text' : (element.getAttribute('role') ?? 'text'))
}

const isChoice = (element: Element): boolean =>
  element.localName === 'input' && /^(?:checkbox|radio)$/.test(typeOf(element))
const isButton = (element: Element): boolean => /^(?:submit|image|button|reset)$/.test(typeOf(element))
const isSubmitter = (element: Element): boolean =>
  /^(?:submit|image)$/.test(typeOf(element)) ||
  (element.localName === 'button' && !/^(?:button|reset)$/.test(typeOf(element)))

/** Properties of live controls; parsed ones (linkedom) have none, or only mirror attributes. */
const property = (element: Element, name: 'value' | 'checked' | 'defaultValue' | 'selected'): unknown =>
  (element as unknown as Record<string, unknown>)[name]

const isChecked = (element: Element): boolean => {
  const checked = property(element, 'checked')
  return typeof checked === 'boolean' ? checked : element.hasAttribute('checked')
}

const checkedValueOf = (element: Element): string =>
  (element.getAttribute('value') ?? 'on').slice(0, MAX_VALUE)

const valuesOf = (element: Element): string[] => {
  const type = typeOf(element)
  if (isChoice(element)) return isChecked(element) ? [checkedValueOf(element)] : []
  if (element.localName === 'select') return selectedOf(element)
  if (type === 'file') return []
  if (element.localName === 'textarea') return [textareaValueOf(element).slice(0, MAX_VALUE)]
  const live = property(element, 'checked') === undefined ? undefined : property(element, 'value')
  return [
    (typeof live === 'string' ? live : (element.getAttribute('value') ?? textOfEditable(element))).slice(
      0,
      MAX_VALUE,
    ),
  ]
}

const textOfEditable = (element: Element): string =>
  element.hasAttribute('contenteditable') ? textOf(element, 10_000) : ''

const textareaValueOf = (element: Element): string => {
  const value = property(element, 'value')
  if (typeof value === 'string' && typeof property(element, 'defaultValue') === 'string') return value
  return decodeEntities(element.textContent ?? '').replace(/^\r?\n/, '')
}

const selectedOf = (select: Element): string[] => {
  const options = [...select.querySelectorAll('option')]
  const selected = options.filter(
    (option) =>
      property(option, 'selected') === true ||
      (option.hasAttribute('selected') && property(option, 'selected') === undefined),
  )
  if (select.hasAttribute('multiple')) return selected.slice(0, MAX_CHOICES).map(optionValueOf)
  const shown =
    selected.at(-1) ??
    (isLive(select) ? undefined : options.find((option) => !option.hasAttribute('disabled')))
  return shown ? [optionValueOf(shown)] : []
}

const isLive = (select: Element): boolean =>
  typeof (select as unknown as Record<string, unknown>).selectedIndex === 'number'

const optionValueOf = (option: Element): string =>
  option.getAttribute('value') ?? foldSpace(option.textContent ?? '')

/** At most so many, those selected first: a list of all time zones is no help. */
const optionsOf = (select: Element): { value: string; label: string }[] => {
  const options = [...select.querySelectorAll('option')]
  return options.slice(0, MAX_CHOICES * 6).map((option) => ({
    value: optionValueOf(option),
    label: foldSpace(option.getAttribute('label') ?? option.textContent ?? '').slice(0, MAX_TEXT),
  }))
}

const readSubmitter = (button: Element): FormSnapshot['submitters'][number] => {
  const value = button.getAttribute('value') ?? ''
  const label =
    button.localName === 'button'
      ? textOf(button) || button.getAttribute('aria-label') || button.getAttribute('title') || value
      : typeOf(button) === 'image'
        ? (button.getAttribute('alt') ?? button.getAttribute('title') ?? value)
        : value || button.getAttribute('aria-label') || 'Submit'
  return { name: button.getAttribute('name') ?? '', value, label: trimLabel(label).slice(0, MAX_TEXT) }
}

const ownHeadingOf = (form: Element): string | undefined => {
  const named = form.getAttribute('aria-label')
  if (named) return trimLabel(named)
  const labelled = form.getAttribute('aria-labelledby')
  const source = labelled
    ? form.ownerDocument.querySelector(`[id="${labelled.replace(/["\\]/g, '\\$&')}"]`)
    : null
  if (source) return trimLabel(textOf(source)) || undefined
  const [first] = form.querySelectorAll('h1,h2,h3,h4,h5,h6,input:not([type=hidden]),select,textarea,button')
  const legends = [...form.querySelectorAll('legend')]
  const only = first?.matches('h1,h2,h3,h4,h5,h6') ? first : legends.length === 1 ? legends[0] : undefined
  return only ? trimLabel(textOf(only)) || undefined : undefined
}

const resolve = (action: string, url: string): string => {
  try {
    return new URL(action.trim(), url).href
  } catch {
    return url
  }
}

const NAMED: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
}

const decodeEntities = (text: string): string =>
  text.replace(
    /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/gi,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (name) return NAMED[name.toLowerCase()] ?? whole
      const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16)
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
    },
  )
