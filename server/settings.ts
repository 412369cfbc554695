/** What a relay can be told, as `--name value` or as `DAYBOOK_NAME` in the environment; and which storage that means. */
import { parseArgs } from 'node:util'
import { DEFAULT_LIMITS, type Limits } from './limits.ts'
import type { RelayStorage } from './storage/storage.ts'

export interface Settings {
  /** 'serve', 'backup' or 'restore'. */
  readonly command: string
  readonly port: number
  readonly host: string
  /** Health and metrics; not for the world. */
  readonly operationsPort: number
  readonly operationsHost: string
  readonly data: string
  /** Where `backup` writes and `restore` reads. */
  readonly copy: string
  readonly store: string
  readonly natsServers: readonly string[]
  readonly natsReplicas: number
  readonly addresses: readonly string[]
  readonly createToken: string
  readonly trustProxy: boolean
  readonly logLevel: string
  readonly limits: Limits
}

type Environment = Readonly<Record<string, string | undefined>>

/** Throws for a name that there is not, and for a number that is none. */
export const readSettings = (argv: readonly string[], environment: Environment): Settings => {
  const options = Object.fromEntries(
    [...Object.keys(TEXTS), ...Object.keys(DEFAULT_LIMITS).map(toKebab)].map((name) => [
      name,
      { type: 'string' as const },
    ]),
  )
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { ...options, 'trust-proxy': { type: 'boolean' } },
  })
  const text = (name: string): string | undefined => {
    const given = (values as Readonly<Record<string, unknown>>)[name]
    return typeof given === 'string'
      ? given
      : environment[`DAYBOOK_${name.replaceAll('-', '_').toUpperCase()}`]
  }
  const read = (name: keyof typeof TEXTS): string => text(name) ?? TEXTS[name]
  const list = (name: keyof typeof TEXTS): string[] => read(name).split(',').filter(Boolean)
  const port = toNumber('port', read('port'))
  return {
    command: positionals[0] ?? 'serve',
    port,
    host: read('host'),
    operationsPort: toNumber('operations-port', read('operations-port') || String(port === 0 ? 0 : port + 1)),
    operationsHost: read('operations-host'),
    data: read('data'),
    copy: read('copy'),
    store: read('store'),
    natsServers: list('nats'),
    natsReplicas: toNumber('nats-replicas', read('nats-replicas')),
    addresses: list('address'),
    createToken: read('create-token'),
    trustProxy: values['trust-proxy'] === true || environment.DAYBOOK_TRUST_PROXY === '1',
    logLevel: read('log-level'),
    limits: Object.fromEntries(
      Object.entries(DEFAULT_LIMITS).map(([name, standard]) => {
        const given = text(toKebab(name))
        return [name, given === undefined ? standard : toNumber(toKebab(name), given)]
      }),
    ) as unknown as Limits,
  }
}

/** Loads only the storage that is asked for. */
export const openStorage = async ({
  store,
  data,
  natsServers,
  natsReplicas,
}: Settings): Promise<RelayStorage> => {
  switch (store) {
    case 'lmdb':
      return (await import('./storage/lmdb.ts')).openLmdbStorage(data)
    case 'jetstream': {
      const { openJetStreamStorage } = await import('./storage/jetstream.ts')
      return openJetStreamStorage({ servers: natsServers, replicas: natsReplicas })
    }
    default:
      throw new Error(`"store" expected lmdb or jetstream, got ${store}`)
  }
}

const TEXTS = {
  port: '8787',
  host: '127.0.0.1',
  'operations-port': '',
  'operations-host': '127.0.0.1',
  data: 'relay-data',
  copy: '',
  store: 'lmdb',
  nats: '127.0.0.1:4222',
  'nats-replicas': '3',
  address: '',
  'create-token': '',
  'log-level': 'info',
} as const

const toKebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

const toNumber = (name: string, text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Error(`"${name}" expected a whole number, got ${text}`)
  return value
}
