/** Watches for links that may change something on the server ("Delete", "Activate"): they leave like a form whose fields are in the address. */
import type { Submission } from '../../lib/capture/exchange.ts'
import { mayChangeByLink } from '../../lib/capture/form/form-intent.ts'

interface LinksDeps {
  readonly signal: AbortSignal
  readonly onFollow: (submission: Submission) => void
}

export const watchLinks = ({ signal, onFollow }: LinksDeps): void => {
  const follow = (event: MouseEvent): void => {
    const [target] = event.composedPath()
    const link = target instanceof Element ? target.closest('a[href]') : null
    if (
      !(link instanceof HTMLAnchorElement) ||
      link.origin !== location.origin ||
      !mayChangeByLink(link.href)
    )
      return
    const { href } = link
    const label = (link.textContent ?? '').trim().slice(0, 200)
    // The page's own handlers come first: a script may take the click for itself, a person may say no.
    setTimeout(() => {
      if (event.defaultPrevented || signal.aborted) return
      onFollow({
        form: { action: href, method: 'get', fields: [], submitters: [] },
        fields: [...new URL(href).searchParams],
        submitter: { name: '', value: '', label },
        pageUrl: location.href,
        atMs: Date.now(),
      })
    }, 0)
  }
  document.addEventListener('click', follow, { signal, capture: true, passive: true })
}
