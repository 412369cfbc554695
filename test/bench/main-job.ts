/** The main job on one machine: a change in an app's page comes into an open side panel; the popup opens over a filled store. */
import type { Page } from 'playwright-core'
import { createDemo } from '../demo/server.ts'
import { openWatched, rowShownAfter, timeToFirstRow } from './support/first-row.ts'
import { launchFilled } from './support/profile.ts'
import { atMost, type BenchTopic, median, percentile, told } from './support/report.ts'
import { buildRelease, zippedBytes } from './support/size.ts'

const STORED = 10_000
const CHANGES = 20
const OPENINGS = 15

export const run: BenchTopic['run'] = async ({ log }) => {
  const browser = await launchFilled(STORED, log)
  const demo = await createDemo()
  try {
    log('Changing flags with the side panel open …')
    const panel = await openWatched(browser, `sidepanel.html?app=${encodeURIComponent(demo.url)}`)
    const app = await browser.context.newPage()
    await app.goto(`${demo.url}/flags`)
    const changes = await changeFlags(app, panel)
    await app.close()
    await panel.close()

    log('Opening the popup …')
    const openings: number[] = []
    for (let run = 0; run < OPENINGS; run++) {
      const popup = await openWatched(browser, 'popup.html?app=https%3A%2F%2Fconsole.acme.dev')
      openings.push(await timeToFirstRow(popup))
      await popup.close()
    }
    log('Building the extension …')
    const size = zippedBytes(buildRelease()) / 1000
    return [
      atMost('change → row in the side panel, median', median(changes), 'ms', 150),
      told('change → row in the side panel, 95 %', percentile(changes, 95), 'ms'),
      atMost(`popup → first row, ${STORED} stored, median`, median(openings), 'ms', 150),
      told(`popup → first row, ${STORED} stored, 95 %`, percentile(openings, 95), 'ms'),
      atMost('extension, zipped', size, 'kB', 600),
    ]
  } finally {
    await demo.close()
    await browser.close()
  }
}

/** Milliseconds from the click on a switch to the frame in which the side panel shows the change. */
const changeFlags = async (app: Page, panel: Page): Promise<number[]> => {
  const switches = app.getByRole('switch')
  await switches.first().waitFor()
  const count = await switches.count()
  const times: number[] = []
  // The first change also starts the background and isn't counted.
  for (let change = 0; change <= CHANGES; change++) {
    const clickedAt = await switches.nth(change % count).evaluate((box) => {
      const at = performance.timeOrigin + performance.now()
      ;(box as HTMLInputElement).click()
      return at
    })
    const shownAt = await rowShownAfter(panel, clickedAt)
    if (change > 0) times.push(shownAt - clickedAt)
  }
  return times
}
