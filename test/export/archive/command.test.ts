/** The archive as a process beside a real relay: killed and started again, it has every entry once. */
import 'fake-indexeddb/auto'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Entry } from '../../../lib/model/entry.ts'
import { openDatabase } from '../../../lib/store/database.ts'
import { recordEntries } from '../../../lib/sync/outbox.ts'
import { createSync } from '../../../lib/sync/sync.ts'
import { createTeams, type Outcome } from '../../../lib/sync/teams.ts'
import { makeEntry } from '../../helpers/entries.ts'
import { startRelayProcess } from '../../helpers/relay-process.ts'
import { until } from '../../helpers/sync-world.ts'
import { randomBytes, subtle } from '../../helpers/team.ts'

const MAIN = join(import.meta.dirname, '../../../lib/export/archive/main.ts')
const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const must = <Value>(outcome: Outcome<Value>): Value => {
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.value
}

test('killed in the middle and started again, it has every entry once', async () => {
  const relay = await startRelayProcess(['--segment-entries', '10'])
  undo.push(relay.dispose)
  const folder = mkdtempSync(join(tmpdir(), 'daybook-archive-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))

  const db = openDatabase(`archive-${crypto.randomUUID()}`)
  const teams = createTeams({ db, subtle, random: randomBytes, nowMs: Date.now, fetch })
  const sync = createSync({
    db,
    teams,
    subtle,
    fetch,
    WebSocket,
    nowMs: Date.now,
    random: randomBytes,
    chance: Math.random,
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  })
  undo.push(() => sync.stop())
  const team = must(await teams.make('Acme', { id: crypto.randomUUID(), name: 'Ana', device: 'Laptop' }))
  must(await teams.connect(team, relay.address))
  const { origin, name } = makeEntry(0).app
  await db.apps.put({ origin, name, state: 'recording', addedAt: 0, team })
  sync.watch()
  const record = async (start: number, count: number): Promise<void> => {
    const entries = Array.from({ length: count }, (_, index) => makeEntry(start + index))
    await recordEntries(db, entries, Date.now())
    await sync.wake()
  }
  const link = must(await teams.invite(team, { role: 'reader', uses: 1, days: 1, ownDevice: false }))

  const start = (...more: string[]): ChildProcess => {
    const child = spawn(process.execPath, [MAIN, '--out', folder, ...more], { stdio: 'ignore' })
    undo.push(() => child.kill('SIGKILL'))
    return child
  }
  const ended = (child: ChildProcess) =>
    new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  const lines = (): Entry[] =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.jsonl'))
      .flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'))
      .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Entry]))

  await record(0, 25)
  const first = start('--invite', link)
  await until('the first are written', () => lines().length === 25)
  const killed = ended(first)
  await record(25, 20)
  first.kill('SIGKILL')
  await killed
  await record(45, 15)
  await until('all is stored', async () => {
    return (await db.heads.toArray()).some(({ seq, storedSeq }) => seq === 60 && storedSeq === 60)
  })
  expect(await ended(start('--once'))).toBe(0)
  const ids = lines().map(({ id }) => id)
  expect(ids.length).toBe(60)
  expect(new Set(ids)).toEqual(new Set(Array.from({ length: 60 }, (_, index) => makeEntry(index).id)))

  const running = start()
  await record(60, 1)
  await until('it is written live', () => lines().length === 61)
  const stopped = ended(running)
  running.kill('SIGTERM')
  expect(await stopped).toBe(0)
})
