/** Questions about a post that several readers of it ask. */
import type { Address } from '../../address.ts'
import type { FormPost } from '../../finding.ts'

/** `?title=Policy&action=protect`: what is acted on is the page of that title, whatever is done to it. */
export const titleOf = (post: FormPost): string | undefined => {
  const query = queryOf(post.url)
  return query.some(([name]) => name === 'action')
    ? query.find(([name, value]) => name === 'title' && value !== '' && !/^\w+:/.test(value))?.[1]
    : undefined
}

export const isField = (post: FormPost, name: string): boolean =>
  (post.snapshot?.fields ?? []).some((field) => field.name === name && field.type !== 'hidden')

export const isScript = (address: Address): boolean =>
  /\.(?:php\d?|cgi|pl|aspx?|jspa?|jsf|xhtml|faces|do|action|html?|py|rb|cfm|exe|dll|fcgi)$/i.test(
    address.segments.at(-1) ?? '',
  ) || address.segments.length === 0

export const queryOf = (url: string): [string, string][] => {
  try {
    return [...new URL(url).searchParams]
  } catch {
    return []
  }
}
