/**
 * Joins teams and their relays to the browser: commands from our pages, pages that are looked at, alarms. Says nothing
 * to a relay while there is no team.
 */
import type { Browser, WxtBrowser } from 'wxt/browser'
import { PRESENCE_PORT, parseLooking } from '../../lib/messages/presence.ts'
import { parseTeamCommand, type TeamAnswer } from '../../lib/messages/team.ts'
import { VIEW_PORT } from '../../lib/messages/view.ts'
import type { DaybookDatabase } from '../../lib/store/database.ts'
import { discardEntry, shareOlderEntries } from '../../lib/sync/outbox.ts'
import { createSync } from '../../lib/sync/sync.ts'
import { createTeamCommands } from '../../lib/sync/team-commands.ts'
import { createTeams } from '../../lib/sync/teams.ts'

export interface TeamsInBackground {
  /** Undefined where the message is no team command, or not for this sender to send. */
  readonly answer: (
    message: unknown,
    sender: Browser.runtime.MessageSender,
  ) => Promise<TeamAnswer> | undefined
  /** Entries were stored that may have to be sent. */
  readonly recorded: () => void
}

const LOOK_IN = 'look in on relays'
const LOOK_IN_MINUTES = 5
const SOON = 'something is due for a relay'
/** A worker lives a little longer than this; what comes later is an alarm's, which Chrome rings after 30 s at the soonest. */
const LONGEST_TIMER_MS = 25_000
const SHORTEST_ALARM_MS = 30_000

export const startTeams = (db: DaybookDatabase, browser: WxtBrowser): TeamsInBackground => {
  const { subtle } = crypto
  const nowMs = Date.now
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length))
  const fetcher: typeof fetch = (input, init) => fetch(input, init)
  const teams = createTeams({ db, subtle, random, nowMs, fetch: fetcher })
  const sync = createSync({
    db,
    teams,
    subtle,
    fetch: fetcher,
    WebSocket,
    nowMs,
    random,
    chance: Math.random,
    after: (ms, callback) => {
      if (ms > LONGEST_TIMER_MS)
        void browser.alarms.create(SOON, { delayInMinutes: Math.max(ms, SHORTEST_ALARM_MS) / 60_000 })
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  })
  const wake = (): void => {
    void sync.wake().then(keepAlarm)
  }
  const keepAlarm = async (): Promise<void> => {
    const wanted = (await db.teams.count()) > 0
    const known = await browser.alarms.get(LOOK_IN)
    if (wanted && !known) await browser.alarms.create(LOOK_IN, { periodInMinutes: LOOK_IN_MINUTES })
    if (!wanted && known) await browser.alarms.clear(LOOK_IN)
  }
  const command = createTeamCommands({
    db,
    teams,
    nowMs,
    random,
    shareOlder: (origin, team) => shareOlderEntries(db, origin, team, nowMs()),
    discard: (entry) => discardEntry(db, entry),
    wake,
  })

  browser.alarms.onAlarm.addListener(({ name }) => {
    if (name === LOOK_IN) void sync.lookIn()
    if (name === SOON) wake()
  })
  browser.runtime.onConnect.addListener((port) => {
    if (port.sender?.id !== browser.runtime.id) return
    if (!port.sender.url?.startsWith(browser.runtime.getURL('/'))) return
    if (port.name === VIEW_PORT) port.onDisconnect.addListener(sync.watch())
    if (port.name === PRESENCE_PORT) {
      const panel = sync.presence.open((present) => port.postMessage(present))
      port.onMessage.addListener((message: unknown) => panel.look(parseLooking(message)))
      port.onDisconnect.addListener(panel.close)
    }
  })
  wake()

  return {
    answer: (message, sender) => {
      if (sender.id !== browser.runtime.id || !sender.url?.startsWith(browser.runtime.getURL('/')))
        return undefined
      const parsed = parseTeamCommand(message)
      return parsed && command(parsed)
    },
    recorded: wake,
  }
}
