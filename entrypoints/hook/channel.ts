/**
 * The hook's end of the private port. Whichever world starts first, the port changes hands synchronously: the hook offers it at start
 * and once more when the page script says hello. Until it is claimed only a little is kept.
 */
import { type ChannelEvents, type HookOrder, isOfChange } from '../../lib/messages/channel.ts'
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
/** Of more than these only their number is kept. */
const MAX_UNREAD = 50

/** Undefined where a live hook is here already. `onStop` is called once, when this one has to go passive. */
export const openChannel = (events: ChannelEvents, onStop: () => void): Channel | undefined => {
  const present = new Event(events.present, { cancelable: true })
  if (!dispatch(document, present)) return undefined

  const { port1, port2 } = new MessageChannel()
  const post = uncurry(MessagePort.prototype.postMessage as (this: MessagePort, text: string) => void)
  const leaveHandlers: (() => void)[] = []
  /** Changes that were posted and not read on the other side yet: a page that goes would take them along. */
  let unread: string[] = []
  let isLeaving = false
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
    isLeaving = true
    for (const text of unread) if (text !== '') urge(text)
    unread = []
    for (const handler of leaveHandlers) handler()
  }
  const stay = () => {
    isLeaving = false
  }
  const stop = () => {
    if (!open) return
    open = false
    unlisten(document, events.hello, offer, true)
    unlisten(document, events.present, answerPresent, true)
    unlisten(document, events.leave, leave, true)
    unlisten(globalThis, 'pageshow', stay, true)
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
  listen(globalThis, 'pageshow', stay, true)
  offer()

  return {
    post: (text) => {
      if (!open || text === '') return
      if (isLeaving) return urge(text)
      if (isOfChange(text)) unread.push(unread.length < MAX_UNREAD ? text : '')
      if (!claimed) {
        unclaimed += text.length
        if (unclaimed > UNCLAIMED_LIMIT) return
      }
      post(port1, text)
    },
    urge,
    onLeave: (handler) => leaveHandlers.push(handler),
  }
}
