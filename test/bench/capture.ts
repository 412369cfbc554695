/**
 * What recording costs a page: added to each call, at its start, in its tasks and its memory. Beside the page alone
 * and the page with rrweb's network recorder, in one run.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { CDPSession, Page } from 'playwright-core'
import { buildOnce, launchBare, launchWithExtension } from '../helpers/browser.ts'
import { listen, readBody } from '../helpers/server.ts'
import { atMost, type BenchTopic, median, told } from './support/report.ts'

/** Each subject is timed so many times in turn with the others, so that what the machine does besides falls on all of them alike. */
const TURNS = 8
const ROUNDS = 12
const CALLS = 40
const STARTS = 15
const EXCHANGES = 1000
const LARGE = JSON.stringify({
  id: 'large',
  items: Array.from({ length: 1000 }, (_, id) => ({
    id,
    name: `Item ${id}`,
    note: 'x'.repeat(150),
    on: id % 2 === 0,
  })),
})

type Kind = 'fetch' | 'xhr'
interface Subject {
  readonly page: Page
  /** Microseconds of whole calls, by turn. */
  readonly fetch: number[]
  readonly xhr: number[]
  memory: number
}

export const run: BenchTopic['run'] = async ({ log }) => {
  const app = await listen(async (request, response) => {
    const body = await readBody(request)
    // Isolated pages have a clock of 5 µs.
    const headers = {
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    }
    const isApi = request.url?.startsWith('/api/')
    response.writeHead(200, { ...headers, 'content-type': isApi ? 'application/json' : 'text/html' })
    response.end(
      isApi
        ? request.url?.includes('large')
          ? LARGE
          : body || '{"ok":true}'
        : '<!doctype html><title>Bench</title>',
    )
  })
  const [bare, recorded] = await Promise.all([launchBare(), launchWithExtension()])
  try {
    const hook = readFileSync(join(await buildOnce(), 'hook.js'), 'utf8')
    const open = async (browser: typeof bare | typeof recorded, script = '') => {
      const page = await browser.context.newPage()
      if (script) await page.addInitScript(script)
      await page.goto(app.origin)
      return page
    }
    const subject = (page: Page): Subject => ({ page, fetch: [], xhr: [], memory: 0 })
    const subjects = [
      subject(await open(bare)),
      subject(await open(recorded)),
      subject(await open(bare, peerScript())),
    ] as const
    const [alone, daybook, peer] = subjects
    const watched = [
      subject(await open(bare, watchedScript(''))),
      subject(await open(bare, watchedScript(hook))),
      subject(await open(bare, watchedScript(peerScript()))),
    ] as const
    const [watchedAlone, watchedHook, watchedPeer] = watched

    log('Timing what is added to calls …')
    await inTurns(watched, timeAdded)
    log('Timing whole calls …')
    await inTurns(subjects, timeCalls)
    log('Filling memory …')
    for (const one of subjects) {
      await one.page.bringToFront()
      one.memory = await memoryAdded(one.page)
    }
    log('Tracing starts and large bodies …')
    const trace = await traceTasks(daybook.page, app.origin)
    const added = (kind: Kind, to: Subject) =>
      median(to[kind].map((one, turn) => one - (watchedAlone[kind][turn] as number)))
    const ratio = (kind: Kind, to: Subject) =>
      median(to[kind].map((one, turn) => one / (alone[kind][turn] as number)))
    return [
      atMost('added to a fetch call, median', added('fetch', watchedHook), 'µs', 10),
      told('the same by rrweb', added('fetch', watchedPeer), 'µs'),
      told('a fetch call of the page alone', median(alone.fetch), 'µs'),
      told('with Daybook, times', ratio('fetch', daybook), '×'),
      atMost('added to an XHR, median', added('xhr', watchedHook), 'µs', 10),
      told('the same by rrweb', added('xhr', watchedPeer), 'µs'),
      told('an XHR of the page alone', median(alone.xhr), 'µs'),
      told('with Daybook, times', ratio('xhr', daybook), '×'),
      atMost('hook start, median', median(trace.startsMs), 'ms', 2),
      atMost('longest task with 200 kB bodies', trace.longestMs, 'ms', 50),
      atMost(`page memory after ${EXCHANGES} exchanges`, daybook.memory - alone.memory, 'MB', 10),
      told('the same by rrweb', peer.memory - alone.memory, 'MB'),
      atMost('hook, gzipped', gzipSync(hook).length / 1000, 'kB', 6),
    ]
  } finally {
    await Promise.allSettled([bare.close(), recorded.close(), app.close()])
  }
}

const HEADERS = { 'content-type': 'application/json', 'x-csrf': 'abc' }

/** Runs in the page: `CALLS` at once, each with a body of its own; then waits for their answers. */
const makeCalls = `async (how, started, ended) => {
  const bodies = Array.from({ length: ${CALLS} }, (_, id) => JSON.stringify({ id, name: 'A name', enabled: true }))
  const headers = ${JSON.stringify(HEADERS)}
  const callFetch = (body) => fetch('/api/small', { method: 'PATCH', headers, body })
  const callXhr = (body) => {
    const request = new XMLHttpRequest()
    request.open('PATCH', '/api/small')
    request.setRequestHeader('content-type', 'application/json')
    request.send(body)
    return request
  }
  started()
  const made = bodies.map(how === 'fetch' ? callFetch : callXhr)
  const told = ended()
  await Promise.all(made.map((one) => one instanceof XMLHttpRequest
    ? new Promise((done) => one.addEventListener('loadend', done))
    : one.then((answer) => answer.text())))
  return told
}`

/** One after the other again and again, so that the machine's moods hit all alike. */
const inTurns = async (
  subjects: readonly Subject[],
  time: (page: Page, kind: Kind) => Promise<number[]>,
): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn += 1)
    for (const one of subjects) {
      await one.page.bringToFront()
      one.fetch.push(median(await time(one.page, 'fetch')))
      one.xhr.push(median(await time(one.page, 'xhr')))
    }
}

/**
 * Microseconds of processor time until a call returns (not until its answer): for each round, the mean of `CALLS` made at once. The
 * browser's own part is some hundred, with what it tells to who drives it, and differs by more than a recorder adds.
 */
const timeCalls = async (page: Page, kind: Kind): Promise<number[]> => {
  const trace = await startTrace(page, ['blink.user_timing'])
  for (let round = 0; round <= ROUNDS; round += 1)
    await page.evaluate(
      `(${makeCalls})('${kind}', () => performance.mark('calls-start'), () => { performance.mark('calls-end') })`,
    )
  const events = await trace.end()
  const at = (name: string) => events.filter((event) => event.name === name).map(({ tts = 0 }) => tts)
  const ends = at('calls-end')
  // The first round compiles.
  return at('calls-start')
    .map((start, round) => ((ends[round] as number) - start) / CALLS)
    .slice(1)
}

/** Microseconds of a call that are not the browser's own: of each round, the mean of its calls. For pages with `watchedScript`. */
const timeAdded = async (page: Page, kind: Kind): Promise<number[]> => {
  const rounds: number[] = []
  for (let round = 0; round <= ROUNDS; round += 1)
    rounds.push(
      await page.evaluate(
        `(${makeCalls})('${kind}', () => { spent.whole = spent.browser = 0 }, () => spent.whole - spent.browser)`,
      ),
    )
  return rounds.slice(1).map((ms) => (ms * 1000) / CALLS)
}

/** A recorder between two clocks: one around the browser's functions, one around what the page calls. Its own part is the difference. */
const watchedScript = (recorder: string): string => `
  globalThis.spent = { whole: 0, browser: 0 }
  {
    const { apply } = Reflect
    const now = performance.now.bind(performance)
    let depth = 0
    const time = (owner, name, clock) => {
      const native = owner[name]
      const isWhole = clock === 'whole'
      owner[name] = function (...args) {
        // A recorder that calls the browser later than the page did adds nothing to the call by that.
        if (!isWhole && depth === 0) return apply(native, this, args)
        const start = now()
        if (isWhole) depth += 1
        try {
          return apply(native, this, args)
        } finally {
          if (isWhole) depth -= 1
          spent[clock] += now() - start
        }
      }
    }
    const timeAll = (clock) => {
      time(window, 'fetch', clock)
      for (const name of ['open', 'setRequestHeader', 'send']) time(XMLHttpRequest.prototype, name, clock)
    }
    timeAll('browser');
    ${recorder};
    timeAll('whole');
  }`

/** MB of heap that `EXCHANGES` exchanges leave, garbage collected. */
const memoryAdded = async (page: Page): Promise<number> => {
  const devtools = await page.context().newCDPSession(page)
  const before = await heap(devtools)
  await page.evaluate(async (exchanges) => {
    for (let id = 0; id < exchanges; id += 1) {
      await (await fetch(`/api/items/${id}`)).text()
      if (id % 5 === 0)
        await fetch(`/api/items/${id}`, {
          method: 'PUT',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ id, name: `Item ${id}`, note: 'y'.repeat(2000) }),
        })
    }
    await new Promise((done) => setTimeout(done, 5000))
  }, EXCHANGES)
  const after = await heap(devtools)
  await devtools.detach()
  return (after - before) / 1e6
}

const heap = async (devtools: CDPSession): Promise<number> => {
  await devtools.send('HeapProfiler.collectGarbage')
  return (await devtools.send('Runtime.getHeapUsage')).usedSize
}

interface TraceEvent {
  readonly name: string
  /** Microseconds of processor time, which other programs can't stretch. */
  readonly tdur?: number
  /** Microseconds of processor time of the thread until here. */
  readonly tts?: number
  readonly args?: { readonly data?: { readonly url?: string } }
}

/** Chromium's own trace of a page. Its thread times don't count what other programs of a busy machine take. */
const startTrace = async (page: Page, includedCategories: string[]) => {
  const devtools = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  devtools.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await devtools.send('Tracing.start', { transferMode: 'ReportEvents', traceConfig: { includedCategories } })
  return {
    end: async () => {
      const complete = new Promise((done) => devtools.once('Tracing.tracingComplete', done))
      await devtools.send('Tracing.end')
      await complete
      await devtools.detach()
      return events
    },
  }
}

/** How long the hook's script runs at start, and the longest stretch of our code with large bodies about. */
const traceTasks = async (page: Page, origin: string) => {
  const trace = await startTrace(page, ['devtools.timeline', 'v8'])
  for (let start = 0; start < STARTS; start += 1) await page.goto(`${origin}/?${start}`)
  await page.evaluate(async (body) => {
    for (let id = 0; id < 5; id += 1) {
      await (await fetch(`/api/large/${id}`)).json()
      const options = { method: 'PUT', headers: { 'content-type': 'application/json' } }
      await fetch(`/api/large/${id}`, { ...options, body: body.replace('Item 7"', `Changed ${id}"`) })
    }
    await new Promise((done) => setTimeout(done, 5000))
  }, LARGE)
  const events = await trace.end()
  const ours = events.filter(
    ({ args, tdur }) => tdur !== undefined && /^chrome-extension:/.test(args?.data?.url ?? ''),
  )
  const startsMs = ours
    .filter(({ name, args }) => name === 'EvaluateScript' && args?.data?.url?.endsWith('/hook.js'))
    .map(({ tdur = 0 }) => tdur / 1000)
  if (startsMs.length === 0) throw new Error('the trace shows no start of the hook')
  return { startsMs, longestMs: Math.max(...ours.map(({ tdur = 0 }) => tdur / 1000)) }
}

/** rrweb's plugin as a session recorder starts it: with bodies, which is what Daybook reads too. */
const peerScript = (): string => {
  const main = fileURLToPath(import.meta.resolve('@rrweb/rrweb-plugin-network-record'))
  const file = main.replace(/\.js$/, '.umd.cjs')
  return `{ const module = { exports: {} }, exports = module.exports;
    ${readFileSync(file, 'utf8')};
    const { getRecordNetworkPlugin } = module.exports.getRecordNetworkPlugin ? module.exports : globalThis.rrwebPluginNetworkRecord
    const plugin = getRecordNetworkPlugin({ recordBody: true, recordHeaders: true })
    const kept = []
    plugin.observer((data) => { kept.push(JSON.stringify(data)); if (kept.length > 200) kept.shift() }, window, plugin.options) }`
}
