/** Rows that are named by their table and a condition, as database consoles write them: `?edit=plan&where[id]=1`. */
import type { FormPost } from '../../finding.ts'
import { idOfCondition } from '../../statement.ts'
import { fieldKeys } from '../form-names.ts'
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

/** `data[pages][5][title]`: all fields that are written are cells of one row of one table. */
export const cellsOf = (
  post: FormPost,
): { table: string; id: string; keys: readonly string[] } | undefined => {
  const names = post.fields.map(([name]) => fieldKeys(name)).filter((keys) => keys.length > 3)
  const [root = '', table = '', id = ''] = names[0] ?? []
  const isOne = names.every((keys) => keys[0] === root && keys[1] === table && keys[2] === id)
  return isOne &&
    names.length > 0 &&
    /^(?:data|values?|fields?)$/i.test(root) &&
    /^[a-z]\w{2,40}$/i.test(table) &&
    /^(?:\d+|new\w*)$/i.test(id)
    ? { table, id, keys: [root, table, id] }
    : undefined
}

export const ROW_CONDITION = /^where\[\w+\]$/i

export const isCondition = (name: string, value: string): boolean =>
  /^where(?:_?clause)?(?:\[\d*\])?$/i.test(name) && idOfCondition(value) !== undefined

/** `where[id]=3`, as the value of a row's box. */
export const conditionId = (value: string): string | undefined => {
  const [, id] = /^where(?:\[|%5B)\w+(?:\]|%5D)=([\w.@-]{1,100})$/i.exec(value) ?? []
  return id
}
