import { mount } from 'svelte'
import { browser } from 'wxt/browser'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import { keepWatched } from '../../lib/messages/view.ts'
import Team from './Team.svelte'

applyRememberedTheme()
mount(Team, { target: document.body })
keepWatched((info) => browser.runtime.connect(info), document)
