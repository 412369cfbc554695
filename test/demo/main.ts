/** `npm run demo [-- --port N]`: the Acme Console alone, until Ctrl-C. */
import { parseArgs } from 'node:util'
import { createDemo } from './server.ts'

const { values } = parseArgs({ options: { port: { type: 'string', default: '4400' } } })
const demo = await createDemo({ port: Number(values.port) })
process.stdout.write(`Acme Console on ${demo.url} (Ctrl-C ends it)\n`)
