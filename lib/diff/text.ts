/** Compares two texts by line, and by word inside the lines that changed. Bounded: texts too different are shown whole. */
import { diffArrays } from 'diff'

/** A stretch of a line; `changed` marks what the other side has not. */
export interface TextRun {
  readonly text: string
  readonly changed: boolean
}

export interface TextLine {
  readonly kind: 'same' | 'removed' | 'added'
  readonly runs: readonly TextRun[]
  /** Counted from 1; absent where the line isn't on that side. */
  readonly beforeLine?: number
  readonly afterLine?: number
}

/** Unchanged lines that are out of sight until asked for. */
export interface TextFold {
  readonly kind: 'fold'
  readonly lines: readonly TextLine[]
}

const MAX_CHANGED_LINES = 2_000
const MAX_CHANGED_WORDS = 1_000
/** Hunks longer than this, in characters, get no word marks. */
const MAX_HUNK = 50_000
/** Of the letters of the shorter side; where fewer stayed, the text was written anew and marks would only confuse. */
const MIN_SHARED = 0.3

export const compareTexts = (before: string, after: string): TextLine[] => {
  const beforeLines = linesOf(before)
  const afterLines = linesOf(after)
  const parts = diffArrays(beforeLines, afterLines, { maxEditLength: MAX_CHANGED_LINES }) ?? [
    { removed: true, added: false, value: beforeLines },
    { removed: false, added: true, value: afterLines },
  ]
  const lines: TextLine[] = []
  let beforeLine = 1
  let afterLine = 1
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] as (typeof parts)[number]
    if (!part.removed && !part.added) {
      for (const text of part.value)
        lines.push({
          kind: 'same',
          runs: [{ text, changed: false }],
          beforeLine: beforeLine++,
          afterLine: afterLine++,
        })
      continue
    }
    const next = parts[index + 1]
    const isReplaced = part.removed && next?.added
    const removed = part.removed ? part.value : []
    const added = isReplaced ? next.value : part.added ? part.value : []
    if (isReplaced) index++
    const hunk = compareHunk(removed, added)
    for (const runs of hunk.removed) lines.push({ kind: 'removed', runs, beforeLine: beforeLine++ })
    for (const runs of hunk.added) lines.push({ kind: 'added', runs, afterLine: afterLine++ })
  }
  return lines
}

/** An empty text has no line that came or went. */
const linesOf = (text: string): string[] => (text === '' ? [] : text.split('\n'))

/** The lines that changed with `context` lines around them; the rest in folds. A fold of one line would save nothing. */
export const foldLines = (lines: readonly TextLine[], context = 2): (TextLine | TextFold)[] => {
  const near = new Set<number>()
  lines.forEach((line, index) => {
    if (line.kind === 'same') return
    for (let i = index - context; i <= index + context; i++) near.add(i)
  })
  const folded: (TextLine | TextFold)[] = []
  for (let index = 0; index < lines.length; ) {
    let end = index
    while (end < lines.length && !near.has(end)) end++
    const hidden = lines.slice(index, end)
    folded.push(...(hidden.length > 1 ? [{ kind: 'fold' as const, lines: hidden }] : hidden))
    const line = lines[end]
    if (line) folded.push(line)
    index = end + 1
  }
  return folded
}

/** Cuts long unchanged stretches of a long line, between words where it can, so that what changed stays in view. */
export const cutRuns = (runs: readonly TextRun[], context = 40): readonly TextRun[] => {
  if (runs.reduce((length, { text }) => length + text.length, 0) <= context * 4) return runs
  return runs.map((run, index) => {
    if (run.text.length <= context) return run
    const head = index === 0 && !run.changed ? '' : firstWords(run.text, run.changed ? context * 3 : context)
    const tail = index === runs.length - 1 && !run.changed ? '' : lastWords(run.text, context)
    return head.length + tail.length + 1 < run.text.length ? { ...run, text: `${head}…${tail}` } : run
  })
}

const firstWords = (text: string, length: number): string =>
  text
    .slice(0, length)
    .replace(/\S{1,20}$/, '')
    .toWellFormed()
const lastWords = (text: string, length: number): string =>
  text
    .slice(-length)
    .replace(/^\S{1,20}/, '')
    .toWellFormed()

interface Hunk {
  readonly removed: readonly TextRun[][]
  readonly added: readonly TextRun[][]
}

const compareHunk = (removed: readonly string[], added: readonly string[]): Hunk => {
  const beforeText = removed.join('\n')
  const afterText = added.join('\n')
  const isWhole =
    removed.length === 0 || added.length === 0 || beforeText.length + afterText.length > MAX_HUNK
  const parts = isWhole
    ? undefined
    : diffArrays(tokensOf(beforeText), tokensOf(afterText), { maxEditLength: MAX_CHANGED_WORDS })
  const same = parts?.flatMap((part) => (part.removed || part.added ? [] : part.value)).join('') ?? ''
  const isAnew =
    lettersIn(same) < MIN_SHARED * Math.min(lettersIn(beforeText), lettersIn(afterText)) || !/\S/.test(same)
  if (!parts || isAnew) {
    const whole = (lines: readonly string[]) => lines.map((text) => [{ text, changed: true }])
    return { removed: whole(removed), added: whole(added) }
  }
  const runsOf = (other: 'removed' | 'added') =>
    runsToLines(
      bridgeSpaces(
        parts
          .filter((part) => !part[other])
          .map((part) => ({ text: part.value.join(''), changed: part.removed || part.added })),
      ),
    )
  return { removed: runsOf('added'), added: runsOf('removed') }
}

const lettersIn = (text: string): number => text.match(/[\p{L}\p{N}]/gu)?.length ?? 0

/** Words, single spaces and marks. Scripts without spaces go by character. Lone surrogates are characters too. */
const tokensOf = (text: string): string[] =>
  text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}_\p{M}]+|\n|[^\S\n]+|./gsu,
  ) ?? []

/** "a b" → "c d" reads as one change, not as two with a space between that stayed. */
const bridgeSpaces = (runs: readonly TextRun[]): TextRun[] =>
  runs.reduce<TextRun[]>((joined, run, index) => {
    const last = joined.at(-1)
    const isBridge = !run.changed && /^[^\S\n]+$/.test(run.text) && last?.changed && runs[index + 1]?.changed
    const changed = run.changed || Boolean(isBridge)
    if (last?.changed === changed) joined[joined.length - 1] = { text: last.text + run.text, changed }
    else joined.push({ text: run.text, changed })
    return joined
  }, [])

const runsToLines = (runs: readonly TextRun[]): TextRun[][] => {
  const lines: TextRun[][] = [[]]
  for (const run of runs)
    run.text.split('\n').forEach((text, index) => {
      if (index > 0) lines.push([])
      if (text !== '') lines.at(-1)?.push({ text, changed: run.changed })
    })
  return lines
}
