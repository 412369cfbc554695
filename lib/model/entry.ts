/**
 * The entry: one recorded change. These names are the store's, the log's and every export's.
 * What a browser saw, never more: a value that was not seen is absent, not null.
 */
import type { Json } from './json.ts'

export type Action = 'create' | 'update' | 'delete'

/** How far the change is proven, weakest first; `rejected` is a refusal and hidden by default. */
export type Grade = 'edited' | 'sent' | 'accepted' | 'readBack' | 'rejected'

export type Via = 'fetch' | 'xhr' | 'beacon' | 'websocket' | 'form' | 'dom'

/** Where `before` was taken from, most trusted first. */
export type BeforeFrom = 'response' | 'read' | 'form' | 'log' | 'unknown'

export interface Actor {
  readonly id: string
  readonly name: string
  readonly email?: string
  /** Who the app itself says is signed in. */
  readonly account?: string
}

export interface App {
  readonly origin: string
  readonly name: string
}

/** One changed leaf. `add` has no `before`, `remove` has no `after`. */
export interface Change {
  /** RFC 6901, into before and after. */
  readonly pointer: string
  /** What the person saw on the page: "Session timeout". */
  readonly label?: string
  readonly op: 'add' | 'replace' | 'remove'
  readonly before?: Json
  readonly after?: Json
}

export interface Evidence {
  readonly grade: Grade
  readonly via: Via
  readonly method?: string
  /** Without query values that look secret. */
  readonly url?: string
  readonly status?: number
  readonly beforeFrom: BeforeFrom
}

/** A secret that stands in the entry as `{"$redacted": reason}`. */
export interface Redaction {
  readonly pointer: string
  readonly reason: string
  /** 16 bits of an HMAC under a key of this device and origin, in hex: tells "rotated" from "put back". */
  readonly fingerprint?: string
}

export interface Entry {
  /** UUIDv7, made where the change was seen: sending it twice stores it once. */
  readonly id: string
  /** RFC 3339 UTC with milliseconds and Z: when the app accepted the change. */
  readonly time: string
  readonly actor: Actor
  readonly app: App
  /** Singular noun: "feature flag", "user", "webhook", "setting". */
  readonly resourceType: string
  readonly resourceId: string
  /** Frozen at write time. */
  readonly resourceName?: string
  readonly action: Action
  /** null on create; absent when unknown. */
  readonly before?: Json | null
  /** null on delete; absent when unknown. */
  readonly after?: Json | null
  readonly changes: readonly Change[]
  readonly evidence: Evidence
  readonly redactions: readonly Redaction[]
  /** Shared by the entries of one save. */
  readonly group?: string
  readonly reason?: string
  readonly reverts?: string
  readonly backfilled?: true
  readonly recordedAt?: string
  readonly truncated?: { readonly originalBytes: number }
}

/**
 * What the recorder hands to the background: an entry without what only the background may say (who, and the app's
 * name). `account` is what the page showed of who is signed in.
 */
export interface EntryDraft extends Omit<Entry, 'actor' | 'app'> {
  readonly account?: string
}

/** Largest encoded entry, in bytes of UTF-8 JSON. */
export const MAX_ENTRY_BYTES = 64 * 1024

/** The mark that stands where a secret was. */
export interface Redacted {
  readonly $redacted: string
}
export const isRedacted = (value: unknown): value is Redacted =>
  typeof value === 'object' && value !== null && '$redacted' in value
