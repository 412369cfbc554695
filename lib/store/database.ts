/**
 * The database on this machine: one for all pages of the extension. Only the background writes entries; pages read,
 * set preferences and erase. Light rows and full bodies are apart, so that lists never load what they don't show.
 */
import Dexie, { type Table } from 'dexie'
import type { Entry } from '../model/entry.ts'
import type { RecordedApp } from './apps.ts'
import type { StoredFacet } from './facets.ts'
import type {
  AlarmRow,
  ClaimRow,
  EnvelopeRow,
  ErasureRow,
  HeadRow,
  OperationRow,
  OutboxRow,
  SegmentRow,
  SyncRow,
  TeamRow,
} from './log-tables.ts'
import { migrate } from './migrations.ts'
import type { Refusal } from './refusals.ts'
import type { EntryRow } from './row.ts'
import type { StoredRule } from './rules.ts'
import type { SavedView } from './views.ts'

export interface DaybookDatabase extends Dexie {
  readonly rows: Table<EntryRow, string>
  readonly bodies: Table<Entry, string>
  readonly apps: Table<RecordedApp, string>
  readonly facets: Table<StoredFacet, [kind: string, value: string]>
  readonly settings: Table<{ readonly key: string; readonly value: unknown }, string>
  readonly refusals: Table<Refusal, number>
  readonly rules: Table<StoredRule, string>
  readonly views: Table<SavedView, string>
  readonly teams: Table<TeamRow, string>
  readonly operations: Table<OperationRow, [team: string, index: number]>
  readonly envelopes: Table<EnvelopeRow, [team: string, feed: number, seq: number]>
  readonly heads: Table<HeadRow, [team: string, feed: number]>
  readonly outbox: Table<OutboxRow, [team: string, entry: string]>
  readonly segments: Table<SegmentRow, [team: string, segment: number]>
  readonly alarms: Table<AlarmRow, number>
  readonly erasures: Table<ErasureRow, [team: string, feed: number, seq: number]>
  readonly claims: Table<ClaimRow, [team: string, feed: number]>
  readonly syncs: Table<SyncRow, string>
}

export const openDatabase = (name = 'daybook'): DaybookDatabase => {
  // 'strict': what was answered as stored survives a power cut. No cache: lists hold what they show, nothing twice.
  const db = new Dexie(name, { chromeTransactionDurability: 'strict', cache: 'disabled' }) as DaybookDatabase
  migrate(db)
  return db
}
