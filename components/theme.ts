/** The theme is known before the database is open, so that no page flashes: a copy of the preference lies in localStorage. */
import type { Preferences } from '../lib/store/settings.ts'

type Theme = Preferences['theme']

export const applyRememberedTheme = (): void => {
  const theme = localStorage.getItem(KEY)
  show(theme === 'light' || theme === 'dark' ? theme : 'system')
}

export const rememberTheme = (theme: Theme): void => {
  localStorage.setItem(KEY, theme)
  show(theme)
}

const show = (theme: Theme) => {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

const KEY = 'theme'
