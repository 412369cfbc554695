/** Reads the page that a navigation ended in: what it shows, and how the navigation went. */
import type { PageLoad } from '../../lib/capture/exchange.ts'
import { readPage } from '../../lib/capture/page/read-page.ts'

/** Calls back once the document has been parsed; at once where it is. */
export const whenParsed = (signal: AbortSignal, callback: () => void): void => {
  if (document.readyState === 'loading')
    document.addEventListener('DOMContentLoaded', callback, { signal, once: true })
  else callback()
}

export const readLoad = (): PageLoad => {
  const [navigation] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[]
  return {
    page: readPage(document, location.href),
    status: navigation?.responseStatus ?? 0,
    redirects: navigation?.redirectCount ?? 0,
    atMs: Date.now(),
  }
}
