/** `npm run relay -- --port N --data DIR`: reads the settings, starts, stops on SIGTERM. */
import { parseArgs } from 'node:util'
import { DEFAULT_LIMITS } from './limits.ts'
import { startRelay } from './start.ts'
import { openLmdbStorage } from './storage/lmdb.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env.DAYBOOK_PORT ?? '8787' },
    host: { type: 'string', default: process.env.DAYBOOK_HOST ?? '127.0.0.1' },
    data: { type: 'string', default: process.env.DAYBOOK_DATA ?? 'relay-data' },
    address: { type: 'string', multiple: true, default: process.env.DAYBOOK_ADDRESS?.split(',') ?? [] },
    'create-token': { type: 'string', default: process.env.DAYBOOK_CREATE_TOKEN ?? '' },
    'segment-entries': { type: 'string', default: String(DEFAULT_LIMITS.segmentEntries) },
    'segment-bytes': { type: 'string', default: String(DEFAULT_LIMITS.segmentBytes) },
  },
})

const relay = await startRelay({
  storage: openLmdbStorage(values.data),
  port: Number(values.port),
  host: values.host,
  addresses: values.address,
  ...(values['create-token'] && { createToken: values['create-token'] }),
  limits: {
    ...DEFAULT_LIMITS,
    segmentEntries: Number(values['segment-entries']),
    segmentBytes: Number(values['segment-bytes']),
  },
  log: (event) => console.log(JSON.stringify({ time: new Date().toISOString(), ...event })),
})

for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void relay.stop().then(() => process.exit(0)))
