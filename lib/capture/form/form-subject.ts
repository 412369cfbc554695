/** Which resource a form is about: its type, id and name, from bracketed names, verbs, address, hidden fields, the answer and the words on the page. */
import { looksLikeId } from '../../model/id-shape.ts'
import { type Address, isPrefix, isRouted, readAddress } from '../address.ts'
import type { PageRow } from '../exchange.ts'
import type { FormPost } from '../finding.ts'
import { idOfCondition } from '../statement.ts'
import { isAmbiguousVerb, isPlural, singular, splitWords } from '../words.ts'
import type { Intent } from './form-intent.ts'
import {
  ABBREVIATIONS,
  fieldKeys,
  idStem,
  isActionName,
  isParentId,
  isPlaceName,
  isPlumbingName,
  isSettingsWord,
  nounOf,
  readVerb,
  topicOf,
} from './form-names.ts'

export interface Subject {
  readonly type?: string
  /** Several for an action on a list. None: a singleton, or new. */
  readonly ids: readonly string[]
  /** The title that its address names it by, of what may not exist yet. */
  readonly title?: string
  /** Bracketed names share this root: `user[name]`, or a word that says nothing: `data[name]`. */
  readonly root?: string
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
  const root = shared !== undefined && namesResource(shared) ? shared : undefined
  const picked = pickedIds(post, intent, spent)
  const given = idsGiven(post)
  const told = typeOf(post, intent, address, script, root, given)
  // A password is somebody's: a change of the user it belongs to.
  const isPassword =
    told !== undefined && /^(?:(?:new |own |user |my )?passw(?:or)?d|login password)$/.test(told)
  const type = isPassword ? 'user' : told
  const settings = type !== undefined && isSettingsWord(type)
  const singleton = settings && picked.length === 0
  const named = intent.kind === 'create' || settings ? undefined : nameAsId(post, type)
  const id =
    idFor(type, given, settings, isRouted(post.url)) ??
    (singleton ? undefined : (idInPath(address, script) ?? named ?? idAfterVerb(post)))
  if (id?.hidden) spent.add(id.name)
  const title = titleOf(post)
  const isNew =
    given.some(
      ({ name, value, hidden }) =>
        hidden && isNewId(value) && (idStem(name) === '' || idStem(name) === type?.split(' ').at(-1)),
    ) ||
    /\/(?:new|add|create)(?:\/|$|\.)/i.test(address.path) ||
    (script && tableAfterVerb(post) !== undefined && id === undefined && picked.length === 0)
  const ids =
    picked.length > 0
      ? picked
      : intent.ids.length > 0
        ? [intent.ids.at(-1) as string]
        : id && !isNewId(id.value)
          ? [id.value]
          : []
  return {
    ...(type !== undefined && { type: settings ? 'setting' : type }),
    ids:
      settings && picked.length === 0
        ? settingsId(post, ids, script ? [] : address.segments)
        : isPassword && ids.length === 0
          ? ownAccount(post)
          : ids,
    ...(script && title !== undefined && { title }),
    ...(shared !== undefined && { root: shared }),
    isNew: isNew && ids.length === 0,
    spent,
    scope: script ? [] : address.scope,
    place: `${address.path} ${type ?? ''}`,
  }
}

/** The row of the page that an id belongs to; none where several could be meant. */
export const rowOf = (post: FormPost, id: string): PageRow | undefined => {
  const rows = post.page?.rows ?? []
  const sure = rows.filter((row) => row.ids[0] === id)
  if (sure.length === 1) return sure[0]
  const maybe = rows.filter((row) => row.ids.includes(id))
  return maybe.length === 1 ? maybe[0] : undefined
}

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

const ownAccount = (post: FormPost): string[] => (post.page?.account === undefined ? [] : [post.page.account])

/** `/users/2/password` is about user 2. */
const aspectOfOwner = (address: Address): Address => {
  const { noun, owner, scope, id } = address
  if (
    id !== undefined ||
    noun === undefined ||
    owner === undefined ||
    scope.length === 0 ||
    !ASPECT.test(noun)
  )
    return address
  return { ...address, noun: owner, id: scope.at(-1) as string, scope: scope.slice(0, -1) }
}

/** `/job/nightly/configSubmit`, from a page that is called "Project nightly": what stands before the verb is a name, and its noun before it. */
const namedByPage = (address: Address, post: FormPost): Address => {
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

/** "Project nightly", not "Change nightly": what follows a verb is a noun. */
const callsByName = (title: string | undefined, name: string): boolean => {
  const words = title?.split(/[^\w.-]+/) ?? []
  const at = words.indexOf(name)
  return at >= 0 && (at === 0 || readVerb(words[at - 1] as string) === undefined)
}

const ASPECT =
  /^(?:password|passwd|credentials|email|avatar|photo|logo|details?|general|basic|profile|status|state|permissions?|privileges|preferences|properties|options|settings|config|configuration|configure|advanced|notes?|description|title|name|security|quota|limits|expiry)$/i

// Type

const typeOf = (
  post: FormPost,
  intent: Intent,
  address: Address,
  script: boolean,
  root: string | undefined,
  given: readonly GivenId[],
): string | undefined => {
  const edited = script ? tableAfterVerb(post) : undefined
  if (edited !== undefined) return edited
  if (root !== undefined) return wordsToType(root.replace(/(?<=[a-z]{3})[_-]?ids$/i, ''))
  const told = tableOfScript(post)
  if (script && told !== undefined) return wordsToType(told)
  if (script && titleOf(post) !== undefined) return 'page'
  const object = nounOf(intent.rest)
  // "Set allowed users" of a printer: what is named by the form is changed, the words say where.
  const whole =
    object !== undefined && /^(?:update|save)$/.test(intent.kind) ? namedObject(post, object) : undefined
  if (whole !== undefined) return wordsToType(whole)
  // "Save config" of what the address names: the config is its own.
  const isOfItem =
    address.id !== undefined && address.noun !== undefined && object !== undefined && isSettingsWord(object)
  if (object !== undefined && intent.rest.length <= 4 && !isOfItem) return wordsToType(object)
  const table = tableOf(post)
  if (table !== undefined) return table
  // `/user/card.php?id=5`: the sheet of what the folder is named for.
  const sheetOf =
    script && SHEET.test(address.segments.at(-1) ?? '') ? topicOf(address.segments.at(-2) ?? '') : undefined
  if (sheetOf !== undefined) return sheetOf
  const inPath = script ? topicOf(address.segments.at(-1) ?? '') : (address.noun ?? undefined)
  const fromPath = inPath === undefined ? undefined : topicOf(inPath)
  if (fromPath !== undefined) return fromPath
  const section = script ? undefined : topicOf(address.segments.at(-2) ?? '')
  if (section !== undefined && isSettingsWord(section)) return section
  if (told !== undefined) return wordsToType(told)
  const stem = given
    .map(({ name }) => idStem(name))
    .find((one) => one !== undefined && one !== '' && !isParentId(one))
  if (stem) return wordsToType(stem)
  const object2 = objectParam(post)
  if (object2) return wordsToType(object2[0])
  for (const [name, value] of [...(post.method === 'GET' ? [] : post.fields), ...queryOf(post.url)]) {
    if (!isPlaceName(name) || !/^[a-z][\w .-]{1,40}$/i.test(value) || isField(post, name)) continue
    const topic = readVerb(value) === undefined || isSettingsWord(value) ? topicOf(value) : undefined
    if (topic !== undefined) return topic
  }
  if (isDocument(post)) return 'page'
  const above = script ? address.segments.at(-2) : undefined
  for (const heading of [post.snapshot?.heading, post.page?.heading]) {
    const topic =
      heading && heading.length <= 40 && !/[?!"\u201c]/.test(heading) ? topicOf(heading) : undefined
    if (topic !== undefined) return topic
  }
  return above === undefined ? undefined : topicOf(above)
}

/** A row of a table, chosen by a condition: `table=plan&where_clause[0]=id = 2`. */
const tableOf = (post: FormPost): string | undefined =>
  post.fields.some(([name, value]) => isCondition(name, value))
    ? post.fields.find(([name, value]) => /^table(?:_?name)?$/i.test(name) && /^[\w-]+$/.test(value))?.[1]
    : undefined

/** `?edit=plan&where[id]=1`, `?select=plan` with rows ticked: the verb's own value is the table of the row. */
const tableAfterVerb = (post: FormPost): string | undefined => {
  const query = queryOf(post.url)
  const found = query.find(
    ([name, value]) => /^(?:edit|select|insert|browse)$/i.test(name) && /^[a-z_]\w{1,60}$/i.test(value),
  )
  const isRow =
    query.some(([name]) => ROW_CONDITION.test(name)) ||
    post.fields.some(([name, value]) => /^fields\[/.test(name) || conditionId(value) !== undefined)
  return found && isRow ? found[1] : undefined
}

const ROW_CONDITION = /^where\[\w+\]$/i

/** `where[id]=3`, as the value of a row's box. */
const conditionId = (value: string): string | undefined => {
  const [, id] = /^where(?:\[|%5B)\w+(?:\]|%5D)=([\w.@-]{1,100})$/i.exec(value) ?? []
  return id
}

const isCondition = (name: string, value: string): boolean =>
  /^where(?:_?clause)?(?:\[\d*\])?$/i.test(name) && idOfCondition(value) !== undefined
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

/** `?title=Policy&action=protect`: what is acted on is the page of that title, whatever is done to it. */
const titleOf = (post: FormPost): string | undefined => {
  const query = queryOf(post.url)
  return query.some(([name]) => name === 'action')
    ? query.find(([name, value]) => name === 'title' && value !== '' && !/^\w+:/.test(value))?.[1]
    : undefined
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

/** All values are `root[…]`. */
const sharedRoot = (post: FormPost): string | undefined => {
  const visible = new Set(
    (post.snapshot?.fields ?? []).filter(({ type }) => type !== 'hidden').map(({ name }) => name),
  )
  const names = post.fields
    .map(([name]) => name)
    .filter(
      (name) => !isPlumbingName(name) && !isActionName(name) && (visible.size === 0 || visible.has(name)),
    )
  const bracketed = names.filter((name) => /^[^[\]]+\[[^[\]]+\]/.test(name))
  const roots = new Set(bracketed.map((name) => fieldKeys(name)[0] as string))
  const [root] = roots
  return roots.size === 1 &&
    bracketed.length >= Math.max(1, names.length * 0.6) &&
    root !== undefined &&
    (WRAPPER.test(root) || namesResource(root))
    ? root
    : undefined
}

const WRAPPER = /^(?:data|form|fields?|values?|input|params?|jform)$/i

const namesResource = (root: string): boolean =>
  !/^(?:data|form|fields?|values?|input|params?|jform|edit|items?|options?|meta|f|d|delete|del|fn|cmd|do|selected|checked|ids?)$/i.test(
    root,
  ) && !isVerbRoot(root)

/** `delete[4]`, `add_user[name]`, but not `issue_status[name]`. */
const isVerbRoot = (root: string): boolean => {
  const verb = readVerb(root)?.verb
  return verb !== undefined && !isAmbiguousVerb(root.toLowerCase()) && !isAmbiguousVerb(verb.word)
}

// Ids

interface GivenId {
  readonly name: string
  readonly value: string
  readonly hidden: boolean
}

/** Fields and query values that are named as ids, the form's own before its address and the page's. */
const idsGiven = (post: FormPost): GivenId[] => {
  const types = new Map((post.snapshot?.fields ?? []).map((field) => [field.name, field.type]))
  const conditions = post.fields
    .filter(([name, value]) => isCondition(name, value))
    .map(([, value]) => ({ name: 'id', value: idOfCondition(value) ?? '', hidden: true }))
  const own = post.fields
    .filter(([name]) => idStem(name) !== undefined && !isPlumbingName(name))
    .map(([name, value]) => ({ name, value, hidden: (types.get(name) ?? 'hidden') === 'hidden' }))
  const query = [...queryOf(post.url), ...(post.method === 'GET' ? [] : queryOf(post.pageUrl))]
    .filter(([name]) => idStem(name) !== undefined && !isPlumbingName(name))
    .map(([name, value]) => ({ name, value, hidden: true }))
  const rows = queryOf(post.url)
    .filter(([name]) => ROW_CONDITION.test(name))
    .map(([, value]) => ({ name: 'id', value, hidden: true }))
  return [...conditions, ...(rows.length === 1 ? rows : []), ...own, ...query]
}

const isNewId = (value: string): boolean =>
  value === '' || value === '0' || value === '-1' || /^(?:new|add|null|undefined)$/i.test(value)

const idFor = (
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

/** Where no id is seen, what the form or its address calls the thing: `printer_name=lobby`, `?title=Main_Page`. */
const nameAsId = (post: FormPost, type: string | undefined): GivenId | undefined => {
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

/** The noun of a hidden field that names the thing (`printer_name`), where it is another than the verb's object. */
const namedObject = (post: FormPost, object: string): string | undefined => {
  const types = new Map((post.snapshot?.fields ?? []).map((field) => [field.name, field.type]))
  const last = singular(object.split(' ').at(-1) ?? object)
  const nouns = post.fields
    .filter(
      ([name, value]) =>
        (types.get(name) ?? 'hidden') === 'hidden' && !isNewId(value) && !isPlumbingName(name),
    )
    .map(([name]) => idStem(name) || /^([a-z]+)[_-]name$/i.exec(name)?.[1]?.toLowerCase())
    .filter((noun): noun is string => noun !== undefined && noun !== '' && !isParentId(noun))
  // "Save user groups" with a hidden `user`: the groups of that user.
  const plain = post.fields.find(
    ([name, value]) =>
      (types.get(name) ?? 'hidden') === 'hidden' &&
      !isNewId(value) &&
      /^[a-z]{4,20}$/.test(name) &&
      name !== object &&
      object.startsWith(name),
  )?.[0]
  if (plain !== undefined) return plain
  return nouns.some((noun) => singular(noun) === last) ? undefined : nouns[0]
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

/** `edit.php?table=mailbox&edit=ana@acme.example`, or a form with a hidden `delete`: the verb's own value is what it is done to. */
const idAfterVerb = (post: FormPost): GivenId | undefined => {
  const hidden = post.fields.filter(([name]) => !isField(post, name))
  const found = [...queryOf(post.url), ...hidden].find(
    ([name, value]) =>
      /^(?:edit|update|modify|view|show|delete|remove)$/i.test(name) &&
      value.length <= 200 &&
      value !== tableAfterVerb(post) &&
      !/^(?:1|0|y|yes|on|true|false|)$/i.test(value) &&
      !(/^[a-z]+$/i.test(value) && readVerb(value) !== undefined),
  )
  return found && { name: found[0], value: found[1], hidden: true }
}

const idInPath = (address: Address, script: boolean): GivenId | undefined =>
  !script && address.id !== undefined ? { name: '', value: address.id, hidden: true } : undefined

/** Settings have no id but the name of their page: `option_page=general`. */
const settingsId = (
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

/** The rows that a list's action is for: ticked boxes `ids[]=4`, keys `delete[jonas]=on`. */
const pickedIds = (post: FormPost, intent: Intent, spent: Set<string>): string[] => {
  if (intent.kind === 'create') return []
  const listed = idsInOneField(post)
  if (listed) {
    spent.add(listed.name)
    return listed.ids
  }
  if (intent.kind === 'save') return []
  const fields = post.method === 'GET' ? queryOf(post.url) : post.fields
  const rows = new Set((post.page?.rows ?? []).flatMap((row) => row.ids))
  const groups = new Map<string, string[]>()
  for (const [name, value] of fields) {
    const keys = fieldKeys(name)
    const root = keys[0] ?? name
    if (
      isTyped(post, name) ||
      isPlumbingName(name) ||
      isActionName(root) ||
      (intent.spent.has(name) && keys.length === 1)
    )
      continue
    if (name.endsWith('[]') || (keys.length === 1 && isPickName(root)))
      groups.set(name, [...(groups.get(name) ?? []), value])
    const key = keys[1]
    if (
      (keys.length === 2 && key !== undefined && /^(?:on|1|true|yes|y|x|)$/i.test(value)) ||
      (keys.length === 2 && key !== undefined && value === key)
    ) {
      const isVerb = readVerb(root)?.verb?.kind === intent.kind
      if (isVerb || isPickName(root) || rows.has(key))
        groups.set(`${root}[]`, [...(groups.get(`${root}[]`) ?? []), key])
    }
  }
  for (const [name, values] of groups) {
    const root = name.replace(/\[\]$/, '')
    const inRows = values.every((value) => rows.has(value))
    const isBox = post.snapshot?.fields.find((field) => field.name === name)?.type === 'checkbox'
    const visible = (post.snapshot?.fields ?? []).filter(({ type }) =>
      /text|email|url|number|tel|date/.test(type),
    ).length
    if (
      !(
        isPickName(root) ||
        inRows ||
        (isBox && visible <= 6 && intent.kind === 'delete') ||
        readVerb(root)?.verb
      )
    )
      continue
    if (values.every((value) => value === '' || value === '0')) continue
    for (const [field] of fields) if ((fieldKeys(field)[0] ?? field) === root) spent.add(field)
    return [
      ...new Set(values.filter((value) => value !== '').map((value) => conditionId(value) ?? value)),
    ].slice(0, 200)
  }
  return []
}

/** Filled in by the person, not ticked. */
const isTyped = (post: FormPost, name: string): boolean =>
  (post.snapshot?.fields ?? []).some(
    (field) => field.name === name && /^(?:text|number|email|url|tel|textarea|date)$/.test(field.type),
  )

/** `task_ids=5,4`, hidden: a dialog for the rows that were marked. */
const idsInOneField = (post: FormPost): { name: string; ids: string[] } | undefined => {
  const found = post.fields.find(
    ([name, value]) =>
      /^(?:\w+_)?ids$/i.test(name) && /^[\w-]{1,40}(?:,[\w-]{1,40})+$/.test(value) && !isField(post, name),
  )
  return found && { name: found[0], ids: [...new Set(found[1].split(','))].slice(0, 200) }
}

const isPickName = (name: string): boolean =>
  /(?:^|[_-])(?:ids|selected|checked|sel|cid|chk|cb|pks?|uids?|picked|marked|selection|selected_action|selected_ids|check|checkbox|rows|select_\w+|selected_\w+)$/i.test(
    name,
  ) ||
  /^[a-z]{3,20}ids$/i.test(name) ||
  /^(?:chk|sel|cb|check|select|item|row|mark|del|delete|remove)(?:_?(?:item|row|id)s?)?$/i.test(name)

/** `plugin=akismet`, `ext=info`: a parameter of a link that names the thing by what it is. */
const objectParam = (post: FormPost): readonly [string, string] | undefined => {
  if (post.method !== 'GET') return undefined
  return queryOf(post.url).find(([name, value]) => value !== '' && isObjectName(name))
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

/** `post=4` for a post. */
export const objectId = (post: FormPost, type: string | undefined): string | undefined => {
  const query = queryOf(post.url)
  const own = query.find(
    ([name, value]) =>
      value !== '' &&
      singular(ABBREVIATIONS[name.toLowerCase()] ?? name.toLowerCase()) === type?.split(' ').at(-1),
  )
  return (own ?? objectParam(post))?.[1]
}

const isField = (post: FormPost, name: string): boolean =>
  (post.snapshot?.fields ?? []).some((field) => field.name === name && field.type !== 'hidden')

const isScript = (address: Address): boolean =>
  /\.(?:php\d?|cgi|pl|aspx?|jspa?|jsf|xhtml|faces|do|action|html?|py|rb|cfm|exe|dll|fcgi)$/i.test(
    address.segments.at(-1) ?? '',
  ) || address.segments.length === 0

const queryOf = (url: string): [string, string][] => {
  try {
    return [...new URL(url).searchParams]
  } catch {
    return []
  }
}
