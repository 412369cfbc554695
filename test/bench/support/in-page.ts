/** Brings modules of this repository into a page as one script: for measuring the product's own code where it lives. */
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { build } from 'vite'

const built = new Map<string, Promise<string>>()

/** The module's exports stand in the page as `globalThis[name]`. Evaluated over the debugger, so no CSP is in the way. */
export const bringIntoPage = async (page: Page, file: string, name: string): Promise<void> => {
  const script = built.get(file) ?? bundle(join(import.meta.dirname, file), name)
  built.set(file, script)
  await page.evaluate(`${await script}\n;globalThis.${name} = ${name};`)
}

const bundle = async (entry: string, name: string): Promise<string> => {
  const output = await build({
    configFile: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, name, formats: ['iife'] } },
  })
  const [result] = Array.isArray(output) ? output : [output]
  if (!result || !('output' in result)) throw new Error(`"${entry}" could not be bundled`)
  return result.output[0].code
}
