/** What is sent to be counted or logged, and is read by nobody who uses the app. */
import { isJsonObject, type Json } from '../../../model/json.ts'
import { splitWords, verbOfWord } from '../../words.ts'
import type { Call } from '../decoder.ts'

/** Sent to be counted or logged: by beacon, to an address of such words, or events with their times. */
export const isTelemetry = ({ address, method, exchange }: Call, sent: Json | undefined): boolean => {
  if (method !== 'POST') return false
  // Sent as the page was left, with nothing in it: a lock is let go.
  if (exchange.via === 'beacon' && sent === undefined) return true
  const last = splitWords(address.segments.at(-1) ?? '')
  const words = address.segments.flatMap(splitWords)
  return (
    ((exchange.via === 'beacon' || last.length <= 2) &&
      last.some((word) => verbOfWord(word)?.kind === 'noise')) ||
    words.some((word) =>
      /^(analytics|telemetry|rum|pageviews?|beacons?|envelope|onboarding|walkthrough|presence|timings|capability|capabilities)$/.test(
        word,
      ),
    ) ||
    (last.length > 1 && last[0] === 'track') ||
    (words.some((word) => /^(logs?|errors?|crash|crashes)$/.test(word)) && isLogLine(sent)) ||
    (words.includes('metrics') && /^(frontend|client|browser|web|ui)$/.test(last.at(-1) ?? '')) ||
    (/^(events?|activity|usage|visits?|hits?)$/.test(last.at(-1) ?? '') && isVisit(sent)) ||
    (words.some((word) => /^(events?|batch|track)$/.test(word)) && isEventList(sent)) ||
    (words.includes('events') && exchange.status === 202 && Array.isArray(sent)) ||
    isTracked(sent)
  )
}

/** {name: 'pageview', url, referrer}, {page: '/plans', duration: 5}, {feature: 'search'}: where a person was. */
const isVisit = (sent: Json | undefined): boolean => {
  const keys = isJsonObject(sent) ? Object.keys(sent) : []
  const isShort =
    keys.length > 0 && keys.every((key) => /^(page|path|url|feature|duration|screen|view)$/i.test(key))
  return isShort || keys.some((key) => /^referr?er$/i.test(key))
}

/** {writeKey, type: 'track', event}, {api_key, events: […]}: to a service that counts. */
const isTracked = (sent: Json | undefined): boolean =>
  isJsonObject(sent) &&
  ((typeof sent.writeKey === 'string' && typeof sent.type === 'string') ||
    (typeof sent.api_key === 'string' && Array.isArray(sent.events)))

const isLogLine = (sent: Json | undefined): boolean =>
  isJsonObject(sent) &&
  ['level', 'severity', 'stack', 'userAgent'].some((key) => Object.hasOwn(sent, key)) &&
  ['message', 'msg', 'error', 'stack'].some((key) => Object.hasOwn(sent, key))

const isEventList = (sent: Json | undefined): boolean => {
  const list = Array.isArray(sent) ? sent : isJsonObject(sent) ? (sent.events ?? sent.batch) : undefined
  return (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every(
      (one) =>
        isJsonObject(one) &&
        ['event', 'type', 'name', 'action'].some((key) => typeof one[key] === 'string') &&
        Object.keys(one).some((key) =>
          /^(ts|time|timestamp|sent_?at|at|created_?at|event_?time)$/i.test(key),
        ),
    )
  )
}
