/** Two ends of a socket without a network: what one end sends waits until the test delivers it. No sleeps. */
import type { Peer } from '../../server/session.ts'

export interface SocketPair {
  readonly peer: Peer
  /** Frames from the relay that nobody took yet. */
  readonly inbox: Uint8Array[]
  readonly closed: () => { readonly code: number; readonly reason: string } | undefined
  readonly setBuffered: (bytes: number) => void
}

export const createSocketPair = (): SocketPair => {
  const inbox: Uint8Array[] = []
  let closed: { readonly code: number; readonly reason: string } | undefined
  let buffered = 0
  return {
    peer: {
      send: (...frames) => void inbox.push(...frames),
      close: (code, reason) => {
        closed ??= { code, reason }
      },
      bufferedBytes: () => buffered,
    },
    inbox,
    closed: () => closed,
    setBuffered: (bytes) => {
      buffered = bytes
    },
  }
}

/** Lets everything run that needs no outside world: promises, and storage that answers at once. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve))
}
