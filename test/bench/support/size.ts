/** How large the built extension is: the package, and the scripts that a page loads before it shows anything. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'

const ROOT = resolve(import.meta.dirname, '../../..')
const BUILD = join(ROOT, '.output/chrome-mv3')

/** Kilobytes (1,000 bytes) of gzipped script that a page may load before its first row is on screen. */
export const SCRIPT_LIMITS_KB = { popup: 60, sidepanel: 90, review: 160 } as const

/** Builds what users install, and returns its folder. */
export const buildRelease = (): string => {
  const wxt = join(ROOT, 'node_modules/wxt/bin/wxt.mjs')
  execFileSync(process.execPath, [wxt, 'build'], { cwd: ROOT, stdio: 'pipe' })
  return BUILD
}

/** Bytes of the folder as a zip. */
export const zippedBytes = (folder: string): number => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(join(folder, name)).isFile())
  const content = Object.fromEntries(
    files.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  )
  return zipSync(content, { level: 9 }).length
}

/** Bytes, gzipped, of the scripts that a page names and of all that they import statically. */
export const scriptBytes = (folder: string, page: string): number => {
  const html = readFileSync(join(folder, page), 'utf8')
  const named = [...html.matchAll(/<(?:script|link rel="modulepreload")[^>]*(?:src|href)="([^"]+\.js)"/g)]
  return bytesWithImports(
    folder,
    named.map(([, source = '']) => source),
  )
}

/** The same of scripts by their paths in the folder, each counted once. */
export const bytesWithImports = (folder: string, paths: readonly string[]): number => {
  const seen = new Set<string>()
  const open = paths.map((path) => join(folder, path))
  for (let file = open.pop(); file; file = open.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    const code = readFileSync(file, 'utf8')
    for (const [, source = ''] of code.matchAll(/(?:^|[;}\s])import(?:[^"'()]*from)?["'](\.[^"']+)["']/g))
      open.push(resolve(dirname(file), source))
  }
  return [...seen].reduce((bytes, file) => bytes + gzipSync(readFileSync(file), { level: 9 }).length, 0)
}
