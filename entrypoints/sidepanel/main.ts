import { mount } from 'svelte'
import { browser } from 'wxt/browser'
import { openInView } from '../../components/app-in-view.svelte.ts'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import { keepWatched } from '../../lib/messages/view.ts'
import SidePanel from './SidePanel.svelte'

const FIRST_ROWS = 40

applyRememberedTheme()
const opening = await openInView(location.search, FIRST_ROWS)
mount(SidePanel, { target: document.body, props: { opening, pageSize: FIRST_ROWS } })
keepWatched((info) => browser.runtime.connect(info), document)
