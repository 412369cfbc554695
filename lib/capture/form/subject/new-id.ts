/** The id of what a form made, as the answer tells it. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { readAddress } from '../../address.ts'
import type { FormPost } from '../../finding.ts'
import { idStem } from '../form-names.ts'

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
    const inQuery = address.query.find(([name, value]) => {
      const of = idStem(name)
      return of !== undefined && (of === '' || of === stem) && value !== '' && !known.has(`${name}=${value}`)
    })
    if (inQuery) return inQuery[1]
    const earlier = new Set(readAddress(post.url).segments)
    const inPath = address.segments.findLast((segment) => looksLikeId(segment) && !earlier.has(segment))
    if (inPath !== undefined) return inPath
  }
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
  const before = new Set((post.page?.rows ?? []).map((row) => row.ids[0]))
  const fresh = (answer.page?.rows ?? []).filter((row) => !before.has(row.ids[0]))
  const named = fresh.find((row) =>
    names.some((name) => row.name === name || row.ids[0] === name || Object.values(row.cells).includes(name)),
  )
  return (named ?? (fresh.length === 1 ? fresh[0] : undefined))?.ids[0]
}
