/** Evidence bundles for tests: made from a real team's log, taken apart, and packed again with any change. */
import { unzipSync, zipSync } from 'fflate'
import { BUNDLE_TYPE, TYPE_FILE } from '../../lib/export/bundle/format.ts'
import type { BundleFault, BundleOutcome, BundleReport } from '../../lib/export/bundle/verdict.ts'
import { verifyBundle } from '../../lib/export/bundle/verify-bundle.ts'
import { type BundleResult, writeBundle } from '../../lib/export/bundle/write-bundle.ts'
import type { ExportSink } from '../../lib/export/export.ts'
import type { Entry } from '../../lib/model/entry.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import type { EntryFilter } from '../../lib/store/query.ts'
import { subtle } from './team.ts'

export interface MemorySink extends ExportSink {
  readonly bytes: () => Uint8Array<ArrayBuffer>
  readonly isClosed: () => boolean
}

export const createMemorySink = (): MemorySink => {
  let parts: Uint8Array<ArrayBuffer>[] = []
  let closed = false
  return {
    write: async (bytes) => void parts.push(bytes.slice()),
    restart: async () => {
      throw new Error('bundles are written once')
    },
    close: async () => {
      closed = true
    },
    abort: async () => {
      parts = []
    },
    bytes: () => new Uint8Array(Buffer.concat(parts)),
    isClosed: () => closed,
  }
}

export const makeBundle = async (
  db: DaybookDatabase,
  team: string,
  filter: EntryFilter = {},
): Promise<BundleResult & { readonly zip: Uint8Array<ArrayBuffer> }> => {
  const sink = createMemorySink()
  const result = await writeBundle({ db, subtle, team, filter, sink, appVersion: '0.1.0', nowMs: Date.now })
  return { ...result, zip: sink.bytes() }
}

export const checkBundle = async (
  zip: Uint8Array<ArrayBuffer>,
): Promise<{ readonly outcome: BundleOutcome; readonly entries: readonly Entry[] }> => {
  const entries: Entry[] = []
  const outcome = await verifyBundle(new Blob([zip]), {
    subtle,
    onEntries: async (some) => void entries.push(...some),
  })
  return { outcome, entries }
}

/** The report of what is taken for a bundle. */
export const reportOf = async (zip: Uint8Array<ArrayBuffer>): Promise<BundleReport> => {
  const { outcome } = await checkBundle(zip)
  if (outcome.kind !== 'checked') throw new Error(outcome.reason)
  return outcome.report
}

export const faultsOf = ({ integrity, completeness }: BundleReport): readonly BundleFault[] => [
  ...integrity.faults,
  ...completeness.faults,
]

/** The texts of a bundle's files by name. */
export type Files = Record<string, string>

export const unpackBundle = (zip: Uint8Array): Files =>
  Object.fromEntries(
    Object.entries(unzipSync(zip)).map(([name, bytes]) => [name, new TextDecoder().decode(bytes)]),
  )

export const packFiles = (files: Files): Uint8Array<ArrayBuffer> => {
  const encoder = new TextEncoder()
  const { [TYPE_FILE]: _type, ...rest } = files
  const packed = zipSync({
    [TYPE_FILE]: [encoder.encode(BUNDLE_TYPE), { level: 0 }],
    ...Object.fromEntries(Object.entries(rest).map(([name, text]) => [name, encoder.encode(text)])),
  })
  return new Uint8Array(packed)
}
