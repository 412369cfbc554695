/** The page script's end of the private port: takes it whichever world started first, and reads texts that may be forged. */
import { type ChannelEvents, changeOf, type HookOrder, isOfChange } from '../../lib/messages/channel.ts'
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

const MAX_KNOWN = 200

export const listenToHook = ({ events, signal, onText }: HookListenerDeps): HookListener => {
  let port: MessagePort | undefined
  /** Changes that came, the last ones: one may come by the port and, from a page that goes, urgently too. */
  const known = new Set<string>()
  const isKnown = (text: string): boolean => {
    const change = changeOf(text)
    if (change === undefined) return false
    if (known.has(change)) return true
    known.add(change)
    for (const oldest of known) {
      if (known.size <= MAX_KNOWN) break
      known.delete(oldest)
    }
    return false
  }
  const order = (what: HookOrder) => port?.postMessage(what)

  const take = (event: Event) => {
    event.stopImmediatePropagation()
    const offered = (event as MessageEvent).ports[0]
    if (port || !offered) return
    port = offered
    port.onmessage = ({ data }) => {
      if (typeof data !== 'string') return
      if (isOfChange(data)) order('read')
      if (!signal.aborted && !isKnown(data)) onText(data)
    }
    order('ready')
  }
  const takeUrgent = (event: Event) => {
    const { data } = event as MessageEvent
    if (event.target !== document || typeof data !== 'string') return
    if (!isKnown(data)) onText(data)
  }

  document.addEventListener(events.offer, take, { signal, capture: true })
  document.addEventListener(events.urgent, takeUrgent, { signal, capture: true })
  document.dispatchEvent(new Event(events.hello))

  return {
    parse: (text) => parseExchange(text, document.baseURI),
    stop: () => order('stop'),
  }
}
