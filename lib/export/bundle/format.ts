/**
 * What stands in an evidence bundle: names of files, the manifest, and how bytes are written as lines. Text everywhere, so
 * that a person with `sha256sum` and `openssl` can follow it. What is read here is well-formed, not yet true.
 */
import * as v from 'valibot'
import {
  type Bytes,
  bytesToHex,
  concatBytes,
  type Decoded,
  decoded,
  faulty,
  textToBytes,
} from '../../log/bytes.ts'
import { digest, type Envelope } from '../../log/envelope.ts'
import type { Entry } from '../../model/entry.ts'
import { createUuid } from '../../model/uuid.ts'
import { memberToActorId } from '../../team/timeline.ts'
import { entryToExport } from '../shape.ts'

/** The first file of a bundle, stored as it is: says what the zip is, even where the rest is cut off. */
export const TYPE_FILE = 'mimetype'
export const BUNDLE_TYPE = 'application/vnd.daybook.evidence+zip'
export const GUIDE_FILE = 'VERIFY.md'
/** One operation a line, in hex. */
export const ROSTER_FILE = 'roster.txt'
/** One entry a line, as JSONL exports have them; feeds in ascending order, then by number. */
export const ENTRIES_FILE = 'entries.jsonl'
/** One receipt a line, in hex. */
export const RECEIPTS_FILE = 'receipts.txt'
export const MANIFEST_FILE = 'manifest.json'
/** The signature of `manifest.json` by the device that made the bundle, in hex. */
export const SIGNATURE_FILE = 'manifest.sig'

/** `header signature` where the entry stays sealed, `header signature body` of an erase, `… body key` of a disclosed one. */
export const feedFile = (feed: number): string => `feeds/${feed}.txt`

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-f]{${bytes * 2}}$`)))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const time = v.nullable(v.pipe(v.string(), v.maxLength(40)))

const manifestSchema = v.object({
  format: v.literal('daybook-evidence'),
  version: v.literal(1),
  app: v.literal('Daybook'),
  appVersion: v.string(),
  generatedAt: v.string(),
  team: v.object({ id: hex(16), name: v.string() }),
  /** The device that signs this manifest. */
  generatedBy: v.object({ feed: count, member: hex(16), name: v.string() }),
  /** What was disclosed, as the person asked for it. */
  filter: v.record(v.string(), v.unknown()),
  /** Times of the oldest and the newest disclosed entry. */
  from: time,
  to: time,
  /** Names of members as the maker's browser shows them: the maker's word. */
  members: v.record(hex(16), v.string()),
  roster: v.object({ length: count, hash: hex(32) }),
  feeds: v.pipe(
    v.array(
      v.object({ feed: count, first: count, last: count, hash: hex(32), headers: count, disclosed: count }),
    ),
    v.maxLength(100_000),
  ),
  counts: v.object({
    headers: count,
    disclosed: count,
    /** Entries that the filter shows and that are in no feed of this team: private, or waiting to be sealed. */
    leftOut: count,
  }),
  files: v.record(v.string(), v.object({ bytes: count, sha256: hex(32) })),
})

export type BundleManifest = v.InferOutput<typeof manifestSchema>

/** Or which member is not as it should be. */
export const parseManifest = (json: unknown): Decoded<BundleManifest, string> => {
  const parsed = v.safeParse(manifestSchema, json, { abortEarly: true })
  if (parsed.success) return decoded(parsed.output)
  return faulty(`"${v.getDotPath(parsed.issues[0]) ?? 'the whole'}" is missing or not as it should be`)
}

export const manifestSignedBytes = (manifest: Bytes): Bytes => concatBytes(MANIFEST_DOMAIN, manifest)
const MANIFEST_DOMAIN = textToBytes('daybook/bundle/v1\n')

/** A line of a feed's file. Without a body where it stays sealed or was erased; with a key where it is disclosed. */
export const feedLine = ({ headerBytes, signature, body }: Envelope, key?: Bytes): string => {
  const sealed = `${bytesToHex(headerBytes)} ${bytesToHex(signature)}`
  if (body.length === 0) return `${sealed}\n`
  return key ? `${sealed} ${bytesToHex(body)} ${bytesToHex(key)}\n` : `${sealed} ${bytesToHex(body)}\n`
}

export interface FeedLine {
  /** Header, signature and, where there is one, body: an envelope's bytes. */
  readonly envelope: Bytes
  readonly headerLength: number
  readonly key?: Bytes
}

/** Lower-case hex fields with one space between them. Undefined for anything else. */
export const parseFeedLine = (line: Uint8Array): FeedLine | undefined => {
  const [header, signature, body, key, ...more] = fieldsOf(line)
  if (!header || signature?.length !== 128 || header.length % 2 !== 0 || more.length > 0) return undefined
  if (body && (body.length === 0 || body.length % 2 !== 0)) return undefined
  if (key && key.length !== 64) return undefined
  const headerLength = header.length / 2
  const envelope = new Uint8Array(headerLength + 64 + (body?.length ?? 0) / 2)
  const isHex =
    readHex(header, envelope, 0) &&
    readHex(signature, envelope, headerLength) &&
    (!body || readHex(body, envelope, headerLength + 64))
  if (!isHex) return undefined
  if (!key) return { envelope, headerLength }
  const keyBytes = new Uint8Array(32)
  return readHex(key, keyBytes, 0) ? { envelope, headerLength, key: keyBytes } : undefined
}

/** The bytes of a line that is hex as a whole, or undefined. */
export const parseHexLine = (line: Uint8Array): Bytes | undefined => {
  if (line.length % 2 !== 0) return undefined
  const bytes = new Uint8Array(line.length / 2)
  return readHex(line, bytes, 0) ? bytes : undefined
}

/** The text of an entry in `entries.jsonl`. */
export const entryLine = (entry: Entry): string => `${JSON.stringify(entryToExport(entry))}\n`

/**
 * An opened entry as the log shows it: under its true author, whatever it says itself (PROTOCOL.md rule C7), and under the
 * id that it had there.
 */
export const shownEntry = (entry: Entry, id: string, member: string, name: string | undefined): Entry => ({
  ...entry,
  id,
  actor: { ...entry.actor, id: memberToActorId(member), name: name || entry.actor.name },
})

/** The ids under which a log may show an entry: its own, or where that was taken, one made of its header. */
export const shownIds = (entry: Entry, { header, hash }: Envelope): readonly [string, string] => [
  entry.id,
  createUuid(header.clock.ms, digest(hash)),
]

const SPACE = 0x20
const NO_DIGIT = 0xff
const DIGITS = new Uint8Array(256).fill(NO_DIGIT)
for (const [value, digit] of [...'0123456789abcdef'].entries()) DIGITS[digit.charCodeAt(0)] = value

const fieldsOf = (line: Uint8Array): Uint8Array[] => {
  const fields: Uint8Array[] = []
  let start = 0
  for (;;) {
    const end = line.indexOf(SPACE, start)
    fields.push(line.subarray(start, end === -1 ? line.length : end))
    if (end === -1 || fields.length > 4) return fields
    start = end + 1
  }
}

const readHex = (from: Uint8Array, to: Uint8Array, offset: number): boolean => {
  let wrong = 0
  for (let at = 0, index = offset; at < from.length; at += 2, index++) {
    const high = DIGITS[from[at] as number] as number
    const low = DIGITS[from[at + 1] as number] as number
    wrong |= (high | low) & 0xf0
    to[index] = (high << 4) | low
  }
  return wrong === 0
}
