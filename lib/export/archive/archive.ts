/**
 * Follows a team's log as a device of its own and hands on every entry once, in the order of arrival. Verifies as any browser
 * does: chain, signature, roster. Holds where each feed stands and nothing of the past; writes nothing into the log.
 */
import { type Bytes, bytesToHex, hexToBytes } from '../../log/bytes.ts'
import {
  decodeEnvelope,
  EMPTY_HEAD,
  type Envelope,
  type FeedHead,
  type FeedId,
  isErased,
} from '../../log/envelope.ts'
import { verifyRun } from '../../log/run.ts'
import { openEntry } from '../../log/seal.ts'
import { createVerifier } from '../../log/signature.ts'
import { decodeUpdate, type FeedRun } from '../../log/yjs-update.ts'
import type { Entry } from '../../model/entry.ts'
import { createRelayHttp, type RelayAnswer } from '../../sync/relay-http.ts'
import { openRoom } from '../../sync/segment-room.ts'
import { foldRoster } from '../../team/apply-operation.ts'
import { type EpochKeys, openEpochKeys, openName } from '../../team/epoch-keys.ts'
import { signerOf } from '../../team/identity.ts'
import type { InviteLink } from '../../team/invite.ts'
import { currentEpoch, deviceByKey, mayCount, type Roster, roleOf } from '../../team/roster.ts'
import { createToken } from '../../team/token.ts'
import { entryLine, shownEntry } from '../bundle/format.ts'
import { entryToCloudEvent } from '../cloud-event.ts'
import type { ArchiveFolder, ArchiveState } from './archive-folder.ts'
import { joinAsArchive, prepareArchive } from './archive-join.ts'
import { deviceFromText } from './device.ts'

export interface ArchiveDeps {
  readonly folder: ArchiveFolder
  readonly subtle: SubtleCrypto
  readonly fetch: typeof fetch
  readonly WebSocket: typeof WebSocket
  readonly nowMs: () => number
  readonly random: (length: number) => Bytes
  /** Resolves after `ms`, or at once when the signal aborts. */
  readonly pause: (ms: number) => Promise<void>
  readonly signal: AbortSignal
  /** In words: what is going on, and what is wrong. */
  readonly say: (text: string) => void
}

export interface ArchiveTask {
  /** Needed the first time. */
  readonly invite?: InviteLink
  readonly name: string
  readonly format: ArchiveState['format']
  /** Ends when it has all that the relay has. */
  readonly once: boolean
}

/** Something that waiting or asking again may cure. */
class Later extends Error {}

const NO_KEY = 'no key yet'
const RETRY_MS = 3_000
const SYNC_TIMEOUT_MS = 30_000

/** Resolves when the signal aborts, or with `once` when it is done. Rejects for what no waiting cures. */
export const runArchive = async (deps: ArchiveDeps, task: ArchiveTask): Promise<void> => {
  const { folder, subtle, signal, say } = deps
  let state = (await folder.load()) ?? (await prepareArchive(deps, task))
  const { team, relay, format } = state
  if (task.invite && task.invite.team !== team)
    throw new Error('This folder archives another team. Choose another folder for this invite.')
  const keys = await deviceFromText(subtle, state.device)
  const http = createRelayHttp(relay, deps.fetch)
  if (state.roster.length === 0 && task.invite) await joinAsArchive(deps, task.invite, task.name, keys)
  const verifier = createVerifier(subtle)
  const heads = new Map(Object.entries(state.heads).map(([feed, head]) => [Number(feed), headFromText(head)]))
  const broken = new Set<FeedId>()
  let roster: Roster | undefined
  let epochKeys: EpochKeys = new Map()
  let isToldToWait = false

  const token = () =>
    createToken({
      audience: relay,
      team,
      nowMs: deps.nowMs(),
      random: deps.random(16),
      device: signerOf(subtle, keys),
    })

  /** The newest roster and keys; waits for a key to be handed over. */
  const follow = async (): Promise<Roster> => {
    const known = roster
    const encoded = expect(await http.operations(team, known ? known.head.length : 0, await token()))
    const folded = await foldRoster(encoded, verifier, known)
    if (folded.fault || !folded.roster) throw new Error(`The relay’s roster is not valid: ${folded.fault}.`)
    const before = folded.operations[state.roster.length - 1]
    if (!known && before?.hash !== state.roster.hash && state.roster.length > 0)
      throw new Error(
        'The relay shows another history of this team than it did before. Nothing more is archived.',
      )
    roster = folded.roster
    epochKeys = await openEpochKeys(subtle, roster, keys)
    const own = deviceByKey(roster, keys.signPublic)
    if (!own || roleOf(roster, own.feed) === undefined)
      throw new Error('This archive was removed from the team.')
    if (!epochKeys.has(currentEpoch(roster).epoch)) {
      if (!isToldToWait) say('Waiting for the browser of an admin to let this archive in …')
      isToldToWait = true
      throw new Later(NO_KEY)
    }
    return roster
  }

  const take = async (runs: readonly FeedRun[], segment: number): Promise<void> => {
    let current = roster ?? (await follow())
    let lines = ''
    let written = 0
    for (const { feed, items } of runs) {
      if (broken.has(feed)) continue
      const head = heads.get(feed) ?? EMPTY_HEAD
      const fresh: Envelope[] = []
      let fault: string | undefined
      for (const item of items) {
        const envelope = decodeEnvelope(item)
        if (!envelope.ok) fault = envelope.fault
        else if (envelope.value.header.seq > head.seq) fresh.push(envelope.value)
      }
      if (fresh.length === 0 && fault === undefined) continue
      const isUnknown = (one: Envelope) => {
        const counts = mayCount(current, one.header, one.hash)
        return !counts.ok && (counts.fault === 'unknown epoch' || counts.fault === 'feed not in the roster')
      }
      if (fresh.some(isUnknown)) current = await follow()
      const valid = fresh.filter(({ header, hash }) => mayCount(current, header, hash).ok)
      if (valid.length === 0 && fault === undefined) continue
      const device = current.devices.get(feed)
      const key = hexToBytes(device?.sign ?? '', 32)
      const judged =
        fault === undefined && key ? await verifyRun(valid, { team, feed, head }, key, verifier) : undefined
      if (!device || !judged?.ok) {
        const why = fault ?? (judged && !judged.ok ? judged.fault : 'unknown signer')
        broken.add(feed)
        say(
          `ALARM: device ${feed}, after entry ${head.seq}: ${why}. Nothing more of this device is archived.`,
        )
        continue
      }
      for (const envelope of valid) {
        const entry = await openShown(current, envelope, device.member)
        if (!entry) continue
        lines += format === 'cloudevents' ? `${JSON.stringify(entryToCloudEvent(entry))}\n` : entryLine(entry)
        written += 1
      }
      heads.set(feed, judged.value)
    }
    await commit(segment, lines)
    if (written > 0) say(`${written} entries written.`)
  }

  const openShown = async (
    current: Roster,
    envelope: Envelope,
    member: string,
  ): Promise<Entry | undefined> => {
    if (envelope.header.kind !== 'entry' || isErased(envelope)) return undefined
    const key = epochKeys.get(envelope.header.epoch)
    if (!key) throw new Later(NO_KEY)
    const opened = await openEntry(subtle, envelope, key)
    if (!opened.ok) {
      say(
        `ALARM: entry ${envelope.header.seq} of device ${envelope.header.feed} can’t be read: ${opened.fault}.`,
      )
      return undefined
    }
    const sealed = current.members.get(member)?.name
    const name = sealed && (await openName(subtle, sealed, current, epochKeys))
    return shownEntry(opened.value, opened.value.id, member, name)
  }

  const commit = async (segment: number, lines: string): Promise<void> => {
    if (lines === '' && segment === state.segment && roster?.head.length === state.roster.length) return
    state = {
      ...state,
      segment,
      roster: roster ? roster.head : state.roster,
      heads: Object.fromEntries([...heads].map(([feed, head]) => [feed, headToText(head)])),
    }
    await folder.commit(state, lines, new Date(deps.nowMs()).toISOString().slice(0, 10))
  }

  /** Everything that is sealed, then the open segment for as long as it stays open. */
  const round = async (): Promise<'done' | 'again'> => {
    await follow()
    const summary = expect(await http.summary(team, await token()))
    if (summary.disk !== state.disk) {
      // Another disk has other segments; what is written already is known by feed and number.
      state = { ...state, disk: summary.disk, segment: 0 }
    }
    for (let segment = state.segment; segment < summary.segment; segment++) {
      if (signal.aborted) return 'done'
      const update = decodeUpdate(expect(await http.segment(team, segment, await token())))
      if (!update.ok) throw new Later(`segment ${segment} is no log: ${update.fault}`)
      await take(update.value, segment + 1)
    }
    return followOpen(summary.segment)
  }

  const followOpen = async (segment: number): Promise<'done' | 'again'> => {
    const credential = await token()
    const { promise, resolve, reject } = Promise.withResolvers<'done' | 'again'>()
    let taking: Promise<unknown> = Promise.resolve()
    const queue = (work: () => Promise<unknown>): void => {
      taking = taking.then(work)
      taking.catch(reject)
    }
    const timeout = AbortSignal.timeout(SYNC_TIMEOUT_MS)
    let isSynced = false
    const room = openRoom({
      address: relay,
      team,
      segment,
      token: credential,
      WebSocket: deps.WebSocket,
      on: {
        synced: () => {
          isSynced = true
          queue(async () => {
            if (task.once) resolve('done')
          })
        },
        runs: (runs) => queue(() => take(runs, segment)),
        receipt: () => undefined,
        presence: () => undefined,
        sealed: () => queue(async () => resolve('again')),
        roster: (length) => {
          if (length > (roster?.head.length ?? 0)) queue(follow)
        },
        closed: (_code, reason) => reject(new Later(reason || 'the connection was lost')),
      },
    })
    const stop = () => resolve('done')
    const giveUp = () => isSynced || reject(new Later('the relay does not answer'))
    signal.addEventListener('abort', stop)
    timeout.addEventListener('abort', giveUp)
    if (signal.aborted) stop()
    try {
      const outcome = await promise
      await taking
      return outcome
    } finally {
      signal.removeEventListener('abort', stop)
      timeout.removeEventListener('abort', giveUp)
      room.leave()
      await taking.catch(() => undefined)
    }
  }

  let trouble = ''
  while (!signal.aborted) {
    try {
      if ((await round()) === 'done') return
    } catch (error) {
      if (!(error instanceof Later)) throw error
      if (error.message !== trouble && error.message !== NO_KEY) say(`${error.message}: trying again …`)
      trouble = error.message
      await deps.pause(RETRY_MS)
    }
  }
}

/** What a relay can't be reached for is tried again; what it refuses isn't. */
const expect = <Value>(answer: RelayAnswer<Value>): Value => {
  if (answer.ok) return answer.value
  if (answer.status === 403 && answer.reason === 'removed')
    throw new Error('This archive was removed from the team. What was written stays.')
  throw new Later(answer.reason)
}

const headToText = ({ seq, hash, clock }: FeedHead): [number, string, number, number] => [
  seq,
  bytesToHex(hash),
  clock.ms,
  clock.counter,
]
const headFromText = ([seq, hash, ms, counter]: readonly [number, string, number, number]): FeedHead => ({
  seq,
  hash: hexToBytes(hash, 32) ?? EMPTY_HEAD.hash,
  clock: { ms, counter },
})
