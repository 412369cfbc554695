import { mount } from 'svelte'
import '../../components/theme.css'
import { applyRememberedTheme } from '../../components/theme.ts'
import Review from './Review.svelte'

applyRememberedTheme()
mount(Review, { target: document.body })
