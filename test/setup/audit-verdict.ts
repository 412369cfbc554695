import { SKIPPED } from './steps.ts'

/** What an answer of `npm audit --json` means. Only a report with counts is one; anything else is no answer, and no answer is not "clean". */
export const auditVerdict = (output: string): { readonly exitCode: number; readonly text: string } => {
  const total = totalOf(output)
  if (total === undefined)
    return { exitCode: SKIPPED, text: 'audit: SKIPPED, the registry served no advisories' }
  return total === 0
    ? { exitCode: 0, text: 'audit: no known vulnerability in what is shipped' }
    : { exitCode: 1, text: `audit: ${total} known vulnerabilities in what is shipped\n${output}` }
}

const totalOf = (output: string): number | undefined => {
  try {
    const total: unknown = JSON.parse(output)?.metadata?.vulnerabilities?.total
    return typeof total === 'number' ? total : undefined
  } catch {
    return undefined
  }
}
