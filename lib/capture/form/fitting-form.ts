/** Which of the forms that were shown is the one that was sent. */
import type { FormSnapshot } from '../exchange.ts'
import type { FormPost } from '../finding.ts'
import { isPlumbingName, readVerb } from './form-names.ts'

/** The form that was sent, the first where several are alike: the one whose fields these are. */
export const fitting = (
  shown: readonly FormSnapshot[],
  url: string,
  fields: FormPost['fields'],
  method: string,
): FormSnapshot | undefined => {
  const names = [...new Set(fields.map(([name]) => name.replace(/\.[xy]$/, '')))].filter(
    (name) => !isPlumbingName(name),
  )
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
    const there = isSentTo(form, url)
    if (
      known < (there ? 0.4 : 0.6) ||
      (method !== 'ANY' && form.method !== (method === 'GET' ? 'get' : 'post'))
    )
      continue
    const pressed = form.submitters.some((button) => button.name !== '' && names.includes(button.name))
    const score =
      known + (there ? 0.3 : 0) + (pressed ? 0.3 : 0) + 0.4 * told(form, fields) - own.size / 10_000
    if (!best || score > best.score) best = { form, score }
  }
  return best?.form
}

/** Of the words that a form carries, hidden, how many were sent: several on one page differ in them alone ("action": "rename", "action": "delete"). */
const told = (form: FormSnapshot, fields: FormPost['fields']): number => {
  const carried = form.fields.filter(
    ({ type, name, values }) => type === 'hidden' && !isPlumbingName(name) && values[0],
  )
  const sent = carried.filter(({ name, values }) =>
    fields.some(([other, value]) => other === name && value === values[0]),
  )
  return carried.length === 0 ? 0 : sent.length / carried.length
}

/** A form whose tokens alone were sent is not what a script sent; nor is "Add key", sent in part and to elsewhere. */
export const shownAndSent = (
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

export const isSameForm = (a: FormSnapshot, b: FormSnapshot): boolean => {
  const names = new Set(a.fields.map(({ name }) => name))
  return (
    pathOf(a.action) === pathOf(b.action) &&
    a.method === b.method &&
    b.fields.filter(({ name }) => names.has(name)).length >= 0.8 * b.fields.length
  )
}

export const isSentTo = (form: FormSnapshot, url: string): boolean => pathOf(form.action) === pathOf(url)

export const sameDocument = (a: string, b: string): boolean => a.replace(/#.*$/, '') === b.replace(/#.*$/, '')

const pathOf = (url: string): string => url.replace(/[?#].*$/, '').replace(/\/$/, '')
