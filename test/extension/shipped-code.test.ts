/** What is shipped runs no code but its own: nothing from elsewhere, no code and no markup made of text, under a policy that says so. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { build } from 'wxt'

const folder = mkdtempSync(join(tmpdir(), 'daybook-shipped-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(['chrome', 'firefox'] as const)('built for %s', (browser) => {
  const root = join(folder, browser)
  let files: { readonly name: string; readonly text: string }[] = []
  const ofType = (...types: string[]) => files.filter(({ name }) => types.some((type) => name.endsWith(type)))

  beforeAll(async () => {
    await build({
      root: resolve(import.meta.dirname, '../..'),
      browser,
      manifestVersion: 3,
      mode: 'production',
      outDir: root,
    })
    files = readdirSync(root, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const path = join(entry.parentPath, entry.name)
      return entry.isFile() ? [{ name: path, text: readFileSync(path, 'utf8') }] : []
    })
  })

  test('has scripts and pages to look at', () => {
    expect(ofType('.js').length).toBeGreaterThan(5)
    expect(ofType('.html').length).toBeGreaterThan(4)
  })

  test('makes no code of text', () => {
    for (const { name, text } of ofType('.js')) {
      expect([name, text.match(/\beval\s*\(|\bnew Function\s*\(|\bFunction\s*\(\s*["'`]/g)]).toEqual([
        name,
        null,
      ])
      expect([name, text.match(/set(Timeout|Interval)\(\s*["'`]/g)]).toEqual([name, null])
      expect([name, text.match(/javascript:\s*["'`]|document\.write\(/g)]).toEqual([name, null])
    }
  })

  test('makes no markup of text', () => {
    const makers = /\.(inner|outer)HTML\s*=(?!=)|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe/g
    for (const { name, text } of ofType('.js')) expect([name, text.match(makers)]).toEqual([name, null])
  })

  test('loads no code from elsewhere', () => {
    for (const { name, text } of ofType('.js')) {
      expect([name, text.match(/\bimport\(\s*["'`](https?:|\/\/|data:|blob:)|importScripts\(/g)]).toEqual([
        name,
        null,
      ])
      expect([name, text.match(/\bfrom\s*["'`](https?:|\/\/)/g)]).toEqual([name, null])
    }
    for (const { name, text } of ofType('.html', '.css')) {
      expect([name, text.match(/(src|href)=["']?(https?:)?\/\/|url\(["']?(https?:)?\/\/|@import/g)]).toEqual([
        name,
        null,
      ])
    }
  })

  test('has no script in its pages, no event attribute and no frame', () => {
    for (const { name, text } of ofType('.html')) {
      const inline = [...text.matchAll(/<script\b([^>]*)>([\s\S]*?)<\/script>/g)].filter(
        ([, attributes = '', body = '']) => body.trim() !== '' || !/\bsrc="\/?[^":]+"/.test(attributes),
      )
      expect([name, inline.length]).toEqual([name, 0])
      expect([name, text.match(/\son[a-z]+=|<iframe|<object|<embed/g)]).toEqual([name, null])
    }
  })

  test('is held to that by its content security policy', () => {
    const manifest = JSON.parse(readFileSync(join(root, readdirSync(root)[0] ?? '', 'manifest.json'), 'utf8'))
    const policy = manifest.content_security_policy.extension_pages as string
    const rules = Object.fromEntries(
      policy.split(';').map((rule) => {
        const [name = '', ...sources] = rule.trim().split(/\s+/)
        return [name, sources.join(' ')]
      }),
    )
    expect(rules['script-src']).toBe("'self'")
    expect(rules['object-src']).toMatch(/^'(self|none)'$/)
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:|blob:/)
    expect(manifest.sandbox).toBeUndefined()
  })
})
