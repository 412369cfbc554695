/**
 * One open segment over the stock y-websocket provider. The Y.Doc keeps its random client id and never writes by
 * itself: entries go in as encoded appends. A room is thrown away whole, doc and provider, when it ends for any reason.
 */
import * as decoding from 'lib0/decoding'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Bytes } from '../log/bytes.ts'
import type { FeedId, TeamId } from '../log/envelope.ts'
import {
  HEAD_ROOM,
  MESSAGE_AWARENESS,
  MESSAGE_RECEIPT,
  MESSAGE_ROSTER,
  MESSAGE_SEALED,
  MESSAGE_SUMMARY,
  QUERY_AWARENESS_FRAME,
  RELAY_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../log/frames.ts'
import { decodeUpdate, encodeUpdate, type FeedRun } from '../log/yjs-update.ts'
import { parseJson } from '../model/json.ts'
import { parseSummary, type RelaySummary } from './summary.ts'

export interface RoomDeps {
  /** http or https, without a trailing slash. */
  readonly address: string
  readonly team: TeamId
  /** Without it, the one that is open. */
  readonly segment?: number
  readonly token: string
  readonly WebSocket: typeof WebSocket
  readonly on: RoomEvents
}

export interface RoomEvents {
  /** Before all else, to who asked for no segment in particular. Only a claim. */
  readonly summary?: (summary: RelaySummary) => void
  readonly synced: () => void
  /** What others brought. Decoded, not judged. */
  readonly runs: (runs: readonly FeedRun[]) => void
  readonly receipt: (receipt: Bytes) => void
  readonly sealed: (next: number) => void
  /** How many operations the relay has: said on entering, and whenever one is added. */
  readonly roster: (length: number) => void
  /** All that others say of themselves, whenever it changes. Sealed, not judged. */
  readonly presence: (states: readonly unknown[]) => void
  /** Once, however it ended. Code 0: the connection was lost without a word. */
  readonly closed: (code: number, reason: string) => void
}

export interface Room {
  /** Appends entries of one feed at the end of its array, and so sends them. Only after `synced`. */
  readonly send: (feed: FeedId, items: readonly Bytes[]) => void
  /** Says so of this browser to those in the room, and asks who else is there; null takes it back. */
  readonly present: (state: object | null) => void
  /** Says nothing more, not even `closed`. */
  readonly leave: () => void
}

const LOCAL = 'local'

export const openRoom = ({ address, team, segment, token, on, ...deps }: RoomDeps): Room => {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  awareness.setLocalState(null) // only while a panel is open: it is sent every 15 s and would keep the worker awake for ever
  const provider = new WebsocketProvider(
    address.replace(/^http/, 'ws'),
    `${team}.${segment ?? HEAD_ROOM}`,
    doc,
    {
      protocols: [RELAY_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token],
      WebSocketPolyfill: deps.WebSocket,
      disableBc: true,
      awareness,
      shouldReconnect: () => false, // a token is good once, and who comes back may find another segment
    },
  )
  // What others say is kept apart: the stock provider would send all of it on.
  const others = new Awareness(doc)
  others.setLocalState(null)
  others.on('change', () => on.presence([...others.getStates().values()]))
  let over = false

  const leave = (): void => {
    if (over) return
    over = true
    provider.destroy()
    doc.destroy()
  }
  const close = (code: number, reason: string): void => {
    if (over) return
    leave()
    on.closed(code, reason)
  }

  provider.messageHandlers[MESSAGE_AWARENESS] = (_, decoder) => {
    try {
      applyAwarenessUpdate(others, decoding.readVarUint8Array(decoder), LOCAL)
    } catch {
      // What can't be read says nothing.
    }
  }
  provider.messageHandlers[MESSAGE_RECEIPT] = (_, decoder) => {
    on.receipt(decoding.readVarUint8Array(decoder).slice() as Bytes)
  }
  provider.messageHandlers[MESSAGE_SUMMARY] = (_, decoder) => {
    const json = parseJson(decoding.readVarString(decoder))
    const receipt = decoding.readVarUint8Array(decoder).slice() as Bytes
    const summary = parseSummary(json, receipt.length > 0 ? receipt : undefined)
    if (summary) on.summary?.(summary)
  }
  provider.messageHandlers[MESSAGE_SEALED] = (_, decoder) => on.sealed(decoding.readVarUint(decoder))
  provider.messageHandlers[MESSAGE_ROSTER] = (_, decoder) => on.roster(decoding.readVarUint(decoder))
  provider.on('sync', (isSynced: boolean) => {
    if (isSynced && !over) on.synced()
  })
  provider.on('connection-close', (event: CloseEvent | null) => {
    // Not inside the provider's own clean-up.
    queueMicrotask(() => close(event?.code ?? 0, event?.reason ?? ''))
  })
  doc.on('update', (update: Uint8Array, origin: unknown) => {
    if (origin === LOCAL || over) return
    const runs = decodeUpdate(update)
    if (runs.ok) on.runs(runs.value)
    else queueMicrotask(() => close(0, `the relay sent what is no log: ${runs.fault}`))
  })

  return {
    send: (feed, items) => {
      const clock = Y.getState(doc.store, feed)
      Y.applyUpdate(doc, encodeUpdate([{ feed, clock, items }]), LOCAL)
    },
    present: (state) => {
      const wasPresent = awareness.getLocalState() !== null
      if (state === null && !wasPresent) return
      awareness.setLocalState(state)
      if (wasPresent) return
      // What was heard while nobody here wanted to know is told now: others repeat it only when it changes.
      on.presence([...others.getStates().values()])
      provider.ws?.send(QUERY_AWARENESS_FRAME)
    },
    leave,
  }
}
