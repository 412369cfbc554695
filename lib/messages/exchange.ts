/** Reads an exchange that the hook told. The page shares the hook's world and could forge it, so shape and sizes are checked. */
import * as v from 'valibot'
import type { Exchange } from '../capture/exchange.ts'

/** Characters of one told text: both bodies at their caps, with room for JSON's escapes. */
export const MAX_TOLD = 2 ** 21

const headers = v.pipe(
  v.record(v.pipe(v.string(), v.maxLength(100)), v.pipe(v.string(), v.maxLength(8000))),
  v.check((record) => Object.keys(record).length <= 50, 'too many headers'),
)
const address = v.pipe(v.string(), v.maxLength(16_000))
const time = v.pipe(v.number(), v.finite(), v.minValue(0))

const exchangeSchema = v.strictObject({
  via: v.picklist(['fetch', 'xhr', 'beacon', 'websocket']),
  method: v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9-]{0,30}$/)),
  url: address,
  pageUrl: address,
  requestHeaders: headers,
  requestBody: v.optional(v.string()),
  status: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(999)),
  responseHeaders: headers,
  responseBody: v.optional(v.string()),
  responseUrl: v.optional(address),
  startedAtMs: time,
  endedAtMs: time,
  call: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  isOpen: v.optional(v.literal(true)),
  cut: v.optional(
    v.strictObject({ request: v.optional(v.literal(true)), response: v.optional(v.literal(true)) }),
  ),
})

/** An exchange; or one that just left (`isOpen`) and will be told again, under the same `call`, with its outcome. */
export type Told = Exchange & { readonly isOpen?: true }

/** With absolute addresses; undefined where the text is no exchange. Never throws. `base` resolves what the page gave as relative. */
export const parseExchange = (text: string, base: string): Told | undefined => {
  if (text.length > MAX_TOLD) return undefined
  try {
    const { success, output } = v.safeParse(exchangeSchema, JSON.parse(text))
    if (!success) return undefined
    const url = new URL(output.url, base)
    if (!/^(https?|wss?):$/.test(url.protocol)) return undefined
    return { ...output, url: url.href } as Told
  } catch {
    return undefined
  }
}
