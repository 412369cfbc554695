import { mount } from 'svelte'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import Options from './Options.svelte'

applyRememberedTheme()
mount(Options, { target: document.body })
