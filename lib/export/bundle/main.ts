/** `npm run --silent verify-bundle -- FILE [--json]`. Exit code 0: it holds; 1: it doesn't; 2: it is no bundle. */
import { openAsBlob } from 'node:fs'
import { parseArgs } from 'node:util'
import { createNodeEngine } from './node-engine.ts'
import { type BundleFault, type BundleReport, holds, VERDICT_WORDS, type Verdict } from './verdict.ts'
import { verifyBundle } from './verify-bundle.ts'

const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false } },
  })
  const [path, ...others] = positionals
  if (path === undefined || others.length > 0)
    return refuse('Usage: npm run --silent verify-bundle -- FILE [--json]')
  let file: Blob
  try {
    file = await openAsBlob(path)
  } catch {
    return refuse(`${path} can’t be read.`)
  }
  const outcome = await verifyBundle(file, {
    subtle: crypto.subtle,
    engine: createNodeEngine(),
  })
  if (values.json) print(JSON.stringify(outcome))
  if (outcome.kind === 'no bundle') return refuse(outcome.reason)
  if (!values.json) print(describe(outcome.report))
  return holds(outcome.report) ? 0 : 1
}

const describe = (report: BundleReport): string => {
  const { manifest, counts, integrity, completeness } = report
  const about = manifest
    ? [
        `Team ${plain(manifest.team.name)} (${manifest.team.id})`,
        `Made ${plain(manifest.generatedAt)} by ${plain(manifest.generatedBy.name)}, with Daybook ${plain(manifest.appVersion)}`,
        `Entries from ${manifest.from ?? '–'} to ${manifest.to ?? '–'}, filter ${plain(JSON.stringify(manifest.filter))}`,
      ]
    : []
  return [
    ...about,
    `${counts.headers} entries of ${counts.feeds} devices: ${counts.disclosed} disclosed, ${counts.sealed} sealed, ${counts.erased} erased`,
    `${counts.operations} roster operations, ${counts.receipts} receipts of the relay`,
    '',
    ...verdictLines(integrity, VERDICT_WORDS.integrity),
    '',
    ...verdictLines(completeness, VERDICT_WORDS.completeness),
  ].join('\n')
}

const verdictLines = (
  { holds: isGood, faults, more }: Verdict,
  words: (typeof VERDICT_WORDS)[keyof typeof VERDICT_WORDS],
): string[] => [
  `${isGood ? '✓' : '✗'} ${words.title}: ${isGood ? words.holds : words.fails}`,
  ...faults.map((fault) => `  - ${faultText(fault)}`),
  ...(more > 0 ? [`  - and ${more} more`] : []),
  `  ${words.proves}`,
  `  ${words.doesNot}`,
]

const faultText = ({ name, detail, feed, seq }: BundleFault): string => {
  const place = [
    ...(feed === undefined ? [] : [`device ${feed}`]),
    ...(seq === undefined ? [] : [`entry ${seq}`]),
  ]
  return `${name}${place.length > 0 ? ` (${place.join(', ')})` : ''}: ${plain(detail)}`
}

/** What the bundle says of itself must not steer a terminal. */
const plain = (text: string): string => text.replace(/\p{C}/gu, '?').slice(0, 500)

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

const refuse = (reason: string): number => {
  process.stderr.write(`${reason}\n`)
  return 2
}

process.exitCode = await main()
