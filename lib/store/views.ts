/** Saved views: a named query that one comes back to, with a bell that tells of new entries. */
import type { DaybookDatabase } from './database.ts'

export interface SavedView {
  readonly id: string
  readonly name: string
  /** In the query language. */
  readonly query: string
  /** Unix time in milliseconds. */
  readonly addedAt: number
  readonly bell?: true
  /** Made for the bell of one resource: not offered among the saved views. */
  readonly isOfResource?: true
}

export const views = (db: DaybookDatabase): Promise<SavedView[]> => db.views.toArray()

export const putView = async (db: DaybookDatabase, view: SavedView): Promise<void> => {
  await db.views.put(view)
}

export const removeView = (db: DaybookDatabase, id: string): Promise<void> => db.views.delete(id)
