/**
 * Watches forms: how each stood before the person touched it (`defaultValue` is no safe "before" under React), and when one leaves for a new
 * page. Forms whose data a script takes for itself leave as exchanges and are not told here.
 */
import type { FormSnapshot, Submission } from '../../lib/capture/exchange.ts'
import { readForm } from '../../lib/capture/page/form.ts'
import { headedForms } from '../../lib/capture/page/read-page.ts'
import type { ChannelEvents } from '../../lib/messages/channel.ts'

export interface Forms {
  /** As they stood before the person touched them, those that were touched last first. Forms that are gone since are among them. */
  readonly shown: () => readonly FormSnapshot[]
  /** The page may have new forms, or new values in forms that nobody has touched. */
  readonly look: () => void
  /** Something was saved: what forms hold now is the next "before". */
  readonly confirm: () => void
}

interface FormsDeps {
  readonly events: ChannelEvents
  readonly signal: AbortSignal
  /** `target`: where the answer comes, if not here: the name of a frame or tab, `_blank`, `_top`. */
  readonly onSubmit: (submission: Submission, target?: string) => void
}

interface Known {
  snapshot: FormSnapshot
  touched: boolean
  atMs: number
}

interface Data {
  readonly form: HTMLFormElement
  readonly fields: readonly (readonly [name: string, value: string])[]
}

const MAX_FORMS = 40
/** Dialogs are gone when their answer comes. */
const MAX_RECENT = 20
const LOOK_AFTER_MS = 300
/** Longer looks would be felt; what is left is read when the form is focused. */
const LOOK_FOR_MS = 12

export const watchForms = ({ events, signal, onSubmit }: FormsDeps): Forms => {
  const known = new WeakMap<Element, Known>()
  let recent: readonly Known[] = []
  let submitEvent: SubmitEvent | undefined
  let lastData: Data | undefined
  let lookTimer: ReturnType<typeof setTimeout> | undefined

  const snapshot = (form: Element, heading = headingOf(form)) => {
    const read = readForm(form, document.baseURI, heading)
    const entry = known.get(form)
    if (!entry) {
      const fresh = { snapshot: read, touched: false, atMs: performance.now() }
      known.set(form, fresh)
      recent = [fresh, ...recent].slice(0, MAX_RECENT)
    } else entry.snapshot = entry.touched ? withNewFields(entry.snapshot, read) : read
  }

  const look = () => {
    lookTimer = undefined
    if (signal.aborted) return
    const end = performance.now() + LOOK_FOR_MS
    for (const { form, heading } of headedForms(document)) {
      if (performance.now() > end) return
      snapshot(form, heading)
    }
  }
  const lookSoon = () => {
    if (lookTimer !== undefined) return
    lookTimer = setTimeout(() => requestIdleCallback(look, { timeout: 1000 }), LOOK_AFTER_MS)
  }

  const touch = (event: Event) => {
    const form = formOf(event.composedPath()[0])
    if (!form) return
    // Focus and the pointer come before the first edit: this is the last moment at which the form is as the app filled it.
    if (event.type === 'focusin' || event.type === 'pointerdown' || !known.has(form)) snapshot(form)
    const entry = known.get(form)
    if (!entry || event.type === 'focusin') return
    entry.touched = true
    entry.atMs = performance.now()
  }

  const submit = ({ form, fields }: Data, submitter: HTMLElement | null | undefined) => {
    // Chromium collects the data of one submission twice: once to leave with, once for its navigate event.
    submitEvent = undefined
    lastData = undefined
    const before = known.get(form)?.snapshot ?? readForm(form, document.baseURI, headingOf(form))
    const sent = withOverrides(before, submitter)
    if (sent.method === 'dialog') return
    onSubmit(
      {
        form: sent,
        fields,
        ...(submitter && { submitter: describeSubmitter(submitter, before) }),
        pageUrl: location.href,
        atMs: Date.now(),
      },
      targetOf(form, submitter),
    )
  }

  const takeData = (event: FormDataEvent) => {
    const form = event.target
    if (!(form instanceof HTMLFormElement)) return
    const fields: [string, string][] = []
    // Firefox shows this world an object whose iterators it hides; forEach works in both.
    event.formData.forEach((value, name) => {
      fields.push([name, typeof value === 'string' ? value : value.name])
    })
    const data = { form, fields }
    // After its submit event has run its course, data is collected for leaving; within it, some script reads the form.
    if (
      submitEvent?.target === form &&
      submitEvent.eventPhase === Event.NONE &&
      !submitEvent.defaultPrevented
    )
      submit(data, submitEvent.submitter)
    else {
      lastData = data
      // Firefox collects while the event still counts as being dispatched; whether a script prevented it shows right after.
      const during = submitEvent
      if (during?.target === form)
        setTimeout(() => {
          if (lastData === data && submitEvent === during && !during.defaultPrevented)
            submit(data, during.submitter)
        })
    }
  }

  const takeSubmitByScript = (event: Event) => {
    if (lastData && event.target === lastData.form) submit(lastData, undefined)
  }

  const options = { signal, capture: true, passive: true }
  document.addEventListener('submit', (event) => (submitEvent = event), options)
  document.addEventListener('formdata', takeData, options)
  document.addEventListener(events.urgent, takeSubmitByScript, options)
  for (const type of ['focusin', 'pointerdown', 'input', 'change'])
    document.addEventListener(type, touch, options)
  const observer = new MutationObserver(lookSoon)
  observer.observe(document, { childList: true, subtree: true })
  signal.addEventListener('abort', () => observer.disconnect())

  return {
    shown: () => recent.toSorted((a, b) => b.atMs - a.atMs).map((entry) => entry.snapshot),
    look: lookSoon,
    confirm: () => {
      for (const form of [...document.forms].slice(0, MAX_FORMS)) {
        const entry = known.get(form)
        if (entry) entry.touched = false
      }
      lookSoon()
    },
  }
}

const headingOf = (form: Element): string | undefined =>
  headedForms(document).find((one) => one.form === form)?.heading

/** A form that the person is at may grow. */
const withNewFields = (shown: FormSnapshot, now: FormSnapshot): FormSnapshot => {
  const names = new Set(shown.fields.map(({ name }) => name))
  const added = now.fields.filter(({ name }) => !names.has(name))
  return added.length === 0 ? shown : { ...shown, fields: [...shown.fields, ...added] }
}

const formOf = (target: EventTarget | undefined): HTMLFormElement | undefined => {
  if (!(target instanceof Element)) return undefined
  const form = 'form' in target ? target.form : target.closest('form')
  return form instanceof HTMLFormElement ? form : undefined
}

/** A button may send the form elsewhere (`formaction`, `formmethod`). */
const withOverrides = (form: FormSnapshot, submitter: HTMLElement | null | undefined): FormSnapshot => {
  const action = submitter?.getAttribute('formaction')
  const method = submitter?.getAttribute('formmethod')?.toLowerCase()
  return {
    ...form,
    ...(action && { action: URL.parse(action, document.baseURI)?.href ?? form.action }),
    ...((method === 'get' || method === 'post' || method === 'dialog') && { method }),
  }
}

/** Undefined for this very frame. */
const targetOf = (form: HTMLFormElement, submitter: HTMLElement | null | undefined): string | undefined => {
  const base = document.querySelector('base[target]')
  const given = [
    submitter?.getAttribute('formtarget'),
    form.getAttribute('target'),
    base?.getAttribute('target'),
  ]
  const target = given.find((one) => one !== null && one !== undefined) ?? ''
  const word = target.toLowerCase()
  if (word === '' || word === '_self' || target === self.name) return undefined
  if (word === '_top' || word === '_parent') return self === top ? undefined : '_top'
  return word === '_blank' ? word : target.slice(0, 300)
}

const describeSubmitter = (button: HTMLElement, form: FormSnapshot): NonNullable<Submission['submitter']> => {
  const name = button.getAttribute('name') ?? ''
  const value = button.getAttribute('value') ?? ''
  const known = form.submitters.find((one) => one.name === name && one.value === value)
  return known ?? { name, value, label: (button.textContent?.trim() || value).slice(0, 200) }
}
