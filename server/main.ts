/** `npm run relay -- [serve | backup | restore] --port N --data DIR …`: reads the settings, starts, stops on SIGTERM. */
import { pino } from 'pino'
import { openStorage, readSettings } from './settings.ts'
import { startRelay } from './start.ts'

const settings = readSettings(process.argv.slice(2), process.env)
// To stdout at once: a relay that is killed has said what it did.
const log = pino(
  { level: settings.logLevel, base: null, timestamp: pino.stdTimeFunctions.isoTime },
  pino.destination({ fd: 1, sync: true }),
)

if (settings.command === 'backup' || settings.command === 'restore') {
  const { backUp, restore } = await import('./storage/backup.ts')
  await (settings.command === 'backup' ? backUp : restore)(settings.data, settings.copy)
  process.exit(0)
}
if (settings.command !== 'serve') throw new Error(`"${settings.command}" expected serve, backup or restore`)

// A NATS connection that breaks while it is made leaves one behind, and connects again all the same.
process.on('unhandledRejection', (error) => log.error({ event: 'fault', detail: String(error) }))

const relay = await startRelay({
  ...settings,
  storage: await openStorage(settings),
  log: (event) => log[event.event === 'fault' ? 'error' : 'info'](event),
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void relay.stop().then(() => process.exit(0)))
