import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createFold, type FoldOptions } from '../../components/fold.ts'
import { type EntryRow, entryToRow } from '../../lib/store/row.ts'
import { makeEntry, START_MS } from '../helpers/entries.ts'

const OPTIONS = { nowMs: START_MS + 3_600_000, zone: 'utc', fold: true, unfolded: new Set<string>() } as const
const rowsToItems = (rows: readonly EntryRow[], options: FoldOptions) => createFold()(rows, options)
const edit = (index: number, before: number, after: number): EntryRow =>
  entryToRow(
    makeEntry(index, {
      changes: [{ pointer: '/sessionTimeout', label: 'Session timeout', op: 'replace', before, after }],
    }),
    index,
  )

test('folds a burst of edits of one field into its net change, and keeps every row', () => {
  const rows = [edit(3, 45, 60), edit(2, 40, 45), edit(1, 30, 40)]
  const [item, ...others] = rowsToItems(rows, OPTIONS)
  expect(others).toEqual([])
  expect(item?.row.first).toMatchObject({ before: '30', after: '60' })
  expect(item?.edits).toEqual(rows)
})

test('says when a burst ends where it began', () => {
  expect(rowsToItems([edit(2, 45, 30), edit(1, 30, 45)], OPTIONS)[0]?.isBack).toBe(true)
})

test('an opened fold shows its rows under one key', () => {
  const rows = [edit(2, 40, 45), edit(1, 30, 40)]
  const key = rowsToItems(rows, OPTIONS)[0]?.key ?? ''
  const items = rowsToItems(rows, { ...OPTIONS, unfolded: new Set([key]) })
  expect(items.map(({ row, unfoldedFrom }) => [row.id, unfoldedFrom])).toEqual(
    rows.map(({ id }) => [id, key]),
  )
})

test('keeps the key of a fold while newer edits join it', () => {
  const older = [edit(2, 40, 45), edit(1, 30, 40)]
  expect(rowsToItems([edit(3, 45, 60), ...older], OPTIONS)[0]?.key).toBe(rowsToItems(older, OPTIONS)[0]?.key)
})

test('does not fold across other resources, refusals or long pauses', () => {
  const other = entryToRow(makeEntry(2, { resourceId: 'other' }), 2)
  const refused = entryToRow(
    makeEntry(2, { evidence: { grade: 'rejected', via: 'fetch', beforeFrom: 'read' } }),
    2,
  )
  for (const between of [other, refused])
    expect(rowsToItems([edit(3, 1, 2), between, edit(1, 0, 1)], OPTIONS)).toHaveLength(3)
  expect(rowsToItems([edit(2000, 1, 2), edit(1, 0, 1)], OPTIONS)).toHaveLength(2)
})

test('puts a heading on the first row of each day', () => {
  const items = rowsToItems([edit(60 * 60 * 20, 1, 2), edit(5, 0, 1), edit(4, 0, 1)], {
    ...OPTIONS,
    fold: false,
    nowMs: START_MS + 24 * 3_600_000,
  })
  expect(items.map(({ day }) => day)).toEqual([
    'Today, Monday 2 November',
    'Yesterday, Sunday 1 November',
    undefined,
  ])
})

test('gives each day of the zone its heading, once', () => {
  const at = (time: string, index: number) => entryToRow(makeEntry(index, { time, action: 'create' }), index)
  const rows = [
    at('2026-11-01T09:00:00.000Z', 4),
    at('2026-11-01T00:00:00.000Z', 3),
    at('2026-10-31T23:59:59.999Z', 2),
    at('2026-10-31T00:00:01.000Z', 1),
    at('2025-10-31T12:00:00.000Z', 0),
  ]
  expect(rowsToItems(rows, OPTIONS).map(({ day }) => day)).toEqual([
    'Today, Sunday 1 November',
    undefined,
    'Yesterday, Saturday 31 October',
    undefined,
    'Friday, 31 October 2025',
  ])
})

test('a list that grows at its foot, changes or is folded otherwise is folded as if it had always been so', () => {
  // Edits of one field in runs of chance length, some minutes or a day apart.
  const step = fc.record({ pauseS: fc.constantFrom(1, 60, 86_400), isOther: fc.boolean() })
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.array(fc.record({ shown: fc.nat(30), begin: fc.nat(3), open: fc.nat(5), fold: fc.boolean() })),
      (steps, looks) => {
        let seconds = 5_000_000
        const rows = steps.map(({ pauseS, isOther }) => {
          seconds -= pauseS
          return isOther
            ? entryToRow(makeEntry(seconds, { resourceId: 'other' }), seconds)
            : edit(seconds, 1, 2)
        })
        const fold = createFold()
        for (const look of looks) {
          const shown = rows.slice(look.begin, look.shown)
          const keys = new Set(rows.slice(0, look.open).map(({ order }) => order))
          const options = { ...OPTIONS, fold: look.fold, unfolded: keys }
          expect(fold(shown, options)).toEqual(rowsToItems(shown, options))
        }
      },
    ),
  )
})
