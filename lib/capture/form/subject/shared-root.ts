/** The word that all of a form's bracketed names begin with: `user[name]`, `user[email]`. */
import type { FormPost } from '../../finding.ts'
import { isAmbiguousVerb } from '../../words.ts'
import { fieldKeys, isActionName, isPlumbingName, readVerb } from '../form-names.ts'

/** All values are `root[…]`, or `data[root][…]`. */
export const sharedRoot = (post: FormPost): readonly string[] | undefined => {
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
  const isShared =
    roots.size === 1 &&
    bracketed.length >= Math.max(1, names.length * 0.6) &&
    root !== undefined &&
    (WRAPPER.test(root) || namesResource(root))
  if (!isShared) return undefined
  const inner = WRAPPER.test(root) ? innerRoot(bracketed.map(fieldKeys)) : undefined
  return inner === undefined ? [root] : [root, inner]
}

const innerRoot = (names: readonly (readonly string[])[]): string | undefined => {
  const inner = names[0]?.[1]
  const isShared = names.length > 1 && names.every((keys) => keys.length > 2 && keys[1] === inner)
  return isShared && inner !== undefined && /^[a-z][\w-]{2,40}$/i.test(inner) && namesResource(inner)
    ? inner
    : undefined
}

/** `data[name]`, `customer_edit_form[name]`, `user_type[name]`: called for the form. */
const WRAPPER = /^(?:data|form|fields?|values?|input|params?|jform)$|_(?:form|type)$/i

export const namesResource = (root: string): boolean =>
  // `link:17[shown]` is one of many.
  !/:\d+$/.test(root) &&
  !WRAPPER.test(root) &&
  !/^(?:edit|items?|options?|meta|f|d|delete|del|fn|cmd|do|selected|checked|ids?)$/i.test(root) &&
  !isVerbRoot(root)

/** `delete[4]`, `add_user[name]`, but not `issue_status[name]`. */
const isVerbRoot = (root: string): boolean => {
  const verb = readVerb(root)?.verb
  return verb !== undefined && !isAmbiguousVerb(root.toLowerCase()) && !isAmbiguousVerb(verb.word)
}
