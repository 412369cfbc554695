/** Counts what happens and writes it in Prometheus' text format. Labels come from our own code, never from a client. */

export interface Metrics {
  readonly add: (name: CounterName, label?: string, amount?: number) => void
  /** `gauges` are read at the moment of asking. */
  readonly text: (gauges: Readonly<Record<string, number>>) => string
  readonly value: (name: CounterName, label?: string) => number
}

const COUNTERS = {
  appends_total: 'Entries stored.',
  append_bytes_total: 'Bytes of entries stored.',
  known_entries_total: 'Updates that brought nothing new.',
  roster_operations_total: 'Roster operations stored.',
  seals_total: 'Segments sealed.',
  receipts_total: 'Receipts given.',
  connections_total: 'Sockets opened.',
  closes_total: 'Sockets closed by the relay, by code.',
  rejects_total: 'Bad input, by reason.',
  http_requests_total: 'HTTP requests, by status.',
  flush_seconds_total: 'Time from judging an append to its being durable.',
  flushes_total: 'Appends made durable.',
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

export const createMetrics = (): Metrics => {
  const counts = new Map<CounterName, Map<string, number>>()
  return {
    add: (name, label = '', amount = 1) => {
      const byLabel = counts.get(name) ?? new Map<string, number>()
      counts.set(name, byLabel.set(label, (byLabel.get(label) ?? 0) + amount))
    },
    value: (name, label = '') => counts.get(name)?.get(label) ?? 0,
    text: (gauges) => {
      const lines: string[] = []
      for (const name of Object.keys(COUNTERS) as CounterName[]) {
        lines.push(`# HELP daybook_${name} ${COUNTERS[name]}`, `# TYPE daybook_${name} counter`)
        const byLabel = counts.get(name)
        if (!byLabel && !LABELS[name]) lines.push(`daybook_${name} 0`)
        for (const [label, count] of byLabel ?? [])
          lines.push(`daybook_${name}${label && `{${LABELS[name]}="${label}"}`} ${count}`)
      }
      for (const [name, value] of Object.entries(gauges))
        lines.push(`# TYPE daybook_${name} gauge`, `daybook_${name} ${value}`)
      return `${lines.join('\n')}\n`
    },
  }
}
