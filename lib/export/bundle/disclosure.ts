/**
 * The disclosed entries of a bundle: opened with the keys that it gives, and compared, letter by letter, with the lines that are
 * there for reading.
 */
import { type Bytes, bytesEqual, textToBytes } from '../../log/bytes.ts'
import type { Envelope } from '../../log/envelope.ts'
import type { Entry } from '../../model/entry.ts'
import type { LineQueue } from './bundle-files.ts'
import type { BundleEngine } from './engine.ts'
import type { Findings } from './findings.ts'
import { ENTRIES_FILE, entryLine, shownEntry, shownIds } from './format.ts'

/** An envelope whose place in its feed is proven, and the key that it was given. */
export interface Disclosed {
  readonly envelope: Envelope
  readonly key: Bytes
  readonly member: string
}

export interface DisclosureTask {
  readonly engine: BundleEngine
  readonly lines: LineQueue
  /** Names of members, by id. */
  readonly names: Readonly<Record<string, string>>
  /** Ids of the entries before; an id that comes again could hide one of the two from whoever reads by id. */
  readonly ids: Set<string>
  readonly findings: Findings
  /** Entries that were found true, in the order of the bundle. Awaited before more is read. */
  readonly onEntries?: ((entries: readonly Entry[]) => Promise<void>) | undefined
}

/** Gives how many could be opened. */
export const checkDisclosed = async (
  disclosed: readonly Disclosed[],
  { engine, lines, names, ids, findings: { integrity }, onEntries }: DisclosureTask,
): Promise<number> => {
  if (disclosed.length === 0) return 0
  const opened = await Promise.all(disclosed.map(({ envelope, key }) => engine.open(envelope, key)))
  const good: Entry[] = []
  let count = 0
  for (const [index, result] of opened.entries()) {
    const { envelope, member } = disclosed[index] as Disclosed
    const { feed, seq } = envelope.header
    const line = lines.isLost ? undefined : await lines.next()
    if (!result.ok) {
      const detail = `Entry ${seq} can’t be opened (${result.fault}).`
      integrity.add({ name: result.fault, detail, feed, seq })
      continue
    }
    count += 1
    const shown = line && entryOfLine(line, result.value, envelope, member, names[member])
    if (shown && ids.has(shown.id))
      integrity.add({
        name: 'id used twice',
        detail: `Entry ${seq} has the id of another entry in this bundle.`,
        feed,
        seq,
      })
    else if (shown) {
      ids.add(shown.id)
      good.push(shown)
    } else if (!lines.isLost) {
      lines.lose()
      integrity.add({
        name: line ? 'entry differs' : 'entry missing',
        detail: `${ENTRIES_FILE} doesn’t say what entry ${seq} of the signed log says.`,
        feed,
        seq,
      })
    }
  }
  if (good.length > 0) await onEntries?.(good)
  return count
}

/** The entry under the id that the line gives it, where it is one of those that a log may show it under. */
const entryOfLine = (
  line: Uint8Array,
  entry: Entry,
  envelope: Envelope,
  member: string,
  name: string | undefined,
): Entry | undefined => {
  const says = (shown: Entry) => bytesEqual(line, textToBytes(entryLine(shown).slice(0, -1)))
  const own = shownEntry(entry, entry.id, member, name)
  if (says(own)) return own
  const renamed = shownEntry(entry, shownIds(entry, envelope)[1], member, name)
  return says(renamed) ? renamed : undefined
}
