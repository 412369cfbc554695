/** Whether a secret was there before. Only fingerprints are known, so "the same" means: very likely the same. */
import type { Entry } from '../model/entry.ts'
import type { DaybookDatabase } from './database.ts'
import { eachEntryBatch } from './query.ts'

const BATCH = 50
/** How far back one looks in the history of a resource. */
const MAX_ENTRIES = 500

/** For each redacted pointer whose fingerprint an earlier entry of the resource has: the time of the latest such entry. */
export const sameSecretsBefore = async (db: DaybookDatabase, entry: Entry): Promise<Map<string, string>> => {
  const found = new Map<string, string>()
  const wanted = new Map(
    entry.redactions.flatMap(({ pointer, fingerprint }) => (fingerprint ? [[pointer, fingerprint]] : [])),
  )
  if (wanted.size === 0) return found
  const history = {
    app: [entry.app.origin],
    resourceType: [entry.resourceType],
    resourceId: entry.resourceId,
    to: entry.time,
  }
  let seen = 0
  for await (const entries of eachEntryBatch(db, history, BATCH)) {
    for (const { time, redactions } of entries) {
      for (const { pointer, fingerprint } of redactions)
        if (fingerprint !== undefined && wanted.get(pointer) === fingerprint && !found.has(pointer))
          found.set(pointer, time)
    }
    seen += entries.length
    if (found.size === wanted.size || seen >= MAX_ENTRIES) break
  }
  return found
}
