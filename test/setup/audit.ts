/**
 * `npm audit` of what is shipped, as a step of verify. A registry that serves no advisories fails nothing but is never called clean: the step
 * says that it was skipped.
 */
import { spawnSync } from 'node:child_process'
import { auditVerdict } from './audit-verdict.ts'

const { stdout } = spawnSync('npm', ['audit', '--omit=dev', '--json', '--fetch-retries=0'], {
  encoding: 'utf8',
  timeout: 60_000,
})
const { exitCode, text } = auditVerdict(stdout ?? '')
console.log(text)
process.exitCode = exitCode
