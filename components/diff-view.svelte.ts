/** What a diff shows and how: changes or the whole, in one column or two, what is unfolded, what was copied. */
import { SvelteSet } from 'svelte/reactivity'
import { type DiffGroup, type DiffItem, type EntryDiff, toEntryDiff } from '../lib/diff/entry-diff.ts'
import { toJsonPatch } from '../lib/diff/json-patch.ts'
import { entryToMarkdown } from '../lib/diff/markdown.ts'
import type { TextFold, TextLine } from '../lib/diff/text.ts'
import { type TreeLine, toTreeLines } from '../lib/diff/tree.ts'
import { type Entry, isRedacted } from '../lib/model/entry.ts'
import type { Json } from '../lib/model/json.ts'
import { enDiff as text } from './locale/en-diff.ts'
import { humanise } from './sentence.ts'

/** From this width on, in CSS pixels, there is room for two columns. */
const SPLIT_WIDTH = 720
const COPIED_MS = 2000

export class DiffState {
  mode = $state<'changed' | 'whole'>('changed')
  /** Of the diff itself, in CSS pixels. */
  width = $state(0)
  copied = $state<'markdown' | 'patch' | 'failed' | undefined>()
  #entry: () => Entry
  #title: () => string | undefined
  #columns = $state<'unified' | 'split' | undefined>()
  #unfolded = new SvelteSet<string>()

  readonly diff: EntryDiff = $derived.by(() => toEntryDiff(this.#entry()))
  readonly treeLines: readonly TreeLine[] = $derived.by(() => toTreeLines(this.diff.before, this.diff.after))

  /** `title` is what a copy says instead of who did it. */
  constructor(entry: () => Entry, title: () => string | undefined = () => undefined) {
    this.#entry = entry
    this.#title = title
  }

  /** The fields of what came or went, one a line. */
  readonly linesOf = ({ difference: { before, after } }: DiffItem): readonly TreeLine[] =>
    isOpenable(after) ? toTreeLines(undefined, after) : toTreeLines(before, undefined)

  get hasRoomForTwo(): boolean {
    return this.width >= SPLIT_WIDTH
  }
  /** Only texts and the whole are ever shown in two columns. */
  get canSplit(): boolean {
    return this.hasRoomForTwo && (this.mode === 'whole' || hasTexts(this.diff.groups))
  }
  get isSplit(): boolean {
    return this.hasRoomForTwo && this.#columns !== 'unified'
  }
  readonly setColumns = (columns: 'unified' | 'split'): void => {
    this.#columns = columns
  }

  /** `place` is unique in this entry. */
  readonly isUnfolded = (place: string): boolean => this.#unfolded.has(`${this.#entry().id} ${place}`)
  readonly unfold = (place: string): void => {
    this.#unfolded.add(`${this.#entry().id} ${place}`)
  }

  readonly copyMarkdown = (): Promise<void> =>
    this.#copy('markdown', entryToMarkdown(this.#entry(), this.#title()))
  /** From before to after as the diff compares them. */
  readonly copyPatch = (): Promise<void> =>
    this.#copy('patch', JSON.stringify(toJsonPatch(this.diff.before, this.diff.differences), null, 2))

  async #copy(what: 'markdown' | 'patch', text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text)
      this.copied = what
    } catch {
      this.copied = 'failed'
    }
    setTimeout(() => {
      this.copied = undefined
    }, COPIED_MS)
  }
}

const hasTexts = (groups: readonly DiffGroup[]): boolean =>
  groups.some(({ items }) => items.some(({ kind, inside = [] }) => kind === 'text' || hasTexts(inside)))

export const SIGNS = { add: '+', remove: '−', replace: '~', move: '↕', rename: '~' } as const
export const OPERATIONS = {
  add: text.added,
  remove: text.removed,
  replace: text.changed,
  move: text.moved,
  rename: text.renamed,
} as const

/** What the changed thing is called, and where it stood or went. */
export const namePlace = (item: DiffItem): { name: string; place: string } => {
  const { op, from = '' } = item.difference
  const { from: old, to } = item.place ?? {}
  const name = item.label ?? (item.place ? item.name : humanise(item.name))
  if (op === 'rename') return { name, place: text.renamedFrom(from.slice(from.lastIndexOf('/') + 1)) }
  if (item.cameFrom) return { name, place: text.movedHere(item.cameFrom.join(' › ') || text.top) }
  if (op === 'move') return { name, place: text.movedFrom(old ?? 0, to ?? 0) }
  if (op === 'add' && to !== undefined) return { name, place: text.addedAt(to) }
  if (op === 'remove' && old !== undefined) return { name, place: text.removedFrom(old) }
  return { name, place: '' }
}

/** Said where a value became one of another type: "number became text". */
export const typeChange = ({ difference: { op, before, after } }: DiffItem): string | undefined => {
  if (op !== 'replace' || before === undefined || after === undefined) return undefined
  const [from, to] = [typeOf(before), typeOf(after)]
  return from === to || from === 'nothing' || to === 'nothing'
    ? undefined
    : text.typeChanged(text.types[from], text.types[to])
}

/** True where a value has parts to show below it. */
export const isOpenable = (value: Json | undefined): boolean =>
  typeof value === 'object' && value !== null && !isRedacted(value) && Object.keys(value).length > 0

/** A plain value that came into a list or went from it says itself all there is to say. */
export const isItsOwnName = ({ place, difference: { op, before, after } }: DiffItem): boolean =>
  place !== undefined && op !== 'replace' && typeof (after ?? before) !== 'object'

export type Part = TextLine | TextFold
export type Row = readonly (Part | undefined)[]

/** Rows of two columns: what went beside what came. */
export const toColumns = (parts: readonly Part[]): Row[] => {
  const rows: Row[] = []
  for (let index = 0; index < parts.length; ) {
    const part = parts[index] as Part
    if (part.kind === 'fold') rows.push([part])
    if (part.kind === 'same') rows.push([part, part])
    if (part.kind === 'fold' || part.kind === 'same') {
      index++
      continue
    }
    const from = index
    while (parts[index]?.kind === 'removed') index++
    const removed = parts.slice(from, index)
    const middle = index
    while (parts[index]?.kind === 'added') index++
    const added = parts.slice(middle, index)
    for (let row = 0; row < Math.max(removed.length, added.length); row++)
      rows.push([removed[row], added[row]])
  }
  return rows
}

const typeOf = (value: Json): keyof typeof text.types => {
  if (value === null) return 'nothing'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'string') return 'text'
  if (typeof value === 'number') return 'number'
  return typeof value === 'boolean' ? 'switch' : 'group'
}
