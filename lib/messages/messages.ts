/**
 * What the contexts of the extension say to each other, as schemas and as types. The background checks every message against these;
 * drafts are checked one by one (`checkDraft`), so that one bad record doesn't hold up the others.
 */
import * as v from 'valibot'
import type { EntryDraft } from '../model/entry.ts'
import type { Json } from '../model/json.ts'

/** Drafts of one message. More are sent in several. */
export const MAX_DRAFTS = 100
/** Characters that one visit may leave behind for the next page of its tab and origin. */
export const MAX_MEMORY = 2 ** 20
export const MAX_REASON = 200

const origin = v.pipe(v.string(), v.maxLength(300), v.check(isWebOrigin, 'origin is no http or https origin'))
const tabId = v.pipe(v.number(), v.integer())

const name = v.pipe(v.string(), v.maxLength(MAX_REASON))
const editedField = v.strictObject({ label: v.exactOptional(name), name: v.exactOptional(name) })
const ids = v.pipe(v.array(v.pipe(v.string(), v.maxLength(100))), v.maxLength(MAX_DRAFTS))

const pageMessage = v.variant('type', [
  /** A page of an app starts, in this frame. Answered with a `Visit`. */
  v.strictObject({
    type: v.literal('visit'),
    origin,
    /** The name of this frame or tab, which forms can be sent to. */
    name: v.optional(v.pipe(v.string(), v.maxLength(300))),
  }),
  /** Answered with `Stored`, only once it is on disk. */
  v.strictObject({
    type: v.literal('drafts'),
    origin,
    drafts: v.pipe(v.array(v.unknown()), v.maxLength(MAX_DRAFTS)),
  }),
  /**
   * What is to be recorded if nothing more is heard of this page (a tab that closes may have no time for more), of that the ids of what
   * still waits for an answer, and the ids of what came to nothing. Drafts that are sent with the same id take its place.
   */
  v.strictObject({
    type: v.literal('foresee'),
    origin,
    drafts: v.pipe(v.array(v.unknown()), v.maxLength(MAX_DRAFTS)),
    waiting: ids,
    withdrawn: ids,
  }),
  /** What the next page of this tab and origin has to know; or the page that answers a form in another tab or frame. */
  v.strictObject({
    type: v.literal('remember'),
    origin,
    memory: v.pipe(v.string(), v.maxLength(MAX_MEMORY)),
    target: v.optional(v.pipe(v.string(), v.maxLength(300))),
  }),
  /** The field that the person is in, by name; absent: in none. For panels, which hear it too. Nothing is kept. */
  v.strictObject({ type: v.literal('editing'), origin, field: v.optional(editedField) }),
  /** Something that the page script itself refused: forged, too large, too much. */
  v.strictObject({ type: v.literal('refused'), origin, reason: v.pipe(v.string(), v.maxLength(MAX_REASON)) }),
])

const viewMessage = v.variant('type', [
  /** Before a command: a background that is stopped with a command in hand never answers it. */
  v.strictObject({ type: v.literal('wake') }),
  v.strictObject({ type: v.literal('record-app'), origin, tabId: v.optional(tabId) }),
  v.strictObject({ type: v.literal('pause-app'), origin }),
  v.strictObject({ type: v.literal('resume-app'), origin, tabId: v.optional(tabId) }),
  v.strictObject({ type: v.literal('remove-app'), origin }),
  /** The user's corrections are others than before: the past is to be shown by them. Answered when it is. */
  v.strictObject({ type: v.literal('corrected') }),
  /** What rang was looked at. */
  v.strictObject({ type: v.literal('seen') }),
  /** What was done in Daybook itself: an export. Answered with `Stored`, only once it is on disk. */
  v.strictObject({ type: v.literal('own-draft'), draft: v.unknown() }),
])

/** How the page calls a field: what a person reads, and the name it is sent under. */
export type EditedField = v.InferOutput<typeof editedField>
/** From the page script, whose process the app shares. */
export type PageMessage = v.InferOutput<typeof pageMessage>
/** From the extension's own pages. */
export type ViewMessage = v.InferOutput<typeof viewMessage>
/** From the background to the page scripts of an app. */
export type BackgroundMessage =
  | { readonly type: 'stop'; readonly origin: string }
  | { readonly type: 'rules'; readonly origin: string; readonly rules: readonly Json[] }

export interface Visit {
  readonly recording: boolean
  /** What the page before it in this tab left behind. */
  readonly memory?: string
  /** Hex; of this device and this origin. */
  readonly fingerprintKey?: string
  /** The user's corrections for this app. */
  readonly rules?: readonly Json[]
  /** The app is shared with a team. */
  readonly isShared?: true
}

export interface Stored {
  readonly stored: readonly string[]
  /** Never to be sent again. */
  readonly refused: readonly string[]
}

export type Done = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export interface Answers {
  readonly visit: Visit
  readonly drafts: Stored
  readonly foresee: Done
  readonly remember: Done
  readonly refused: Done
  readonly editing: Done
  readonly wake: Done
  readonly 'record-app': Done
  readonly 'pause-app': Done
  readonly 'resume-app': Done
  readonly 'remove-app': Done
  readonly corrected: Done
  readonly seen: Done
  readonly 'own-draft': Stored
}

export const parsePageMessage = (message: unknown): PageMessage | undefined => {
  const parsed = v.safeParse(pageMessage, message)
  return parsed.success ? parsed.output : undefined
}

export const parseViewMessage = (message: unknown): ViewMessage | undefined => {
  const parsed = v.safeParse(viewMessage, message)
  return parsed.success ? parsed.output : undefined
}

/** What senders may say: drafts are typed here and checked there. */
export type Sendable =
  | Exclude<PageMessage, { type: 'drafts' | 'foresee' }>
  | ViewMessage
  | { readonly type: 'drafts'; readonly origin: string; readonly drafts: readonly EntryDraft[] }
  | {
      readonly type: 'foresee'
      readonly origin: string
      readonly drafts: readonly EntryDraft[]
      readonly waiting: readonly string[]
      readonly withdrawn: readonly string[]
    }

/** Sends to the background and resolves with its typed answer; rejects when there is none (it was stopped, or the extension updated). */
export const createClient =
  (sendMessage: (message: unknown) => Promise<unknown>) =>
  async <Message extends Sendable>(message: Message): Promise<Answers[Message['type']]> => {
    const answer = await sendMessage(message)
    if (typeof answer !== 'object' || answer === null) throw new Error(`no answer to "${message.type}"`)
    return answer as Answers[Message['type']]
  }

export type Client = ReturnType<typeof createClient>

export function isWebOrigin(text: string): boolean {
  try {
    const url = new URL(text)
    return /^https?:$/.test(url.protocol) && url.origin === text
  } catch {
    return false
  }
}
