/**
 * The timeline over stores of growing size: first rows of popup and queries, paging, a change coming in, scrolling, heap, and
 * the scripts that each page loads; and the diff of long lists.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { differencesBetween } from '../../lib/diff/difference.ts'
import { applyDifferences } from '../../lib/diff/json-patch.ts'
import type { Json } from '../../lib/model/json.ts'
import type { EntryFilter } from '../../lib/store/query.ts'
import { buildOnce, type ExtensionBrowser } from '../helpers/browser.ts'
import { openWatched, rowShownAfter, timeToFirstRow } from './support/first-row.ts'
import { heapAfterCollection } from './support/heap.ts'
import { bringIntoPage } from './support/in-page.ts'
import { launchFilled } from './support/profile.ts'
import { atMost, type BenchResult, type BenchTopic, median, percentile, told } from './support/report.ts'
import { buildRelease, bytesWithImports, SCRIPT_LIMITS_KB, scriptBytes } from './support/size.ts'
import type * as StoreScript from './support/store-script.ts'

const OPENINGS = 15
const CHANGES = 15
const SCROLLED_ROWS = 10_000
const EMPTY_PAGE = 'empty.html'
const POPUP = 'popup.html?app=https%3A%2F%2Fconsole.acme.dev'

/** Each with how many rows its first step must bring at least, so that a wrong answer can't be a fast one. */
const QUERIES: readonly (readonly [name: string, filter: EntryFilter])[] = [
  ['one rare facet', { actor: ['zoe-rare'] }],
  ['two common facets together', { app: ['https://console.acme.dev'], action: ['update'] }],
  ['a rare word', { text: 'xylophone' }],
  ['a word with three old hits', { text: 'quagga' }],
]

declare global {
  /** In the page. */
  var storeScript: typeof StoreScript
}

export const run: BenchTopic['run'] = async ({ full, log }) => {
  const results: BenchResult[] = []
  const popupTimes = new Map<number, number>()
  const sizes = full ? [1_000, 100_000, 1_000_000] : [1_000, 100_000]
  for (const size of sizes) {
    const browser = await launchFilled(size, log)
    const name = size.toLocaleString('en')
    try {
      log(`Popup over ${name} entries …`)
      const { openings, empty } = await timePopup(browser)
      popupTimes.set(size, median(openings))
      results.push(
        atMost(`${name}: popup → first row, median`, median(openings), 'ms', 150),
        told(`${name}: popup → first row, 95 %`, percentile(openings, 95), 'ms'),
        told(`${name}: a page of the extension with one line and no script, median`, median(empty), 'ms'),
      )
      log(`Queries over ${name} entries …`)
      results.push(...(await timeQueries(browser, name, size)))
      log(`Changes coming in, over ${name} entries …`)
      results.push(
        atMost(
          `${name}: entry written → row in the side panel, median`,
          median(await timeChanges(browser)),
          'ms',
          150,
        ),
      )
      if (size === sizes.at(-1)) {
        log(`Scrolling through ${SCROLLED_ROWS.toLocaleString('en')} rows …`)
        results.push(...(await timeScrolling(browser)))
      }
    } finally {
      await browser.close()
    }
  }
  const [smallest = 1, largest = 1] = [sizes[0], sizes.at(-1)].map((size) => popupTimes.get(size as number))
  results.push(atMost('popup at the largest, against 1,000', largest / smallest, '×', 1.2))

  log('Building the extension …')
  const build = buildRelease()
  for (const [page, limit] of Object.entries(SCRIPT_LIMITS_KB))
    results.push(atMost(`${page}: scripts, gzipped`, scriptBytes(build, `${page}.html`) / 1000, 'kB', limit))
  const asked = await scriptsAskedFor()
  results.push(
    atMost(
      'popup: scripts asked for before the first row',
      asked.before / 1000,
      'kB',
      SCRIPT_LIMITS_KB.popup,
    ),
    told('popup: all scripts, once it is at rest', asked.all / 1000, 'kB'),
  )
  return [...results, ...timeDiffs()]
}

/** In turn with a page that has nothing to do: the least that any page of an extension takes here. */
const timePopup = async (browser: ExtensionBrowser): Promise<{ openings: number[]; empty: number[] }> => {
  writeFileSync(
    join(await buildOnce(), EMPTY_PAGE),
    '<!doctype html><title>Empty</title><p data-entry="one">One line',
  )
  const timeOnce = async (path: string) => {
    const page = await openWatched(browser, path)
    const time = await timeToFirstRow(page)
    await page.close()
    return time
  }
  const [openings, empty]: [number[], number[]] = [[], []]
  for (let run = 0; run <= OPENINGS; run++) {
    const [line, row] = [await timeOnce(EMPTY_PAGE), await timeOnce(POPUP)]
    // The first reads the scripts from disk; a browser in use has them.
    if (run === 0) continue
    empty.push(line)
    openings.push(row)
  }
  return { openings, empty }
}

const timeQueries = async (browser: ExtensionBrowser, name: string, size: number): Promise<BenchResult[]> => {
  const page = await browser.openPage('options.html')
  await bringIntoPage(page, 'store-script.ts', 'storeScript')
  const pages = await page.evaluate(() => globalThis.storeScript.timePages({}, 80, 10))
  const results = [atMost(`${name}: next page of 80 rows, median`, median(pages), 'ms', 20)]
  for (const [query, filter] of QUERIES) {
    const { times, rows } = await page.evaluate(
      (asked) => globalThis.storeScript.timeFirstRows(asked, 9),
      filter,
    )
    if (rows === 0 && size >= 100_000) throw new Error(`"${query}" found nothing`)
    results.push(atMost(`${name}: first rows of ${query}, median`, median(times), 'ms', 100))
  }
  await page.close()
  return results
}

/** From the moment an entry is handed to the store until its row is on screen in another page. */
const timeChanges = async (browser: ExtensionBrowser): Promise<number[]> => {
  const panel = await openWatched(browser, 'sidepanel.html')
  await timeToFirstRow(panel)
  const writer = await browser.openPage('options.html')
  await bringIntoPage(writer, 'store-script.ts', 'storeScript')
  // A panel stands beside the page in view; a tab behind another one draws a frame a second, and its rows wait for it.
  await panel.bringToFront()
  const times: number[] = []
  for (let change = 0; change <= CHANGES; change++) {
    const writtenAt = await writer.evaluate((index) => globalThis.storeScript.addNow(index), change + 10)
    const time = (await rowShownAfter(panel, writtenAt)) - writtenAt
    if (change > 0) times.push(time)
  }
  await writer.close()
  await panel.close()
  return times
}

const timeScrolling = async (browser: ExtensionBrowser): Promise<BenchResult[]> => {
  // What tells when rows come on screen takes its part of each frame: not watched here.
  const page = await browser.openPage('review.html')
  await page.setViewportSize({ width: 1280, height: 800 })
  await page.locator('[data-entry]').first().waitFor()
  const frames = await page.evaluate(async (wanted) => {
    const scroller = [...document.querySelectorAll<HTMLElement>('main *')].find(
      (element) =>
        element.scrollHeight > element.clientHeight + 10 &&
        /auto|scroll/.test(getComputedStyle(element).overflowY),
    )
    if (!scroller) throw new Error('nothing scrolls')
    const rowHeight = document.querySelector<HTMLElement>('[data-entry]')?.offsetHeight ?? 40
    const times: number[] = []
    let last = performance.now()
    let stuck = 0
    while (scroller.scrollTop < wanted * rowHeight && stuck < 300) {
      const top = scroller.scrollTop
      scroller.scrollTop += rowHeight * 8
      await new Promise(requestAnimationFrame)
      const now = performance.now()
      times.push(now - last)
      last = now
      stuck = scroller.scrollTop === top ? stuck + 1 : 0
    }
    return { times: times.slice(5), rows: Math.round(scroller.scrollTop / rowHeight) }
  }, SCROLLED_ROWS)
  const heap = await heapAfterCollection(page)
  await page.close()
  return [
    told('scrolled', frames.rows, 'rows'),
    atMost(`scrolling: longest frame of ${frames.times.length}`, Math.max(...frames.times), 'ms', 50),
    told('scrolling: 99 % of frames', percentile(frames.times, 99), 'ms'),
    atMost('heap of Audit Logs after scrolling', heap, 'MB', 80),
  ]
}

/** What the popup asked for, by the browser's own account, in bytes: what its address names is not all that it loads. */
const scriptsAskedFor = async (): Promise<{ before: number; all: number }> => {
  const browser = await launchFilled(1_000, () => undefined)
  try {
    const asked: { path: string; atMs: number }[] = []
    const popup = await openWatched(browser, POPUP, async (page) => {
      const session = await page.context().newCDPSession(page)
      session.on('Network.requestWillBeSent', ({ request, wallTime }) => {
        const path = new URL(request.url).pathname
        if (path.endsWith('.js')) asked.push({ path, atMs: wallTime * 1000 })
      })
      await session.send('Network.enable')
    })
    const firstRowMs = (await timeToFirstRow(popup)) + (await popup.evaluate(() => performance.timeOrigin))
    await popup.waitForLoadState('networkidle')
    const build = await buildOnce()
    const sizeOf = (files: typeof asked) =>
      bytesWithImports(
        build,
        files.map(({ path }) => path),
      )
    const before = asked.filter(({ atMs }) => atMs < firstRowMs)
    if (before.length === 0 || before.length === asked.length)
      throw new Error(`the browser told of ${asked.length} scripts, ${before.length} before the first row`)
    return { before: sizeOf(before), all: sizeOf(asked) }
  } finally {
    await browser.close()
  }
}

/** In Node, on the engine that Chromium has. */
const timeDiffs = (): BenchResult[] => {
  const list: Json[] = Array.from({ length: 2_000 }, (_, index) => ({
    id: index,
    label: `Rule ${index}`,
    on: index % 2 === 0,
    match: { path: `/api/${index}`, methods: ['GET', 'POST'] },
  }))
  const nameless = list.map((item) => ({ ...(item as object), id: null }))
  const editOf = (items: readonly Json[]): Json[] =>
    [{ label: 'New' }, ...items].map((item, index) =>
      index % 50 === 7 ? { ...(item as object), on: 'edited' } : item,
    )
  const shuffled = list.map((_, index) => list[(index * 7919) % list.length] as Json)
  const others = list.map((_, index) => ({ id: `other-${index}`, on: true }))
  return (
    [
      ['edited, with ids', list, editOf(list)],
      ['edited, without ids', nameless, editOf(nameless)],
      ['shuffled', list, shuffled],
      ['all replaced', list, others],
    ] as const
  ).map(([name, before, after]) => {
    const times = Array.from({ length: 21 }, () => {
      const [a, b] = [structuredClone(before), structuredClone(after)]
      const start = performance.now()
      const found = differencesBetween(a, b)
      const time = performance.now() - start
      if (!isDeepStrictEqual(applyDifferences(before, found), after)) throw new Error(`${name}: wrong`)
      return time
    })
    return atMost(`diff of 2,000 items, ${name}, median`, median(times), 'ms', 25)
  })
}
