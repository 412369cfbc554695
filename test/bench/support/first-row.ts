/** Tells when rows come on screen: an observer that is in the page before its own scripts. */
import type { Page } from 'playwright-core'
import type { ExtensionBrowser } from '../../helpers/browser.ts'

/** A row of the list, whatever the layout, carries the id of its entry. */
const ROW = '[data-entry]'

interface Watched {
  readonly rowsAt: { readonly id: string; readonly at: number }[]
}

/** Opens an extension page that notes when rows come on screen; times are Unix milliseconds with fractions. */
export const openWatched = async (
  browser: ExtensionBrowser,
  path: string,
  prepare?: (page: Page) => Promise<void>,
): Promise<Page> => {
  const page = await browser.context.newPage()
  await prepare?.(page)
  await page.addInitScript((selector) => {
    const watched: Watched = { rowsAt: [] }
    ;(globalThis as unknown as { watched: Watched }).watched = watched
    const seen = new Set<string>()
    const look = () => {
      let hidden = false
      for (const row of document.querySelectorAll<HTMLElement>(selector)) {
        const id = row.dataset.entry ?? ''
        if (seen.has(id)) continue
        // A virtual list measures a row before it shows it.
        if (row.checkVisibility({ visibilityProperty: true, opacityProperty: true })) {
          seen.add(id)
          watched.rowsAt.push({ id, at: performance.timeOrigin + performance.now() })
        } else hidden = true
      }
      if (hidden) requestAnimationFrame(look)
    }
    const lookInFrame = () => requestAnimationFrame(look)
    new MutationObserver(lookInFrame).observe(document, { childList: true, subtree: true, attributes: true })
  }, ROW)
  await page.goto(`chrome-extension://${browser.extensionId}/${path}`, { waitUntil: 'commit' })
  return page
}

/** From the start of the navigation to the frame with the first row, in milliseconds. */
export const timeToFirstRow = async (page: Page): Promise<number> => {
  await page.waitForFunction(() => (globalThis as unknown as { watched: Watched }).watched.rowsAt.length > 0)
  return page.evaluate(() => {
    const [first] = (globalThis as unknown as { watched: Watched }).watched.rowsAt
    return (first?.at ?? Number.NaN) - performance.timeOrigin
  })
}

/** When the first row that was not there before `sinceMs` came on screen. */
export const rowShownAfter = async (page: Page, sinceMs: number): Promise<number> => {
  const handle = await page.waitForFunction(
    (since) =>
      (globalThis as unknown as { watched: Watched }).watched.rowsAt.find(({ at }) => at >= since)?.at,
    sinceMs,
    { polling: 10 },
  )
  return (await handle.jsonValue()) as number
}
