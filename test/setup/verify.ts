/** `npm run verify`: everything CI asks of the code apart from tests. All steps run, even after one has failed. */
import { runSteps } from './steps.ts'

const passed = await runSteps([
  { name: 'lint', commands: [['biome', 'check', '--error-on-warnings', '--max-diagnostics=50']] },
  {
    name: 'types',
    commands: [
      ['wxt', 'prepare'],
      ['tsc', '-p', '.'],
      ['svelte-check', '--fail-on-warnings'],
    ],
  },
  { name: 'dead code', commands: [['knip']] },
  { name: 'audit', commands: [['node', 'test/setup/audit.ts']] },
  {
    name: 'build',
    commands: [
      ['wxt', 'build'],
      ['wxt', 'build', '-b', 'firefox', '--mv3'],
      ['node', 'test/setup/sizes.ts'],
    ],
  },
])
process.exitCode = passed ? 0 : 1
