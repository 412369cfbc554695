/**
 * The rosters of this machine's teams, on disk and folded. An operation is put down only after it was judged, together with
 * what pages show of the team, and is told in the timeline. Knows no relay.
 */
import type { TeamId } from '../log/envelope.ts'
import type { Entry } from '../model/entry.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { appendEntries } from '../store/entries.ts'
import type { OperationRow, TeamRow } from '../store/log-tables.ts'
import { applyOperation } from '../team/apply-operation.ts'
import { openEpochKeys } from '../team/epoch-keys.ts'
import { decodeOperation, encodeOperation, type SignedOperation } from '../team/operation.ts'
import type { Roster } from '../team/roster.ts'
import { rosterOperationToEntry } from '../team/timeline.ts'
import { selfOf, stateOf, type TeamContext, viewOf } from './team-context.ts'

export interface RosterBook {
  /** Undefined for a team that this device does not know. Throws where what is stored does not fold. */
  readonly context: (team: TeamId) => Promise<TeamContext | undefined>
  /** Throws where the roster refuses one. */
  readonly store: (
    row: TeamRow,
    before: Roster | undefined,
    operations: readonly SignedOperation[],
  ) => Promise<TeamContext>
  readonly operations: (team: TeamId) => Promise<OperationRow[]>
  /** The row changed, the roster did not. */
  readonly update: (context: TeamContext, change: Partial<TeamRow>) => Promise<TeamContext>
  /** To be read anew from the disk. */
  readonly drop: (team: TeamId) => void
}

interface Step {
  readonly signed: SignedOperation
  readonly before: Roster | undefined
  readonly after: Roster
}

export const createRosterBook = (deps: {
  readonly db: DaybookDatabase
  readonly subtle: SubtleCrypto
  readonly nowMs: () => number
}): RosterBook => {
  const { db, subtle, nowMs } = deps
  const contexts = new Map<TeamId, TeamContext>()

  const operations = (team: TeamId): Promise<OperationRow[]> =>
    db.operations.where('[team+index]').between([team, 0], [team, Infinity]).toArray()

  const context = async (team: TeamId): Promise<TeamContext | undefined> => {
    const known = contexts.get(team)
    if (known) return known
    const row = await db.teams.get(team)
    const last = row && (await historyOf(team)).at(-1)
    return last && remember(row, last.after)
  }

  const remember = async (row: TeamRow, roster: Roster): Promise<TeamContext> => {
    const self = selfOf(row)
    const fresh: TeamContext = { row, self, roster, keys: await openEpochKeys(subtle, roster, self.keys) }
    contexts.set(row.team, fresh)
    return fresh
  }

  const store: RosterBook['store'] = async (row, before, added) => {
    const steps = stepsOf(row.team, before, added)
    const after = steps.at(-1)?.after ?? before
    if (!after) throw new Error('a team needs a genesis')
    const keys = await openEpochKeys(subtle, after, selfOf(row).keys)
    const next: TeamRow = {
      ...row,
      state: stateOf(row, after, keys),
      view: await viewOf(after, keys, subtle, nowMs()),
    }
    await db.transaction('rw', [db.teams, db.operations], async () => {
      await db.operations.bulkPut(
        steps.map(({ signed, after: { head } }) => ({
          team: row.team,
          index: head.length - 1,
          bytes: encodeOperation(signed),
        })),
      )
      await db.teams.put(next)
    })
    const entries: Entry[] = []
    // With a key, all of the history; it may have come before the key did.
    const told = row.state === 'joining' ? await historyOf(row.team) : steps
    for (const step of keys.size > 0 ? told : []) {
      const entry = await rosterOperationToEntry(step.signed, step.before, step.after, keys, subtle)
      if (entry) entries.push(entry)
    }
    await appendEntries(db, entries)
    return remember(next, after)
  }

  const historyOf = async (team: TeamId): Promise<Step[]> =>
    stepsOf(
      team,
      undefined,
      (await operations(team)).map(({ bytes }) => {
        const signed = decodeOperation(bytes)
        if (!signed.ok) throw new Error(`the stored roster of team ${team} is damaged: ${signed.fault}`)
        return signed.value
      }),
    )

  return {
    context,
    store,
    operations,
    update: async (known, change) => {
      await db.teams.update(known.row.team, change)
      const fresh = { ...known, row: { ...known.row, ...change } }
      contexts.set(known.row.team, fresh)
      return fresh
    },
    drop: (team) => void contexts.delete(team),
  }
}

const stepsOf = (
  team: TeamId,
  before: Roster | undefined,
  operations: readonly SignedOperation[],
): Step[] => {
  let roster = before
  return operations.map((signed) => {
    const applied = applyOperation(roster, signed)
    if (!applied.ok)
      throw new Error(`the roster of team ${team} refuses "${signed.operation.kind}": ${applied.fault}`)
    const step = { signed, before: roster, after: applied.value }
    roster = applied.value
    return step
  })
}
