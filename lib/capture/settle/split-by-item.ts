/** A document without an id of its own (a configuration, all flows): what changed is an item in one of its lists, where that has an id. */
import type { Json } from '../../model/json.ts'
import { type Difference, differences, type ListItem } from '../compare.ts'
import { nameOf } from '../identity.ts'
import { isPlural } from '../words.ts'
import { type ResourceChange, resourceChange } from './resource-change.ts'

/** More items than a person edits at a time. */
const MAX_ITEMS = 50

/** One change an item, and one of what lies outside all items; undefined where no item changed. */
export const splitByItem = (
  document: Pick<ResourceChange, 'type' | 'beforeFrom' | 'changes'> & {
    readonly before: Json
    readonly after: Json | undefined
  },
): ResourceChange[] | undefined => {
  const { type, beforeFrom, changes, before, after } = document
  const items = new Map<string, { item: ListItem; inItem: Difference[] }>()
  const outside: Difference[] = []
  for (const change of changes) {
    const { item } = change
    if (!item || !isItem(item)) {
      outside.push(change)
      continue
    }
    const key = `${item.list}\0${item.id}`
    const known = items.get(key)
    if (known) known.inItem.push(change)
    else items.set(key, { item, inItem: [change] })
  }
  if (items.size === 0 || items.size > MAX_ITEMS) return undefined
  const parts = [...items.values()].map(({ item, inItem }) =>
    resourceChange({ ...changeOfItem(item, inItem), type: item.list === '' ? type : item.list, beforeFrom }),
  )
  if (outside.length === 0) return parts
  const rest = { action: 'update', id: '', type, name: nameOf(after), changes: outside, beforeFrom } as const
  return [...parts, resourceChange({ ...rest, before, after })]
}

const changeOfItem = (
  { id, depth, before, after }: ListItem,
  inItem: readonly Difference[],
): Omit<Parameters<typeof resourceChange>[0], 'type' | 'beforeFrom'> => {
  const name = nameOf(after ?? before)
  const all = { whole: true, volatile: true } as const
  if (before === undefined)
    return { action: 'create', id, name, before: null, after, changes: differences(undefined, after, all) }
  if (after === undefined)
    return { action: 'delete', id, name, before, after: null, changes: differences(before, undefined, all) }
  const changes = inItem.map(({ item: _item, keys, ...change }) => ({ ...change, keys: keys.slice(depth) }))
  return { action: 'update', id, name, before, after, changes }
}

/** Of a single object that merely has a name, its list must be called as lists are. */
const isItem = ({ strength, list }: ListItem): boolean =>
  strength === 'strong' || list === '' || isPlural(list)
