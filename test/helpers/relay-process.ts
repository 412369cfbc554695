/** A real relay in a process of its own, on a free port, with a folder of its own. It can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface RelayProcess {
  /** http, without a trailing slash. The same after a restart. */
  readonly address: string
  /** Health and metrics. Another one after a restart. */
  readonly operations: string
  readonly folder: string
  /** Its log, one object a line. */
  readonly log: Readonly<Record<string, unknown>>[]
  /** SIGKILL: no word, no flush. */
  readonly kill: () => Promise<void>
  readonly start: () => Promise<void>
  /** SIGTERM; resolves with the exit code. */
  readonly stop: () => Promise<number | null>
  /** Kills it and removes its folder. */
  readonly dispose: () => Promise<void>
}

const MAIN = join(import.meta.dirname, '../../server/main.ts')

export const startRelayProcess = async (
  settings: readonly string[] = [],
  folder = mkdtempSync(join(tmpdir(), 'daybook-relay-')),
): Promise<RelayProcess> => {
  const log: Record<string, unknown>[] = []
  let child: ChildProcess | undefined
  let port = 0
  let operationsPort = 0

  const start = async (): Promise<void> => {
    const started = spawn(
      process.execPath,
      [MAIN, '--port', String(port), '--data', folder, '--operations-port', '0', ...settings],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    child = started
    const first = await new Promise<Record<string, unknown>>((resolve, reject) => {
      started.once('exit', (code) => reject(new Error(`the relay ended with ${code}`)))
      createInterface({ input: started.stdout as NodeJS.ReadableStream }).on('line', (line) => {
        // What a library says is no event of ours.
        if (!line.startsWith('{')) return void process.stderr.write(`${line}\n`)
        const event = JSON.parse(line) as Record<string, unknown>
        log.push(event)
        if (event.event === 'start') resolve(event)
      })
    })
    port = Number(first.port)
    operationsPort = Number(first.operationsPort)
  }
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    const ending = child
    child = undefined
    if (!ending || ending.exitCode !== null) return Promise.resolve(ending?.exitCode ?? null)
    return new Promise((resolve) => {
      ending.once('exit', (code) => resolve(code))
      ending.kill(signal)
    })
  }

  await start()
  return {
    get address() {
      return `http://localhost:${port}`
    },
    get operations() {
      return `http://localhost:${operationsPort}`
    },
    folder,
    log,
    kill: async () => void (await end('SIGKILL')),
    start,
    stop: () => end('SIGTERM'),
    dispose: async () => {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
