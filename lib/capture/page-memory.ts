/** What a page leaves to the next of its tab, as bounded text: reads and pending forms, redacted. On the way back it is untrusted. */
import { isJsonObject, type Json, parseJson } from '../model/json.ts'
import type { Read } from './read-memory.ts'
import { redactJson } from './redact/redact-draft.ts'
import type { SecretMemory } from './redact/secret-memory.ts'

const MAX_CHARS = 300_000
/** The page is leaving while this is written: what takes longer is left behind. */
const WRITING_MS = 25

export interface PageMemory {
  readonly account: string | undefined
  /** Latest first when written, earliest first when read: in the order to learn them in. */
  readonly reads: readonly Read[]
  /** The form tracker's own. */
  readonly forms: Json
  /** Of the entries that were foreseen for the form that left last. */
  readonly formIds: readonly string[]
}

export const writePageMemory = (
  { account, reads, forms, formIds }: PageMemory,
  { now, secrets }: { readonly now: () => number; readonly secrets: SecretMemory },
): string => {
  let room = MAX_CHARS
  const endMs = now() + WRITING_MS
  const written: Json[] = []
  for (const { place, scope, noun, value, size, startedAtMs, isSaved } of reads) {
    if (now() > endMs) break
    if (size > room) continue
    room -= size
    written.push({
      place,
      scope: [...scope],
      ...(noun !== undefined && { noun }),
      value: redactJson(value, { memory: secrets }),
      startedAtMs,
      ...(isSaved && { isSaved }),
    })
  }
  return JSON.stringify({ version: 1, account: account ?? null, reads: written, forms, formIds })
}

export const readPageMemory = (text: string): PageMemory | undefined => {
  const value = text.length > 2 * MAX_CHARS ? undefined : parseJson(text)
  if (!isJsonObject(value) || value.version !== 1) return undefined
  return {
    account: typeof value.account === 'string' ? value.account : undefined,
    reads: Array.isArray(value.reads) ? value.reads.toReversed().flatMap(readIn) : [],
    forms: value.forms ?? null,
    formIds: textsIn(value.formIds),
  }
}

const readIn = (read: Json): Read[] =>
  isJsonObject(read) && typeof read.place === 'string' && read.value !== undefined
    ? [
        {
          place: read.place,
          scope: textsIn(read.scope),
          value: read.value,
          size: JSON.stringify(read.value).length,
          startedAtMs: Number(read.startedAtMs) || 0,
          ...(typeof read.noun === 'string' && { noun: read.noun }),
          ...(read.isSaved === true && { isSaved: true as const }),
        },
      ]
    : []

const textsIn = (value: Json | undefined): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
