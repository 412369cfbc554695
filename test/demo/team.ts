/** Brings people's browsers together in one team over a relay of their own, by what the team page itself asks for. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { TeamAnswer, TeamCommand } from '../../lib/messages/team.ts'
import { DEFAULT_LIMITS } from '../../server/limits.ts'
import { startRelay } from '../../server/start.ts'
import { openLmdbStorage } from '../../server/storage/lmdb.ts'
import type { DaybookBrowser } from './browser.ts'

export interface DemoRelay {
  readonly address: string
  readonly close: () => Promise<void>
}

/** The real relay, on a free port, with a folder that is thrown away. */
export const startDemoRelay = async (): Promise<DemoRelay> => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-relay-'))
  const relay = await startRelay({
    storage: openLmdbStorage(folder),
    port: 0,
    host: '127.0.0.1',
    addresses: [],
    limits: DEFAULT_LIMITS,
    log: () => undefined,
  })
  return {
    address: relay.address,
    close: async () => {
      await relay.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

export interface TeamOptions {
  readonly name: string
  readonly relayAddress: string
  /** The app whose changes the team shares; each of the browsers has it among its recorded apps. */
  readonly origin: string
}

/** The first browser makes the team and invites the others; resolves when all of them are in and share the app. */
export const formTeam = async (
  [first, ...others]: readonly [DaybookBrowser, ...DaybookBrowser[]],
  { name, relayAddress, origin }: TeamOptions,
): Promise<void> => {
  const maker = await first.open('team')
  const team = await ask(maker, { type: 'team-make', name, device: DEVICE })
  await ask(maker, { type: 'team-connect', team, relay: relayAddress })
  const share: TeamCommand = { type: 'team-share-app', origin, team, older: false, holdMs: 0 }
  await ask(maker, share)
  for (const other of others) {
    const link = await ask(maker, {
      type: 'team-invite',
      team,
      role: 'writer',
      uses: 1,
      days: 1,
      ownDevice: false,
    })
    const joiner = await other.open('team')
    await ask(joiner, { type: 'team-join', link, device: DEVICE })
    await untilActive(joiner, team)
    await ask(joiner, share)
    await joiner.close()
  }
  await maker.close()
}

const DEVICE = 'Chromium of the demo'
const JOINED_WITHIN_MS = 20_000

const ask = async (page: Page, command: TeamCommand): Promise<string> => {
  const send = `chrome.runtime.sendMessage(${JSON.stringify(command)})`
  const answer = (await page.evaluate(send)) as TeamAnswer
  if (!answer.ok) throw new Error(`${command.type}: ${answer.reason}`)
  return answer.value ?? ''
}

/** Joined, and in possession of the team's key. */
const untilActive = (page: Page, team: string) =>
  page.waitForFunction(
    (id) =>
      new Promise<boolean>((resolve) => {
        const request = indexedDB.open('daybook')
        request.onsuccess = () => {
          const found = request.result.transaction('teams').objectStore('teams').get(id)
          found.onsuccess = () => {
            request.result.close()
            resolve((found.result as { state?: string } | undefined)?.state === 'active')
          }
        }
      }),
    team,
    { timeout: JOINED_WITHIN_MS, polling: 200 },
  )
