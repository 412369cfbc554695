/** Which rows of a list an action is for: boxes that were ticked, keys, ids in one hidden field. */
import type { FormPost } from '../../finding.ts'
import type { Intent } from '../form-intent.ts'
import { fieldKeys, idStem, isActionName, isPickName, isPlumbingName, readVerb } from '../form-names.ts'
import { isNewId } from './given-ids.ts'
import { isField, queryOf } from './posted.ts'
import { conditionId } from './table-rows.ts'

/** The rows that a list's action is for: ticked boxes `ids[]=4`, keys `delete[jonas]=on`. */
export const pickedIds = (post: FormPost, intent: Intent, spent: Set<string>): string[] => {
  if (intent.kind === 'create') return []
  const listed = idsInOneField(post)
  if (listed) {
    spent.add(listed.name)
    return listed.ids
  }
  if (intent.kind === 'save') return []
  const fields = post.method === 'GET' ? queryOf(post.url) : post.fields
  const rows = new Set((post.page?.rows ?? []).flatMap((row) => row.ids))
  // `id=4&delete=0a9f…`: the id is told, the verb's value proves.
  const isTold = fields.some(([name, value]) => name === 'id' && value !== '' && !isField(post, name))
  const groups = new Map<string, string[]>()
  const numbered = numberedBoxes(post)
  const isOfOne = isFormOfOne(post, intent)
  for (const [name, value] of fields) {
    const keys = fieldKeys(name)
    const root = keys[0] ?? name
    if (
      isTyped(post, name) ||
      isPlumbingName(name) ||
      (isTold && /^(?:delete|remove)$/i.test(name) && !rows.has(value)) ||
      isActionName(root) ||
      (intent.spent.has(name) && keys.length === 1)
    )
      continue
    if (name.endsWith('[]') || (keys.length === 1 && (isPickName(root) || isRowBox(post, name, intent))))
      groups.set(name, [...(groups.get(name) ?? []), value])
    const key = numbered.has(root) ? value : keys[1]
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
        (inRows && !isOfOne) ||
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

/** "Update user" with `userid=2`: what else is listed is picked for that user, though a list of the page may show it. */
const isFormOfOne = ({ fields }: FormPost, { kind, rest }: Intent): boolean => {
  const noun = rest.at(-1)
  return (
    kind === 'update' &&
    noun !== undefined &&
    fields.filter(([name, value]) => idStem(name) === noun && /^[\w-]{1,40}$/.test(value) && !isNewId(value))
      .length === 1
  )
}

/** `rows[0]=17`, `rows[1]=4`: boxes that are counted, each with a value of its own, which is the id. */
export const numberedBoxes = ({ snapshot }: FormPost): ReadonlySet<string> => {
  const values = new Map<string, string[]>()
  for (const { name, type, values: picked, choices } of snapshot?.fields ?? []) {
    const value = choices?.[0]?.value ?? picked[0] ?? ''
    const [root = '', index = '', ...more] = fieldKeys(name)
    if (type === 'checkbox' && /^\d+$/.test(index) && more.length === 0)
      values.set(root, [...(values.get(root) ?? []), value])
  }
  return new Set(
    [...values].filter(([, all]) => all.length > 1 && new Set(all).size === all.length).map(([root]) => root),
  )
}

/** Deleted is what was ticked, whatever the boxes are called; a box of one value is an option. */
const isRowBox = (post: FormPost, name: string, { kind }: Intent): boolean =>
  kind === 'delete' &&
  (post.snapshot?.fields ?? []).some((field) => field.name === name && field.type === 'checkbox') &&
  post.fields.some(([other, value]) => other === name && !/^(?:1|on|true|yes|y|)$/i.test(value))

/** `task_ids=5,4`, hidden: a dialog for the rows that were marked. */
const idsInOneField = (post: FormPost): { name: string; ids: string[] } | undefined => {
  const found = post.fields.find(
    ([name, value]) =>
      /^(?:\w+_)?ids$/i.test(name) && /^[\w-]{1,40}(?:,[\w-]{1,40})+$/.test(value) && !isField(post, name),
  )
  return found && { name: found[0], ids: [...new Set(found[1].split(','))].slice(0, 200) }
}

/** Filled in by the person, not ticked. */
const isTyped = (post: FormPost, name: string): boolean =>
  (post.snapshot?.fields ?? []).some(
    (field) => field.name === name && /^(?:text|number|email|url|tel|textarea|date)$/.test(field.type),
  )
