/** Corrections of the user ("this isn't a change", "call this type …"). What a rule says is the recorder's business. */
import type { Json } from '../model/json.ts'
import type { DaybookDatabase } from './database.ts'

export interface StoredRule {
  readonly id: string
  /** Origin. */
  readonly app: string
  /** Unix time in milliseconds. */
  readonly addedAt: number
  readonly rule: Json
}

export const rules = (db: DaybookDatabase): Promise<StoredRule[]> => db.rules.toArray()

export const rulesOfApp = (db: DaybookDatabase, origin: string): Promise<StoredRule[]> =>
  db.rules.where('app').equals(origin).toArray()

export const putRule = async (db: DaybookDatabase, rule: StoredRule): Promise<void> => {
  await db.rules.put(rule)
}

export const removeRule = (db: DaybookDatabase, id: string): Promise<void> => db.rules.delete(id)
