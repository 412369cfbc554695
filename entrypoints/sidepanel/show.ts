import { mount } from 'svelte'
import { browser } from 'wxt/browser'
import { afterFirstRows } from '../../components/app-in-view.svelte.ts'
import type { Opening } from '../../components/opening.ts'
import { keepWatched } from '../../lib/messages/view.ts'
import SidePanel from './SidePanel.svelte'

export const show = (opening: Opening, pageSize: number): void => {
  mount(SidePanel, { target: document.body, props: { opening, pageSize } })
  // It may wake the background, which the first rows don't wait for.
  void afterFirstRows().then(() => keepWatched((info) => browser.runtime.connect(info), document))
}
