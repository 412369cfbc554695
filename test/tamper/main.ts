/** `npm run --silent tamper-matrix [-- --json]`: tries every attack and prints what came of it. Exit code 1: one got through. */
import { parseArgs } from 'node:util'
import { openMatrix } from './matrix.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const { attacks, close } = await openMatrix(true)
const rows: { attack: string; by: string; detected: boolean; named: string; foundBy: string }[] = []
for (const { attack, by, foundBy, named, run } of attacks) {
  const found = await run().catch((error: unknown) => [
    `failed: ${error instanceof Error ? error.message : error}`,
  ])
  const detected = found.includes(named)
  rows.push({ attack, by, detected, named: detected ? named : found.join(', ') || 'nothing', foundBy })
}
await close()
const missed = rows.filter(({ detected }) => !detected)

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ attacks: rows.length, detected: rows.length - missed.length, rows })}\n`,
  )
else {
  process.stdout.write('| attack | by | detected | named as | found by |\n| --- | --- | --- | --- | --- |\n')
  for (const { attack, by, detected, named, foundBy } of rows)
    process.stdout.write(`| ${attack} | ${by} | ${detected ? 'yes' : 'NO'} | ${named} | ${foundBy} |\n`)
  process.stdout.write(`\n${rows.length - missed.length} of ${rows.length} attacks detected and named.\n`)
}
process.exit(missed.length === 0 ? 0 : 1)
