/** Which resource a form is about: its type, id and name, from bracketed names, verbs, address, hidden fields, the answer and the words on the page. */
import { type Address, isPrefix, readAddress } from '../../address.ts'
import type { PageRow } from '../../exchange.ts'
import type { FormPost } from '../../finding.ts'
import { isRouted } from '../../front-controller.ts'
import { isPlural } from '../../words.ts'
import type { Intent } from '../form-intent.ts'
import { idStem, isSettingsWord, readVerb } from '../form-names.ts'
import {
  type GivenId,
  idAfterVerb,
  idFor,
  idInPath,
  idOfPage,
  idsGiven,
  isActionPage,
  isNewId,
  nameAsId,
  settingsId,
} from './given-ids.ts'
import { numberedBoxes, pickedIds } from './picked-ids.ts'
import { isField, isScript, titleOf } from './posted.ts'
import { namesResource, sharedRoot } from './shared-root.ts'
import { cellsOf, tableAfterVerb } from './table-rows.ts'
import { typeOf } from './type.ts'

export interface Subject {
  readonly type?: string
  /** Several for an action on a list. None: a singleton, or new. */
  readonly ids: readonly string[]
  /** The title that its address names it by, of what may not exist yet. */
  readonly title?: string
  /** Bracketed names share these: `user[name]`, a word that says nothing: `data[name]`, a row of a table: `data[pages][5][title]`. */
  readonly root?: readonly string[]
  /** A hidden id that is empty or 0: what is sent is new. */
  readonly isNew: boolean
  /** Fields that named it. */
  readonly spent: ReadonlySet<string>
  readonly scope: readonly string[]
  readonly place: string
}

export const subjectOf = (post: FormPost, intent: Intent): Subject => {
  const spent = new Set<string>()
  const address = namedByPage(aspectOfOwner(readAddress(post.url)), post)
  const script = isScript(address)
  const shared = sharedRoot(post)
  const word = shared?.at(-1)
  const root = word !== undefined && namesResource(word) && !numberedBoxes(post).has(word) ? word : undefined
  const picked = pickedIds(post, intent, spent)
  const given = idsGiven(post)
  const told = typeOf({ post, intent, address, script, root, given })
  // A password is somebody's: a change of the user it belongs to.
  const isPassword =
    told !== undefined && /^(?:(?:new |own |user |my )?passw(?:or)?d|login password)$/.test(told)
  const type = isPassword ? 'user' : told
  const isSetting = type !== undefined && isSettingsWord(type)
  const id =
    idFor(type, given, isSetting, isRouted(post.url)) ??
    (isSetting && picked.length === 0
      ? undefined
      : (idInPath(address, script) ??
        (intent.kind === 'create' || isSetting ? undefined : (nameAsId(post, type) ?? idOfPage(post))) ??
        idAfterVerb(post)))
  // What names it now may be a field of the form too: it is given another name.
  if (id?.hidden && !isField(post, id.name)) spent.add(id.name)
  // The address once more, for servers that don't read it.
  for (const [name, value] of post.fields) if (!isField(post, name) && isActionPage(value)) spent.add(name)
  const named = [...intent.ids.slice(-1), ...(id && !isNewId(id.value) ? [id.value] : [])].slice(0, 1)
  const ids = picked.length > 0 ? picked : named
  const isNew =
    saysNew(given, type) ||
    /\/(?:new|add|create)(?:\/|$|\.)/i.test(address.path) ||
    (script && tableAfterVerb(post) !== undefined && id === undefined)
  const title = titleOf(post)
  return {
    ...(type !== undefined && { type: isSetting ? 'setting' : type }),
    ids:
      isSetting && picked.length === 0
        ? settingsId(post, ids, script ? [] : address.segments)
        : isPassword && ids.length === 0
          ? ownAccount(post)
          : ids,
    ...(script && title !== undefined && { title }),
    ...(shared !== undefined && { root: cellsOf(post)?.keys ?? shared }),
    isNew: isNew && ids.length === 0,
    spent,
    scope: script ? [] : address.scope,
    place: `${address.path} ${type ?? ''}`,
  }
}

/** A hidden id of its own that stands for "none yet". */
const saysNew = (given: readonly GivenId[], type: string | undefined): boolean =>
  given.some(
    ({ name, value, hidden }) =>
      hidden && isNewId(value) && (idStem(name) === '' || idStem(name) === type?.split(' ').at(-1)),
  )

/** The row of the page that an id belongs to; none where several could be meant. */
export const rowOf = (post: FormPost, id: string): PageRow | undefined => {
  const rows = post.page?.rows ?? []
  const sure = rows.filter((row) => row.ids[0] === id)
  if (sure.length === 1) return sure[0]
  const maybe = rows.filter((row) => row.ids.includes(id))
  return maybe.length === 1 ? maybe[0] : undefined
}

const ownAccount = (post: FormPost): string[] => (post.page?.account === undefined ? [] : [post.page.account])

/** `/users/2/password` is about user 2. */
const aspectOfOwner = (address: Address): Address => {
  const { noun, owner, scope, id } = address
  // `/lists/5/settings/digest`: a section of its settings.
  const isSection =
    id !== undefined &&
    /^[a-z-]{3,}$/.test(id) &&
    owner !== undefined &&
    isSettingsWord(noun ?? '') &&
    /[\d.@]/.test(scope.at(-1) ?? '')
  if (isSection) return { ...address, noun: owner, id: scope.at(-1) as string, scope: scope.slice(0, -1) }
  if (
    id !== undefined ||
    noun === undefined ||
    owner === undefined ||
    scope.length === 0 ||
    !ASPECT.test(noun) ||
    isBehindWord(address, noun)
  )
    return address
  return { ...address, noun: owner, id: scope.at(-1) as string, scope: scope.slice(0, -1) }
}

/** `/tools/all/mailer/settings`: the settings of what is named right before them, no aspect of an item further up. */
const isBehindWord = ({ segments, scope }: Address, noun: string): boolean => {
  const at = segments.lastIndexOf(noun)
  return at > 0 && segments[at - 1] !== scope.at(-1)
}

const ASPECT =
  /^(?:password|passwd|credentials|email|avatar|photo|logo|details?|general|basic|profile|status|state|permissions?|privileges|preferences|properties|options|settings|config|configuration|configure|advanced|notes?|description|title|name|security|quota|limits|expiry)$/i

/** `/job/nightly/configSubmit`, from a page that is called "Project nightly": what stands before the verb is a name, and its noun before it. */
const namedByPage = (address: Address, post: FormPost): Address => {
  const shown = namedByTitle(address, post)
  if (shown) return shown
  const [noun = '', name = '', last = ''] = address.segments.slice(-3)
  const verb = readVerb(last)
  const isCandidate =
    address.id === undefined &&
    address.verb !== undefined &&
    verb !== undefined &&
    verb.kind !== 'create' &&
    /^[a-z]{2,}$/i.test(noun) &&
    !isPrefix(noun) &&
    !isPlural(name) &&
    !isSettingsWord(name) &&
    readVerb(name) === undefined
  const titles = [post.page?.heading, post.page?.title, post.snapshot?.heading]
  return isCandidate && titles.some((title) => callsByName(title, name))
    ? { ...address, noun, id: name }
    : address
}

/** `/wiki/StartPage`, on a page with that title. */
const namedByTitle = (address: Address, post: FormPost): Address | undefined => {
  const [noun = '', name = ''] = address.segments.slice(-2)
  const isName = /^[A-Z][a-z]+(?:[A-Z][a-z]+)+\d*$/.test(name) && /^[a-z]{2,}$/.test(noun) && !isPrefix(noun)
  const titles = [post.page?.heading, post.page?.title, post.snapshot?.heading]
  // "StartPage" reads like a verb and is none.
  const { verb: _verb, ...rest } = address
  return address.id === undefined && isName && titles.some((title) => callsByName(title, name))
    ? { ...rest, noun, id: name }
    : undefined
}

/** "Project nightly", not "Change nightly": what follows a verb is a noun. */
const callsByName = (title: string | undefined, name: string): boolean => {
  const words = title?.split(/[^\w.-]+/) ?? []
  const at = words.indexOf(name)
  return at >= 0 && (at === 0 || readVerb(words[at - 1] as string) === undefined)
}
