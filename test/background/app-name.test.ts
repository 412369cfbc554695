import { expect, test } from 'vitest'
import { titleToAppName } from '../../entrypoints/background/app-name.ts'

test.each([
  ['Feature flags – Acme Console', 'Acme Console'],
  ['General / Settings | Grafana', 'Grafana'],
  ['Users · Security · Zammad', 'Zammad'],
])('the app of %j is %j', (title, name) => {
  expect(titleToAppName(title)).toBe(name)
})

test.each([undefined, '', 'Dashboard', 'Invoice 12 - 2026', `Start - ${'long '.repeat(20)}`])(
  '%j names no app',
  (title) => {
    expect(titleToAppName(title)).toBeUndefined()
  },
)
