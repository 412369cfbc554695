import { expect, test } from 'vitest'
import { tabToPlace } from '../../components/tab.ts'

test.each([
  ['https://console.acme.dev:8443/settings?x=1', 'https://console.acme.dev:8443'],
  ['http://10.0.0.7/admin', 'http://10.0.0.7'],
])('%s is an app', (url, origin) => {
  expect(tabToPlace({ url })).toMatchObject({ kind: 'app', origin })
})

test.each([
  ['chrome://settings', 'browser'],
  ['about:blank', 'browser'],
  ['https://chromewebstore.google.com/detail/x', 'store'],
  ['https://addons.mozilla.org/', 'store'],
  ['file:///etc/hosts', 'file'],
  ['moz-extension://id/popup.html', 'extension'],
  [undefined, 'none'],
])('%s can not be recorded: %s', (url, reason) => {
  expect(tabToPlace({ url })).toEqual({ kind: 'refused', reason })
})

test('a private window is never recorded', () => {
  expect(tabToPlace({ url: 'https://acme.dev/', incognito: true })).toEqual({
    kind: 'refused',
    reason: 'incognito',
  })
})
