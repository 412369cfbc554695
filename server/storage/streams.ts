/**
 * JetStream as the adapter needs it: three streams, a write that says whether it was first, reads that wait for a leader.
 * A write is tried again while a leader is elected. It may then be stored twice, and of two relays' writes at one place both may
 * be: the first that is there counts, and whoever reads leaves out the others. Message ids, which would keep the second from being
 * stored, are not used: a leader of nats-server 2.9 notes an id before its message has a majority, and leaves the message out of
 * its copy of the stream when it has lost the lead meanwhile and the message comes again.
 */
import { randomUUID } from 'node:crypto'
import {
  AckPolicy,
  DiscardPolicy,
  JetStreamApiError,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'

export interface StreamOptions {
  readonly servers: readonly string[]
  /** 3 in earnest; 1 for a single server. */
  readonly replicas: number
  /** In front of stream names and subjects, so that one NATS account can hold several logs. */
  readonly prefix: string
}

export interface Message {
  readonly seq: number
  readonly subject: string
  readonly data: Uint8Array
}

/** `log` can't be deleted from; `bodies` can; `tokens` are forgotten. */
export type StreamName = 'log' | 'bodies' | 'tokens'

export interface Streams {
  readonly connection: NatsConnection
  readonly write: (subject: string, data: Uint8Array) => Promise<number>
  /** The message's sequence once a majority has it on disk; undefined where another one follows on `after` in its subject. */
  readonly writeAfter: (subject: string, data: Uint8Array, after: number) => Promise<number | undefined>
  readonly last: (stream: StreamName, subject: string) => Promise<Message | undefined>
  /** The first message with this subject from `seq` on. */
  readonly next: (stream: StreamName, subject: string, seq: number) => Promise<Message | undefined>
  /** Undefined where it was erased. */
  readonly at: (stream: StreamName, seq: number) => Promise<Message | undefined>
  /** Everything with this subject, in order. */
  readonly all: (stream: StreamName, subject: string) => Promise<readonly Message[]>
  /** Overwrites the message on the disks, too. */
  readonly erase: (stream: StreamName, seq: number) => Promise<void>
}

/** JetStream's answer to a write that expects another last sequence. */
const WRONG_LAST_SEQUENCE = 10071
const WRITER = 'Daybook-Writer'
const NO_SUCH_MESSAGE = 10043
const STREAM_EXISTS = 10058
/** A cluster that is just starting. */
const NO_PEERS = 10005
/** How long an election may take before a read or write fails. */
const PATIENCE_MS = 20_000
const ATTEMPT_MS = 2_000
const PAUSE_MS = 100
const TOKEN_LIFE_S = 180
const NS = 1_000_000_000

export const openStreams = async ({ servers, replicas, prefix }: StreamOptions): Promise<Streams> => {
  const connection = await connect({
    servers: [...servers],
    name: 'daybook relay',
    noEcho: true,
    // An error object for each request, in case it fails, is a twentieth of what an append costs.
    noAsyncTraces: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    // A server that is there and says nothing is left after a few seconds.
    pingInterval: 2_000,
    maxPingOut: 2,
    timeout: 3_000,
  })
  const manager = await patiently(() => jetstreamManager(connection, { timeout: ATTEMPT_MS }))
  const client = jetstream(connection, { timeout: ATTEMPT_MS })
  const nameOf = (stream: StreamName): string => `${prefix}_${stream}`.toUpperCase()
  const nameOfSubject = (subject: string): string => {
    const [kind] = subject.slice(prefix.length + 1).split('.')
    return nameOf(kind === 'body' ? 'bodies' : kind === 'token' ? 'tokens' : 'log')
  }

  const make = async (stream: StreamName, subjects: readonly string[], rest: object): Promise<void> => {
    const config = {
      name: nameOf(stream),
      subjects: subjects.map((subject) => `${prefix}.${subject}`),
      num_replicas: replicas,
      retention: RetentionPolicy.Limits,
      discard: DiscardPolicy.New,
      ...rest,
    }
    await patiently(() =>
      manager.streams.add(config).catch((error: unknown) => {
        if (!(error instanceof JetStreamApiError) || error.code !== STREAM_EXISTS) throw error
      }),
    )
  }
  await make('log', ['team.>', 'secret.>'], {
    storage: StorageType.File,
    deny_delete: true,
    deny_purge: true,
  })
  await make('bodies', ['body.>'], { storage: StorageType.File, deny_purge: true })
  await make('tokens', ['token.>'], {
    storage: StorageType.Memory,
    max_age: TOKEN_LIFE_S * NS,
    discard: DiscardPolicy.Old,
  })
  const { config } = await patiently(() => manager.streams.info(nameOf('log')))
  if (!config.deny_delete || !config.deny_purge)
    throw new Error(
      `stream "${nameOf('log')}" expected deny_delete and deny_purge, got a stream that can lose entries`,
    )

  type Query = { last_by_subj: string } | { next_by_subj: string; seq: number } | { seq: number }
  const get = (stream: StreamName, query: Query) =>
    patiently(async (): Promise<Message | undefined> => {
      try {
        return (await manager.streams.getMessage(nameOf(stream), query)) ?? undefined
      } catch (error) {
        if (error instanceof JetStreamApiError && error.code === NO_SUCH_MESSAGE) return undefined
        throw error
      }
    })
  const last: Streams['last'] = (stream, subject) => get(stream, { last_by_subj: subject })
  const next: Streams['next'] = (stream, subject, seq) => get(stream, { next_by_subj: subject, seq })

  /** As the leader counts. */
  const countOf = (stream: StreamName, subject: string): Promise<number> =>
    patiently(async () => {
      const { state } = await manager.streams.info(nameOf(stream), { subjects_filter: subject })
      return Object.values(state.subjects ?? {}).reduce((sum, count) => sum + count, 0)
    })

  /** By a consumer of the moment, which a lagging replica may serve. */
  const readMany = async (stream: StreamName, subject: string, upTo: number): Promise<Message[]> => {
    const info = await manager.consumers.add(nameOf(stream), {
      filter_subject: subject,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: 10 * NS,
    })
    const found: Message[] = []
    const consumer = client.consumers.getConsumerFromInfo(info)
    if (info.num_pending > 0)
      for await (const { seq, subject, data } of await consumer.fetch({
        max_messages: info.num_pending,
        expires: ATTEMPT_MS,
      })) {
        found.push({ seq, subject, data })
        if (seq >= upTo) break
      }
    void manager.consumers.delete(nameOf(stream), info.name).catch(() => undefined)
    return found
  }

  return {
    connection,
    last,
    next,
    at: (stream, seq) => get(stream, { seq }),

    write: (subject, data) =>
      patiently(async () => (await client.publish(subject, data, { timeout: ATTEMPT_MS })).seq),

    writeAfter: async (subject, data, after) => {
      const writer = randomUUID()
      const header = headers()
      header.set(WRITER, writer)
      await patiently(async () => {
        try {
          const expect = { lastSubjectSequence: after }
          await client.publish(subject, data, { headers: header, timeout: ATTEMPT_MS, expect })
        } catch (error) {
          if (!(error instanceof JetStreamApiError) || error.code !== WRONG_LAST_SEQUENCE) throw error
        }
      })
      // Mine, if an earlier attempt's answer got lost; another's, if it was on its way when the leader looked.
      const query = { next_by_subj: subject, seq: after + 1 }
      const first = await patiently(() => manager.streams.getMessage(nameOfSubject(subject), query))
      return first?.header.get(WRITER) === writer ? first.seq : undefined
    },

    all: async (stream, subject) => {
      const count = await countOf(stream, subject)
      const newest = await last(stream, subject)
      if (!newest) return []
      const oldest = await next(stream, subject, 1)
      if (!oldest || oldest.seq === newest.seq) return [newest]
      /** What the replica lacked comes from the leader. */
      const readOn = async (found: Message[]): Promise<Message[]> => {
        for (let seq = found.at(-1)?.seq ?? 0; seq < newest.seq; ) {
          const message = await next(stream, subject, seq + 1)
          if (!message) break
          found.push(message)
          seq = message.seq
        }
        return found
      }
      const found = await readOn(await readMany(stream, subject, newest.seq).catch((): Message[] => []))
      // A replica that was cut off may have holes that it does not know of: then nothing of it is taken.
      return found.length < count ? readOn([]) : found
    },

    erase: async (stream, seq) => {
      await patiently(() =>
        manager.streams.deleteMessage(nameOf(stream), seq, true).catch((error: unknown) => {
          if (!(error instanceof JetStreamApiError)) throw error
        }),
      )
    },
  }
}

/** Tries again what failed for want of a leader; what the server refuses for a reason of its own, it does not. */
const patiently = async <Value>(work: () => Promise<Value>): Promise<Value> => {
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    try {
      return await work()
    } catch (error) {
      const isRefused = error instanceof JetStreamApiError && error.status < 500 && error.code !== NO_PEERS
      if (isRefused || Date.now() > end) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}
