/** What the recorder's own work costs, in Node: hostile texts that must be scanned in linear time, and a busy visit from exchange to entry. */
import { createRecorder } from '../../lib/capture/create-recorder.ts'
import { jsonLiterals } from '../../lib/capture/page/embedded.ts'
import { redactJson } from '../../lib/capture/redact/redact-draft.ts'
import { atMost, type BenchTopic, median, told } from './support/report.ts'

const LENGTH = 100_000
/** Shorter times say nothing of how they grow. */
const LEAST_MS = 5
const ROUNDS = 5
const SCRIPTS = ['= {"a', '=["', '({"', '={"a":[', "JSON.parse('", '="\\']
const TEXTS = ['a', 'a=', 'a:', '<a>', 'https://', 'eyJ', '$', 'x-', 'a.b.', '"', '?a=b&', '/', '-----BEGIN ']

export const run: BenchTopic['run'] = async ({ log }) => [
  ...growth('scripts scanned for JSON', SCRIPTS, (text) => [...jsonLiterals(text)], log),
  ...growth('texts searched for secrets', TEXTS, (text) => redactJson({ text }), log),
  told('one exchange with a body of 20 kB, to its entry', exchangeMs(), 'ms'),
]

/** Twice the text must not take much more than twice the time, whatever it repeats. */
const growth = (
  name: string,
  units: readonly string[],
  act: (text: string) => unknown,
  log: (text: string) => void,
) => {
  const ratios = units.map((unit) => {
    const [short, long] = [LENGTH, 2 * LENGTH].map((length) =>
      timeOf(() => act(unit.repeat(length / unit.length))),
    )
    log(`${name}: ${JSON.stringify(unit)} ${short?.toFixed(1)} ms, twice as long ${long?.toFixed(1)} ms`)
    return { ratio: (long ?? 0) / Math.max(LEAST_MS, short ?? 0), ms: long ?? 0 }
  })
  return [
    atMost(`${name}, growth with twice the length`, Math.max(...ratios.map(({ ratio }) => ratio)), '×', 3.5),
    told(`${name}, ${(2 * LENGTH) / 1_000} kB at worst`, Math.max(...ratios.map(({ ms }) => ms)), 'ms'),
  ]
}

const timeOf = (act: () => unknown): number =>
  median(
    Array.from({ length: ROUNDS }, () => {
      const started = performance.now()
      act()
      return performance.now() - started
    }),
  )

const exchangeMs = (): number => {
  const items = (changed: number) =>
    JSON.stringify({
      items: Array.from({ length: 200 }, (_, id) => ({
        id,
        name: `Item ${id}`,
        note: 'x'.repeat(60),
        on: id !== changed,
      })),
    })
  let drafts = 0
  let atMs = Date.UTC(2026, 0, 1)
  const recorder = createRecorder({
    now: () => atMs,
    random: (count) => new Uint8Array(count),
    emit: () => drafts++,
  })
  const send = (method: string, requestBody: string | undefined, responseBody: string): void => {
    atMs += 10_000
    recorder.exchange({
      via: 'fetch',
      method,
      url: 'https://app.test/api/items',
      pageUrl: 'https://app.test/',
      requestHeaders: {},
      ...(requestBody !== undefined && { requestBody }),
      status: 200,
      responseHeaders: {},
      responseBody,
      startedAtMs: atMs,
      endedAtMs: atMs + 20,
    })
    recorder.flush('all')
  }
  send('GET', undefined, items(-1))
  const rounds = 40
  const started = performance.now()
  for (let round = 0; round < rounds; round++) send('PUT', items(round), '')
  const took = (performance.now() - started) / rounds
  if (drafts < rounds) throw new Error(`recorded ${drafts} changes, sent ${rounds}`)
  return took
}
