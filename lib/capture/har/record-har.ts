/** A HAR file's text → the drafts that a visit with this traffic gives. Throws where the file is no HAR; its contents are untrusted. */
import type { EntryDraft } from '../../model/entry.ts'
import { createRecorder } from '../create-recorder.ts'
import { createNavigations, parsePage } from './navigations.ts'
import { type HarEvent, readHar } from './read-har.ts'

export const recordHar = (text: string): EntryDraft[] => {
  const drafts: EntryDraft[] = []
  let clockMs = 0
  let seed = 1
  const nextByte = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed >>> 24
  }
  const recorder = createRecorder({
    now: () => clockMs,
    patienceMs: 3_000,
    // The same file gives the same ids.
    random: (count) => Uint8Array.from({ length: count }, nextByte),
    emit: (draft) => drafts.push(draft),
    onRefused: (reason) => console.error(reason),
    parsePage,
  })
  const navigations = createNavigations(recorder)
  const tell = (event: HarEvent): void => {
    clockMs = Math.max(clockMs, event.atMs)
    recorder.flush('due')
    if (event.exchange.via === 'form') navigations.document(event.exchange)
    else recorder.exchange(event.exchange)
  }
  for (const event of readHar(text)) tell(event)
  navigations.end()
  recorder.flush('all')
  return drafts
}
