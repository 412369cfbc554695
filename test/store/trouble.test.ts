import { expect, test } from 'vitest'
import { troubleOf } from '../../lib/store/trouble.ts'

const named = (name: string, inner?: unknown) => Object.assign(new Error(name), { name, inner })

test('a full disk is told through whatever wraps it', () => {
  expect(troubleOf(new DOMException('', 'QuotaExceededError'))).toBe('full')
  expect(troubleOf(named('AbortError', named('QuotaExceededError')))).toBe('full')
  expect(troubleOf(new Error('no', { cause: named('QuotaExceededError') }))).toBe('full')
})

test('a database that a newer version holds is outdated, one that never opened is not', () => {
  expect(troubleOf(named('DatabaseClosedError'))).toBe('outdated')
  expect(troubleOf(named('DatabaseClosedError', named('VersionError')))).toBe('outdated')
  expect(troubleOf(named('DatabaseClosedError', named('UnknownError')))).toBe('unreadable')
  expect(troubleOf('anything')).toBe('unreadable')
})
