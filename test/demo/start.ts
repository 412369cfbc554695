/**
 * `npm start`: two people with Daybook in Chromium, a team of theirs on a relay, and the Acme Console, ready to try.
 * With a display it opens a window for each and stays until both are closed. Without one, or with `-- --headless`, they play the
 * tour, which leaves the timeline's table on stdout, the three exports and screenshots in `.output/tour`.
 */
import { mkdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'playwright-core'
import { ROOT, runSteps } from '../setup/steps.ts'
import { PEOPLE, type Person } from './acme.ts'
import { type DaybookBrowser, openDaybook } from './browser.ts'
import { createDemo } from './server.ts'
import {
  type ExportFormat,
  entryRows,
  exportLogs,
  ofTheConsole,
  readEntries,
  takeScreenshots,
  timelineTable,
} from './show.ts'
import { formTeam, startDemoRelay } from './team.ts'
import { TOUR } from './tour.ts'

interface Desk {
  readonly person: Person
  readonly browser: DaybookBrowser
  /** The tab with the Acme Console. */
  readonly page: Page
}

const OUTPUT = join(ROOT, '.output/tour')
const FORMATS: readonly ExportFormat[] = ['CSV', 'JSON', 'JSONL']
const SHOWN_WITHIN_MS = 15_000
const WINDOW_STEP = 640

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { headless: { type: 'boolean', default: false } } })
  const isHeadless = values.headless || !hasDisplay()
  const build = { name: 'build the extension', commands: [['wxt', 'build', '--mode', 'e2e']] } as const
  if (!(await runSteps([build]))) return 1

  const undo: (() => Promise<void>)[] = []
  const end = async () => {
    for (const step of undo.splice(0).reverse()) await step()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end())
  try {
    const demo = await createDemo()
    undo.push(demo.close)
    say(`Acme Console runs on ${demo.url}`)
    const relay = await startDemoRelay()
    undo.push(relay.close)
    say(`Relay runs on ${relay.address}`)
    const desks: Desk[] = []
    for (const [index, person] of PEOPLE.entries()) {
      const browser = await openDaybook({ person, headless: isHeadless, left: index * WINDOW_STEP })
      undo.push(browser.close)
      desks.push({ person, browser, page: await signIn(browser, person, demo.url) })
    }
    const [ana, ben] = desks
    if (!ana || !ben) throw new Error('The demo needs two people.')
    await formTeam([ana.browser, ben.browser], {
      name: 'Acme Platform',
      relayAddress: relay.address,
      origin: demo.url,
    })
    say(`${ana.person.name} and ${ben.person.name} are a team, each in a Chromium of their own.`)
    return await (isHeadless ? playTour(ana, ben, demo.url) : stayOpen(desks))
  } finally {
    await end()
  }
}

const hasDisplay = () =>
  process.platform === 'darwin' ||
  process.platform === 'win32' ||
  Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

const signIn = async ({ context }: DaybookBrowser, person: Person, demoUrl: string): Promise<Page> => {
  const page = context.pages()[0] ?? (await context.newPage())
  await page.goto(`${demoUrl}/sign-in?person=${person.id}`)
  return page
}

const stayOpen = async (desks: readonly Desk[]): Promise<number> => {
  for (const { browser, page } of desks) {
    await browser.open('review')
    await page.bringToFront()
  }
  say('Change something in the Acme Console of either window (flags, members, prompts, security),')
  say('then look at the tab "Audit Logs" of both, or click Daybook among the extensions in the toolbar.')
  say('The profiles and the relay’s data are thrown away when you close the windows.')
  await Promise.all(desks.map(({ browser }) => browser.closed))
  return 0
}

const playTour = async (ana: Desk, ben: Desk, demoUrl: string): Promise<number> => {
  say('There is no display, so they play the tour headless:')
  const review = await ana.browser.open('review', ofTheConsole(demoUrl))
  for (const [index, stop] of TOUR.entries()) {
    const { person, page } = index % 3 === 1 ? ben : ana
    await stop.act(page, demoUrl)
    say(`  ${index + 1}. ${person.name} goes to ${stop.title}`)
  }
  await rm(OUTPUT, { recursive: true, force: true })
  await mkdir(OUTPUT, { recursive: true })
  await ana.page.bringToFront()

  await entryRows(review)
    .nth(TOUR.length - 1)
    .waitFor({ timeout: SHOWN_WITHIN_MS })
    .catch(() => say(`  Not all of them showed on Ana’s machine within ${SHOWN_WITHIN_MS / 1000} s.`))
  const files = await takeScreenshots(ana.browser, OUTPUT, demoUrl)
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
