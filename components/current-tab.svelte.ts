/** The tab in view, as a rune. Its address is known only where the browser lets the extension see it. */
import { browser } from 'wxt/browser'
import { type TabPlace, tabToPlace } from './tab.ts'

export class CurrentTab {
  #tab = $state.raw<{ id?: number | undefined; url?: string | undefined; incognito?: boolean }>()
  #isKnown = $state(false)

  /** `origin` fixes the app in view, for a page that was opened for one. */
  constructor(origin?: string) {
    if (origin !== undefined) {
      this.#tab = { url: `${origin}/` }
      this.#isKnown = true
      return
    }
    const read = async () => {
      const [tab] = await browser.tabs.query({ active: true, currentWindow: true })
      this.#tab = tab ? { id: tab.id, url: tab.url ?? tab.pendingUrl, incognito: tab.incognito } : undefined
      this.#isKnown = true
    }
    const onUpdated = (id: number) => {
      if (id === this.#tab?.id) void read()
    }
    $effect(() => {
      void read()
      browser.tabs.onActivated.addListener(read)
      browser.tabs.onUpdated.addListener(onUpdated)
      return () => {
        browser.tabs.onActivated.removeListener(read)
        browser.tabs.onUpdated.removeListener(onUpdated)
      }
    })
  }

  /** False until the browser has answered. */
  get isKnown(): boolean {
    return this.#isKnown
  }
  get id(): number | undefined {
    return this.#tab?.id
  }
  get url(): string | undefined {
    return this.#tab?.url
  }
  get place(): TabPlace {
    return tabToPlace(this.#tab)
  }
}
