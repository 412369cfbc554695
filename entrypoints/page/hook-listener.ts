/** The page script's end of the private port: takes it whichever world started first, and reads texts that may be forged. */
import { type ChannelEvents, type HookOrder, isOfChange } from '../../lib/messages/channel.ts'
import { parseExchange, type Told } from '../../lib/messages/exchange.ts'

export interface HookListener {
  readonly parse: (text: string) => Told | undefined
  /** The hook puts the page's functions back. */
  readonly stop: () => void
}

interface HookListenerDeps {
  readonly events: ChannelEvents
  readonly signal: AbortSignal
  readonly onText: (text: string) => void
}

const MAX_URGED = 50

export const listenToHook = ({ events, signal, onText }: HookListenerDeps): HookListener => {
  let port: MessagePort | undefined
  /** Told urgently while on their way through the port: a page that comes back from the browser's cache reads them a second time. */
  const urged = new Set<string>()
  const order = (what: HookOrder) => port?.postMessage(what)

  const take = (event: Event) => {
    event.stopImmediatePropagation()
    const offered = (event as MessageEvent).ports[0]
    if (port || !offered) return
    port = offered
    port.onmessage = ({ data }) => {
      if (typeof data !== 'string') return
      if (isOfChange(data)) order('read')
      if (!signal.aborted && !urged.delete(data)) onText(data)
    }
    order('ready')
  }
  const takeUrgent = (event: Event) => {
    const { data } = event as MessageEvent
    if (event.target !== document || typeof data !== 'string') return
    if (urged.size < MAX_URGED) urged.add(data)
    onText(data)
  }

  document.addEventListener(events.offer, take, { signal, capture: true })
  document.addEventListener(events.urgent, takeUrgent, { signal, capture: true })
  document.dispatchEvent(new Event(events.hello))

  return {
    parse: (text) => parseExchange(text, document.baseURI),
    stop: () => order('stop'),
  }
}
