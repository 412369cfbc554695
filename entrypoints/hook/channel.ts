/**
 * The hook's end of the private port. Whichever world starts first, the port changes hands synchronously: the hook offers it at start
 * and once more when the page script says hello. Until it is claimed only a little is kept.
 */
import type { ChannelEvents, HookOrder } from '../../lib/messages/channel.ts'
import { dispatch, listen, uncurry, unlisten } from './natives.ts'

export interface Channel {
  /** Sends a text that the page script reads in its own time. */
  readonly post: (text: string) => void
  /** Hands over a text (or, on a form, the form itself) before it returns, because the page may be about to go. */
  readonly urge: (text: string, target?: EventTarget) => void
  readonly onLeave: (handler: () => void) => void
}

/** Characters that may wait in a port that nobody has claimed. */
const UNCLAIMED_LIMIT = 2 ** 22

/** Undefined where a live hook is here already. `onStop` is called once, when this one has to go passive. */
export const openChannel = (events: ChannelEvents, onStop: () => void): Channel | undefined => {
  const present = new Event(events.present, { cancelable: true })
  if (!dispatch(document, present)) return undefined

  const { port1, port2 } = new MessageChannel()
  const post = uncurry(MessagePort.prototype.postMessage as (this: MessagePort, text: string) => void)
  const leaveHandlers: (() => void)[] = []
  /** Posted, and not read on the other side yet: a page that goes takes them along. */
  const unread: string[] = []
  let claimed = false
  let unclaimed = 0
  let open = true

  const urge = (text: string, target: EventTarget = document) => {
    if (open) dispatch(target, new MessageEvent(events.urgent, { data: text, bubbles: true, composed: true }))
  }
  const offer = () => {
    if (!claimed) dispatch(document, new MessageEvent(events.offer, { ports: [port2] }))
  }
  const answerPresent = (event: Event) => event.preventDefault()
  const leave = () => {
    for (const text of unread) urge(text)
    for (const handler of leaveHandlers) handler()
  }
  const stop = () => {
    if (!open) return
    open = false
    unlisten(document, events.hello, offer, true)
    unlisten(document, events.present, answerPresent, true)
    unlisten(document, events.leave, leave, true)
    port1.close()
    onStop()
  }

  port1.onmessage = ({ data }: MessageEvent<HookOrder>) => {
    if (data === 'ready') claimed = true
    if (data === 'read') unread.shift()
    if (data === 'stop') stop()
  }
  listen(document, events.hello, offer, true)
  listen(document, events.present, answerPresent, true)
  listen(document, events.leave, leave, true)
  offer()

  return {
    post: (text) => {
      if (!open || text === '') return
      if (!claimed) {
        unclaimed += text.length
        if (unclaimed > UNCLAIMED_LIMIT) return
      }
      post(port1, text)
    },
    urge: (text, target = document) => {
      if (open)
        dispatch(target, new MessageEvent(events.urgent, { data: text, bubbles: true, composed: true }))
    },
    onLeave: (handler) => leaveHandlers.push(handler),
  }
}
