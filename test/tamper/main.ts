/**
 * `npm run --silent tamper-matrix [-- --json]`: tries every attack and prints what came of it, and what nobody can find out.
 * Nothing in the table is written by hand but the attack. Exit code 1: one got through.
 */
import { parseArgs } from 'node:util'
import { enTeam } from '../../components/locale/en-team.ts'
import type { Attack, Found } from './attack.ts'
import { LIMITS, protocolLimits } from './limits.ts'
import { openMatrix } from './matrix.ts'

interface Row {
  readonly attack: string
  readonly by: Attack['by']
  readonly detected: boolean | 'out of reach'
  readonly named: string
  readonly foundBy: string
  /** What a person reads on the team page, where it raises an alarm. */
  readonly alarm?: string
  /** Of a bundle into which it was packed; absent where no bundle can hold it. */
  readonly verifyBundle?: string
}

const ALARMS: Readonly<Record<string, string>> = enTeam.alarms.kinds

const triedRow = async ({ attack, by, foundBy, named, run }: Attack): Promise<Row> => {
  const { names, packed } = await run().catch(
    (error: unknown): Found => ({ names: [`failed: ${error instanceof Error ? error.message : error}`] }),
  )
  const detected = names.includes(named)
  const alarm = detected && foundBy === 'a teammate’s browser' ? ALARMS[named] : undefined
  return {
    attack,
    by,
    detected,
    named: detected ? named : names.join(', ') || 'nothing',
    foundBy,
    ...(alarm && { alarm }),
    ...(packed && { verifyBundle: packed.join(', ') }),
  }
}

const limitRows = (): Row[] => {
  const items = protocolLimits()
  return LIMITS.map(({ attack, by, listedAs }) => {
    const item = items.find((one) => one.startsWith(listedAs))
    return { attack, by, detected: 'out of reach', named: item ?? 'NOT LISTED', foundBy: 'PROTOCOL.md' }
  })
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const { attacks, close } = await openMatrix(true)
const tried: Row[] = []
for (const attack of attacks) tried.push(await triedRow(attack))
await close()
const rows = [...tried, ...limitRows()]
const missed = tried.filter(({ detected }) => !detected)

if (values.json)
  process.stdout.write(
    `${JSON.stringify({ attacks: tried.length, detected: tried.length - missed.length, rows })}\n`,
  )
else {
  const line = (cells: readonly string[]) => process.stdout.write(`| ${cells.join(' | ')} |\n`)
  line(['attack', 'by', 'detected', 'named as', 'found by', 'the alarm says', 'verify-bundle says'])
  line(Array.from({ length: 7 }, () => '---'))
  for (const { attack, by, detected, named, foundBy, alarm = '–', verifyBundle = '–' } of rows)
    line([
      attack,
      by,
      detected === true ? 'yes' : detected === false ? 'NO' : detected,
      named,
      foundBy,
      alarm,
      verifyBundle,
    ])
  process.stdout.write(
    `\n${tried.length - missed.length} of ${tried.length} attacks detected and named; ${rows.length - tried.length} more are out of reach, as PROTOCOL.md lists them.\nverify-bundle –: nothing of it gets into a log, so that no bundle can hold it.\n`,
  )
}
process.exit(missed.length === 0 ? 0 : 1)
