/** The user's corrections at work: how the past is shown. Rows are read again from their entries; the log stays as it is. */
import { applyRules, type CaptureRule, isCaptureRule } from '../lib/capture/rules.ts'
import type { Entry } from '../lib/model/entry.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { entriesByIds } from '../lib/store/entries.ts'
import { type EntryRow, entryToRow } from '../lib/store/row.ts'
import { putRule, rules, type StoredRule } from '../lib/store/rules.ts'
import { Live } from './live.svelte.ts'

export class Corrections {
  readonly #db: DaybookDatabase
  readonly #stored: Live<StoredRule[]>
  readonly #byApp = $derived.by(() => {
    const byApp = new Map<string, CaptureRule[]>()
    for (const { app, rule } of this.#stored.current ?? []) {
      if (isCaptureRule(rule)) byApp.set(app, [...(byApp.get(app) ?? []), rule])
    }
    return byApp
  })

  constructor(db: DaybookDatabase) {
    this.#db = db
    this.#stored = new Live(() => () => rules(db))
  }

  /** Changes when a list has to be shown anew. */
  get version(): string {
    return (this.#stored.current ?? []).map(({ id }) => id).join(' ')
  }

  /** The entry as the rules want it seen; undefined where they say that it is no change. */
  readonly correct = (entry: Entry): Entry | undefined =>
    applyRules(entry, this.#byApp.get(entry.app.origin) ?? [])

  readonly correctRows = async (shown: readonly EntryRow[]): Promise<readonly EntryRow[]> => {
    const ruled = shown.filter(({ app }) => this.#byApp.has(app))
    if (ruled.length === 0) return shown
    const entries = await entriesByIds(
      this.#db,
      ruled.map(({ id }) => id),
    )
    const byId = new Map(entries.map((entry) => [entry.id, this.correct(entry)]))
    return shown.flatMap((row) => {
      if (!byId.has(row.id)) return [row]
      const entry = byId.get(row.id)
      return entry ? [entryToRow(entry, row.arrival)] : []
    })
  }

  readonly add = (app: string, rule: CaptureRule): Promise<void> =>
    putRule(this.#db, { id: crypto.randomUUID(), app, addedAt: Date.now(), rule: { ...rule } })
}
