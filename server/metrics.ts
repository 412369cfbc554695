/** What the relay counts, in Prometheus' terms. Labels come from our own code, never from a client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const COUNTERS = {
  appends_total: 'Entries stored.',
  append_bytes_total: 'Bytes of entries stored.',
  erasures_total: 'Bodies of entries erased.',
  conflicts_total: 'Appends made again because another relay was faster.',
  roster_operations_total: 'Roster operations stored.',
  seals_total: 'Segments sealed.',
  receipts_total: 'Receipts given.',
  connections_total: 'Sockets opened.',
  closes_total: 'Sockets closed by the relay, by code.',
  rejects_total: 'Bad input, by reason.',
  http_requests_total: 'HTTP requests, by status.',
  presence_total: 'Presence frames, by outcome.',
  frames_sent_total: 'Frames sent.',
} as const
export type CounterName = keyof typeof COUNTERS

const LABELS: Partial<Record<CounterName, string>> = {
  closes_total: 'code',
  rejects_total: 'reason',
  http_requests_total: 'status',
  presence_total: 'outcome',
}

const HISTOGRAMS = {
  flush_seconds: 'Time until an append was durable.',
  fan_out_seconds:
    'Time from the arrival of what waited longest in a round to its being handed to every socket in the room.',
} as const
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

const GAUGES = {
  open_connections: 'Sockets.',
  loaded_teams: 'Teams in memory.',
  buffered_bytes: 'Sent and not yet taken by the network.',
  head_entries: 'Entries in the open segments of the loaded teams.',
  head_bytes: 'Bytes in the open segments of the loaded teams.',
} as const
export type Gauges = Readonly<Record<keyof typeof GAUGES, number>>

export interface Metrics {
  readonly add: (name: CounterName, label?: string, amount?: number) => void
  readonly observe: (name: keyof typeof HISTOGRAMS, value: number) => void
  readonly value: (name: CounterName, label?: string) => Promise<number>
  /** `gauges` are read at the moment of asking. */
  readonly text: (gauges: Gauges) => Promise<string>
}

/** `ofProcess`: with what Node tells about itself, too. */
export const createMetrics = ({ ofProcess = false } = {}): Metrics => {
  const registry = new Registry()
  const registers = [registry]
  if (ofProcess) collectDefaultMetrics({ register: registry })
  const counters = record(COUNTERS, (name, help) => {
    const label = LABELS[name]
    return new Counter({ name: `daybook_${name}`, help, registers, labelNames: label ? [label] : [] })
  })
  const histograms = record(
    HISTOGRAMS,
    (name, help) => new Histogram({ name: `daybook_${name}`, help, registers, buckets: BUCKETS }),
  )
  // Counted on each frame to each socket, so not in prom-client's own time.
  const unlabelled = record(COUNTERS, () => 0)
  const settle = (): void => {
    for (const name of Object.keys(COUNTERS) as CounterName[]) {
      if (unlabelled[name] > 0) counters[name].inc(unlabelled[name])
      unlabelled[name] = 0
    }
  }
  const gauges = record(GAUGES, (name, help) => new Gauge({ name: `daybook_${name}`, help, registers }))

  return {
    add: (name, label, amount = 1) => {
      const labelName = LABELS[name]
      if (labelName) counters[name].inc({ [labelName]: label ?? '' }, amount)
      else unlabelled[name] += amount
    },
    observe: (name, value) => histograms[name].observe(value),
    value: async (name, label) => {
      settle()
      const { values } = await counters[name].get()
      const labelName = LABELS[name]
      return values.find(({ labels }) => !labelName || labels[labelName] === label)?.value ?? 0
    },
    text: (now) => {
      settle()
      for (const name of Object.keys(GAUGES) as (keyof Gauges)[]) gauges[name].set(now[name])
      return registry.metrics()
    },
  }
}

const record = <Name extends string, Value>(
  helps: Readonly<Record<Name, string>>,
  make: (name: Name, help: string) => Value,
): Record<Name, Value> =>
  Object.fromEntries(
    (Object.entries(helps) as [Name, string][]).map(([name, help]) => [name, make(name, help)]),
  ) as Record<Name, Value>
