/** Tells which field the person is in, by name and never by value, so that a panel can warn when a teammate changes the same one. */
import { labelOf } from '../../lib/capture/page/label.ts'
import type { EditedField } from '../../lib/messages/messages.ts'
import { isSecretField } from './edits.ts'

const MAX_NAME = 200

export const watchFocus = (signal: AbortSignal, tell: (field: EditedField | undefined) => void): void => {
  let told: string | undefined
  const say = (field: EditedField | undefined) => {
    const text = JSON.stringify(field)
    if (text === told) return
    told = text
    tell(field)
  }
  const options = { signal, capture: true, passive: true }
  document.addEventListener(
    'focusin',
    (event) => {
      const element = event.composedPath()[0]
      const isField = element instanceof Element && element.matches('input, select, textarea, [role=switch]')
      if (!isField || isSecretField(element)) return say(undefined)
      const label = labelOf(element)?.slice(0, MAX_NAME)
      const name = (element.getAttribute('name') || element.id).slice(0, MAX_NAME)
      say(label || name ? { ...(label && { label }), ...(name && { name }) } : undefined)
    },
    options,
  )
  document.addEventListener('focusout', () => say(undefined), options)
}
