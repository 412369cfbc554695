/** `npm run verify` holds the pages to their sizes: the script that each loads, gzipped, before its first row is on screen. */
import { join } from 'node:path'
import { SCRIPT_LIMITS_KB, scriptBytes, zippedBytes } from '../bench/support/size.ts'
import { ROOT } from './steps.ts'

const build = join(ROOT, '.output/chrome-mv3')
for (const [page, limit] of Object.entries(SCRIPT_LIMITS_KB)) {
  const kilobytes = scriptBytes(build, `${page}.html`) / 1000
  process.stdout.write(`${page}: ${kilobytes.toFixed(1)} kB of script, at most ${limit}\n`)
  if (kilobytes > limit) process.exitCode = 1
}
process.stdout.write(`package: ${(zippedBytes(build) / 1000).toFixed(0)} kB zipped\n`)
