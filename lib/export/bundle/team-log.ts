/** A team's log as this machine has it, for what reads it outside the background: roster, keys, envelopes in order. */
import type { Bytes } from '../../log/bytes.ts'
import { decodeEnvelope, type Envelope, type FeedId, type TeamId } from '../../log/envelope.ts'
import type { DaybookDatabase } from '../../store/database.ts'
import type { TeamRow } from '../../store/log-tables.ts'
import { applyOperation } from '../../team/apply-operation.ts'
import { type EpochKeys, openEpochKeys } from '../../team/epoch-keys.ts'
import { decodeOperation } from '../../team/operation.ts'
import type { Roster } from '../../team/roster.ts'

export interface TeamLog {
  readonly row: TeamRow
  readonly roster: Roster
  readonly keys: EpochKeys
  /** Every operation, as it was signed. */
  readonly operations: readonly Bytes[]
}

/** Undefined for a team that this machine doesn't know. */
export const readTeamLog = async (
  db: DaybookDatabase,
  subtle: SubtleCrypto,
  team: TeamId,
): Promise<TeamLog | undefined> => {
  const row = await db.teams.get(team)
  const rows = await db.operations.where('[team+index]').between([team, 0], [team, Infinity]).toArray()
  let roster: Roster | undefined
  for (const { bytes } of rows) {
    const operation = decodeOperation(bytes)
    const applied = operation.ok ? applyOperation(roster, operation.value) : operation
    if (!applied.ok) throw new Error(`the stored roster of team ${team} is damaged: ${applied.fault}`)
    roster = applied.value
  }
  if (!row || !roster) return undefined
  const keys = await openEpochKeys(subtle, roster, row.self)
  return { row, roster, keys, operations: rows.map(({ bytes }) => bytes) }
}

export interface StoredEnvelope {
  readonly envelope: Envelope
  /** The id under which the log shows it. */
  readonly entry?: string
}

/** A feed's envelopes from `first` to `last`, in order, as far as they are here. */
export async function* envelopesOf(
  db: DaybookDatabase,
  team: TeamId,
  feed: FeedId,
  first: number,
  last: number,
): AsyncGenerator<readonly StoredEnvelope[]> {
  for (let next = first; next <= last; ) {
    const rows = await db.envelopes
      .where('[team+feed+seq]')
      .between([team, feed, next], [team, feed, last], true, true)
      .limit(BATCH)
      .toArray()
    const end = rows.at(-1)
    if (!end) return
    yield rows.map(({ bytes, entry }) => {
      const envelope = decodeEnvelope(bytes)
      if (!envelope.ok) throw new Error(`a stored envelope of feed ${feed} is damaged: ${envelope.fault}`)
      return { envelope: envelope.value, ...(entry !== undefined && { entry }) }
    })
    next = end.seq + 1
  }
}

const BATCH = 500
