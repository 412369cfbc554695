/** Builds the extension. `--mode e2e` grants and records local test origins from the start and is never zipped. */
import { defineConfig } from 'wxt'

const E2E_ORIGINS = ['http://localhost/*', 'http://127.0.0.1/*', 'http://app.test/*']

export default defineConfig({
  modules: ['@wxt-dev/module-svelte'],
  imports: false,
  targetBrowsers: ['chrome', 'firefox'],
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
    ...(mode === 'e2e' && { host_permissions: E2E_ORIGINS }),
    incognito: 'not_allowed',
    // Firefox's default policy would upgrade ws:// to wss://, which no plain relay on a laptop speaks.
    content_security_policy: { extension_pages: "script-src 'self'; object-src 'self'" },
    ...(browser === 'firefox'
      ? {
          browser_specific_settings: {
            gecko: {
              id: 'daybook@daybook.dev',
              strict_min_version: '140.0',
              data_collection_permissions: { required: ['none'] },
            },
          },
        }
      : { minimum_chrome_version: '137' }),
  }),
})
