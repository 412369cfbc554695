/**
 * What a filter means, entry by entry. The query engine may answer faster than this but never differently.
 * All tests of a filter must hold; of several values of one test any may. Words match without case.
 */
import type { Action, Change, Entry, Grade } from '../model/entry.ts'
import {
  actorWords,
  appWords,
  type EntryRow,
  entryToWords,
  fieldWords,
  isOwnOrigin,
  valueWords,
} from './row.ts'
import { beginAll, includeAll, textToWords } from './words.ts'

export interface EntryTests {
  /** Origins. */
  readonly app?: readonly string[]
  /** Actor ids. */
  readonly actor?: readonly string[]
  readonly resourceType?: readonly string[]
  readonly resourceId?: string
  readonly action?: readonly Action[]
  readonly grade?: readonly Grade[]
  /** Each word must begin a word of the entry. */
  readonly text?: string
  /** The next three must hold for one and the same change. Each word must begin a word of its label or pointer. */
  readonly field?: string
  /** Each must be a word of the old value. */
  readonly before?: string
  /** Each must be a word of the new value. */
  readonly after?: string
}

export interface EntryFilter extends EntryTests {
  /** RFC 3339; entries at or after it. */
  readonly from?: string
  /** RFC 3339; entries before it. */
  readonly to?: string
  /** Refused saves are left out unless this is true. */
  readonly rejected?: boolean
  /** What was done in Daybook itself (an export) is left out unless this is true or `app` names it. */
  readonly own?: boolean
  /** What the user said is no change is left out unless this is true. */
  readonly muted?: boolean
  /** Leaves out what passes any one of these. */
  readonly not?: readonly EntryTests[]
}

/** The entry as it is shown. Whether it is muted only its row tells. */
export const matchesEntry = (entry: Entry, filter: EntryFilter): boolean => {
  const timeMs = Date.parse(entry.time)
  if (filter.from !== undefined && timeMs < Date.parse(filter.from)) return false
  if (filter.to !== undefined && timeMs >= Date.parse(filter.to)) return false
  if (!filter.rejected && entry.evidence.grade === 'rejected') return false
  if (!showsOwn(filter, entry.app.origin)) return false
  return (
    testsOf(filter).every((test) => test.entry(entry)) &&
    !(filter.not ?? []).some((not) => isTest(not) && testsOf(not).every((test) => test.entry(entry)))
  )
}

/** What the row alone tells; 'maybe' means that the whole entry has to be asked. Dates are not looked at. */
export const matchesRow = (row: EntryRow, filter: EntryFilter): boolean | 'maybe' => {
  if (!filter.rejected && row.grade === 'rejected') return false
  if (!showsOwn(filter, row.app)) return false
  if (row.muted && !filter.muted) return false
  const verdict = all(testsOf(filter), row)
  if (verdict === false) return false
  const left = (filter.not ?? []).filter(isTest).map((not) => all(testsOf(not), row))
  if (left.includes(true)) return false
  return left.includes('maybe') ? 'maybe' : verdict
}

const showsOwn = (filter: EntryFilter, origin: string): boolean =>
  !isOwnOrigin(origin) || filter.own === true || filter.app?.includes(origin) === true

const all = (tests: readonly Test[], row: EntryRow): boolean | 'maybe' => {
  let verdict: boolean | 'maybe' = true
  for (const test of tests) {
    const passed = test.row(row)
    if (passed === false) return false
    if (passed === 'maybe') verdict = 'maybe'
  }
  return verdict
}

/** Tests that say nothing leave nothing out. */
const isTest = (tests: EntryTests): boolean => testsOf(tests).length > 0

interface Test {
  readonly entry: (entry: Entry) => boolean
  readonly row: (row: EntryRow) => boolean | 'maybe'
}

const testsOf = (tests: EntryTests): readonly Test[] => {
  const found = testsByFilter.get(tests)
  if (found) return found
  const made = makeTests(tests)
  testsByFilter.set(tests, made)
  return made
}

const testsByFilter = new WeakMap<EntryTests, readonly Test[]>()

const makeTests = (tests: EntryTests): Test[] => {
  const made: Test[] = []
  const oneOf = <Value>(
    wanted: readonly Value[] | undefined,
    ofEntry: (entry: Entry) => Value,
    ofRow: (row: EntryRow) => Value,
  ) => {
    if (!wanted || wanted.length === 0) return
    const values = new Set(wanted)
    made.push({ entry: (entry) => values.has(ofEntry(entry)), row: (row) => values.has(ofRow(row)) })
  }
  oneOf(
    tests.app,
    (entry) => entry.app.origin,
    (row) => row.app,
  )
  oneOf(
    tests.actor,
    (entry) => entry.actor.id,
    (row) => row.actorId,
  )
  oneOf(
    tests.resourceType,
    (entry) => entry.resourceType,
    (row) => row.resourceType,
  )
  oneOf(
    tests.resourceId === undefined ? [] : [tests.resourceId],
    (entry) => entry.resourceId,
    (row) => row.resourceId,
  )
  oneOf(
    tests.action,
    (entry) => entry.action,
    (row) => row.action,
  )
  oneOf(
    tests.grade,
    (entry) => entry.evidence.grade,
    (row) => row.grade,
  )

  const text = textToWords(tests.text ?? '')
  if (text.size > 0) {
    made.push({
      entry: (entry) => beginAll(text, entryToWords(entry)),
      row: (row) => {
        const padded = ` ${row.words}`
        const all = [...text].every((word) => padded.includes(` ${word}`))
        return all || (row.wordsCut ? 'maybe' : false)
      },
    })
  }
  const change = changeTest(tests)
  if (change) {
    made.push({
      entry: (entry) => entry.changes.some(change.passes),
      row: (row) => {
        if (row.changeCount === 0) return false
        const padded = ` ${row.words}`
        return change.words.every((word) => padded.includes(` ${word}`)) || row.wordsCut ? 'maybe' : false
      },
    })
  }
  return made
}

const changeTest = (
  tests: EntryTests,
): { passes: (change: Change) => boolean; words: readonly string[] } | undefined => {
  const [field, before, after] = [tests.field, tests.before, tests.after].map((text) =>
    textToWords(text ?? ''),
  )
  if (!field || !before || !after || field.size + before.size + after.size === 0) return undefined
  return {
    words: [...field, ...before, ...after],
    passes: (change) =>
      beginAll(field, fieldWords(change)) &&
      includeAll(before, valueWords(change.before)) &&
      includeAll(after, valueWords(change.after)),
  }
}

/** Words that every entry passing the filter has, each as a beginning of one of its words. */
export const requiredWords = (filter: EntryTests): Set<string> =>
  textToWords([filter.text, filter.field, filter.before, filter.after].join(' '))

/** True where the words begin words of an actor or an app, so that free text finds all their entries. */
export const namesActor = (word: string, actor: { name: string; email?: string }): boolean =>
  beginAll([word], actorWords(actor))
export const namesApp = (word: string, app: { origin: string; name: string }): boolean =>
  beginAll([word], appWords(app))
