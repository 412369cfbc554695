/**
 * `npm test [-- FILTER…]`: builds the extension for tests once, runs the tests whose file names match (all of them
 * without a filter) and closes with one line that machines read: `N passed, N failed`.
 */
import { startVitest } from 'vitest/node'
import { ROOT, runSteps, type Step } from './steps.ts'

interface Count {
  passed: number
  failed: number
  skipped: number
}

const main = async (filters: readonly string[]): Promise<void> => {
  const builds: Step[] = [{ name: 'build for Chromium', commands: [['wxt', 'build', '--mode', 'e2e']] }]
  if (process.env.FIREFOX)
    builds.push({
      name: 'build for Firefox',
      commands: [['wxt', 'build', '--mode', 'e2e', '-b', 'firefox', '--mv3']],
    })
  if (!(await runSteps(builds))) {
    process.exitCode = 1
    return
  }
  const count: Count = { passed: 0, failed: 0, skipped: 0 }
  // What is quick first; browsers don't share the machine with anything.
  for (const project of ['unit', 'e2e']) await runProject(project, filters, count)
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : ''
  process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`)
  if (count.failed > 0 || count.passed === 0) process.exitCode = 1
}

const runProject = async (project: string, filters: readonly string[], count: Count): Promise<void> => {
  const vitest = await startVitest('test', [...filters], {
    root: ROOT,
    watch: false,
    project,
    passWithNoTests: true,
  })
  for (const module of vitest.state.getTestModules()) {
    // A file that does not even load, or whose set-up fails, has no failed test to count.
    if (module.errors().length > 0) count.failed += 1
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      count[state === 'pending' ? 'failed' : state] += 1
    }
  }
  count.failed += vitest.state.getUnhandledErrors().length
  await vitest.close()
}

await main(process.argv.slice(2))
