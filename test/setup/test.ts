/**
 * `npm test [-- FILTER…]`: builds the extension for tests once, runs the tests whose file names match (all of them
 * without a filter) and closes with one line that machines read: `N passed, N failed`.
 */
import { startVitest } from 'vitest/node'
import { ROOT, runSteps, type Step } from './steps.ts'

const builds: Step[] = [{ name: 'build for Chromium', commands: [['wxt', 'build', '--mode', 'e2e']] }]
if (process.env.FIREFOX)
  builds.push({
    name: 'build for Firefox',
    commands: [['wxt', 'build', '--mode', 'e2e', '-b', 'firefox', '--mv3']],
  })

if (await runSteps(builds)) await runTests(process.argv.slice(2))
else process.exitCode = 1

async function runTests(filters: readonly string[]): Promise<void> {
  const vitest = await startVitest('test', [...filters], { root: ROOT, watch: false })
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const module of vitest.state.getTestModules()) {
    // A file that does not even load has no test to count.
    if (module.errors().length > 0) count.failed += 1
    for (const { result } of [...module.children.allTests()].map((test) => ({ result: test.result() })))
      count[result.state === 'pending' ? 'failed' : result.state] += 1
  }
  const unhandled = vitest.state.getUnhandledErrors().length
  await vitest.close()
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`)
  if (count.failed + unhandled > 0 || count.passed === 0) process.exitCode = 1
}
