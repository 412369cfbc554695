/** Corrections of the user ("this isn't a change", "call this type …"), as they lie in the table: untrusted until they fit a rule. */
import type { Json } from '../model/json.ts'
import { type CaptureRule, isCaptureRule, replacesRule } from '../model/rules.ts'
import type { DaybookDatabase } from './database.ts'

export interface StoredRule {
  readonly id: string
  /** Origin. */
  readonly app: string
  /** Unix time in milliseconds. */
  readonly addedAt: number
  readonly rule: Json
}

/** Oldest first: that is how they apply. */
export const rules = async (db: DaybookDatabase): Promise<StoredRule[]> =>
  oldestFirst(await db.rules.toArray())

export const rulesOfApp = async (db: DaybookDatabase, origin: string): Promise<StoredRule[]> =>
  oldestFirst(await db.rules.where('app').equals(origin).toArray())

/** Takes the place of what was said of the same thing before. */
export const putRule = (
  db: DaybookDatabase,
  { rule, ...stored }: Omit<StoredRule, 'rule'> & { readonly rule: CaptureRule },
): Promise<void> =>
  db.transaction('rw', db.rules, async () => {
    const older = (await rulesOfApp(db, stored.app)).filter(
      (known) => isCaptureRule(known.rule) && replacesRule(rule, known.rule),
    )
    await db.rules.bulkDelete(older.map(({ id }) => id))
    await db.rules.put({ ...stored, rule: { ...rule } })
  })

export const removeRule = (db: DaybookDatabase, id: string): Promise<void> => db.rules.delete(id)

const oldestFirst = (stored: readonly StoredRule[]): StoredRule[] =>
  stored.toSorted((a, b) => a.addedAt - b.addedAt)
