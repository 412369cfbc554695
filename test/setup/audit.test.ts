import { expect, test } from 'vitest'
import { auditVerdict } from './audit-verdict.ts'
import { SKIPPED } from './steps.ts'

const report = (total: number) => JSON.stringify({ metadata: { vulnerabilities: { total } } })

test('An audit fails on a vulnerability and passes on a report of none', () => {
  expect(auditVerdict(report(1))).toMatchObject({ exitCode: 1 })
  expect(auditVerdict(report(0))).toMatchObject({ exitCode: 0 })
})

test.each(['', 'gateway', '{}', 'null', '{"message":"405 Method Not Allowed","error":{}}'])(
  'The answer %j is called skipped, never clean',
  (answer) => {
    expect(auditVerdict(answer)).toEqual({ exitCode: SKIPPED, text: expect.stringContaining('SKIPPED') })
  },
)
