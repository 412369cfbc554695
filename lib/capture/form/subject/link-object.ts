/** Links that act name their object by what it is: `?plugin=akismet&action=activate`. */
import type { FormPost } from '../../finding.ts'
import { singular } from '../../words.ts'
import { ABBREVIATIONS, idStem, isActionName, isPlaceName, isPlumbingName } from '../form-names.ts'
import { queryOf } from './posted.ts'

/** `post=4` for a post. */
export const objectId = (post: FormPost, type: string | undefined): string | undefined => {
  const query = queryOf(post.url)
  const own = query.find(
    ([name, value]) =>
      value !== '' &&
      singular(ABBREVIATIONS[name.toLowerCase()] ?? name.toLowerCase()) === type?.split(' ').at(-1),
  )
  return (own ?? nameBehindParents(post) ?? objectParam(post))?.[1]
}

/** `plugin=akismet`, `ext=info`: a parameter of a link that names the thing by what it is. */
export const objectParam = (post: FormPost): readonly [string, string] | undefined => {
  if (post.method !== 'GET') return undefined
  return queryOf(post.url).find(([name, value]) => value !== '' && isObjectName(name))
}

/** `delchan?user=petra&network=home&name=%23reef`: what it is in comes first. */
const nameBehindParents = (post: FormPost): readonly [string, string] | undefined => {
  const last = queryOf(post.url)
    .filter(([name, value]) => value !== '' && !isPlumbingName(name))
    .at(-1)
  return last && /^name$/i.test(last[0]) && objectParam(post) ? last : undefined
}

const isObjectName = (name: string): boolean =>
  /^[a-z]{3,24}$/i.test(name) &&
  !isActionName(name) &&
  !isPlaceName(name) &&
  !isPlumbingName(name) &&
  idStem(name) === undefined &&
  !/^(?:paged?|order|orderby|sort|dir|lang|filter|search|limit|offset|start|count|status|view|mode|redirect|ref|key|code|hash|confirm|force|yes|all|new|name|value|date|year|month|day|token|nonce|sectok|call)$/i.test(
    name,
  )
