/** The tab in view, as a rune. Its address is known only where the browser lets the extension see it. */
import { browser } from 'wxt/browser'
import { readTab, type Tab } from './opening.ts'
import { type TabPlace, tabToPlace } from './tab.ts'

export class CurrentTab {
  #tab = $state.raw<Tab | undefined>()

  /** `isFixed`: the page is for this tab's app and follows no other. */
  constructor(tab: Tab | undefined, isFixed: boolean) {
    this.#tab = tab
    if (isFixed) return
    const read = async () => {
      const { id, url, incognito } = (await readTab()) ?? {}
      const known = this.#tab
      if (id !== known?.id || url !== known?.url || incognito !== known?.incognito)
        this.#tab = { id, url, ...(incognito !== undefined && { incognito }) }
    }
    const onUpdated = (id: number) => {
      if (id === this.#tab?.id) void read()
    }
    $effect(() => {
      browser.tabs.onActivated.addListener(read)
      browser.tabs.onUpdated.addListener(onUpdated)
      // It may have changed while this page was being opened.
      void read()
      return () => {
        browser.tabs.onActivated.removeListener(read)
        browser.tabs.onUpdated.removeListener(onUpdated)
      }
    })
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
