/** The user's corrections at work: how the past is shown. Rows are read again from their entries; the log stays as it is. */
import type { CaptureRule } from '../lib/capture/rules.ts'
import type { Entry } from '../lib/model/entry.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { entriesByIds } from '../lib/store/entries.ts'
import { type EntryRow, entryToRow } from '../lib/store/row.ts'
import { putRule, rules, type StoredRule } from '../lib/store/rules.ts'
import { Live } from './live.svelte.ts'

export class Corrections {
  readonly #db: DaybookDatabase
  readonly #stored: Live<StoredRule[]>

  constructor(db: DaybookDatabase) {
    this.#db = db
    this.#stored = new Live(() => () => rules(db))
  }

  /** Changes when a list has to be shown anew; empty while there are none. */
  get version(): string {
    return (this.#stored.current ?? []).map(({ id }) => id).join(' ')
  }

  /** The entry as the rules want it seen; undefined where they say that it is no change. */
  readonly correct = async (entry: Entry): Promise<Entry | undefined> => {
    const stored = (this.#stored.current ?? []).filter(({ app }) => app === entry.app.origin)
    if (stored.length === 0) return entry
    // Loaded by those few who have corrected something.
    const { applyRules, isCaptureRule } = await import('../lib/capture/rules.ts')
    return applyRules(
      entry,
      stored.map(({ rule }) => rule as unknown).filter((rule) => isCaptureRule(rule)),
    )
  }

  readonly correctRows = async (shown: readonly EntryRow[]): Promise<readonly EntryRow[]> => {
    const apps = new Set((this.#stored.current ?? []).map(({ app }) => app))
    const ruled = shown.filter(({ app }) => apps.has(app))
    if (ruled.length === 0) return shown
    const entries = await entriesByIds(
      this.#db,
      ruled.map(({ id }) => id),
    )
    const corrected = new Map<string, Entry | undefined>()
    for (const entry of entries) corrected.set(entry.id, await this.correct(entry))
    return shown.flatMap((row) => {
      if (!corrected.has(row.id)) return [row]
      const entry = corrected.get(row.id)
      return entry ? [entryToRow(entry, row.arrival)] : []
    })
  }

  readonly add = (app: string, rule: CaptureRule): Promise<void> =>
    putRule(this.#db, { id: crypto.randomUUID(), app, addedAt: Date.now(), rule: { ...rule } })
}
