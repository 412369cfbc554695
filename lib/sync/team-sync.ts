/**
 * Keeps one team's log and its relay equal: what the relay says of the team first, then the open segment live, then what
 * either side lacks.
 * Every step can be cut off anywhere and is simply done again: what counts is in the database, and what is sent is what
 * the relay says it lacks. Knows no browser; sockets, time and chance come in.
 */
import type { Bytes } from '../log/bytes.ts'
import { decodeEnvelope, type FeedId, type TeamId } from '../log/envelope.ts'
import { CLOSE } from '../log/frames.ts'
import type { Verifier } from '../log/signature.ts'
import { decodeUpdate, type FeedRun } from '../log/yjs-update.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { Arrivals } from './arrivals.ts'
import { leaveFeed } from './copied-profile.ts'
import { createEntering } from './entering.ts'
import { hasGaps, noteVainSearch, wasSearchedInVain } from './gaps.ts'
import { nextDueMs, type Outbox, type Standing } from './outbox.ts'
import type { Presence } from './presence.ts'
import { createReceipts, type SentHead } from './receipts.ts'
import { createRelayHttp } from './relay-http.ts'
import { openRoom, type Room } from './segment-room.ts'
import { nextToSend } from './sending.ts'
import type { RelaySummary } from './summary.ts'
import type { Suspicions } from './suspicions.ts'
import { createSyncState } from './sync-state.ts'
import type { TeamContext } from './team-context.ts'
import type { Teams } from './teams.ts'

export interface TeamSyncDeps {
  readonly db: DaybookDatabase
  readonly teams: Pick<Teams, 'context' | 'token' | 'follow' | 'connect' | 'succeed' | 'clocks'>
  readonly arrivals: Arrivals
  readonly suspicions: Suspicions
  readonly outbox: Outbox
  readonly verifier: Verifier
  readonly presence: Presence
  readonly fetch: typeof fetch
  readonly WebSocket: typeof WebSocket
  readonly nowMs: () => number
  /** 0 to 1. */
  readonly chance: () => number
  /** Calls back once after `ms`; returns its undo. */
  readonly after: (ms: number, callback: () => void) => () => void
  /** Whether somebody is looking. */
  readonly isWatched: () => boolean
}

export interface TeamSync {
  /** Something may have changed. */
  readonly kick: () => void
  /** Connects once, even if nobody looks and nothing waits to be sent. */
  readonly lookIn: () => void
  /** Resolves when nothing is under way any more. */
  readonly stop: () => Promise<void>
}

/** Refusals that pass with another token, or once the relay has the team or the whole of its roster (again). */
const MENDS_ITSELF: ReadonlySet<number> = new Set([CLOSE.badToken, CLOSE.notFound, CLOSE.notAllowed])
/** Short enough for a timer: an alarm would be set and cleared with each thing that is sent. */
const ANSWER_TIMEOUT_MS = 25_000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 60_000
const REFUSED_RETRY_MS = 10 * 60_000

/** A room with what was learnt since it was asked for. */
interface Live {
  readonly room: Room
  /** Undefined until the relay has said which is open. */
  segment: number | undefined
  /** What the relay said of the team is put right: now there is something to decide. */
  isEntered: boolean
  /** What others in the room say of themselves. */
  heard: readonly unknown[]
  /** By feed, the last entry that the relay is known to have. */
  relaySeqs: Map<FeedId, number>
  /** Sealed segments that this machine has not seen, oldest first. */
  missing: number[]
  missingAtFirst: number
  /** The sealed segments from here on were searched for what fell through; undefined before it shows that something did. */
  searchedFrom: number | undefined
  /** Nothing is missing that the relay could give, as far as can be told. */
  isWhole: boolean
  /** What does not add up was told since something last came. */
  isSettled: boolean
  /** Something came that the roster doesn't explain yet: it is to be asked for again. */
  isPartial: boolean
  synced: boolean
  /** Sent and not answered. */
  inFlight: { readonly last: SentHead; readonly cancelTimeout: () => void } | undefined
}

export const createTeamSync = (team: TeamId, deps: TeamSyncDeps): TeamSync => {
  const { db, teams, arrivals, outbox, nowMs } = deps
  let live: Live | undefined
  let isCurious = false
  /** The relay let the socket go before it said anything of the team: HTTP tells why. */
  let isRefused = false
  let failures = 0
  let retryAtMs = 0
  let refusal: string | undefined
  let stopped = false
  let dirty = false
  /** As read last; undefined where it may have changed since: who wakes for one entry reads it as seldom as can be. */
  let standing: Standing | undefined
  let running: Promise<void> | undefined
  let cancelTimer: (() => void) | undefined
  let taking: Promise<unknown> = Promise.resolve()
  let judgedRoster = ''
  const receipts = createReceipts(deps)
  const entering = createEntering({ ...deps, receipts })
  const state = createSyncState(db)

  /** Something else changed the database, or may have. */
  const kick = (): void => {
    standing = undefined
    goOn()
  }

  const goOn = (): void => {
    dirty = true
    running ??= run().finally(() => {
      running = undefined
      if (dirty && !stopped) goOn()
    })
  }

  const run = async (): Promise<void> => {
    while (dirty && !stopped) {
      dirty = false
      try {
        await step()
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error))
      }
      // Where nobody looks, how it ended is enough.
      if (deps.isWatched() || !live) await show()
    }
  }

  const step = async (): Promise<void> => {
    const context = await teams.context(team)
    if (!context?.row.relay || context.row.state === 'removed') return leave()
    if (judgedRoster !== context.roster.head.hash) {
      await deps.suspicions.excludeAfterCuts(context)
      judgedRoster = context.roster.head.hash
    }
    if (live?.synced) await taking
    // Until the relay has answered there is nothing to decide.
    if (live && (!live.synced || !live.isEntered || live.inFlight)) return
    if (live) {
      failures = 0
      refusal = undefined
    }
    const now = standing ?? (await outbox.standing(team))
    standing = now
    const dueMs = nextDueMs(now)
    if (!isWanted(context, now)) {
      leave()
      return dueMs === undefined ? undefined : wakeAfter(dueMs - nowMs())
    }
    if (!live) {
      if (nowMs() < retryAtMs) return wakeAfter(retryAtMs - nowMs())
      return connect(context)
    }
    await sendNext(context, live, now)
    if (live && !live.inFlight) await fetchNextMissing(context, live)
    if (dueMs !== undefined && dueMs > nowMs()) wakeAfter(dueMs - nowMs())
  }

  const isWanted = ({ self }: TeamContext, now: Standing): boolean => {
    if (deps.isWatched() || isCurious || (live && live.missing.length > 0)) return true
    if ((nextDueMs(now) ?? Infinity) <= nowMs()) return true
    const own = now.heads.find(({ feed }) => feed === self.feed)
    return own !== undefined && own.seq > (own.storedSeq ?? 0)
  }

  // --- before the room ---

  const connect = async (context: TeamContext): Promise<void> => {
    const asked = isRefused ? await entering.askWhy(context) : undefined
    // Whom HTTP has refused asks there again: a socket would be refused as well, and could not say why.
    isRefused = asked?.ok === false && asked.status !== 0
    if (asked?.ok === false) return failHttp(asked)
    const pass = await teams.token(team)
    if (pass === undefined || stopped) return
    const opened: Live = {
      room: openRoom({
        address: context.row.relay as string,
        team,
        ...(asked && { segment: asked.value.segment }),
        token: pass,
        WebSocket: deps.WebSocket,
        on: {
          summary: (summary) => begin(opened, summary),
          synced: () => {
            opened.synced = true
            if (opened.segment === undefined) return refuse(opened)
            void present()
            goOn()
          },
          runs: (runs) => queueRuns(runs),
          receipt: (bytes) =>
            queue(async (now) => {
              const receipt = await receipts.take(now, bytes, live?.inFlight?.last)
              if (receipt) raiseSeq(receipt.feed, receipt.seq)
            }),
          sealed: (next) => queue(async () => leaveSealed(opened, next)),
          roster: (length) =>
            queue(async ({ roster }) => {
              if (length <= roster.head.length) return 'nothing new'
              return followAgain()
            }),
          presence: (states) => {
            opened.heard = states
            if (opened.isEntered) void deps.presence.heard(team, states)
          },
          closed: (code, reason) => {
            opened.inFlight?.cancelTimeout()
            if (opened.segment === undefined) return refuse(opened)
            if (live === opened) {
              live = undefined
              void deps.presence.heard(team, [])
            }
            void ended(code, reason)
          },
        },
      }),
      segment: undefined,
      isEntered: false,
      heard: [],
      relaySeqs: new Map(),
      missing: [],
      missingAtFirst: 0,
      searchedFrom: undefined,
      isWhole: false,
      isSettled: false,
      isPartial: false,
      synced: false,
      inFlight: undefined,
    }
    live = opened
    if (asked) begin(opened, asked.value)
    wakeAfter(ANSWER_TIMEOUT_MS)
  }

  /** What comes after it waits until it is dealt with. */
  const begin = (opened: Live, summary: RelaySummary): void => {
    if (opened.segment !== undefined) return
    opened.segment = summary.segment
    queue(async (context) => {
      if (live !== opened) return
      const entered = await entering.enter(context, summary)
      if (live !== opened) return
      switch (entered.kind) {
        case 'in':
          opened.relaySeqs = new Map(summary.seqByFeed)
          opened.missing = entered.missing
          opened.missingAtFirst = entered.missing.length
          opened.isEntered = true
          // With the keys that were just handed over.
          void deps.presence.heard(team, opened.heard)
          void present()
          return
        case 'anew':
        case 'removed':
          return leave()
        case 'failed':
          return fail(entered.reason)
      }
    })
  }

  const refuse = (opened: Live): void => {
    if (live !== opened || stopped) return
    leave()
    isRefused = true
    kick()
  }

  const token = async (): Promise<string> => (await teams.token(team)) ?? ''

  // --- in the room ---

  /** Everything from the relay is taken in one line, on the newest roster. */
  const queue = (work: (context: TeamContext) => Promise<unknown>): void => {
    taking = taking
      .then(async () => {
        const context = stopped ? undefined : await teams.context(team)
        if (context && (await work(context)) !== 'nothing new') standing = undefined
      })
      .catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
      .finally(goOn)
  }

  const queueRuns = (runs: readonly FeedRun[]): void =>
    queue(async (context) => {
      const inRoom = live
      const isTaken = await take(context, runs)
      if (!inRoom) return
      inRoom.isSettled = false
      if (!isTaken) inRoom.isPartial = true
    })

  /** False where something of it could not be judged yet. */
  const take = async (context: TeamContext, runs: readonly FeedRun[]): Promise<boolean> => {
    let taken = await arrivals.take(context, runs)
    if (taken === 'roster behind') {
      const grown = await followAgain()
      if (grown) taken = await arrivals.take(grown, runs)
    }
    if (taken === 'own history longer' || taken === 'own history forked') {
      await startAnew(context, taken === 'own history forked')
      return false
    }
    for (const { feed, items } of runs) {
      const last = decodeEnvelope(items.at(-1) as Bytes)
      if (last.ok) raiseSeq(feed, last.value.header.seq)
    }
    return taken === 'taken'
  }

  const startAnew = async (context: TeamContext, isForked: boolean): Promise<void> => {
    await leaveFeed(db, context, isForked, nowMs())
    leave()
    retryAtMs = 0
  }

  const followAgain = async (): Promise<TeamContext | undefined> => {
    await teams.follow(team)
    const context = await teams.context(team)
    if (!context) return undefined
    await arrivals.openWaiting(context)
    await receipts.takeKept(context)
    return context
  }

  const raiseSeq = (feed: FeedId, seq: number): void => {
    if (!live) return
    live.relaySeqs.set(feed, Math.max(seq, live.relaySeqs.get(feed) ?? 0))
    const { inFlight } = live
    if (inFlight && (live.relaySeqs.get(inFlight.last.feed) ?? 0) >= inFlight.last.seq) {
      inFlight.cancelTimeout()
      live.inFlight = undefined
    }
  }

  const present = async (): Promise<void> => {
    const context = stopped ? undefined : await teams.context(team)
    const state = context && (await deps.presence.said(context))
    if (live?.synced && live.isEntered && state !== undefined) live.room.present(state)
  }

  const leaveSealed = async (sealed: Live, next: number): Promise<void> => {
    if (live !== sealed) return
    const { segment } = sealed
    if (segment !== undefined && sealed.synced && !sealed.isPartial && next > segment)
      await db.segments.put({ team, segment })
    leave()
    retryAtMs = 0
  }

  const sendNext = async (context: TeamContext, { room, relaySeqs }: Live, now: Standing): Promise<void> => {
    const next = await nextToSend(deps, context, relaySeqs, now)
    if (next === 'nothing') return
    standing = undefined
    if (next === 'sealed' || !live) {
      dirty = true
      return
    }
    const cancelTimeout = deps.after(ANSWER_TIMEOUT_MS, () => fail('the relay does not answer'))
    live.inFlight = { last: next.last, cancelTimeout }
    room.send(next.feed, next.items)
  }

  /** Newest first: what happened last is looked for first. */
  const fetchNextMissing = async (context: TeamContext, room: Live): Promise<void> => {
    const { missing } = room
    if (missing.length === 0) await searchGaps(room)
    const segment = missing.at(-1)
    if (segment === undefined) {
      if (!room.isSettled || deps.isWatched()) await deps.suspicions.settle(context)
      room.isSettled = true
      if (isCurious) dirty = true
      isCurious = false
      return
    }
    const http = createRelayHttp(context.row.relay as string, deps.fetch, teams.clocks)
    const answer = await http.segment(team, segment, token)
    if (!answer.ok) return failHttp(answer)
    const runs = decodeUpdate(answer.value)
    if (!runs.ok) return fail(`segment ${segment} is no log: ${runs.fault}`)
    if (await take(context, runs.value)) await db.segments.put({ team, segment })
    missing.pop()
    dirty = true
  }

  /** Where something fell through, the sealed segments are fetched again, the newest first, until it is found. */
  const searchGaps = async (room: Live): Promise<void> => {
    if (room.isWhole) return
    room.isWhole = !(await hasGaps(db, team)) || (await wasSearchedInVain(db, team, nowMs()))
    if (room.isWhole) return
    room.searchedFrom = (room.searchedFrom ?? room.segment ?? 0) - 1
    room.isWhole = room.searchedFrom < 0
    if (room.isWhole) await noteVainSearch(db, team, nowMs())
    else room.missing.push(room.searchedFrom)
  }

  // --- after the room ---

  const ended = async (code: number, reason: string): Promise<void> => {
    if (stopped) return
    // Learns that this device was removed; or fills the roster of a relay that lost its disk and refused who it didn't know yet.
    if (code === CLOSE.notAllowed) await teams.follow(team)
    if (code === CLOSE.fork) {
      const context = await teams.context(team)
      if (context) await startAnew(context, true)
      return kick()
    }
    const isFinal = code >= 4400 && code < 4500 && !MENDS_ITSELF.has(code)
    fail(reason || 'the connection was lost', isFinal ? 'refused for good' : undefined)
    kick()
  }

  /** Leaves and comes back: sooner after a loss, later after a refusal that will hardly change by itself. */
  const fail = (reason: string, how?: 'refused' | 'refused for good'): void => {
    leave()
    failures += 1
    refusal = how ? reason : undefined
    const [first, most] =
      how === 'refused for good' ? [LAST_RETRY_MS, REFUSED_RETRY_MS] : [FIRST_RETRY_MS, LAST_RETRY_MS]
    const delayMs = Math.min(most, first * 2 ** Math.min(failures - 1, 10))
    retryAtMs = nowMs() + delayMs * (0.5 + deps.chance() / 2)
    wakeAfter(retryAtMs - nowMs())
  }

  const failHttp = ({ status, reason }: { readonly status: number; readonly reason: string }): void =>
    fail(reason, status === 401 || status === 403 || status === 422 ? 'refused' : undefined)

  const leave = (): void => {
    if (!live) return
    live.inFlight?.cancelTimeout()
    live.room.leave()
    live = undefined
    void deps.presence.heard(team, [])
  }

  const wakeAfter = (ms: number): void => {
    cancelTimer?.()
    cancelTimer = deps.after(Math.max(0, ms), () => {
      cancelTimer = undefined
      if (live && !live.synced) fail('the relay does not answer')
      goOn()
    })
  }

  /** Tells the pages, where something changed. */
  const show = async (): Promise<void> => {
    if (stopped) return
    const context = await teams.context(team)
    if (!context?.row.relay) return
    await state.show(
      {
        team,
        connection: live ? (live.synced ? 'on' : 'connecting') : refusal === undefined ? 'off' : 'refused',
        ...(refusal !== undefined && { reason: refusal }),
        ...(live &&
          live.missing.length > 0 && {
            backfill: {
              left: live.missing.length,
              of: Math.max(live.missing.length, live.missingAtFirst),
            },
          }),
        clockOffsetMs: teams.clocks.offsetMs(context.row.relay),
        syncedMs: live?.synced ? nowMs() : undefined,
      },
      standing ?? (await outbox.standing(team)),
      context.self.feed,
    )
  }

  const stopPresence = deps.presence.onSaid(() => void present())

  return {
    kick,
    lookIn: () => {
      isCurious = true
      kick()
    },
    stop: async () => {
      stopped = true
      cancelTimer?.()
      stopPresence()
      leave()
      await running
      await taking
    },
  }
}
