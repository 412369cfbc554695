/**
 * One open segment over the stock y-websocket provider. The Y.Doc keeps its random client id and never writes by
 * itself: entries go in as encoded appends. A room is thrown away whole, doc and provider, when it ends for any reason.
 */
import * as decoding from 'lib0/decoding'
import { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import type { Bytes } from '../log/bytes.ts'
import type { FeedId, TeamId } from '../log/envelope.ts'
import {
  MESSAGE_RECEIPT,
  MESSAGE_ROSTER,
  MESSAGE_SEALED,
  RELAY_SUBPROTOCOL,
  TOKEN_SUBPROTOCOL_PREFIX,
} from '../log/frames.ts'
import { decodeUpdate, encodeUpdate, type FeedRun } from '../log/yjs-update.ts'

export interface RoomDeps {
  /** http or https, without a trailing slash. */
  readonly address: string
  readonly team: TeamId
  readonly segment: number
  readonly token: string
  readonly WebSocket: typeof WebSocket
  readonly on: RoomEvents
}

export interface RoomEvents {
  readonly synced: () => void
  /** What others brought. Decoded, not judged. */
  readonly runs: (runs: readonly FeedRun[]) => void
  readonly receipt: (receipt: Bytes) => void
  readonly sealed: (next: number) => void
  readonly rosterGrew: () => void
  /** Once, however it ended. Code 0: the connection was lost without a word. */
  readonly closed: (code: number, reason: string) => void
}

export interface Room {
  readonly segment: number
  /** Appends entries of one feed at the end of its array, and so sends them. Only after `synced`. */
  readonly send: (feed: FeedId, items: readonly Bytes[]) => void
  /** Says nothing more, not even `closed`. */
  readonly leave: () => void
}

const LOCAL = 'local'

export const openRoom = ({ address, team, segment, token, on, ...deps }: RoomDeps): Room => {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  awareness.setLocalState(null) // presence would be sent every 15 s and keep the worker awake for ever
  const provider = new WebsocketProvider(address.replace(/^http/, 'ws'), `${team}.${segment}`, doc, {
    protocols: [RELAY_SUBPROTOCOL, TOKEN_SUBPROTOCOL_PREFIX + token],
    WebSocketPolyfill: deps.WebSocket,
    disableBc: true,
    awareness,
    shouldReconnect: () => false, // a token is good once, and who comes back asks for the segment first
  })
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

  provider.messageHandlers[MESSAGE_RECEIPT] = (_, decoder) => {
    on.receipt(decoding.readVarUint8Array(decoder).slice() as Bytes)
  }
  provider.messageHandlers[MESSAGE_SEALED] = (_, decoder) => on.sealed(decoding.readVarUint(decoder))
  provider.messageHandlers[MESSAGE_ROSTER] = () => on.rosterGrew()
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
    segment,
    send: (feed, items) => {
      const clock = Y.getState(doc.store, feed)
      Y.applyUpdate(doc, encodeUpdate([{ feed, clock, items }]), LOCAL)
    },
    leave,
  }
}
