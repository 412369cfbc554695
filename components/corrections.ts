/** Corrections as a person makes them: kept at once; the background then shows the past by them, and the recorder what comes. */
import type { CaptureRule } from '../lib/model/rules.ts'
import type { DaybookDatabase } from '../lib/store/database.ts'
import { putRule, removeRule } from '../lib/store/rules.ts'
import { ask } from './ask.ts'

export const addCorrection = async (db: DaybookDatabase, app: string, rule: CaptureRule): Promise<void> => {
  await putRule(db, { id: crypto.randomUUID(), app, addedAt: Date.now(), rule })
  tell()
}

export const takeBackCorrection = async (db: DaybookDatabase, id: string): Promise<void> => {
  await removeRule(db, id)
  tell()
}

/** Nobody waits for it: where it was stopped, the background goes on with it when it starts. */
const tell = (): void => {
  ask({ type: 'corrected' }).catch(() => undefined)
}
