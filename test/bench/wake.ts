/**
 * What it costs the background to wake and send one entry, beyond waking with nothing to do: script time of the real
 * extension's service worker in Chromium, by the browser's own trace, over logs of growing length on a real relay.
 */
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CDPSession, Page } from 'playwright-core'
import type { browser } from 'wxt/browser'
import { type ExtensionBrowser, launchWithExtension } from '../helpers/browser.ts'
import { type RelayProcess, startRelayProcess } from '../helpers/relay-process.ts'
import { bringIntoPage } from './support/in-page.ts'
import { END_MS } from './support/profile.ts'
import { atMost, type BenchResult, type BenchTopic, median, told } from './support/report.ts'
import type * as TeamScript from './support/team-script.ts'

declare global {
  /** In the page. */
  var teamScript: typeof TeamScript
}

interface ExtensionPage {
  readonly chrome: typeof browser
}

/** Counted up when entries, the store's tables or the relay's disk change their shape. */
const VERSION = 1
const CACHE = join(import.meta.dirname, '../../.cache/bench')
/** The same for every run, whichever port the relay got: what is kept names it. */
const RELAY = 'http://relay.bench'
const ROUNDS = 9
/** A page of the extension that keeps nothing awake. */
const QUIET_PAGE = 'icon/16.png'
const UPLOAD_LIMIT_MS = 8 * 60_000
/** Longer than a wake; a worker that rests costs nothing. */
const SETTLED_MS = 1_500
const NO_LIMITS = [
  '--entries-per-second',
  '--entries-burst',
  '--team-entries-per-second',
  '--team-entries-burst',
  '--bytes-per-second',
  '--bytes-burst',
].flatMap((name) => [name, '1000000000'])

export const run: BenchTopic['run'] = async ({ log }) => {
  const results: BenchResult[] = []
  const costs: number[] = []
  for (const size of process.env.WAKE_SIZES?.split(',').map(Number) ?? [1_000, 100_000]) {
    const name = size.toLocaleString('en')
    await fillOnce(size, log)
    log(`Waking over ${name} entries …`)
    const { empty, sending } = await measure(size)
    // Of neighbours, as two medians of a machine whose moods change have little to do with each other.
    const cost = median(sending.map((ms, round) => ms - (empty[round] ?? 0)))
    costs.push(cost)
    results.push(
      told(`${name} entries: waking with nothing to send, script, median`, median(empty), 'ms'),
      told(`${name} entries: waking with one entry, script, median`, median(sending), 'ms'),
      atMost(`${name} entries: sending one, beyond an empty wake`, cost, 'ms', 20),
    )
  }
  return [
    ...results,
    atMost('sending one at the largest, against 1,000', (costs.at(-1) ?? 0) / (costs[0] ?? 1), '×', 1.2),
  ]
}

interface Scene {
  readonly browser: ExtensionBrowser
  readonly relay: RelayProcess
  readonly page: Page
  readonly close: () => Promise<void>
}

/** The extension with a profile and a relay on the folders beside each other. */
const openScene = async (folder: string): Promise<Scene> => {
  const relay = await startRelayProcess([
    ...['--data', join(folder, 'relay'), '--address', RELAY],
    ...NO_LIMITS,
  ])
  const browser = await launchWithExtension({
    profile: join(folder, 'profile'),
    hostRules: `MAP relay.bench:80 127.0.0.1:${new URL(relay.address).port}`,
  })
  const page = await browser.openPage(QUIET_PAGE)
  await bringIntoPage(page, 'team-script.ts', 'teamScript')
  return {
    browser,
    relay,
    page,
    close: async () => {
      await browser.close()
      await relay.stop()
      await relay.dispose()
    },
  }
}

const keptFolder = (size: number): string => join(CACHE, `team-v${VERSION}-${size}`)

/** A team with so many entries, written here and stored by the relay; kept for the next run. */
const fillOnce = async (size: number, log: (text: string) => void): Promise<void> => {
  const kept = keptFolder(size)
  if (existsSync(kept)) return
  const making = `${kept}.making`
  rmSync(making, { recursive: true, force: true })
  for (const part of ['profile', 'relay']) mkdirSync(join(making, part), { recursive: true })
  const { page, close } = await openScene(making)
  log(`Writing ${size.toLocaleString('en')} entries …`)
  await page.evaluate(([relay, count, endMs]) => globalThis.teamScript.fillTeam(relay, count, endMs), [
    RELAY,
    size,
    END_MS,
  ] as const)
  log('Bringing them to the relay …')
  await page.evaluate(
    () => void (globalThis as unknown as ExtensionPage).chrome.runtime.connect({ name: 'view' }),
  )
  await untilStored(page, UPLOAD_LIMIT_MS)
  await close()
  cpSync(making, kept, { recursive: true })
  rmSync(making, { recursive: true, force: true })
}

const untilStored = async (page: Page, limitMs = 60_000): Promise<void> => {
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(100)) {
    const { written, stored, waiting } = await page.evaluate(() => globalThis.teamScript.standing())
    if (waiting === 0 && written > 0 && stored === written) return
  }
  throw new Error('the relay did not confirm every entry in time')
}

const measure = async (size: number): Promise<{ empty: number[]; sending: number[] }> => {
  const folder = join(CACHE, `run-${process.pid}-team-${size}`)
  cpSync(keptFolder(size), folder, { recursive: true })
  // Chromium keeps the background's script with the profile: what ran would be the build that filled it.
  rmSync(join(folder, 'profile/Default/Service Worker'), { recursive: true, force: true })
  const { browser, page, close } = await openScene(folder)
  const devtools = await browser.context.newCDPSession(page)
  await devtools.send('ServiceWorker.enable')
  const empty: number[] = []
  const sending: number[] = []
  try {
    // In turn, so that the machine's moods hit both alike. The first of each warms the disk.
    for (let round = 0; round <= ROUNDS; round++) {
      const nothing = await scriptOfWake(page, devtools, async () => undefined)
      await stopWorker(devtools)
      await page.evaluate((index) => globalThis.teamScript.addOne(index), size + round)
      const one = await scriptOfWake(page, devtools, () => untilStored(page))
      if (round > 0) {
        empty.push(nothing)
        sending.push(one)
      }
    }
  } finally {
    await close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  return { empty, sending }
}

const stopWorker = async (devtools: CDPSession): Promise<void> => {
  await devtools.send('ServiceWorker.stopAllWorkers')
  await pause(200)
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds of the thread's own processor time, which other programs can't stretch. */
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

const WORKER_THREAD = 'ServiceWorker thread'
/** What a thread does, one after the other; scripts, their compilation and collected garbage are in it. */
const TASK = 'ThreadControllerImpl::RunTask'

/** Milliseconds of processor time of the worker's thread, from its start until `isOver` and all is quiet. */
const scriptOfWake = async (
  page: Page,
  devtools: CDPSession,
  isOver: () => Promise<void>,
): Promise<number> => {
  await stopWorker(devtools)
  const events: TraceEvent[] = []
  const collect = ({ value }: { value: readonly unknown[] }) => events.push(...(value as TraceEvent[]))
  devtools.on('Tracing.dataCollected', collect)
  await devtools.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', '__metadata'] },
  })
  // It has no answer to that, but wakes.
  await page.evaluate(() =>
    (globalThis as unknown as ExtensionPage).chrome.runtime.sendMessage({ type: 'wake' }),
  )
  await isOver()
  await pause(SETTLED_MS)
  const complete = new Promise((done) => devtools.once('Tracing.tracingComplete', done))
  await devtools.send('Tracing.end')
  await complete
  devtools.off('Tracing.dataCollected', collect)
  const threads = new Set(
    events
      .filter(({ name, args }) => name === 'thread_name' && args?.name === WORKER_THREAD)
      .map(({ pid, tid }) => `${pid} ${tid}`),
  )
  const tasks = events.filter(({ name, pid, tid }) => name === TASK && threads.has(`${pid} ${tid}`))
  if (tasks.length === 0) throw new Error('the trace shows no service worker')
  return tasks.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1000
}

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))
