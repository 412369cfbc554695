/** What axe finds on a page as it stands, theme by theme. Rules of colour are asked in each theme, all others once: they look at no colour. */
import axe from 'axe-core'
import type { Page } from 'playwright-core'

export const THEMES = {
  light: { colorScheme: 'light', forcedColors: 'none' },
  dark: { colorScheme: 'dark', forcedColors: 'none' },
  forced: { colorScheme: 'dark', forcedColors: 'active' },
} as const
export type Theme = keyof typeof THEMES

export interface AxeDeps {
  readonly themes: readonly Theme[]
  /** Runs in each theme, once it is drawn. */
  readonly look?: (theme: Theme) => Promise<unknown>
}

/** A line for each rule that is broken, with where; the page is left in the last theme. */
export const axeFaults = async (page: Page, { themes, look }: AxeDeps): Promise<string[]> => {
  const found: string[] = []
  await page.evaluate(axe.source)
  for (const [index, theme] of themes.entries()) {
    await page.emulateMedia(THEMES[theme])
    await page.evaluate(drawn)
    await look?.(theme)
    found.push(...(await page.evaluate(violations, index > 0)).map((fault) => `${theme}: ${fault}`))
  }
  return found
}

/** In the page. */
const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))

const violations = async (isColourOnly: boolean): Promise<string[]> => {
  const { axe: inPage } = globalThis as unknown as { axe: typeof axe }
  const found = await inPage.run(document, {
    resultTypes: ['violations'],
    ...(isColourOnly && { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } }),
  })
  return found.violations.map(
    ({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join(', ')}`,
  )
}
