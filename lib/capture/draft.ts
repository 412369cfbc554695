/** A held change → the draft of an entry: names for people, labels from the form or the edit before it, no secrets, no more than fits. */
import type { EntryDraft, Evidence } from '../model/entry.ts'
import { type Difference, pointerOf } from './compare.ts'
import { editedLeaves } from './edited-leaves.ts'
import type { FieldEdit } from './exchange.ts'
import { fitEntry } from './fit-entry.ts'
import type { Held } from './held.ts'
import { labelOf, typeForPeople } from './naming.ts'
import { redactDraft } from './redact/redact-draft.ts'
import type { SecretMemory } from './redact/secret-memory.ts'

export interface Circumstances {
  readonly edits: readonly FieldEdit[]
  /** Who the app says is signed in. */
  readonly account: string | undefined
  readonly secrets: SecretMemory
  readonly fingerprintKey: Uint8Array | undefined
}

export const draftOf = (
  { change, finding, exchange, grade, id }: Held,
  { edits, account, secrets, fingerprintKey }: Circumstances,
): EntryDraft => {
  const evidence: Evidence = {
    grade,
    via: exchange.via,
    method: exchange.method,
    url: exchange.url,
    ...(exchange.status !== 0 && { status: exchange.status }),
    beforeFrom: change.beforeFrom,
  }
  // Of a whole document that was never read only what the person typed is known to have changed.
  const isUnread = change.action === 'update' && change.before === undefined && change.changes.length === 0
  const typed = isUnread || change.isUnproven ? editedLeaves(change.after, edits, exchange.startedAtMs) : []
  const told = new Set(change.changes.map(pointerOf))
  const leaves: readonly Difference[] = [
    ...change.changes,
    ...typed.filter((one) => !told.has(pointerOf(one))),
  ]
  const draft: EntryDraft = {
    id,
    time: new Date(exchange.endedAtMs).toISOString(),
    resourceType: typeForPeople(change.type) || 'setting',
    resourceId: change.id,
    ...(change.name !== undefined && { resourceName: change.name }),
    action: change.action,
    ...(change.before !== undefined && { before: change.before }),
    ...(change.after !== undefined && { after: change.after }),
    changes: leaves.map((one) => {
      const pointer = pointerOf(one)
      const label = finding.labels?.[pointer] ?? labelOf(one, edits, exchange.startedAtMs)
      return {
        pointer,
        ...(label && { label }),
        op: one.op,
        ...(one.before !== undefined && { before: one.before }),
        ...(one.after !== undefined && { after: one.after }),
      }
    }),
    evidence,
    redactions: [],
    ...(account !== undefined && { account }),
  }
  return fitEntry(
    redactDraft(draft, {
      memory: secrets,
      labels: finding.labels ?? {},
      ...(finding.secretPointers && { secretPointers: finding.secretPointers }),
      ...(fingerprintKey && { fingerprintKey }),
    }),
  )
}
