/**
 * From rows to what a list shows: day headings, and bursts of edits to one field folded into one row. Lossless: a folded row
 * keeps all its rows and opens to them.
 */
import { type EntryRow, SECRET_TEXT } from '../lib/store/row.ts'
import { startOfDay, type Zone } from './day.ts'
import { dayName } from './format.ts'

export interface Item {
  /** Stays the same while newer rows join a fold. */
  readonly key: string
  readonly row: EntryRow
  /** Heading, on the first item of a day. */
  readonly day?: string
  /** The rows that are folded into this one, newest first; absent where nothing is folded. */
  readonly edits?: readonly EntryRow[]
  /** True where a fold ends in the value it began with. */
  readonly isBack?: boolean
  /** The key of the fold that this row was taken out of. */
  readonly unfoldedFrom?: string
  /** How many rows the fold has, on the first of an open one. */
  readonly unfoldedCount?: number
}

export interface FoldOptions {
  readonly nowMs: number
  readonly zone: Zone
  readonly fold: boolean
  /** Keys of folds that the reader opened. */
  readonly unfolded: ReadonlySet<string>
}

const LONGEST_PAUSE_MS = 10 * 60_000

export const rowsToItems = (
  rows: readonly EntryRow[],
  { nowMs, zone, fold, unfolded }: FoldOptions,
): Item[] => {
  const items: Item[] = []
  // Asked for each row of a long list at each of its pages: writing days to compare them was most of the time.
  let dayStartMs = Number.POSITIVE_INFINITY
  for (const burst of fold ? toBursts(rows, zone) : rows.map((row) => [row])) {
    const [newest] = burst
    const oldest = burst.at(-1)
    if (!newest || !oldest) continue
    const timeMs = Date.parse(newest.time)
    const isOfNextDay = timeMs < dayStartMs
    if (isOfNextDay) dayStartMs = startOfDay(timeMs, zone).getTime()
    const heading = isOfNextDay ? { day: dayName(newest.time, nowMs, zone) } : {}
    const key = oldest.order
    if (burst.length === 1) items.push({ key, row: newest, ...heading })
    else if (unfolded.has(key)) {
      const [first, ...rest] = burst.map((row): Item => ({ key: row.order, row, unfoldedFrom: key }))
      items.push({ ...(first as Item), unfoldedCount: burst.length, ...heading }, ...rest)
    } else
      items.push({
        key,
        row: joined(newest, oldest),
        edits: burst,
        isBack: isBack(newest, oldest),
        ...heading,
      })
  }
  return items
}

const toBursts = (rows: readonly EntryRow[], zone: Zone): EntryRow[][] => {
  const bursts: EntryRow[][] = []
  for (const row of rows) {
    const burst = bursts.at(-1)
    const newer = burst?.at(-1)
    if (burst && newer && continues(newer, row) && isOfOneDay(newer, row, zone)) burst.push(row)
    else bursts.push([row])
  }
  return bursts
}

const continues = (newer: EntryRow, older: EntryRow): boolean =>
  newer.action === 'update' &&
  older.action === 'update' &&
  newer.changeCount === 1 &&
  older.changeCount === 1 &&
  newer.first?.pointer === older.first?.pointer &&
  newer.actorId === older.actorId &&
  newer.app === older.app &&
  newer.resourceType === older.resourceType &&
  newer.resourceId === older.resourceId &&
  newer.grade !== 'rejected' &&
  older.grade !== 'rejected' &&
  Date.parse(newer.time) - Date.parse(older.time) <= LONGEST_PAUSE_MS

const isOfOneDay = (newer: EntryRow, older: EntryRow, zone: Zone): boolean =>
  Date.parse(older.time) >= startOfDay(Date.parse(newer.time), zone).getTime()

/** The net change of a burst. */
const joined = (newest: EntryRow, oldest: EntryRow): EntryRow => {
  if (!newest.first || !oldest.first) return newest
  const { before: _, ...first } = newest.first
  const { before } = oldest.first
  return {
    ...newest,
    first: { ...first, ...(before !== undefined && { before }) },
    beforeFrom: oldest.beforeFrom,
  }
}

const isBack = (newest: EntryRow, oldest: EntryRow): boolean => {
  const [before, after] = [oldest.first?.before, newest.first?.after]
  return before !== undefined && before === after && before !== SECRET_TEXT && !before.includes('…')
}
