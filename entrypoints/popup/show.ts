import { mount } from 'svelte'
import { browser } from 'wxt/browser'
import { afterFirstRows } from '../../components/app-in-view.svelte.ts'
import type { Opening } from '../../components/opening.ts'
import { keepWatched } from '../../lib/messages/view.ts'
import Popup from './Popup.svelte'

const PAGE_SIZE = 30

export const show = (opening: Opening, firstRows: number): void => {
  mount(Popup, { target: document.body, props: { opening, pageSize: PAGE_SIZE, firstRows } })
  // It may wake the background, which the first rows don't wait for.
  void afterFirstRows().then(() => keepWatched((info) => browser.runtime.connect(info), document))
}
