/** `npm run archive -- --invite LINK --out DIR [--format cloudevents] [--once]`: keeps a team's log as day files. */
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { parseInviteLink } from '../../team/invite.ts'
import { runArchive } from './archive.ts'
import { openArchiveFolder } from './archive-folder.ts'

const USAGE = `Usage: npm run --silent archive -- --invite LINK --out DIR [--format jsonl|cloudevents] [--name NAME] [--once]
Joins a team by an invite link (a reader's is enough) and writes its entries to DIR, one file a day, until it is stopped.
Later runs on the same DIR need no --invite. --once: ends when it has all that the relay has.`

const main = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      invite: { type: 'string' },
      out: { type: 'string' },
      format: { type: 'string', default: 'jsonl' },
      name: { type: 'string', default: 'Archive' },
      once: { type: 'boolean', default: false },
    },
  })
  const { out, format } = values
  if (out === undefined || (format !== 'jsonl' && format !== 'cloudevents')) return refuse(USAGE)
  const invite = values.invite === undefined ? undefined : parseInviteLink(values.invite, Date.now())
  if (invite && !invite.ok) return refuse(`This is no invite link that can be used: ${invite.fault}.`)
  const stopping = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())
  try {
    await mkdir(out, { recursive: true })
    await runArchive(
      {
        folder: openArchiveFolder(out),
        subtle: crypto.subtle,
        fetch,
        WebSocket,
        nowMs: Date.now,
        random: (length) => crypto.getRandomValues(new Uint8Array(length)),
        pause: (ms) => sleep(ms, stopping.signal),
        signal: stopping.signal,
        say: (text) => process.stderr.write(`daybook archive: ${text}\n`),
      },
      { ...(invite && { invite: invite.value }), name: values.name, format, once: values.once },
    )
    return 0
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error), 1)
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
  })

const refuse = (text: string, code = 2): number => {
  process.stderr.write(`${text}\n`)
  return code
}

process.exit(await main())
