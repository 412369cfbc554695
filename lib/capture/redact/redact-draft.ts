/**
 * Takes the secrets out of an entry before it leaves the page's process. The changes are given: they were made from the true values, so that a
 * changed secret is still a change although both its marks look alike. Everything that could hold a secret is looked at: changed and
 * unchanged values, keys, names, ids, the address.
 */
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Change, EntryDraft, Redaction } from '../../model/entry.ts'
import { isRedacted } from '../../model/entry.ts'
import {
  isJsonObject,
  type Json,
  type JsonObject,
  keysToPointer,
  parseJson,
  pointerToKeys,
  valueAt,
} from '../../model/json.ts'
import { inlineMark, MAX_SEARCHED_LENGTH, redactText, redactUrl } from './redact-text.ts'
import { createSecretMemory, type SecretMemory } from './secret-memory.ts'
import { type NamedSecret, type SecretKind, secretOfName, wordsOf } from './secret-names.ts'
import { isHeaderPlace, isIndex, type Places, secretByPlace, secretPartsOf } from './secret-places.ts'
import { isPlaceholder, isPlainWord, isPublicKey, isSwitchOrDate, looksRandom } from './secret-shapes.ts'

export interface RedactionRules {
  /** Shared by all entries of a visit: what was a secret once is one wherever it comes again. */
  readonly memory?: SecretMemory
  /** Pointers into before and after whose field was a password, one-time code or card field. */
  readonly secretPointers?: readonly string[]
  /** Pointer → what the person saw beside the field. `changes[].label` is added to these. */
  readonly labels?: Readonly<Record<string, string>>
  /** The user's own rules: names of fields that are secret, words in any case. */
  readonly secretNames?: readonly string[]
  /** Without it no fingerprints are made. */
  readonly fingerprintKey?: Uint8Array
}

export const redactDraft = (draft: EntryDraft, rules: RedactionRules = {}): EntryDraft => {
  const memory = rules.memory ?? createSecretMemory()
  const labels: Record<string, string> = Object.assign(Object.create(null), rules.labels)
  for (const { pointer, label } of draft.changes) if (label !== undefined) labels[pointer] = label
  const deps: WalkDeps = {
    memory,
    labels,
    hasLabels: Object.keys(labels).length > 0,
    secretOf: remembered(secretOfName),
    wordsIn: remembered(wordsOf),
    secretPointers: new Set(rules.secretPointers),
    secretWords: new Set((rules.secretNames ?? []).map((name) => wordsOf(name).join(' '))),
    sealedParts: new Map(
      [draft.before, draft.after].flatMap((side) =>
        isJsonObject(side)
          ? secretPartsOf(side, draft.resourceType).map(
              ([part, kind]) => [keysToPointer([part]), kind] as const,
            )
          : [],
      ),
    ),
    secretResource: secretOfName(draft.resourceType),
    ...(rules.fingerprintKey ? { fingerprintKey: rules.fingerprintKey } : {}),
  }
  // Twice: a secret may be known only by a place that comes after one where it is echoed.
  walkDraft(draft, createWalk(deps))
  const walk = createWalk(deps)
  const { before, after, changes } = walkDraft(draft, walk)
  const text = (value: string): string => walk.text(value)
  const { before: _before, after: _after, resourceName, account, reason, ...rest } = draft
  return {
    ...rest,
    resourceType: walk.name(draft.resourceType),
    resourceId: walk.identifier(draft.resourceId),
    ...(resourceName === undefined ? {} : { resourceName: walk.identifier(resourceName) }),
    ...(account === undefined ? {} : { account: walk.name(account) }),
    ...(reason === undefined ? {} : { reason: text(reason) }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
    changes,
    evidence:
      draft.evidence.url === undefined
        ? draft.evidence
        : { ...draft.evidence, url: redactUrl(draft.evidence.url, memory) },
    redactions: [...draft.redactions, ...walk.redactions()],
  }
}

/** JSON that is kept for later (a read, a form's values) without its secrets. */
export const redactJson = (value: Json, rules: RedactionRules = {}): Json => {
  const deps = jsonDeps(rules)
  createWalk(deps).value(value, [], undefined)
  return createWalk(deps).value(value, [], undefined)
}

/** What was sent, before a decoder takes it apart: the secrets that only their place there tells are known to `memory` from now on. */
export const learnSecrets = (value: Json, memory: SecretMemory): void => {
  createWalk(jsonDeps({ memory })).value(value, [], undefined)
}

const jsonDeps = (rules: RedactionRules): WalkDeps => ({
  memory: rules.memory ?? createSecretMemory(),
  labels: rules.labels ?? {},
  hasLabels: rules.labels !== undefined,
  secretOf: remembered(secretOfName),
  wordsIn: remembered(wordsOf),
  secretPointers: new Set(rules.secretPointers),
  secretWords: new Set((rules.secretNames ?? []).map((name) => wordsOf(name).join(' '))),
  sealedParts: new Map(),
  secretResource: undefined,
})

/**
 * The same, but each secret becomes a stand-in that is as distinct as the secret was, so that what is decoded from it later still knows
 * changed from unchanged; `stamp`, a number, sets those of one call apart from another's. `redactDraft` makes marks of stand-ins.
 */
export const sealJson = (value: Json, rules: RedactionRules = {}, stamp = ''): Json => {
  const ordinals = new Map<string, number>()
  const standIn = (kind: SecretKind, secret: string): string => {
    const ordinal = ordinals.get(secret) ?? ordinals.size + 1
    ordinals.set(secret, ordinal)
    return `\u27e6${kind} ${stamp}${ordinal} ${fingerprintOf(secret, kind, rules.fingerprintKey) ?? ''}\u27e7`
  }
  const deps = jsonDeps(rules)
  createWalk(deps).value(value, [], undefined)
  return createWalk({ ...deps, standIn }).value(value, [], undefined)
}

const STAND_IN = /^\u27e6([a-z0-9 -]{2,20}) \d+ ([0-9a-f]{4})?\u27e7$/

const walkDraft = (
  draft: EntryDraft,
  walk: Walk,
): { before?: Json | null; after?: Json | null; changes: readonly Change[] } => {
  const before = draft.before === undefined ? undefined : walk.value(draft.before, [], undefined)
  const after = draft.after === undefined ? undefined : walk.value(draft.after, [], undefined)
  const changes = draft.changes.map((change) => {
    const keys = pointerToKeys(change.pointer)
    const parentPointer = keysToPointer(keys.slice(0, -1))
    const side = (value: Json, root: Json | null | undefined): Json =>
      walk.value(value, keys, valueAt(root ?? undefined, parentPointer))
    return {
      ...change,
      pointer: walk.pointer(keys),
      ...(change.label === undefined ? {} : { label: walk.name(change.label) }),
      ...(change.before === undefined ? {} : { before: side(change.before, draft.before) }),
      ...(change.after === undefined ? {} : { after: side(change.after, draft.after) }),
    }
  })
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }), changes }
}

interface WalkDeps extends Places {
  readonly memory: SecretMemory
  readonly labels: Readonly<Record<string, string>>
  readonly secretPointers: ReadonlySet<string>
  readonly hasLabels: boolean
  /** Pointer → kind, of parts that are secret by what holds them (`secretPartsOf`). The walk finds them. */
  readonly sealedParts: Map<string, SecretKind>
  readonly secretWords: ReadonlySet<string>
  readonly fingerprintKey?: Uint8Array
  /** What stands for a secret instead of the mark. */
  readonly standIn?: (kind: SecretKind, secret: string) => string
}

interface Walk {
  readonly value: (value: Json, keys: readonly string[], parent: Json | undefined) => Json
  readonly text: (text: string) => string
  /** What the app calls something: labels, types, accounts. */
  readonly name: (text: string) => string
  /** A name or id that is a secret as a whole is shortened to what tells it from others. */
  readonly identifier: (text: string) => string
  readonly pointer: (keys: readonly string[]) => string
  readonly redactions: () => Redaction[]
}

/** Nobody's settings are deeper; what is, is hidden unread. */
const MAX_DEPTH = 64

const createWalk = (deps: WalkDeps): Walk => {
  const { memory } = deps
  const noted = new Map<string, Redaction>()
  const note = (keys: readonly string[], kind: string, secret?: string): void => {
    const pointer = pointerOf(keys)
    if (noted.has(pointer) && secret === undefined) return
    const fingerprint = secret === undefined ? undefined : fingerprintOf(secret, kind, deps.fingerprintKey)
    noted.set(
      pointer,
      fingerprint === undefined ? { pointer, reason: kind } : { pointer, reason: kind, fingerprint },
    )
  }
  const hide = (keys: readonly string[], kind: SecretKind, value: string, how?: 'typed'): Json => {
    memory.learn(value, kind, how)
    note(keys, kind, value)
    return deps.standIn ? deps.standIn(kind, value) : { $redacted: kind }
  }
  const cleanKey = remembered((key: string) => redactText(key, memory, 'name').text)
  const keyOf = (key: string): string => (key.length < 4 ? key : cleanKey(key))
  const pointerOf = (keys: readonly string[]): string => keysToPointer(keys.map(keyOf))

  const value: Walk['value'] = (json, keys, parent) => {
    if (keys.length > MAX_DEPTH) {
      if (typeof json === 'boolean' || json === null) return json
      note(keys, 'too deep')
      return { $redacted: 'too deep' }
    }
    if (isRedacted(json)) return json
    const named = namedSecret(json, keys, parent, deps)
    if (typeof json === 'string') return text(json, keys, named)
    if (typeof json === 'number') {
      const digits = String(json)
      if (!named || !(named.sure || (TYPED_KINDS.has(named.kind) && /^\d{4,}$/.test(digits)))) return json
      return hide(keys, named.kind, digits, 'typed')
    }
    if (Array.isArray(json))
      return json.map((element, index) => value(element, [...keys, String(index)], json))
    if (isJsonObject(json)) {
      for (const [part, kind] of secretPartsOf(json))
        deps.sealedParts.set(keysToPointer([...keys, part]), kind)
      return Object.fromEntries(
        Object.entries(json).map(([key, child]) => [keyOf(key), value(child, [...keys, key], json)] as const),
      ) as JsonObject
    }
    return json
  }

  const text = (string: string, keys: readonly string[], named: NamedSecret | undefined): Json => {
    if (isPlaceholder(string)) return string
    const [, sealed, fingerprint] = STAND_IN.exec(string) ?? []
    if (sealed) {
      const pointer = pointerOf(keys)
      noted.set(pointer, fingerprint ? { pointer, reason: sealed, fingerprint } : { pointer, reason: sealed })
      return deps.standIn ? string : { $redacted: sealed }
    }
    if (named && isSecretValue(string, named)) {
      const isTyped = TYPED_KINDS.has(named.kind) || (named.sure && string.length >= 8)
      return hide(keys, named.kind, string, isTyped ? 'typed' : undefined)
    }
    const known = memory.kindOf(string)
    if (known) return hide(keys, known, string)
    if (string.length > MAX_SEARCHED_LENGTH) {
      note(keys, 'too long to search')
      return { $redacted: 'too long to search' }
    }
    if (/^\s*[[{"]/.test(string)) {
      const inner = parseJson(string)
      if (typeof inner === 'string' || (typeof inner === 'object' && inner !== null)) {
        const size = noted.size
        const redacted = value(inner, keys, undefined)
        if (noted.size !== size) return redactText(JSON.stringify(redacted), memory).text
      }
    }
    const own = ownKey(keys)
    const isHeaders = own !== undefined && own !== 'header' && isHeaderPlace(own, deps)
    const { text: rest, found } = redactText(string, memory, isHeaders ? 'headers' : undefined)
    const [first] = found
    if (!first) return string
    if (found.length === 1 && rest.trim() === inlineMark(first.kind))
      return hide(keys, first.kind, first.secret)
    for (const { kind, secret } of found) note(keys, kind, secret)
    return rest
  }

  return {
    value,
    text: (string) => redactText(string, memory).text,
    name: (string) => redactText(string, memory, 'name').text,
    identifier: (string) => {
      const kind = memory.kindOf(string, 'name')
      const { text: rest, found } = kind
        ? { text: inlineMark(kind), found: [{ kind, secret: string }] }
        : redactText(string, memory, 'name')
      const [first] = found
      const fingerprint = first && fingerprintOf(first.secret, first.kind, deps.fingerprintKey)
      return first && fingerprint && rest === inlineMark(first.kind) ? `${first.kind} ${fingerprint}` : rest
    },
    pointer: pointerOf,
    redactions: () => [...noted.values()],
  }
}

const remembered = <T>(compute: (text: string) => T): ((text: string) => T) => {
  const known = new Map<string, T>()
  return (text) => {
    if (known.has(text)) return known.get(text) as T
    const value = compute(text)
    if (known.size < 5_000) known.set(text, value)
    return value
  }
}

/** What people type by heart: learnt however plain it looks, and never fingerprinted. */
const TYPED_KINDS: ReadonlySet<string> = new Set<SecretKind>(['password', 'pin', 'one-time code', 'card'])
const FINGERPRINTED_KINDS: ReadonlySet<string> = new Set<SecretKind>([
  'token',
  'key',
  'private key',
  'secret',
  'header',
])

const fingerprintOf = (secret: string, kind: string, key: Uint8Array | undefined): string | undefined => {
  if (!key || !FINGERPRINTED_KINDS.has(kind)) return undefined
  const [high = 0, low = 0] = hmac(sha256, key, new TextEncoder().encode(secret))
  return ((high << 8) | low).toString(16).padStart(4, '0')
}

const isSecretValue = (string: string, { kind, sure, unsure, bare }: NamedSecret): boolean => {
  const trimmed = string.trim()
  if (sure) return true
  if (isPublicKey(trimmed) && kind !== 'password') return false
  if (bare) return isLongRandom(trimmed)
  if (unsure) return looksRandom(trimmed, 8) || /^(?:basic|bearer|token|digest) \S/i.test(trimmed)
  if (kind === 'pin' || kind === 'one-time code' || kind === 'card')
    return trimmed.length >= 3 && !isPlainWord(trimmed.replace(/^\d+$/, 'digits'))
  if (kind === 'password') return trimmed.length >= 2 && !isSwitchOrDate(trimmed)
  if (kind === 'environment') return looksRandom(trimmed, 10)
  return trimmed.length >= 3 && !isPlainWord(trimmed)
}

/** 32 random characters or more in one run; a UUID is an id. */
const isLongRandom = (text: string): boolean =>
  /^(?:[A-Za-z]{1,10}[-_])?[A-Za-z0-9+/]{32,}={0,2}$/.test(text) && /\d/.test(text) && looksRandom(text, 32)

/** Says by its place whether a value is meant to be secret: its field, its label, its key, what its parent or neighbours are called. */
const namedSecret = (
  json: Json,
  keys: readonly string[],
  parent: Json | undefined,
  deps: WalkDeps,
): NamedSecret | undefined => {
  if (json === null || typeof json === 'boolean') return undefined
  const own = ownKey(keys)
  const label = deps.hasLabels ? deps.labels[keysToPointer(keys)] : undefined
  if (
    deps.secretPointers.size > 0 &&
    keys.some((_, index) => deps.secretPointers.has(keysToPointer(keys.slice(0, index + 1))))
  )
    return {
      kind: [own, label].map((name) => name && secretOfName(name)?.kind).find((kind) => kind) || 'password',
      sure: true,
    }
  if (deps.secretWords.size > 0 && keys.some((key) => deps.secretWords.has(wordsOf(key).join(' '))))
    return { kind: 'rule', sure: true }
  for (let depth = keys.length; depth > 0 && deps.sealedParts.size > 0; depth--) {
    const kind = deps.sealedParts.get(keysToPointer(keys.slice(0, depth)))
    if (kind) return { kind, sure: true }
  }
  if (own === undefined)
    return (
      secretByPlace(keys, own, parent, deps) ?? (typeof json === 'string' ? deps.secretResource : undefined)
    )
  const byKey = deps.secretOf(own)
  const byLabel = label === undefined ? undefined : deps.secretOf(label)
  if (byKey && !byKey.unsure) return byKey
  if (byLabel && !byLabel.unsure) return byLabel
  const bare: NamedSecret | undefined = /^key$/i.test(own) ? { kind: 'key', bare: true } : undefined
  return secretByPlace(keys, own, parent, deps) ?? byKey ?? byLabel ?? bare
}

/** The last key that is a name and not a place in a list. */
const ownKey = (keys: readonly string[]): string | undefined => keys.findLast((key) => !isIndex(key))
