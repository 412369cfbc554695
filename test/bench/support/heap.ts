/** How much a page's script holds, read over the debugger, because `performance.memory` is rounded. */
import type { Page } from 'playwright-core'

/** Megabytes in use after a collection. */
export const heapAfterCollection = async (page: Page): Promise<number> => {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1e6
}

/** The largest number of megabytes seen while `work` ran, looked at 20 times a second; garbage counts. */
export const peakHeap = async <Result>(
  page: Page,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly peak: number }> => {
  const session = await page.context().newCDPSession(page)
  let peak = 0
  let isRunning = true
  const watching = (async () => {
    while (isRunning) {
      const { usedSize } = await session.send('Runtime.getHeapUsage')
      peak = Math.max(peak, usedSize / 1e6)
      await new Promise((done) => setTimeout(done, 50))
    }
  })()
  try {
    const result = await work()
    return { result, peak }
  } finally {
    isRunning = false
    await watching
    await session.detach()
  }
}
