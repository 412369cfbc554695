/**
 * Presence: what a person has in view, sealed under the team's epoch key and passed on by the relay, which can't read it.
 * PROTOCOL.md section 9. Kept in memory alone. It is a courtesy and no evidence: members could speak for each other.
 */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import * as v from 'valibot'
import {
  type Bytes,
  base64urlToBytes,
  bytesToBase64url,
  bytesToText,
  concatBytes,
  textToBytes,
  uint64,
} from '../log/bytes.ts'
import type { TeamId } from '../log/envelope.ts'
import { type Looking, type Present, parseLooking } from '../messages/presence.ts'
import { parseJson } from '../model/json.ts'
import type { DaybookDatabase } from '../store/database.ts'
import { preferences } from '../store/settings.ts'
import { currentEpoch, roleOf } from '../team/roster.ts'
import type { TeamContext } from './team-context.ts'

/** What stands in a y-protocols awareness state. */
export interface SealedPresence {
  readonly feed: number
  readonly epoch: number
  readonly box: string
}

export interface PresenceDeps {
  readonly db: DaybookDatabase
  readonly subtle: SubtleCrypto
  readonly random: (length: number) => Bytes
  readonly nowMs: () => number
  readonly contextOf: (team: TeamId) => Promise<TeamContext | undefined>
}

export interface Presence {
  /** A panel opened. It hears at once who is there, and again whenever that changes. */
  readonly open: (heard: (present: readonly Present[]) => void) => {
    readonly look: (looking: Looking | undefined) => void
    readonly close: () => void
  }
  /** What this browser says in a team now; null: nothing. */
  readonly said: (context: TeamContext) => Promise<SealedPresence | null>
  /** All that the relay shows of a team. */
  readonly heard: (team: TeamId, states: readonly unknown[]) => Promise<void>
  /** Calls back when `said` may have changed. Returns its undo. */
  readonly onSaid: (callback: () => void) => () => void
}

/** What is older, or this much ahead, is not shown: nobody can keep a teammate in view by saying it again later. */
const FRESH_MS = 5 * 60_000

export const createPresence = ({ db, subtle, random, nowMs, contextOf }: PresenceDeps): Presence => {
  const panels = new Set<{
    looking: Looking | undefined
    readonly hear: (present: readonly Present[]) => void
  }>()
  const presentByTeam = new Map<TeamId, readonly Present[]>()
  const callbacks = new Set<() => void>()

  const isOn = async (): Promise<boolean> => (await preferences(db)).presence
  const changed = (): void => {
    for (const callback of callbacks) callback()
  }
  const everybody = (): Present[] => [...presentByTeam.values()].flat()

  return {
    open: (hear) => {
      const panel: { looking: Looking | undefined; readonly hear: typeof hear } = { looking: undefined, hear }
      panels.add(panel)
      changed()
      hear(everybody())
      return {
        look: (looking) => {
          panel.looking = looking
          // Who looked last speaks for the browser.
          panels.delete(panel)
          panels.add(panel)
          changed()
        },
        close: () => {
          panels.delete(panel)
          changed()
        },
      }
    },
    said: async (context) => {
      const looking = [...panels].reverse().find((panel) => panel.looking)?.looking
      if (!looking || !(await isOn())) return null
      const app = await db.apps.get(looking.origin)
      if (app?.team !== context.row.team) return null
      return sealPresence(subtle, context, looking, nowMs(), random(12))
    },
    heard: async (team, states) => {
      const context = await contextOf(team)
      const wanted = context && panels.size > 0 && (await isOn())
      const opened = wanted
        ? await Promise.all(states.map((state) => openPresenceState(subtle, context, state, nowMs())))
        : []
      const present = opened.flatMap((one) => (one && one.feed !== context?.self.feed ? [one] : []))
      if (JSON.stringify(present) === JSON.stringify(presentByTeam.get(team) ?? [])) return
      presentByTeam.set(team, present)
      for (const { hear } of panels) hear(everybody())
    },
    onSaid: (callback) => {
      callbacks.add(callback)
      return () => callbacks.delete(callback)
    },
  }
}

/** Null where this device has no key. */
export const sealPresence = async (
  subtle: SubtleCrypto,
  { row, self, roster, keys }: TeamContext,
  looking: Looking,
  nowMs: number,
  nonce: Bytes,
): Promise<SealedPresence | null> => {
  const { epoch } = currentEpoch(roster)
  const key = keys.get(epoch)
  if (!key || roleOf(roster, self.feed) === undefined) return null
  const text = textToBytes(JSON.stringify({ at: nowMs, looking }))
  const padded = new Uint8Array(Math.ceil((text.length + 1) / PADDED_TO) * PADDED_TO)
  padded.set(text)
  padded[text.length] = PADDING_START
  const sealed = await subtle.encrypt(
    { name: 'AES-GCM', iv: nonce, additionalData: boundTo(row.team, self.feed) },
    await presenceKey(subtle, key, 'encrypt'),
    padded,
  )
  return { feed: self.feed, epoch, box: bytesToBase64url(concatBytes(nonce, new Uint8Array(sealed))) }
}

const PADDED_TO = 256
const PADDING_START = 0x80

const sealedSchema = v.object({
  feed: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  epoch: v.pipe(v.number(), v.safeInteger()),
  box: v.pipe(v.string(), v.maxLength(8192)),
})

/** Undefined for whatever is stale, foreign or damaged: nothing of it matters. */
export const openPresenceState = async (
  subtle: SubtleCrypto,
  { row, roster, keys }: TeamContext,
  state: unknown,
  nowMs: number,
): Promise<Present | undefined> => {
  const parsed = v.safeParse(sealedSchema, state)
  if (!parsed.success) return undefined
  const { feed, epoch, box } = parsed.output
  const key = keys.get(epoch)
  const bytes = base64urlToBytes(box)
  const device = roster.devices.get(feed)
  if (!key || !bytes || bytes.length < 28 || !device || roleOf(roster, feed) === undefined) return undefined
  try {
    const padded = await subtle.decrypt(
      { name: 'AES-GCM', iv: bytes.subarray(0, 12), additionalData: boundTo(row.team, feed) },
      await presenceKey(subtle, key, 'decrypt'),
      bytes.subarray(12),
    )
    const plain = new Uint8Array(padded)
    const said = parseJson(bytesToText(plain.subarray(0, plain.lastIndexOf(PADDING_START))) ?? '')
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return undefined
    const looking = parseLooking(said.looking)
    if (!looking || typeof said.at !== 'number' || Math.abs(nowMs - said.at) > FRESH_MS) return undefined
    const name = row.view.members.find(({ id }) => id === device.member)?.name ?? ''
    return { team: row.team, member: device.member, feed, name, looking }
  } catch {
    return undefined
  }
}

const DOMAIN = textToBytes('daybook/presence/v1\n')

const presenceKey = (subtle: SubtleCrypto, epochKey: Bytes, use: 'encrypt' | 'decrypt'): Promise<CryptoKey> =>
  subtle.importKey('raw', hkdf(sha256, epochKey, undefined, DOMAIN, 32) as Bytes, 'AES-GCM', false, [use])

const boundTo = (team: TeamId, feed: number): Bytes => concatBytes(DOMAIN, textToBytes(team), uint64(feed))
