/**
 * The recorder of one page visit: told what was observed, it emits entry drafts, already redacted.
 * Pure: no browser API, no clock and no randomness of its own. The same engine reads HAR files in Node.
 */

import type { EntryDraft } from '../model/entry.ts'
import type { CaptureRule } from '../model/rules.ts'
import type { Exchange, FieldEdit, FormSnapshot, PageLoad, PageView, Submission } from './exchange.ts'

export interface RecorderDeps {
  readonly now: () => number
  /** `count` random bytes. */
  readonly random: (count: number) => Uint8Array
  /** Key for fingerprints of redacted tokens; without it none are made. */
  readonly fingerprintKey?: Uint8Array
  /** What an earlier page of this tab and origin left behind (`Recorder.memory`). Untrusted. */
  readonly memory?: string
  readonly emit: (draft: EntryDraft) => void
  /**
   * What `emit` would be given for this id if nothing more were heard of the page; no draft where it came to nothing. `isWaiting`: for
   * an answer that may take its time.
   */
  readonly foresee?: (id: string, draft?: EntryDraft, isWaiting?: boolean) => void
  /** The user's corrections, as they are when an entry is made. */
  readonly rules?: () => readonly CaptureRule[]
  /** How long a change waits for proof and for more of the same, in milliseconds. A recording can wait longer than a person. */
  readonly patienceMs?: number
  /** Told why something could not be recorded; for the visible log. */
  readonly onRefused?: (reason: string) => void
  /** Reads HTML that came by XHR as a page (`readPage` on a parsed document). Without it such answers say nothing. */
  readonly parsePage?: (html: string, url: string) => PageView
  /** The forms that the page shows now or showed lately, as they stood before the person touched them, the likeliest first. A HAR has none. */
  readonly shownForms?: () => readonly FormSnapshot[]
}

export interface Recorder {
  readonly load: (load: PageLoad) => void
  readonly edit: (edit: FieldEdit) => void
  readonly submit: (submission: Submission) => void
  readonly exchange: (exchange: Exchange) => void
  /** A call that left and is not answered yet; with its outcome it comes by `exchange`, under the same `call`. */
  readonly sent: (exchange: Exchange) => void
  /**
   * Emits what was held back to be coalesced or proven: as far as `now` allows, on a timer; all that is `held`, when the page hides; with
   * `all`, what still waits for its answer too, when the page goes.
   */
  readonly flush: (how?: 'due' | 'held' | 'all') => void
  /** What the next page of this tab needs, redacted: pending submissions and reads, as bounded text. */
  readonly memory: () => string
  /** The same for a page in another tab or frame, where the form that left is answered: this page waits for it no longer. */
  readonly giveAway: () => string
}
