/** What kind of resource a form is about, as a noun: the surest source first. */
import type { Address } from '../../address.ts'
import type { FormPost } from '../../finding.ts'
import { singular, splitWords } from '../../words.ts'
import type { Intent } from '../form-intent.ts'
import {
  ABBREVIATIONS,
  idStem,
  isParentId,
  isPlaceName,
  isPlumbingName,
  isSettingsWord,
  nounOf,
  readVerb,
  topicOf,
} from '../form-names.ts'
import { type GivenId, isNewId, renamedFrom } from './given-ids.ts'
import { objectParam } from './link-object.ts'
import { isField, queryOf, titleOf } from './posted.ts'
import { cellsOf, isCondition, tableAfterVerb } from './table-rows.ts'

/** What is known of a post when its type is asked for. */
export interface Asked {
  readonly post: FormPost
  readonly intent: Intent
  readonly address: Address
  /** Its address is a program: `edit.php`, not `/users/5`. */
  readonly script: boolean
  /** The noun that all bracketed names share. */
  readonly root: string | undefined
  readonly given: readonly GivenId[]
}

type Source = (asked: Asked) => string | undefined

export const typeOf = (asked: Asked): string | undefined => {
  for (const source of SOURCES) {
    const type = source(asked)
    if (type !== undefined) return type
  }
  return undefined
}

const editedTable: Source = ({ post, script }) => (script ? tableAfterVerb(post) : undefined)

/** Not where the fields are called by the item's own name: `/permissions/editor` with `editor[add pages]`. */
const bracketedRoot: Source = ({ root, address }) =>
  root === undefined || (root === address.id && address.noun !== undefined)
    ? undefined
    : wordsToType(root.replace(/(?<=[a-z]{3})[_-]?ids$/i, ''))

const toldTable: Source = ({ post }) => typeIn(tableOfScript(post))

const titledPage: Source = ({ post, script }) =>
  script && (titleOf(post) !== undefined || renamedFrom(post)?.noun === 'title') ? 'page' : undefined

/** "Set allowed users" of a printer: what is named by the form is changed, the words say where. */
const ownerOfObject: Source = ({ post, intent }) => {
  const object = nounOf(intent.rest)
  return object !== undefined && /^(?:update|save)$/.test(intent.kind)
    ? typeIn(namedObject(post, object))
    : undefined
}

/** "Save config" of what the address names is no object: the config is its own. */
const objectOfVerb: Source = ({ intent, address, given }) => {
  const object = nounOf(intent.rest)
  // "Delete account", of a hidden `user_id`.
  if (object === 'account' && given.some(({ name }) => idStem(name) === 'user')) return 'user'
  if (object === undefined || intent.rest.length > 4) return undefined
  const isOfItem = address.id !== undefined && address.noun !== undefined && isSettingsWord(object)
  return isOfItem ? undefined : wordsToType(object)
}

/** `/user/card.php?id=5`: the sheet of what the folder is named for. */
const sheetOfFolder: Source = ({ address, script }) =>
  script && SHEET.test(address.segments.at(-1) ?? '') ? topicOf(address.segments.at(-2) ?? '') : undefined

const nounOfPath: Source = ({ address, script }) => {
  const noun = script ? topicOf(address.segments.at(-1) ?? '') : address.noun
  return noun === undefined ? undefined : topicOf(noun)
}

const settingsSection: Source = ({ address, script }) => {
  const section = script ? undefined : topicOf(address.segments.at(-2) ?? '')
  return section !== undefined && isSettingsWord(section) ? section : undefined
}

const stemOfId: Source = ({ given }) =>
  typeIn(given.map(({ name }) => idStem(name)).find((stem) => stem && !isParentId(stem)))

/** `?exec=article_edit` and `id_article=4`: told by the page's name and by the id's, where the path is the door of the app. */
const stemToldTwice: Source = ({ post, given, address }) => {
  if (address.id !== undefined || address.segments.length > 1) return undefined
  const places = queryOf(post.url).flatMap(([name, value]) => (isPlaceName(name) ? splitWords(value) : []))
  return typeIn(
    given.map(({ name }) => idStem(name)).find((stem) => stem && places.map(singular).includes(stem)),
  )
}

const objectOfLink: Source = ({ post }) => typeIn(objectParam(post)?.[0])

/** `?page=mailboxes` */
const placeInInterface: Source = ({ post }) => {
  const pairs = [...(post.method === 'GET' ? [] : post.fields), ...queryOf(post.url)]
  for (const [name, value] of pairs) {
    if (!isPlaceName(name) || !/^[a-z][\w .-]{1,40}$/i.test(value) || isField(post, name)) continue
    const topic = readVerb(value) === undefined || isSettingsWord(value) ? topicOf(value) : undefined
    if (topic !== undefined) return topic
  }
  return undefined
}

const longText: Source = ({ post }) => (isDocument(post) ? 'page' : undefined)

const headingAbove: Source = ({ post }) => {
  for (const heading of [post.snapshot?.heading, post.page?.heading]) {
    const isTitle = heading && heading.length <= 40 && !/[?!"\u201c]/.test(heading)
    const topic = isTitle ? topicOf(heading) : undefined
    if (topic !== undefined) return topic
  }
  return undefined
}

const folderOfScript: Source = ({ address, script }) => {
  const folder = script ? address.segments.at(-2) : undefined
  return folder === undefined ? undefined : topicOf(folder)
}

const typeIn = (name: string | undefined): string | undefined =>
  name === undefined ? undefined : wordsToType(name)

/** The surest first. */
const SOURCES: readonly Source[] = [
  ({ post }) => typeIn(cellsOf(post)?.table),
  editedTable,
  bracketedRoot,
  (asked) => (asked.script ? toldTable(asked) : undefined),
  titledPage,
  ownerOfObject,
  objectOfVerb,
  ({ post }) => tableOf(post),
  sheetOfFolder,
  stemToldTwice,
  nounOfPath,
  settingsSection,
  toldTable,
  stemOfId,
  objectOfLink,
  placeInInterface,
  longText,
  headingAbove,
  folderOfScript,
]

/** A row of a table, chosen by a condition: `table=plan&where_clause[0]=id = 2`. */
const tableOf = (post: FormPost): string | undefined =>
  post.fields.some(([name, value]) => isCondition(name, value))
    ? post.fields.find(([name, value]) => /^table(?:_?name)?$/i.test(name) && /^[\w-]+$/.test(value))?.[1]
    : undefined

/** `edit.php?table=mailbox`: one script for all tables is told which; not where it is told the database too, whose tables hold rows. */
const tableOfScript = (post: FormPost): string | undefined => {
  const pairs = [...(post.method === 'GET' ? [] : post.fields), ...queryOf(post.url)]
  if (pairs.some(([name]) => /^(?:db|database|schema)$/i.test(name))) return undefined
  return pairs.find(
    ([name, value]) =>
      /^(?:table|entity|object_?type|entity_?type)$/i.test(name) &&
      /^[a-z][a-z_-]{2,30}$/i.test(value) &&
      readVerb(value)?.verb === undefined &&
      !isField(post, name),
  )?.[1]
}

const SHEET = /^(?:card|fiche|sheet)\.\w+$/i

const wordsToType = (text: string): string => {
  const words = splitWords(text)
  const last = words.pop() ?? text
  const type = [...words, singular(ABBREVIATIONS[last] ?? last)].join(' ')
  return type === 'user account' ? 'user' : type
}

/** A form that is one long text: the page itself, as wikis and file editors have it. */
const isDocument = (post: FormPost): boolean => {
  const visible = (post.snapshot?.fields ?? []).filter(({ type }) => type !== 'hidden')
  return (
    visible.filter(({ type }) => type === 'textarea').length === 1 &&
    visible.filter(({ type }) => type !== 'textarea' && type !== 'checkbox').length <= 1
  )
}

/** The noun of a hidden field that names the thing (`printer_name`), where it is another than the verb's object. */
const namedObject = (post: FormPost, object: string): string | undefined => {
  const last = singular(object.split(' ').at(-1) ?? object)
  const nouns = post.fields
    .filter(([name, value]) => !isField(post, name) && !isNewId(value) && !isPlumbingName(name))
    .map(([name]) => idStem(name) || NAME_OF_OBJECT.exec(name)?.[1]?.toLowerCase())
    .filter((noun): noun is string => noun !== undefined && noun !== '' && !isParentId(noun))
  // "Save user groups" with a hidden `user`: the groups of that user.
  const plain = post.fields.find(
    ([name, value]) =>
      !isField(post, name) &&
      !isNewId(value) &&
      /^[a-z]{4,20}$/.test(name) &&
      name !== object &&
      object.startsWith(name),
  )?.[0]
  if (plain !== undefined) return plain
  return nouns.some((noun) => singular(noun) === last) ? undefined : nouns[0]
}

/** `printer_name`, but not `display_name` and the like, which are of the object itself. */
const NAME_OF_OBJECT =
  /^(?!(?:first|last|full|display|nick|middle|given|family|sur|short|long|real|screen|public|old|new|file|host)[_-])([a-z]+)[_-]name$/i
