/**
 * Watches what the person edits, in forms or not: fields, switches, sliders, editable text. Says what a field held before and after and
 * what it is called. The values of secret fields are never read.
 */
import type { FieldEdit } from '../../lib/capture/exchange.ts'
import { labelOf } from '../../lib/capture/page/label.ts'
import { secretOfName } from '../../lib/capture/redact/secret-names.ts'

export interface Edits {
  /** Tells what is being edited right now, because something is about to be sent. */
  readonly settle: () => void
}

interface EditsDeps {
  readonly signal: AbortSignal
  readonly onEdit: (edit: FieldEdit) => void
}

/** How long after the last key a field that keeps the focus counts as edited. */
const SETTLE_AFTER_MS = 1000
const MAX_VALUE = 20_000
const WIDGETS =
  '[role=switch],[role=checkbox],[role=radio],[role=slider],[role=menuitemcheckbox],[aria-pressed]'

export const watchEdits = ({ signal, onEdit }: EditsDeps): Edits => {
  const before = new WeakMap<Element, string | undefined>()
  const edited = new Set<Element>()
  let timer: ReturnType<typeof setTimeout> | undefined

  const settle = () => {
    clearTimeout(timer)
    for (const element of edited) {
      const old = before.get(element)
      const after = heldBy(element)
      before.set(element, after)
      if (after === undefined || after === old || isSecretField(element)) continue
      const label = isField(element) ? labelOf(element) : (nameOfWidget(element) ?? labelOf(element))
      const name = element.getAttribute('name') || element.id
      onEdit({
        ...(label && { label }),
        ...(name && { name }),
        type: typeOf(element),
        ...(old !== undefined && { before: old }),
        after,
        atMs: Date.now(),
      })
    }
    edited.clear()
  }

  /** Before the first edit: what the field holds as the app left it. */
  const meet = (event: Event) => {
    const element = editableOf(event)
    if (element && !edited.has(element) && !isSecretField(element)) before.set(element, heldBy(element))
  }
  const change = (event: Event) => {
    const element = editableOf(event)
    if (!element || isSecretField(element)) return
    if (!before.has(element) && event.type !== 'click') before.set(element, valueBeforeFirstEdit(element))
    edited.add(element)
    clearTimeout(timer)
    timer = setTimeout(settle, SETTLE_AFTER_MS)
    if (event.type === 'change') settle()
  }

  const options = { signal, capture: true, passive: true }
  for (const type of ['focusin', 'pointerdown', 'beforeinput']) document.addEventListener(type, meet, options)
  for (const type of ['input', 'change', 'click', 'keyup']) document.addEventListener(type, change, options)
  document.addEventListener('focusout', settle, options)
  return { settle }
}

/** The field or widget that an event is about. A click or a key counts for widgets only: fields say themselves when they change. */
const editableOf = (event: Event): Element | undefined => {
  const target = event.composedPath()[0]
  if (!(target instanceof Element)) return undefined
  const widget = target.closest(WIDGETS)
  if (event.type === 'click' || event.type === 'keyup')
    return isField(widget) ? undefined : (widget ?? undefined)
  if (isField(target)) return target
  return (
    target.closest('[contenteditable=""],[contenteditable=true],[contenteditable=plaintext-only]') ??
    widget ??
    undefined
  )
}

const isField = (
  element: Element | null,
): element is HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLSelectElement ||
  element instanceof HTMLTextAreaElement

const isBox = (element: Element): element is HTMLInputElement =>
  element instanceof HTMLInputElement && (element.type === 'checkbox' || element.type === 'radio')

const typeOf = (element: Element): string =>
  isField(element) ? element.type : (element.getAttribute('role') ?? 'contenteditable')

const heldBy = (element: Element): string | undefined => {
  if (isBox(element)) return element.type === 'radio' ? element.value : String(element.checked)
  if (element instanceof HTMLSelectElement)
    return [...element.selectedOptions].map((option) => option.value).join(', ')
  if (isField(element)) return element.type === 'file' ? undefined : element.value.slice(0, MAX_VALUE)
  for (const state of ['aria-checked', 'aria-valuenow', 'aria-pressed']) {
    const value = element.getAttribute(state)
    if (value !== null) return value
  }
  return element.hasAttribute('contenteditable') ? element.textContent?.slice(0, MAX_VALUE) : undefined
}

/** For an edit that came without focus: a box was the other way round; of other fields only the markup is left to ask. */
const valueBeforeFirstEdit = (element: Element): string | undefined => {
  if (isBox(element)) return element.type === 'checkbox' ? String(!element.checked) : undefined
  if (element instanceof HTMLSelectElement)
    return [...element.options].find((option) => option.defaultSelected)?.value
  return undefined
}

/** Widgets are named by what they contain, where nothing else names them. */
const nameOfWidget = (element: Element): string | undefined =>
  element.matches('[aria-label],[aria-labelledby],[contenteditable]')
    ? undefined
    : element.textContent?.replace(/\s+/g, ' ').trim().slice(0, 200) || undefined

/** Its value is never read, and it is never named. */
export const isSecretField = (element: Element): boolean => {
  const autocomplete = element.getAttribute('autocomplete') ?? ''
  if (element.getAttribute('type') === 'password' || /^cc-|one-time-code|password/.test(autocomplete))
    return true
  const names = [element.getAttribute('name'), element.id, element.getAttribute('aria-label')]
  return (
    names.some((name) => name && secretOfName(name)) || secretOfName(labelOf(element) ?? '') !== undefined
  )
}
