import { mount } from 'svelte'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import SidePanel from './SidePanel.svelte'

applyRememberedTheme()
mount(SidePanel, { target: document.body })
