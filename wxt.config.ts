/** Builds the extension. `--mode e2e` grants and records local test origins from the start and is never zipped. */
import { randomBytes } from 'node:crypto'
import { defineConfig } from 'wxt'
import { firstScript } from './first-script.ts'

const E2E_ORIGINS = ['http://localhost/*', 'http://127.0.0.1/*', 'http://app.test/*']

/** Public half of a key that nobody kept: gives the e2e build one id on every machine. */
const E2E_KEY = [
  'MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtBfEzBRy/RUh/8lKengxryCz770TSkDiJ+aQ//yx0VJzp4EjZuMW',
  '4LChjyMwCBhwMAMKnS3SvqBDyK8Fvk3azWoxcLZFJ+xFxYU12MbEgZI4ZDobdGBqoJ0O8+8S/cpbED7nsTpbKarF+opDqy3f',
  'nUB4MILs9Nf1OiJXeaLaCMhbBFFj2rR6JS/kMxLWI4fWenJ4uYGMKYPOQobIAUHrJHtl1ztOgFPBJhS5VAZpSMEOmCG4gD9o',
  'HxtMiwiH+SMHJUgI9yLR+6XmIvECbAof3wRDOLKXGmwLaOXqW2wC4/fOculwQqNsTisjeOap9egy1zE+9Fo7pIn/cuP/4EdM',
  'fQIDAQAB',
].join('')

/** Names the events by which hook and page script find each other: new with each build, so that no page can know it. */
const CHANNEL = randomBytes(16).toString('hex')

// What is tested and measured is what is shipped: without this the e2e build would have Svelte's checks for developers in it.
if (process.argv.includes('build')) process.env.NODE_ENV = 'production'

export default defineConfig({
  modules: ['@wxt-dev/module-svelte'],
  imports: false,
  targetBrowsers: ['chrome', 'firefox'],
  // Elements are made one by one, not from text by innerHTML: nothing in what is shipped can turn text into markup.
  svelte: { vite: { compilerOptions: { fragments: 'tree' } } },
  vite: () => ({
    plugins: [firstScript()],
    define: { __CHANNEL__: JSON.stringify(CHANNEL) },
    // Dexie's main entry is the build for old browsers, wrapped; this one is a tenth smaller in the popup.
    resolve: { alias: [{ find: /^dexie$/, replacement: 'dexie/dist/modern/dexie.mjs' }] },
  }),
  manifest: ({ browser, mode }) => ({
    name: 'Daybook',
    description: 'Records the settings changes you make in the web apps you choose.',
    permissions: [
      'storage',
      'unlimitedStorage',
      'scripting',
      'activeTab',
      'alarms',
      ...(browser === 'firefox' ? [] : ['sidePanel']),
    ],
    optional_permissions: ['notifications'],
    optional_host_permissions: ['*://*/*'],
    ...(mode === 'e2e' && { host_permissions: E2E_ORIGINS, ...(browser === 'chrome' && { key: E2E_KEY }) }),
    incognito: 'not_allowed',
    // Firefox's default policy would upgrade ws:// to wss://, which no plain relay on a laptop speaks.
    content_security_policy: { extension_pages: "script-src 'self'; object-src 'self'" },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'daybook@daybook.dev',
              strict_min_version: '142.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : { minimum_chrome_version: '137' }),
  }),
})
