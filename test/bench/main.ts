/** `npm run --silent bench -- TOPIC [--json] [--full]`: measures one topic and says whether its goals are met. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type BenchTopic, describeMachine, describeVersions, toTable } from './support/report.ts'

const FOLDER = import.meta.dirname

const topics = (): string[] =>
  readdirSync(FOLDER)
    .filter((name) => name.endsWith('.ts') && name !== 'main.ts')
    .map((name) => name.slice(0, -3))
    .sort()

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, full: { type: 'boolean', default: false } },
})
const [topic = ''] = positionals

if (!/^[a-z-]+$/.test(topic) || topic === 'main' || !existsSync(join(FOLDER, `${topic}.ts`))) {
  process.stderr.write(
    `Usage: npm run --silent bench -- TOPIC [--json] [--full]\nTopics: ${topics().join(', ')}\n`,
  )
  process.exit(2)
}

const { run } = (await import(`./${topic}.ts`)) as BenchTopic
const { version } = JSON.parse(readFileSync(join(FOLDER, '../../package.json'), 'utf8')) as {
  version: string
}
const [machine, versions] = [describeMachine(), describeVersions(version)]
const results = await run({ full: values.full, log: (text) => process.stderr.write(`${text}\n`) })

if (values.json) process.stdout.write(`${JSON.stringify({ topic, machine, versions, results })}\n`)
else {
  const { cpu, cores, memoryGiB, system, loadAverage } = machine
  process.stdout.write(`${toTable(topic, results)}\n\n`)
  process.stdout.write(`${cpu}, ${cores} cores, ${memoryGiB} GiB, ${system}, load ${loadAverage}\n`)
  process.stdout.write(`Daybook ${version}, Node ${versions.node}, Chromium ${versions.chromium}\n`)
}
process.exit(0)
