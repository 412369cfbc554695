/** What the browser tells a user before installing must never grow by accident: the manifests that are shipped, pinned. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { build } from 'wxt'

const folder = mkdtempSync(join(tmpdir(), 'daybook-manifest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const manifestFor = async (browser: 'chrome' | 'firefox', mode: string): Promise<Record<string, unknown>> => {
  const root = resolve(import.meta.dirname, '../..')
  const { manifest } = await build({
    root,
    browser,
    manifestVersion: 3,
    mode,
    outDir: join(folder, browser, mode),
  })
  return manifest as unknown as Record<string, unknown>
}

/** Everything in a manifest that gives the extension power or shows it to pages. */
const powersOf = ({
  permissions,
  optional_permissions,
  host_permissions,
  optional_host_permissions,
  content_scripts,
  web_accessible_resources,
  externally_connectable,
  incognito,
  key,
}: Record<string, unknown>) => ({
  permissions: (permissions as string[]).toSorted(),
  optional_permissions,
  host_permissions,
  optional_host_permissions,
  content_scripts,
  web_accessible_resources,
  externally_connectable,
  incognito,
  key,
})

const SHIPPED = {
  permissions: ['activeTab', 'alarms', 'scripting', 'sidePanel', 'storage', 'unlimitedStorage'],
  optional_permissions: ['notifications'],
  optional_host_permissions: ['*://*/*'],
  incognito: 'not_allowed',
}

test('the Chromium manifest asks for no site and no more than is needed', async () => {
  const manifest = await manifestFor('chrome', 'production')
  expect(powersOf(manifest)).toEqual(SHIPPED)
  expect(manifest.minimum_chrome_version).toBe('137')
}, 120_000)

test('the Firefox manifest asks for the same, without the side panel that Firefox has no permission for', async () => {
  const manifest = await manifestFor('firefox', 'production')
  expect(powersOf(manifest)).toEqual({
    ...SHIPPED,
    permissions: SHIPPED.permissions.filter((permission) => permission !== 'sidePanel'),
  })
  expect(manifest.browser_specific_settings).toMatchObject({
    gecko: { strict_min_version: '142.0', data_collection_permissions: { required: ['none'] } },
  })
}, 120_000)

test('the end-to-end build alone is granted local test origins', async () => {
  const manifest = await manifestFor('chrome', 'e2e')
  expect(powersOf(manifest)).toEqual({
    ...SHIPPED,
    host_permissions: ['http://localhost/*', 'http://127.0.0.1/*', 'http://app.test/*'],
    key: expect.any(String),
  })
}, 120_000)
