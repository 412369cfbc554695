/** Browser profiles with a filled store, kept outside git so that the next run starts at once. */
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type ExtensionBrowser, launchWithExtension } from '../../helpers/browser.ts'
import { bringIntoPage } from './in-page.ts'
import type * as StoreScript from './store-script.ts'

/** Counted up when entries or the store's tables change their shape. */
const VERSION = 1
const CACHE = join(import.meta.dirname, '../../../.cache/bench')

/** The last entry is of this moment. */
export const END_MS = Date.UTC(2026, 10, 1)

export interface FilledBrowser extends ExtensionBrowser {
  readonly profile: string
}

/** A browser over a copy of the profile that holds `count` entries, made on first use. */
export const launchFilled = async (count: number, log: (text: string) => void): Promise<FilledBrowser> => {
  const kept = join(CACHE, `v${VERSION}-${count}`)
  if (!existsSync(kept)) {
    log(`Filling a profile with ${count.toLocaleString('en')} entries …`)
    // A million take minutes: what a run before this one was stopped at is gone on with.
    const making = `${kept}.making`
    mkdirSync(making, { recursive: true })
    const browser = await launchWithExtension({ profile: making })
    const page = await browser.openPage('options.html')
    await bringIntoPage(page, 'store-script.ts', 'storeScript')
    await page.evaluate(
      async ([wanted, endMs]) => {
        const script = (globalThis as unknown as { storeScript: typeof StoreScript }).storeScript
        await script.fill(wanted, endMs)
      },
      [count, END_MS] as const,
    )
    await browser.close()
    renameSync(making, kept)
  }
  const profile = join(CACHE, `run-${process.pid}-${count}`)
  cpSync(kept, profile, { recursive: true })
  const browser = await launchWithExtension({ profile })
  return {
    ...browser,
    profile,
    close: async () => {
      await browser.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
