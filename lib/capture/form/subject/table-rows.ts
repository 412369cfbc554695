/** Rows that are named by their table and a condition, as database consoles write them: `?edit=plan&where[id]=1`. */
import type { FormPost } from '../../finding.ts'
import { idOfCondition } from '../../statement.ts'
import { queryOf } from './posted.ts'

/** `?edit=plan&where[id]=1`, `?select=plan` with rows ticked: the verb's own value is the table of the row. */
export const tableAfterVerb = (post: FormPost): string | undefined => {
  const query = queryOf(post.url)
  const found = query.find(
    ([name, value]) => /^(?:edit|select|insert|browse)$/i.test(name) && /^[a-z_]\w{1,60}$/i.test(value),
  )
  const isRow =
    query.some(([name]) => ROW_CONDITION.test(name)) ||
    post.fields.some(([name, value]) => /^fields\[/.test(name) || conditionId(value) !== undefined)
  return found && isRow ? found[1] : undefined
}

export const ROW_CONDITION = /^where\[\w+\]$/i

export const isCondition = (name: string, value: string): boolean =>
  /^where(?:_?clause)?(?:\[\d*\])?$/i.test(name) && idOfCondition(value) !== undefined

/** `where[id]=3`, as the value of a row's box. */
export const conditionId = (value: string): string | undefined => {
  const [, id] = /^where(?:\[|%5B)\w+(?:\]|%5D)=([\w.@-]{1,100})$/i.exec(value) ?? []
  return id
}
