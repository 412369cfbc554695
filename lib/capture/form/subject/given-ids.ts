/** Which one resource a form is about: ids and names in its fields, its address and the page's. */
import { looksLikeId } from '../../../model/id-shape.ts'
import { type Address, readAddress } from '../../address.ts'
import type { FormPost } from '../../finding.ts'
import { idOfCondition } from '../../statement.ts'
import { singular, splitWords, verbOf } from '../../words.ts'
import {
  ABBREVIATIONS,
  fieldKeys,
  idStem,
  isParentId,
  isPlaceName,
  isPlumbingName,
  isSettingsWord,
  readVerb,
} from '../form-names.ts'
import { isIdOfPart } from './numbered-rows.ts'
import { isField, queryOf } from './posted.ts'
import { cellsOf, isCondition, ROW_CONDITION, tableAfterVerb } from './table-rows.ts'

export interface GivenId {
  readonly name: string
  readonly value: string
  readonly hidden: boolean
}

/** Fields and query values that are named as ids, the form's own before its address and the page's. */
export const idsGiven = (post: FormPost): GivenId[] => {
  const conditions = post.fields
    .filter(([name, value]) => isCondition(name, value))
    .map(([, value]) => ({ name: 'id', value: idOfCondition(value) ?? '', hidden: true }))
  const own = post.fields
    .filter(([name]) => idStem(name) !== undefined && !isPlumbingName(name) && !isIdOfPart(post, name))
    .map(([name, value]) => ({ name, value, hidden: !isField(post, name) }))
  const query = [...queryOf(post.url), ...(post.method === 'GET' ? [] : queryOf(post.pageUrl))]
    .filter(([name]) => idStem(name) !== undefined && !isPlumbingName(name))
    .map(([name, value]) => ({ name, value, hidden: true }))
  const rows = queryOf(post.url)
    .filter(([name]) => ROW_CONDITION.test(name))
    .map(([, value]) => ({ name: 'id', value, hidden: true }))
  const cells = cellsOf(post)
  const named = idOfForm(post)
  return [
    ...(cells ? [{ name: 'id', value: cells.id, hidden: true }] : []),
    ...conditions,
    ...(rows.length === 1 ? rows : []),
    ...own,
    ...query,
    ...shortIds(post),
    ...nameOfPage(post),
    ...(named === undefined ? [] : [{ name: 'id', value: named, hidden: true }]),
  ]
}

/** `edit_project_5`, as Rails names the form that edits a record. https://api.rubyonrails.org/classes/ActionView/RecordIdentifier.html */
const idOfForm = ({ snapshot }: FormPost): string | undefined =>
  /^edit_[a-z_]+_(\d+)$/.exec(snapshot?.id ?? '')?.[1]

/** `?socid=12` and `_iid=2`, once more in the form, hidden: short words before "id" that name no noun, but the same number in both. */
const shortIds = (post: FormPost): GivenId[] => {
  const inQuery = [...queryOf(post.url), ...queryOf(post.pageUrl)]
  return post.fields.flatMap(([name, value]) =>
    /^_?[a-z]{1,4}id$/i.test(name) &&
    !isPlumbingName(name) &&
    idStem(name) === undefined &&
    /^\d+$/.test(value) &&
    !isField(post, name) &&
    inQuery.some(([other, told]) => other === name && told === value)
      ? [{ name: 'id', value, hidden: true }]
      : [],
  )
}

/** `?user=petra&name=%23reef`, once more in the form, hidden: which one the page is about, by its name. */
const nameOfPage = (post: FormPost): GivenId[] => {
  const asked = queryOf(post.pageUrl).find(([name, value]) => name === 'name' && value !== '')?.[1]
  const again = post.fields.some(
    ([name, value]) => name === 'name' && value === asked && !isField(post, name),
  )
  return asked !== undefined && again ? [{ name: 'id', value: asked, hidden: true }] : []
}

export const isNewId = (value: string): boolean =>
  value === '' || value === '0' || value === '-1' || /^(?:new|add|null|undefined)$/i.test(value)

export const idFor = (
  type: string | undefined,
  given: readonly GivenId[],
  settings: boolean,
  isNamedByRoute: boolean,
): GivenId | undefined => {
  const stem = type?.split(' ').at(-1)
  const usable = given.filter(({ value }) => value.length <= 200 && !isNewId(value))
  const isOld = ({ name }: GivenId): boolean => /(?:^|[_-])(?:old|orig|original)(?:$|[_-])/i.test(name)
  const ofType = usable.filter(({ name }) => idStem(name) === stem)
  const typed = ofType.find(isOld) ?? ofType.find(({ hidden }) => hidden) ?? ofType[0]
  if (typed || settings) return typed
  const plain = usable.filter(({ name }) => idStem(name) === '')
  // A visible key or slug is a value to edit, not what names the resource.
  const hiddenPlain = plain.find(({ hidden }) => hidden)
  if (hiddenPlain) return hiddenPlain
  // `?controller=comment&action=save&task_id=2`: the route says what it is, the id says of which task.
  return isNamedByRoute
    ? undefined
    : usable.find(({ name, hidden }) => hidden && !isParentId(idStem(name) ?? ''))
}

export const idInPath = (address: Address, script: boolean): GivenId | undefined =>
  !script && address.id !== undefined && !isActionPage(address.id)
    ? { name: '', value: address.id, hidden: true }
    : undefined

/** `/index.php/Special:CreateAccount`: a page of the app's own that does something, in a namespace of such pages. */
export const isActionPage = (id: string): boolean =>
  (verbOf(/^[A-Z][a-z]+:((?:[A-Z][a-z]+){2,})$/.exec(id)?.[1] ?? '')?.rest.length ?? 0) > 0

/** `wpOldTitle=Plan`, hidden, beside a field for the new title: what it is called until then. */
export const renamedFrom = (post: FormPost): (GivenId & { readonly noun: string }) | undefined => {
  for (const [name, value] of post.fields) {
    const noun = /(?:^|[a-z_-])old[_-]?(name|title|path|slug)$/i.exec(name)?.[1]?.toLowerCase()
    const asksForNew = post.snapshot?.fields.some(
      (field) => field.type !== 'hidden' && new RegExp(`(?:^|[a-z_-])new[_-]?${noun}`, 'i').test(field.name),
    )
    if (noun !== undefined && asksForNew && value !== '' && !isField(post, name))
      return { name, value, hidden: true, noun }
  }
  return undefined
}

/** The page `/users/edit/5` sends its form to `/users/edit`: what it is about stands in its own address. */
export const idOfPage = ({ url, pageUrl }: FormPost): GivenId | undefined => {
  const { path } = readAddress(url)
  const { segments } = readAddress(pageUrl)
  const id = segments.at(-1) ?? ''
  const isItsOwn = segments.length > 1 && path === `/${segments.slice(0, -1).join('/')}`
  return isItsOwn && looksLikeId(id) ? { name: '', value: id, hidden: true } : undefined
}

/** `edit.php?table=mailbox&edit=ana@acme.example`, or a form with a hidden `delete`: the verb's own value is what it is done to. */
export const idAfterVerb = (post: FormPost): GivenId | undefined => {
  const hidden = post.fields.filter(([name]) => !isField(post, name))
  const found = [...queryOf(post.url), ...hidden].find(
    ([name, value]) =>
      /^(?:edit|update|modify|view|show|delete|remove)$/i.test(name) &&
      value.length <= 200 &&
      value !== tableAfterVerb(post) &&
      !/^(?:1|0|y|yes|on|true|false|)$/i.test(value) &&
      !(/^[a-z]+(?: |$)/i.test(value) && readVerb(value) !== undefined),
  )
  return found && { name: found[0], value: found[1], hidden: true }
}

/** Where no id is seen, what the form or its address calls the thing: `printer_name=lobby`, `?title=Main_Page`. */
export const nameAsId = (post: FormPost, type: string | undefined): GivenId | undefined => {
  const renamed = renamedFrom(post)
  if (renamed) return renamed
  const stem = type?.split(' ').at(-1) ?? ''
  const types = new Map((post.snapshot?.fields ?? []).map((field) => [field.name, field.type]))
  // What script put into a form that was seen holds a value as often as an id.
  const unseen = post.snapshot ? 'text' : 'hidden'
  const own = post.fields
    .map(([name, value]) => ({ name, value, hidden: (types.get(name) ?? unseen) === 'hidden' }))
    .find(
      ({ name, value, hidden }) =>
        hidden &&
        !isNewId(value) &&
        value.length <= 200 &&
        isNameOf(stem, name) &&
        !fieldKeys(name).some((key) => /^\d+$/.test(key)),
    )
  if (own) return own
  const query = [...queryOf(post.url), ...queryOf(post.pageUrl)].find(
    ([name, value]) =>
      !isNewId(value) &&
      value.length <= 200 &&
      (isNameOf(stem, name) ||
        (stem === 'page' && /^(?:title|page|file|path|topic|article|name)$/i.test(name))),
  )
  return query ? { name: query[0], value: query[1], hidden: true } : undefined
}

const isNameOf = (stem: string, name: string): boolean => {
  const words = splitWords(fieldKeys(name).at(-1) ?? name)
  const last = words.at(-1) ?? ''
  const before = words.at(-2)
  return (
    stem !== '' &&
    ((words.length === 1 && singular(ABBREVIATIONS[last] ?? last) === stem) ||
      (/^(?:name|login|key|code|slug|dn|path)$/.test(last) &&
        before !== undefined &&
        singular(before) === stem) ||
      last === `${stem}name`)
  )
}

/** Settings have no id but the name of their page: `option_page=general`. */
export const settingsId = (
  post: FormPost,
  ids: readonly string[],
  segments: readonly string[],
): readonly string[] => {
  const page = post.fields.find(
    ([name, value]) =>
      /page|section|tab|group/i.test(name) &&
      isPlaceName(name) &&
      /^[a-z][\w-]{1,40}$/i.test(value) &&
      !isField(post, name),
  )
  if (page && !isSettingsWord(page[1])) return [page[1]]
  const own = ids.filter((id) => looksLikeId(id))
  return own.length > 0 ? own : sectionIn(segments)
}

/** `/settings/security`: the section's own word, where no verb. */
const sectionIn = (segments: readonly string[]): readonly string[] => {
  const [parent = '', last = ''] = segments.slice(-2)
  const isSection = segments.length > 1 && isSettingsWord(parent) && /^[a-z][a-z-]{1,40}$/i.test(last)
  return isSection && !isSettingsWord(last) && readVerb(last) === undefined ? [last] : []
}
