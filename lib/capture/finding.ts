/**
 * What a decoder understood of one exchange or form post: one resource's change in the app's own words. The engine then finds the
 * "before", names type and id for people, redacts, diffs and coalesces; a decoder does none of that. Values are plain, secrets included.
 */
import type { Action, BeforeFrom } from '../model/entry.ts'
import type { Json } from '../model/json.ts'
import type { Exchange, FormSnapshot, PageView } from './exchange.ts'
import type { VerbState } from './words.ts'

export interface Finding {
  /** `save`: an update or a create, whichever the before turns out to tell. */
  readonly action: Action | 'save'
  /** As the wire says it: `feature_flags`, `FeatureFlagUpdateInput`, `paymentMethods`, `user`. Naming makes words of it. */
  readonly type?: string
  /** As the app writes it. Absent: nowhere to be seen (a singleton, or only in the answer). */
  readonly id?: string
  /** Ids of what it stands in, outermost first: of `/projects/a/features/b` the `a`. Tells namesakes apart. */
  readonly scope?: readonly string[]
  /** Where the same document is read: a path, or an RPC's noun. */
  readonly place?: string
  /** The app itself said that a `save` made something new (201). */
  readonly creates?: true
  /** What the verb alone says, where nothing was sent: `archive` → archived. */
  readonly state?: VerbState
  /** What people call this one resource: its title, label, login. */
  readonly name?: string
  /** `whole`: a key that `after` lacks is gone. `partial`: a key that it lacks is as before. */
  readonly extent: 'whole' | 'partial'
  /** What was set. Absent for a delete, and where only `operations` or `delta` are known. */
  readonly after?: Json
  /** What the decoder itself knows of the state before (a form's own values), in the same shape as `after`. The engine looks further only where this is absent. */
  readonly before?: Json
  readonly beforeFrom?: BeforeFrom
  /** Edits of single places, applied to the before in this order. */
  readonly operations?: readonly Operation[]
  /** What the answer says the resource is now, where it shows it. */
  readonly answer?: Json
  /** Pointer into `after` → what the person saw beside that field. */
  readonly labels?: Readonly<Record<string, string>>
  /** Pointers into `after` that hold secrets by the type of their field (password, one-time-code), whatever they are called. */
  readonly secretPointers?: readonly string[]
  readonly outcome: Outcome
  /** Why it was refused, for people. */
  readonly refusal?: string
}

/** `sent`: nothing is known of the outcome. `accepted` needs proof: a success status and no sign of a refusal. */
export type Outcome = 'accepted' | 'sent' | 'rejected'

/** RFC 6902 operations, and two deltas on lists: `include` adds an element where it is not in the list yet, `exclude` takes it out. */
export interface Operation {
  readonly op: 'add' | 'replace' | 'remove' | 'move' | 'copy' | 'include' | 'exclude'
  readonly pointer: string
  /** Of `move` and `copy`. */
  readonly from?: string
  readonly value?: Json
}

/**
 * A form that left, with all that is known about it: by document navigation, or url-encoded or multipart by script.
 * `readForm` in `form/decode-form.ts` reads it; an empty list means "no change" (a search, a preview, a sign-in).
 */
export interface FormPost {
  readonly via: Exchange['via']
  /** Upper case, as sent; overrides (`_method`) are the decoder's to see. */
  readonly method: string
  readonly url: string
  readonly pageUrl: string
  readonly requestHeaders: Readonly<Record<string, string>>
  /** In the order sent, the pressed button included. */
  readonly fields: readonly (readonly [name: string, value: string])[]
  readonly submitter?: { readonly name: string; readonly value: string; readonly label: string }
  /** The form as it stood before, where one was seen that fits. */
  readonly snapshot?: FormSnapshot
  /** The page that it stood on. */
  readonly page?: PageView
  /** Ids of rows that pages showed before it was answered. */
  readonly knownRows?: ReadonlySet<string>
  /** Absent when nothing is known of the outcome yet. */
  readonly answer?: FormAnswer
}

export interface FormAnswer {
  /** Of the post itself (302), or of the page it led to; 0 when unknown. */
  readonly status: number
  readonly redirects: number
  /** Where it led: the Location of the redirect, or the address of the page that came. Absolute. */
  readonly url?: string
  /** The page that came, or the answer parsed as a page where it is HTML. */
  readonly page?: PageView
  /** The answer's text where it isn't a whole page: JSON, XML, a fragment, `1`. */
  readonly body?: string
}
