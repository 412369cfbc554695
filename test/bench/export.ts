/**
 * Exporting a large store in Chromium: rows a second against a bare loop over the same store, and the peak of the heap. And
 * verifying evidence bundles in Node, once with every entry sealed but one in a hundred, once with all of them disclosed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNodeEngine } from '../../lib/export/bundle/node-engine.ts'
import { verifyBundle } from '../../lib/export/bundle/verify-bundle.ts'
import { EXPORT_FORMATS } from '../../lib/export/format-names.ts'
import { launchWithExtension } from '../helpers/browser.ts'
import { makeBundle } from '../helpers/bundle.ts'
import type * as ExportScript from './support/export-script.ts'
import { heapAfterCollection, peakHeap } from './support/heap.ts'
import { bringIntoPage } from './support/in-page.ts'
import { createLargeLog } from './support/large-log.ts'
import { launchFilled } from './support/profile.ts'
import { atLeast, atMost, type BenchResult, type BenchTopic, median, told } from './support/report.ts'

const RUNS = 3

declare global {
  /** In the page. */
  var exportScript: typeof ExportScript
}

export const run: BenchTopic['run'] = async ({ full, log }) => {
  const count = full ? 1_000_000 : 100_000
  const browser = await launchFilled(count, log)
  const results: BenchResult[] = []
  try {
    for (const format of EXPORT_FORMATS) {
      log(`Exporting ${count.toLocaleString('en')} entries as ${format} …`)
      const ratios: number[] = []
      let peak = 0
      let rate = 0
      // Peers take turns, so that a machine that slows down slows both.
      for (let run = 0; run < RUNS; run++) {
        const page = await browser.openPage('options.html')
        await bringIntoPage(page, 'export-script.ts', 'exportScript')
        const runBare = () => page.evaluate((as) => globalThis.exportScript.bareLoop(as), format)
        const runExport = async () => {
          await heapAfterCollection(page)
          return peakHeap(page, () => page.evaluate((as) => globalThis.exportScript.exportAll(as), format))
        }
        const early = run % 2 === 0 ? await runBare() : undefined
        const exported = await runExport()
        const bare = early ?? (await runBare())
        const { rows, ms, lastLine } = exported.result
        if (rows !== count || bare.rows !== count)
          throw new Error(`${rows} and ${bare.rows} rows and not ${count}`)
        // The oldest entries hold this word: the file is whole to its end.
        if (!lastLine.includes('quagga')) throw new Error('the last entry is not the oldest')
        ratios.push(bare.ms / ms)
        rate = Math.max(rate, (rows * 1000) / ms)
        peak = Math.max(peak, exported.peak)
        await page.close()
      }
      const name = format.toUpperCase()
      results.push(
        told(`${name}, ${count} entries, best`, rate, 'rows/s'),
        atLeast(`${name}, speed against a bare loop, best of ${RUNS}`, Math.max(...ratios), '×', 0.8),
        atMost(`${name}, peak heap`, peak, 'MB', 150),
      )
    }
  } finally {
    await browser.close()
  }
  return [...results, ...(await verifyBundles(full ? 100_000 : 20_000, log))]
}

/** Opens a bundle on Audit Logs, as somebody does who drops it there, and looks how long the page is ever kept from answering. */
const openInPage = async (zip: Uint8Array, disclosed: number): Promise<BenchResult[]> => {
  const browser = await launchWithExtension()
  const folder = mkdtempSync(join(tmpdir(), 'daybook-bench-'))
  try {
    const file = join(folder, 'bundle.zip')
    writeFileSync(file, zip)
    const page = await browser.openPage('review.html')
    await page.getByRole('button', { name: 'Open a file' }).waitFor()
    const tasks: number[] = []
    await page.exposeFunction('keepTask', (ms: number) => tasks.push(ms))
    await page.evaluate(() => {
      const { keepTask } = globalThis as unknown as { keepTask: (ms: number) => void }
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) keepTask(duration)
      }).observe({ type: 'longtask' })
    })
    const start = performance.now()
    await page.locator('input[type=file]').setInputFiles(file)
    await page.getByText('You are reading the file').waitFor({ timeout: 500_000 })
    const seconds = (performance.now() - start) / 1000
    return [
      told(`open a bundle of ${disclosed} disclosed entries on Audit Logs`, seconds, 's'),
      atMost('the longest that the page did not answer meanwhile', Math.max(0, ...tasks), 'ms', 200),
    ]
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const verifyBundles = async (count: number, log: (text: string) => void): Promise<BenchResult[]> => {
  log(`Sealing ${count.toLocaleString('en')} entries …`)
  const { db, team } = await createLargeLog(count)
  const rate = async (resourceType: readonly string[] | undefined, disclosed: number) => {
    log(`Making and verifying a bundle that discloses ${disclosed.toLocaleString('en')} of them …`)
    const { zip } = await makeBundle(db, team, resourceType ? { resourceType } : {})
    const file = new Blob([zip])
    const rates: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now()
      const outcome = await verifyBundle(file, {
        subtle: crypto.subtle,
        engine: createNodeEngine(),
      })
      rates.push((count * 1000) / (performance.now() - start))
      if (outcome.kind !== 'checked') throw new Error(outcome.reason)
      const { integrity, completeness, counts } = outcome.report
      if (
        !integrity.holds ||
        !completeness.holds ||
        counts.headers !== count ||
        counts.disclosed !== disclosed
      )
        throw new Error('the bundle does not hold')
    }
    return { rate: median(rates), zip }
  }
  const sealed = await rate(['webhook'], count / 100)
  const open = await rate(undefined, count)
  return [
    atLeast(`verify, ${count} entries, 1 % disclosed, median of ${RUNS}`, sealed.rate, 'entries/s', 40_000),
    told(`verify, ${count} entries, all disclosed, median of ${RUNS}`, open.rate, 'entries/s'),
    ...(await openInPage(open.zip, count)),
  ]
}
