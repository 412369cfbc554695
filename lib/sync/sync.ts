/**
 * All teams of this browser, exchanged with their relays from the background. Connected while somebody looks or
 * something waits to be sent; otherwise asleep until `lookIn` is called, which an alarm does.
 */
import type { Bytes } from '../log/bytes.ts'
import { createVerifier } from '../log/signature.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { createArrivals } from './arrivals.ts'
import { createOutbox } from './outbox.ts'
import { createPresence, type Presence } from './presence.ts'
import { createSuspicions } from './suspicions.ts'
import { createTeamSync, type TeamSync } from './team-sync.ts'
import type { Teams } from './teams.ts'

export interface SyncDeps {
  readonly db: DaybookDatabase
  readonly teams: Teams
  readonly subtle: SubtleCrypto
  readonly fetch: typeof fetch
  readonly WebSocket: typeof WebSocket
  readonly nowMs: () => number
  readonly random: (length: number) => Bytes
  readonly chance: () => number
  readonly after: (ms: number, callback: () => void) => () => void
}

export interface Sync {
  /** Entries were recorded, or teams and apps changed. */
  readonly wake: () => Promise<void>
  /** Connects every team once, to see what is new. */
  readonly lookIn: () => Promise<void>
  /** A page that shows the timeline was opened; returns its closing. */
  readonly watch: () => () => void
  /** For panels that say what they show and hear what others have in view. */
  readonly presence: Pick<Presence, 'open'>
  readonly stop: () => Promise<void>
}

export const createSync = (deps: SyncDeps): Sync => {
  const { db, teams, subtle, nowMs, random } = deps
  const verifier = createVerifier(subtle)
  const suspicions = createSuspicions(db, nowMs)
  const arrivals = createArrivals({ db, subtle, verifier, suspicions, nowMs })
  const outbox = createOutbox({ db, subtle, nowMs, random })
  const presence = createPresence({ db, subtle, random, nowMs, contextOf: teams.context })
  const syncs = new Map<string, TeamSync>()
  let watchers = 0

  const everyTeam = async (each: (sync: TeamSync) => void): Promise<void> => {
    for (const { team, relay } of await db.teams.toArray()) {
      if (relay === undefined) {
        await sealAlone(team)
        continue
      }
      const sync =
        syncs.get(team) ??
        createTeamSync(team, { ...deps, arrivals, suspicions, outbox, verifier, presence, isWatched })
      syncs.set(team, sync)
      each(sync)
    }
  }
  const isWatched = (): boolean => watchers > 0

  /** A team without a relay has a log all the same: its entries are sealed as they come. */
  const sealAlone = async (team: string): Promise<void> => {
    for (;;) {
      const context = await teams.context(team)
      if (!context || (await outbox.sealDue(context, 64)).length === 0) return
    }
  }

  const wake = (): Promise<void> => everyTeam((sync) => sync.kick())
  return {
    wake,
    lookIn: () => everyTeam((sync) => sync.lookIn()),
    watch: () => {
      watchers += 1
      void wake()
      let isOpen = true
      return () => {
        if (!isOpen) return
        isOpen = false
        watchers -= 1
        void wake()
      }
    },
    presence,
    stop: async () => {
      await Promise.all([...syncs.values()].map((sync) => sync.stop()))
    },
  }
}
