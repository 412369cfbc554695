/**
 * The user's corrections: small rules, applied to what comes next and, as a pure function, to how the past is shown. They never touch the
 * log itself. A rule is plain data, so that it can be stored, listed and removed.
 */
import type { Entry, EntryDraft } from './entry.ts'
import { looksLikeId } from './id-shape.ts'
import { type Json, pointerToKeys, valueAt } from './json.ts'

export type CaptureRule =
  /** "This isn't a change": mutes requests of this shape. */
  | { readonly kind: 'not-a-change'; readonly origin: string; readonly shape: string }
  /** "Call this type …" */
  | { readonly kind: 'call-type'; readonly origin: string; readonly from: string; readonly to: string }
  /** "Ignore this field": `field` is a pointer with `*` for indexes and ids. */
  | {
      readonly kind: 'ignore-field'
      readonly origin: string
      readonly resourceType: string
      readonly field: string
    }
  /** "This is the id": where it stands in the resource. */
  | {
      readonly kind: 'id-field'
      readonly origin: string
      readonly resourceType: string
      readonly field: string
    }

/** What rules look at: an entry, or a draft of one. */
export type Ruled = Pick<
  EntryDraft,
  'resourceType' | 'resourceId' | 'action' | 'before' | 'after' | 'changes' | 'evidence'
>

/** The entry as the rules want it seen; undefined where they say that it is no change. */
export const applyRules = <T extends Ruled>(entry: T, rules: readonly CaptureRule[]): T | undefined => {
  const origin = originOf(entry)
  let shown: T = entry
  for (const rule of rules) {
    if (rule.origin !== origin || rule.kind === 'not-a-change') continue
    if (rule.kind === 'call-type') {
      if (shown.resourceType === rule.from) shown = { ...shown, resourceType: rule.to }
    } else if (rule.resourceType !== entry.resourceType && rule.resourceType !== shown.resourceType) continue
    else if (rule.kind === 'id-field') {
      const id = idAt(shown, rule.field)
      if (id !== undefined) shown = { ...shown, resourceId: id }
    } else {
      const changes = shown.changes.filter(({ pointer }) => fieldOf(pointer) !== rule.field)
      if (changes.length < shown.changes.length && changes.length === 0 && shown.action === 'update')
        return undefined
      shown = { ...shown, changes }
    }
  }
  // Said of an entry as it came, or of one that the other rules had named.
  const shapes = [shapeOf(entry), shapeOf(shown)]
  const isMuted = rules.some(
    (rule) => rule.kind === 'not-a-change' && rule.origin === origin && shapes.includes(rule.shape),
  )
  return isMuted ? undefined : shown
}

/** An entry as it is shown. Its names in the log are kept where the user's corrections gave it others. */
export interface ShownEntry extends Entry {
  readonly recorded?: { readonly resourceType?: string; readonly resourceId?: string }
}

/** `isMuted`: the rules say that it is no change, or that nothing in it matters. It can still be asked for. */
export const correctEntry = (
  entry: Entry,
  rules: readonly CaptureRule[],
): { readonly shown: ShownEntry; readonly isMuted: boolean } => {
  if (rules.length === 0) return { shown: entry, isMuted: false }
  const ruled = applyRules(entry, rules)
  const shown = ruled ?? applyRules(entry, rules.filter(isNaming)) ?? entry
  const { resourceType, resourceId } = entry
  const recorded = {
    ...(shown.resourceType !== resourceType && { resourceType }),
    ...(shown.resourceId !== resourceId && { resourceId }),
  }
  return {
    shown: Object.keys(recorded).length > 0 ? { ...shown, recorded } : shown,
    isMuted: ruled === undefined,
  }
}

const isNaming = ({ kind }: CaptureRule): boolean => kind === 'call-type' || kind === 'id-field'

/** True where the newer rule says of the same thing what the older one said: it takes its place. */
export const replacesRule = (newer: CaptureRule, older: CaptureRule): boolean => {
  if (newer.kind !== older.kind || newer.origin !== older.origin) return false
  if (newer.kind === 'call-type') return newer.from === (older as typeof newer).from
  if (newer.kind === 'id-field') return newer.resourceType === (older as typeof newer).resourceType
  return JSON.stringify(newer) === JSON.stringify(older)
}

/** What two requests of one kind have in common: `POST /api/users/:id/ping update user`, ids left out. */
export const shapeOf = ({ evidence, action, resourceType, resourceId }: Ruled): string => {
  const path = pathOf(evidence.url)
    .split('/')
    .map((part) => (part !== '' && (part === resourceId || looksLikeId(part)) ? '*' : part))
    .join('/')
  return `${evidence.method ?? evidence.via} ${path} ${action} ${resourceType}`
}

/** A pointer without indexes and ids: what `ignore-field` names. */
export const fieldOf = (pointer: string): string =>
  pointerToKeys(pointer)
    .map((key) => `/${looksLikeId(key) ? '*' : key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')

export const notAChange = (entry: Ruled): CaptureRule => ({
  kind: 'not-a-change',
  origin: originOf(entry),
  shape: shapeOf(entry),
})

export const callType = (entry: Ruled, to: string): CaptureRule => ({
  kind: 'call-type',
  origin: originOf(entry),
  from: entry.resourceType,
  to,
})

export const ignoreField = (entry: Ruled, pointer: string): CaptureRule => ({
  kind: 'ignore-field',
  origin: originOf(entry),
  resourceType: entry.resourceType,
  field: fieldOf(pointer),
})

export const idField = (entry: Ruled, pointer: string): CaptureRule => ({
  kind: 'id-field',
  origin: originOf(entry),
  resourceType: entry.resourceType,
  field: pointer,
})

/** What a rule does, for the list in options. */
export const describeRule = (rule: CaptureRule): string => {
  if (rule.kind === 'not-a-change') return `Not a change: ${rule.shape}`
  if (rule.kind === 'call-type') return `Call “${rule.from}” “${rule.to}”`
  if (rule.kind === 'ignore-field') return `Ignore ${rule.field} of ${rule.resourceType}`
  return `The id of ${rule.resourceType} is ${rule.field}`
}

/** Rules come from storage and messages: untrusted until they fit. */
export const isCaptureRule = (value: unknown): value is CaptureRule => {
  if (typeof value !== 'object' || value === null) return false
  const rule = value as Readonly<Record<string, unknown>>
  const has = (...names: readonly string[]): boolean =>
    names.every((name) => typeof rule[name] === 'string' && (rule[name] as string).length <= 2_000)
  if (!has('origin')) return false
  if (rule.kind === 'not-a-change') return has('shape')
  if (rule.kind === 'call-type') return has('from', 'to')
  return (rule.kind === 'ignore-field' || rule.kind === 'id-field') && has('resourceType', 'field')
}

const idAt = ({ before, after }: Ruled, pointer: string): string | undefined => {
  const value: Json | undefined =
    valueAt(after ?? undefined, pointer) ?? valueAt(before ?? undefined, pointer)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

const originOf = ({ evidence }: Ruled): string =>
  evidence.url !== undefined && URL.canParse(evidence.url) ? new URL(evidence.url).origin : ''
const pathOf = (url: string | undefined): string =>
  url !== undefined && URL.canParse(url) ? new URL(url).pathname : ''
