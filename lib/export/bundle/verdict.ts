/** What a check of a bundle says: two verdicts, each with its faults by name and place, and the words for a person. */
import type { BundleManifest } from './format.ts'

export interface BundleFault {
  /** What it is, in two or three words: `wrong chain`, `unknown signer`. */
  readonly name: string
  /** What it means here, as a sentence. */
  readonly detail: string
  /** The device's feed and the entry's number in it, where it is about one. */
  readonly feed?: number
  readonly seq?: number
}

export interface Verdict {
  readonly holds: boolean
  /** The first of them; `more` were found behind. */
  readonly faults: readonly BundleFault[]
  readonly more: number
}

export interface BundleCounts {
  /** Entries of all devices, disclosed or not. */
  readonly headers: number
  readonly disclosed: number
  readonly sealed: number
  /** Sealed for good: their author or an admin had them erased. */
  readonly erased: number
  readonly feeds: number
  readonly operations: number
  readonly receipts: number
}

export interface BundleReport {
  /** Absent where it can't be read. Its names, filter and times are the maker's word. */
  readonly manifest?: BundleManifest
  /** All that is here is as its authors signed it. */
  readonly integrity: Verdict
  /** Nothing is missing that something in here speaks of. */
  readonly completeness: Verdict
  readonly counts: BundleCounts
}

export type BundleOutcome =
  | { readonly kind: 'no bundle'; readonly reason: string }
  | { readonly kind: 'checked'; readonly report: BundleReport }

export const holds = ({ integrity, completeness }: BundleReport): boolean =>
  integrity.holds && completeness.holds

export const VERDICT_WORDS = {
  integrity: {
    title: 'Integrity',
    holds: 'Every entry is as its device signed it.',
    fails: 'Something in this bundle was changed, forged or damaged.',
    proves:
      'It proves that each disclosed entry was written by the device that its signature names, at its place in that device’s numbered chain, and that no letter was changed since.',
    doesNot:
      'It does not prove that what the browser saw was true, nor who sat in front of it. Names of members are the word of whoever made the bundle.',
  },
  completeness: {
    title: 'Completeness',
    holds: 'Nothing is missing between the first and the last entry of each device.',
    fails: 'Something is missing that this bundle itself speaks of.',
    proves:
      'It proves that nothing was taken out between the first and the last header of each device, and nothing that another device, the relay or the roster in this bundle had seen.',
    doesNot:
      'It does not prove that nothing was written after the last header, nor that every change was recorded. Sealed entries are counted, not shown.',
  },
} as const
