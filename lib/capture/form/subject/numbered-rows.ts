/**
 * Rows of one form, numbered in the names of their fields, each with its own id beside: `form-0-id` and `form-0-status`,
 * `items[0][id]`, `Items[0].Id`. A list that is edited where it stands has nothing else; in a form of one thing they are its parts.
 */
import type { FormPost } from '../../finding.ts'
import { idStem, isActionName, isPlumbingName } from '../form-names.ts'
import { secretTogether } from '../secret-fields.ts'

export interface NumberedRow {
  readonly id: string
  /** What was sent of this row alone, under the names without the number, from the form as if it had nothing else. */
  readonly post: FormPost
  readonly isRemoved: boolean
}

/** The rows that were edited; undefined where the form has fields of its own, or none was seen to compare with. */
export const editedRows = (post: FormPost): readonly NumberedRow[] | undefined => {
  const { snapshot } = post
  if (!snapshot || hasFieldsOfItsOwn(post)) return undefined
  // Without the number and what stands before it, a name may no longer tell that its value is a secret.
  const secret = secretTogether(post.fields, snapshot.fields)
  const known = new Set(snapshot.fields.map(({ name }) => name))
  const told = post.fields.filter(([name]) => known.has(name) || !secret.has(name))
  const rows = Map.groupBy(told, ([name]) => rowIn(name)?.row)
  const edited = [...rows].flatMap(([row, fields]): NumberedRow[] => {
    const own = fields.map(([name, value]) => [rowIn(name)?.field ?? name, value] as const)
    const id = own.find(([name, value]) => idStem(name) === '' && value !== '')?.[1]
    if (row === undefined || id === undefined) return []
    const shown = snapshot.fields.flatMap((field) => {
      const place = rowIn(field.name)
      const type = secret.has(field.name) ? 'password' : field.type
      return place?.row === row ? [{ ...field, name: place.field, type }] : []
    })
    const isRemoved = own.some(([name, value]) => REMOVAL.test(name) && /^(?:on|1|true)$/.test(value))
    return [{ id, isRemoved, post: { ...post, fields: own, snapshot: { ...snapshot, fields: shown } } }]
  })
  return edited.length > 0 ? edited : undefined
}

/** The id of a part, where the form is about the whole. */
export const isIdOfPart = (post: FormPost, name: string): boolean =>
  rowIn(name) !== undefined && hasFieldsOfItsOwn(post)

/** https://docs.djangoproject.com/en/stable/topics/forms/formsets/#can-delete, https://guides.rubyonrails.org/form_helpers.html#nested-forms */
const REMOVAL = /^(?:_destroy|_?delete)$/i

const hasFieldsOfItsOwn = ({ fields, snapshot }: FormPost): boolean => {
  const shown = new Map((snapshot?.fields ?? []).map((field) => [field.name, field.type]))
  return fields.some(
    ([name]) =>
      rowIn(name) === undefined &&
      (shown.get(name) ?? 'hidden') !== 'hidden' &&
      !isPlumbingName(name) &&
      !isActionName(name),
  )
}

const rowIn = (name: string): { row: string; field: string } | undefined => {
  const [, row, field] =
    /^([a-z_][\w.[\]-]*-\d+)-([a-z_]\w*)$/i.exec(name) ??
    /^([a-z_].*\[\d+\])\[([a-z_]\w*)\]$/i.exec(name) ??
    /^([a-z_].*\[\d+\])\.([a-z_]\w*)$/i.exec(name) ??
    []
  return row === undefined || field === undefined ? undefined : { row, field }
}
