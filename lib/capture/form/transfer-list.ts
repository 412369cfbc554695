/**
 * Two lists between which a person moves options: what is in the one is chosen, and script marks all of it as the form leaves.
 * Until then none of it is marked, so what was chosen before are its options, not its values.
 */
import type { FormField } from '../exchange.ts'
import type { FormPost } from '../finding.ts'

/** More may have been cut off: then what was chosen is not known. */
const MOST_OPTIONS = 60

/** What each such list held when the form was first seen, by its name. */
export const chosenInLists = ({ fields, snapshot }: FormPost): ReadonlyMap<string, readonly string[]> => {
  const lists = (snapshot?.fields ?? []).filter(({ type }) => type === 'select-multiple')
  return new Map(
    lists.flatMap((list): [string, readonly string[]][] => {
      const sent = fields.filter(([name]) => name === list.name).map(([, value]) => value)
      const source = lists.find((other) => isSourceOf(other, list))
      const options = optionsOf(list)
      const offered = new Set([...options, ...(source ? optionsOf(source) : [])])
      const isWhole = options.length < MOST_OPTIONS && sent.every((value) => offered.has(value))
      return source && list.values.length === 0 && isWhole ? [[list.name, options]] : []
    }),
  )
}

/** `labels_old` beside `labels`, `available_groups` beside `groups`: of one name but for a word, and no option is in both. */
const isSourceOf = (other: FormField, list: FormField): boolean => {
  if (other === list || !other.name.includes(list.name.replace(/\[\]$/, ''))) return false
  const chosen = new Set(optionsOf(list))
  return optionsOf(other).every((value) => !chosen.has(value))
}

const optionsOf = ({ choices = [] }: FormField): string[] => choices.map(({ value }) => value)
