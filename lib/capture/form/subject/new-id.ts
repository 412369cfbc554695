/** The id of what a form made, as the answer tells it. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { type Address, readAddress } from '../../address.ts'
import type { FormPost } from '../../finding.ts'
import { idStem, isPlumbingName } from '../form-names.ts'
import { isNewId } from './given-ids.ts'

/** The id of what was made, as the answer tells it: in the redirect's address, in markup, in the new row of the list. */
export const newIdIn = (
  post: FormPost,
  type: string | undefined,
  names: readonly string[],
): string | undefined => {
  const { answer } = post
  if (!answer) return undefined
  if (answer.url !== undefined && answer.url !== post.url) {
    const address = readAddress(answer.url)
    const known = new Set(readAddress(post.pageUrl).query.map(([name, value]) => `${name}=${value}`))
    const stem = type?.split(' ').at(-1)
    const inQuery = address.query.find(
      ([name, value]) => isIdOf(name, stem) && value !== '' && !known.has(`${name}=${value}`),
    )
    if (inQuery) return inQuery[1]
    const inPath = freshId(address, post)
    if (inPath !== undefined) return inPath
  }
  const inForm = idInFormAgain(post, type)
  if (inForm !== undefined) return inForm
  if (answer.body !== undefined) {
    const stem = type?.split(' ').at(-1) ?? ''
    const inMarkup =
      /<(?:term_id|id|post_id|user_id|object_id)>\s*(?:<!\[CDATA\[)?\s*([\w-]{1,40})\s*(?:\]\]>)?\s*<\//i.exec(
        answer.body,
      )?.[1] ??
      new RegExp(`\\bid=["']?(?:${stem || 'row'}|row|item|tr|entry)[-_](\\d{1,20})["']?`, 'i').exec(
        answer.body,
      )?.[1]
    if (inMarkup) return inMarkup
  }
  const before = new Set([...(post.knownRows ?? []), ...(post.page?.rows ?? []).map((row) => row.ids[0])])
  const fresh = (answer.page?.rows ?? []).filter((row) => !before.has(row.ids[0]))
  const named = fresh.filter((row) =>
    names.some((name) => row.name === name || row.ids[0] === name || Object.values(row.cells).includes(name)),
  )
  const [made, ...others] = named.length > 0 ? named : fresh.length === 1 ? fresh : []
  if (others.length === 0) return made?.ids[0]
  // Of several with that name the last that was numbered; without numbers nothing tells which is new.
  const numbers = named.map((row) => Number(row.ids[0]))
  return numbers.every(Number.isInteger) ? String(Math.max(...numbers)) : undefined
}

/** The form comes back with what was saved, and knows by now which thing it is of: in a hidden field, or in its address. */
const idInFormAgain = (post: FormPost, type: string | undefined): string | undefined => {
  const names = new Set(post.fields.map(([name]) => name).filter((name) => !isPlumbingName(name)))
  const again = post.answer?.page?.forms.find(
    ({ fields }) => names.size > 1 && fields.filter(({ name }) => names.has(name)).length >= names.size * 0.6,
  )
  if (!again) return undefined
  const stem = type?.split(' ').at(-1)
  // Of the page that all this stands on.
  const stood = new Set([
    ...[...(post.page?.forms ?? []), ...(post.snapshot ? [post.snapshot] : [])].flatMap(({ fields }) =>
      fields.flatMap(({ values }) => values),
    ),
    ...[post.url, post.pageUrl].flatMap((url) => readAddress(url).query.map(([, value]) => value)),
  ])
  const said = again.fields.find(
    ({ name, type: control, values: [value = ''] }) =>
      control === 'hidden' && !names.has(name) && isIdOf(name, stem) && !isNewId(value) && !stood.has(value),
  )
  const address = readAddress(again.action)
  const inQuery = address.query.find(
    ([name, value]) => isIdOf(name, stem) && !isNewId(value) && !stood.has(value),
  )
  return said?.values[0] ?? inQuery?.[1] ?? freshId(address, post)
}

const isIdOf = (name: string, stem: string | undefined): boolean => {
  const of = idStem(name)
  return of !== undefined && (of === '' || of === stem)
}

/** An id in a path that the post's own has not. */
const freshId = (address: Address, post: FormPost): string | undefined => {
  const earlier = new Set(readAddress(post.url).segments)
  return address.segments.findLast((segment) => looksLikeId(segment) && !earlier.has(segment))
}
