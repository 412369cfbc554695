/** Observes WebSockets: text messages both ways. A chatty socket is thinned out, for the page outranks recording. */
import { cutText, MAX_RESPONSE_CHARACTERS } from './bodies.ts'
import { getter, listen, now } from './natives.ts'
import type { Patches } from './patches.ts'
import type { Teller } from './teller.ts'

/** Received messages of one socket that are told: this many at once, and then so many a second. */
const BURST = 100
const PER_SECOND = 20

const { prototype } = WebSocket
const urlOf = getter(prototype, 'url')
const stateOf = getter(prototype, 'readyState')
const dataOf = getter(MessageEvent.prototype, 'data')

export const watchSockets = (patches: Patches, teller: Teller): void => {
  patches.construct(globalThis, 'WebSocket', (made) => {
    const socket = made as WebSocket
    const mayTell = createAllowance()
    listen(socket, 'message', (event) => {
      const data = dataOf(event as MessageEvent)
      if (typeof data !== 'string' || !mayTell()) return
      const body = cutText(data, MAX_RESPONSE_CHARACTERS)
      const call = teller.begin({
        via: 'websocket',
        method: 'RECEIVE',
        url: urlOf(socket),
        headers: undefined,
        body: undefined,
      })
      teller.settle(call, { status: 0, body })
    })
  })
  patches.call(prototype, 'send', {
    after: (self, args) => {
      const socket = self as WebSocket
      const body = args[0]
      if (stateOf(socket) !== 1 || typeof body !== 'string') return
      const call = teller.begin({
        via: 'websocket',
        method: 'SEND',
        url: urlOf(socket),
        headers: undefined,
        body,
      })
      teller.settle(call, { status: 0 })
    },
  })
}

const createAllowance = (): (() => boolean) => {
  let left = BURST
  let at = now()
  return () => {
    const passedMs = now() - at
    at += passedMs
    left = Math.min(BURST, left + (passedMs / 1000) * PER_SECOND)
    if (left < 1) return false
    left -= 1
    return true
  }
}
