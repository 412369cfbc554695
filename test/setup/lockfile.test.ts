import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from './steps.ts'

interface LockedPackage {
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const packages = Object.entries(
  (
    JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
      packages: Readonly<Record<string, LockedPackage>>
    }
  ).packages,
)

test('the lockfile lists the packages of every platform, so that npm ci takes it everywhere', () => {
  const listed = new Set(packages.map(([path]) => path.split('node_modules/').at(-1)))
  const missing = packages
    .flatMap(([, { optionalDependencies }]) => Object.keys(optionalDependencies ?? {}))
    .filter((name) => !listed.has(name))
  expect(missing).toEqual([])
})

test('the lockfile names no registry', () => {
  expect(packages.filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
