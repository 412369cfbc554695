/**
 * How the user's corrections shape what is shown: rows are made from corrected entries, so that lists, facets and queries know
 * nothing else; entries are corrected as they are read. Bodies keep what was recorded.
 */
import type { Entry } from '../model/entry.ts'
import { type CaptureRule, correctEntry, isCaptureRule } from '../model/rules.ts'
import type { DaybookDatabase } from './database.ts'
import { countFacets } from './facets.ts'
import { noteRewritten } from './rewrites.ts'
import { type EntryRow, entryToRow } from './row.ts'
import { rules, rulesOfApp, type StoredRule } from './rules.ts'
import { putSetting, setting } from './settings.ts'

/** By origin of the app, oldest rule first. */
export type RulesByApp = ReadonlyMap<string, readonly CaptureRule[]>

export const rulesByApp = async (db: DaybookDatabase): Promise<RulesByApp> => {
  const byApp = new Map<string, CaptureRule[]>()
  for (const { app, rule } of await rules(db)) {
    const known = byApp.get(app) ?? []
    if (isCaptureRule(rule)) byApp.set(app, [...known, rule])
  }
  return byApp
}

export const correctedRow = (entry: Entry, arrival: number, byApp: RulesByApp): EntryRow => {
  const { shown, isMuted } = correctEntry(entry, byApp.get(entry.app.origin) ?? [])
  return { ...entryToRow(shown, arrival), ...(isMuted && { muted: true }) }
}

/**
 * Makes the rows of every app anew whose rules are others than its rows were made with. In steps, newest first, each of which is
 * remembered: stopped at any moment, the next call goes on. Bodies are not touched.
 */
export const correctRows = async (db: DaybookDatabase): Promise<void> => {
  const origins = new Set([...(await rules(db)).map(({ app }) => app), ...Object.keys(await progress(db))])
  for (const origin of origins) while (await correctNext(db, origin)) {}
}

const STEP = 500

interface Progress {
  /** Ids of the rules that the rows are made with. */
  readonly rules: string
  /** Rows down to this order are done; absent where all are. */
  readonly doneTo?: string
}

const progress = async (db: DaybookDatabase): Promise<Readonly<Record<string, Progress>>> =>
  (await setting<Record<string, Progress>>(db, 'corrected')) ?? {}

/** True where more is to do. */
const correctNext = (db: DaybookDatabase, origin: string): Promise<boolean> =>
  db.transaction('rw', [db.rows, db.bodies, db.facets, db.rules, db.settings], async () => {
    const stored = await rulesOfApp(db, origin)
    const { [origin]: known = { rules: '' }, ...others } = await progress(db)
    const wanted = idsOf(stored)
    const isSame = known.rules === wanted
    if (isSame && known.doneTo === undefined) return false
    const from = (isSame && known.doneTo) || ''
    const rows = await db.rows
      .where('[app+order]')
      .between([origin, from], [origin, '\uffff'], false)
      .limit(STEP)
      .toArray()
    const changed = await rewriteRows(db, rows)
    const last = rows.length < STEP ? undefined : rows.at(-1)?.order
    // Open lists start again when the newest rows are done, and once more at the end.
    if (from === '') await noteRewritten(db, changed)
    else if (last === undefined) await noteRewritten(db, 1)
    const next: Progress = { rules: wanted, ...(last !== undefined && { doneTo: last }) }
    const isForgotten = wanted === '' && last === undefined
    await putSetting(db, 'corrected', { ...others, ...(!isForgotten && { [origin]: next }) })
    return last !== undefined
  })

/** In one transaction with what made it necessary. Returns how many are others than before. */
const rewriteRows = async (db: DaybookDatabase, rows: readonly EntryRow[]): Promise<number> => {
  const byApp = await rulesByApp(db)
  const bodies = await db.bodies.bulkGet(rows.map(({ id }) => id))
  const before: EntryRow[] = []
  const after: EntryRow[] = []
  rows.forEach((row, index) => {
    const entry = bodies[index]
    const fresh = entry && correctedRow(entry, row.arrival, byApp)
    if (!fresh || JSON.stringify(fresh) === JSON.stringify(row)) return
    before.push(row)
    after.push(fresh)
  })
  await countFacets(db, before, -1)
  await db.rows.bulkPut(after)
  await countFacets(db, after, 1)
  return after.length
}

const idsOf = (stored: readonly StoredRule[]): string => stored.map(({ id }) => id).join(' ')
