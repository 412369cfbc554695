/**
 * Makes an evidence bundle: the signed headers of a team's whole log since the filter's start, and of what the filter shows
 * the ciphertext and the one key that opens it. What isn't disclosed stays sealed, and is counted. The device signs it.
 * Reads the log batch by batch; memory holds one batch, one bit an entry, and the ids of the disclosed.
 */
import { bytesToHex, textToBytes } from '../../log/bytes.ts'
import { decodeEnvelope, type FeedId, isErased } from '../../log/envelope.ts'
import { entryKeyOf, openWithEntryKey } from '../../log/seal.ts'
import type { DaybookDatabase } from '../../store/database.ts'
import { type EntryFilter, searchRows } from '../../store/query.ts'
import { isOwnOrigin } from '../../store/row.ts'
import { signerOf } from '../../team/identity.ts'
import type { ExportProgress, ExportSink } from '../export.ts'
import { type Bits, createBits } from './bits.ts'
import {
  BUNDLE_TYPE,
  type BundleManifest,
  ENTRIES_FILE,
  entryLine,
  feedFile,
  feedLine,
  GUIDE_FILE,
  MANIFEST_FILE,
  manifestSignedBytes,
  RECEIPTS_FILE,
  ROSTER_FILE,
  SIGNATURE_FILE,
  shownEntry,
  shownIds,
  TYPE_FILE,
} from './format.ts'
import { guideText } from './guide.ts'
import { envelopesOf, readTeamLog, type TeamLog } from './team-log.ts'
import { createZipWriter, type WrittenFile } from './zip-writer.ts'

export interface BundleTask {
  readonly db: DaybookDatabase
  readonly subtle: SubtleCrypto
  readonly team: string
  readonly filter: EntryFilter
  readonly sink: ExportSink
  readonly appVersion: string
  readonly nowMs: () => number
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ExportProgress) => void) | undefined
}

export interface BundleResult extends ExportProgress {
  /** Headers of all feeds; `rows` of them are disclosed. */
  readonly headers: number
  /** What the filter shows and the team's log doesn't have. */
  readonly leftOut: number
}

/** Rejects with the signal's reason when it was cancelled, and with the sink's or the store's error. */
export const writeBundle = async (task: BundleTask): Promise<BundleResult> => {
  try {
    const result = await write(task)
    await task.sink.close()
    return result
  } catch (error) {
    await task.sink.abort()
    throw error
  }
}

const write = async (task: BundleTask): Promise<BundleResult> => {
  const { db, subtle, team, filter, signal, nowMs } = task
  const log = await readTeamLog(db, subtle, team)
  if (!log) throw new Error(`"team" expected one of this machine's, got ${team}`)
  const startedMs = nowMs()
  const found = await findDisclosed(task)
  const stretches = await stretchesOf(task, log, found.seqs)
  const zip = createZipWriter(task.sink, new Date(startedMs))
  const files: Record<string, WrittenFile> = {}
  const put = async (name: string, texts: Iterable<string> | AsyncIterable<string>): Promise<void> => {
    files[name] = await zip.file(name, texts)
  }
  let progress: ExportProgress = { rows: 0, bytes: 0, rowsPerSecond: 0, from: found.from, to: found.to }
  const tell = (more: number): void => {
    signal?.throwIfAborted()
    const rows = progress.rows + more
    const rowsPerSecond = Math.round((rows * 1000) / Math.max(nowMs() - startedMs, 1))
    progress = { ...progress, rows, rowsPerSecond, bytes: zip.bytes() }
    task.onProgress?.(progress)
  }

  await zip.stored(TYPE_FILE, BUNDLE_TYPE)
  await put(GUIDE_FILE, [guideText(log.row.view.name)])
  await put(
    ROSTER_FILE,
    log.operations.map((bytes) => `${bytesToHex(bytes)}\n`),
  )
  const feeds: BundleManifest['feeds'] = []
  for (const stretch of stretches) {
    const lines = feedLines(task, log, stretch, () => tell(0))
    await put(feedFile(stretch.feed), lines.texts)
    feeds.push({ feed: stretch.feed, first: stretch.first, ...lines.summary() })
  }
  await put(ENTRIES_FILE, entryLines(task, log, stretches, tell))
  await put(RECEIPTS_FILE, await receiptLines(task))

  const { self, view } = log.row
  const names = view.members.filter(({ name }) => name !== '').map(({ id, name }) => [id, name])
  const manifest: BundleManifest = {
    format: 'daybook-evidence',
    version: 1,
    app: 'Daybook',
    appVersion: task.appVersion,
    generatedAt: new Date(startedMs).toISOString(),
    team: { id: team, name: view.name },
    generatedBy: {
      feed: self.feed,
      member: self.member,
      name: view.members.find(({ id }) => id === self.member)?.name ?? '',
    },
    filter: { ...filter },
    from: found.from,
    to: found.to,
    members: Object.fromEntries(names),
    roster: log.roster.head,
    feeds,
    counts: {
      headers: feeds.reduce((sum, { headers }) => sum + headers, 0),
      disclosed: progress.rows,
      leftOut: found.count - progress.rows,
    },
    files,
  }
  const text = `${JSON.stringify(manifest, undefined, 2)}\n`
  const signature = await signerOf(subtle, self).sign(manifestSignedBytes(textToBytes(text)))
  await zip.file(MANIFEST_FILE, [text])
  await zip.file(SIGNATURE_FILE, [`${bytesToHex(signature)}\n`])
  await zip.close()
  return {
    ...progress,
    bytes: zip.bytes(),
    headers: manifest.counts.headers,
    leftOut: manifest.counts.leftOut,
  }
}

/** The numbers, feed by feed, of the entries that the filter shows. */
type DisclosedSeqs = ReadonlyMap<FeedId, Bits>

const findDisclosed = async ({
  db,
  team,
  filter,
  signal,
}: BundleTask): Promise<{ seqs: DisclosedSeqs; count: number; from: string | null; to: string | null }> => {
  const seqs = new Map<FeedId, Bits>()
  let count = 0
  let from: string | null = null
  let to: string | null = null
  for await (const { rows } of searchRows(db, filter, { signal, firstBatch: 500 })) {
    const wanted = rows.filter(({ app }) => !isOwnOrigin(app) && !app.startsWith('daybook:'))
    if (wanted.length === 0) continue
    count += wanted.length
    to ??= wanted[0]?.time ?? null
    from = wanted.at(-1)?.time ?? from
    const keys = await db.envelopes
      .where('entry')
      .anyOf(wanted.map(({ id }) => id))
      .primaryKeys()
    for (const [owner, feed, seq] of keys) {
      if (owner !== team) continue
      const bits = seqs.get(feed) ?? createBits()
      seqs.set(feed, bits)
      bits.add(seq)
    }
  }
  return { seqs, count, from, to }
}

/** What of a feed goes into the bundle. */
interface Stretch {
  readonly feed: FeedId
  readonly first: number
  readonly last: number
  readonly disclosed: Bits
}

/**
 * From the last entry that was written before the filter's start, so that the chain has an anchor, to the end: an entry can
 * be shared long after it was recorded. Nothing after a cut counts.
 */
const stretchesOf = async (
  { db, team, filter }: BundleTask,
  { roster }: TeamLog,
  seqs: DisclosedSeqs,
): Promise<Stretch[]> => {
  const heads = await db.heads.where('[team+feed]').between([team, 1], [team, Infinity]).toArray()
  const stretches: Stretch[] = []
  for (const { feed, seq } of heads.sort((a, b) => a.feed - b.feed)) {
    const last = Math.min(seq, roster.devices.get(feed)?.cut?.seq ?? seq)
    if (last < 1) continue
    const disclosed = seqs.get(feed) ?? createBits()
    const since =
      filter.from === undefined ? 1 : await firstSince(db, team, feed, last, Date.parse(filter.from))
    stretches.push({
      feed,
      first: Math.max(1, Math.min(since, disclosed.first() ?? since) - 1),
      last,
      disclosed,
    })
  }
  return stretches
}

/** The first number whose clock is at or after `ms`; clocks grow along a feed. `last + 1` where there is none. */
const firstSince = async (
  db: DaybookDatabase,
  team: string,
  feed: FeedId,
  last: number,
  ms: number,
): Promise<number> => {
  let [low, high] = [1, last + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const row = await db.envelopes.get([team, feed, middle])
    const envelope = row && decodeEnvelope(row.bytes)
    // What is missing here is looked for on the older side: more goes into the bundle, never less.
    if (!envelope?.ok || envelope.value.header.clock.ms >= ms) high = middle
    else low = middle + 1
  }
  return low
}

const feedLines = (
  task: BundleTask,
  log: TeamLog,
  { feed, first, last, disclosed }: Stretch,
  tell: () => void,
) => {
  const summary = { last: 0, hash: '', headers: 0, disclosed: 0 }
  async function* texts(): AsyncGenerator<string> {
    for await (const batch of envelopesOf(task.db, task.team, feed, first, last)) {
      tell()
      for (const { envelope } of batch) {
        const { header } = envelope
        const epochKey = log.keys.get(header.epoch)
        const isDisclosed = disclosed.has(header.seq) && epochKey !== undefined && !isErased(envelope)
        summary.headers += 1
        summary.last = header.seq
        summary.hash = bytesToHex(envelope.hash)
        if (isDisclosed) {
          summary.disclosed += 1
          yield feedLine(envelope, entryKeyOf(epochKey, header))
        } else yield feedLine(header.kind === 'erase' ? envelope : { ...envelope, body: new Uint8Array(0) })
      }
    }
  }
  return { texts: texts(), summary: () => summary }
}

async function* entryLines(
  { db, team, subtle }: BundleTask,
  log: TeamLog,
  stretches: readonly Stretch[],
  tell: (more: number) => void,
): AsyncGenerator<string> {
  const names = new Map(log.row.view.members.map(({ id, name }) => [id, name]))
  const ids = new Set<string>()
  for (const { feed, first, last, disclosed } of stretches) {
    const member = log.roster.devices.get(feed)?.member ?? ''
    for await (const batch of envelopesOf(
      db,
      team,
      feed,
      Math.max(first, disclosed.first() ?? last + 1),
      last,
    )) {
      const found = await Promise.all(
        batch.map(async ({ envelope, entry: id }) => {
          const epochKey = log.keys.get(envelope.header.epoch)
          if (!disclosed.has(envelope.header.seq) || isErased(envelope) || !epochKey) return undefined
          const opened = await openWithEntryKey(subtle, envelope, entryKeyOf(epochKey, envelope.header))
          if (!opened.ok)
            throw new Error(`entry ${envelope.header.seq} of feed ${feed} can't be opened: ${opened.fault}`)
          return { entry: opened.value, envelope, id: id ?? opened.value.id }
        }),
      )
      const texts = found.flatMap((one) => {
        if (!one) return []
        // An author may have used an id twice in one feed.
        const id = ids.has(one.id) ? shownIds(one.entry, one.envelope)[1] : one.id
        ids.add(id)
        return entryLine(shownEntry(one.entry, id, member, names.get(member)))
      })
      yield texts.join('')
      tell(texts.length)
    }
  }
}

const receiptLines = async ({ db, team }: BundleTask): Promise<string[]> => {
  const heads = await db.heads.where('[team+feed]').between([team, 1], [team, Infinity]).toArray()
  return heads.flatMap(({ receipt }) => (receipt ? [`${bytesToHex(receipt)}\n`] : []))
}
