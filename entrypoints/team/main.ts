import { mount } from 'svelte'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import Team from './Team.svelte'

applyRememberedTheme()
mount(Team, { target: document.body })
