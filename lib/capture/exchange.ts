/**
 * What the recorder is told: exchanges, pages, edits, submissions. Plain data, so that a HAR file and a live page say the same.
 * All of it comes from a page and is untrusted: any string may be hostile, huge or forged.
 */
import type { Json } from '../model/json.ts'

/** One observed request with its response, or one WebSocket message. Times are Unix milliseconds. */
export interface Exchange {
  readonly via: 'fetch' | 'xhr' | 'beacon' | 'websocket' | 'form'
  /** Upper case. 'SEND' or 'RECEIVE' for a WebSocket message. */
  readonly method: string
  /** Absolute. */
  readonly url: string
  /** The page that sent it. */
  readonly pageUrl: string
  /** Lower-case names; only those that carry meaning (content-type, x-http-method-override, hx-*, next-action …). */
  readonly requestHeaders: Readonly<Record<string, string>>
  /** As text. FormData and URLSearchParams come url-encoded; a file is its name. Absent when there was none or it could not be read. */
  readonly requestBody?: string
  /** 0 when the outcome is unknown (aborted, opaque, not observed). */
  readonly status: number
  readonly responseHeaders: Readonly<Record<string, string>>
  readonly responseBody?: string
  /** The address that answered at last, after redirects; or the Location of a redirect. */
  readonly responseUrl?: string
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** Set where a body was over the cap and cut, so its text is not whole. */
  readonly cut?: { readonly request?: true; readonly response?: true }
  /** Number of the call in its page, where it was told when it left (`Recorder.sent`) and is told again with its outcome. */
  readonly call?: number
  /** Milliseconds since the last trusted click, key press or change in the page, when known. */
  readonly sinceGestureMs?: number
  /** The person had just decided (a click, Enter), so no further keys of the same edit follow. Unknown in a HAR file. */
  readonly isDecided?: true
}

/** A field of a form as a person sees it. Values are strings as the form would send them; several for multi-selects and repeated names. */
export interface FormField {
  readonly name: string
  /** `type` of the control in lower case: text, password, checkbox, radio, select-one, select-multiple, textarea, hidden … */
  readonly type: string
  readonly values: readonly string[]
  /** For checkboxes, radios and options: what each possible value is called. */
  readonly choices?: readonly { readonly value: string; readonly label: string }[]
  readonly label?: string
  readonly autocomplete?: string
  readonly disabled?: true
}

/** A form as it stood when it was first seen or last confirmed. */
export interface FormSnapshot {
  /** Absolute address that it is sent to. */
  readonly action: string
  readonly method: 'get' | 'post' | 'dialog'
  readonly id?: string
  /** Nearest heading, legend or accessible name. */
  readonly heading?: string
  readonly fields: readonly FormField[]
  readonly submitters: readonly { readonly name: string; readonly value: string; readonly label: string }[]
}

/** What a page shows, read from its document by `readPage`: live or from a HAR. */
export interface PageView {
  readonly url: string
  readonly title: string
  readonly heading?: string
  readonly forms: readonly FormSnapshot[]
  /** Messages of the page to the person: role=alert, .error, .success … */
  readonly notices: readonly { readonly kind: 'success' | 'error' | 'info'; readonly text: string }[]
  /** Who the app says is signed in. */
  readonly account?: string
  /** JSON that the page carries in its markup (preloads, data attributes), by a name of its place. */
  readonly embedded: readonly { readonly name: string; readonly value: Json }[]
  /** Rows of its lists, so that actions on ids can be named. */
  readonly rows?: readonly PageRow[]
}

/** One row of a list on a page. */
export interface PageRow {
  /** What could be its id, the surest first: values of its boxes, its own id, what its links and buttons name. */
  readonly ids: readonly string[]
  readonly name?: string
  /** Column header → what the cell says. */
  readonly cells: Readonly<Record<string, string>>
}

/** A document navigation that ended in a page: what answered, by which redirects. */
export interface PageLoad {
  readonly page: PageView
  /** 0 when unknown. */
  readonly status: number
  /** 'GET' or 'POST' when known. */
  readonly method?: string
  readonly redirects: number
  readonly atMs: number
}

/** A form that left, before its answer is known. `fields` is what was sent, in order, the pressed button included. */
export interface Submission {
  readonly form: FormSnapshot
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly submitter?: { readonly name: string; readonly value: string; readonly label: string }
  readonly pageUrl: string
  readonly atMs: number
}

/** One field that a person edited, in a form or not. */
export interface FieldEdit {
  readonly label?: string
  readonly name?: string
  readonly type: string
  readonly before?: string
  readonly after: string
  readonly atMs: number
}
