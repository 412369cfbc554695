/** Runs programs of node_modules/.bin, one after the other until one fails: `tool.ts wxt build --then wxt zip`. */
import { spawnSync } from 'node:child_process'
import { ROOT } from './steps.ts'

const words = process.argv.slice(2)
do {
  const end = words.indexOf('--then')
  const [program = '', ...args] = words.splice(0, end === -1 ? words.length : end)
  words.shift()
  const shell = process.platform === 'win32'
  process.exitCode = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', shell }).status ?? 1
} while (words.length > 0 && process.exitCode === 0)
