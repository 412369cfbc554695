/**
 * Opens an exported file beside the log: its entries go to a database of their own, which the review page then shows with the
 * same lists, filters and diffs. They never touch the log, so nothing imported can pass for an entry of it.
 */
import type { BundleReport } from '../lib/export/bundle/verdict.ts'
import { type ImportProblem, importFile } from '../lib/export/import.ts'
import { openDatabase } from '../lib/store/database.ts'
import { appendEntries } from '../lib/store/entries.ts'
import { forgetFile, forgetFiles, isFileDatabase, newFileDatabase } from '../lib/store/file-databases.ts'
import { putSetting, setting } from '../lib/store/settings.ts'
import { enImport as text } from './locale/en-import.ts'

/** What is known of an opened file. */
export interface ImportedFile {
  readonly name: string
  readonly entries: number
  readonly skipped: number
  readonly problems: readonly ImportProblem[]
  readonly warning?: string
  /** Of an evidence bundle. */
  readonly report?: BundleReport
}

export type ImportPhase =
  | { readonly kind: 'idle' }
  | { readonly kind: 'reading'; readonly name: string; readonly entries: number }
  | {
      readonly kind: 'failed'
      readonly name: string
      readonly reason: string
      /** Of a bundle whose integrity doesn't hold. */
      readonly report?: BundleReport
    }

const ABOUT = 'imported-file'

/** The database of the file that this address shows; undefined for the log itself. */
export const fileDatabaseOf = (search: string): string | undefined => {
  const name = new URLSearchParams(search).get('file')
  return name !== null && isFileDatabase(name) ? name : undefined
}

export const importedFileIn = (name: string): Promise<ImportedFile | undefined> =>
  setting<ImportedFile>(openDatabase(name), ABOUT)

/** Forgets the file's entries and goes back to the log. */
export const closeFile = async (name: string): Promise<void> => {
  await forgetFile(name)
  location.assign(location.pathname)
}

export class ImportState {
  phase = $state.raw<ImportPhase>({ kind: 'idle' })
  #controller: AbortController | undefined

  readonly open = async (file: File): Promise<void> => {
    if (this.phase.kind === 'reading') return
    const controller = new AbortController()
    this.#controller = controller
    this.phase = { kind: 'reading', name: file.name, entries: 0 }
    const name = newFileDatabase()
    try {
      // One file at a time is kept, so that none is left behind for ever.
      await forgetFiles()
      const db = openDatabase(name)
      const outcome = await importFile(file, {
        onEntries: (entries) => appendEntries(db, entries),
        onProgress: ({ entries }) => {
          this.phase = { kind: 'reading', name: file.name, entries }
        },
        signal: controller.signal,
      })
      if (outcome.ok) {
        const about: ImportedFile = { name: file.name, ...outcome.summary }
        await putSetting(db, ABOUT, about)
        location.assign(`${location.pathname}?file=${name}`)
        return
      }
      const { reason, report } = outcome
      this.phase = { kind: 'failed', name: file.name, reason, ...(report && { report }) }
    } catch {
      this.phase = controller.signal.aborted
        ? { kind: 'idle' }
        : { kind: 'failed', name: file.name, reason: text.storeFailed }
    }
    await forgetFile(name)
  }

  readonly cancel = (): void => this.#controller?.abort()
  readonly dismiss = (): void => {
    if (this.phase.kind === 'failed') this.phase = { kind: 'idle' }
  }
}
