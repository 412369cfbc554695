/** An entry as Markdown for a ticket, a chat or a post-mortem. Recorded text can't break out of its code marks. */
import type { Entry } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import { type DiffItem, toEntryDiff } from './entry-diff.ts'
import { reveal } from './lookalike.ts'
import { foldLines } from './text.ts'

const MAX_VALUE_LENGTH = 300

/** `title` takes the place of who did it, for a comparison that nobody did. */
export const entryToMarkdown = (entry: Entry, title = sentenceOf(entry)): string => {
  const items = toEntryDiff(entry).groups.flatMap((group) => group.items.map(itemToMarkdown))
  return `${[title, '', ...items].join('\n').trimEnd()}\n`
}

const sentenceOf = (entry: Entry): string => {
  const verbs = { create: 'created', update: 'changed', delete: 'deleted' }
  const tried = entry.evidence.grade === 'rejected' ? ' (the app refused it)' : ''
  return `**${plain(entry.actor.name)}** ${verbs[entry.action]} ${plain(entry.resourceType)} **${plain(
    entry.resourceName ?? entry.resourceId,
  )}** in ${plain(entry.app.name)}, ${entry.time}${tried}`
}

const itemToMarkdown = (item: DiffItem): string => {
  const { op, pointer, from } = item.difference
  const [before, after] = [item.difference.before, item.difference.after].map((value) =>
    item.isAlike && typeof value === 'string' ? reveal(JSON.stringify(value)) : value,
  )
  const name = plain(item.label ?? item.name)
  const head = `- ${name}${name === pointer.slice(1) ? '' : ` (${code(pointer || '/')})`}`
  if (item.kind === 'secret')
    return `${head}: secret ${op === 'add' ? 'set' : op === 'remove' ? 'removed' : 'changed'}`
  if (item.kind === 'rename') return `${head}: renamed, was ${code(from ?? '')}`
  if (item.kind === 'move') {
    const { from: old, to } = item.place ?? {}
    return `${head}: moved ${item.cameFrom ? `from ${code(from ?? '')}` : `${old} → ${to}`}`
  }
  if (item.inside)
    return [
      `${head}:`,
      ...item.inside.flatMap(({ items }) => items.map((one) => indent(itemToMarkdown(one)))),
    ].join('\n')
  if (item.lines) return `${head}:\n\n${indent(fence(item))}\n`
  if (op === 'add') return `${head}: added ${valueCode(after)}`
  if (op === 'remove') return `${head}: removed, was ${item.isBeforeUnknown ? 'unknown' : valueCode(before)}`
  return `${head}: ${item.isBeforeUnknown ? 'unknown' : valueCode(before)} → ${item.isAfterUnknown ? 'unknown' : valueCode(after)}`
}

const fence = (item: DiffItem): string => {
  const signs = { same: ' ', removed: '-', added: '+' }
  const body = foldLines(item.lines ?? []).map((line) =>
    line.kind === 'fold'
      ? `  … ${line.lines.length} lines unchanged`
      : `${signs[line.kind]} ${line.runs.map(({ text }) => text).join('')}`,
  )
  const marks = longestTicks(body.join('\n'), 3)
  return [`${marks}diff`, ...body, marks].join('\n')
}

const valueCode = (value: Json | undefined): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value ?? null)
  if (text === '') return '`""`'
  return code(text.length > MAX_VALUE_LENGTH ? `${text.slice(0, MAX_VALUE_LENGTH).toWellFormed()}…` : text)
}

const code = (text: string): string => {
  const line = text.replace(/\s+/g, ' ')
  const marks = longestTicks(line, 1)
  return marks.length === 1 ? `\`${line}\`` : `${marks} ${line} ${marks}`
}

/** More backticks in a row than the text has, and at least `least`. */
const longestTicks = (text: string, least: number): string => {
  const longest = Math.max(0, ...(text.match(/`+/g) ?? []).map((ticks) => ticks.length))
  return '`'.repeat(longest >= least ? longest + 1 : least)
}

/** The title of a comparison, of a resource between two times. */
export const comparisonTitle = (entry: Entry, from: string, to: string): string =>
  `${plain(entry.resourceType)} **${plain(entry.resourceName ?? entry.resourceId)}** in ${plain(entry.app.name)}, from ${plain(from)} to ${plain(to)}`

const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|~]/g, '\\$&')

const indent = (text: string): string => text.replace(/^/gm, '  ')
