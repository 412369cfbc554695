/**
 * Erases: makes the wish, and carries out those that count. PROTOCOL.md rule E6. The body of an entry goes from its
 * envelope, its row and its text from the lists; header and signature stay, so that the chain still verifies, and a row of
 * its own says who erased whose entry and when.
 */
import { type Bytes, bytesEqual, concatBytes, uint64 } from '../log/bytes.ts'
import { bodyOffset, decodeEnvelope, digest, type Envelope, isErased } from '../log/envelope.ts'
import { decodeErase, type EraseTarget } from '../log/erase.ts'
import type { Entry } from '../model/entry.ts'
import { createUuid } from '../model/uuid.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { appendEntries, entryTables } from '../store/entries.ts'
import { eraseEntries } from '../store/erase.ts'
import type { EnvelopeRow } from '../store/log-tables.ts'
import { mayErase, mightHaveErased } from '../team/roster.ts'
import { memberToActorId } from '../team/timeline.ts'
import { raiseAlarm } from './alarms.ts'
import type { TeamContext } from './team-context.ts'

export type WishFault = 'not in the team’s log' | 'not allowed'

/** Puts an erase of this entry in front of the outbox. It is sealed and sent like an entry. */
export const wishErase = async (
  db: DaybookDatabase,
  { row: { team }, self, roster }: TeamContext,
  { feed, seq, bytes }: EnvelopeRow,
  nowMs: number,
  random: Bytes,
): Promise<WishFault | undefined> => {
  const envelope = decodeEnvelope(bytes)
  if (!envelope.ok) return 'not in the team’s log'
  if (!mayErase(roster, self.feed, feed)) return 'not allowed'
  await db.outbox.put({
    team,
    entry: `erase ${createUuid(nowMs, random)}`,
    notBefore: nowMs,
    erase: [{ feed, seq, hash: envelope.value.hash }],
  })
  return undefined
}

/** What carrying out an erase writes to. */
export const erasingTables = (db: DaybookDatabase) => [
  ...entryTables(db),
  db.envelopes,
  db.erasures,
  db.alarms,
  db.settings,
]

/** Inside a transaction over `erasingTables`: with the erase itself, so that none is stored and not carried out. */
export const carryOutErase = async (
  db: DaybookDatabase,
  context: TeamContext,
  erase: Envelope,
  nowMs: number,
): Promise<void> => {
  const { team, feed, seq } = erase.header
  const targets = decodeErase(erase)
  if (!targets.ok) return
  const refused = targets.value.filter((target) => !mightHaveErased(context.roster, feed, target.feed))
  if (refused.length > 0) {
    await raiseAlarm(db, {
      team,
      kind: 'erase refused',
      time: nowMs,
      feed,
      seq,
      detail: `${refused.length} of other people’s entries. Nothing of them was erased.`,
      evidence: [],
      acknowledged: false,
    })
  }
  for (const [index, target] of targets.value.entries()) {
    if (!mightHaveErased(context.roster, feed, target.feed)) continue
    await db.erasures.put({ team, ...target, byFeed: feed, bySeq: seq })
    const row = await db.envelopes.get([team, target.feed, target.seq])
    const isGone = row === undefined || row.bytes.length === row.bodyAt
    if (!isGone && !mayErase(context.roster, feed, target.feed)) continue
    if (!isGone && !(await strip(db, row, target))) continue
    await appendEntries(db, [erasureToEntry(context, erase, target, index)])
  }
}

/** What came after its erase: those of the run whose bodies go before they are stored or opened. */
export const withoutErased = async (
  db: DaybookDatabase,
  { roster, row: { team } }: TeamContext,
  run: readonly Envelope[],
): Promise<Envelope[]> => {
  const known = await db.erasures.bulkGet(
    run.map(({ header }): [string, number, number] => [team, header.feed, header.seq]),
  )
  return run.map((envelope, index) => {
    const erasure = known[index]
    const counts =
      erasure !== undefined &&
      envelope.header.kind === 'entry' &&
      bytesEqual(erasure.hash, envelope.hash) &&
      mayErase(roster, erasure.byFeed, erasure.feed)
    return counts ? { ...envelope, body: new Uint8Array(0) } : envelope
  })
}

/** False where it is not the entry that was meant. */
const strip = async (db: DaybookDatabase, row: EnvelopeRow, target: EraseTarget): Promise<boolean> => {
  const envelope = decodeEnvelope(row.bytes)
  if (!envelope.ok || envelope.value.header.kind !== 'entry') return false
  if (!bytesEqual(envelope.value.hash, target.hash) || isErased(envelope.value)) return false
  const { entry, ...rest } = row
  await db.envelopes.put({ ...rest, bytes: row.bytes.slice(0, row.bodyAt) })
  if (entry !== undefined) await eraseEntries(db, [entry])
  await stripEvidence(db, row.team, target)
  return true
}

/** Alarms keep envelopes to show what happened: their headers do that. */
const stripEvidence = async (db: DaybookDatabase, team: string, { hash }: EraseTarget): Promise<void> => {
  for (const alarm of await db.alarms.where('team').equals(team).toArray()) {
    const evidence = alarm.evidence.map((bytes) => {
      const envelope = decodeEnvelope(bytes)
      return envelope.ok && bytesEqual(envelope.value.hash, hash)
        ? bytes.slice(0, bodyOffset(envelope.value))
        : bytes
    })
    if (evidence.some((bytes, index) => bytes !== alarm.evidence[index]))
      await db.alarms.put({ ...alarm, evidence })
  }
}

/** The same on every machine, whether it ever had the entry or not. */
const erasureToEntry = (
  { row, roster }: TeamContext,
  { header: { team, feed, clock }, hash }: Envelope,
  target: EraseTarget,
  index: number,
): Entry => {
  const memberOf = (of: number): string => roster.devices.get(of)?.member ?? ''
  const nameOf = (member: string): string =>
    row.view.members.find(({ id }) => id === member)?.name || 'A member'
  const eraser = memberOf(feed)
  return {
    id: createUuid(clock.ms, digest(concatBytes(hash, uint64(index)))),
    time: new Date(clock.ms).toISOString(),
    actor: { id: memberToActorId(eraser), name: nameOf(eraser) },
    app: { origin: `daybook:team/${team}`, name: row.view.name || 'Team' },
    resourceType: 'entry',
    resourceId: `${target.feed}/${target.seq}`,
    resourceName: `entry ${target.seq} of ${nameOf(memberOf(target.feed))}`,
    action: 'delete',
    after: null,
    changes: [],
    evidence: { grade: 'accepted', via: 'dom', beforeFrom: 'unknown' },
    redactions: [],
  }
}
