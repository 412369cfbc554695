/**
 * The documents of a HAR file → what a live page would have told: a form or link that left, then the page that came of it, after its
 * redirects. Pages are parsed by linkedom.
 */
import { parseHTML } from 'linkedom'
import { decodeBody } from '../body.ts'
import type { Exchange, PageView, Submission } from '../exchange.ts'
import { readPage } from '../page/read-page.ts'
import type { Recorder } from '../recorder.ts'

export interface Navigations {
  /** Documents in the order in which they came. */
  readonly document: (exchange: Exchange) => void
  readonly end: () => void
}

interface Chain {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly redirects: number
  readonly atMs: number
}

export const createNavigations = (recorder: Recorder): Navigations => {
  /** A navigation that has not ended in a page. */
  let open: Chain | undefined

  const end = (): void => {
    if (open)
      recorder.load({
        page: emptyPage(open.url),
        status: open.status,
        method: open.method,
        redirects: open.redirects,
        atMs: open.atMs,
      })
    open = undefined
  }

  const document = (exchange: Exchange): void => {
    const { method, url, status, endedAtMs } = exchange
    if (open && !(method === 'GET' && sameAddress(open.url, url))) end()
    if (!open) recorder.submit(submissionOf(exchange))
    const chain = { method: open?.method ?? method, redirects: open?.redirects ?? 0 }
    open = undefined
    if (status >= 300 && status < 400 && exchange.responseUrl !== undefined) {
      open = {
        ...chain,
        url: resolve(exchange.responseUrl, url),
        status,
        redirects: chain.redirects + 1,
        atMs: endedAtMs,
      }
      return
    }
    const body = decodeBody(exchange.responseBody, exchange.responseHeaders['content-type'])
    const page = body.kind === 'html' ? parsePage(exchange.responseBody ?? '', url) : emptyPage(url)
    recorder.load({ page, status, ...chain, atMs: endedAtMs })
  }

  return { document, end }
}

export const parsePage = (html: string, url: string): PageView => {
  const whole = /<html[\s>]/i.test(html.slice(0, 5_000))
    ? html
    : `<!doctype html><html><body>${html}</body></html>`
  const { document } = parseHTML(whole)
  // Scripts ran: what stands in for them was never shown.
  for (const element of document.querySelectorAll('noscript')) element.remove()
  // Browsers write attribute names in lower case; linkedom leaves them as they came.
  if (/\s[A-Z-]+\s*=/.test(html))
    for (const element of document.querySelectorAll('*'))
      for (const { name, value } of [...element.attributes])
        if (/[A-Z]/.test(name)) {
          element.removeAttribute(name)
          if (!element.hasAttribute(name.toLowerCase())) element.setAttribute(name.toLowerCase(), value)
        }
  return readPage(document as unknown as Document, url)
}

/** What left, without the form: the recorder knows the page that it stood on. */
const submissionOf = ({
  method,
  url,
  pageUrl,
  requestBody,
  requestHeaders,
  startedAtMs,
}: Exchange): Submission => {
  const body = decodeBody(requestBody, requestHeaders['content-type'])
  return {
    form: { action: url, method: method === 'GET' ? 'get' : 'post', fields: [], submitters: [] },
    fields: body.kind === 'fields' ? body.fields : method === 'GET' ? [...new URL(url).searchParams] : [],
    pageUrl,
    atMs: startedAtMs,
  }
}

const emptyPage = (url: string): PageView => ({ url, title: '', forms: [], notices: [], embedded: [] })

const sameAddress = (a: string, b: string): boolean => a.replace(/#.*$/, '') === b.replace(/#.*$/, '')

const resolve = (address: string, base: string): string => {
  try {
    return new URL(address, base).href
  } catch {
    return base
  }
}
