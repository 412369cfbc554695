/** What a check finds wrong, verdict by verdict. Keeps the first faults and counts the others. */
import type { BundleFault, Verdict } from './verdict.ts'

export interface FaultList {
  readonly add: (fault: BundleFault) => void
  readonly isClean: boolean
  readonly verdict: () => Verdict
}

export interface Findings {
  readonly integrity: FaultList
  readonly completeness: FaultList
}

export const createFindings = (): Findings => ({
  integrity: createFaultList(),
  completeness: createFaultList(),
})

const MAX_FAULTS = 20

const createFaultList = (): FaultList => {
  const faults: BundleFault[] = []
  let more = 0
  return {
    add: (fault) => {
      if (faults.length < MAX_FAULTS) faults.push(fault)
      else more += 1
    },
    get isClean() {
      return faults.length === 0
    },
    verdict: () => ({ holds: faults.length === 0, faults, more }),
  }
}
