import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareTexts, cutRuns, foldLines, type TextLine } from '../../lib/diff/text.ts'

const textOf = (lines: readonly TextLine[], side: 'removed' | 'added') =>
  lines
    .filter(({ kind }) => kind === 'same' || kind === side)
    .map(({ runs }) => runs.map(({ text }) => text).join(''))
    .join('\n')

const marked = (lines: readonly TextLine[], kind: 'removed' | 'added') =>
  lines
    .filter((line) => line.kind === kind)
    .flatMap(({ runs }) => runs.filter(({ changed }) => changed).map(({ text }) => text))

test('both texts can be read back from the lines, whatever they hold', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('a b', 'a c', 'x', '', ' \t', 'é日本', '\ud800'), { maxLength: 8 })
      .map((lines) => lines.join('\n')),
  )
  fc.assert(
    fc.property(text, text, (before, after) => {
      const lines = compareTexts(before, after)
      expect(textOf(lines, 'removed')).toBe(before)
      expect(textOf(lines, 'added')).toBe(after)
    }),
    { numRuns: 300 },
  )
})

test('words are marked inside the lines that changed', () => {
  const lines = compareTexts('keep\nBe concise and polite.\nkeep', 'keep\nBe brief and polite.\nkeep')
  expect(lines.map(({ kind }) => kind)).toEqual(['same', 'removed', 'added', 'same'])
  expect([marked(lines, 'removed'), marked(lines, 'added')]).toEqual([['concise'], ['brief']])
})

test('neighbouring words that changed are one mark', () => {
  expect(marked(compareTexts('say good morning now', 'say bon jour now'), 'removed')).toEqual([
    'good morning',
  ])
})

test('scripts without spaces are compared by character', () => {
  expect(marked(compareTexts('設定を変更する', '設定を保存する'), 'added')).toEqual(['保存'])
})

test('lines carry the numbers that they have in their text', () => {
  const [first, second, third] = compareTexts('a\nb', 'new\na\nb')
  expect(first).toMatchObject({ kind: 'added', afterLine: 1 })
  expect(second).toMatchObject({ kind: 'same', beforeLine: 1, afterLine: 2 })
  expect(third).toMatchObject({ kind: 'same', beforeLine: 2, afterLine: 3 })
})

test('unchanged lines fold away but for two around each change', () => {
  const before = Array.from({ length: 30 }, (_, index) => `line ${index}`)
  const folded = foldLines(compareTexts(before.join('\n'), before.with(15, 'changed').join('\n')))
  expect(folded.map((line) => (line.kind === 'fold' ? line.lines.length : line.kind))).toEqual([
    13,
    'same',
    'same',
    'removed',
    'added',
    'same',
    'same',
    12,
  ])
})

test('a long line is cut around what changed', () => {
  const [line] = compareTexts(
    `${'start '.repeat(50)}old${' end'.repeat(50)}`,
    `${'start '.repeat(50)}new${' end'.repeat(50)}`,
  )
  const cut = cutRuns(line?.runs ?? [])
    .map(({ text }) => text)
    .join('')
  expect(cut).toMatch(/^…[ start]+old[ end]+…$/)
  expect(cut.length).toBeLessThan(100)
})
