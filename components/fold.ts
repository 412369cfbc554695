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

/** Where the folding of a list that grows at its foot can go on: before its last item, which may still take rows in. */
interface Folded {
  readonly items: readonly Item[]
  readonly rowCount: number
  readonly dayStartMs: number
}

const NOTHING_FOLDED: Folded = { items: [], rowCount: 0, dayStartMs: Number.POSITIVE_INFINITY }

/** Folds a list each time that it has changed. Where rows were only added at its foot, those before are not gone through again. */
export const createFold = (): ((rows: readonly EntryRow[], options: FoldOptions) => readonly Item[]) => {
  let last: { rows: readonly EntryRow[]; about: string; folded: Folded } | undefined
  return (rows, options) => {
    const { nowMs, zone, fold, unfolded } = options
    const about = JSON.stringify([startOfDay(nowMs, zone), zone, fold, [...unfolded]])
    const count = last?.rows.length ?? 0
    const hasGrown = last?.about === about && rows[0] === last.rows[0] && rows[count - 1] === last.rows.at(-1)
    const { items, folded } = foldFrom(hasGrown && last ? last.folded : NOTHING_FOLDED, rows, options)
    last = { rows, about, folded }
    return items
  }
}

const foldFrom = (
  from: Folded,
  rows: readonly EntryRow[],
  { nowMs, zone, fold, unfolded }: FoldOptions,
): { items: readonly Item[]; folded: Folded } => {
  const items = [...from.items]
  let folded = from
  let { rowCount, dayStartMs } = from
  while (rowCount < rows.length) {
    const burst = fold ? burstAt(rows, rowCount, zone) : rows.slice(rowCount, rowCount + 1)
    const [newest] = burst
    const oldest = burst.at(-1)
    if (!newest || !oldest) break
    if (rowCount + burst.length === rows.length) folded = { items: [...items], rowCount, dayStartMs }
    rowCount += burst.length
    const timeMs = Date.parse(newest.time)
    const isOfNextDay = timeMs < dayStartMs
    // Comparing with a number: writing a day down for each row of a long list was most of the time.
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
  return { items, folded }
}

/** The row at `start` and those after it that go on with the same edit. */
const burstAt = (rows: readonly EntryRow[], start: number, zone: Zone): readonly EntryRow[] => {
  let end = start + 1
  for (; end < rows.length; end++) {
    const [newer, older] = [rows[end - 1], rows[end]]
    if (!newer || !older || !continues(newer, older) || !isOfOneDay(newer, older, zone)) break
  }
  return rows.slice(start, end)
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
