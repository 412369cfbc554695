/** What a tab shows, as far as recording goes: an app with its origin, or the reason why it can't be recorded. */

export type TabPlace =
  | { readonly kind: 'app'; readonly origin: string; readonly host: string }
  | {
      readonly kind: 'refused'
      readonly reason: 'browser' | 'store' | 'file' | 'extension' | 'incognito' | 'none'
    }

export const tabToPlace = (tab: { url?: string | undefined; incognito?: boolean } | undefined): TabPlace => {
  const url = parseUrl(tab?.url)
  if (!url) return refused('none')
  if (tab?.incognito) return refused('incognito')
  if (url.protocol === 'file:') return refused('file')
  if (/^(chrome|moz|safari-web)-extension:$/.test(url.protocol)) return refused('extension')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('browser')
  if (STORES.test(url.host)) return refused('store')
  return { kind: 'app', origin: url.origin, host: url.host }
}

/** Undefined where the tab shows no web app. */
export const placeToOrigin = (place: TabPlace): string | undefined =>
  place.kind === 'app' ? place.origin : undefined

/** Firefox knows no ports in match patterns: there the grant is for the host, and the page script checks the exact origin. */
export const originToPattern = (origin: string): string => {
  const { protocol, host, hostname } = new URL(origin)
  return `${protocol}//${import.meta.env.FIREFOX ? hostname : host}/*`
}

const STORES = /^(chromewebstore\.google\.com|addons\.mozilla\.org|microsoftedge\.microsoft\.com)$/

const parseUrl = (url: string | undefined) =>
  url !== undefined && URL.canParse(url) ? new URL(url) : undefined

const refused = (reason: Extract<TabPlace, { kind: 'refused' }>['reason']): TabPlace => ({
  kind: 'refused',
  reason,
})
