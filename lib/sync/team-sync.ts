/**
 * Keeps one team's log and its relay equal: roster first, then the open segment live, then what either side lacks.
 * Every step can be cut off anywhere and is simply done again: what counts is in the database, and what is sent is what
 * the relay says it lacks. Knows no browser; sockets, time and chance come in.
 */
import { type Bytes, bytesEqual, hexToBytes } from '../log/bytes.ts'
import { decodeEnvelope, type FeedId, type TeamId } from '../log/envelope.ts'
import { CLOSE } from '../log/frames.ts'
import { decodeReceipt, verifyReceipt } from '../log/receipt.ts'
import type { Verifier } from '../log/signature.ts'
import { decodeUpdate, type FeedRun } from '../log/yjs-update.ts'
import type { DaybookDatabase } from '../store/database.ts'
import type { EnvelopeRow, HeadRow, SyncRow } from '../store/log-tables.ts'
import { putSetting, setting } from '../store/settings.ts'
import { devicesWithoutKey, roleOf } from '../team/roster.ts'
import { raiseAlarm } from './alarms.ts'
import type { Arrivals } from './arrivals.ts'
import { hasGaps, noteVainSearch, wasSearchedInVain } from './gaps.ts'
import { DiscardedMeanwhile, type Outbox } from './outbox.ts'
import type { Presence } from './presence.ts'
import { createRelayHttp, type RelayAnswer } from './relay-http.ts'
import { openRoom, type Room } from './segment-room.ts'
import type { RelaySummary } from './summary.ts'
import type { Suspicions } from './suspicions.ts'
import type { TeamContext } from './team-context.ts'
import { isStranger, permitKey, type Teams } from './teams.ts'

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
const CHUNK_ENTRIES = 64
const CHUNK_BYTES = 512 * 1024
/** Short enough for a timer: an alarm would be set and cleared with each thing that is sent. */
const ANSWER_TIMEOUT_MS = 25_000
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 60_000
const REFUSED_RETRY_MS = 10 * 60_000

/** A room with what was learnt since it was asked for. */
interface Live {
  readonly room: Room
  /** By feed, the last entry that the relay is known to have. */
  readonly relaySeqs: Map<FeedId, number>
  /** Sealed segments that this machine has not seen, oldest first. */
  readonly missing: number[]
  readonly missingAtFirst: number
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
  inFlight: { readonly feed: FeedId; readonly upTo: number; readonly cancelTimeout: () => void } | undefined
}

export const createTeamSync = (team: TeamId, deps: TeamSyncDeps): TeamSync => {
  const { db, teams, arrivals, outbox, nowMs } = deps
  let live: Live | undefined
  let isCurious = false
  let failures = 0
  let retryAtMs = 0
  let refusal: string | undefined
  let stopped = false
  let dirty = false
  /** When the next entry may go, as read last. */
  let dueMs: number | undefined
  let running: Promise<void> | undefined
  let cancelTimer: (() => void) | undefined
  let taking: Promise<unknown> = Promise.resolve()
  let shown = ''
  let judgedRoster = ''
  const unprovenReceipts = new Map<FeedId, Bytes>()

  const kick = (): void => {
    dirty = true
    running ??= run().finally(() => {
      running = undefined
      if (dirty && !stopped) kick()
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
    if (!(await isWanted(context))) return leave()
    if (!live) {
      if (nowMs() < retryAtMs) return wakeAfter(retryAtMs - nowMs())
      await connect(context)
      return
    }
    if (!live.synced) return
    await taking
    if (!live) return // sealed meanwhile
    if (!live.inFlight) await sendNext(context, live)
    if (live && !live.inFlight) await fetchNextMissing(context, live)
    if (dueMs !== undefined && dueMs > nowMs()) wakeAfter(dueMs - nowMs())
  }

  const isWanted = async ({ self }: TeamContext): Promise<boolean> => {
    dueMs = await outbox.nextDueMs(team)
    if (deps.isWatched() || isCurious || live?.inFlight) return true
    if (live && live.missing.length > 0) return true
    if (dueMs !== undefined && dueMs <= nowMs()) return true
    const own = await db.heads.get([team, self.feed])
    return own !== undefined && own.seq > (own.storedSeq ?? 0)
  }

  // --- before the room ---

  const connect = async (context: TeamContext): Promise<void> => {
    const asked = await askSummary(context)
    if (!asked.ok) {
      // Following notes down that this device was removed while it was away.
      if (asked.status === 403 && asked.reason === 'removed') await teams.follow(team)
      return failHttp(asked)
    }
    const summary = asked.value
    if (summary.permit !== undefined) await putSetting(db, permitKey(team), summary.permit)
    let current = context
    const { head, relay } = context.roster
    const isAdmin = roleOf(context.roster, context.self.feed) === 'admin'
    // A relay that lost its disk lost its key too; an admin's word makes the new one count.
    if (isAdmin && relay?.key !== summary.key) {
      const connected = await teams.connect(team, context.row.relay as string)
      if (!connected.ok) return fail(connected.reason)
    }
    const hasDuties = context.roster.rotationDue || devicesWithoutKey(context.roster).length > 0
    if (summary.rosterLength !== head.length || summary.rosterHash !== head.hash || hasDuties) {
      const followed = await teams.follow(team)
      if (!followed.ok) return fail(followed.reason)
    }
    current = (await teams.context(team)) ?? current
    if (current.row.state === 'removed') return
    if (!(await succeedIfCopied(current))) return
    current = (await teams.context(team)) ?? current
    await arrivals.openWaiting(current)
    const isKnown = await compareWithRelay(current, summary)
    if (summary.receipt && !isKnown) await takeReceipt(current, summary.receipt)
    const pass = await teams.token(team)
    if (pass === undefined || stopped) return
    const missing = await missingSegments(summary.segment)
    const opened: Live = {
      room: openRoom({
        address: current.row.relay as string,
        team,
        segment: summary.segment,
        token: pass,
        WebSocket: deps.WebSocket,
        on: {
          synced: () => {
            opened.synced = true
            failures = 0
            refusal = undefined
            void present()
            kick()
          },
          runs: (runs) => queueRuns(runs),
          receipt: (bytes) => queue(async (now) => takeReceipt(now, bytes)),
          sealed: (next) => queue(async () => leaveSealed(opened, next)),
          roster: (length) =>
            queue(async ({ roster }) => {
              if (length > roster.head.length) await followAgain()
            }),
          presence: (states) => void deps.presence.heard(team, states),
          closed: (code, reason) => {
            if (live === opened) {
              live = undefined
              void deps.presence.heard(team, [])
            }
            opened.inFlight?.cancelTimeout()
            void ended(code, reason)
          },
        },
      }),
      relaySeqs: new Map(summary.seqByFeed),
      missing,
      missingAtFirst: missing.length,
      searchedFrom: undefined,
      isWhole: false,
      isSettled: false,
      isPartial: false,
      synced: false,
      inFlight: undefined,
    }
    live = opened
    wakeAfter(ANSWER_TIMEOUT_MS)
  }

  const askSummary = async ({ row }: TeamContext): Promise<RelayAnswer<RelaySummary>> => {
    const http = createRelayHttp(row.relay as string, deps.fetch, teams.clocks)
    const ask = () => http.summary(team, token)
    const answer = await ask()
    if (answer.ok || (answer.status !== 404 && !isStranger(answer))) return answer
    // It does not know the team: it is new, or it lost its disk. Following fills its roster.
    const followed = await teams.follow(team)
    return followed.ok ? ask() : { ok: false, status: 0, reason: followed.reason }
  }

  const token = async (): Promise<string> => (await teams.token(team)) ?? ''

  /**
   * What the relay once confirmed and does not have any more is sent again, and a person is told. True where it is the relay
   * of before, and all that it has of this device was confirmed then.
   */
  const compareWithRelay = async ({ row, self }: TeamContext, summary: RelaySummary): Promise<boolean> => {
    const key = `relay of ${team}`
    const known = await setting<{ address: string; disk: string }>(db, key)
    const isSameRelay = known === undefined || known.address === row.relay
    const isSameDisk = known?.disk === summary.disk && isSameRelay
    if (!isSameDisk) {
      await db.segments.where('[team+segment]').between([team, 0], [team, Infinity]).delete()
      await putSetting(db, key, { address: row.relay, disk: summary.disk })
    }
    const heads = await headRows()
    const lost = heads.filter(({ feed, storedSeq }) => (storedSeq ?? 0) > (summary.seqByFeed.get(feed) ?? 0))
    const own = heads.find(({ feed }) => feed === self.feed)
    if (lost.length === 0)
      return isSameDisk && own?.receipt !== undefined && own.storedSeq === summary.seqByFeed.get(self.feed)
    await db.heads.bulkPut(
      lost.map(({ receipt: _receipt, ...head }) => ({
        ...head,
        storedSeq: summary.seqByFeed.get(head.feed) ?? 0,
      })),
    )
    if (!isSameRelay) return false
    await raiseAlarm(db, {
      team,
      kind: 'relay lost data',
      time: nowMs(),
      detail: 'They are kept here and are being sent again.',
      evidence: lost.flatMap(({ receipt }) => receipt ?? []),
      acknowledged: false,
    })
    return false
  }

  const missingSegments = async (head: number): Promise<number[]> => {
    const keys = await db.segments.where('[team+segment]').between([team, 0], [team, Infinity]).primaryKeys()
    const here = new Set(keys.map(([, segment]) => segment))
    return Array.from({ length: head }, (_, segment) => segment).filter((segment) => !here.has(segment))
  }

  // --- in the room ---

  /** Everything from the relay is taken in one line, on the newest roster. */
  const queue = (work: (context: TeamContext) => Promise<unknown>): void => {
    taking = taking
      .then(async () => {
        const context = stopped ? undefined : await teams.context(team)
        if (context) await work(context)
      })
      .catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)))
      .finally(kick)
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

  /**
   * This profile was copied, or restored from a backup: another history of its feed is out there. What only this machine
   * has of the feed goes back to the outbox, to be written again by a new device; the feed as others know it stays.
   */
  const startAnew = async ({ self }: TeamContext, isForked: boolean): Promise<void> => {
    const own = [team, self.feed] as const
    await db.transaction('rw', [db.envelopes, db.heads, db.outbox, db.segments, db.settings], async () => {
      const head = await db.heads.get([...own])
      const from = (head?.storedSeq ?? 0) + 1
      if (isForked && head) {
        const only = db.envelopes.where('[team+feed+seq]').between([...own, from], [...own, Infinity])
        const rows = await only.toArray()
        await db.outbox.bulkPut(
          rows.flatMap(({ entry }) => (entry ? [{ team, entry, notBefore: nowMs() }] : [])),
        )
        await only.delete()
        await rewind(head, from - 1)
        // What they hold of this feed was passed over.
        await db.segments.where('[team+segment]').between([team, 0], [team, Infinity]).delete()
      }
      await putSetting(db, copiedKey(team), self.feed)
    })
    await raiseAlarm(db, {
      team,
      kind: 'copied profile',
      time: nowMs(),
      feed: self.feed,
      detail: 'Its part of the log goes on elsewhere.',
      evidence: [],
      acknowledged: false,
    })
    leave()
    retryAtMs = 0
  }

  const rewind = async (head: HeadRow, seq: number): Promise<void> => {
    const row = await db.envelopes.get([team, head.feed, seq])
    const last = row && decodeEnvelope(row.bytes)
    if (!last?.ok) return db.heads.delete([team, head.feed])
    const { hash, header } = last.value
    const { ms: clockMs, counter: clockCounter } = header.clock
    const wholeSeq = Math.min(seq, head.wholeSeq ?? 0)
    await db.heads.put({ ...head, seq, hash, clockMs, clockCounter, wholeSeq })
  }

  /** Nothing is written in a feed that goes on elsewhere. */
  const succeedIfCopied = async ({ self }: TeamContext): Promise<boolean> => {
    const copied = await setting<number>(db, copiedKey(team))
    if (copied === undefined) return true
    if (copied === self.feed) {
      const succeeded = await teams.succeed(team)
      if (!succeeded.ok) {
        fail(succeeded.reason)
        return false
      }
    }
    await db.settings.delete(copiedKey(team))
    return true
  }

  const followAgain = async (): Promise<TeamContext | undefined> => {
    await teams.follow(team)
    const context = await teams.context(team)
    if (!context) return undefined
    await arrivals.openWaiting(context)
    for (const bytes of [...unprovenReceipts.values()]) await takeReceipt(context, bytes)
    return context
  }

  /**
   * Any receipt for what this machine sent says that the relay has moved on. Only one signed by the key that the roster
   * names counts as stored: until an admin's word for a new relay's key comes, it is kept aside.
   */
  const takeReceipt = async ({ roster }: TeamContext, bytes: Bytes): Promise<void> => {
    const receipt = decodeReceipt(bytes)
    if (!receipt.ok || receipt.value.team !== team) return
    const { feed, seq, hash } = receipt.value
    const row = await db.envelopes.get([team, feed, seq])
    const envelope = row && decodeEnvelope(row.bytes)
    if (!envelope?.ok || !bytesEqual(envelope.value.hash, hash)) return
    raiseSeq(feed, seq)
    const key = roster.relay && hexToBytes(roster.relay.key, 32)
    if (!key || !(await verifyReceipt(receipt.value, key, deps.verifier))) {
      unprovenReceipts.set(feed, bytes)
      return
    }
    unprovenReceipts.delete(feed)
    await db.transaction('rw', db.heads, async () => {
      const head = await db.heads.get([team, feed])
      if (head && (head.storedSeq ?? 0) <= seq)
        await db.heads.put({ ...head, storedSeq: seq, receipt: bytes })
    })
  }

  const raiseSeq = (feed: FeedId, seq: number): void => {
    if (!live) return
    live.relaySeqs.set(feed, Math.max(seq, live.relaySeqs.get(feed) ?? 0))
    const { inFlight } = live
    if (inFlight && (live.relaySeqs.get(inFlight.feed) ?? 0) >= inFlight.upTo) {
      inFlight.cancelTimeout()
      live.inFlight = undefined
    }
  }

  const present = async (): Promise<void> => {
    const context = stopped ? undefined : await teams.context(team)
    const state = context && (await deps.presence.said(context))
    if (live?.synced && state !== undefined) live.room.present(state)
  }

  const leaveSealed = async (sealed: Live, next: number): Promise<void> => {
    if (live !== sealed) return
    const { segment } = sealed.room
    if (sealed.synced && !sealed.isPartial && next > segment) await db.segments.put({ team, segment })
    leave()
    retryAtMs = 0
  }

  /** One chunk at a time: the next goes when this one is answered. Own entries first, then what the relay lost. */
  const sendNext = async (context: TeamContext, { room, relaySeqs }: Live): Promise<void> => {
    const heads = await headRows()
    const isBehind =
      (relaySeqs.get(context.self.feed) ?? 0) >
      (heads.find(({ feed }) => feed === context.self.feed)?.seq ?? 0)
    const feeds = heads
      .filter(({ feed, seq }) => lastOf(context, feed, seq) > (relaySeqs.get(feed) ?? 0))
      .sort((a) => (a.feed === context.self.feed ? -1 : 1))
    for (const { feed, seq } of feeds) {
      const items = await itemsAfter(feed, relaySeqs.get(feed) ?? 0, lastOf(context, feed, seq))
      if (items.length === 0) continue
      const upTo = (relaySeqs.get(feed) ?? 0) + items.length
      const cancelTimeout = deps.after(ANSWER_TIMEOUT_MS, () => fail('the relay does not answer'))
      if (!live) return cancelTimeout()
      live.inFlight = { feed, upTo, cancelTimeout }
      room.send(feed, items)
      return
    }
    // A restored profile first takes back what it wrote before: sealing on an old head would fork the feed.
    if (isBehind) return
    try {
      if ((await outbox.sealDue(context, CHUNK_ENTRIES)) > 0) dirty = true
    } catch (error) {
      if (!(error instanceof DiscardedMeanwhile)) throw error
      dirty = true
    }
  }

  /** Nothing after a cut is anybody's to send. */
  const lastOf = ({ roster }: TeamContext, feed: FeedId, seq: number): number =>
    Math.min(seq, roster.devices.get(feed)?.cut?.seq ?? seq)

  /** The entries after `seq` without a gap, as many as fit into a frame. */
  const itemsAfter = async (feed: FeedId, seq: number, last: number): Promise<Bytes[]> => {
    const upTo = Math.min(last, seq + CHUNK_ENTRIES)
    const rows = await db.envelopes
      .where('[team+feed+seq]')
      .between([team, feed, seq + 1], [team, feed, upTo], true, true)
      .toArray()
    const items: Bytes[] = []
    let bytes = 0
    for (const [index, row] of rows.entries()) {
      if (row.seq !== seq + 1 + index || bytes + row.bytes.length > CHUNK_BYTES) break
      if (await isForgottenHere(row)) break
      items.push(row.bytes)
      bytes += row.bytes.length
    }
    return items
  }

  /** Without its body only because this machine keeps it no longer: the relay is to have it from somebody who does. */
  const isForgottenHere = async ({ feed, seq, bytes, bodyAt }: EnvelopeRow): Promise<boolean> =>
    bytes.length === bodyAt &&
    feed !== (await teams.context(team))?.self.feed &&
    (await db.erasures.get([team, feed, seq])) === undefined

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
    room.searchedFrom = (room.searchedFrom ?? room.room.segment) - 1
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
      kick()
    })
  }

  const headRows = (): Promise<HeadRow[]> =>
    db.heads.where('[team+feed]').between([team, 1], [team, Infinity]).toArray()

  /** Tells the pages, where something changed. */
  const show = async (): Promise<void> => {
    if (stopped) return
    const context = await teams.context(team)
    if (!context?.row.relay) return
    const own = await db.heads.get([team, context.self.feed])
    const waiting = await db.outbox.where('[team+entry]').between([team, ''], [team, '\uffff']).count()
    const row: SyncRow = {
      team,
      connection: live ? (live.synced ? 'on' : 'connecting') : refusal === undefined ? 'off' : 'refused',
      ...(refusal !== undefined && { reason: refusal }),
      ...clockFault(teams.clocks.offsetMs(context.row.relay)),
      unsent: waiting + Math.max(0, (own?.seq ?? 0) - (own?.storedSeq ?? 0)),
      ...(live &&
        live.missing.length > 0 && {
          backfill: {
            left: live.missing.length,
            of: Math.max(live.missing.length, live.missingAtFirst),
          },
        }),
    }
    if (JSON.stringify(row) === shown) return
    shown = JSON.stringify(row)
    const before = await db.syncs.get(team)
    const lastSyncedMs = live?.synced ? nowMs() : before?.lastSyncedMs
    await db.syncs.put({ ...row, ...(lastSyncedMs !== undefined && { lastSyncedMs }) })
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

/** Told from a minute on, where the relay begins to refuse. */
const clockFault = (offsetMs: number): Pick<SyncRow, 'clockOffMs'> =>
  Math.abs(offsetMs) < 60_000 ? {} : { clockOffMs: Math.round(offsetMs / 60_000) * 60_000 }

const copiedKey = (team: TeamId): string => `copied feed of ${team}`
