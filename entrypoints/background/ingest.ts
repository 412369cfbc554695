/**
 * Takes drafts in: checks each, adds who and where, and writes those of one tick together. It answers when they are on disk, so
 * whoever is not answered sends again; an entry is stored once by its id.
 */
import { checkDraft } from '../../lib/messages/draft.ts'
import type { Stored } from '../../lib/messages/messages.ts'
import type { Actor, App, Entry, EntryDraft } from '../../lib/model/entry.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { addRefusals } from '../../lib/store/refusals.ts'
import { profile } from '../../lib/store/settings.ts'
import { recordEntries } from '../../lib/sync/outbox.ts'

export interface Ingest {
  /** Rejects when the store can't be written. */
  readonly add: (app: App, drafts: readonly unknown[]) => Promise<Stored>
}

export interface IngestDeps {
  readonly db: DaybookDatabase
  readonly now: () => number
  /** Entries are on disk, and some may be due for a team. */
  readonly recorded: () => void
  /** Whether entries can be written, and why not: told after each try. */
  readonly wrote: (error?: unknown) => void
}

export const createIngest = ({ db, now, recorded, wrote }: IngestDeps): Ingest => {
  let batch: { readonly entries: Entry[]; readonly written: Promise<void> } | undefined

  const write = (entries: readonly Entry[]): Promise<void> => {
    if (!batch) {
      const collected: Entry[] = []
      const written = nextTick().then(() => {
        batch = undefined
        return recordEntries(db, collected, now()).then(
          () => {
            wrote()
            recorded()
          },
          (error) => {
            wrote(error)
            throw error
          },
        )
      })
      batch = { entries: collected, written }
    }
    batch.entries.push(...entries)
    return batch.written
  }

  return {
    add: async (app, drafts) => {
      const actor = await actorOf(db)
      const entries: Entry[] = []
      const refused: { readonly id?: string; readonly refused: string }[] = []
      for (const value of drafts) {
        const checked = checkDraft(value)
        if ('draft' in checked) entries.push(draftToEntry(checked.draft, actor, app))
        else refused.push(checked)
      }
      if (refused.length > 0)
        await addRefusals(
          db,
          refused.map(({ refused: reason }) => ({ at: now(), origin: app.origin, reason })),
        )
      if (entries.length > 0) await write(entries)
      return {
        stored: entries.map(({ id }) => id),
        refused: refused.flatMap(({ id }) => (id === undefined ? [] : [id])),
      }
    },
  }
}

/** Until the first run is done, changes are still recorded, under a name that says so. */
const actorOf = async (db: DaybookDatabase): Promise<Actor> => {
  const known = await profile(db)
  return known
    ? { id: known.id, name: known.name, ...(known.email && { email: known.email }) }
    : { id: 'unnamed', name: 'Unnamed' }
}

const draftToEntry = ({ account, ...draft }: EntryDraft, actor: Actor, app: App): Entry => ({
  ...draft,
  actor: { ...actor, ...(account !== undefined && { account }) },
  app: { origin: app.origin, name: app.name },
})

const nextTick = () => new Promise<void>((resolve) => setTimeout(resolve, 0))
