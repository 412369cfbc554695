/** The tables and indexes of each version of the database, oldest first. A version that was released is never edited. */
import type Dexie from 'dexie'
import { EVIDENCE_TABLES, LOG_TABLES } from './log-tables.ts'

export const migrate = (db: Dexie): void => {
  db.version(1).stores({
    // Each index ends in `order`, so that it reads newest first and pages by key. `terms` carry it in their text.
    rows: 'order, [app+order], [actorId+order], [resourceType+order], [resourceId+order], [action+order], *terms, arrival',
    bodies: 'id',
    apps: 'origin',
    facets: '[kind+value]',
    settings: 'key',
    refusals: '++id',
    rules: 'id, app',
    views: 'id',
  })
  db.version(2).stores(LOG_TABLES)
  db.version(3).stores(EVIDENCE_TABLES)
}
