/**
 * `npm start`: Daybook in Chromium beside the Acme Console, ready to try.
 * With a display it opens a window and stays until that is closed. Without one, or with `-- --headless`, it plays the tour
 * and leaves the timeline's table on stdout, the three exports and screenshots in `.output/tour`.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { ROOT, runSteps } from '../setup/steps.ts'
import { PEOPLE } from './acme.ts'
import { type DaybookBrowser, openDaybook } from './browser.ts'
import { createDemo, type Demo } from './server.ts'
import {
  type ExportFormat,
  entryRows,
  exportLogs,
  readEntries,
  takeScreenshots,
  timelineTable,
  WITHOUT_EXPORTS,
} from './show.ts'
import { TOUR } from './tour.ts'

const OUTPUT = join(ROOT, '.output/tour')
const FORMATS: readonly ExportFormat[] = ['CSV', 'JSON', 'JSONL']
const RECORDED_WITHIN_MS = 10_000

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } })
  const isHeadless = values.headless || !hasDisplay()
  const build = { name: 'build the extension', commands: [['wxt', 'build', '--mode', 'e2e']] } as const
  if (!(await runSteps([build]))) return 1

  const demo = await createDemo()
  say(`Acme Console runs on ${demo.url}`)
  const browser = await openDaybook({ person: PEOPLE[0], headless: isHeadless })
  const end = async () => {
    await browser.close()
    await demo.close()
  }
  process.once('SIGINT', () => void end())
  process.once('SIGTERM', () => void end())
  try {
    return await (isHeadless ? playTour(browser, demo) : stayOpen(browser, demo))
  } finally {
    await end()
  }
}

const hasDisplay = () =>
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

const stayOpen = async (browser: DaybookBrowser, demo: Demo): Promise<number> => {
  const [page] = browser.context.pages()
  await page?.goto(demo.url)
  await browser.open('review')
  await page?.bringToFront()
  say('Chromium is open: change something in the Acme Console (flags, members, prompts, security),')
  say('then look at the tab "Audit Logs", or click Daybook among the extensions in the toolbar.')
  say('Everything stays in a profile that is thrown away when you close the window.')
  await browser.closed
  return 0
}

const playTour = async (browser: DaybookBrowser, demo: Demo): Promise<number> => {
  say('There is no display, so the tour is played headless:')
  const page = browser.context.pages()[0] ?? (await browser.context.newPage())
  for (const [index, stop] of TOUR.entries()) {
    await stop.act(page, demo.url)
    say(`  ${index + 1}. ${PEOPLE[0].name} goes to ${stop.title}`)
  }
  await rm(OUTPUT, { recursive: true, force: true })
  await mkdir(OUTPUT, { recursive: true })
  await page.bringToFront()

  const review = await browser.open('review', WITHOUT_EXPORTS)
  await entryRows(review)
    .nth(TOUR.length - 1)
    .waitFor({ timeout: RECORDED_WITHIN_MS })
    .catch(() => say(`  Not all of them were recorded within ${RECORDED_WITHIN_MS / 1000} s.`))
  const files = await takeScreenshots(browser, OUTPUT)
  for (const format of FORMATS) files.push(await exportLogs(review, format, OUTPUT))

  const entries = await readEntries(files.find((file) => file.endsWith('.jsonl')) ?? '')
  process.stdout.write(`\n${timelineTable(entries, process.stdout.columns)}\n\n`)
  process.stdout.write(
    `Exports and screenshots:\n${files.map((file) => `  ${relative(ROOT, file)}\n`).join('')}`,
  )
  if (entries.length === TOUR.length) return 0
  say(`Expected ${TOUR.length} entries, found ${entries.length}.`)
  return 1
}

const say = (text: string) => process.stderr.write(`${text}\n`)

process.exitCode = await main()
