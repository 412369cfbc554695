/** What a benchmark says: results with their goals, for people as a table and for machines as one JSON object. */
import { execFileSync } from 'node:child_process'
import { cpus, loadavg, platform, release, totalmem } from 'node:os'

export interface BenchResult {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** '≤ 150', '≥ 0.8'; absent where the number is only told. */
  readonly goal?: string
  readonly met?: boolean
}

/** A topic is a file `test/bench/<topic>.ts` that exports `run`. */
export interface BenchTopic {
  readonly run: (options: BenchOptions) => Promise<readonly BenchResult[]>
}

export interface BenchOptions {
  /** The largest sizes too. */
  readonly full: boolean
  /** Progress for people, on stderr. */
  readonly log: (text: string) => void
}

export const told = (name: string, value: number, unit: string): BenchResult => ({
  name,
  value: round(value),
  unit,
})

export const atMost = (name: string, value: number, unit: string, limit: number): BenchResult => ({
  ...told(name, value, unit),
  goal: `≤ ${limit}`,
  met: value <= limit,
})

export const atLeast = (name: string, value: number, unit: string, limit: number): BenchResult => ({
  ...told(name, value, unit),
  goal: `≥ ${limit}`,
  met: value >= limit,
})

export const median = (values: readonly number[]): number => percentile(values, 50)

export const percentile = (values: readonly number[], percent: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? Number.NaN
}

export const describeMachine = () => ({
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()}`,
  loadAverage: round(loadavg()[0] ?? 0),
})

export const describeVersions = (daybook: string) => ({
  daybook,
  node: process.versions.node,
  chromium: chromiumVersion(),
})

export const toTable = (topic: string, results: readonly BenchResult[]): string => {
  const rows = results.map(({ name, value, unit, goal, met }) => [
    name,
    `${value.toLocaleString('en')} ${unit}`,
    goal === undefined ? '' : `${goal} ${unit}`,
    met === undefined ? '' : met ? 'met' : 'MISSED',
  ])
  const all = [[topic, 'measured', 'goal', ''], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

const round = (value: number) => Number(value.toPrecision(value >= 100 ? 6 : 3))

const chromiumVersion = (): string => {
  try {
    const output = execFileSync(process.env.CHROMIUM ?? '/usr/bin/chromium', ['--version'], {
      encoding: 'utf8',
    })
    return output.match(/[\d.]{5,}/)?.[0] ?? 'unknown'
  } catch {
    return 'none'
  }
}
