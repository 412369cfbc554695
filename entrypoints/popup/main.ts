import { mount } from 'svelte'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import Popup from './Popup.svelte'

applyRememberedTheme()
mount(Popup, { target: document.body })
